/* search.h - the files and folders below a folder that have certain names.
 *
 * It is made for speed: a command waits for it. Nothing is asked of a file but
 * what the listing of its folder says, and a name is compared first with what
 * its patterns begin and end with. Links are neither followed nor found. */
#ifndef LASH_SYS_SEARCH_H
#define LASH_SYS_SEARCH_H

#include "base/buf.h"
#include "base/err.h"

#define LASH_SEARCH_NAMES 64 /* most of 'names' */

/* NULL-terminated lists, or NULL. */
struct lash_search {
    /* As fnmatch has them; the first that fits decides; behind "!": not wanted. */
    const char *const *names;
    /* Files of just these names, when they contain one of these texts (of 256
     * bytes at most), cannot be read, or are too large to look at, alone or
     * together. */
    const char *const *files;
    const char *const *texts;
    /* A file in memory that stays the caller's, where what was seen is noted for
     * the next search (seen.h); -1: none. */
    int notes;
};

/* Appends the paths of what is found in some folders and all below, each ended by
 * a NUL; a folder stands for what is in it, and one below that cannot be read, or has
 * something of too long a path in it, is found, whatever its name: what is in it is
 * not known. LASH_EIO: part of it cannot be
 * searched; LASH_ETOOBIG: there is too much. */
LASH_NODISCARD enum lash_code lash_search(struct lash_buf *found, const char *const *in,
                                          const struct lash_search *wanted, struct lash_err *err);

#endif
