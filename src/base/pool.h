/* pool.h - the memory of the Lua state.
 *
 * Nearly all that Lua keeps is small. Blocks of one size share a list, and new ones
 * are cut from larger pieces: a third of what malloc costs, and no header for each.
 * What is larger is malloc's. Small blocks are used again, never given back: the
 * state keeps as many as it had at its fullest. */
#ifndef LASH_BASE_POOL_H
#define LASH_BASE_POOL_H

#include <stddef.h>

/* A lua_Alloc, for one state in the process; `ctx` is not used. Blocks are aligned as
 * Lua wants it (8 bytes). A block that malloc gave may be handed in. Under AddressSanitizer all blocks are malloc's, so that it
 * sees their ends. */
void *lash_pool_alloc(void *ctx, void *ptr, size_t old_size, size_t new_size);

#endif
