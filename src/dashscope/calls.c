/* calls.c - tool calls put together from fragments; see calls.h.
 *
 * What was seen on the wire: ids that are empty, missing or repeated after the
 * first fragment; a name that comes later or with every fragment; no index; an
 * index that two calls share; indexes with gaps; a finished call sent again. */
#include "dashscope/calls.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

void lash_fragment_init(struct lash_fragment *f)
{
    *f = (struct lash_fragment){
        .index = -1,
        .id = LASH_BUF_INIT(LASH_CALLS_ID_LIMIT),
        .name = LASH_BUF_INIT(LASH_CALLS_NAME_LIMIT),
        .arguments = LASH_BUF_INIT(LASH_CALLS_TEXT_LIMIT),
    };
}

void lash_fragment_reset(struct lash_fragment *f)
{
    f->index = -1;
    lash_buf_reset(&f->id);
    lash_buf_reset(&f->name);
    lash_buf_reset(&f->arguments);
}

void lash_fragment_free(struct lash_fragment *f)
{
    lash_buf_free(&f->id);
    lash_buf_free(&f->name);
    lash_buf_free(&f->arguments);
}

void lash_calls_free(struct lash_calls *calls)
{
    for (size_t i = 0; i < calls->count; i++) {
        struct lash_partial_call *c = &calls->list[i];
        lash_buf_free(&c->id);
        lash_buf_free(&c->name);
        lash_buf_free(&c->arguments);
    }
    free(calls->list);
    *calls = (struct lash_calls){0};
}

static bool equal(const struct lash_buf *a, const struct lash_buf *b)
{
    return a->len == b->len && (a->len == 0 || memcmp(a->ptr, b->ptr, a->len) == 0);
}

/* By its id: best the one of the same index, for some servers give one id to
 * all calls of an answer. */
static struct lash_partial_call *find_id(const struct lash_calls *calls,
                                         const struct lash_fragment *f)
{
    struct lash_partial_call *found = NULL;
    for (size_t i = calls->count; i-- > 0;) {
        struct lash_partial_call *c = &calls->list[i];
        if (!equal(&c->id, &f->id))
            continue;
        if (c->index == f->index)
            return c;
        if (!found)
            found = c;
    }
    return found;
}

/* The newest call of an index owns it. */
static struct lash_partial_call *find_index(const struct lash_calls *calls, int64_t index)
{
    for (size_t i = calls->count; i-- > 0;)
        if (calls->list[i].index == index)
            return &calls->list[i];
    return NULL;
}

static bool other_name(const struct lash_partial_call *c, const struct lash_fragment *f)
{
    return f->name.len > 0 && c->name.len > 0 && !equal(&c->name, &f->name);
}

/* A fragment without an id or with a late one: does it begin another call? A
 * name says so where there is one already, unless it is only repeated. */
static bool begins_another(const struct lash_partial_call *c, const struct lash_fragment *f)
{
    if (other_name(c, f))
        return true;
    return f->name.len > 0 && c->name.len > 0 && c->whole && f->arguments.len > 0 &&
           !equal(&c->arguments, &f->arguments);
}

/* The call that a fragment goes on with; NULL: a new one. */
static struct lash_partial_call *find(const struct lash_calls *calls, const struct lash_fragment *f)
{
    if (f->id.len > 0) {
        struct lash_partial_call *c = find_id(calls, f);
        if (c)
            return other_name(c, f) ? NULL : c;
    }
    struct lash_partial_call *c = NULL;
    if (f->index >= 0)
        c = find_index(calls, f->index);
    else if (calls->count > 0)
        c = &calls->list[calls->count - 1];
    if (!c || (f->id.len > 0 && c->id.len > 0))
        return NULL; /* two ids: an index that is used twice */
    if (f->index < 0 && f->name.len > 0 && c->name.len > 0)
        return NULL; /* nothing but the name tells calls apart */
    return begins_another(c, f) ? NULL : c;
}

/* Calls stand in the order of their indexes, those of one index and those
 * without one as they came. */
