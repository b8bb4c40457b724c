/* aside.h - a file that a command must not make: it is set aside afterwards.
 *
 * A command may rename the folders that it can write, and put others, or links,
 * in their place. So the folder is opened before the command, and what is done
 * later is done in that very folder, wherever it is by then; and in what is at its
 * path by then, unless a link is in the way. Nothing is removed or replaced: it
 * may be somebody's data. */
#ifndef LASH_SYS_ASIDE_H
#define LASH_SYS_ASIDE_H

#include <limits.h>
#include <stdbool.h>

#include "base/err.h"

struct lash_aside {
    int folder;          /* -1: there was none */
    bool there;          /* the file was: it is left where it is */
    char path[PATH_MAX]; /* of the file */
};

enum lash_aside_where {
    LASH_ASIDE_OPENED,  /* in the folder that was opened */
    LASH_ASIDE_AT_PATH, /* in what is in its place, when that is another one */
};

/* Before the command. The path is the file's real one (lash_place_real). False
 * with errno: its folder is there but cannot be opened. */
LASH_NODISCARD bool lash_aside_open(struct lash_aside *a, const char *real);

/* After it. Gives what was made the first free name of NAME.untrusted,
 * NAME.untrusted-2, ...; from and to are filled with the old path and the new one.
 * Of a link, the link. LASH_EMISSING: nothing was made. */
LASH_NODISCARD enum lash_code lash_aside_take(const struct lash_aside *a,
                                              enum lash_aside_where where, char from[PATH_MAX],
                                              char to[PATH_MAX], struct lash_err *err);

void lash_aside_close(struct lash_aside *a);

#endif
