/* exchange.c - a request and its answer, for its owner; see exchange.h. */
#include "sys/exchange.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sys/exchange_impl.h"

#define BODY_LIMIT ((size_t)64 << 20)   /* of a request */
#define QUEUE_LIMIT ((size_t)16 << 20)  /* of an answer, not yet sent */
#define HEADER_LIMIT ((size_t)64 << 10) /* names and values, one direction */

void lash_exchange_init(struct lash_exchange *ex, struct lash_loop *loop, char *target)
{
    *ex = (struct lash_exchange){
        .headers = LASH_BUF_INIT(HEADER_LIMIT),
        .body = LASH_BUF_INIT(BODY_LIMIT),
        .reply_headers = LASH_BUF_INIT(HEADER_LIMIT),
        .queue = LASH_BUF_INIT(QUEUE_LIMIT),
        .path = target,
    };
    lash_source_init(&ex->source, loop);
    char *mark = strchr(target, '?');
    ex->query = mark ? mark + 1 : target + strlen(target);
    if (mark)
        *mark = '\0';
}

void lash_exchange_destroy(struct lash_exchange *ex)
{
    lash_source_drop(&ex->source);
    lash_buf_free(&ex->headers);
    lash_buf_free(&ex->body);
    lash_buf_free(&ex->reply_headers);
    lash_buf_free(&ex->queue);
    free(ex->method);
    free(ex->path);
    free(ex);
}

size_t lash_exchange_unsent(const struct lash_exchange *ex)
{
    return ex->queue.len - ex->sent;
}

/* As name NUL value NUL. */
enum lash_code lash_exchange_pack(struct lash_buf *b, const char *name, const char *value)
{
    size_t before = b->len;
    enum lash_code code = lash_buf_add(b, name, strlen(name) + 1);
    if (code == LASH_OK)
        code = lash_buf_add(b, value, strlen(value) + 1);
    if (code != LASH_OK)
        b->len = before;
    return code;
}

bool lash_exchange_unpack(const struct lash_buf *b, size_t *at, struct lash_header *out)
{
    if (*at >= b->len)
        return false;
    out->name = b->ptr + *at;
    out->value = out->name + strlen(out->name) + 1;
    *at += strlen(out->name) + strlen(out->value) + 2;
    return true;
}

const struct lash_source *lash_exchange_source(const struct lash_exchange *ex)
{
    return &ex->source;
}

const char *lash_exchange_method(const struct lash_exchange *ex)
{
    return ex->method;
}

const char *lash_exchange_path(const struct lash_exchange *ex)
{
    return ex->path;
}

const char *lash_exchange_query(const struct lash_exchange *ex)
{
    return ex->query;
}

const char *lash_exchange_body(const struct lash_exchange *ex, size_t *len)
{
    *len = ex->body.len;
    return ex->body.ptr ? ex->body.ptr : "";
}

const char *lash_exchange_header(const struct lash_exchange *ex, const char *name)
{
    struct lash_header h;
    for (size_t at = 0; lash_exchange_unpack(&ex->headers, &at, &h);) {
        if (strcasecmp(h.name, name) == 0)
            return h.value;
    }
    return NULL;
}

bool lash_exchange_header_at(const struct lash_exchange *ex, size_t i, struct lash_header *out)
{
    size_t at = 0;
    bool found = lash_exchange_unpack(&ex->headers, &at, out);
    while (found && i-- > 0)
        found = lash_exchange_unpack(&ex->headers, &at, out);
    return found;
}

/* A token, and a value that cannot end its line. */
static bool is_header(const struct lash_header *h)
{
    static const char token[] = "!#$%&'*+-.^_`|~0123456789"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    return *h->name && h->name[strspn(h->name, token)] == '\0' && !strpbrk(h->value, "\r\n");
}

enum lash_code lash_exchange_start(struct lash_exchange *ex, unsigned status,
                                   const struct lash_header *headers, size_t n,
                                   struct lash_err *err)
{
    if (!ex->connection)
        return lash_err_set(err, LASH_ECLOSED, "the client has left");
    if (ex->stage != LASH_WAITING)
        return lash_err_set(err, LASH_EUSAGE, "the answer was begun already");
    if (status < 200 || status > 599)
        return lash_err_set(err, LASH_EUSAGE, "%u is not the status of an answer", status);
    for (size_t i = 0; i < n; i++) {
        enum lash_code code = LASH_EUSAGE;
        if (is_header(&headers[i]))
            code = lash_exchange_pack(&ex->reply_headers, headers[i].name, headers[i].value);
        if (code != LASH_OK) {
            lash_buf_reset(&ex->reply_headers);
            return lash_err_set(err, code, "cannot send the header '%s'", headers[i].name);
        }
    }
    ex->status = status;
    ex->stage = LASH_ANSWERING;
    lash_exchange_wake(ex);
    return LASH_OK;
}

/* May the answer grow? */
static enum lash_code check_open(const struct lash_exchange *ex, struct lash_err *err)
{
    if (!ex->connection)
        return lash_err_set(err, LASH_ECLOSED, "the client has left");
    if (ex->stage == LASH_ANSWERING)
        return LASH_OK;
    return lash_err_set(err, LASH_EUSAGE, "the answer %s",
                        ex->stage < LASH_ANSWERING ? "was not begun" : "has ended");
}

enum lash_code lash_exchange_write(struct lash_exchange *ex, const void *src, size_t n,
                                   size_t *queued, struct lash_err *err)
{
    enum lash_code code = check_open(ex, err);
    if (code != LASH_OK)
        return code;
    if (ex->sent > ex->queue.len / 2) { /* seldom enough to cost little */
        ex->queue.len -= ex->sent;
        memmove(ex->queue.ptr, ex->queue.ptr + ex->sent, ex->queue.len);
        ex->sent = 0;
    }
    code = lash_buf_add(&ex->queue, src, n);
    if (code != LASH_OK)
        return lash_err_set(err, code, "the answer waits for its reader (%zu bytes)",
                            lash_exchange_unsent(ex));
    *queued = lash_exchange_unsent(ex);
    lash_exchange_wake(ex);
    return LASH_OK;
}

enum lash_code lash_exchange_finish(struct lash_exchange *ex, struct lash_err *err)
{
    enum lash_code code = check_open(ex, err);
    if (code == LASH_OK) {
        ex->stage = LASH_FINISHED;
        lash_exchange_wake(ex);
    }
    return code;
}

void lash_exchange_abort(struct lash_exchange *ex)
{
    if (!ex->connection || ex->stage == LASH_FINISHED)
        return;
    ex->stage = LASH_ABORTED;
    lash_exchange_wake(ex);
}

bool lash_exchange_gone(const struct lash_exchange *ex)
{
    return !ex->connection || lash_exchange_left(ex);
}

void lash_exchange_free(struct lash_exchange *ex)
{
    if (!ex)
        return;
    if (!ex->connection) {
        lash_exchange_destroy(ex);
        return;
    }
    lash_exchange_abort(ex);
    ex->owned = false; /* the connection destroys it when it is over */
    lash_source_drop(&ex->source);
}
