/* stencil.c - a chunk with a gap where its text stood; see stencil.h. */
#include "dashscope/stencil.h"

#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

#define LIMIT ((size_t)2 << 10) /* bytes; chunks have some hundred */

void lash_stencil_init(struct lash_stencil *s)
{
    *s = (struct lash_stencil){.chunk = LASH_BUF_INIT(LIMIT)};
}

void lash_stencil_free(struct lash_stencil *s)
{
    lash_buf_free(&s->chunk);
}

void lash_stencil_reset(struct lash_stencil *s)
{
    lash_buf_reset(&s->chunk);
}

void lash_stencil_cut(struct lash_stencil *s, const char *json, size_t n, const char *text,
                      size_t len)
{
    lash_stencil_reset(s);
    uintptr_t begin = (uintptr_t)json;
    uintptr_t at = (uintptr_t)text;
    if (at <= begin || at >= begin + n || len >= begin + n - at)
        return; /* it stands elsewhere: it was rewritten */
    size_t gap = at - begin;
    if (json[gap - 1] != '"' || json[gap + len] != '"')
        return;
    enum lash_code code = lash_buf_add(&s->chunk, json, gap);
    if (code == LASH_OK)
        code = lash_buf_add(&s->chunk, json + gap + len, n - gap - len);
    if (code != LASH_OK)
        lash_stencil_reset(s); /* the next chunk is read, that is all */
    s->gap = gap;
}

/* Does it say what it spells, and end with its quote? */
static bool is_plain(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == '"' || text[i] == '\\')
            return false;
    return lash_utf8_valid(text, len) == len;
}

bool lash_stencil_fits(const struct lash_stencil *s, const char *json, size_t n, const char **text,
                       size_t *len)
{
    if (s->chunk.len == 0 || n < s->chunk.len)
        return false;
    size_t wide = n - s->chunk.len;
    if (memcmp(json, s->chunk.ptr, s->gap) != 0 ||
        memcmp(json + s->gap + wide, s->chunk.ptr + s->gap, s->chunk.len - s->gap) != 0 ||
        !is_plain(json + s->gap, wide))
        return false;
    *text = json + s->gap;
    *len = wide;
    return true;
}
