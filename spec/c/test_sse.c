/* test_sse.c - every case of data/sse-cases.json in every split, and limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/json.h"
#include "wire/sse.h"

#define CASES 104
#define MAX_EMIT 4
#define EVERY_SPLIT 5000 /* longer inputs are split near their ends only */
#define BUF LASH_BUF_INIT((size_t)32 << 20)

static void add(struct lash_buf *b, const char *s, size_t n)
{
    assert_int_equal(lash_buf_add(b, s, n), LASH_OK);
}

static void add_text(struct lash_buf *b, const char *s)
{
    add(b, s, strlen(s));
}

static void add_number(struct lash_buf *b, int64_t n)
{
    char text[24];
    (void)snprintf(text, sizeof(text), "%lld", (long long)n);
    add_text(b, text);
}

/* --- the file of cases --------------------------------------------------- */

/* Events are compared as text, "[type|data|id|]" one after another. */
struct sample {
    char name[64];
    struct lash_buf input;
    struct lash_buf part; /* of input_parts, until its count is known */
    struct lash_buf events;
    struct lash_buf comments; /* "(text)" one after another */
    struct lash_buf last_id;
    int64_t emit_by[MAX_EMIT];
    size_t emits;
    int64_t retry_ms;
    bool sizes; /* events have the length of their data in its place */
    bool has_comments;
};

struct cases {
    struct sample list[CASES];
    size_t count;
    int depth;
    char keys[8][24]; /* the last key at each depth */
};

static void add_unescaped(struct lash_buf *b, const char *s, size_t n)
{
    static const char from[] = "nrt\\";
    static const char to[] = "\n\r\t\\";
    for (size_t i = 0; i < n; i++) {
        char c = s[i];
        if (c == '\\' && s[++i] == 'x') {
            const char hex[] = {s[i + 1], s[i + 2], '\0'};
            c = (char)strtol(hex, NULL, 16);
            i += 2;
        } else if (c == '\\') {
            c = to[strchr(from, s[i]) - from];
        }
        add(b, &c, 1);
    }
}

/* A value directly in a case. */
static void take_field(struct sample *c, const char *key, const struct lash_json_token *token)
{
    if (strcmp(key, "id") == 0)
        (void)snprintf(c->name, sizeof(c->name), "%.*s", (int)token->len, token->str);
    else if (strcmp(key, "input") == 0)
        add_unescaped(&c->input, token->str, token->len);
    else if (strcmp(key, "last_event_id") == 0)
        add(&c->last_id, token->str, token->len);
    else if (strcmp(key, "retry") == 0 && token->type == LASH_JSON_INT)
        c->retry_ms = token->i;
    else if (strcmp(key, "retry") == 0 && token->type == LASH_JSON_DOUBLE)
        c->retry_ms = INT64_MAX; /* what does not fit is clamped */
}

/* A value in a list of a case, or in a list or object in that. */
static void take_item(struct sample *c, const char *key, const struct lash_json_token *token)
{
    if (strcmp(key, "emit_by") == 0) {
        assert_true(c->emits < MAX_EMIT);
        c->emit_by[c->emits++] = token->i;
    } else if (strcmp(key, "comments") == 0) {
        add_text(&c->comments, "(");
        add(&c->comments, token->str, token->len);
        add_text(&c->comments, ")");
    } else if (strcmp(key, "input_parts") == 0 && token->type == LASH_JSON_STRING) {
        lash_buf_reset(&c->part);
        add_unescaped(&c->part, token->str, token->len);
    } else if (strcmp(key, "input_parts") == 0) {
        for (int64_t i = 0; i < token->i; i++)
            add(&c->input, c->part.ptr, c->part.len);
    } else if (strncmp(key, "expect", 6) == 0) {
        if (token->type == LASH_JSON_INT)
            add_number(&c->events, token->i);
        else
            add(&c->events, token->str, token->len);
        add_text(&c->events, "|");
    }
}

static void begin_case(struct cases *all)
{
    assert_true(all->count < CASES);
    all->list[all->count++] = (struct sample){
        .input = BUF,
        .part = BUF,
        .events = BUF,
        .comments = BUF,
        .last_id = BUF,
        .retry_ms = -1,
    };
}

/* A token inside the list of cases. */
static void take_token(struct cases *all, const struct lash_json_token *token, bool begins,
                       bool ends)
{
    const char *key = all->keys[3];
    if (begins && all->depth == 3)
        begin_case(all);
    if (all->depth < 3)
        return;
    assert_true(all->count > 0);
    struct sample *c = &all->list[all->count - 1];
    if (!begins && !ends && all->depth == 3) {
        take_field(c, key, token);
    } else if (!begins && !ends) {
        take_item(c, key, token);
    } else if (begins && all->depth == 4) {
        c->sizes = c->sizes || strcmp(key, "expect_sizes") == 0;
        c->has_comments = c->has_comments || strcmp(key, "comments") == 0;
    } else if (all->depth == 5 && strncmp(key, "expect", 6) == 0) {
        add_text(&c->events, begins ? "[" : "]");
    }
}

