/* launch.h - lash as launcher and supervisor of one command.
 *
 * sys/proc.c starts this program once more, in a session of its own:
 *
 *     /proc/self/exe --launch FD -- COMMAND ARG...
 *
 * FD is a stream socket to the lash that asks. Over it comes a specification:
 * its length (uint32_t), then that many bytes of "key=value", each ended by a
 * NUL. The command gets standard input, output and error, the environment and
 * nothing else of this process. What comes over the socket later are orders to
 * stop; its end means that lash is gone, and everything is killed at once.
 * The last thing that goes back is one struct lash_launch_report.
 *
 * The supervisor stays while anything of the command is left: it adopts what the
 * command leaves behind, and kills it. So nothing outlives the run, also when
 * lash itself is killed. What escapes: a process that was in a session of its
 * own when the command killed its supervisor, or lash and its supervisor (only
 * confinement forbids it), and what another service runs on behalf of the
 * command (cron, systemd, a container's daemon). */
#ifndef LASH_SYS_LAUNCH_H
#define LASH_SYS_LAUNCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define LASH_LAUNCH_FLAG "--launch"
#define LASH_LAUNCH_NOTES "notes"
#define LASH_LAUNCH_REAL_CWD "real-cwd"
#define LASH_LAUNCH_ABSENT "absent"
#define LASH_LAUNCH_OPEN_FILES "open-files"
#define LASH_LAUNCH_ABSENT_MOST 8
#define LASH_LAUNCH_STOP 'T' /* SIGTERM, 3 s of grace, SIGKILL */
#define LASH_LAUNCH_KILL 'K' /* SIGKILL */
#define LASH_LAUNCH_SPEC_LIMIT ((uint32_t)65536)

/* What of it went wrong. */
enum lash_launch_stage {
    LASH_LAUNCH_RAN,     /* nothing: the command ran, 'status' says how it ended */
    LASH_LAUNCH_PREPARE, /* a process could not be made, or not be set up */
    LASH_LAUNCH_FOLDER,  /* its working folder could not be entered */
    LASH_LAUNCH_CONFINE, /* it could not be confined as asked; 'text' says why */
    LASH_LAUNCH_EXEC,    /* the command is not there, or is no program */
};

struct lash_launch_report {
    int32_t stage;  /* enum lash_launch_stage */
    int32_t error;  /* errno of the stage that failed */
    int32_t status; /* of the command, as waitpid gives it */
    int32_t strays; /* processes that it left and that were killed */
    int64_t microseconds;
    char text[256];
};

/* Keys:
 *   parent  process id of the lash that asks
 *   cwd     working folder; default: that of lash
 *   real-cwd  likewise, and no link in it is followed
 *   absent  real path of a file that is set aside (aside.h) when lash is gone before the
 *           command's end, should it not be there now: the next run would obey it
 *   open-files  soft limit of open files; default: that of lash, which may have
 *           raised it
 *   umask   octal; default: that of lash
 *   notes   the descriptor of a file, for the search of the sandbox: seen.h
 *   sandbox, sandbox-...  how it is confined: confine.h
 * An entry that no one knows is refused. */
struct lash_launch_spec {
    const char *entries;
    size_t len;
};

/* The value of the next entry with this key after 'last' (NULL: of the first);
 * NULL when there is none. A key may be given several times. */
const char *lash_launch_value(const struct lash_launch_spec *spec, const char *key,
                              const char *last);

/* The whole of main for "--launch": the exit status. Needs nothing to be set up. */
int lash_launch(int argc, char **argv);

#endif