static enum lash_code add_call(struct lash_calls *calls, int64_t index,
                               struct lash_partial_call **out)
{
    if (calls->count == LASH_CALLS_MAX)
        return LASH_ETOOBIG;
    if (calls->count == calls->cap) {
        size_t cap = calls->cap ? calls->cap * 2 : 4;
        struct lash_partial_call *list = realloc(calls->list, cap * sizeof(*list));
        if (!list)
            return LASH_ENOMEM;
        calls->list = list;
        calls->cap = cap;
    }
    size_t at = calls->count++;
    for (; index >= 0 && at > 0 && calls->list[at - 1].index > index; at--)
        calls->list[at] = calls->list[at - 1];
    *out = &calls->list[at];
    **out = (struct lash_partial_call){
        .index = index,
        .id = LASH_BUF_INIT(LASH_CALLS_ID_LIMIT),
        .name = LASH_BUF_INIT(LASH_CALLS_NAME_LIMIT),
        .arguments = LASH_BUF_INIT(LASH_CALLS_TEXT_LIMIT),
    };
    return LASH_OK;
}

/* Follows brackets and strings, to know when the object is complete. */
static void follow(struct lash_partial_call *c, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (c->in_string) {
            if (c->escaped)
                c->escaped = false;
            else if (s[i] == '\\')
                c->escaped = true;
            else if (s[i] == '"')
                c->in_string = false;
        } else if (s[i] == '"') {
            c->in_string = true;
        } else if (s[i] == '{' || s[i] == '[') {
            c->depth++;
        } else if ((s[i] == '}' || s[i] == ']') && c->depth > 0 && --c->depth == 0) {
            c->whole = true;
        }
    }
}

static size_t skip_space(const struct lash_buf *text, size_t at)
{
    while (at < text->len && isspace((unsigned char)text->ptr[at]))
        at++;
    return at;
}

static bool starts_object(const struct lash_buf *text)
{
    size_t at = skip_space(text, 0);
    return at < text->len && text->ptr[at] == '{';
}

/* Does the text say complete arguments once more, from where the last one
 * stopped? White space outside of strings may differ. */
static bool repeats(struct lash_partial_call *c, const struct lash_buf *text)
{
    const struct lash_buf *a = &c->arguments;
    size_t at = c->repeated_to;
    for (size_t i = 0; i < text->len; i++) {
        char s = text->ptr[i];
        if (!c->in_string && isspace((unsigned char)s))
            continue;
        if (!c->in_string)
            at = skip_space(a, at);
        if (at == a->len) /* and once more */
            at = skip_space(a, 0);
        if (s != a->ptr[at++])
            return false;
        follow(c, &s, 1);
    }
    c->repeated_to = at;
    return true;
}

enum lash_code lash_calls_add(struct lash_calls *calls, const struct lash_fragment *f)
{
    struct lash_partial_call *c = find(calls, f);
    if (!c) {
        if (f->id.len == 0 && f->name.len == 0 && f->arguments.len == 0)
            return LASH_OK; /* a tail that belongs to nothing */
        enum lash_code code = add_call(calls, f->index, &c);
        if (code != LASH_OK)
            return code;
    }
    enum lash_code code = LASH_OK;
    if (c->id.len == 0)
        code = lash_buf_add(&c->id, f->id.ptr, f->id.len);
    if (code == LASH_OK && c->name.len == 0)
        code = lash_buf_add(&c->name, f->name.ptr, f->name.len);
    if (code != LASH_OK || f->arguments.len == 0)
        return code;
    /* The whole call once more. Anything else behind a complete object stays:
     * it makes the arguments invalid, which the model must be told. */
    if (c->whole && (repeats(c, &f->arguments) || (f->id.len > 0 && starts_object(&f->arguments))))
        return LASH_OK;
    if (f->arguments.len > LASH_CALLS_TEXT_LIMIT - calls->text)
        return LASH_ETOOBIG;
    code = lash_buf_add(&c->arguments, f->arguments.ptr, f->arguments.len);
    if (code == LASH_OK) {
        calls->text += f->arguments.len;
        follow(c, f->arguments.ptr, f->arguments.len);
    }
    return code;
}
