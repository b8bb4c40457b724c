/* wide.h - texts as wide characters, in a locale of UTF-8. */
#ifndef LASH_SYS_WIDE_H
#define LASH_SYS_WIDE_H

#include <wchar.h>

#include "base/buf.h"
#include "base/err.h"

/* A text of no more than 1 MB as wide characters, for free; NULL without memory, or
 * when it is too long. What is not UTF-8 is U+FFFD. */
wchar_t *lash_wide_new(const char *text);

/* Adds the characters before `to` as UTF-8. */
LASH_NODISCARD enum lash_code lash_wide_narrow(struct lash_buf *out, const wchar_t *from,
                                               const wchar_t *to);

#endif
