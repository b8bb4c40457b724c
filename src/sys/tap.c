/* tap.c - the body of an answer as it came; see tap.h. */
#include "sys/tap.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"

/* A piece ends at byte 'end' of all that came. */
struct piece {
    uint64_t ms;
    size_t end;
};

struct lash_tap {
    uint64_t began_ms;
    struct lash_buf bytes;
    struct lash_buf pieces; /* of struct piece */
    bool cut;
};

struct lash_tap *lash_tap_new(size_t limit)
{
    struct lash_tap *tap = calloc(1, sizeof(*tap));
    if (!tap)
        return NULL;
    tap->began_ms = lash_clock_ms();
    tap->bytes = LASH_BUF_INIT(limit);
    tap->pieces = LASH_BUF_INIT(limit);
    return tap;
}

void lash_tap_free(struct lash_tap *tap)
{
    if (!tap)
        return;
    lash_buf_free(&tap->bytes);
    lash_buf_free(&tap->pieces);
    free(tap);
}

void lash_tap_add(struct lash_tap *tap, const char *bytes, size_t n)
{
    if (tap->cut || n == 0)
        return; /* what follows a gap would read as if there were none */
    struct piece piece = {lash_clock_ms() - tap->began_ms, tap->bytes.len + n};
    if (lash_buf_add(&tap->pieces, &piece, sizeof(piece)) != LASH_OK) {
        tap->cut = true;
    } else if (lash_buf_add(&tap->bytes, bytes, n) != LASH_OK) {
        tap->pieces.len -= sizeof(piece);
        tap->cut = true;
    }
}

size_t lash_tap_count(const struct lash_tap *tap)
{
    return tap->pieces.len / sizeof(struct piece);
}

struct lash_tap_piece lash_tap_get(const struct lash_tap *tap, size_t i)
{
    const struct piece *pieces = (const struct piece *)(const void *)tap->pieces.ptr;
    size_t begin = i > 0 ? pieces[i - 1].end : 0;
    return (struct lash_tap_piece){pieces[i].ms, tap->bytes.ptr + begin, pieces[i].end - begin};
}

bool lash_tap_is_cut(const struct lash_tap *tap)
{
    return tap->cut;
}
