/* chunk.c - chunks folded into an answer; see chunk.h.
 *
 * The tokens of a chunk walk through a small map of places: each place says
 * what its keys mean, everything else is passed over. Keys come in any order,
 * so text waits in a buffer until its choice has been read to the end. A chunk
 * that differs from the one before in its text alone is not read at all. */
#include "dashscope/chunk.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "dashscope/calls.h"
#include "dashscope/shape.h"
#include "dashscope/stencil.h"
#include "wire/json.h"

/* Text of one chunk, or of a response that was not streamed. */
#define TEXT_LIMIT ((size_t)64 << 20)
#define LABEL_LIMIT 128 /* id, model, finish reason */
#define DEPTH 16        /* the map is not deeper than this */

#define USAGE_FIELDS (LASH_FIELD_USAGE_END - LASH_FIELD_USAGE_INPUT)

/* One reader for all answers, which never meet in it: a chunk is read at once.
 * Its buffers are larger than most answers. */
static struct lash_json_reader *reader;
static size_t readers; /* answers that need it */

struct lash_answer {
    lash_answer_on_text *on_text;
    void *ctx;
    struct lash_stencil stencil; /* of the chunk before */
    enum lash_channel gap;       /* whose text stood in its gap */

    /* The chunk that is being read. */
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

    /* What there is of the answer. */
    struct lash_calls calls;
    bool complete;
    bool failed;
    struct lash_failure failure;
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
    if (alias && a->thinking.len > 0)
        return LASH_OK;
    if (a->aliased && !alias)
        lash_buf_reset(&a->thinking);
    a->aliased = alias;
    return lash_buf_add(&a->thinking, t->str, t->len);
}

static enum lash_code on_string(struct lash_answer *a, const struct lash_json_token *t)
{
    if (t->len == 0)
        return LASH_OK; /* the same as null, and as nothing */
    enum lash_field field = a->rule->field;
    if (field == LASH_FIELD_TEXT || field == LASH_FIELD_THINKING ||
        field == LASH_FIELD_THINKING_ALIAS) {
        a->texts++;
        a->last_text = *t;
    }
    switch (field) {
    case LASH_FIELD_TEXT: return lash_buf_add(&a->text, t->str, t->len);
    case LASH_FIELD_THINKING: return add_thinking(a, t, false);
    case LASH_FIELD_THINKING_ALIAS: return add_thinking(a, t, true);
    case LASH_FIELD_CALL_ID: return lash_buf_add(&a->fragment.id, t->str, t->len);
    case LASH_FIELD_CALL_NAME: return lash_buf_add(&a->fragment.name, t->str, t->len);
    case LASH_FIELD_CALL_ARGUMENTS: return lash_buf_add(&a->fragment.arguments, t->str, t->len);
    case LASH_FIELD_FINISH: copy_label(a->reason, t); break;
    case LASH_FIELD_MODEL: copy_label(a->model, t); break;
    case LASH_FIELD_ID: copy_label(a->id, t); break;
    case LASH_FIELD_ERROR: a->has_error = true; break;
    case LASH_FIELD_CODE: a->has_code = true; break;
    default: break;
    }
    return LASH_OK;
}

/* A number or a boolean. */
static enum lash_code on_other(struct lash_answer *a, const struct lash_json_token *t)
{
    enum lash_field field = a->rule->field;
    if (field == LASH_FIELD_CALL_ARGUMENTS) { /* wrong, and to be seen as such */
        a->arguments = LASH_JSON_WRITER(&a->fragment.arguments);
        lash_json_token(&a->arguments, t);
        return a->arguments.code;
    }
    if (field == LASH_FIELD_ERROR && (t->type == LASH_JSON_DOUBLE || t->i != 0))
        a->has_error = true; /* false and 0 say that there is none */
    if (t->type != LASH_JSON_INT)
        return LASH_OK;
    if (field == LASH_FIELD_CODE) {
        a->has_code = a->has_code || t->i >= 400;
    } else if (field >= LASH_FIELD_USAGE_INPUT && field < LASH_FIELD_USAGE_END) {
        a->usage[field - LASH_FIELD_USAGE_INPUT] = t->i;
        a->has_usage = true;
    } else if (field == LASH_FIELD_CALL_INDEX) {
        a->fragment.index = t->i >= 0 ? t->i : -1;
    } else if (field == LASH_FIELD_CHOICE_INDEX) {
        a->other_choice = t->i != 0;
    }
    return LASH_OK;
}

