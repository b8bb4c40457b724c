/* utf8.c - checking and repairing UTF-8; see utf8.h. */
#include "base/utf8.h"

#include <string.h>

#define REPLACEMENT "\xEF\xBF\xBD"

/* Reads the sequence at s: true with its length, or false with the length of
 * its maximal subpart, which is 1 at least. Only the second byte has ranges of
 * its own; they exclude overlong forms, surrogates and what is above U+10FFFF. */
static bool read_sequence(const unsigned char *s, size_t n, size_t *len)
{
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
    size_t want = 1;
    if (s[0] >= 0xC2 && s[0] <= 0xDF) {
        want = 2;
    } else if (s[0] >= 0xE0 && s[0] <= 0xEF) {
        want = 3;
        low = s[0] == 0xE0 ? 0xA0 : low;
        high = s[0] == 0xED ? 0x9F : high;
    } else if (s[0] >= 0xF0 && s[0] <= 0xF4) {
        want = 4;
        low = s[0] == 0xF0 ? 0x90 : low;
        high = s[0] == 0xF4 ? 0x8F : high;
    } else if (s[0] >= 0x80) {
        want = 0; /* never a first byte */
    }
    size_t i = 1;
    while (i < want && i < n && s[i] >= low && s[i] <= high) {
        low = 0x80;
        high = 0xBF;
        i++;
    }
    *len = i;
    return i == want;
}

size_t lash_utf8_valid(const char *s, size_t n)
{
    const unsigned char *p = (const unsigned char *)s;
    size_t i = 0;
    while (i < n) {
        uint64_t eight;
        if (n - i >= sizeof(eight)) { /* most text is ASCII */
            memcpy(&eight, p + i, sizeof(eight));
            if ((eight & UINT64_C(0x8080808080808080)) == 0) {
                i += sizeof(eight);
                continue;
            }
        }
        size_t len;
        if (!read_sequence(p + i, n - i, &len))
            return i;
        i += len;
    }
    return n;
}

enum lash_code lash_utf8_repair(struct lash_buf *out, const char *s, size_t n)
{
    size_t before = out->len;
    while (n > 0) {
        size_t good = lash_utf8_valid(s, n);
        enum lash_code code = lash_buf_add(out, s, good);
        size_t bad = 0;
        if (code == LASH_OK && good < n) {
            (void)read_sequence((const unsigned char *)s + good, n - good, &bad);
            code = lash_buf_add(out, REPLACEMENT, sizeof(REPLACEMENT) - 1);
        }
        if (code != LASH_OK) {
            out->len = before; /* a failure changes nothing */
            if (out->ptr)
                out->ptr[before] = '\0';
            return code;
        }
        s += good + bad;
        n -= good + bad;
    }
    return LASH_OK;
}

int32_t lash_utf8_point(const char *s, size_t n, size_t *len)
{
    const unsigned char *p = (const unsigned char *)s;
    if (!read_sequence(p, n, len))
        return -1;
    if (*len == 1)
        return p[0];
    int32_t c = p[0] & (0xFF >> (*len + 1));
    for (size_t i = 1; i < *len; i++)
        c = (c << 6) | (p[i] & 0x3F);
    return c;
}
