/* pool.c - the memory of the Lua state; see pool.h. */
#include "base/pool.h"

#include <stdlib.h>
#include <string.h>

#ifdef __SANITIZE_ADDRESS__
#define LARGEST 0
#else
#define LARGEST 256 /* bytes that a small block has at most */
#endif
#define STEP sizeof(union block)
#define PIECE ((size_t)64 * 1024)

union block {
    union block *next; /* of those that are free */
    double number;     /* what Lua aligns for */
};

static union block *freed[LARGEST / STEP + 1]; /* by size */
static char *rest;                             /* of the latest piece, */
static size_t left;                            /* and its bytes */

static size_t class_of(size_t size)
{
    return (size + STEP - 1) / STEP;
}

/* Cuts a block from the piece; what is left of one that is too short is given up. */
static void *cut(size_t size)
{
    if (size > left) {
        char *piece = malloc(PIECE);
        if (!piece)
            return NULL;
        rest = piece;
        left = PIECE;
    }
    void *block = rest;
    rest += size;
    left -= size;
    return block;
}

static void *take(size_t size)
{
    if (size > LARGEST)
        return malloc(size);
    size_t class = class_of(size);
    union block *block = freed[class];
    if (!block)
        return cut(class * STEP);
    freed[class] = block->next;
    return block;
}

static void give(void *ptr, size_t size)
{
    if (size > LARGEST) {
        free(ptr);
        return;
    }
    union block *block = ptr;
    size_t class = class_of(size);
    block->next = freed[class];
    freed[class] = block;
}

void *lash_pool_alloc(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    (void)ctx;
    if (!ptr)
        return new_size > 0 ? take(new_size) : NULL;
    if (new_size == 0) {
        give(ptr, old_size);
        return NULL;
    }
    if (old_size > LARGEST && new_size > LARGEST)
        return realloc(ptr, new_size);
    if (class_of(old_size) == class_of(new_size))
        return ptr;
    void *block = take(new_size);
    if (!block) /* Lua relies on it that a block can become smaller */
        return new_size < old_size ? ptr : NULL;
    memcpy(block, ptr, old_size < new_size ? old_size : new_size);
    give(ptr, old_size);
    return block;
}
