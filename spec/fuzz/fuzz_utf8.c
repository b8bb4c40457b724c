/* fuzz_utf8.c - UTF-8 is what iconv takes, repaired text is UTF-8, and base64 gives
 * back what it was given. */
#include <iconv.h>

#include "base/base64.h"
#include "base/utf8.h"
#include "fuzz.h"

/* Bytes in front that iconv takes. */
static size_t iconv_valid(const char *s, size_t n)
{
    iconv_t cd = iconv_open("UTF-32LE", "UTF-8");
    char *in = (char *)s; /* iconv does not write there */
    char *out = malloc(4 * n + 4);
    CHECK(out);
    char *to = out;
    size_t left = n;
    size_t room = 4 * n + 4;
    (void)iconv(cd, &in, &left, &to, &room);
    free(out);
    CHECK(iconv_close(cd) == 0);
    return n - left;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *s = (const char *)data;
    CHECK(lash_utf8_valid(s, size) == iconv_valid(s, size));

    struct lash_buf out = LASH_BUF_INIT((size_t)1 << 20);
    struct lash_buf again = LASH_BUF_INIT((size_t)1 << 20);
    CHECK(lash_utf8_repair(&out, s, size) == LASH_OK);
    CHECK(lash_utf8_valid(out.ptr, out.len) == out.len);
    CHECK(lash_utf8_repair(&again, out.ptr, out.len) == LASH_OK);
    check_same(&out, &again);
    lash_buf_free(&out);
    lash_buf_free(&again);

    size_t n = LASH_BASE64_SIZE(size);
    char *text = exact("", 0);
    text = realloc(text, n + 1);
    CHECK(text);
    lash_base64(text, data, size);
    char *back = malloc(LASH_BASE64_ROOM(n) + 1);
    CHECK(back);
    size_t len = 0;
    CHECK(lash_base64_read(back, &len, text, n));
    CHECK(len == size && (size == 0 || memcmp(back, data, size) == 0));
    /* What is read of any text is written as that text. */
    if (lash_base64_read(back, &len, s, size / 4 * 4) && size >= 4) {
        CHECK(LASH_BASE64_SIZE(len) == size / 4 * 4);
        lash_base64(text, back, len);
        CHECK(memcmp(text, s, size / 4 * 4) == 0);
    }
    free(text);
    free(back);
    return 0;
}
