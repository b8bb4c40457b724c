/* test_fixtures.c - recorded answers (spec/data), from bytes to conclusions.
 *
 * dashscope.jsonl: real shapes of the service. sse-cases.json, llm_cases: what
 * a reader of chat completions must conclude. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "fold.h"
#include "wire/json.h"
#include "wire/sse.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MEMBERS 16

/* A flat object of the files: strings, and one number. */
struct record {
    int depth, at; /* at: the depth of the objects that are read */
    bool on;       /* inside them */
    size_t count;
    struct {
        struct lash_buf key, value;
    } members[MEMBERS];
    long status;
    void (*done)(struct record *r);
    int seen;
};

static const char *get(const struct record *r, const char *key)
{
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->members[i].key.ptr, key) == 0)
            return r->members[i].value.ptr ? r->members[i].value.ptr : "";
    return "";
}

static void clear(struct record *r)
{
    for (size_t i = 0; i < r->count; i++) {
        lash_buf_free(&r->members[i].key);
        lash_buf_free(&r->members[i].value);
    }
    r->count = 0;
}

static enum lash_code on_token(void *ctx, const struct lash_json_token *t)
{
    struct record *r = ctx;
    switch (t->type) {
    case LASH_JSON_OBJECT:
    case LASH_JSON_ARRAY: r->depth++; return LASH_OK;
    case LASH_JSON_OBJECT_END:
    case LASH_JSON_ARRAY_END:
        if (r->depth-- == r->at && r->on) {
            if (t->type == LASH_JSON_OBJECT_END) {
                r->seen++;
                r->done(r);
            }
            clear(r);
        }
        return LASH_OK;
    case LASH_JSON_KEY:
        if (r->depth < r->at)
            r->on = t->len == 9 && memcmp(t->str, "llm_cases", 9) == 0;
        if (r->depth != r->at || !r->on)
            return LASH_OK;
        assert_true(r->count < MEMBERS);
        r->members[r->count].key = LASH_BUF_INIT(1 << 20);
        r->members[r->count].value = LASH_BUF_INIT(1 << 20);
        return lash_buf_add(&r->members[r->count++].key, t->str, t->len);
    case LASH_JSON_STRING:
        return r->on && r->depth == r->at && r->count > 0
                   ? lash_buf_add(&r->members[r->count - 1].value, t->str, t->len)
                   : LASH_OK;
    case LASH_JSON_INT: r->status = (long)t->i; return LASH_OK;
    default: return LASH_OK;
    }
}

static char *load(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rbe");
    assert_non_null(f);
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    long size = ftell(f);
    assert_true(size > 0);
    rewind(f);
    char *text = malloc((size_t)size);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, (size_t)size, f), (size_t)size);
    assert_int_equal(fclose(f), 0);
    *n = (size_t)size;
    return text;
}

static enum lash_code on_event(void *ctx, const char *type, const char *data, size_t len)
{
    (void)type;
    return fold_feed(ctx, data, len);
}

/* The whole of a body, as the transport would hand it on. */
static void fold_body(struct fold *f, const char *body, size_t n)
{
    if (n > 0 && (body[0] == '{' || body[0] == '<')) {
        (void)fold_feed(f, body, n);
        return;
    }
    struct lash_sse sse;
    lash_sse_init(&sse, LASH_SSE_EVENT_LIMIT, on_event, f);
    enum lash_code code = lash_sse_feed(&sse, body, n);
    assert_int_equal(code, f->code);
    lash_sse_free(&sse);
}

static const struct {
    const char *name, *line;
} answers[] = {
    {"text", "Hello=stop"},
    {"thinking", "~We think~Answer=stop"},
    {"tool_stream", "(call_a1|weather|{\"city\": \"San Francisco\"})=tool_calls"},
    {"tool_parallel_interleaved", "(call_a|f|{\"x\":1})(call_b|g|{\"y\":2})=tool_calls"},
    {"tool_cut_by_length", "(call_a1|weather|{\"city\": \"San Fran)=length"},
    {"thinking_then_tool", "~need data~(call_a|weather|{\"city\":\"Oslo\"})=tool_calls"},
    {"truncated_no_done", "Hel..."},
    {"midstream_inspection", "Hello!content_filter:Output data may contain inappropriate content."},
    {"heartbeats_crlf", "Hi=stop"},
};

static const struct {
    const char *name, *kind, *topic, *fix;
} failures[] = {
    {"sse_error_event_http429", "rate_limit", "throttle", ""},
    {"data_prefixed_400", "invalid", "tool_choice", "tool_choice_auto"},
    {"e401_key", "auth", "key", ""},
    {"e404_model", "not_found", "model", ""},
    {"e400_nonstream_thinking", "invalid", "stream", "whole_needs_off"},
    {"e400_stream_only", "invalid", "stream", "stream_only"},
    {"e429_tpm", "rate_limit", "throttle", ""},
    {"e429_month", "billing", "quota", ""},
    {"e503", "unavailable", "overload", ""},
};

