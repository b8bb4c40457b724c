/* chunk.h - how the model answers: streamed chunks, or one whole response,
 * folded into an answer.
 *
 * Text and thinking are handed on as they come; tool calls, usage, finish
 * reason and names are kept until the end. All stream shapes of
 * docs/dashscope.md are understood. Time is linear in the bytes, memory
 * bounded. */
#ifndef LASH_DASHSCOPE_CHUNK_H
#define LASH_DASHSCOPE_CHUNK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "dashscope/failure.h"

enum lash_channel { LASH_CHANNEL_THINKING, LASH_CHANNEL_TEXT };

/* One tool call. Strings are NUL-terminated; arguments is the text as the
 * model wrote it, which need not be JSON. */
struct lash_call {
    const char *id; /* "" when the service gave none */
    const char *name;
    const char *arguments;
    size_t arguments_len;
};

/* Tokens; -1 where the service said nothing. reasoning is part of output,
 * cached and cache_creation are parts of input. */
struct lash_usage {
    int64_t input, output, total, reasoning, cached, cache_creation;
};

struct lash_answer;

/* text lives until the callback returns; never empty. The callback may not feed an
 * answer. */
typedef enum lash_code lash_answer_on_text(void *ctx, enum lash_channel channel, const char *text,
                                           size_t n);

LASH_NODISCARD enum lash_code lash_answer_new(struct lash_answer **out,
                                              lash_answer_on_text *on_text, void *ctx);
void lash_answer_free(struct lash_answer *a);

/* Takes the data of one server-sent event ("[DONE]" included), or the body of
 * a response that was not streamed. LASH_EPROTO for what is not JSON (err says
 * where), LASH_ETOOBIG, or the failure of on_text. An error of the service
 * inside the JSON is not a failure of this call: see lash_answer_failure. */
LASH_NODISCARD enum lash_code lash_answer_feed(struct lash_answer *a, const char *json, size_t n,
                                               struct lash_err *err);

/* Takes a comment of the stream, without its colon: it may tell the status of
 * the error that follows. */
void lash_answer_comment(struct lash_answer *a, const char *text, size_t n);

/* No more will come: of calls that came twice the copies are dropped. */
void lash_answer_end(struct lash_answer *a);

/* The service refuses: takes the body of its error. */
LASH_NODISCARD enum lash_code lash_answer_refuse(struct lash_answer *a, long status,
                                                 const char *content_type, const char *body,
                                                 size_t n);

/* Takes the id that the headers name, for a refusal that names none itself. */
void lash_answer_name(struct lash_answer *a, const char *request_id);

/* An error in place of the answer, or inside the stream, or NULL. It wins over all
 * before it. Lives as long as the answer. */
const struct lash_failure *lash_answer_failure(const struct lash_answer *a);

/* True once a finish_reason or [DONE] was seen: without, the answer was cut. */
bool lash_answer_complete(const struct lash_answer *a);

/* Grows with all that is heard of calls, in bytes and calls. */
size_t lash_answer_calls_heard(const struct lash_answer *a);

/* "stop", "length", "tool_calls", ...; "" when there was none. A "stop" that
 * came with calls is given as "tool_calls". */
const char *lash_answer_finish(const struct lash_answer *a);

/* Calls in the order of their indexes, those without one as they came. Complete
 * only when lash_answer_complete, and after lash_answer_end. */
size_t lash_answer_call_count(const struct lash_answer *a);
struct lash_call lash_answer_call(const struct lash_answer *a, size_t i);

/* False when the service said nothing. */
bool lash_answer_usage(const struct lash_answer *a, struct lash_usage *out);

/* What the service calls itself and this answer; "" when not said. */
const char *lash_answer_model(const struct lash_answer *a);
const char *lash_answer_id(const struct lash_answer *a);

#endif
