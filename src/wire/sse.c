/* sse.c - push parser for text/event-stream; see sse.h. */
#include "wire/sse.h"

#include <string.h>

#include "base/utf8.h"

void lash_sse_init(struct lash_sse *p, size_t limit, lash_sse_on_event *on_event, void *ctx)
{
    *p = (struct lash_sse){
        .on_event = on_event,
        .ctx = ctx,
        .line = LASH_BUF_INIT(limit),
        .data = LASH_BUF_INIT(limit),
        .type = LASH_BUF_INIT(limit),
        .id = LASH_BUF_INIT(limit),
        .next_id = LASH_BUF_INIT(limit),
        .retry_ms = -1,
        .at_start = true,
    };
}

void lash_sse_free(struct lash_sse *p)
{
    lash_buf_free(&p->line);
    lash_buf_free(&p->data);
    lash_buf_free(&p->type);
    lash_buf_free(&p->id);
    lash_buf_free(&p->next_id);
}

const char *lash_sse_id(const struct lash_sse *p)
{
    return p->id.ptr ? p->id.ptr : "";
}

static enum lash_code end_event(struct lash_sse *p)
{
    if (p->has_next_id) { /* it counts even when the event has no data */
        struct lash_buf old = p->id;
        p->id = p->next_id;
        p->next_id = old;
        p->has_next_id = false;
    }
    enum lash_code code = LASH_OK;
    if (p->has_data) {
        const char *data = p->data.ptr ? p->data.ptr : "";
        code = p->on_event(p->ctx, p->type.len > 0 ? p->type.ptr : "message",
                           p->whole ? p->whole : data, p->whole ? p->whole_len : p->data.len);
    }
    p->whole = NULL;
    lash_buf_reset(&p->data);
    lash_buf_reset(&p->type);
    p->has_data = false;
    return code;
}

/* The stream is UTF-8 by definition; what is not becomes U+FFFD, here because
 * no line end can stand inside a sequence. */
static enum lash_code set(struct lash_buf *b, const char *value, size_t n)
{
    lash_buf_reset(b);
    return lash_utf8_repair(b, value, n);
}

/* Another line follows, or the piece ends before the event. */
static enum lash_code keep_whole(struct lash_sse *p)
{
    if (!p->whole)
        return LASH_OK;
    enum lash_code code = lash_buf_add(&p->data, p->whole, p->whole_len);
    p->whole = NULL;
    return code;
}

/* Most events have one line, and come in one piece: that is not copied. */
static enum lash_code add_data(struct lash_sse *p, const char *value, size_t n)
{
    bool in_place = p->line.len == 0;
    if (in_place && !p->has_data && lash_utf8_valid(value, n) == n) {
        p->has_data = true;
        p->whole = value;
        p->whole_len = n;
        return LASH_OK;
    }
    enum lash_code code = keep_whole(p);
    if (code == LASH_OK && p->has_data)
        code = lash_buf_add(&p->data, "\n", 1);
    p->has_data = true;
    return code == LASH_OK ? lash_utf8_repair(&p->data, value, n) : code;
}

/* Digits only, or it is not for us; more than fits is as long as we can say. */
static void set_retry(struct lash_sse *p, const char *value, size_t n)
{
    int64_t ms = 0;
    for (size_t i = 0; i < n; i++) {
        if (value[i] < '0' || value[i] > '9')
            return;
        if (__builtin_mul_overflow(ms, 10, &ms) || __builtin_add_overflow(ms, value[i] - '0', &ms))
            ms = INT64_MAX;
    }
    if (n > 0)
        p->retry_ms = ms;
}

static bool field_is(const char *name, size_t n, const char *field)
{
    return n == strlen(field) && memcmp(name, field, n) == 0;
}

static enum lash_code end_line(struct lash_sse *p, const char *s, size_t n)
{
    static const char bom[] = {'\xEF', '\xBB', '\xBF'};
    if (p->at_start && n >= sizeof(bom) && memcmp(s, bom, sizeof(bom)) == 0) {
        s += sizeof(bom);
        n -= sizeof(bom);
    }
    p->at_start = false;
    if (n == 0)
        return end_event(p);

    const char *colon = memchr(s, ':', n);
    size_t name = colon ? (size_t)(colon - s) : n;
    const char *value = colon ? colon + 1 : s + n;
    size_t len = n - (size_t)(value - s);
    if (name == 0) {
        if (p->on_comment)
            p->on_comment(p->ctx, value, len);
        return LASH_OK;
    }
    if (len > 0 && value[0] == ' ') {
        value++;
        len--;
    }
    if (field_is(s, name, "data"))
        return add_data(p, value, len);
    if (field_is(s, name, "event"))
        return set(&p->type, value, len);
    if (field_is(s, name, "id") && !memchr(value, '\0', len)) {
        p->has_next_id = true;
        return set(&p->next_id, value, len);
    }
    if (field_is(s, name, "retry"))
        set_retry(p, value, len);
    return LASH_OK;
}

/* Takes the end of a line; what came of it in earlier pieces is in p->line. A
 * line that is whole in its piece is read in place. */
static enum lash_code take_line(struct lash_sse *p, const char *s, size_t n)
{
    if (n > p->line.limit - p->line.len)
        return LASH_ETOOBIG; /* the same in any split */
    if (p->line.len == 0)
        return end_line(p, s, n);
    enum lash_code code = lash_buf_add(&p->line, s, n);
    if (code == LASH_OK)
        code = end_line(p, p->line.ptr, p->line.len);
    lash_buf_reset(&p->line);
    return code;
}

static const char *find(const char *src, const char *end, char c)
{
    const char *at = memchr(src, c, (size_t)(end - src));
    return at ? at : end;
}

enum lash_code lash_sse_feed(struct lash_sse *p, const char *src, size_t n)
{
    if (n == 0)
        return LASH_OK;
    const char *end = src + n;
    if (p->skip_lf && *src == '\n')
        src++;
    p->skip_lf = false;
    /* The next LF and CR, each looked for again only when it is passed: so all
     * of a piece is searched twice, however many lines it has. */
    const char *lf = find(src, end, '\n');
    const char *cr = find(src, end, '\r');
    while (lf < end || cr < end) {
        const char *eol = lf < cr ? lf : cr;
        enum lash_code code = take_line(p, src, (size_t)(eol - src));
        if (code != LASH_OK)
            return code;
        src = eol + 1;
        if (eol == cr && src == end)
            p->skip_lf = true;
        else if (eol == cr && *src == '\n')
            src++;
        if (lf < src)
            lf = find(src, end, '\n');
        if (cr < src)
            cr = find(src, end, '\r');
    }
    enum lash_code code = keep_whole(p);
    if (code == LASH_OK && src < end)
        code = lash_buf_add(&p->line, src, (size_t)(end - src));
    return code;
}
