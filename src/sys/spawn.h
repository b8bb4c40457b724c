/* spawn.h - starts a program, without fork.
 *
 * fork copies the page tables: with the hundreds of megabytes that a script may
 * hold, it takes tens of milliseconds, and may fail for want of memory that nobody
 * would use. */
#ifndef LASH_SYS_SPAWN_H
#define LASH_SYS_SPAWN_H

#include <sys/types.h>

/* Starts a program in a session of its own: Ctrl-C is for lash. Its descriptors 0 to
 * n - 1 are fds, what else is open has to be marked to be closed; no signal is
 * ignored or blocked. 0, or a value of errno; *pid is then 0. */
int lash_spawn(pid_t *pid, const char *program, const int *fds, int n, const char *const *argv,
               const char *const *env);

#endif
