/* test_json.c - token streams, errors with their positions, limits; and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <locale.h>
#include <math.h>
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

/* Every document that is read is written again: the same tokens. */
static void write_sample(struct lash_json_writer *w)
{
    lash_json_object(w);
    lash_json_key(w, "b", 1);
    lash_json_array(w);
    lash_json_int(w, INT64_MIN);
    lash_json_double(w, 0.5);
    lash_json_array(w);
    lash_json_array_end(w);
    lash_json_array_end(w);
    lash_json_key(w, "a", 1);
    lash_json_object(w);
    lash_json_object_end(w);
    lash_json_key(w, "\"", 1);
    lash_json_raw(w, "{\"x\":1}", 7);
    lash_json_key(w, "", 0);
    lash_json_bool(w, true);
    lash_json_key(w, "n", 1);
    lash_json_null(w);
    lash_json_object_end(w);
}

static void test_write(void **state)
{
    (void)state;
    struct lash_buf out = LASH_BUF_INIT(4096);
    struct lash_json_writer w = LASH_JSON_WRITER(&out);
    write_sample(&w);
    assert_int_equal(w.code, LASH_OK);
    assert_string_equal(out.ptr, "{\"b\":[-9223372036854775808,0.5,[]],\"a\":{},"
                                 "\"\\\"\":{\"x\":1},\"\":true,\"n\":null}");
    lash_buf_reset(&out);
    w = LASH_JSON_WRITER(&out);
    w.indent = 2;
    write_sample(&w);
    assert_string_equal(out.ptr,
                        "{\n  \"b\": [\n    -9223372036854775808,\n    0.5,\n    []\n  ],\n"
                        "  \"a\": {},\n  \"\\\"\": {\"x\":1},\n  \"\": true,\n"
                        "  \"n\": null\n}");
    lash_buf_free(&out);
}

static void test_write_strings(void **state)
{
    (void)state;
    static const struct doc docs[] = {
        DOC("", "\"\""),
        DOC("a\"\\/b", "\"a\\\"\\\\/b\""),
        DOC("\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\""),
        DOC("\0\x01\x1f\x7f", "\"\\u0000\\u0001\\u001f\x7f\""),
        DOC("\xE2\x80\xA8\xF0\x9F\x98\x80", "\"\xE2\x80\xA8\xF0\x9F\x98\x80\""),
        DOC("cut \xF0\x9F\x98\n", "\"cut \xEF\xBF\xBD\\n\""),
    };
    for (size_t i = 0; i < COUNT(docs); i++) {
        struct lash_buf out = LASH_BUF_INIT(256);
        struct lash_json_writer w = LASH_JSON_WRITER(&out);
        lash_json_string(&w, docs[i].json, docs[i].len);
        assert_int_equal(w.code, LASH_OK);
        assert_string_equal(out.ptr, docs[i].expect);
        lash_buf_free(&out);
    }
}

static void test_write_doubles(void **state)
{
    (void)state;
    static const struct {
        double d;
        const char *text;
    } cases[] = {
        {0.1, "0.1"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1.0, "1.0"},
        {-0.0, "-0.0"},
        {100, "100.0"},
        {1e15, "1e+15"},
        {1e300, "1e+300"},
        {9007199254740993.0, "9007199254740992.0"},
        {1.7976931348623157e308, "1.7976931348623157e+308"},
        {2.2250738585072014e-308, "2.2250738585072014e-308"},
        {5e-324, "5e-324"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct lash_buf out = LASH_BUF_INIT(64);
        struct lash_json_writer w = LASH_JSON_WRITER(&out);
        lash_json_double(&w, cases[i].d);
        assert_string_equal(out.ptr, cases[i].text);
        assert_true(strtod(out.ptr, NULL) == cases[i].d);
        lash_buf_free(&out);
    }
}

static void test_write_failures(void **state)
{
    (void)state;
    struct lash_buf out = LASH_BUF_INIT(2048);
    struct lash_json_writer w = LASH_JSON_WRITER(&out);
    for (int i = 0; i < LASH_JSON_DEPTH; i++)
        lash_json_array(&w);
    assert_int_equal(w.code, LASH_OK);
    lash_json_array(&w);
    assert_int_equal(w.code, LASH_ETOOBIG);

    w = LASH_JSON_WRITER(&out);
    lash_json_double(&w, (double)NAN);
    lash_json_int(&w, 1);
    assert_int_equal(w.code, LASH_EUSAGE); /* the first failure stays */
    w = LASH_JSON_WRITER(&out);
    lash_json_double(&w, -(double)INFINITY);
    assert_int_equal(w.code, LASH_EUSAGE);
    lash_buf_free(&out);

    out = LASH_BUF_INIT(4);
    w = LASH_JSON_WRITER(&out);
    lash_json_string(&w, "abc", 3);
    assert_int_equal(w.code, LASH_ETOOBIG);
    w = LASH_JSON_WRITER(&out);
    lash_json_string(&w, "\xFF\xFF", 2);
    assert_int_equal(w.code, LASH_ETOOBIG);
    lash_buf_free(&out);
}

/* Where the decimal point is a comma, JSON's stays a point. */
static void test_locale(void **state)
{
    (void)state;
    if (!setlocale(LC_NUMERIC, "de_DE.UTF-8"))
        skip();
    struct lash_buf out = LASH_BUF_INIT(64);
    struct lash_json_writer w = LASH_JSON_WRITER(&out);
    lash_json_double(&w, 0.5);
    assert_string_equal(out.ptr, "0.5");
    (void)setlocale(LC_NUMERIC, "C");
    lash_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokens),         cmocka_unit_test(test_nul_stays),
        cmocka_unit_test(test_comments),       cmocka_unit_test(test_errors),
        cmocka_unit_test(test_depth_limit),    cmocka_unit_test(test_size_limit),
        cmocka_unit_test(test_callback_stops), cmocka_unit_test(test_longjmp),
        cmocka_unit_test(test_write),          cmocka_unit_test(test_write_strings),
        cmocka_unit_test(test_write_doubles),  cmocka_unit_test(test_write_failures),
        cmocka_unit_test(test_locale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
