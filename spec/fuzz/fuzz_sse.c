/* fuzz_sse.c - an event stream means the same however it is cut. */
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t pieces[] = {1, 2, 5, 40};
    struct lash_buf whole = LASH_BUF_INIT((size_t)1 << 24);
    struct lash_buf cut = LASH_BUF_INIT((size_t)1 << 24);
    read_stream(&whole, (const char *)data, size, 0, 0);
    for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
        lash_buf_reset(&cut);
        read_stream(&cut, (const char *)data, size, (uint32_t)(size * 31 + i), pieces[i]);
        check_same(&whole, &cut);
    }
    lash_buf_free(&whole);
    lash_buf_free(&cut);
    return 0;
}
