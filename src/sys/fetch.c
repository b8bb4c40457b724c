/* fetch.c - a plain HTTP request; see fetch.h. */
#include "sys/fetch.h"

#include <stdlib.h>

#include "sys/draft.h"

struct lash_fetch {
    struct lash_source source;
    struct lash_transfer *transfer;
    struct lash_buf body;
    struct lash_draft *draft; /* NULL: the body stays here */
    bool saved;               /* the file is in its place */
    size_t received;          /* bytes of the body */
    size_t limit;
    bool done;
    struct lash_err err; /* code LASH_OK: none */
};

static void on_head(void *ctx, struct lash_transfer *t)
{
    (void)ctx;
    (void)t;
}

/* Not what a redirect or an error says of itself. */
static bool is_for_file(const struct lash_fetch *f)
{
    long status = lash_transfer_status(f->transfer);
    return f->draft && status >= 200 && status <= 299;
}

static enum lash_code on_body(void *ctx, const char *bytes, size_t n)
{
    struct lash_fetch *f = ctx;
    /* What says that it is too long is not read up to the limit first. */
    if (f->received == 0) {
        const char *length = lash_transfer_header(f->transfer, "content-length");
        if (length && strtoull(length, NULL, 10) > f->limit)
            return LASH_ETOOBIG;
    }
    if (n > f->limit - f->received)
        return LASH_ETOOBIG;
    f->received += n;
    if (is_for_file(f))
        return lash_draft_add(f->draft, bytes, n, &f->err);
    return lash_buf_add(&f->body, bytes, n);
}

static void on_done(void *ctx, const struct lash_err *err)
{
    struct lash_fetch *f = ctx;
    f->done = true;
    if (err && f->err.code == LASH_OK)
        f->err = *err;
    if (f->err.code == LASH_ETOOBIG)
        (void)lash_err_set(&f->err, LASH_ETOOBIG, "the body has more than %zu bytes", f->limit);
    if (f->err.code == LASH_OK && is_for_file(f))
        f->saved = lash_draft_keep(f->draft, lash_draft_usual_mode(f->draft), &f->err) == LASH_OK;
    lash_source_mark(&f->source);
}

static enum lash_code open_draft(struct lash_fetch *f, const char *file, struct lash_err *err)
{
    f->draft = malloc(sizeof(*f->draft));
    if (!f->draft)
        return lash_err_set(err, LASH_ENOMEM, "out of memory");
    return lash_draft_open(f->draft, file, err);
}

enum lash_code lash_fetch_start(struct lash_fetch **out, struct lash_http *http,
                                struct lash_loop *loop, const struct lash_http_request *req,
                                size_t max_bytes, const char *file, struct lash_err *err)
{
    static const struct lash_http_events events = {on_head, on_body, on_done};
    struct lash_fetch *f = calloc(1, sizeof(*f));
    if (!f)
        return lash_err_set(err, LASH_ENOMEM, "out of memory");
    lash_source_init(&f->source, loop);
    f->limit = max_bytes;
    f->body = LASH_BUF_INIT(max_bytes);
    enum lash_code code = file ? open_draft(f, file, err) : LASH_OK;
    if (code == LASH_OK)
        code = lash_transfer_start(&f->transfer, http, req, &events, f, err);
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
    if (f->draft)
        lash_draft_drop(f->draft);
    free(f->draft);
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
    return f->saved ? NULL : &f->body;
}

struct lash_transfer *lash_fetch_transfer(struct lash_fetch *f)
{
    return f->transfer;
}
