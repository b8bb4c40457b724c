/* charset.c - text of other encodings as UTF-8; see charset.h. */
#include "sys/charset.h"

#include <errno.h>
#include <iconv.h>
#include <stdbool.h>
#include <stdint.h>
#include <strings.h>

#include "base/utf8.h"

#define CHUNK 4096
#define REPLACEMENT "\xEF\xBF\xBD"

static enum lash_code fail(struct lash_err *err, enum lash_code code)
{
    return lash_err_set(err, code, code == LASH_ETOOBIG ? "the text is too long" : "out of memory");
}

static enum lash_code convert(struct lash_buf *out, iconv_t cd, char *from, size_t left)
{
    while (left > 0) {
        char chunk[CHUNK];
        char *to = chunk;
        size_t room = sizeof(chunk);
        bool stopped = iconv(cd, &from, &left, &to, &room) == (size_t)-1;
        int why = errno;
        enum lash_code code = lash_buf_add(out, chunk, sizeof(chunk) - room);
        if (code == LASH_OK && stopped && why != E2BIG) { /* no character, or half of one */
            code = lash_buf_add(out, REPLACEMENT, sizeof(REPLACEMENT) - 1);
            from++;
            left--;
        }
        if (code != LASH_OK)
            return code;
    }
    char rest[CHUNK]; /* some encodings hold a character back until the next one is known */
    char *to = rest;
    size_t room = sizeof(rest);
    (void)iconv(cd, NULL, NULL, &to, &room);
    return lash_buf_add(out, rest, sizeof(rest) - room);
}

enum lash_code lash_charset_decode(struct lash_buf *out, const char *charset, const char *bytes,
                                   size_t n, struct lash_err *err)
{
    enum lash_code code;
    if (strcasecmp(charset, "utf-8") == 0) {
        code = lash_utf8_repair(out, bytes, n);
    } else {
        iconv_t cd = iconv_open("UTF-8", charset);
        if ((intptr_t)cd == -1)
            return lash_err_set(err, LASH_EUSAGE, "the encoding '%.40s' is not known", charset);
        struct lash_buf text = LASH_BUF_INIT(out->limit);
        code = convert(&text, cd, (char *)bytes, n); /* iconv does not write there */
        (void)iconv_close(cd);
        if (code == LASH_OK) /* there are numbers beyond Unicode's, and some encodings have them */
            code = lash_utf8_repair(out, text.ptr, text.len);
        lash_buf_free(&text);
    }
    return code == LASH_OK ? LASH_OK : fail(err, code);
}
