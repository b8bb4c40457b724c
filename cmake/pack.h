/* pack.h - packs bytes so that base/lz.h unpacks them; for the build only. */
#ifndef LASH_CMAKE_PACK_H
#define LASH_CMAKE_PACK_H

#include <stddef.h>

/* Bytes that n bytes become at most. */
#define PACK_ROOM(n) ((n) + (n) / 255 + 16)

/* Packs the n bytes behind a dictionary: text has both, one behind the other. How
 * many bytes of out they became; 0 when memory is out. */
size_t pack(unsigned char *out, const unsigned char *text, size_t dictionary, size_t n);

#endif
