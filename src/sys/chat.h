/* chat.h - one model call as a stream: a transfer, an SSE parser, a reader of
 * chunks, and a queue of what arrived.
 *
 * Pull: the owner waits until the stream's source is marked, then pops until
 * there is nothing. Adjacent text of one channel is joined. Above a high-water
 * mark of unread text the transfer pauses. A plain JSON answer to a request
 * for a stream, and the other way round, is understood. */
#ifndef LASH_SYS_CHAT_H
#define LASH_SYS_CHAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dashscope/chunk.h"
#include "dashscope/failure.h"
#include "sys/http.h"

struct lash_chat;

enum lash_chat_kind {
    LASH_CHAT_NONE, /* nothing waits */
    LASH_CHAT_THINKING,
    LASH_CHAT_TEXT,
    LASH_CHAT_CALL, /* one whole tool call; only of an answer that is complete */
    LASH_CHAT_DONE, /* the answer is complete: see lash_chat_answer */
    LASH_CHAT_FAIL, /* see lash_chat_failure */
};

/* 'text' and 'call' live until the next call on the stream. */
struct lash_chat_event {
    enum lash_chat_kind kind;
    const char *text; /* of THINKING and TEXT */
    size_t len;
    struct lash_call call;
};

/* Why a stream failed: by transport, or by the service's own word. */
struct lash_chat_failure {
    struct lash_err err;         /* code LASH_OK: the service said it */
    struct lash_failure service; /* then: what it said */
    double retry_after;          /* seconds; 0: not said */
};

LASH_NODISCARD enum lash_code lash_chat_start(struct lash_chat **out, struct lash_http *http,
                                              struct lash_loop *loop,
                                              const struct lash_http_request *req,
                                              struct lash_err *err);

/* A stream that still runs is cut: the service bills what it generates. */
void lash_chat_free(struct lash_chat *c);

/* Id of its source. */
uint64_t lash_chat_id(const struct lash_chat *c);

struct lash_chat_event lash_chat_pop(struct lash_chat *c);

/* After DONE; also what there was of it after FAIL. */
const struct lash_answer *lash_chat_answer(const struct lash_chat *c);

/* After FAIL. */
struct lash_chat_failure lash_chat_failure(struct lash_chat *c);

/* The transfer behind it. */
struct lash_transfer *lash_chat_transfer(struct lash_chat *c);

/* The service's id of this request: x-request-id, or ""; after the head. */
const char *lash_chat_request_id(struct lash_chat *c);

#endif
