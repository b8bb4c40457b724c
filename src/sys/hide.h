/* hide.h - files and folders that this process sees as empty from now on: those
 * that are there now. A cover goes with what it covers: when somebody outside renames
 * another file over it, that one is seen.
 *
 * Landlock grants whole folders and cannot take a file back out of one. So what
 * must not be seen in a granted folder is covered by an empty file, in mounts
 * that only this process and its children see; wherever other mounts show the same
 * file, too (mounts.h). That takes a mount namespace, and
 * without the right to make one a user namespace. */
#ifndef LASH_SYS_HIDE_H
#define LASH_SYS_HIDE_H

#include "base/err.h"
#include "sys/search.h"

/* NULL-terminated lists, or NULL. */
struct lash_hide {
    const char *const *in;     /* folders in which is searched, and all below */
    struct lash_search search; /* for what */
    const char *const *paths;  /* and these, those that are there */
};

/* Does nothing at all when nothing is found. LASH_EIO: something was found and
 * cannot be hidden, or cannot be searched; LASH_ETOOBIG: too much to search. */
LASH_NODISCARD enum lash_code lash_hide(const struct lash_hide *what, struct lash_err *err);

#endif
