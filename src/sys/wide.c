/* wide.c - texts as wide characters; see wide.h. */
#include "sys/wide.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define LONGEST ((size_t)1 << 20) /* bytes of a text */

wchar_t *lash_wide_new(const char *text)
{
    struct lash_buf sound = LASH_BUF_INIT(LONGEST * 3);
    wchar_t *wide = NULL;
    if (lash_utf8_repair(&sound, text, strlen(text)) == LASH_OK)
        wide = calloc(sound.len + 1, sizeof(*wide));
    if (wide && sound.len > 0 && mbstowcs(wide, sound.ptr, sound.len + 1) == (size_t)-1) {
        free(wide);
        wide = NULL;
    }
    lash_buf_free(&sound);
    return wide;
}

enum lash_code lash_wide_narrow(struct lash_buf *out, const wchar_t *from, const wchar_t *to)
{
    for (; from < to; from++) {
        char bytes[MB_LEN_MAX];
        mbstate_t state = {0};
        size_t n = wcrtomb(bytes, *from, &state);
        enum lash_code code = n == (size_t)-1 ? LASH_OK : lash_buf_add(out, bytes, n);
        if (code != LASH_OK)
            return code;
    }
    return LASH_OK;
}
