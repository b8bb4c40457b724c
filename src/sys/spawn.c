/* spawn.c - starts a program, without fork; see spawn.h. */
#include "sys/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#define MOST 8 /* descriptors */

/* Copies of the descriptors beyond those that they become: one might be
 * overwritten before it is used. -1 fills up what is missing. */
static int lift(int *lifted, const int *fds, int n)
{
    for (int i = 0; i < n; i++) {
        lifted[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, n);
        if (lifted[i] < 0)
            return errno;
    }
    return 0;
}

static int add_descriptors(posix_spawn_file_actions_t *actions, const int *fds, int n)
{
    int rc = 0;
    for (int i = 0; i < n && rc == 0; i++)
        rc = posix_spawn_file_actions_adddup2(actions, fds[i], i);
    return rc;
}

static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t all, none;
    (void)sigfillset(&all);
    (void)sigemptyset(&none);
    int rc = posix_spawnattr_setsigdefault(attributes, &all);
    if (rc == 0)
        rc = posix_spawnattr_setsigmask(attributes, &none);
    if (rc == 0)
        rc = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF |
                                                      POSIX_SPAWN_SETSIGMASK);
    return rc;
}

static int start(pid_t *pid, const char *program, const int *fds, int n, const char *const *argv,
                 const char *const *env)
{
    posix_spawn_file_actions_t actions;
    int rc = posix_spawn_file_actions_init(&actions);
    if (rc != 0)
        return rc;
    posix_spawnattr_t attributes;
    rc = posix_spawnattr_init(&attributes);
    if (rc == 0) {
        rc = add_descriptors(&actions, fds, n);
        if (rc == 0)
            rc = set_attributes(&attributes);
        if (rc == 0)
            rc = posix_spawn(pid, program, &actions, &attributes, (char **)argv, (char **)env);
        (void)posix_spawnattr_destroy(&attributes);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    return rc;
}

int lash_spawn(pid_t *pid, const char *program, const int *fds, int n, const char *const *argv,
               const char *const *env)
{
    int lifted[MOST] = {-1, -1, -1, -1, -1, -1, -1, -1};
    int rc = n <= MOST ? lift(lifted, fds, n) : EINVAL;
    if (rc == 0)
        rc = start(pid, program, lifted, n, argv, env);
    for (int i = 0; i < MOST; i++)
        if (lifted[i] >= 0)
            (void)close(lifted[i]);
    if (rc != 0)
        *pid = 0;
    return rc;
}
