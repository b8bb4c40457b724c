/* pool.c - memory for Lua; see pool.h. */
#include "base/pool.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define LARGE ((size_t)32 << 10) /* bytes of a block that small ones are cut from */

struct lash_pool_block {
    struct lash_pool_block *next;
};

static size_t kind_of(size_t size)
{
    return (size - 1) / LASH_POOL_STEP;
}

static bool is_small(size_t size)
{
    return size > 0 && size <= LASH_POOL_MOST;
}

static void put(struct lash_pool *pool, void *ptr, size_t kind)
{
    struct lash_pool_block *block = ptr;
    block->next = pool->spare[kind];
    pool->spare[kind] = block;
}

static void *cut(struct lash_pool *pool, size_t kind)
{
    size_t size = (kind + 1) * LASH_POOL_STEP;
    if (pool->left < size) {
        char *large = pool->large(LARGE);
        if (!large)
            return NULL;
        if (pool->left > 0) /* it is a block of a smaller size */
            put(pool, pool->rest, kind_of(pool->left));
        pool->rest = large;
        pool->left = LARGE;
    }
    void *ptr = pool->rest;
    pool->rest += size;
    pool->left -= size;
    return ptr;
}

static void *take(struct lash_pool *pool, size_t size)
{
    if (!is_small(size))
        return malloc(size);
    size_t kind = kind_of(size);
    struct lash_pool_block *block = pool->spare[kind];
    if (!block)
        return cut(pool, kind);
    pool->spare[kind] = block->next;
    return block;
}

/* malloc gives no fewer bytes than a small block of that size has, so what was its
 * own can be one of ours. */
static void give(struct lash_pool *pool, void *ptr, size_t size)
{
    if (is_small(size))
        put(pool, ptr, kind_of(size));
    else
        free(ptr);
}

void *lash_pool_alloc(void *pool, void *ptr, size_t old, size_t size)
{
    struct lash_pool *own = pool;
    if (!ptr)
        return size > 0 ? take(own, size) : NULL; /* old says what kind of object it is to be */
    if (size == 0) {
        give(own, ptr, old);
        return NULL;
    }
    bool small = is_small(old);
    if (small && is_small(size) && kind_of(old) == kind_of(size))
        return ptr;
    void *moved = small || is_small(size) ? take(own, size) : realloc(ptr, size);
    if (!moved)
        return size <= old ? ptr : NULL;
    if (small || is_small(size)) {
        memcpy(moved, ptr, old < size ? old : size);
        give(own, ptr, old);
    }
    return moved;
}
