/* page.c - lash as a reader of one document; see page.h. */
#include "sys/page.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sys/charset.h"
#include "sys/file.h"
#include "sys/html.h"

#define EXIT_USAGE 64
#define EXIT_DATA 65

/* Bytes. */
#define MOST_READ ((size_t)16 << 20)
#define MOST_DECODED ((size_t)48 << 20) /* a byte of an old encoding may become three */
#define MOST_WRITTEN ((size_t)8 << 20)

static enum lash_code read_input(struct lash_buf *in, struct lash_err *err)
{
    char chunk[16384];
    ssize_t got;
    while ((got = read(STDIN_FILENO, chunk, sizeof(chunk))) != 0) {
        if (got < 0 && errno != EINTR)
            return lash_file_fail(err, "read", "the document");
        enum lash_code code = got > 0 ? lash_buf_add(in, chunk, (size_t)got) : LASH_OK;
        if (code != LASH_OK)
            return lash_err_set(err, code, "the document is too large");
    }
    return LASH_OK;
}

/* decoded is empty, and holds the document as UTF-8 afterwards. */
static enum lash_code convert(struct lash_buf *decoded, struct lash_buf *out, bool html,
                              const char *charset, struct lash_err *err)
{
    struct lash_buf in = LASH_BUF_INIT(MOST_READ);
    enum lash_code code = read_input(&in, err);
    if (code == LASH_OK && in.len > 0)
        code = lash_charset_decode(html ? decoded : out, charset, in.ptr, in.len, err);
    lash_buf_free(&in);
    if (code == LASH_OK && html && decoded->len > 0)
        code = lash_html_text(out, decoded->ptr, decoded->len, err);
    return code;
}

static int run(int argc, char **argv)
{
    bool html = argc == 4 && strcmp(argv[2], "html") == 0;
    if (!html && (argc != 4 || strcmp(argv[2], "text") != 0))
        return EXIT_USAGE;
    struct lash_buf decoded = LASH_BUF_INIT(MOST_DECODED);
    struct lash_buf out = LASH_BUF_INIT(html ? MOST_WRITTEN : MOST_DECODED);
    struct lash_err err;
    enum lash_code code = convert(&decoded, &out, html, argv[3], &err);
    if (code == LASH_OK && out.len > 0)
        code = lash_file_write(STDOUT_FILENO, "the text", out.ptr, out.len, &err);
    lash_buf_free(&decoded);
    lash_buf_free(&out);
    if (code == LASH_OK)
        return 0;
    (void)fprintf(stderr, "%s\n", err.msg);
    return EXIT_DATA;
}

void lash_page(int argc, char **argv)
{
    _exit(run(argc, argv)); /* a sandbox does not let a sanitizer look for leaks */
}
