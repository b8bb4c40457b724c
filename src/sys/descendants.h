/* descendants.h - the processes below this one. */
#ifndef LASH_SYS_DESCENDANTS_H
#define LASH_SYS_DESCENDANTS_H

#include <sys/types.h>

/* Sends SIGKILL to all that it finds below this process. One that is born
 * meanwhile may be missed: a subreaper calls it until it has no child left. */
void lash_descendants_kill(void);

/* Sends SIGKILL to all processes of a session, until it finds none. */
void lash_session_kill(pid_t session);

#endif
