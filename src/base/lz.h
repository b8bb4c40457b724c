/* lz.h - unpacks what cmake/pack.c has packed: the block format of LZ4.
 *
 * A block is unpacked behind a dictionary, which it may copy from as if it stood
 * right before it. Whatever the block is, nothing outside of it and of the
 * dictionary is read, and nothing outside of out is written. */
#ifndef LASH_BASE_LZ_H
#define LASH_BASE_LZ_H

#include <stdbool.h>
#include <stddef.h>

struct lash_bytes {
    const unsigned char *at;
    size_t len;
};

/* False when the block does not become exactly len bytes. */
bool lash_lz_unpack(unsigned char *out, size_t len, struct lash_bytes block,
                    struct lash_bytes dictionary);

#endif
