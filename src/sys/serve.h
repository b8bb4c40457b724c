/* serve.h - a loopback HTTP/1.1 server on the process' loop (libmicrohttpd).
 *
 * Pull, never push. A whole request becomes an exchange and waits; the server's
 * source is marked. Who accepts an exchange answers it and frees it. The body
 * of an answer is a bounded queue; the exchange's source is marked when the
 * queue has run empty, and when the exchange is over. No function calls back.
 *
 * Limits: 127.0.0.1 only, 4,096 connections, 64 MiB of request body (413 above),
 * 16 MiB of unsent answer an exchange. Who comes when there are as many
 * connections waits until one is gone; those that are answered then are closed
 * behind the answer, so that idle ones keep nobody waiting. */
#ifndef LASH_SYS_SERVE_H
#define LASH_SYS_SERVE_H

#include <stdint.h>

#include "base/err.h"
#include "sys/exchange.h"
#include "sys/loop.h"

struct lash_server;

/* Listens on 127.0.0.1; port 0: any free one; connections 0: the limit, and no
 * more than half the files that the process may open. */
LASH_NODISCARD enum lash_code lash_server_start(struct lash_server **out, struct lash_loop *loop,
                                                uint16_t port, unsigned connections,
                                                struct lash_err *err);

uint16_t lash_server_port(const struct lash_server *s);

/* Marked when an exchange waits to be accepted, and by lash_server_stop. */
const struct lash_source *lash_server_source(const struct lash_server *s);

/* The next whole request, now the caller's; NULL when none waits. */
struct lash_exchange *lash_server_accept(struct lash_server *s);

/* Stops listening and cuts all connections; what nobody accepted is freed,
 * accepted exchanges stay with their owners and are over. */
void lash_server_stop(struct lash_server *s);

/* Stops and frees; exchanges may outlive it. */
void lash_server_free(struct lash_server *s);

#endif
