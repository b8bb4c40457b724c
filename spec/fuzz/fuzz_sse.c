/* fuzz_sse.c - an event stream means the same however it is cut, and the same as to a
 * reader that goes over the whole of it line by line, as the specification has it. */
#include "base/utf8.h"
#include "fuzz.h"
#include "wire/sse.h"

#define LIMIT 512 /* of an event: small, so that it is met */

static enum lash_code on_event(void *ctx, const char *type, const char *data, size_t len)
{
    add(ctx, "event:", 6);
    add(ctx, type, strlen(type) + 1);
    add(ctx, data, len);
    add(ctx, "\n", 1);
    return LASH_OK;
}

static void on_comment(void *ctx, const char *text, size_t len)
{
    add(ctx, "comment:", 8);
    add(ctx, text, len);
    add(ctx, "\n", 1);
}

/* Feeds pieces of at most 'most' bytes, their lengths by the row of 'seed'. */
static void read_stream(struct lash_buf *told, const char *src, size_t n, uint32_t seed,
                        size_t most)
{
    struct lash_sse sse;
    lash_sse_init(&sse, LIMIT, on_event, told);
    sse.on_comment = on_comment;
    enum lash_code code = LASH_OK;
    for (size_t at = 0; at < n && code == LASH_OK;) {
        seed = seed * 1664525 + 1013904223;
        size_t len = most <= 1 ? most : 1 + (seed >> 8) % most;
        if (len == 0 || len > n - at)
            len = n - at;
        char *piece = exact(src + at, len);
        code = lash_sse_feed(&sse, piece, len);
        free(piece);
        at += len;
    }
    char end[64];
    int len = snprintf(end, sizeof(end), "%s, retry %lld, id ", lash_code_name(code),
                       code == LASH_OK ? (long long)sse.retry_ms : 0);
    add(told, end, (size_t)len);
    if (code == LASH_OK)
        add(told, lash_sse_id(&sse), strlen(lash_sse_id(&sse)));
    lash_sse_free(&sse);
}

/* What a plain reader knows of the event that it is in. */
struct plain {
    struct lash_buf *told;
    struct lash_buf data, type, id, next_id;
    bool has_data, has_next_id;
    long long retry_ms;
};

static void repair(struct lash_buf *to, const char *value, size_t n)
{
    CHECK(lash_utf8_repair(to, value, n) == LASH_OK);
}

static void set(struct lash_buf *to, const char *value, size_t n)
{
    lash_buf_reset(to);
    repair(to, value, n);
}

static void dispatch(struct plain *p)
{
    if (p->has_next_id)
        set(&p->id, p->next_id.ptr ? p->next_id.ptr : "", p->next_id.len);
    if (p->has_data) {
        char *data = exact(p->data.ptr, p->data.len);
        (void)on_event(p->told, p->type.len > 0 ? p->type.ptr : "message", data, p->data.len);
        free(data);
    }
    lash_buf_reset(&p->data);
    lash_buf_reset(&p->type);
    p->has_data = p->has_next_id = false;
}

static void take_field(struct plain *p, const char *name, const char *value, size_t n)
{
    if (strcmp(name, "data") == 0) {
        if (p->has_data)
            add(&p->data, "\n", 1);
        p->has_data = true;
        repair(&p->data, value, n);
    } else if (strcmp(name, "event") == 0) {
        set(&p->type, value, n);
    } else if (strcmp(name, "id") == 0 && memchr(value, '\0', n) == NULL) {
        p->has_next_id = true;
        set(&p->next_id, value, n);
    } else if (strcmp(name, "retry") == 0 && n > 0 && strspn(value, "0123456789") >= n) {
        p->retry_ms = strtoll(value, NULL, 10);
    }
}

static void take_line(struct plain *p, char *line, size_t n)
{
    char *colon = memchr(line, ':', n);
    if (n == 0) {
        dispatch(p);
    } else if (colon == line) {
        on_comment(p->told, line + 1, n - 1);
    } else {
        char *value = colon ? colon + 1 : line + n;
        size_t len = n - (size_t)(value - line);
        size_t space = len > 0 && *value == ' ';
        bool nul = memchr(line, '\0', (size_t)(colon ? colon - line : (ptrdiff_t)n)) != NULL;
        if (colon)
            *colon = '\0';
        if (!nul)
            take_field(p, line, value + space, len - space);
    }
}

static void read_plainly(struct lash_buf *told, const char *src, size_t n)
{
    const struct lash_buf empty = LASH_BUF_INIT((size_t)1 << 24);
    struct plain p = {.told = told, .retry_ms = -1};
    struct lash_buf *const bufs[] = {&p.data, &p.type, &p.id, &p.next_id};
    for (size_t i = 0; i < 4; i++)
        *bufs[i] = empty;
    char *text = malloc(n + 1); /* ended, for strtoll and strspn */
    CHECK(text);
    if (n > 0)
        memcpy(text, src, n);
    text[n] = '\0';
    size_t begin = n >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    for (size_t at = begin; at < n; at++) {
        if (text[at] != '\n' && text[at] != '\r')
            continue;
        size_t behind = text[at] == '\r' && at + 1 < n && text[at + 1] == '\n' ? at + 2 : at + 1;
        text[at] = '\0';
        take_line(&p, text + begin, at - begin);
        begin = behind;
        at = behind - 1;
    }
    char end[64];
    int len =
        snprintf(end, sizeof(end), "%s, retry %lld, id ", lash_code_name(LASH_OK), p.retry_ms);
    add(told, end, (size_t)len);
    add(told, p.id.ptr ? p.id.ptr : "", p.id.len);
    free(text);
    for (size_t i = 0; i < 4; i++)
        lash_buf_free(bufs[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t pieces[] = {1, 2, 5, 40};
    struct lash_buf whole = LASH_BUF_INIT((size_t)1 << 24);
    struct lash_buf cut = LASH_BUF_INIT((size_t)1 << 24);
    read_stream(&whole, (const char *)data, size, 0, 0);
    if (3 * size <= LIMIT) { /* not even repaired text is too long */
        read_plainly(&cut, (const char *)data, size);
        check_same(&whole, &cut);
    }
    for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
        lash_buf_reset(&cut);
        read_stream(&cut, (const char *)data, size, (uint32_t)(size * 31 + i), pieces[i]);
        check_same(&whole, &cut);
    }
    lash_buf_free(&whole);
    lash_buf_free(&cut);
    return 0;
}
