/* test_json.c - token streams, errors with their positions, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/json.h"

#define LEN(literal) (sizeof(literal) - 1)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void add(struct lash_buf *out, const char *s)
{
    assert_int_equal(lash_buf_add(out, s, strlen(s)), LASH_OK);
}

/* Writes tokens as a line: {k:a=i1 s:text d0.5 n t } */
static enum lash_code note(void *ctx, const struct lash_json_token *token)
{
    struct lash_buf *out = ctx;
    char number[40] = "";
    switch (token->type) {
    case LASH_JSON_NULL: add(out, "n "); break;
    case LASH_JSON_BOOL: add(out, token->i ? "t " : "f "); break;
    case LASH_JSON_INT: (void)snprintf(number, sizeof(number), "i%" PRId64 " ", token->i); break;
    case LASH_JSON_DOUBLE: (void)snprintf(number, sizeof(number), "d%.17g ", token->d); break;
    case LASH_JSON_STRING:
    case LASH_JSON_KEY:
        add(out, token->type == LASH_JSON_KEY ? "k:" : "s:");
        assert_int_equal(lash_buf_add(out, token->str, token->len), LASH_OK);
        add(out, token->type == LASH_JSON_KEY ? "=" : " ");
        break;
    case LASH_JSON_OBJECT: add(out, "{"); break;
    case LASH_JSON_OBJECT_END: add(out, "} "); break;
    case LASH_JSON_ARRAY: add(out, "["); break;
    case LASH_JSON_ARRAY_END: add(out, "] "); break;
    }
    add(out, number);
    return LASH_OK;
}

struct doc {
    const char *json;
    size_t len;
    const char *expect; /* the tokens, or the message of the error */
};
#define DOC(json, expect)                                                                          \
    {                                                                                              \
        json, LEN(json), expect                                                                    \
    }

/* Reads a copy of exact size, so that an over-read shows. */
static enum lash_code read_exact(struct lash_json_reader *r, const char *json, size_t n,
                                 struct lash_err *err)
{
    char *exact = malloc(n ? n : 1);
    assert_non_null(exact);
    memcpy(exact, json, n);
    enum lash_code code = lash_json_read(r, exact, n, err);
    free(exact);
    return code;
}

static void check_docs(const struct doc *docs, size_t n, bool comments, enum lash_code code)
{
    struct lash_buf out = LASH_BUF_INIT(4096);
    struct lash_json_reader *r;
    assert_int_equal(lash_json_reader_new(&r, comments, note, &out), LASH_OK);
    for (size_t i = 0; i < n; i++) {
        struct lash_err err = {0};
        lash_buf_reset(&out);
        assert_int_equal(read_exact(r, docs[i].json, docs[i].len, &err), code);
        if (code == LASH_OK)
            assert_memory_equal(out.ptr, docs[i].expect, strlen(docs[i].expect) + 1);
        else
            assert_string_equal(err.msg, docs[i].expect);
        /* Whatever went before, the next document is read afresh. */
        lash_buf_reset(&out);
        assert_int_equal(read_exact(r, " [1] ", 5, &err), LASH_OK);
        assert_string_equal(out.ptr, "[i1 ] ");
    }
    lash_json_reader_free(r);
    lash_buf_free(&out);
}

static void test_tokens(void **state)
{
    (void)state;
    static const struct doc docs[] = {
        DOC("null", "n "),
        DOC(" \t\r\n[true,false]\n", "[t f ] "),
        DOC("{\"a\":{},\"b\":[],\"a\":1}", "{k:a={} k:b=[] k:a=i1 } "),
        DOC("\"\"", "s: "),
        DOC("\"\\u0041\\n\\/\\ud83d\\ude00\"", "s:A\n/\xF0\x9F\x98\x80 "),
        DOC("\"\xE2\x82\xAC\"", "s:\xE2\x82\xAC "),
        DOC("9223372036854775807", "i9223372036854775807 "),
        DOC("-9223372036854775808", "i-9223372036854775808 "),
        DOC("9223372036854775808", "d9.2233720368547758e+18 "),
        DOC("-9223372036854775809", "d-9.2233720368547758e+18 "),
        DOC("[12345678901234567,0]", "[i12345678901234567 i0 ] "),
        DOC("-0", "d-0 "),
        DOC("[1.0,1e2,-2.5E-1,1e-400]", "[d1 d100 d-0.25 d0 ] "),
        /* Half a surrogate pair: an emoji that somebody cut in two. */
        DOC("\"\\ud83d\"", "s:\xEF\xBF\xBD "),
        DOC("\"a\\uDE00\\uD83D\\u0041\\\\ud83d\"", "s:a\xEF\xBF\xBD\xEF\xBF\xBD"
                                                   "A\\ud83d "),
    };
    check_docs(docs, COUNT(docs), false, LASH_OK);
    check_docs(docs, COUNT(docs), true, LASH_OK);
}

