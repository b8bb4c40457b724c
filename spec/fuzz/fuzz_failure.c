/* fuzz_failure.c - any body of an error becomes a record that can be shown: status
 * in the first line, content type in the second, then the body. */
#include "base/utf8.h"
#include "dashscope/failure.h"
#include "fuzz.h"

static void check_text(const char *text, size_t room)
{
    size_t n = strnlen(text, room);
    CHECK(n < room);
    CHECK(lash_utf8_valid(text, n) == n);
}

static void check_failure(const struct lash_failure *f)
{
    CHECK(f->kind && f->kind[0] && f->topic);
    CHECK(f->fix == LASH_FIX_NONE || lash_fix_name(f->fix)[0]);
    CHECK(f->limit >= 0);
    check_text(f->code, sizeof(f->code));
    check_text(f->message, sizeof(f->message));
    check_text(f->request_id, sizeof(f->request_id));
}

/* The next line of the text, as a string in 'out'. */
static void take_line(char *out, size_t room, const char **src, size_t *n)
{
    const char *end = memchr(*src, '\n', *n);
    size_t len = end ? (size_t)(end - *src) : *n;
    size_t kept = len < room ? len : room - 1;
    memcpy(out, *src, kept);
    out[kept] = '\0';
    len += end != NULL;
    *src += len;
    *n -= len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *src = (const char *)data;
    char status[8] = "";
    char type[64] = "";
    if (size > 0)
        take_line(status, sizeof(status), &src, &size);
    if (size > 0)
        take_line(type, sizeof(type), &src, &size);
    char *body = exact(src, size);
    long code = strtol(status, NULL, 10);

    struct lash_failure f;
    struct lash_failure again;
    lash_failure_read(&f, code, type, body, size);
    check_failure(&f);
    lash_failure_read(&again, code, type, body, size);
    CHECK(f.kind == again.kind && f.fix == again.fix && strcmp(f.message, again.message) == 0);

    long told = lash_failure_comment(body, size);
    CHECK(told == 0 || (told >= 100 && told <= 599));
    free(body);
    return 0;
}
