/* calls.h - tool calls put together from fragments.
 *
 * A fragment belongs to the call of its index; where services are careless
 * with indexes, ids and names, the rules are in calls.c. Bounded. */
#ifndef LASH_DASHSCOPE_CALLS_H
#define LASH_DASHSCOPE_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define LASH_CALLS_MAX 128                       /* calls of one answer */
#define LASH_CALLS_TEXT_LIMIT ((size_t)16 << 20) /* arguments of one answer, in bytes */
#define LASH_CALLS_NAME_LIMIT ((size_t)512)
#define LASH_CALLS_ID_LIMIT ((size_t)64 << 10) /* gateways may put thoughts into an id */

/* One element of tool_calls, as it stands in one chunk. */
struct lash_fragment {
    int64_t index;        /* -1: none given */
    struct lash_buf id;   /* empty: none given */
    struct lash_buf name; /* the same */
    struct lash_buf arguments;
};

/* Where in a JSON text we are. */
struct lash_brackets {
    int depth;
    bool in_string, escaped;
};

struct lash_partial_call {
    int64_t index;
    struct lash_buf id, name, arguments;
    struct lash_brackets brackets; /* of the arguments, until they are whole */
    size_t whole;                  /* where their first object ends; 0: not yet */
};

struct lash_calls {
    struct lash_partial_call *list;
    size_t count, cap;
    size_t text;   /* bytes of all arguments */
    size_t latest; /* the call that was last heard of */
};

void lash_fragment_init(struct lash_fragment *f);
void lash_fragment_reset(struct lash_fragment *f);
void lash_fragment_free(struct lash_fragment *f);

/* LASH_ETOOBIG for more than the limits above. */
LASH_NODISCARD enum lash_code lash_calls_add(struct lash_calls *calls,
                                             const struct lash_fragment *f);

/* All fragments have come: drops what was only said once more. */
void lash_calls_end(struct lash_calls *calls);
void lash_calls_free(struct lash_calls *calls);

#endif
