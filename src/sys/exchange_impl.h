/* exchange_impl.h - what exchange.c (the owner's side of an exchange) and
 * serve.c (the connection's side) share; nobody else includes it.
 *
 * An exchange has two holders: the connection, until it is over, and its
 * owner: the server until it is accepted, then the caller. The last one
 * destroys it. */
#ifndef LASH_SYS_EXCHANGE_IMPL_H
#define LASH_SYS_EXCHANGE_IMPL_H

#include "base/buf.h"
#include "sys/exchange.h"

struct lash_server;
struct MHD_Connection;

/* How far the exchange is. */
enum lash_stage {
    LASH_RECEIVING, /* the request */
    LASH_WAITING,   /* for an answer to begin */
    LASH_ANSWERING, /* the queue may grow */
    LASH_FINISHED,  /* the queue is all there is */
    LASH_ABORTED,   /* cut after the queue */
};

struct lash_exchange {
    struct lash_source source;
    struct lash_server *server;         /* valid as long as the connection */
    struct MHD_Connection *connection;  /* NULL once over */
    struct lash_exchange *next, *prev;  /* all that have a connection */
    struct lash_exchange *next_waiting; /* to be accepted */
    enum lash_stage stage;
    bool owned; /* by who accepted it */
    bool suspended;
    bool too_big;
    char *method;
    char *path; /* the query follows, after a NUL */
    char *query;
    struct lash_buf headers; /* of the request: name NUL value NUL ... */
    struct lash_buf body;
    unsigned status;
    struct lash_buf reply_headers; /* likewise */
    struct lash_buf queue;
    size_t sent; /* of the queue's front */
};

/* exchange.c: takes over target, a malloc'd string. */
void lash_exchange_init(struct lash_exchange *ex, struct lash_loop *loop, char *target);
void lash_exchange_destroy(struct lash_exchange *ex);
size_t lash_exchange_unsent(const struct lash_exchange *ex);

/* A header list is packed into one buffer. unpack steps through it; *at starts
 * at 0. */
LASH_NODISCARD enum lash_code lash_exchange_pack(struct lash_buf *b, const char *name,
                                                 const char *value);
bool lash_exchange_unpack(const struct lash_buf *b, size_t *at, struct lash_header *out);

/* serve.c: lets a suspended connection go on; tells whether the client closed
 * it, which a suspended connection does not notice. */
void lash_exchange_wake(struct lash_exchange *ex);
bool lash_exchange_left(const struct lash_exchange *ex);

#endif
