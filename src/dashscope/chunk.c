/* chunk.c - chunks folded into an answer; see chunk.h.
 *
 * The tokens of a chunk walk through a small map of places: each place says
 * what its keys mean, everything else is passed over. Keys come in any order,
 * so text waits in a buffer until its choice has been read to the end. A chunk
 * that differs from the one before in its text alone is not read at all. */
#include "dashscope/chunk.h"

#include <stdlib.h>
#include <string.h>

#include "dashscope/calls.h"
#include "dashscope/shape.h"
#include "dashscope/stencil.h"
#include "wire/json.h"

/* Text of one chunk, or of a response that was not streamed. */
#define TEXT_LIMIT ((size_t)64 << 20)
#define LABEL_LIMIT 128 /* id, model, finish reason */
#define DEPTH 16        /* the map is not deeper than this */

#define USAGE_FIELDS (LASH_FIELD_USAGE_END - LASH_FIELD_USAGE_INPUT)

/* The chunk that is being read: one for all answers, which never meet in it, as a
 * chunk is read at once. What it takes is more than most answers do. */
struct reading {
    struct lash_json_reader *reader;
    size_t answers; /* that need it */

    enum lash_place path[DEPTH];
    int depth;                     /* of path: where we are */
    int passed;                    /* open brackets that are not on the map */
    const struct lash_shape *rule; /* what the last key means */
    struct lash_buf text, thinking;
    bool aliased; /* thinking came under its other name */
    size_t texts; /* strings of text that there were, and the last one */
    struct lash_json_token last_text;
    size_t handed; /* how often text was handed on */
    struct lash_fragment fragment;
    struct lash_json_writer arguments;
    bool other_choice; /* one of several answers, not the first */
    bool has_choices;  /* the chunk, at all */
    bool has_code;     /* a code that stands alone */
    bool has_error;    /* the chunk is an error */
    char reason[LABEL_LIMIT];
};

struct lash_answer {
    lash_answer_on_text *on_text;
    void *ctx;
    struct lash_stencil stencil; /* of the chunk before */
    enum lash_channel gap;       /* whose text stood in its gap */
    struct reading *now;

    /* What there is of the answer. */
    bool complete;
    struct lash_failure *failure; /* NULL: none */
    struct lash_calls calls;
    bool has_usage;
    int64_t usage[USAGE_FIELDS];
    char finish[LABEL_LIMIT], model[LABEL_LIMIT], id[LABEL_LIMIT];
    long comment_status;
};

static void copy_label(char *dst, const struct lash_json_token *t)
{
    size_t n = t->len < LABEL_LIMIT ? t->len : LABEL_LIMIT - 1;
    memcpy(dst, t->str, n);
    dst[n] = '\0';
}

static enum lash_code add_thinking(struct lash_answer *a, const struct lash_json_token *t,
                                   bool alias)
{
    /* Some servers send the same under both names. */
    if (alias && a->now->thinking.len > 0)
        return LASH_OK;
    if (a->now->aliased && !alias)
        lash_buf_reset(&a->now->thinking);
    a->now->aliased = alias;
    return lash_buf_add(&a->now->thinking, t->str, t->len);
}

static enum lash_code on_string(struct lash_answer *a, const struct lash_json_token *t)
{
    if (t->len == 0)
        return LASH_OK; /* the same as null, and as nothing */
    enum lash_field field = a->now->rule->field;
    if (field == LASH_FIELD_TEXT || field == LASH_FIELD_THINKING ||
        field == LASH_FIELD_THINKING_ALIAS) {
        a->now->texts++;
        a->now->last_text = *t;
    }
    switch (field) {
    case LASH_FIELD_TEXT: return lash_buf_add(&a->now->text, t->str, t->len);
    case LASH_FIELD_THINKING: return add_thinking(a, t, false);
    case LASH_FIELD_THINKING_ALIAS: return add_thinking(a, t, true);
    case LASH_FIELD_CALL_ID: return lash_buf_add(&a->now->fragment.id, t->str, t->len);
    case LASH_FIELD_CALL_NAME: return lash_buf_add(&a->now->fragment.name, t->str, t->len);
    case LASH_FIELD_CALL_ARGUMENTS:
        return lash_buf_add(&a->now->fragment.arguments, t->str, t->len);
    case LASH_FIELD_FINISH: copy_label(a->now->reason, t); break;
    case LASH_FIELD_MODEL: copy_label(a->model, t); break;
    case LASH_FIELD_ID: copy_label(a->id, t); break;
    case LASH_FIELD_ERROR: a->now->has_error = true; break;
    case LASH_FIELD_CODE: a->now->has_code = true; break;
    default: break;
    }
    return LASH_OK;
}

