/* test_lz.c - blocks of LZ4, there and back, and whatever else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/lz.h"
#include "pack.h"

#define LONGEST 2048

/* Unpacks from and into memory of the exact size, whose ends the sanitizer knows. */
static bool unpacks(const void *block, size_t n, const char *dictionary, const char *wanted,
                    size_t len)
{
    unsigned char *src = malloc(n + 1), *out = malloc(len + 1);
    assert_non_null(src);
    assert_non_null(out);
    unsigned char *from = src + 1, *to = out + 1; /* no byte behind them */
    memcpy(from, block, n);
    size_t known = dictionary ? strlen(dictionary) : 0;
    bool ok = lash_lz_unpack(to, len, (struct lash_bytes){from, n},
                             (struct lash_bytes){(const unsigned char *)dictionary, known});
    if (ok && wanted)
        assert_memory_equal(to, wanted, len);
    free(out);
    free(src);
    return ok;
}

static void test_blocks_of_the_format(void **state)
{
    (void)state;
    assert_true(unpacks("", 0, NULL, "", 0));
    assert_true(unpacks("\x10"
                        "a",
                        2, NULL, "a", 1));
    /* A copy that reads what it writes: 1 literal, 9 from 1 before. */
    assert_true(unpacks("\x15"
                        "a\x01\x00",
                        4, NULL, "aaaaaaaaaa", 10));
    /* Lengths of more than four bits: 16 literals, then 19 + 4 from 16 before. */
    assert_true(unpacks("\xFF\x01"
                        "0123456789abcdef\x10\x00\x04",
                        21, NULL, "0123456789abcdef0123456789abcdef0123456", 39));
    /* Out of the dictionary, and over its end into what is there already. */
    assert_true(unpacks("\x12"
                        "d\x04\x00",
                        4, "abc", "dabcdab", 7));
}

static void test_what_is_none(void **state)
{
    (void)state;
    const struct {
        const char *block;
        size_t n, len;
    } cases[] = {
        {"", 0, 1},       /* too little */
        {"\x10", 1, 1},   /* no literal */
        {"\x20xy", 3, 1}, /* too much */
        {"\xF0", 1, 99},  /* a length without end */
        {"\xF0\xFF\xFF", 3, 99},
        {"\x10x\x01", 3, 9},     /* half a distance */
        {"\x10x\x00\x00", 4, 5}, /* none */
        {"\x10x\x02\x00", 4, 5}, /* before the beginning */
        {"\x1Fx\x01\x00", 4, 99},
        {"\x11x\x01\x00", 4, 5}, /* a copy over the end */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_false(unpacks(cases[i].block, cases[i].n, NULL, NULL, cases[i].len));
}

static uint32_t next(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 16;
}

/* Text with repetitions, as bytecode has: the fewer letters, the more. */
static void fill(unsigned char *text, size_t n, uint32_t letters, uint32_t *seed)
{
    for (size_t i = 0; i < n;) {
        size_t run = next(seed) % 300, from = i ? next(seed) % i : 0;
        for (; i < n && run > 0 && from > 0; run--)
            text[i++] = text[from++];
        for (run = next(seed) % 40 + 1; i < n && run > 0; run--)
            text[i++] = (unsigned char)('a' + next(seed) % letters);
    }
}

static void test_there_and_back(void **state)
{
    (void)state;
    uint32_t seed = 1;
    static unsigned char text[2 * LONGEST];
    for (int i = 0; i < 100; i++) {
        size_t dictionary = next(&seed) % LONGEST, n = next(&seed) % LONGEST + 1;
        fill(text, dictionary + n, 1 + next(&seed) % 26, &seed);
        unsigned char *block = malloc(PACK_ROOM(n)), *out = malloc(n);
        assert_non_null(block);
        assert_non_null(out);
        size_t size = pack(block, text, dictionary, n);
        assert_true(size > 0 && size <= PACK_ROOM(n));
        assert_true(lash_lz_unpack(out, n, (struct lash_bytes){block, size},
                                   (struct lash_bytes){text, dictionary}));
        assert_memory_equal(out, text + dictionary, n);
        /* Whatever becomes of the block, it stays within its bounds. */
        for (int k = 0; k < 20; k++) {
            block[next(&seed) % size] = (unsigned char)next(&seed);
            (void)lash_lz_unpack(out, n, (struct lash_bytes){block, next(&seed) % (size + 1)},
                                 (struct lash_bytes){text, dictionary});
        }
        free(out);
        free(block);
    }
}

static void test_makes_what_repeats_small(void **state)
{
    (void)state;
    unsigned char text[LONGEST], block[PACK_ROOM(LONGEST)];
    memset(text, 'x', sizeof(text));
    assert_true(pack(block, text, 0, sizeof(text)) < 32);
    uint32_t seed = 7;
    fill(text, LONGEST / 2, 26, &seed);
    memcpy(text + LONGEST / 2, text, LONGEST / 2);
    assert_true(pack(block, text, LONGEST / 2, LONGEST / 2) < 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_of_the_format),
        cmocka_unit_test(test_what_is_none),
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_makes_what_repeats_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
