/* base64.h - RFC 4648, the standard alphabet with padding. */
#ifndef LASH_BASE_BASE64_H
#define LASH_BASE_BASE64_H

#include <stdbool.h>
#include <stddef.h>

/* Characters that n bytes become. */
#define LASH_BASE64_SIZE(n) (((n) + 2) / 3 * 4)

/* Writes exactly LASH_BASE64_SIZE(n) characters, and no NUL. */
void lash_base64(char *out, const void *src, size_t n);

/* Bytes that n characters become at most. */
#define LASH_BASE64_ROOM(n) ((n) / 4 * 3)

/* Reads what lash_base64 writes into out, which has LASH_BASE64_ROOM(n) bytes, and
 * tells how many these are. False for anything else: other characters (line ends
 * are such), no padding, bits that are set behind the last byte. */
bool lash_base64_read(void *out, size_t *len, const char *src, size_t n);

#endif