/* Text that is none: better seen than lost. false stands for nothing. */
static enum lash_code add_value(struct lash_answer *a, const struct lash_json_token *t)
{
    if (t->type == LASH_JSON_BOOL && t->i == 0)
        return LASH_OK;
    a->now->texts += 2; /* no stencil has a gap for it */
    struct lash_json_writer w = LASH_JSON_WRITER(&a->now->text);
    lash_json_token(&w, t);
    return w.code;
}

/* A number or a boolean. */
static enum lash_code on_other(struct lash_answer *a, const struct lash_json_token *t)
{
    enum lash_field field = a->now->rule->field;
    if (field == LASH_FIELD_TEXT)
        return add_value(a, t);
    if (field == LASH_FIELD_CALL_ARGUMENTS) { /* wrong, and to be seen as such */
        a->now->arguments = LASH_JSON_WRITER(&a->now->fragment.arguments);
        lash_json_token(&a->now->arguments, t);
        return a->now->arguments.code;
    }
    if (field == LASH_FIELD_ERROR && (t->type == LASH_JSON_DOUBLE || t->i != 0))
        a->now->has_error = true; /* false and 0 say that there is none */
    if (t->type != LASH_JSON_INT)
        return LASH_OK;
    if (field == LASH_FIELD_CODE) {
        a->now->has_code = a->now->has_code || t->i >= 400;
    } else if (field >= LASH_FIELD_USAGE_INPUT && field < LASH_FIELD_USAGE_END) {
        a->usage[field - LASH_FIELD_USAGE_INPUT] = t->i;
        a->has_usage = true;
    } else if (field == LASH_FIELD_CALL_INDEX) {
        a->now->fragment.index = t->i >= 0 ? t->i : -1;
    } else if (field == LASH_FIELD_CHOICE_INDEX) {
        a->now->other_choice = t->i != 0;
    }
    return LASH_OK;
}

static enum lash_code give_text(struct lash_answer *a, enum lash_channel channel,
                                struct lash_buf *text)
{
    if (text->len == 0)
        return LASH_OK;
    a->now->handed++;
    a->gap = channel;
    enum lash_code code = a->on_text(a->ctx, channel, text->ptr, text->len);
    lash_buf_reset(text);
    return code;
}

static enum lash_code read_failure(struct lash_answer *a, long status, const char *content_type,
                                   const char *text, size_t n)
{
    if (!a->failure)
        a->failure = calloc(1, sizeof(*a->failure));
    if (!a->failure)
        return LASH_ENOMEM;
    lash_failure_read(a->failure, status, content_type, text, n);
    return LASH_OK;
}

/* The first error is the cause of the others. */
static enum lash_code fail(struct lash_answer *a, const char *text, size_t n)
{
    return a->failure ? LASH_OK : read_failure(a, a->comment_status, NULL, text, n);
}

/* A choice was read to its end: hand out what was in it. */
static enum lash_code end_choice(struct lash_answer *a)
{
    struct reading *r = a->now;
    if (r->other_choice)
        return LASH_OK;
    enum lash_code code = LASH_OK;
    if (strcmp(r->reason, "error_finish") == 0) {
        /* The text of such a chunk is that of an error. */
        code = fail(a, r->text.ptr, r->text.len);
        lash_buf_reset(&r->text);
    }
    if (r->reason[0] && strcmp(r->reason, "null") != 0) {
        a->complete = true;
        if (!a->finish[0]) /* it may come twice */
            memcpy(a->finish, r->reason, sizeof(a->finish));
    }
    if (code == LASH_OK)
        code = give_text(a, LASH_CHANNEL_THINKING, &r->thinking);
    return code == LASH_OK ? give_text(a, LASH_CHANNEL_TEXT, &r->text) : code;
}

static void begin_choice(struct lash_answer *a)
{
    lash_buf_reset(&a->now->text);
    lash_buf_reset(&a->now->thinking);
    a->now->aliased = false;
    a->now->other_choice = false;
    a->now->reason[0] = '\0';
}

static enum lash_place here(const struct lash_answer *a)
{
    return a->now->path[a->now->depth];
}

/* What stands in an array has no key: its rule is that of the array. */
static void set_rule(struct lash_answer *a)
{
    a->now->rule = lash_shape_element(here(a));
}

