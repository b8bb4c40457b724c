/* sandbox.h - confines this process and all that it will start, for ever.
 *
 * Called between fork and exec, in a process of one thread. What it may open is
 * Landlock's affair (landlock.h), which system calls it may make seccomp's
 * (seccomp.h); beside that limits, no new privileges, no capabilities.
 *
 * What it cannot do: chmod, chown and utime reach every file that the user
 * owns; on kernels with Landlock below version 6 so do signals every process but
 * the parent and the one that asks (while this resolves a name, a thread of it).
 * Nobody's number of processes is bounded when he is root. */
#ifndef LASH_SYS_SANDBOX_H
#define LASH_SYS_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* What the kernel offers. */
struct lash_sandbox_support {
    int landlock; /* version of the interface; 0: none */
    bool seccomp;
};

struct lash_sandbox {
    /* NULL-terminated lists of paths, folders with all that is in them. */
    const char *const *read;  /* and execute; one that is not there is passed over */
    const char *const *write; /* and read, execute; must be there */
    const char *const *hide;  /* files that are seen as empty nevertheless */
    /* The same of what is in these folders and below, as search.h has it: */
    const char *const *hide_in;
    const char *const *hide_names; /* by their names */
    const char *const *hide_files; /* files of these names that contain one of */
    const char *const *hide_texts; /* these texts */
    int notes;                     /* 0: none */
    int lash;                      /* process that no signal may reach; 0: none but the parent */
    bool net;                      /* sockets of the internet */
    /* Limits; 0: left as they are. */
    uint64_t cpu_seconds;    /* of a process */
    uint64_t memory_bytes;   /* that a process can fill; what it only reserves does not count */
    uint64_t file_bytes;     /* the largest file */
    uint64_t open_files;     /* of a process */
    uint64_t more_processes; /* than the machine runs now; does not hold for root */
};

struct lash_sandbox_support lash_sandbox_support(void);

/* Applies what the kernel has of it; 'have' is lash_sandbox_support(), or less to
 * behave like an older kernel. After a failure the process must end: what had
 * been applied stays. */
LASH_NODISCARD enum lash_code lash_sandbox_apply(const struct lash_sandbox *spec,
                                                 const struct lash_sandbox_support *have,
                                                 struct lash_err *err);

#endif
