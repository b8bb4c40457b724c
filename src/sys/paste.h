/* paste.h - a text that is pasted, key by key, to the mark that the terminal sets
 * behind it. */
#ifndef LASH_SYS_PASTE_H
#define LASH_SYS_PASTE_H

#include <stdbool.h>
#include <wchar.h>

#include "base/buf.h"

struct lash_paste {
    bool open;            /* its end has not come yet */
    bool fits;            /* there was room for all of it */
    size_t matched;       /* characters of the end that have come */
    wint_t last;          /* key that was no end */
    struct lash_buf text; /* without line ends at its end, once it is there */
};

/* Begins one. Free it with lash_paste_free; one of zeros is free. */
void lash_paste_begin(struct lash_paste *paste);

/* Takes the next key, though there be no room for it. In a locale of UTF-8. */
void lash_paste_take(struct lash_paste *paste, wint_t key);

/* Adds its text to those that were pasted before, in a line of its own; false without memory. */
LASH_NODISCARD bool lash_paste_note(const struct lash_paste *paste, struct lash_buf *all);

/* No more of it is expected. */
void lash_paste_free(struct lash_paste *paste);

#endif
