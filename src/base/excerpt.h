/* excerpt.h - the beginning and the end of a stream of any length.
 *
 * Half of the limit is for the first bytes, half for the last; the middle is
 * dropped and counted, and so is what memory has no room for. */
#ifndef LASH_BASE_EXCERPT_H
#define LASH_BASE_EXCERPT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct lash_excerpt {
    struct lash_buf head;
    struct lash_buf tail; /* a ring once it is full */
    size_t oldest;        /* of the tail: its first byte */
    uint64_t dropped;
};

#define LASH_EXCERPT_INIT(max)                                                                     \
    ((struct lash_excerpt){                                                                        \
        .head = LASH_BUF_INIT((max) / 2),                                                          \
        .tail = LASH_BUF_INIT((max) - (max) / 2),                                                  \
    })

void lash_excerpt_add(struct lash_excerpt *e, const char *src, size_t n);

void lash_excerpt_free(struct lash_excerpt *e);

#endif
