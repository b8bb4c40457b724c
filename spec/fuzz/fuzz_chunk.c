/* fuzz_chunk.c - chunks of an answer, a line each: what is read by the stencil of
 * the chunk before says the same as what is read as JSON.
 *
 * The answer on the slow path is fed "{}" in between, which says nothing and
 * leaves no stencil. Lines that begin with a colon are comments. */
#include "dashscope/chunk.h"
#include "fuzz.h"

struct heard {
    struct lash_answer *answer;
    struct lash_buf told;
    enum lash_channel channel; /* of the text that was told last */
    enum lash_code code;
    struct lash_err err;
};

static enum lash_code on_text(void *ctx, enum lash_channel channel, const char *text, size_t n)
{
    struct heard *h = ctx;
    CHECK(n > 0);
    if (channel != h->channel)
        add(&h->told, channel == LASH_CHANNEL_TEXT ? "\ntext:" : "\nthinking:",
            channel == LASH_CHANNEL_TEXT ? 6 : 10);
    h->channel = channel;
    add(&h->told, text, n);
    return LASH_OK;
}

static void tell(struct heard *h, const char *name, const char *value)
{
    add(&h->told, "\n", 1);
    add(&h->told, name, strlen(name));
    add(&h->told, value, strlen(value));
}

static void feed(struct heard *h, const char *line, size_t n, bool forget)
{
    if (h->code != LASH_OK)
        return;
    char *copy = exact(line, n);
    if (n > 0 && line[0] == ':')
        lash_answer_comment(h->answer, copy, n);
    else
        h->code = lash_answer_feed(h->answer, copy, n, &h->err);
    free(copy);
    if (h->code == LASH_OK && forget)
        h->code = lash_answer_feed(h->answer, "{}", 2, &h->err);
}

static void tell_end(struct heard *h)
{
    struct lash_answer *a = h->answer;
    lash_answer_end(a);
    for (size_t i = 0; i < lash_answer_call_count(a); i++) {
        struct lash_call c = lash_answer_call(a, i);
        CHECK(strlen(c.arguments) <= c.arguments_len);
        tell(h, "call:", c.id);
        tell(h, "name:", c.name);
        tell(h, "arguments:", c.arguments);
    }
    const struct lash_failure *f = lash_answer_failure(a);
    if (f) {
        tell(h, "failure:", f->kind);
        tell(h, "message:", f->message);
    }
    tell(h, "finish:", lash_answer_complete(a) ? lash_answer_finish(a) : "none");
    tell(h, "model:", lash_answer_model(a));
    tell(h, "id:", lash_answer_id(a));
    struct lash_usage u = {0};
    if (lash_answer_usage(a, &u))
        add(&h->told, &u, sizeof(u));
    tell(h, "code:", lash_code_name(h->code));
    if (h->code != LASH_OK)
        tell(h, "", h->err.msg);
}

static void hear(struct heard *h, const char *src, size_t n, bool forget)
{
    *h = (struct heard){.told = LASH_BUF_INIT((size_t)1 << 24), .channel = LASH_CHANNEL_TEXT};
    CHECK(lash_answer_new(&h->answer, on_text, h) == LASH_OK);
    for (size_t at = 0; at < n;) {
        const char *end = memchr(src + at, '\n', n - at);
        size_t len = end ? (size_t)(end - src) - at : n - at;
        feed(h, src + at, len, forget);
        at += len + 1;
    }
    tell_end(h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct heard quick;
    struct heard slow;
    hear(&quick, (const char *)data, size, false);
    hear(&slow, (const char *)data, size, true);
    check_same(&quick.told, &slow.told);
    lash_answer_free(quick.answer);
    lash_answer_free(slow.answer);
    lash_buf_free(&quick.told);
    lash_buf_free(&slow.told);
    return 0;
}
