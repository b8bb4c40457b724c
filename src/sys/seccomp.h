/* seccomp.h - which system calls this process may make from now on.
 *
 * Refused is what has no business in a tool and would lead around Landlock:
 * sockets, other processes' memory, namespaces, mounts, keys, io_uring, kernel
 * modules, shared memory of System V. They fail with an error; a program of
 * another architecture is killed. */
#ifndef LASH_SYS_SECCOMP_H
#define LASH_SYS_SECCOMP_H

#include <stdbool.h>

#include "base/err.h"

struct lash_seccomp {
    bool net;       /* sockets of the internet; never Unix sockets that have a path */
    bool truncates; /* truncating is not Landlock's business: refuse it here */
    /* Signals are not Landlock's business either: refuse those to these processes
     * and, where negative, groups, and all that name nobody. 0 ends them; NULL: none. */
    const int *spared;
};

/* Does the kernel have filters? */
bool lash_seccomp_supported(void);

/* Needs no_new_privs. */
LASH_NODISCARD enum lash_code lash_seccomp_apply(const struct lash_seccomp *spec,
                                                 struct lash_err *err);

#endif
