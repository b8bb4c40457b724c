/* test_width.c - columns on a terminal, with utf8proc and without. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sys/width.h"

struct sample {
    const char *text;
    size_t columns;
};

static const struct sample samples[] = {
    {"", 0},
    {"plain text", 10},
    {"\xC3\xA9t\xC3\xA9", 3},
    {"e\xCC\x81", 1},                         /* with an accent of its own */
    {"a\xCC\x81\xCC\x82\xCC\x83\xCC\x84", 1}, /* with many */
    {"\xE4\xBD\xA0\xE5\xA5\xBD", 4},          /* ideographs */
    {"\xEF\xBC\x8C\xE3\x80\x82", 4},          /* their punctuation */
    {"\xED\x95\x9C\xEA\xB8\x80", 4},          /* Hangul */
    {"\xF0\x9F\x91\x8D\xF0\x9F\x8F\xBD", 2},  /* a thumb with a colour of skin */
    {"\xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7", 2}, /* a family */
    {"\xF0\x9F\x87\xA9\xF0\x9F\x87\xAA\xF0\x9F\x87\xAB\xF0\x9F\x87\xB7", 4},         /* two flags */
    {"\xE2\x9D\xA4\xEF\xB8\x8F", 2}, /* a heart as a picture */
    {"a\xE2\x80\x8B\xEF\xBB\xBF"
     "b",
     2},              /* of no width */
    {"\xFF\x80z", 3}, /* no UTF-8 */
    {"\xE4\xBD", 1},
};

static void test_columns(void **state)
{
    (void)state;
    for (int simple = 0; simple < 2; simple++) {
        lash_width_simple(simple == 1);
        for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++) {
            if (lash_width(samples[i].text, strlen(samples[i].text)) != samples[i].columns)
                fail_msg("sample %zu has %zu columns (simple: %d)", i,
                         lash_width(samples[i].text, strlen(samples[i].text)), simple);
        }
    }
    lash_width_simple(false);
}

static void test_clusters_cover_any_bytes(void **state)
{
    (void)state;
    uint32_t seed = 1;
    for (int round = 0; round < 2000; round++) {
        char bytes[24];
        for (size_t i = 0; i < sizeof(bytes); i++) {
            static const unsigned char often[] = {0xE2, 0x80, 0x8D, 0xF0, 0x9F,
                                                  0x87, 0xA9, 0xCC, 0x81, 'a'};
            seed = seed * 1103515245U + 12345U;
            unsigned char any = (unsigned char)(seed >> 16);
            bytes[i] = (char)(round % 2 ? any : often[any % sizeof(often)]);
        }
        size_t at = 0;
        struct lash_cluster cluster = {0};
        lash_width_simple(round % 4 < 2);
        while (at < sizeof(bytes)) {
            cluster = lash_width_next(bytes + at, sizeof(bytes) - at, &cluster);
            assert_true(cluster.len > 0 && cluster.width >= 0 && cluster.width <= 2);
            at += cluster.len;
        }
        assert_int_equal(at, sizeof(bytes));
    }
    lash_width_simple(false);
}

/* Where a line may end: '|' is put there. */
static void check_breaks(const char *text, const char *marked)
{
    char out[128] = "";
    struct lash_cluster cluster = {0};
    for (size_t at = 0; at < strlen(text); at += cluster.len) {
        cluster = lash_width_next(text + at, strlen(text) - at, &cluster);
        if (cluster.breaks)
            strncat(out, "|", sizeof(out) - strlen(out) - 1);
        strncat(out, text + at, cluster.len);
    }
    assert_string_equal(out, marked);
}

static void test_breaks(void **state)
{
    (void)state;
    check_breaks("ab(c)", "ab(c)");
    check_breaks("中文ab，中（文）。", "中|文|ab，|中|（文）。");
    check_breaks("「中」！", "「中」！");
    check_breaks("👍👍e\xCC\x81", "👍|👍|e\xCC\x81");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_clusters_cover_any_bytes),
        cmocka_unit_test(test_breaks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