static enum lash_code give_text(struct lash_answer *a, enum lash_channel channel,
                                struct lash_buf *text)
{
    if (text->len == 0)
        return LASH_OK;
    a->handed++;
    a->gap = channel;
    enum lash_code code = a->on_text(a->ctx, channel, text->ptr, text->len);
    lash_buf_reset(text);
    return code;
}

/* The first error is the cause of the others. */
static void fail(struct lash_answer *a, const char *text, size_t n)
{
    if (!a->failed)
        lash_failure_read(&a->failure, a->comment_status, NULL, text, n);
    a->failed = true;
}

/* A choice was read to its end: hand out what was in it. */
static enum lash_code end_choice(struct lash_answer *a)
{
    if (a->other_choice)
        return LASH_OK;
    if (strcmp(a->reason, "error_finish") == 0) {
        /* The text of such a chunk is that of an error. */
        fail(a, a->text.ptr, a->text.len);
        lash_buf_reset(&a->text);
    }
    if (a->reason[0] && strcmp(a->reason, "null") != 0) {
        a->complete = true;
        if (!a->finish[0]) /* it may come twice */
            memcpy(a->finish, a->reason, sizeof(a->finish));
    }
    enum lash_code code = give_text(a, LASH_CHANNEL_THINKING, &a->thinking);
    return code == LASH_OK ? give_text(a, LASH_CHANNEL_TEXT, &a->text) : code;
}

static void begin_choice(struct lash_answer *a)
{
    lash_buf_reset(&a->text);
    lash_buf_reset(&a->thinking);
    a->aliased = false;
    a->other_choice = false;
    a->reason[0] = '\0';
}

static enum lash_place here(const struct lash_answer *a)
{
    return a->path[a->depth];
}

/* What stands in an array has no key: its rule is that of the array. */
static void set_rule(struct lash_answer *a)
{
    a->rule = lash_shape_element(here(a));
}

static void enter(struct lash_answer *a, const struct lash_json_token *t)
{
    enum lash_place next = t->type == LASH_JSON_OBJECT ? a->rule->object : a->rule->array;
    if (a->passed > 0 || next == LASH_PLACE_ELSEWHERE || a->depth + 1 == DEPTH) {
        a->passed++;
        return;
    }
    a->path[++a->depth] = next;
    if (next == LASH_PLACE_CHOICE || next == LASH_PLACE_OUTPUT)
        begin_choice(a);
    else if (next == LASH_PLACE_CHOICES)
        a->has_choices = true;
    else if (next == LASH_PLACE_CALL)
        lash_fragment_reset(&a->fragment);
    set_rule(a);
}

static enum lash_code leave(struct lash_answer *a)
{
    enum lash_code code = LASH_OK;
    if (a->passed > 0) {
        a->passed--;
    } else {
        enum lash_place left = a->path[a->depth--];
        if (left == LASH_PLACE_CHOICE || left == LASH_PLACE_OUTPUT)
            code = end_choice(a);
        else if (left == LASH_PLACE_CALL && !a->other_choice)
            code = lash_calls_add(&a->calls, &a->fragment);
    }
    if (a->passed == 0)
        set_rule(a);
    return code;
}