static enum lash_code on_token(void *ctx, const struct lash_json_token *token)
{
    struct cases *all = ctx;
    const bool begins = token->type == LASH_JSON_OBJECT || token->type == LASH_JSON_ARRAY;
    const bool ends = token->type == LASH_JSON_OBJECT_END || token->type == LASH_JSON_ARRAY_END;
    all->depth += begins;
    assert_in_range(all->depth, 1, 7);
    if (token->type == LASH_JSON_KEY)
        (void)snprintf(all->keys[all->depth], sizeof(all->keys[0]), "%.*s", (int)token->len,
                       token->str);
    else if (strcmp(all->keys[1], "cases") == 0)
        take_token(all, token, begins, ends);
    all->depth -= ends;
    return LASH_OK;
}

static int load_cases(void **state)
{
    struct cases *all = calloc(1, sizeof(*all));
    struct lash_buf text = BUF;
    char piece[4096];
    size_t n;
    FILE *f = fopen(SPEC_DIR "/data/sse-cases.json", "rbe");
    assert_non_null(f);
    while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
        add(&text, piece, n);
    (void)fclose(f);

    struct lash_json_reader *r;
    struct lash_err err;
    assert_int_equal(lash_json_reader_new(&r, false, on_token, all), LASH_OK);
    assert_int_equal(lash_json_read(r, text.ptr, text.len, &err), LASH_OK);
    lash_json_reader_free(r);
    lash_buf_free(&text);
    *state = all;
    return 0;
}

static int free_cases(void **state)
{
    struct cases *all = *state;
    for (size_t i = 0; i < all->count; i++) {
        lash_buf_free(&all->list[i].input);
        lash_buf_free(&all->list[i].part);
        lash_buf_free(&all->list[i].events);
        lash_buf_free(&all->list[i].comments);
        lash_buf_free(&all->list[i].last_id);
    }
    free(all);
    return 0;
}

/* --- running them -------------------------------------------------------- */

struct run {
    struct lash_sse sse;
    const struct sample *sample;
    struct lash_buf events;
    struct lash_buf comments;
    size_t fed;
    size_t emits;
};

static enum lash_code on_event(void *ctx, const char *type, const char *data, size_t len)
{
    struct run *run = ctx;
    add_text(&run->events, "[");
    add_text(&run->events, type);
    add_text(&run->events, "|");
    if (run->sample->sizes)
        add_number(&run->events, (int64_t)len);
    else
        add(&run->events, data, len);
    add_text(&run->events, "|");
    add_text(&run->events, lash_sse_id(&run->sse));
    add_text(&run->events, "|]");
    if (run->emits < run->sample->emits)
        assert_true((int64_t)run->fed <= run->sample->emit_by[run->emits]);
    run->emits++;
    return LASH_OK;
}

static void on_comment(void *ctx, const char *text, size_t len)
{
    struct run *run = ctx;
    add_text(&run->comments, "(");
    add(&run->comments, text, len);
    add_text(&run->comments, ")");
}

/* Feeds a copy of exact size, so that an over-read shows. */
static enum lash_code feed(struct lash_sse *p, const char *src, size_t n)
{
    char *exact = malloc(n ? n : 1);
    assert_non_null(exact);
    memcpy(exact, src, n);
    enum lash_code code = lash_sse_feed(p, exact, n);
    free(exact);
    return code;
}

static void assert_same(const struct lash_buf *a, const struct lash_buf *b)
{
    assert_int_equal(a->len, b->len);
    if (a->len > 0)
        assert_memory_equal(a->ptr, b->ptr, a->len);
}

/* One piece of 'first' bytes, the others of 'step'. */
static void check_split(const struct sample *c, size_t first, size_t step)
{
    struct run run = {.sample = c, .events = BUF, .comments = BUF};
    lash_sse_init(&run.sse, LASH_SSE_EVENT_LIMIT, on_event, &run);
    run.sse.on_comment = on_comment;
    for (size_t n = first; run.fed < c->input.len; n = step) {
        size_t left = c->input.len - run.fed;
        n = n < left ? n : left;
        const char *src = c->input.ptr + run.fed;
        run.fed += n;
        assert_int_equal(feed(&run.sse, src, n), LASH_OK);
    }
    assert_same(&run.events, &c->events);
    if (c->has_comments)
        assert_same(&run.comments, &c->comments);
    assert_string_equal(lash_sse_id(&run.sse), c->last_id.ptr);
    assert_true(run.sse.retry_ms == c->retry_ms);
    lash_sse_free(&run.sse);
    lash_buf_free(&run.events);
    lash_buf_free(&run.comments);
}

