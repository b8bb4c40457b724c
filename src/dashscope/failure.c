/* failure.c - any form of error body to one record; see failure.h.
 *
 * What it means is decided in classify.c. */
#include "dashscope/failure.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "wire/json.h"
#include "wire/sse.h"

#define DEPTH 2 /* the document and its "error" object: deeper is not looked at */

/* A body longer than this explains nothing more. */
#define TEXT_LIMIT ((size_t)64 << 10)

enum field {
    FIELD_NONE,
    FIELD_MESSAGE,
    FIELD_CODE,
    FIELD_TYPE,
    FIELD_REQUEST_ID,
    FIELD_ID,
    FIELD_CONTEXT
};

struct reading {
    struct lash_failure *f;
    int depth;         /* of the token in the document */
    int inside;        /* objects of ours that are open: the root, "error" */
    bool error_key;    /* the last key was "error" or "detail" */
    enum field field;  /* what the last key named */
    char type[96];     /* error.type: stands in for a code that is missing or a number */
    char id[96];       /* id of the answer: stands in for the request's */
    char number[24];   /* a code that is a number, as llama.cpp gives */
    int64_t context;   /* its n_ctx: older texts do not say the limit */
    bool message_seen; /* in the "error" object, which is more to the point than the root */
    bool code_seen;
    long status; /* of the comment in an event stream */
    struct lash_json_reader *json;
};

/* Copies as one line of valid UTF-8, cut at the start of a character. */
static void copy_text(char *dst, size_t cap, const char *src, size_t n)
{
    if (n >= cap) {
        n = cap - 1;
        while (n > 0 && ((unsigned char)src[n] & 0xC0) == 0x80)
            n--;
    }
    for (size_t i = 0; i < n; i++)
        dst[i] = (char)((unsigned char)src[i] < 0x20 || src[i] == 0x7F ? ' ' : src[i]);
    dst[n] = '\0';
}

static bool is_key(const struct lash_json_token *t, const char *name)
{
    return t->len == strlen(name) && memcmp(t->str, name, t->len) == 0;
}

static enum field field_of(const struct lash_json_token *key)
{
    if (is_key(key, "message") || is_key(key, "error") || is_key(key, "detail"))
        return FIELD_MESSAGE;
    if (is_key(key, "code"))
        return FIELD_CODE;
    if (is_key(key, "type"))
        return FIELD_TYPE;
    if (is_key(key, "request_id"))
        return FIELD_REQUEST_ID;
    if (is_key(key, "n_ctx"))
        return FIELD_CONTEXT;
    return is_key(key, "id") ? FIELD_ID : FIELD_NONE;
}

static void on_text(struct reading *r, const struct lash_json_token *t)
{
    struct lash_failure *f = r->f;
    bool inner = r->inside == DEPTH;
    if (t->len == 0)
        return;
    switch (r->field) {
    case FIELD_MESSAGE:
        /* {"error": "text"} is as good as an object of that name */
        if (r->message_seen && !inner && !r->error_key)
            return;
        copy_text(f->message, sizeof(f->message), t->str, t->len);
        r->message_seen = inner || r->error_key;
        return;
    case FIELD_CODE:
        if (r->code_seen && !inner)
            return;
        copy_text(f->code, sizeof(f->code), t->str, t->len);
        r->code_seen = inner;
        return;
    case FIELD_TYPE: copy_text(r->type, sizeof(r->type), t->str, t->len); return;
    case FIELD_REQUEST_ID: copy_text(f->request_id, sizeof(f->request_id), t->str, t->len); return;
    case FIELD_ID: copy_text(r->id, sizeof(r->id), t->str, t->len); return;
    case FIELD_CONTEXT:
    case FIELD_NONE: return;
    }
}

static enum lash_code on_token(void *ctx, const struct lash_json_token *t)
{
    struct reading *r = ctx;
    switch (t->type) {
    case LASH_JSON_OBJECT:
        /* Ours: the root, and "error" directly in it. */
        if (r->inside == r->depth && (r->inside == 0 || (r->inside == 1 && r->error_key)))
            r->inside++;
        r->depth++;
        break;
    case LASH_JSON_OBJECT_END:
        r->depth--;
        if (r->inside > r->depth)
            r->inside = r->depth;
        break;
    /* Some gateways put the object into an array of one: brackets do not count
     * outside the objects that are read. */
    case LASH_JSON_ARRAY: r->depth += r->inside > 0; break;
    case LASH_JSON_ARRAY_END: r->depth -= r->inside > 0; break;
    case LASH_JSON_KEY:
        if (r->depth == r->inside) {
            r->field = field_of(t);
            r->error_key = is_key(t, "error") || is_key(t, "detail");
        }
        break;
    case LASH_JSON_STRING:
        if (r->depth == r->inside)
            on_text(r, t);
        break;
    case LASH_JSON_INT:
        if (r->depth == r->inside && r->field == FIELD_CODE)
            (void)snprintf(r->number, sizeof(r->number), "%lld", (long long)t->i);
        if (r->depth == r->inside && r->field == FIELD_CONTEXT)
            r->context = t->i;
        break;
    default: break;
    }
    return LASH_OK;
}

