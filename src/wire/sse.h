/* sse.h - push parser for text/event-stream.
 *
 * Feed it bytes as they arrive, in any split; it calls 'on_event' once for
 * every whole event, as soon as its last byte is there. Follows "event stream
 * interpretation" of the WHATWG HTML standard; bytes that are not UTF-8 become
 * U+FFFD. It does no I/O and knows
 * nothing of HTTP, JSON or Lua. */
#ifndef LASH_WIRE_SSE_H
#define LASH_WIRE_SSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* A single event may not be larger. */
#define LASH_SSE_EVENT_LIMIT ((size_t)16 << 20)

/* 'type', which is NUL-terminated, and 'data', which is not, live until the callback
 * returns. type is "message" where the stream names none. */
typedef enum lash_code lash_sse_on_event(void *ctx, const char *type, const char *data, size_t len);

/* A comment line as it came, without its colon; DashScope puts a status into one. */
typedef void lash_sse_on_comment(void *ctx, const char *text, size_t len);

struct lash_sse {
    lash_sse_on_event *on_event;
    void *ctx;
    bool has_data;
    bool has_next_id;
    bool skip_lf; /* the last byte was CR: an LF right after belongs to it */
    bool at_start;
    struct lash_buf line; /* the line being read, when a piece ended inside it */
    struct lash_buf data; /* data lines of the event being read */
    const char *whole;    /* its only one, where it stands in the piece; NULL: see data */
    size_t whole_len;
    struct lash_buf type;            /* its event field, empty for the default */
    struct lash_buf id;              /* last event id of the stream */
    struct lash_buf next_id;         /* the id that comes with the event being read */
    lash_sse_on_comment *on_comment; /* may be NULL; set after init */
    int64_t retry_ms;                /* last reconnection time of the stream; -1: none */
};

/* limit: largest line and largest event in bytes. */
void lash_sse_init(struct lash_sse *p, size_t limit, lash_sse_on_event *on_event, void *ctx);
void lash_sse_free(struct lash_sse *p);

/* Returns the first failure of on_event, or LASH_ETOOBIG for an event over
 * limit. After a failure the parser only wants to be freed. */
LASH_NODISCARD enum lash_code lash_sse_feed(struct lash_sse *p, const char *src, size_t n);

/* Last event id, "" when there was none. */
const char *lash_sse_id(const struct lash_sse *p);

#endif
