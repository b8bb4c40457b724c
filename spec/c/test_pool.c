/* test_pool.c - blocks of all sizes keep what is in them, whatever happens to others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"

#define BLOCKS 500
#define ROUNDS 200000
#define LONGEST 600
#define MOST 10000 /* blocks that a piece has at most, and are free */

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

static bool refuses;

void *__wrap_malloc(size_t size)
{
    return refuses ? NULL : __real_malloc(size);
}

struct kept {
    unsigned char *at;
    size_t size;
    unsigned char fill;
};

static void check(const struct kept *b)
{
    for (size_t i = 0; i < b->size; i++)
        if (b->at[i] != b->fill)
            fail_msg("byte %zu of %zu is another one's", i, b->size);
}

static void test_blocks_keep_what_is_in_them(void **state)
{
    (void)state;
    static struct kept kept[BLOCKS];
    unsigned seed = 1;
    for (int i = 0; i < ROUNDS; i++) {
        seed = seed * 1103515245u + 12345u;
        struct kept *b = &kept[(seed >> 16) % BLOCKS];
        check(b);
        size_t size = (seed >> 8) % 3 == 0 ? 0 : (seed >> 4) % LONGEST;
        unsigned char *at = lash_pool_alloc(NULL, b->at, b->size, size);
        if (size == 0) {
            assert_null(at);
        } else {
            assert_non_null(at);
            assert_int_equal((uintptr_t)at % sizeof(double), 0);
            check(&(struct kept){at, b->size < size ? b->size : size, b->fill});
            memset(at, (int)(i & 0xFF), size);
        }
        *b = (struct kept){at, size, (unsigned char)(i & 0xFF)};
    }
    for (int i = 0; i < BLOCKS; i++)
        (void)lash_pool_alloc(NULL, kept[i].at, kept[i].size, 0);
}

static void test_a_block_becomes_smaller_without_memory(void **state)
{
    (void)state;
    char *block = lash_pool_alloc(NULL, NULL, 0, 200);
    assert_non_null(block);
    memcpy(block, "a block of Lua", 15);
    refuses = true;
    int taken = 0;
    while (taken < MOST && lash_pool_alloc(NULL, NULL, 0, 120))
        taken++;
    char *smaller = lash_pool_alloc(NULL, block, 200, 120);
    refuses = false;
    assert_non_null(smaller);
    assert_string_equal(smaller, "a block of Lua");
    (void)lash_pool_alloc(NULL, smaller, 120, 0);
    if (taken == MOST) /* optimised at link time, the pool has a malloc that is not ours */
        skip();
}

static void test_no_memory(void **state)
{
    (void)state;
    refuses = true;
    void *large = lash_pool_alloc(NULL, NULL, 0, 1 << 20);
    refuses = false;
    if (large)
        skip(); /* as above */
    assert_null(lash_pool_alloc(NULL, NULL, 4, 0)); /* nothing was asked for */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_keep_what_is_in_them),
        cmocka_unit_test(test_a_block_becomes_smaller_without_memory),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