/* Arguments that are an object are written back to text. */
static enum lash_code copy_argument(struct lash_answer *a, const struct lash_json_token *t)
{
    lash_json_token(&a->arguments, t);
    if (a->arguments.depth == 0 && a->arguments.code == LASH_OK) {
        a->depth--;
        set_rule(a);
    }
    return a->arguments.code;
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
        a->arguments = LASH_JSON_WRITER(&a->fragment.arguments);
        return copy_argument(a, t);
    case LASH_JSON_OBJECT_END:
    case LASH_JSON_ARRAY_END: return leave(a);
    case LASH_JSON_KEY:
        if (a->passed == 0)
            a->rule = lash_shape_key(here(a), t->str, t->len);
        return LASH_OK;
    case LASH_JSON_STRING: return a->passed == 0 ? on_string(a, t) : LASH_OK;
    case LASH_JSON_INT:
    case LASH_JSON_BOOL:
    case LASH_JSON_DOUBLE: return a->passed == 0 ? on_other(a, t) : LASH_OK;
    case LASH_JSON_NULL: return LASH_OK;
    }
    return LASH_OK;
}

enum lash_code lash_answer_new(struct lash_answer **out, lash_answer_on_text *on_text, void *ctx)
{
    struct lash_answer *a = calloc(1, sizeof(*a));
    if (!a)
        return LASH_ENOMEM;
    a->on_text = on_text;
    a->ctx = ctx;
    a->text = LASH_BUF_INIT(TEXT_LIMIT);
    a->thinking = LASH_BUF_INIT(TEXT_LIMIT);
    lash_fragment_init(&a->fragment);
    lash_stencil_init(&a->stencil);
    for (size_t i = 0; i < USAGE_FIELDS; i++)
        a->usage[i] = -1;
    enum lash_code code = LASH_OK;
    if (readers++ == 0)
        code = lash_json_reader_new(&reader, false, on_token, NULL);
    if (code != LASH_OK) {
        lash_answer_free(a);
        return code;
    }
    *out = a;
    return LASH_OK;
}

void lash_answer_free(struct lash_answer *a)
{
    if (!a)
        return;
    if (--readers == 0) {
        lash_json_reader_free(reader);
        reader = NULL;
    }
    lash_stencil_free(&a->stencil);
    lash_buf_free(&a->text);
    lash_buf_free(&a->thinking);
    lash_fragment_free(&a->fragment);
    lash_calls_free(&a->calls);
    free(a);
}

/* Shows the first words of what is no answer: often a gateway's page. */
static enum lash_code fail_start(const char *s, size_t n, struct lash_err *err)
{
    size_t shown = 0;
    while (shown < n && shown < 60 && (unsigned char)s[shown] >= 0x20)
        shown++;
    return lash_err_set(err, LASH_EPROTO, "the answer is not a JSON object: %.*s",
                        (int)lash_utf8_valid(s, shown), s);
}

/* Reads a chunk. One whose only effect is that its one text was handed on leaves
 * a stencil: whatever else it says, it would say again. */
static enum lash_code read_chunk(struct lash_answer *a, const char *json, size_t n,
                                 struct lash_err *err)
{
    size_t heard = lash_answer_calls_heard(a);
    lash_stencil_reset(&a->stencil);
    a->path[0] = LASH_PLACE_DOCUMENT;
    a->depth = 0;
    a->passed = 0;
    a->has_choices = a->has_code = a->has_error = false;
    a->texts = a->handed = 0;
    set_rule(a);
    lash_json_reader_bind(reader, a);
    enum lash_code code = lash_json_read(reader, json, n, err);
    if (code != LASH_OK)
        return code;
    if (a->has_error || (a->has_code && !a->has_choices))
        fail(a, json, n);
    else if (a->texts == 1 && a->handed == 1 && heard == lash_answer_calls_heard(a))
        lash_stencil_cut(&a->stencil, json, n, a->last_text.str, a->last_text.len);
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
        return fail_start(json, n, err);

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

void lash_answer_refuse(struct lash_answer *a, long status, const char *content_type,
                        const char *body, size_t n)
{
    lash_failure_read(&a->failure, status, content_type, body, n);
    a->failed = true;
}

void lash_answer_name(struct lash_answer *a, const char *request_id)
{
    char *id = a->failure.request_id;
    if (id[0] == '\0')
        (void)strncat(id, request_id, sizeof(a->failure.request_id) - 1);
}

const struct lash_failure *lash_answer_failure(const struct lash_answer *a)
{
    return a->failed ? &a->failure : NULL;
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
