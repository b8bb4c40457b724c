/* place.h - files by their real path, so that a decision about a path holds.
 *
 * First a name becomes the path that it really means (lash_place_real); somebody
 * decides on that; then the functions below open that very path, and no link in
 * it: what was exchanged in between is refused, not followed.
 *
 * Failures are as those of file.h. Only regular files are read and replaced. */
#ifndef LASH_SYS_PLACE_H
#define LASH_SYS_PLACE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* The absolute path without links that a name means, for something that is
 * there, or will be: then of the deepest folder that is, and what is missing.
 * A link that leads nowhere is refused, LASH_EIO. */
LASH_NODISCARD enum lash_code lash_place_real(char real[PATH_MAX], const char *name,
                                              struct lash_err *err);

/* Appends the content of a file; LASH_ETOOBIG for one larger than out's limit. */
LASH_NODISCARD enum lash_code lash_place_read(struct lash_buf *out, const char *real,
                                              struct lash_err *err);

/* Replaces a file, which keeps its mode and owner, or makes it and the folders
 * that are missing. Readers see the old content or the new, also after a crash. */
LASH_NODISCARD enum lash_code lash_place_write(const char *real, const char *data, size_t n,
                                               struct lash_err *err);

/* Writes over a file that is there, in its place: where its folder lets nothing new
 * be made. The old content is whole until there is room for all of the new one; only
 * a crash or a failing disk after that leaves some of both. */
LASH_NODISCARD enum lash_code lash_place_overwrite(const char *real, const char *data, size_t n,
                                                   struct lash_err *err);

/* Appends the entries of a folder, unsorted: a letter, the name, a zero byte;
 * "d" folder, "f" file, "l" link, "o" anything else. Stops, complete false, at out's limit. */
LASH_NODISCARD enum lash_code lash_place_list(struct lash_buf *out, bool *complete,
                                              const char *real, struct lash_err *err);

/* Opens (O_PATH) the folder of a path, whose last component name becomes; -1 with
 * errno: ENOTDIR or ELOOP when there is a link. */
LASH_NODISCARD int lash_place_open_parent(const char *real, char name[NAME_MAX + 1]);

/* Makes a folder the current one of this process; false with errno. */
LASH_NODISCARD bool lash_place_enter(const char *real);

/* Makes a folder of a new name, for this user only, in $TMPDIR or /tmp. */
LASH_NODISCARD enum lash_code lash_place_temporary(char real[PATH_MAX], struct lash_err *err);

/* Removes a folder with all that is in it, as far as that goes; not what links
 * in it lead to. */
void lash_place_remove(const char *real);

#endif