static void test_nul_stays(void **state)
{
    (void)state;
    struct lash_buf out = LASH_BUF_INIT(64);
    struct lash_json_reader *r;
    struct lash_err err;
    assert_int_equal(lash_json_reader_new(&r, false, note, &out), LASH_OK);
    assert_int_equal(lash_json_read(r, "\"a\\u0000b\"", 10, &err), LASH_OK);
    assert_int_equal(out.len, LEN("s:a?b "));
    assert_memory_equal(out.ptr, "s:a\0b ", out.len);
    lash_json_reader_free(r);
    lash_buf_free(&out);
}

static void test_comments(void **state)
{
    (void)state;
    static const struct doc good[] = {
        DOC("// c\n{\"a\": /* x */ 1} // end", "{k:a=i1 } "),
        DOC("[1] /* **/", "[i1 ] "),
        DOC("\"/* no comment */\"", "s:/* no comment */ "),
    };
    check_docs(good, COUNT(good), true, LASH_OK);
    static const struct doc bad[] = {
        DOC("{}\n/* open *", "line 2, column 10: unfinished comment"),
        DOC("// nothing", "line 1, column 11: unexpected end of the text"),
    };
    check_docs(bad, COUNT(bad), true, LASH_ESYNTAX);
}

static void test_errors(void **state)
{
    (void)state;
    static const struct doc docs[] = {
        DOC("", "line 1, column 1: unexpected end of the text"),
        DOC(" \n ", "line 2, column 2: unexpected end of the text"),
        DOC("[1", "line 1, column 3: unexpected end of the text"),
        DOC("\"abc", "line 1, column 5: unexpected end of the text"),
        DOC("{} \"abc", "line 1, column 8: unexpected end of the text"),
        DOC("tru", "line 1, column 4: unexpected end of the text"),
        DOC("-", "line 1, column 2: unexpected end of the text"),
        DOC("[1,]", "line 1, column 4: unallowed token at this point in JSON text"),
        DOC("{\n \"a\" 1}",
            "line 2, column 6: object key and value must be separated by a colon (':')"),
        DOC("{\"\xE2\x82\xAC\":tru}", "line 1, column 9: invalid string in json text"),
        DOC("[nan]", "line 1, column 3: invalid string in json text"),
        DOC("[@]", "line 1, column 2: invalid char in json text"),
        DOC("[1.]",
            "line 1, column 4: malformed number, a digit is required after the decimal point"),
        DOC("\"a\x01\"", "line 1, column 3: invalid character inside string"),
        DOC("\"a\0\"", "line 1, column 3: invalid character inside string"),
        DOC("[]\0", "line 1, column 3: invalid char in json text"),
        DOC("[1]2", "line 1, column 4: only white space may follow the value"),
        DOC("{}{}", "line 1, column 3: only white space may follow the value"),
        DOC("01", "line 1, column 2: only white space may follow the value"),
        DOC("{}]", "line 1, column 3: unallowed token at this point in JSON text"),
        DOC("[1,\f2]", "line 1, column 4: form feed or vertical tab in JSON"),
        DOC("\v1", "line 1, column 1: form feed or vertical tab in JSON"),
        DOC("[\"\xED\xA0\x80\"]", "line 1, column 3: invalid UTF-8"),
        DOC("\n\"\xC3\xA9\xFF\"", "line 2, column 3: invalid UTF-8"),
        DOC("[1e999]", "line 1, column 6: number out of range"),
        DOC("[-1e999,", "line 1, column 7: number out of range"),
        DOC("// c\n1",
            "line 1, column 1: probable comment found in input text, comments are not enabled"),
    };
    check_docs(docs, COUNT(docs), false, LASH_ESYNTAX);
}

static char *nested(size_t depth)
{
    char *s = malloc(2 * depth);
    assert_non_null(s);
    memset(s, '[', depth);
    memset(s + depth, ']', depth);
    return s;
}

static enum lash_code count(void *ctx, const struct lash_json_token *token)
{
    (void)token;
    int *left = ctx;
    return (*left)-- > 0 ? LASH_OK : LASH_ENOMEM;
}

static void test_depth_limit(void **state)
{
    (void)state;
    char *doc = nested(LASH_JSON_DEPTH + 1);
    struct lash_err err;
    struct lash_json_reader *r;
    int left = 1 << 20;
    assert_int_equal(lash_json_reader_new(&r, false, count, &left), LASH_OK);
    assert_int_equal(lash_json_read(r, doc + 1, (size_t)2 * LASH_JSON_DEPTH, &err), LASH_OK);
    assert_int_equal(lash_json_read(r, doc, (size_t)2 * (LASH_JSON_DEPTH + 1), &err), LASH_ETOOBIG);
    assert_string_equal(err.msg, "line 1, column 513: nested too deeply");
    lash_json_reader_free(r);
    free(doc);
}

static void test_size_limit(void **state)
{
    (void)state;
    struct lash_err err;
    struct lash_json_reader *r;
    int left = 1;
    assert_int_equal(lash_json_reader_new(&r, false, count, &left), LASH_OK);
    assert_int_equal(lash_json_read(r, "1", LASH_JSON_LIMIT + 1, &err), LASH_ETOOBIG);
    assert_string_equal(err.msg, "larger than 268435456 bytes");
    lash_json_reader_free(r);
}

