/* calls.c - tool calls put together from fragments; see calls.h.
 *
 * What was seen on the wire: ids that are empty, missing or repeated after the
 * first fragment; a name that comes later or with every fragment; no index; an
 * index, or an id, that two calls share; indexes with gaps; a finished call sent
 * again, also in pieces. Whether something was sent again shows only when all of
 * it is there: it is kept as it comes, and judged at the end. */
#include "dashscope/calls.h"

#include <stdlib.h>
#include <string.h>

#include "wire/json.h"

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

static bool equal(const struct lash_buf *a, const struct lash_buf *b)
{
    return a->len == b->len && (a->len == 0 || memcmp(a->ptr, b->ptr, a->len) == 0);
}

static bool other_name(const struct lash_partial_call *c, const struct lash_fragment *f)
{
    return f->name.len > 0 && c->name.len > 0 && !equal(&c->name, &f->name);
}

/* By its id. Some servers give one id to all calls of an answer: with an index
 * of its own a name begins a call there, and what has none goes best to the
 * call of the same index. */
static struct lash_partial_call *find_id(const struct lash_calls *calls,
                                         const struct lash_fragment *f)
{
    struct lash_partial_call *found = NULL;
    for (size_t i = calls->count; i-- > 0;) {
        struct lash_partial_call *c = &calls->list[i];
        if (!equal(&c->id, &f->id) || other_name(c, f))
            continue;
        if (c->index == f->index)
            return c;
        if (!found && (c->index < 0 || f->index < 0 || f->name.len == 0))
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

static size_t skip_space(const char *s, size_t n, size_t at)
{
    while (at < n && lash_json_is_space(s[at]))
        at++;
    return at;
}

static bool starts_object(const struct lash_buf *text)
{
    size_t at = skip_space(text->ptr, text->len, 0);
    return at < text->len && text->ptr[at] == '{';
}

/* A fragment without an id or with a late one: does it begin another call? A
 * name alone does not say so, for it may come with every fragment. */
static bool begins_another(const struct lash_partial_call *c, const struct lash_fragment *f)
{
    if (other_name(c, f))
        return true;
    return f->name.len > 0 && c->name.len > 0 && c->whole > 0 && starts_object(&f->arguments);
}

/* The call that a fragment goes on with; NULL: a new one. */
static struct lash_partial_call *find(const struct lash_calls *calls, const struct lash_fragment *f)
{
    struct lash_partial_call *c = f->id.len > 0 ? find_id(calls, f) : NULL;
    if (c)
        return c;
    if (f->index >= 0)
        c = find_index(calls, f->index);
    else if (calls->count > 0)
        c = &calls->list[calls->latest];
    if (!c || (f->id.len > 0 && c->id.len > 0))
        return NULL; /* two ids: an index that is used twice */
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

static void step(struct lash_brackets *b, char c)
{
    if (b->in_string) {
        if (b->escaped)
            b->escaped = false;
        else if (c == '\\')
            b->escaped = true;
        else if (c == '"')
            b->in_string = false;
    } else if (c == '"') {
        b->in_string = true;
    } else if (c == '{' || c == '[') {
        b->depth++;
    } else if ((c == '}' || c == ']') && b->depth > 0) {
        b->depth--;
    }
}

/* Finds the end of the first object in the arguments, of which the last n bytes
 * are new. */
static void follow(struct lash_partial_call *c, size_t n)
{
    for (size_t at = c->arguments.len - n; at < c->arguments.len && c->whole == 0; at++) {
        int before = c->brackets.depth;
        step(&c->brackets, c->arguments.ptr[at]);
        if (before == 1 && c->brackets.depth == 0)
            c->whole = at + 1;
    }
}

enum lash_code lash_calls_add(struct lash_calls *calls, const struct lash_fragment *f)
{
    struct lash_partial_call *c = find(calls, f);
    if (!c) {
        if (f->id.len == 0 && f->name.len == 0 &&
            skip_space(f->arguments.ptr, f->arguments.len, 0) == f->arguments.len)
            return LASH_OK; /* a tail that belongs to nothing */
        enum lash_code code = add_call(calls, f->index, &c);
        if (code != LASH_OK)
            return code;
    }
    calls->latest = (size_t)(c - calls->list);
    enum lash_code code = LASH_OK;
    if (c->id.len == 0)
        code = lash_buf_add(&c->id, f->id.ptr, f->id.len);
    if (code == LASH_OK && c->name.len == 0)
        code = lash_buf_add(&c->name, f->name.ptr, f->name.len);
    if (code != LASH_OK || f->arguments.len == 0)
        return code;
    if (f->arguments.len > LASH_CALLS_TEXT_LIMIT - calls->text)
        return LASH_ETOOBIG;
    code = lash_buf_add(&c->arguments, f->arguments.ptr, f->arguments.len);
    if (code == LASH_OK) {
        calls->text += f->arguments.len;
        follow(c, f->arguments.len);
    }
    return code;
}

/* Where in the text, from 'at', the first n bytes of s end if it says them;
 * 0: it does not. White space outside of strings may differ. */
static size_t says(const struct lash_buf *text, size_t at, const char *s, size_t n)
{
    struct lash_brackets b = {0};
    for (size_t i = 0; i < n; i++) {
        if (!b.in_string && lash_json_is_space(s[i]))
            continue;
        if (!b.in_string)
            at = skip_space(text->ptr, text->len, at);
        if (at == text->len || text->ptr[at++] != s[i])
            return 0;
        step(&b, s[i]);
    }
    return at;
}

/* Cuts off what follows the object if it only says it once more. All else stays:
 * it makes the arguments invalid, which the model must be told. */
static void drop_repeats(struct lash_partial_call *c)
{
    struct lash_buf *text = &c->arguments;
    size_t at = c->whole;
    while (at > 0 && skip_space(text->ptr, text->len, at) < text->len)
        at = says(text, at, text->ptr, c->whole);
    if (at == 0) /* nothing whole, or something else behind it */
        return;
    text->len = c->whole;
    text->ptr[text->len] = '\0';
}

/* Is b the call a once more? Two that differ in nothing are two calls where
 * neither an id nor the index says that they are one. */
static bool is_copy(const struct lash_partial_call *a, const struct lash_partial_call *b)
{
    bool same_id = a->id.len > 0 && equal(&a->id, &b->id);
    bool same_index = a->index >= 0 && a->index == b->index && (a->id.len == 0 || b->id.len == 0);
    return (same_id || same_index) && equal(&a->name, &b->name) && a->whole > 0 &&
           a->whole == a->arguments.len && b->whole == b->arguments.len &&
           says(&b->arguments, 0, a->arguments.ptr, a->whole) == b->whole;
}

static void free_call(struct lash_partial_call *c)
{
    lash_buf_free(&c->id);
    lash_buf_free(&c->name);
    lash_buf_free(&c->arguments);
}

void lash_calls_end(struct lash_calls *calls)
{
    size_t kept = 0;
    for (size_t i = 0; i < calls->count; i++) {
        struct lash_partial_call c = calls->list[i];
        drop_repeats(&c);
        size_t of = 0;
        while (of < kept && !is_copy(&calls->list[of], &c))
            of++;
        if (of == kept) {
            calls->list[kept++] = c;
            continue;
        }
        struct lash_partial_call *first = &calls->list[of];
        if (first->id.len == 0) { /* it came late */
            struct lash_buf none = first->id;
            first->id = c.id;
            c.id = none;
        }
        free_call(&c);
    }
    calls->count = kept;
    calls->latest = kept > 0 ? kept - 1 : 0;
}

void lash_calls_free(struct lash_calls *calls)
{
    for (size_t i = 0; i < calls->count; i++)
        free_call(&calls->list[i]);
    free(calls->list);
    *calls = (struct lash_calls){0};
}
