/* test_json_write.c - tokens to text: separators, escapes, numbers, failures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "wire/json.h"

#define TEXT(text, json)                                                                           \
    {                                                                                              \
        text, sizeof(text) - 1, json                                                               \
    }
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

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
    static const struct {
        const char *text;
        size_t len;
        const char *json;
    } docs[] = {
        TEXT("", "\"\""),
        TEXT("a\"\\/b", "\"a\\\"\\\\/b\""),
        TEXT("\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\""),
        TEXT("\0\x01\x1f\x7f", "\"\\u0000\\u0001\\u001f\x7f\""),
        TEXT("\xE2\x80\xA8\xF0\x9F\x98\x80", "\"\xE2\x80\xA8\xF0\x9F\x98\x80\""),
        TEXT("cut \xF0\x9F\x98\n", "\"cut \xEF\xBF\xBD\\n\""),
    };
    for (size_t i = 0; i < COUNT(docs); i++) {
        struct lash_buf out = LASH_BUF_INIT(256);
        struct lash_json_writer w = LASH_JSON_WRITER(&out);
        lash_json_string(&w, docs[i].text, docs[i].len);
        assert_int_equal(w.code, LASH_OK);
        assert_string_equal(out.ptr, docs[i].json);
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
        cmocka_unit_test(test_write),         cmocka_unit_test(test_write_strings),
        cmocka_unit_test(test_write_doubles), cmocka_unit_test(test_write_failures),
        cmocka_unit_test(test_locale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
