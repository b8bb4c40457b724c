/* test_pool.c - blocks do not overlap, keep their bytes, and are used again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"

#define BLOCKS 5000
#define ROUNDS 200000

/* As Lua does it: any sizes, given back and changed in any order; each block is
 * full of its own byte. */
static void test_keeps_bytes(void **state)
{
    (void)state;
    static struct lash_pool pool = {.large = malloc};
    static struct {
        unsigned char *at;
        size_t size;
    } blocks[BLOCKS];
    uint32_t seed = 1;
    for (int round = 0; round < ROUNDS; round++) {
        seed = seed * 1664525 + 1013904223;
        size_t i = (seed >> 8) % BLOCKS;
        size_t size = (seed >> 4) % (round % 16 == 0 ? 2000 : 300);
        unsigned char mark = (unsigned char)i;
        unsigned char *at = lash_pool_alloc(&pool, blocks[i].at, blocks[i].size, size);
        size_t kept = blocks[i].size < size ? blocks[i].size : size;
        for (size_t k = 0; k < kept; k++)
            assert_int_equal(at[k], mark);
        if (size > 0) {
            assert_int_equal((uintptr_t)at % LASH_POOL_STEP, 0);
            memset(at, mark, size);
        } else {
            assert_null(at);
        }
        blocks[i].at = at;
        blocks[i].size = size;
    }
    for (size_t i = 0; i < BLOCKS; i++)
        assert_null(lash_pool_alloc(&pool, blocks[i].at, blocks[i].size, 0));
}

static void test_uses_again(void **state)
{
    (void)state;
    static struct lash_pool pool = {.large = malloc};
    char *first = lash_pool_alloc(&pool, NULL, 5, 56); /* 5: a table, to Lua */
    assert_ptr_equal(lash_pool_alloc(&pool, first, 56, 50), first);
    assert_null(lash_pool_alloc(&pool, first, 50, 0));
    assert_ptr_equal(lash_pool_alloc(&pool, NULL, 0, 56), first);
}

/* What was malloc's before there was a pool. */
static void test_takes_over(void **state)
{
    (void)state;
    static struct lash_pool pool = {.large = malloc};
    for (size_t size = LASH_POOL_STEP; size <= LASH_POOL_MOST + 8; size += LASH_POOL_STEP) {
        char *foreign = malloc(size);
        assert_non_null(foreign);
        memset(foreign, 'x', size);
        char *grown = lash_pool_alloc(&pool, foreign, size, size + 100);
        assert_non_null(grown);
        assert_int_equal(grown[size - 1], 'x');
        assert_null(lash_pool_alloc(&pool, grown, size + 100, 0));
        char *own = lash_pool_alloc(&pool, NULL, 0, size);
        assert_non_null(own);
        memset(own, 'y', size);
        assert_null(lash_pool_alloc(&pool, own, size, 0));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keeps_bytes),
        cmocka_unit_test(test_uses_again),
        cmocka_unit_test(test_takes_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
