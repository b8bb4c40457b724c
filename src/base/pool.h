/* pool.h - memory for Lua: small blocks without the cost of each.
 *
 * Lua tells the size of what it gives back, so a block needs no header, and one
 * that is given back is the next of its size. Small blocks are cut from large
 * ones, which are kept until the process ends; all else is malloc's. */
#ifndef LASH_BASE_POOL_H
#define LASH_BASE_POOL_H

#include <stddef.h>

#define LASH_POOL_MOST 256 /* bytes of a small block */
#define LASH_POOL_STEP 8   /* between two sizes; what Lua's objects are aligned to */

struct lash_pool {
    void *(*large)(size_t size); /* malloc, or its like: where large blocks come from */
    struct lash_pool_block *spare[LASH_POOL_MOST / LASH_POOL_STEP]; /* by size */
    char *rest;                                                     /* of the large block */
    size_t left;                                                    /* bytes of it */
};

/* A lua_Alloc; pool is a struct lash_pool, zeroes at first but for 'large'. A block may also be
 * malloc's, from before there was a pool. Never fails to make a block smaller. */
void *lash_pool_alloc(void *pool, void *ptr, size_t old, size_t size);

#endif
