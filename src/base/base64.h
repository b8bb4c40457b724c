/* base64.h - RFC 4648, the standard alphabet with padding. */
#ifndef LASH_BASE_BASE64_H
#define LASH_BASE_BASE64_H

#include <stddef.h>

/* Characters that n bytes become. */
#define LASH_BASE64_SIZE(n) (((n) + 2) / 3 * 4)

/* Writes exactly LASH_BASE64_SIZE(n) characters, and no NUL. */
void lash_base64(char *out, const void *src, size_t n);

#endif
