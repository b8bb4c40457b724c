/* request.c - the body of a request; see request.h.
 *
 * Members stand in a fixed order, those of 'extra' last. */
#include "dashscope/request.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "wire/json.h"

/* The names in extra, NUL after each. */
#define KEYS_LIMIT ((size_t)64 << 10)

struct extra {
    struct lash_json_writer *w; /* NULL: only the names are collected */
    struct lash_buf keys;
    int depth;
    bool object; /* at the top */
};

static enum lash_code on_extra(void *ctx, const struct lash_json_token *t)
{
    struct extra *e = ctx;
    bool opens = t->type == LASH_JSON_OBJECT || t->type == LASH_JSON_ARRAY;
    bool closes = t->type == LASH_JSON_OBJECT_END || t->type == LASH_JSON_ARRAY_END;
    enum lash_code code = LASH_OK;
    e->depth -= closes;
    if (e->depth == 0) {
        e->object = e->object || t->type == LASH_JSON_OBJECT;
    } else if (e->w) {
        lash_json_token(e->w, t);
        code = e->w->code;
    } else if (e->depth == 1 && t->type == LASH_JSON_KEY && !memchr(t->str, '\0', t->len)) {
        /* With a zero byte it is none of ours. */
        code = lash_buf_add(&e->keys, t->str, t->len);
        if (code == LASH_OK)
            code = lash_buf_add(&e->keys, "", 1);
    }
    e->depth += opens;
    return code;
}

/* Reads extra twice: its names first, since they silence ours, and its members
 * (into e->w) last. */
static enum lash_code read_extra(struct extra *e, const struct lash_json_text *text,
                                 struct lash_err *err)
{
    if (!text->ptr)
        return LASH_OK;
    struct lash_json_reader *r;
    if (lash_json_reader_new(&r, false, on_extra, e) != LASH_OK)
        return lash_err_set(err, LASH_ENOMEM, "out of memory");
    struct lash_err why = {.msg = "out of memory"};
    e->depth = 0;
    enum lash_code code = lash_json_read(r, text->ptr, text->len, &why);
    lash_json_reader_free(r);
    if (code == LASH_ESYNTAX || (code == LASH_OK && !e->object))
        return lash_err_set(err, LASH_EUSAGE, "extra is not a JSON object%s%s",
                            code == LASH_OK ? "" : ": ", code == LASH_OK ? "" : why.msg);
    return code == LASH_OK ? code : lash_err_set(err, code, "extra: %s", why.msg);
}

static bool extra_has(const struct extra *e, const char *name)
{
    for (size_t at = 0; at < e->keys.len; at += strlen(e->keys.ptr + at) + 1)
        if (strcmp(e->keys.ptr + at, name) == 0)
            return true;
    return false;
}

/* One writing. */
struct body {
    struct lash_json_writer w;
    struct extra extra;
};

/* Begins a member of ours, unless extra replaces it. */
static bool member(struct body *b, const char *name)
{
    if (extra_has(&b->extra, name))
        return false;
    lash_json_key(&b->w, name, strlen(name));
    return true;
}

static void add_raw(struct body *b, const char *name, const struct lash_json_text *text)
{
    if (text->ptr && member(b, name))
        lash_json_raw(&b->w, text->ptr, text->len);
}

static void add_int(struct body *b, const char *name, int64_t i)
{
    if (member(b, name))
        lash_json_int(&b->w, i);
}

static void add_double(struct body *b, const char *name, double d)
{
    if (!isnan(d) && member(b, name))
        lash_json_double(&b->w, d);
}

static void add_string(struct body *b, const char *name, const char *s)
{
    if (member(b, name))
        lash_json_string(&b->w, s, strlen(s));
}

static void add_bool(struct body *b, const char *name, bool value)
{
    if (member(b, name))
        lash_json_bool(&b->w, value);
}

static void add_stream(struct body *b, bool stream)
{
    add_bool(b, "stream", stream);
    if (!stream || !member(b, "stream_options"))
        return;
    lash_json_object(&b->w);
    lash_json_key(&b->w, "include_usage", strlen("include_usage"));
    lash_json_bool(&b->w, true);
    lash_json_object_end(&b->w);
}

static void add_max_tokens(struct body *b, const struct lash_plan *plan)
{
    const char *one = "max_tokens";
    const char *other = "max_completion_tokens";
    if (plan->max_tokens > 0 && !extra_has(&b->extra, one) && !extra_has(&b->extra, other))
        add_int(b, plan->completion_tokens ? other : one, plan->max_tokens);
}

static void add_tools(struct body *b, const struct lash_request_spec *spec,
                      const struct lash_plan *plan)
{
    if (!lash_json_text_has_items(&spec->tools))
        return; /* the service refuses an empty list */
    add_raw(b, "tools", &spec->tools);
    if (plan->drop_tool_choice)
        add_string(b, "tool_choice", "auto");
    else
        add_raw(b, "tool_choice", &spec->tool_choice);
    if (spec->parallel_tool_calls != LASH_UNKNOWN)
        add_bool(b, "parallel_tool_calls", spec->parallel_tool_calls == LASH_YES);
}

static void add_thinking(struct body *b, const struct lash_plan *plan)
{
    if (plan->think != LASH_UNKNOWN)
        add_bool(b, "enable_thinking", plan->think == LASH_YES);
    /* The two exclude each other, also when one of them is the caller's own. */
    if (plan->budget > 0 && !extra_has(&b->extra, "reasoning_effort"))
        add_int(b, "thinking_budget", plan->budget);
    if (plan->effort && !extra_has(&b->extra, "thinking_budget"))
        add_string(b, "reasoning_effort", plan->effort);
}

enum lash_code lash_request_write(struct lash_buf *out, const struct lash_request_spec *spec,
                                  const struct lash_plan *plan, struct lash_err *err)
{
    struct body b = {.w = LASH_JSON_WRITER(out), .extra = {.keys = LASH_BUF_INIT(KEYS_LIMIT)}};
    size_t before = out->len;
    enum lash_code code = read_extra(&b.extra, &spec->extra, err);
    if (code != LASH_OK)
        goto end;

    lash_json_object(&b.w);
    add_string(&b, "model", spec->model);
    add_raw(&b, "messages", &spec->messages);
    add_stream(&b, plan->stream);
    add_max_tokens(&b, plan);
    add_double(&b, "temperature", spec->temperature);
    add_double(&b, "top_p", spec->top_p);
    if (spec->seed != LASH_ABSENT)
        add_int(&b, "seed", spec->seed);
    add_raw(&b, "stop", &spec->stop);
    add_tools(&b, spec, plan);
    if (!plan->drop_format)
        add_raw(&b, "response_format", &spec->response_format);
    add_thinking(&b, plan);
    b.extra.w = &b.w;
    code = read_extra(&b.extra, &spec->extra, err);
    if (code != LASH_OK)
        goto end;
    lash_json_object_end(&b.w);
    if (b.w.code != LASH_OK)
        code = lash_err_set(err, b.w.code, "the request is too large, or memory is short");

end:
    if (code != LASH_OK)
        out->len = before;
    lash_buf_free(&b.extra.keys);
    return code;
}
