/* test_utf8.c - what is well-formed, and what replaces the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"

#define R "\xEF\xBF\xBD"
#define LEN(literal) (sizeof(literal) - 1)

struct sample {
    const char *text;
    size_t len;
    size_t valid; /* length of the well-formed prefix */
    const char *repaired;
};
#define SAMPLE(text, valid, repaired)                                                              \
    {                                                                                              \
        text, LEN(text), valid, repaired                                                           \
    }

static const struct sample samples[] = {
    SAMPLE("", 0, ""),
    SAMPLE("plain ASCII, longer than eight", 30, "plain ASCII, longer than eight"),
    SAMPLE("\x7F", 1, "\x7F"),
    SAMPLE("\xC2\x80\xDF\xBF", 4, "\xC2\x80\xDF\xBF"),
    SAMPLE("\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80", 9, "\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80"),
    SAMPLE("\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", 8, "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"),
    SAMPLE("a\x80z", 1, "a" R "z"),              /* a continuation alone */
    SAMPLE("\xC0\xAF", 0, R R),                  /* overlong in two */
    SAMPLE("\xE0\x80\xAF", 0, R R R),            /* in three */
    SAMPLE("\xF0\x8F\xBF\xBF", 0, R R R R),      /* in four */
    SAMPLE("\xED\xA0\x80", 0, R R R),            /* a surrogate */
    SAMPLE("\xF4\x90\x80\x80", 0, R R R R),      /* above U+10FFFF */
    SAMPLE("\xF5\xFF", 0, R R),                  /* never a first byte */
    SAMPLE("12345678\xE2\x82", 8, "12345678" R), /* cut at the end */
    SAMPLE("\xF0\x9F\x98"
           "a",
           0, R "a"),                                    /* one for a maximal subpart */
    SAMPLE("\xE2\x82\xE2\x82\xAC", 0, R "\xE2\x82\xAC"), /* broken off by the next */
};

static void test_samples(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        const struct sample *s = &samples[i];
        char *exact = malloc(s->len ? s->len : 1); /* an over-read shows */
        assert_non_null(exact);
        memcpy(exact, s->text, s->len);
        assert_int_equal(lash_utf8_valid(exact, s->len), s->valid);
        struct lash_buf out = LASH_BUF_INIT(64);
        assert_int_equal(lash_utf8_repair(&out, exact, s->len), LASH_OK);
        assert_string_equal(out.ptr ? out.ptr : "", s->repaired);
        lash_buf_free(&out);
        free(exact);
    }
}

static void test_failure_changes_nothing(void **state)
{
    (void)state;
    struct lash_buf out = LASH_BUF_INIT(6);
    assert_int_equal(lash_utf8_repair(&out, "ab", 2), LASH_OK);
    assert_int_equal(lash_utf8_repair(&out,
                                      "c\xFF"
                                      "d",
                                      3),
                     LASH_ETOOBIG);
    assert_string_equal(out.ptr, "ab");
    assert_int_equal(out.len, 2);
    lash_buf_free(&out);
}

static void test_points(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int32_t point;
        size_t len;
    } points[] = {
        {"a", 'a', 1},
        {"\xC3\xA9z", 0xE9, 2},
        {"\xE2\x82\xAC", 0x20AC, 3},
        {"\xF4\x8F\xBF\xBF", 0x10FFFF, 4},
        {"\xE2\x82", -1, 2},
        {"\x80\x80", -1, 1},
    };
    for (size_t i = 0; i < sizeof(points) / sizeof(*points); i++) {
        size_t len;
        assert_int_equal(lash_utf8_point(points[i].text, strlen(points[i].text), &len),
                         points[i].point);
        assert_int_equal(len, points[i].len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples),
        cmocka_unit_test(test_failure_changes_nothing),
        cmocka_unit_test(test_points),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
