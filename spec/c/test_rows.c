/* rows.c: where a line stands on a terminal of another width. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sys/keys.h"
#include "sys/rows.h"

static int below(const char *prompt, const wchar_t *line, int columns)
{
    return lash_rows_below(prompt, line, wcslen(line), columns);
}

static void test_a_line_that_is_too_wide_takes_more_rows(void **state)
{
    (void)state;
    assert_int_equal(below("> ", L"", 10), 0);
    assert_int_equal(below("> ", L"1234567", 10), 0);
    assert_int_equal(below("> ", L"12345678", 10), 1); /* the cursor is behind it */
    assert_int_equal(below("> ", L"123456789012345678", 10), 2);
    assert_int_equal(below("\1\33[1m\1>\1\33[0m\1 ", L"1234567", 10), 0);
}

static void test_so_do_line_ends_and_wide_characters(void **state)
{
    (void)state;
    assert_int_equal(below("> ", L"1\n2\n", 10), 2);
    assert_int_equal(below("> ", L"12345678\n2", 10), 1);
    assert_int_equal(below("> ", L"123456789\n2", 10), 2);
    assert_int_equal(below("> ", L"\u4f60\u597d\u4e16\u754c\u518d", 10), 1);
    assert_int_equal(below("> ", L"e\u0301e\u0301e\u0301e\u0301e\u0301", 10), 0);
    assert_int_equal(below("> ", L"a\t2", 10), 0);
    assert_int_equal(below("> ", L"a\t23", 10), 1);
    assert_int_equal(below("> ", L"123456\1", 10), 1);
    assert_int_equal(below("> ", L"1", 0), 3); /* nobody knows: no division by it */
}

int main(void)
{
    locale_t utf8 = lash_keys_locale();
    (void)uselocale(utf8);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_line_that_is_too_wide_takes_more_rows),
        cmocka_unit_test(test_so_do_line_ends_and_wide_characters),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)uselocale(LC_GLOBAL_LOCALE);
    freelocale(utf8);
    return failed;
}
