/* test_excerpt.c - the beginning and the end, in every split. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/excerpt.h"

/* What is kept: head, then the tail in its order. */
static size_t kept(const struct lash_excerpt *e, char *out)
{
    memcpy(out, e->head.ptr ? e->head.ptr : "", e->head.len);
    size_t n = e->head.len;
    for (size_t i = 0; i < e->tail.len; i++)
        out[n++] = e->tail.ptr[(e->oldest + i) % e->tail.len];
    return n;
}

/* n bytes, given in pieces of 'step', with room for 'limit'. */
static void check(size_t n, size_t step, size_t limit)
{
    static const char text[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    struct lash_excerpt e = LASH_EXCERPT_INIT(limit);
    for (size_t at = 0; at < n; at += step)
        lash_excerpt_add(&e, text + at, n - at < step ? n - at : step);

    char expected[64];
    char found[64];
    size_t head = n < limit / 2 ? n : limit / 2;
    size_t tail = n - head < limit - limit / 2 ? n - head : limit - limit / 2;
    memcpy(expected, text, head);
    memcpy(expected + head, text + n - tail, tail);
    assert_int_equal(kept(&e, found), head + tail);
    assert_memory_equal(found, expected, head + tail);
    assert_int_equal(e.dropped, n - head - tail);
    lash_excerpt_free(&e);
}

static void test_every_split(void **state)
{
    (void)state;
    for (size_t n = 0; n <= 36; n++)
        for (size_t step = 1; step <= 36; step++)
            for (size_t limit = 2; limit <= 40; limit++)
                check(n, step, limit);
}

/* Of much no more is held than the limit says. */
static void test_memory(void **state)
{
    (void)state;
    static char block[100000];
    memset(block, 'x', sizeof(block));
    struct lash_excerpt e = LASH_EXCERPT_INIT(1000);
    for (int i = 0; i < 1000; i++)
        lash_excerpt_add(&e, block, sizeof(block));
    assert_int_equal(e.dropped, 1000 * sizeof(block) - 1000);
    assert_true(e.head.cap + e.tail.cap <= 2048);
    lash_excerpt_free(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_split),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
