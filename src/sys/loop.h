/* loop.h - the one event loop of the process, and who has news.
 *
 * Machines (transfers, servers, processes) register with libuv through
 * lash_loop_uv and embed a struct lash_source. When something happened that
 * its owner should look at, the machine marks the source; the caller polls,
 * then takes the marked ones. Nothing here calls back into the caller. */
#ifndef LASH_SYS_LOOP_H
#define LASH_SYS_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct lash_loop;
struct uv_loop_s;

/* Something that can have news. Embedded in its machine, which outlives its
 * membership: lash_source_drop before the memory goes. */
struct lash_source {
    uint64_t id; /* no other source of the process has it; never 0 */
    struct lash_loop *loop;
    struct lash_source *next, *prev; /* in the list of marked sources */
    bool marked;
};

LASH_NODISCARD enum lash_code lash_loop_new(struct lash_loop **out, struct lash_err *err);

/* All machines of the loop must be freed before it. */
void lash_loop_free(struct lash_loop *loop);

/* For machines: the libuv loop to register handles with. A handle is closed
 * with uv_close, and its memory freed in the close callback. */
struct uv_loop_s *lash_loop_uv(struct lash_loop *loop);

/* Runs what is due and waits up to timeout_ms (0: not at all; -1: until
 * something happens) for a marked source or a wake. Returns early when a
 * source is already marked. */
LASH_NODISCARD enum lash_code lash_loop_poll(struct lash_loop *loop, int timeout_ms,
                                             struct lash_err *err);

/* The next source with news, in the order of marking; 0 when there is none. */
uint64_t lash_loop_next(struct lash_loop *loop);

/* Ends a poll that waits, now or at its next start. Async-signal-safe. */
void lash_loop_wake(struct lash_loop *loop);

void lash_source_init(struct lash_source *s, struct lash_loop *loop);
void lash_source_mark(struct lash_source *s);

/* Of news that comes often, as each word of an answer: it ends a poll some
 * milliseconds after the last one that ended with news, at once when that is longer
 * ago. What a person sees stays the same; who is woken has more to take. */
void lash_source_mark_soon(struct lash_source *s);

void lash_source_drop(struct lash_source *s);

#endif
