/* landlock.h - what files this process may open from now on, by the kernel's
 * Landlock.
 *
 * There are only grants: what nobody names is refused. It holds for the process
 * and all its children, for ever. chmod, chown, utime and reading attributes are
 * not of its business. */
#ifndef LASH_SYS_LANDLOCK_H
#define LASH_SYS_LANDLOCK_H

#include <stdbool.h>

#include "base/err.h"

/* From this version on, truncating a file is a right of its own; below it,
 * seccomp has to refuse what would slip through. */
#define LASH_LANDLOCK_TRUNCATES 3
#define LASH_LANDLOCK_SCOPES 6

struct lash_landlock {
    int abi; /* that of the kernel, or an older one to behave like; 1 at least */
    /* NULL-terminated lists of paths, folders with all that is in them. read:
     * also executing; one that is not there is passed over. write: everything. */
    const char *const *read;
    const char *const *write;
    bool net; /* TCP; refused only from version 4 on */
};

/* The version of the kernel's interface; 0: it has none, or it is switched off. */
int lash_landlock_abi(void);

/* Needs no_new_privs. */
LASH_NODISCARD enum lash_code lash_landlock_apply(const struct lash_landlock *spec,
                                                  struct lash_err *err);

#endif
