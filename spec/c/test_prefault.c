/* test_prefault.c - memory whose pages were taken costs no faults; and is malloc's,
 * with small pages and large ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "sys/prefault.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif
#define SIZE ((size_t)100 << 10)

static long faults(void)
{
    struct rusage used;
    assert_int_equal(getrusage(RUSAGE_SELF, &used), 0);
    return used.ru_minflt;
}

/* What the pages of as much memory cost when nobody takes them before. */
static long faults_of_fresh_memory(void)
{
    void *fresh = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(fresh, MAP_FAILED);
    long before = faults();
    memset(fresh, 1, SIZE);
    long cost = faults() - before;
    assert_int_equal(munmap(fresh, SIZE), 0);
    return cost;
}

static void test_takes_pages(void **state)
{
    (void)state;
    if (madvise(NULL, 0, MADV_POPULATE_WRITE) != 0)
        skip(); /* Linux before 5.14 */
    char *block = lash_prefault(SIZE);
    assert_non_null(block);
    long before = faults();
    memset(block, 1, SIZE);
    long cost = faults() - before, fresh = faults_of_fresh_memory();
    free(block);
#ifndef LASH_FULL_CLOSE /* else it is a sanitizer's heap */
    fresh /= 4;
#endif
    assert_in_range(cost, 0, fresh);
}

static void test_is_memory(void **state)
{
    (void)state;
    char *blocks[50];
    for (int i = 0; i < 50; i++) {
        size_t size = (size_t)1 << (i % 22); /* up to what malloc maps by itself */
        blocks[i] = lash_prefault(size);
        assert_non_null(blocks[i]);
        memset(blocks[i], i, size);
    }
    for (int i = 0; i < 50; i++) {
        assert_int_equal(blocks[i][0], i);
        free(blocks[i]);
    }
}

/* A heap of some megabytes, of which a part is not in use, grows between two calls. */
static void test_large_pages_keep_bytes(void **state)
{
    (void)state;
    enum { BLOCKS = 600 };
    static char *blocks[BLOCKS];
    for (int i = 0; i < BLOCKS; i++) {
        blocks[i] = lash_prefault(SIZE / 5);
        assert_non_null(blocks[i]);
        memset(blocks[i], i % 100, SIZE / 5);
        if (i % 150 == 149) {
            free(blocks[i - 20]);
            blocks[i - 20] = NULL;
            lash_large_pages();
        }
    }
    for (int i = 0; i < BLOCKS; i++) {
        for (size_t k = 0; blocks[i] && k < SIZE / 5; k++)
            assert_int_equal(blocks[i][k], i % 100);
        free(blocks[i]);
    }
    lash_large_pages(); /* what was given back to the system since is nobody's */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_takes_pages),
        cmocka_unit_test(test_is_memory),
        cmocka_unit_test(test_large_pages_keep_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
