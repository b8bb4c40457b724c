/* test_base64.c - there and back, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/base64.h"

static bool reads(const char *text, size_t n)
{
    uint8_t *out = malloc(LASH_BASE64_ROOM(n) + 1); /* the sanitizer knows its end */
    char *copy = malloc(n + 1);
    assert_non_null(out);
    assert_non_null(copy);
    memcpy(copy, text, n);
    size_t len;
    bool ok = lash_base64_read(out, &len, copy, n);
    free(copy);
    free(out);
    return ok;
}

static void test_there_and_back(void **state)
{
    (void)state;
    uint8_t bytes[256];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * 151); /* all there are */
    for (size_t from = 0; from < sizeof(bytes); from++) {
        for (size_t n = 0; n < 8 && from + n <= sizeof(bytes); n++) {
            char text[LASH_BASE64_SIZE(8)];
            lash_base64(text, bytes + from, n);
            uint8_t back[LASH_BASE64_ROOM(sizeof(text))];
            size_t len;
            assert_true(lash_base64_read(back, &len, text, LASH_BASE64_SIZE(n)));
            assert_int_equal(len, n);
            assert_memory_equal(back, bytes + from, n);
        }
    }
}

static void test_known(void **state)
{
    (void)state;
    static const char *const known[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"}, /* RFC 4648 */
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        char text[LASH_BASE64_SIZE(6)];
        size_t n = strlen(known[i][0]);
        lash_base64(text, known[i][0], n);
        assert_int_equal(LASH_BASE64_SIZE(n), strlen(known[i][1]));
        assert_memory_equal(text, known[i][1], LASH_BASE64_SIZE(n));
    }
}

static void test_what_is_none(void **state)
{
    (void)state;
    static const char *const none[] = {
        "Z",    "Zg",       "Zg=",      "Zm9vYg",  "=",    "==",   "====",
        "Z===", "Zm9v====", "Zg==Zm9v", "Z=8=",    "=m8=", "Zm=v", "Zm9v\n",
        "Zm 9", "Zm9\n",    "-_-_",     "Zm9\xFF", "Zh==", /* bits behind the last byte */
        "Zm9=",
    };
    for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
        if (reads(none[i], strlen(none[i])))
            fail_msg("'%s' was read", none[i]);
    }
    assert_false(reads("Zm9\0", 4)); /* a NUL is no digit */
    for (int c = 0; c < 256; c++) {
        const char text[] = {'A', (char)c, 'A', 'A'};
        bool digit =
            c != 0 && strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", c);
        assert_int_equal(reads(text, 4), digit);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_what_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
