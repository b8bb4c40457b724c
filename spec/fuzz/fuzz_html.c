/* fuzz_html.c - a page of a stranger becomes plain text: UTF-8 without control
 * characters but those that mark links. The first line names its encoding. */
#include "base/utf8.h"
#include "fuzz.h"
#include "sys/charset.h"
#include "sys/html.h"

static void check_plain(const struct lash_buf *text)
{
    CHECK(lash_utf8_valid(text->ptr, text->len) == text->len);
    for (size_t i = 0; i < text->len; i++) {
        unsigned char c = (unsigned char)text->ptr[i];
        CHECK(c != 0x7F);
        CHECK(c >= 0x20 || c == '\n' || c == '\t' || c == LASH_HTML_LINK || c == LASH_HTML_END ||
              c == LASH_HTML_BASE);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *src = (const char *)data;
    const char *end = size > 0 ? memchr(src, '\n', size) : NULL;
    char charset[32] = "UTF-8";
    size_t n = end ? (size_t)(end - src) : 0;
    if (n > 0 && n < sizeof(charset)) {
        memcpy(charset, src, n);
        charset[n] = '\0';
    }
    size_t from = end ? n + 1 : 0;
    struct lash_buf page = LASH_BUF_INIT((size_t)1 << 16);
    struct lash_buf text = LASH_BUF_INIT((size_t)1 << 14);
    struct lash_err err = {0};
    if (lash_charset_decode(&page, charset, src + from, size - from, &err) == LASH_OK &&
        page.len > 0) {
        CHECK(lash_utf8_valid(page.ptr, page.len) == page.len);
        if (lash_html_text(&text, page.ptr, page.len, &err) == LASH_OK && text.len > 0)
            check_plain(&text);
    }
    lash_buf_free(&page);
    lash_buf_free(&text);
    return 0;
}
