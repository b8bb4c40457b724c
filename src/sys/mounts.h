/* mounts.h - the other paths of a file, through other mounts of its file system.
 *
 * A folder may be seen in several places (bind mounts). To cover a file in one of
 * them leaves it as it is in the others. What only shows another file system, an
 * overlay above the folder say, is not found. */
#ifndef LASH_SYS_MOUNTS_H
#define LASH_SYS_MOUNTS_H

#include "base/buf.h"
#include "base/err.h"

struct lash_mounts;

/* The mounts that this process sees now. */
LASH_NODISCARD enum lash_code lash_mounts_read(struct lash_mounts **out, struct lash_err *err);

/* Appends the other paths of a file or folder, and of what is in that folder and
 * mounted elsewhere, each ended by a NUL. The path is a real one. LASH_EIO: that
 * cannot be told. */
LASH_NODISCARD enum lash_code lash_mounts_others(struct lash_buf *others,
                                                 const struct lash_mounts *m, const char *path,
                                                 struct lash_err *err);

void lash_mounts_free(struct lash_mounts *m);

#endif