static void read_json(struct reading *r, const char *s, size_t n)
{
    r->depth = 0;
    r->inside = 0;
    r->error_key = false;
    r->field = FIELD_NONE;
    if (!r->json && lash_json_reader_new(&r->json, false, on_token, r) != LASH_OK)
        return;
    if (lash_json_read(r->json, s, n, NULL) != LASH_OK)
        return; /* what was read until there is better than nothing */
}

static enum lash_code on_event(void *ctx, const char *type, const char *data, size_t len)
{
    (void)type;
    read_json(ctx, data, len);
    return LASH_OK;
}

long lash_failure_comment(const char *text, size_t n)
{
    static const char status[] = "HTTP_STATUS/";
    size_t at = sizeof(status) - 1;
    if (n <= at || memcmp(text, status, at) != 0)
        return 0;
    char digits[8];
    copy_text(digits, sizeof(digits), text + at, n - at);
    char *end;
    long told = strtol(digits, &end, 10);
    return (*end == '\0' || *end == ' ') && told >= 100 && told <= 599 ? told : 0;
}

static void on_comment(void *ctx, const char *text, size_t len)
{
    struct reading *r = ctx;
    long status = lash_failure_comment(text, len);
    if (status)
        r->status = status;
}

static void read_events(struct reading *r, const char *s, size_t n)
{
    struct lash_sse sse;
    lash_sse_init(&sse, TEXT_LIMIT, on_event, r);
    sse.on_comment = on_comment;
    /* An error is often sent without the empty line that ends an event. */
    if (lash_sse_feed(&sse, s, n) == LASH_OK && lash_sse_feed(&sse, "\n\n", 2) == LASH_OK)
        r->f->status = r->f->status >= 300 || !r->status ? r->f->status : r->status;
    lash_sse_free(&sse);
}

/* A page for people: its title is all that can be said in a line. */
static void read_html(struct lash_failure *f, const char *s)
{
    const char *title = strcasestr(s, "<title>");
    const char *end = title ? strcasestr(title, "</title>") : NULL;
    if (end && end > title + 7)
        copy_text(f->message, sizeof(f->message), title + 7, (size_t)(end - title) - 7);
    else
        (void)snprintf(f->message, sizeof(f->message), "a web page instead of an answer");
}

static bool is_event_stream(const char *s)
{
    return strncmp(s, "data:", 5) == 0 || strncmp(s, "event:", 6) == 0 ||
           strncmp(s, "id:", 3) == 0 || s[0] == ':';
}

/* A tag; "<429> text" is the service telling a status. */
static bool is_page(const char *s)
{
    return s[0] == '<' && !isdigit((unsigned char)s[1]);
}

static void read_body(struct reading *r, const char *content_type, const char *s, size_t n)
{
    bool html = content_type && strcasestr(content_type, "html");
    if (s[0] == '{' || s[0] == '[')
        read_json(r, s, n);
    else if (is_event_stream(s))
        read_events(r, s, n);
    else if (is_page(s) || html)
        read_html(r->f, s);
    if (!r->f->message[0])
        copy_text(r->f->message, sizeof(r->f->message), s, n);
}

void lash_failure_read(struct lash_failure *out, long status, const char *content_type,
                       const char *body, size_t n)
{
    *out = (struct lash_failure){.status = status};
    struct reading r = {.f = out};
    while (n > 0 && lash_json_is_space(*body)) {
        body++;
        n--;
    }
    struct lash_buf text = LASH_BUF_INIT(4 * TEXT_LIMIT); /* U+FFFD takes three bytes */
    if (n > TEXT_LIMIT)
        n = TEXT_LIMIT;
    if (n > 0 && lash_utf8_repair(&text, body, n) == LASH_OK)
        read_body(&r, content_type, text.ptr, text.len);
    lash_buf_free(&text);
    lash_json_reader_free(r.json);

    if (!out->code[0])
        (void)snprintf(out->code, sizeof(out->code), "%s", r.type[0] ? r.type : r.number);
    long number = strtol(r.number[0] ? r.number : out->code, NULL, 10);
    if (out->status == 0 && number >= 100 && number <= 599) /* not one of a service's own */
        out->status = number;
    if (!out->request_id[0])
        (void)snprintf(out->request_id, sizeof(out->request_id), "%s", r.id);
    if (!out->message[0] && out->status >= 300 && out->status < 400)
        (void)snprintf(out->message, sizeof(out->message),
                       "HTTP %ld: a redirect, and these are not followed", out->status);
    if (!out->message[0] && out->status)
        (void)snprintf(out->message, sizeof(out->message), "HTTP %ld without an explanation",
                       out->status);
    if (!out->message[0])
        (void)snprintf(out->message, sizeof(out->message), "an error without an explanation");
    lash_failure_classify(out);
    if (out->fix == LASH_FIX_SHORTEN && out->limit == 0 && r.context > 0)
        out->limit = r.context;
}

enum lash_code lash_failure_no_json(const char *s, size_t n, struct lash_err *err)
{
    size_t shown = 0;
    while (shown < n && shown < 60 && (unsigned char)s[shown] >= 0x20)
        shown++;
    return lash_err_set(err, LASH_EPROTO, "the answer is not a JSON object: %.*s",
                        (int)lash_utf8_valid(s, shown), s);
}
