/* lz.c - LZ4's block format, backwards; see lz.h.
 *
 * A block is a list of sequences: a token with two lengths of four bits, more of
 * the first length, so many literals, two bytes of distance, more of the second
 * length. The last one ends behind its literals. */
#include "base/lz.h"

#include <string.h>

#define SHORTEST 4    /* what a copy of length 0 copies */
#define LONG 15       /* four bits of length: more bytes of it follow */
#define LONG_BYTE 255 /* so does such a byte */

/* Adds the bytes of a length that begins with n. */
static bool read_length(size_t *n, struct lash_bytes *src)
{
    if (*n < LONG)
        return true;
    unsigned char byte;
    do {
        if (src->len == 0)
            return false;
        byte = *src->at++;
        src->len--;
        *n += byte;
    } while (byte == LONG_BYTE);
    return true;
}

/* Copies n bytes to out + at from so far before: from the dictionary, from what is
 * unpacked already, or from what this copy itself writes. */
static bool copy(unsigned char *out, size_t at, size_t n, size_t distance,
                 struct lash_bytes dictionary)
{
    if (distance == 0 || distance > at + dictionary.len)
        return false;
    for (; n > 0 && distance > at; n--, at++)
        out[at] = dictionary.at[dictionary.len - (distance - at)];
    for (; n > 0; n--, at++)
        out[at] = out[at - distance];
    return true;
}

bool lash_lz_unpack(unsigned char *out, size_t len, struct lash_bytes src,
                    struct lash_bytes dictionary)
{
    size_t at = 0;
    while (src.len > 0) {
        size_t literals = *src.at >> 4, n = *src.at & LONG;
        src.at++;
        src.len--;
        if (!read_length(&literals, &src) || literals > src.len || literals > len - at)
            return false;
        memcpy(out + at, src.at, literals);
        at += literals;
        src.at += literals;
        src.len -= literals;
        if (src.len == 0)
            break;
        if (src.len < 2)
            return false;
        size_t distance = (size_t)(src.at[0] | src.at[1] << 8);
        src.at += 2;
        src.len -= 2;
        if (!read_length(&n, &src))
            return false;
        n += SHORTEST;
        if (n > len - at || !copy(out, at, n, distance, dictionary))
            return false;
        at += n;
    }
    return at == len;
}
