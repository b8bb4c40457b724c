/* fetch.c - a plain HTTP request; see fetch.h. */
#include "sys/fetch.h"

#include <stdlib.h>

struct lash_fetch {
    struct lash_source source;
    struct lash_transfer *transfer;
    struct lash_buf body;
    bool done;
    struct lash_err err; /* code LASH_OK: none */
};

static void on_head(void *ctx, struct lash_transfer *t)
{
    (void)ctx;
    (void)t;
}

static enum lash_code on_body(void *ctx, const char *bytes, size_t n)
{
    struct lash_fetch *f = ctx;
    /* What says that it is too long is not read up to the limit first. */
    if (f->body.len == 0) {
        const char *length = lash_transfer_header(f->transfer, "content-length");
        if (length && strtoull(length, NULL, 10) > f->body.limit)
            return LASH_ETOOBIG;
    }
    return lash_buf_add(&f->body, bytes, n);
}

static void on_done(void *ctx, const struct lash_err *err)
{
    struct lash_fetch *f = ctx;
    f->done = true;
    if (err)
        f->err = *err;
    if (f->err.code == LASH_ETOOBIG)
        (void)lash_err_set(&f->err, LASH_ETOOBIG, "the body has more than %zu bytes",
                           f->body.limit);
    lash_source_mark(&f->source);
}

enum lash_code lash_fetch_start(struct lash_fetch **out, struct lash_http *http,
                                struct lash_loop *loop, const struct lash_http_request *req,
                                size_t max_bytes, struct lash_err *err)
{
    static const struct lash_http_events events = {on_head, on_body, on_done};
    struct lash_fetch *f = calloc(1, sizeof(*f));
    if (!f)
        return lash_err_set(err, LASH_ENOMEM, "out of memory");
    lash_source_init(&f->source, loop);
    f->body = LASH_BUF_INIT(max_bytes);
    enum lash_code code = lash_transfer_start(&f->transfer, http, req, &events, f, err);
    if (code != LASH_OK) {
        lash_fetch_free(f);
        return code;
    }
    *out = f;
    return LASH_OK;
}

void lash_fetch_free(struct lash_fetch *f)
{
    if (!f)
        return;
    lash_transfer_free(f->transfer);
    lash_source_drop(&f->source);
    lash_buf_free(&f->body);
    free(f);
}

uint64_t lash_fetch_id(const struct lash_fetch *f)
{
    return f->source.id;
}

bool lash_fetch_done(const struct lash_fetch *f)
{
    return f->done;
}

const struct lash_err *lash_fetch_error(const struct lash_fetch *f)
{
    return f->err.code == LASH_OK ? NULL : &f->err;
}

const struct lash_buf *lash_fetch_body(const struct lash_fetch *f)
{
    return &f->body;
}

struct lash_transfer *lash_fetch_transfer(struct lash_fetch *f)
{
    return f->transfer;
}
