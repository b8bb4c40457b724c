/* fuzz.h - what the fuzz targets share: an oracle that is not satisfied aborts. */
#ifndef LASH_FUZZ_H
#define LASH_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(const int *argc, char ***argv);

#define CHECK(condition)                                                                           \
    ((condition) ? (void)0                                                                         \
                 : ((void)fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition),  \
                    abort()))

/* A copy in a block of its exact size, so that an overread shows. */
static inline char *exact(const char *src, size_t n)
{
    char *copy = malloc(n ? n : 1);
    CHECK(copy);
    if (n > 0)
        memcpy(copy, src, n);
    return copy;
}

static inline void add(struct lash_buf *b, const void *src, size_t n)
{
    CHECK(lash_buf_add(b, src, n) == LASH_OK);
}

/* The same bytes? Shows both where they are not. */
static inline void check_same(const struct lash_buf *a, const struct lash_buf *b)
{
    if (a->len == b->len && (a->len == 0 || memcmp(a->ptr, b->ptr, a->len) == 0))
        return;
    (void)fprintf(stderr, "not the same:\n%.*s\n----\n%.*s\n", (int)a->len, a->ptr ? a->ptr : "",
                  (int)b->len, b->ptr ? b->ptr : "");
    abort();
}

#endif