static void enter(struct lash_answer *a, const struct lash_json_token *t)
{
    enum lash_place next = t->type == LASH_JSON_OBJECT ? a->now->rule->object : a->now->rule->array;
    if (a->now->passed > 0 || next == LASH_PLACE_ELSEWHERE || a->now->depth + 1 == DEPTH) {
        a->now->passed++;
        return;
    }
    a->now->path[++a->now->depth] = next;
    if (next == LASH_PLACE_CHOICE || next == LASH_PLACE_OUTPUT)
        begin_choice(a);
    else if (next == LASH_PLACE_CHOICES)
        a->now->has_choices = true;
    else if (next == LASH_PLACE_CALL)
        lash_fragment_reset(&a->now->fragment);
    set_rule(a);
}

static enum lash_code leave(struct lash_answer *a)
{
    enum lash_code code = LASH_OK;
    if (a->now->passed > 0) {
        a->now->passed--;
    } else {
        enum lash_place left = a->now->path[a->now->depth--];
        if (left == LASH_PLACE_CHOICE || left == LASH_PLACE_OUTPUT)
            code = end_choice(a);
        else if (left == LASH_PLACE_CALL && !a->now->other_choice)
            code = lash_calls_add(&a->calls, &a->now->fragment);
    }
    if (a->now->passed == 0)
        set_rule(a);
    return code;
}

/* Arguments that are an object are written back to text. */
static enum lash_code copy_argument(struct lash_answer *a, const struct lash_json_token *t)
{
    lash_json_token(&a->now->arguments, t);
    if (a->now->arguments.depth == 0 && a->now->arguments.code == LASH_OK) {
        a->now->depth--;
        set_rule(a);
    }
    return a->now->arguments.code;
}

static enum lash_code on_token(void *ctx, const struct lash_json_token *t)
{
    struct lash_answer *a = ctx;
    if (here(a) == LASH_PLACE_ARGUMENTS)
        return copy_argument(a, t);
    switch (t->type) {
    case LASH_JSON_OBJECT:
    case LASH_JSON_ARRAY:
        enter(a, t);
        if (here(a) != LASH_PLACE_ARGUMENTS)
            return LASH_OK;
        a->now->arguments = LASH_JSON_WRITER(&a->now->fragment.arguments);
        return copy_argument(a, t);
    case LASH_JSON_OBJECT_END:
    case LASH_JSON_ARRAY_END: return leave(a);
    case LASH_JSON_KEY:
        if (a->now->passed == 0)
            a->now->rule = lash_shape_key(here(a), t->str, t->len);
        return LASH_OK;
    case LASH_JSON_STRING: return a->now->passed == 0 ? on_string(a, t) : LASH_OK;
    case LASH_JSON_INT:
    case LASH_JSON_BOOL:
    case LASH_JSON_DOUBLE: return a->now->passed == 0 ? on_other(a, t) : LASH_OK;
    case LASH_JSON_NULL: return LASH_OK;
    }
    return LASH_OK;
}

static struct reading *reading;

/* Takes part in the one reading of all answers; NULL: no memory. */
static struct reading *reading_join(void)
{
    if (!reading) {
        struct reading *r = calloc(1, sizeof(*r));
        if (!r)
            return NULL;
        r->text = LASH_BUF_INIT(TEXT_LIMIT);
        r->thinking = LASH_BUF_INIT(TEXT_LIMIT);
        lash_fragment_init(&r->fragment);
        if (lash_json_reader_new(&r->reader, false, on_token, NULL) != LASH_OK) {
            free(r);
            return NULL;
        }
        reading = r;
    }
    reading->answers++;
    return reading;
}

static void reading_leave(struct reading *r)
{
    if (!r || --r->answers > 0)
        return;
    lash_json_reader_free(r->reader);
    lash_buf_free(&r->text);
    lash_buf_free(&r->thinking);
    lash_fragment_free(&r->fragment);
    free(r);
    reading = NULL;
}

enum lash_code lash_answer_new(struct lash_answer **out, lash_answer_on_text *on_text, void *ctx)
{
    struct lash_answer *a = calloc(1, sizeof(*a));
    if (!a)
        return LASH_ENOMEM;
    a->on_text = on_text;
    a->ctx = ctx;
    lash_stencil_init(&a->stencil);
    for (size_t i = 0; i < USAGE_FIELDS; i++)
        a->usage[i] = -1;
    a->now = reading_join();
    if (!a->now) {
        lash_answer_free(a);
        return LASH_ENOMEM;
    }
    *out = a;
    return LASH_OK;
}

void lash_answer_free(struct lash_answer *a)
{
    if (!a)
        return;
    reading_leave(a->now);
    lash_stencil_free(&a->stencil);
    lash_calls_free(&a->calls);
    free(a->failure);
    free(a);
}

