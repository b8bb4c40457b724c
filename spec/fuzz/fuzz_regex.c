/* fuzz_regex.c - a pattern in the first line, lines to search in the others. Ways
 * to write the same pattern find the same. */
#include "base/regex.h"
#include "fuzz.h"

#define WORK ((uint64_t)1 << 20)

static struct lash_regex *compile(const char *before, const char *pattern, size_t n,
                                  const char *after)
{
    struct lash_buf text = LASH_BUF_INIT((size_t)1 << 16);
    add(&text, before, strlen(before));
    add(&text, pattern, n);
    add(&text, after, strlen(after));
    char *copy = exact(text.ptr, text.len);
    struct lash_regex *re = NULL;
    struct lash_err err = {0};
    if (lash_regex_new(&re, copy, text.len, &err) != LASH_OK)
        CHECK(!re && err.msg[0] && (err.code == LASH_ESYNTAX || err.code == LASH_ETOOBIG));
    free(copy);
    lash_buf_free(&text);
    return re;
}

/* The same pattern, written in three ways. */
struct ways {
    struct lash_regex *list[3];
};

static void check_line(const struct ways *ways, const char *src, size_t n)
{
    char *line = exact(src, n);
    bool found[3];
    bool done = true; /* none of them had too much to do */
    for (size_t i = 0; i < 3; i++) {
        uint64_t work = WORK;
        found[i] = lash_regex_find(ways->list[i], line, n, &work);
        CHECK(work <= WORK);
        done = done && work > 0;
    }
    if (done)
        CHECK(found[0] == found[1] && found[0] == found[2]);
    free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *src = (const char *)data;
    const char *end = size > 0 ? memchr(src, '\n', size) : NULL;
    size_t n = end ? (size_t)(end - src) : size;
    bool folded = n >= 4 && memcmp(src, "(?i)", 4) == 0; /* only in front */
    size_t from = folded ? 4 : 0;
    struct ways ways = {{
        compile("", src, n, ""),
        compile(folded ? "(?i)(" : "(", src + from, n - from, ")"),
        compile(folded ? "(?i)(?:" : "(?:", src + from, n - from, "){1}"),
    }};
    for (size_t at = n + 1; at < size && ways.list[0] && ways.list[1] && ways.list[2];) {
        end = memchr(src + at, '\n', size - at);
        size_t len = end ? (size_t)(end - src) - at : size - at;
        check_line(&ways, src + at, len);
        at += len + 1;
    }
    for (size_t i = 0; i < 3; i++)
        lash_regex_free(ways.list[i]);
    return 0;
}
