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
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif
#define SIZE ((size_t)100 << 10)
#define LARGE_PAGE ((size_t)2 << 20)

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

static int collapsed;       /* calls that asked for large pages */
static uintptr_t asked_for; /* where the last one began */

/* The linker's names. */
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming)
int __real_madvise(void *address, size_t length, int advice);
int __wrap_madvise(void *address, size_t length, int advice);

int __wrap_madvise(void *address, size_t length, int advice)
{
    if (advice == MADV_COLLAPSE) {
        collapsed++;
        assert_int_equal(length, LARGE_PAGE);
        assert_int_equal((uintptr_t)address % LARGE_PAGE, 0);
        assert_true((uintptr_t)address > asked_for);
        asked_for = (uintptr_t)address;
    }
    return __real_madvise(address, length, advice);
}
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming)

/* A heap that grows, of which a part is not in use, keeps its bytes; what it had before
 * is left alone, and no call does much at a time: others wait meanwhile. */
static void test_makes_large_pages(void **state)
{
    (void)state;
    enum { BLOCKS = 2000, SMALL = SIZE / 5, BEFORE = BLOCKS / 2 };
    static char *blocks[BLOCKS];
    for (int i = 0; i < BLOCKS; i++) {
        blocks[i] = lash_prefault(SMALL);
        assert_non_null(blocks[i]);
        memset(blocks[i], i % 100, SMALL);
        if (i % 50 == 49) {
            free(blocks[i - 20]);
            blocks[i - 20] = NULL;
        }
        if (i >= BEFORE) {
            int before = collapsed;
            lash_large_pages();
            assert_in_range(collapsed - before, 0, 1);
            assert_true(collapsed == 0 || asked_for > (uintptr_t)blocks[BEFORE - 1]);
        }
    }
#if defined(__GLIBC__) && !defined(LASH_FULL_CLOSE)
    assert_in_range(collapsed, 1, (BLOCKS - BEFORE) * SMALL / LARGE_PAGE + 1);
#else
    assert_int_equal(collapsed, 0);
#endif
    for (int i = 0; i < BLOCKS; i++) {
        for (size_t k = 0; blocks[i] && k < SMALL; k++)
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
        cmocka_unit_test(test_makes_large_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
