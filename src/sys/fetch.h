/* fetch.h - a plain HTTP request, and its answer when that is complete.
 *
 * Like a chat (chat.h) without the conversation: the owner waits until the
 * source is marked, then looks. Of the answer's parts, status, headers, address
 * and times are the transfer's (http.h); the body is kept here, or goes to a
 * file as it comes. */
#ifndef LASH_SYS_FETCH_H
#define LASH_SYS_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "sys/http.h"

struct lash_fetch;

/* max_bytes: of the body; a longer one ends the transfer with LASH_ETOOBIG.
 * file: the body of an answer that is a success (2xx) replaces it, with its mode,
 * once it is there as a whole (draft.h); NULL: it is kept in memory. That it cannot
 * be written is found out before anything is sent. */
LASH_NODISCARD enum lash_code lash_fetch_start(struct lash_fetch **out, struct lash_http *http,
                                               struct lash_loop *loop,
                                               const struct lash_http_request *req,
                                               size_t max_bytes, const char *file,
                                               struct lash_err *err);

/* Cuts a transfer that still runs. */
void lash_fetch_free(struct lash_fetch *f);

/* Id of its source. */
uint64_t lash_fetch_id(const struct lash_fetch *f);

/* Has it ended? The source is marked then. */
bool lash_fetch_done(const struct lash_fetch *f);

/* Once it has ended: why it failed; NULL when the whole answer, whatever its
 * status, is there. */
const struct lash_err *lash_fetch_error(const struct lash_fetch *f);

/* Once it has ended; of a failed one, what there is of it. NULL: the body is in
 * the file. */
const struct lash_buf *lash_fetch_body(const struct lash_fetch *f);
struct lash_transfer *lash_fetch_transfer(struct lash_fetch *f);

#endif
