/* test_buf.c - the limit holds, failures change nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"

static void test_limit(void **state)
{
    (void)state;
    struct lash_buf b = LASH_BUF_INIT(8);
    assert_int_equal(lash_buf_add(&b, "12345678", 8), LASH_OK);
    assert_int_equal(lash_buf_add(&b, "9", 1), LASH_ETOOBIG);
    assert_int_equal(b.len, 8);
    assert_string_equal(b.ptr, "12345678");
    lash_buf_reset(&b);
    assert_string_equal(b.ptr, "");
    lash_buf_free(&b);
    assert_null(b.ptr);
    assert_int_equal(lash_buf_add(&b, "again", 5), LASH_OK);
    lash_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
