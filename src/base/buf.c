/* buf.c - growable byte buffer; see buf.h. */
#include "base/buf.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 64

enum lash_code lash_buf_add(struct lash_buf *b, const void *src, size_t n)
{
    assert(b->limit > 0 && b->len <= b->limit);
    if (n > b->limit - b->len)
        return LASH_ETOOBIG;
    size_t need = b->len + n + 1;
    if (need > b->cap) {
        size_t cap = b->cap ? b->cap : FIRST_CAP;
        while (cap < need)
            cap *= 2;
        if (cap > b->limit) /* no more than it may ever hold */
            cap = b->limit + 1;
        char *p = realloc(b->ptr, cap);
        if (!p)
            return LASH_ENOMEM;
        b->ptr = p;
        b->cap = cap;
    }
    if (n > 0)
        memcpy(b->ptr + b->len, src, n);
    b->len += n;
    b->ptr[b->len] = '\0';
    return LASH_OK;
}

void lash_buf_reset(struct lash_buf *b)
{
    b->len = 0;
    if (b->ptr)
        b->ptr[0] = '\0';
}

void lash_buf_free(struct lash_buf *b)
{
    free(b->ptr);
    *b = LASH_BUF_INIT(b->limit);
}
