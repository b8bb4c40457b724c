/* fuzz_json.c - JSON that is read and written is the same JSON, and yajl's own
 * verdict is the reader's.
 *
 * What the reader sees to itself: form feed and vertical tab are no white space,
 * depth has a limit, numbers have one, and comments are UTF-8 as all else is. */
#include <yajl/yajl_parse.h>

#include "base/utf8.h"
#include "fuzz.h"
#include "wire/json.h"

static enum lash_code on_token(void *ctx, const struct lash_json_token *token)
{
    lash_json_token(ctx, token);
    return LASH_OK;
}

/* Reads a document and writes it again; with the reader that the last one left. */
static enum lash_code rewrite(struct lash_json_reader *r, struct lash_buf *out, const char *src,
                              size_t n, int indent, struct lash_err *err)
{
    lash_buf_reset(out);
    struct lash_json_writer w = LASH_JSON_WRITER(out);
    w.indent = indent;
    lash_json_reader_bind(r, &w);
    enum lash_code code = lash_json_read(r, src, n, err);
    if (code == LASH_OK)
        CHECK(w.code == LASH_OK && w.depth == 0);
    else
        CHECK(err->code == code && err->msg[0] && !strchr(err->msg, '\n'));
    return code;
}

static bool yajl_reads(const char *before, const char *src, size_t n, const char *after,
                       bool comments)
{
    static const yajl_callbacks none;
    yajl_handle h = yajl_alloc(&none, NULL, NULL);
    CHECK(h);
    yajl_config(h, yajl_allow_comments, comments ? 1 : 0);
    bool ok = yajl_parse(h, (const unsigned char *)before, strlen(before)) == yajl_status_ok &&
              yajl_parse(h, (const unsigned char *)src, n) == yajl_status_ok &&
              yajl_parse(h, (const unsigned char *)after, strlen(after)) == yajl_status_ok &&
              yajl_complete_parse(h) == yajl_status_ok;
    yajl_free(h);
    return ok;
}

/* A string behind the document that is not closed escapes yajl, but not in a list. */
static bool yajl_takes(const char *src, size_t n, bool comments)
{
    return yajl_reads("", src, n, "", comments) && yajl_reads("[", src, n, "\n]", comments);
}

static void check(struct lash_json_reader *r, const char *src, size_t n, bool comments)
{
    struct lash_buf once = LASH_BUF_INIT((size_t)1 << 24);
    struct lash_buf twice = LASH_BUF_INIT((size_t)1 << 24);
    struct lash_err err = {0};
    enum lash_code code = rewrite(r, &once, src, n, 0, &err);
    if (code == LASH_OK) {
        CHECK(rewrite(r, &twice, once.ptr, once.len, 3, &err) == LASH_OK);
        struct lash_buf indented = twice;
        twice = LASH_BUF_INIT((size_t)1 << 24);
        CHECK(rewrite(r, &twice, indented.ptr, indented.len, 0, &err) == LASH_OK);
        check_same(&once, &twice);
        lash_buf_free(&indented);
    }
    bool utf8 = lash_utf8_valid(src, n) == n;
    CHECK(utf8 || code != LASH_OK);
    bool ours = memchr(src, '\f', n) || memchr(src, '\v', n) || code == LASH_ETOOBIG ||
                strstr(err.msg, "number out of range") || !utf8;
    if (!ours)
        CHECK(yajl_takes(src, n, comments) == (code == LASH_OK));
    lash_buf_free(&once);
    lash_buf_free(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (int comments = 0; comments < 2; comments++) {
        struct lash_json_reader *r = NULL;
        CHECK(lash_json_reader_new(&r, comments != 0, on_token, NULL) == LASH_OK);
        check(r, (const char *)data, size, comments != 0);
        lash_json_reader_free(r);
    }
    return 0;
}