static void check_recorded(struct record *r)
{
    const char *name = get(r, "name");
    const char *body = get(r, "body");
    for (size_t i = 0; i < COUNT(failures); i++) {
        if (strcmp(failures[i].name, name) != 0)
            continue;
        struct lash_failure f;
        lash_failure_read(&f, r->status, get(r, "content_type"), body, strlen(body));
        assert_string_equal(f.kind, failures[i].kind);
        assert_string_equal(f.topic, failures[i].topic);
        assert_string_equal(lash_fix_name(f.fix), failures[i].fix);
        assert_int_equal(f.status, r->status);
        assert_true(f.request_id[0] && f.code[0] && f.message[0]);
        return;
    }
    for (size_t i = 0; i < COUNT(answers); i++) {
        if (strcmp(answers[i].name, name) != 0)
            continue;
        struct fold f;
        fold_init(&f);
        fold_body(&f, body, strlen(body));
        assert_int_equal(f.code, LASH_OK);
        const char *line = fold_end(&f);
        if (strncmp(line, answers[i].line, strlen(answers[i].line)) != 0)
            fail_msg("%s: %s, not %s", name, line, answers[i].line);
        fold_free(&f);
        return;
    }
    fail_msg("%s has no expectation", name);
}

static void test_recorded(void **state)
{
    (void)state;
    size_t n;
    char *text = load(SPEC_DIR "/data/dashscope.jsonl", &n);
    struct record r = {.at = 1, .on = true, .done = check_recorded};
    struct lash_json_reader *json;
    assert_int_equal(lash_json_reader_new(&json, false, on_token, &r), LASH_OK);
    for (size_t i = 0; i < n;) {
        const char *end = memchr(text + i, '\n', n - i);
        size_t len = end ? (size_t)(end - text) - i : n - i;
        assert_int_equal(lash_json_read(json, text + i, len, NULL), LASH_OK);
        i += len + 1;
    }
    assert_int_equal(r.seen, COUNT(answers) + COUNT(failures));
    lash_json_reader_free(json);
    free(text);
}

/* Takes \n \\ and the like out of s, in place. */
static size_t unescape(char *s)
{
    char *to = s;
    for (const char *p = s; *p; p++) {
        if (*p != '\\') {
            *to++ = *p;
            continue;
        }
        p++;
        if (*p == 'x') {
            char hex[3] = {p[1], p[2], '\0'};
            *to++ = (char)strtol(hex, NULL, 16);
            p += 2;
        } else {
            *to++ = (char)(*p == 'n' ? '\n' : *p == 'r' ? '\r' : *p == 't' ? '\t' : *p);
        }
    }
    *to = '\0';
    return (size_t)(to - s);
}

static enum lash_code ignore(void *ctx, const struct lash_json_token *t)
{
    (void)ctx;
    (void)t;
    return LASH_OK;
}

static bool is_json(const char *s, size_t n)
{
    struct lash_json_reader *r;
    assert_int_equal(lash_json_reader_new(&r, false, ignore, NULL), LASH_OK);
    enum lash_code code = lash_json_read(r, s, n, NULL);
    lash_json_reader_free(r);
    return code == LASH_OK;
}

static void conclude(const struct fold *f, bool any, char *out, size_t n)
{
    const struct lash_answer *a = f->answer;
    const char *finish = lash_answer_finish(a);
    size_t calls = lash_answer_call_count(a);
    const char *end = "complete";
    if (f->code != LASH_OK)
        end = "error:protocol";
    else if (lash_answer_failure(a))
        end = NULL;
    else if (!any || (!finish[0] && f->line.len == 0 && calls == 0))
        end = "empty";
    else if (!lash_answer_complete(a))
        end = "truncated";
    else if (strcmp(finish, "length") == 0 || strcmp(finish, "content_filter") == 0)
        end = finish;
    else if (calls > 0 && lash_answer_call(a, 0).arguments_len > 0 &&
             !is_json(lash_answer_call(a, 0).arguments, lash_answer_call(a, 0).arguments_len))
        end = "error:bad_tool_args";
    (void)snprintf(out, n, "%s%s", end ? end : "error:", end ? "" : lash_answer_failure(a)->kind);
}

static void check_case(struct record *r)
{
    struct fold f;
    fold_init(&f);
    char *input = strdup(get(r, "input"));
    assert_non_null(input);
    size_t n = unescape(input);
    fold_body(&f, input, n);
    free(input);
    lash_answer_end(f.answer);

    char outcome[64];
    conclude(&f, n > 0, outcome, sizeof(outcome));
    if (strcmp(outcome, get(r, "outcome")) != 0)
        fail_msg("%s: %s, not %s", get(r, "id"), outcome, get(r, "outcome"));
    /* Halves of a surrogate pair in two chunks become two U+FFFD. */
    const char *text = strcmp(get(r, "id"), "content-surrogate-split") == 0
                           ? "\xef\xbf\xbd\xef\xbf\xbd"
                           : get(r, "text");
    if (strncmp(outcome, "error", 5) != 0)
        assert_string_equal(f.line.ptr, text);
    if (*get(r, "tool_args") && strcmp(get(r, "tool_args"), "{}") != 0)
        assert_string_equal(lash_answer_call(f.answer, 0).arguments, get(r, "tool_args"));
    fold_free(&f);
}

static void test_conclusions(void **state)
{
    (void)state;
    size_t n;
    char *text = load(SPEC_DIR "/data/sse-cases.json", &n);
    struct record r = {.at = 3, .done = check_case};
    struct lash_json_reader *json;
    assert_int_equal(lash_json_reader_new(&json, false, on_token, &r), LASH_OK);
    assert_int_equal(lash_json_read(json, text, n, NULL), LASH_OK);
    assert_int_equal(r.seen, 23);
    lash_json_reader_free(json);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recorded),
        cmocka_unit_test(test_conclusions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