static void test_callback_stops(void **state)
{
    (void)state;
    struct lash_err err;
    struct lash_json_reader *r;
    int left = 2;
    assert_int_equal(lash_json_reader_new(&r, false, count, &left), LASH_OK);
    assert_int_equal(lash_json_read(r, "[1,2,3]", 7, &err), LASH_ENOMEM);
    assert_int_equal(err.code, LASH_ENOMEM);
    left = 100;
    assert_int_equal(lash_json_read(r, "[1,2,3]", 7, NULL), LASH_OK);
    lash_json_reader_free(r);
}

struct jumper {
    jmp_buf out;
    bool jump;
    struct lash_buf seen;
};

static enum lash_code jump(void *ctx, const struct lash_json_token *token)
{
    struct jumper *j = ctx;
    if (j->jump && token->type == LASH_JSON_STRING)
        longjmp(j->out, 1);
    return note(&j->seen, token);
}

static void test_longjmp(void **state)
{
    (void)state;
    /* Escapes fill yajl's buffers, so that there is something to lose. */
    static const char doc[] = "[[\"\\ud83d\\n and more\",1]]";
    struct jumper j = {.seen = LASH_BUF_INIT(256)};
    struct lash_err err;
    struct lash_json_reader *r;
    for (int again = 0; again < 2; again++) {
        assert_int_equal(lash_json_reader_new(&r, false, jump, &j), LASH_OK);
        j.jump = true;
        if (setjmp(j.out) == 0) {
            enum lash_code code = lash_json_read(r, doc, LEN(doc), &err);
            fail_msg("came back with %s", lash_code_name(code));
        }
        j.jump = false;
        lash_buf_reset(&j.seen);
        if (again) {
            assert_int_equal(lash_json_read(r, doc, LEN(doc), &err), LASH_OK);
            assert_string_equal(j.seen.ptr, "[[s:\xEF\xBF\xBD\n and more i1 ] ] ");
        }
        lash_json_reader_free(r);
    }
    lash_buf_free(&j.seen);
}

/* Once the budget is spent every allocation of the program fails; the linker
 * puts these in the way. */
static long budget = -1; /* negative: no limit */

static bool spend(void)
{
    return budget < 0 || (budget > 0 && budget-- > 0);
}

/* The names are the linker's: --wrap. */
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming)
void *__real_malloc(size_t n);
void *__real_calloc(size_t count, size_t n);
void *__real_realloc(void *ptr, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t count, size_t n);
void *__wrap_realloc(void *ptr, size_t n);

void *__wrap_malloc(size_t n)
{
    return spend() ? __real_malloc(n) : NULL;
}

void *__wrap_calloc(size_t count, size_t n)
{
    return spend() ? __real_calloc(count, n) : NULL;
}

void *__wrap_realloc(void *ptr, size_t n)
{
    return spend() ? __real_realloc(ptr, n) : NULL;
}
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming)

static enum lash_code ignore(void *ctx, const struct lash_json_token *token)
{
    (void)ctx;
    (void)token;
    return LASH_OK;
}

/* Reads with so many allocations; then, with plenty, by the same reader. */
static enum lash_code read_with(long allocations, const char *doc)
{
    struct lash_err err;
    struct lash_json_reader *r;
    budget = allocations;
    enum lash_code code = lash_json_reader_new(&r, false, ignore, NULL);
    if (code == LASH_OK) {
        code = lash_json_read(r, doc, strlen(doc), &err);
        budget = -1;
        assert_int_equal(lash_json_read(r, "[1]", 3, &err), LASH_OK);
        lash_json_reader_free(r);
    }
    budget = -1;
    return code;
}

static void test_no_memory(void **state)
{
    (void)state;
    /* Escapes, a deep stack, a copy, a number at the very end, an error text. */
    static const struct {
        const char *start;
        const char *end;
        enum lash_code code;
    } docs[] = {
        {"\"\\ud83d and\\n\"", "", LASH_OK},
        {"\"\\u0041 and\\n\"", "tru", LASH_ESYNTAX},
    };
    for (size_t i = 0; i < COUNT(docs); i++) {
        char doc[1024] = "";
        memset(doc, '[', 300);
        (void)snprintf(doc + 300, sizeof(doc) - 300, "%s", docs[i].start);
        size_t n = strlen(doc);
        memset(doc + n, ']', 300);
        (void)snprintf(doc + n + 300, sizeof(doc) - n - 300, "%s", docs[i].end);
        long allocations = 0;
        enum lash_code code;
        while ((code = read_with(allocations, doc)) == LASH_ENOMEM)
            allocations++;
        assert_int_equal(code, docs[i].code);
        assert_true(allocations > 5); /* the budget was felt */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokens),         cmocka_unit_test(test_nul_stays),
        cmocka_unit_test(test_comments),       cmocka_unit_test(test_errors),
        cmocka_unit_test(test_depth_limit),    cmocka_unit_test(test_size_limit),
        cmocka_unit_test(test_callback_stops), cmocka_unit_test(test_longjmp),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
