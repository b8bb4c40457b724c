/* buf.h - growable byte buffer with a hard size limit.
 *
 * Every buffer that holds bytes from outside states its maximum size when it
 * is made. The content is always followed by a NUL that 'len' does not count. */
#ifndef LASH_BASE_BUF_H
#define LASH_BASE_BUF_H

#include <stddef.h>

#include "base/err.h"

struct lash_buf {
    char *ptr;    /* NULL until the first append */
    size_t len;   /* bytes in use */
    size_t cap;   /* bytes allocated, NUL included */
    size_t limit; /* 'len' never exceeds this */
};

#define LASH_BUF_INIT(max) ((struct lash_buf){.limit = (max)})

/* Appends n bytes. On failure the buffer is unchanged. */
LASH_NODISCARD enum lash_code lash_buf_add(struct lash_buf *b, const void *src, size_t n);

/* Empties the buffer and keeps its memory. */
void lash_buf_reset(struct lash_buf *b);

/* Frees the memory; the buffer may be used again. */
void lash_buf_free(struct lash_buf *b);

#endif