/* Reads a chunk. One whose only effect is that its one text was handed on leaves
 * a stencil: whatever else it says, it would say again. */
static enum lash_code read_chunk(struct lash_answer *a, const char *json, size_t n,
                                 struct lash_err *err)
{
    struct reading *r = a->now;
    size_t heard = lash_answer_calls_heard(a);
    lash_stencil_reset(&a->stencil);
    r->path[0] = LASH_PLACE_DOCUMENT;
    r->depth = 0;
    r->passed = 0;
    r->has_choices = r->has_code = r->has_error = false;
    r->texts = r->handed = 0;
    set_rule(a);
    lash_json_reader_bind(r->reader, a);
    enum lash_code code = lash_json_read(r->reader, json, n, err);
    if (code != LASH_OK)
        return code;
    if (r->has_error || (r->has_code && !r->has_choices))
        return fail(a, json, n);
    if (r->texts == 1 && r->handed == 1 && heard == lash_answer_calls_heard(a))
        lash_stencil_cut(&a->stencil, json, n, r->last_text.str, r->last_text.len);
    return LASH_OK;
}

enum lash_code lash_answer_feed(struct lash_answer *a, const char *json, size_t n,
                                struct lash_err *err)
{
    static const char done[] = "[DONE]";
    while (n > 0 && lash_json_is_space(json[n - 1]))
        n--;
    while (n > 0 && lash_json_is_space(*json)) {
        json++;
        n--;
    }
    if (n == 0)
        return LASH_OK; /* a line that only keeps the connection alive */
    if (n == sizeof(done) - 1 && memcmp(json, done, n) == 0) {
        a->complete = true;
        return LASH_OK;
    }
    if (*json != '{')
        return lash_failure_no_json(json, n, err);

    const char *text;
    size_t len;
    if (lash_stencil_fits(&a->stencil, json, n, &text, &len))
        return len > 0 ? a->on_text(a->ctx, a->gap, text, len) : LASH_OK;
    struct lash_err why = {.msg = "out of memory"};
    enum lash_code code = read_chunk(a, json, n, &why);
    if (code == LASH_ESYNTAX)
        return lash_err_set(err, LASH_EPROTO, "the answer is not JSON: %s", why.msg);
    return code == LASH_OK ? LASH_OK : lash_err_set(err, code, "%s", why.msg);
}

void lash_answer_comment(struct lash_answer *a, const char *text, size_t n)
{
    long status = lash_failure_comment(text, n);
    if (status >= 300)
        a->comment_status = status;
}

void lash_answer_end(struct lash_answer *a)
{
    lash_calls_end(&a->calls);
}

enum lash_code lash_answer_refuse(struct lash_answer *a, long status, const char *content_type,
                                  const char *body, size_t n)
{
    return read_failure(a, status, content_type, body, n);
}

void lash_answer_name(struct lash_answer *a, const char *request_id)
{
    char *id = a->failure ? a->failure->request_id : NULL;
    if (id && id[0] == '\0')
        (void)strncat(id, request_id, sizeof(a->failure->request_id) - 1);
}

const struct lash_failure *lash_answer_failure(const struct lash_answer *a)
{
    return a->failure;
}

bool lash_answer_complete(const struct lash_answer *a)
{
    return a->complete;
}

const char *lash_answer_finish(const struct lash_answer *a)
{
    return a->calls.count > 0 && strcmp(a->finish, "stop") == 0 ? "tool_calls" : a->finish;
}

size_t lash_answer_call_count(const struct lash_answer *a)
{
    return a->calls.count;
}

size_t lash_answer_calls_heard(const struct lash_answer *a)
{
    return a->calls.count + a->calls.text;
}

static const char *text_of(const struct lash_buf *b)
{
    return b->ptr ? b->ptr : "";
}

struct lash_call lash_answer_call(const struct lash_answer *a, size_t i)
{
    const struct lash_partial_call *c = &a->calls.list[i];
    return (struct lash_call){text_of(&c->id), text_of(&c->name), text_of(&c->arguments),
                              c->arguments.len};
}

bool lash_answer_usage(const struct lash_answer *a, struct lash_usage *out)
{
    const int64_t *u = a->usage;
    *out = (struct lash_usage){
        .input = u[0],
        .output = u[1],
        .total = u[2],
        .reasoning = u[3],
        .cached = u[4],
        .cache_creation = u[5],
    };
    return a->has_usage;
}

const char *lash_answer_model(const struct lash_answer *a)
{
    return a->model;
}

const char *lash_answer_id(const struct lash_answer *a)
{
    return a->id;
}
