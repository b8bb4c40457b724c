/* base64.c - RFC 4648; see base64.h. */
#include "base/base64.h"

#include <stdint.h>
#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void lash_base64(char *out, const void *src, size_t n)
{
    const uint8_t *bytes = src;
    for (size_t i = 0; i < n; i += 3) {
        size_t left = n - i;
        uint32_t bits = (uint32_t)bytes[i] << 16;
        bits |= left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0;
        bits |= left > 2 ? (uint32_t)bytes[i + 2] : 0;
        out[0] = digits[bits >> 18];
        out[1] = digits[bits >> 12 & 63];
        out[2] = digits[bits >> 6 & 63];
        out[3] = digits[bits & 63];
        for (size_t pad = left + 1; pad < 4; pad++)
            out[pad] = '=';
        out += 4;
    }
}

bool lash_base64_read(void *out, size_t *len, const char *src, size_t n)
{
    if (n % 4 != 0)
        return false;
    size_t padding = n == 0 || src[n - 1] != '=' ? 0 : src[n - 2] != '=' ? 1 : 2;
    size_t size = LASH_BASE64_ROOM(n) - padding;
    uint8_t *bytes = out;
    for (size_t i = 0, at = 0; i < n; i += 4) {
        uint32_t bits = 0;
        for (size_t k = i; k < i + 4; k++) {
            const char *digit = digits; /* for padding: zero */
            if (k < n - padding)
                digit = memchr(digits, src[k], sizeof(digits) - 1);
            if (!digit)
                return false;
            bits = bits << 6 | (uint32_t)(digit - digits);
        }
        for (int shift = 16; shift >= 0; shift -= 8) {
            uint8_t byte = (uint8_t)(bits >> shift);
            if (at < size)
                bytes[at++] = byte;
            else if (byte != 0)
                return false;
        }
    }
    *len = size;
    return true;
}
