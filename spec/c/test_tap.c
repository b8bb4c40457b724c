/* test_tap.c - pieces come back as they were added, up to the limit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "sys/tap.h"

static void test_pieces(void **state)
{
    (void)state;
    struct lash_tap *tap = lash_tap_new(100);
    assert_non_null(tap);
    lash_tap_add(tap, "data: ", 6);
    lash_tap_add(tap, "", 0);
    lash_tap_add(tap, "a\0b", 3);
    assert_int_equal(lash_tap_count(tap), 2);
    struct lash_tap_piece second = lash_tap_get(tap, 1);
    assert_int_equal(second.len, 3);
    assert_memory_equal(second.bytes, "a\0b", 3);
    assert_true(second.ms >= lash_tap_get(tap, 0).ms);
    assert_false(lash_tap_is_cut(tap));
    lash_tap_free(tap);
}

/* A later piece that would fit still leaves a gap before it. */
static void test_limit(void **state)
{
    (void)state;
    char big[200] = {0};
    struct lash_tap *tap = lash_tap_new(100);
    assert_non_null(tap);
    lash_tap_add(tap, "one", 3);
    lash_tap_add(tap, big, sizeof(big));
    lash_tap_add(tap, "two", 3);
    assert_int_equal(lash_tap_count(tap), 1);
    assert_int_equal(lash_tap_get(tap, 0).len, 3);
    assert_true(lash_tap_is_cut(tap));
    lash_tap_free(tap);
}

static void test_nothing(void **state)
{
    (void)state;
    lash_tap_free(NULL);
    struct lash_tap *tap = lash_tap_new(1);
    assert_non_null(tap);
    assert_int_equal(lash_tap_count(tap), 0);
    lash_tap_free(tap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
