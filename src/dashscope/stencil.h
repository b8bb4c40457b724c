/* stencil.h - a chunk with a gap where its text stood.
 *
 * Nearly all chunks of a stream differ from the one before in nothing but the
 * text. Such a chunk need not be read as JSON, which is most of what it costs:
 * what stands in the gap is the text, and all else has been read already. */
#ifndef LASH_DASHSCOPE_STENCIL_H
#define LASH_DASHSCOPE_STENCIL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct lash_stencil {
    struct lash_buf chunk; /* without the text; empty: there is none */
    size_t gap;            /* where the text stood */
};

void lash_stencil_init(struct lash_stencil *s);
void lash_stencil_free(struct lash_stencil *s);

/* Forgets the chunk. */
void lash_stencil_reset(struct lash_stencil *s);

/* Keeps the JSON without its only text. A text that was not given as it stands
 * there, because of escapes, and a chunk that is large leave no stencil. */
void lash_stencil_cut(struct lash_stencil *s, const char *json, size_t n, const char *text,
                      size_t len);

/* Is the JSON the same but for a text that needs no reading? Points at it. */
bool lash_stencil_fits(const struct lash_stencil *s, const char *json, size_t n, const char **text,
                       size_t *len);

#endif
