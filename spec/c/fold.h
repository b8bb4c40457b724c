/* fold.h - an answer as one line, for specs.
 *
 * "~thinking~text(id|name|arguments)=finish": what was handed out in its
 * order, then the calls, then the finish reason; "!kind:message" for an error
 * of the service, "..." for an answer that was cut. */
#ifndef LASH_SPEC_FOLD_H
#define LASH_SPEC_FOLD_H

#include <stdlib.h>
#include <string.h>

#include "dashscope/chunk.h"

struct fold {
    struct lash_answer *answer;
    struct lash_buf line;
    enum lash_code code; /* of the first feed that failed */
    struct lash_err err;
};

static inline void fold_add(struct fold *f, const char *s)
{
    assert_int_equal(lash_buf_add(&f->line, s, strlen(s)), LASH_OK);
}

static inline enum lash_code fold_text(void *ctx, enum lash_channel channel, const char *text,
                                       size_t n)
{
    struct fold *f = ctx;
    const char *mark = channel == LASH_CHANNEL_THINKING ? "~" : "";
    assert_true(n > 0);
    fold_add(f, mark);
    assert_int_equal(lash_buf_add(&f->line, text, n), LASH_OK);
    fold_add(f, mark);
    return LASH_OK;
}

static inline void fold_init(struct fold *f)
{
    *f = (struct fold){.line = LASH_BUF_INIT((size_t)64 << 20)};
    assert_int_equal(lash_buf_add(&f->line, "", 0), LASH_OK);
    assert_int_equal(lash_answer_new(&f->answer, fold_text, f), LASH_OK);
}

/* Feeds a copy in a block of its exact size, so that an overread shows. */
static inline enum lash_code fold_feed(struct fold *f, const char *json, size_t n)
{
    if (f->code != LASH_OK)
        return f->code;
    char *copy = malloc(n ? n : 1);
    assert_non_null(copy);
    memcpy(copy, json, n);
    f->code = lash_answer_feed(f->answer, copy, n, &f->err);
    free(copy);
    return f->code;
}

static inline const char *fold_end(struct fold *f)
{
    struct lash_answer *a = f->answer;
    lash_answer_end(a);
    for (size_t i = 0; i < lash_answer_call_count(a); i++) {
        struct lash_call c = lash_answer_call(a, i);
        assert_int_equal(strlen(c.arguments), c.arguments_len);
        fold_add(f, "(");
        fold_add(f, c.id);
        fold_add(f, "|");
        fold_add(f, c.name);
        fold_add(f, "|");
        fold_add(f, c.arguments);
        fold_add(f, ")");
    }
    const struct lash_failure *failure = lash_answer_failure(a);
    if (failure) {
        fold_add(f, "!");
        fold_add(f, failure->kind);
        fold_add(f, ":");
        fold_add(f, failure->message);
    } else if (!lash_answer_complete(a)) {
        fold_add(f, "...");
    } else {
        fold_add(f, "=");
        fold_add(f, lash_answer_finish(a));
    }
    return f->line.ptr;
}

static inline void fold_free(struct fold *f)
{
    lash_answer_free(f->answer);
    lash_buf_free(&f->line);
}

#endif
