/* draft.h - a new content of a file, written beside it and then put in its place.
 *
 * Readers see the old content or the new, also after a crash. A draft is the
 * caller's memory; one that is neither kept nor dropped leaves a file behind. */
#ifndef LASH_SYS_DRAFT_H
#define LASH_SYS_DRAFT_H

#include <limits.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

struct lash_draft {
    int fd;                   /* -1: kept or dropped */
    char path[PATH_MAX];      /* of the file */
    char temporary[PATH_MAX]; /* of the draft, in the same folder */
};

/* After a failure there is nothing to drop. */
LASH_NODISCARD enum lash_code lash_draft_open(struct lash_draft *d, const char *path,
                                              struct lash_err *err);

LASH_NODISCARD enum lash_code lash_draft_add(struct lash_draft *d, const char *data, size_t n,
                                             struct lash_err *err);

/* Puts it, with this mode, in the place of the file; dropped if that fails. */
LASH_NODISCARD enum lash_code lash_draft_keep(struct lash_draft *d, mode_t mode,
                                              struct lash_err *err);

/* Removes what is left of it; any number of times. */
void lash_draft_drop(struct lash_draft *d);

/* The mode that the file has, or that one made by any program would get. */
mode_t lash_draft_usual_mode(const struct lash_draft *d);

#endif
