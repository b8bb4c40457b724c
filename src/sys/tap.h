/* tap.h - the body of an answer as it came, piece by piece, and when.
 *
 * For recordings (LASH_RECORD): a transfer that is asked to keeps one, and
 * whoever reads it does so once it has ended. What is beyond the limit is not
 * kept, and that is said; a transfer never fails because of its tap. */
#ifndef LASH_SYS_TAP_H
#define LASH_SYS_TAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct lash_tap;

/* One piece; 'bytes' lives as long as the tap is not added to. */
struct lash_tap_piece {
    uint64_t ms; /* since the tap was made */
    const char *bytes;
    size_t len;
};

/* NULL: out of memory. limit: bytes of all pieces. */
struct lash_tap *lash_tap_new(size_t limit);
void lash_tap_free(struct lash_tap *tap);

void lash_tap_add(struct lash_tap *tap, const char *bytes, size_t n);

size_t lash_tap_count(const struct lash_tap *tap);
struct lash_tap_piece lash_tap_get(const struct lash_tap *tap, size_t i);

/* Is something missing? */
bool lash_tap_is_cut(const struct lash_tap *tap);

#endif
