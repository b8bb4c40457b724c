/* excerpt.c - the beginning and the end of a stream; see excerpt.h. */
#include "base/excerpt.h"

#include <string.h>

/* Fills what is free of the buffer; how many bytes of src are dealt with. */
static size_t fill(struct lash_excerpt *e, struct lash_buf *b, const char *src, size_t n)
{
    size_t room = b->limit - b->len;
    size_t take = n < room ? n : room;
    if (take == 0)
        return 0;
    if (lash_buf_add(b, src, take) != LASH_OK) {
        b->limit = b->len; /* what comes later does not close the gap */
        e->dropped += take;
    }
    return take;
}

/* Puts n bytes, at most its size, in the place of the oldest of the ring. */
static void replace(struct lash_excerpt *e, const char *src, size_t n)
{
    size_t until_end = e->tail.len - e->oldest;
    size_t first = n < until_end ? n : until_end;
    memcpy(e->tail.ptr + e->oldest, src, first);
    memcpy(e->tail.ptr, src + first, n - first);
    e->oldest = (e->oldest + n) % e->tail.len;
}

void lash_excerpt_add(struct lash_excerpt *e, const char *src, size_t n)
{
    size_t done = fill(e, &e->head, src, n);
    done += fill(e, &e->tail, src + done, n - done);
    src += done;
    n -= done;
    if (n == 0)
        return;
    e->dropped += n;
    size_t size = e->tail.len;
    if (size > 0)
        replace(e, n > size ? src + (n - size) : src, n > size ? size : n);
}

void lash_excerpt_free(struct lash_excerpt *e)
{
    lash_buf_free(&e->head);
    lash_buf_free(&e->tail);
    e->oldest = 0;
}
