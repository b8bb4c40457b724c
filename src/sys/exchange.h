/* exchange.h - one request that a server received, and the answer to it.
 *
 * Who accepted an exchange (serve.h) owns it: reads the request, answers it
 * whole or piece by piece, frees it. It may outlive its server. */
#ifndef LASH_SYS_EXCHANGE_H
#define LASH_SYS_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "sys/loop.h"

struct lash_exchange;

struct lash_header {
    const char *name, *value;
};

/* Marked when everything written was handed to the system, and when the
 * exchange is over. */
const struct lash_source *lash_exchange_source(const struct lash_exchange *ex);

/* The request. Strings and body live as long as the exchange. */
const char *lash_exchange_method(const struct lash_exchange *ex);
const char *lash_exchange_path(const struct lash_exchange *ex);  /* as sent, not decoded */
const char *lash_exchange_query(const struct lash_exchange *ex); /* after '?', or "" */
const char *lash_exchange_body(const struct lash_exchange *ex, size_t *len);

/* The value of a header in any letter case, or NULL. */
const char *lash_exchange_header(const struct lash_exchange *ex, const char *name);

/* Header i in the order they were sent; false after the last. */
bool lash_exchange_header_at(const struct lash_exchange *ex, size_t i, struct lash_header *out);

/* Begins the answer. One that is finished before the loop runs again is sent
 * with its length, any other one in chunks. LASH_EUSAGE: begun already, or a
 * status or header that is not HTTP; LASH_ECLOSED: the exchange is over. */
LASH_NODISCARD enum lash_code lash_exchange_start(struct lash_exchange *ex, unsigned status,
                                                  const struct lash_header *headers, size_t n,
                                                  struct lash_err *err);

/* Queues a copy of the bytes; *queued: how many now wait to be sent, so that a
 * fast writer can wait for its source. LASH_ETOOBIG: the queue is full and
 * unchanged; LASH_EUSAGE: not begun, or ended; LASH_ECLOSED: over. */
LASH_NODISCARD enum lash_code lash_exchange_write(struct lash_exchange *ex, const void *src,
                                                  size_t n, size_t *queued, struct lash_err *err);

/* Ends the answer after what was written. */
LASH_NODISCARD enum lash_code lash_exchange_finish(struct lash_exchange *ex, struct lash_err *err);

/* Sends what was written, then cuts the connection: the client sees a body
 * that breaks off, or no answer at all if none was begun. */
void lash_exchange_abort(struct lash_exchange *ex);

/* Over: sent to its end, cut, or the client left. */
bool lash_exchange_gone(const struct lash_exchange *ex);

/* An answer that was not finished is aborted; a finished one is still sent. */
void lash_exchange_free(struct lash_exchange *ex);

#endif