static void test_cases(void **state)
{
    const struct cases *all = *state;
    assert_int_equal(all->count, CASES);
    for (size_t i = 0; i < all->count; i++) {
        const struct sample *c = &all->list[i];
        print_message("%s\n", c->name);
        size_t n = c->input.len;
        check_split(c, n, n);
        check_split(c, 1, 1);
        for (size_t at = 1; at < n; at++) {
            if (n <= EVERY_SPLIT || at < 20 || n - at < 20)
                check_split(c, at, n);
        }
    }
}

/* --- what the cases do not say ------------------------------------------- */

static enum lash_code count_event(void *ctx, const char *type, const char *data, size_t len)
{
    (void)type;
    (void)data;
    (void)len;
    size_t *left = ctx;
    return (*left)-- > 0 ? LASH_OK : LASH_ECLOSED;
}

static enum lash_code feed_split(const char *text, size_t limit, size_t step)
{
    struct lash_sse p;
    size_t left = 2;
    enum lash_code code = LASH_OK;
    lash_sse_init(&p, limit, count_event, &left);
    for (size_t i = 0, n = strlen(text); i < n && code == LASH_OK; i += step)
        code = feed(&p, text + i, n - i < step ? n - i : step);
    lash_sse_free(&p);
    return code;
}

static void test_limits_and_failures(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum lash_code code;
    } cases[] = {
        {"data:45678\n\n", LASH_OK},                               /* a line of the limit */
        {"data:456789\n\n", LASH_ETOOBIG},                         /* and one above */
        {":2345678901\n", LASH_ETOOBIG},                           /* a comment too */
        {"data:456789", LASH_ETOOBIG},                             /* without waiting for its end */
        {"data:45678\ndata:bcd\n\n", LASH_OK},                     /* 5 + 1 + 3 */
        {"data:45678\ndata:bcde\n\n", LASH_OK},                    /* 10 together */
        {"data:45678\ndata:bcde\ndata\n\n", LASH_ETOOBIG},         /* and one line feed more */
        {"data:\xFF\xFF\xFF\xFF\n\n", LASH_ETOOBIG},               /* as repaired: 12 */
        {"data:1\n\ndata:2\n\ndata:3\n\n", LASH_ECLOSED},          /* of the callback */
        {"data:45678\n\ndata:45678\n\n:12345\n:67890\n", LASH_OK}, /* each for itself */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (size_t step = 1; step <= 40; step++)
            assert_int_equal(feed_split(cases[i].text, 10, step), cases[i].code);
    }
}

/* Quadratic time would not end here: a million lines in one piece, of each
 * kind, and an event of 100,000 pieces. */
static void test_linear_time(void **state)
{
    (void)state;
    size_t n = (size_t)1 << 20;
    char *text = malloc(n);
    assert_non_null(text);
    for (int kind = 0; kind < 2; kind++) {
        struct lash_sse p;
        size_t left = 0;
        memset(text, kind == 0 ? '\r' : '\n', n);
        lash_sse_init(&p, LASH_SSE_EVENT_LIMIT, count_event, &left);
        assert_int_equal(lash_sse_feed(&p, text, n), LASH_OK);
        lash_sse_free(&p);
    }
    struct lash_sse p;
    size_t left = 1;
    lash_sse_init(&p, LASH_SSE_EVENT_LIMIT, count_event, &left);
    for (int i = 0; i < 100000; i++)
        assert_int_equal(lash_sse_feed(&p, i == 4 ? ":" : "data" + (i < 4 ? i : 0), 1), LASH_OK);
    assert_int_equal(lash_sse_feed(&p, "\n\n", 2), LASH_OK);
    assert_int_equal(left, 0);
    lash_sse_free(&p);
    free(text);
}

static void test_nothing_is_nothing(void **state)
{
    (void)state;
    struct lash_sse p;
    size_t left = 0;
    lash_sse_init(&p, 10, count_event, &left);
    assert_int_equal(lash_sse_feed(&p, NULL, 0), LASH_OK);
    assert_string_equal(lash_sse_id(&p), "");
    assert_true(p.retry_ms == -1);
    lash_sse_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_cases, load_cases, free_cases),
        cmocka_unit_test(test_limits_and_failures),
        cmocka_unit_test(test_linear_time),
        cmocka_unit_test(test_nothing_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
