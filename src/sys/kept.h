/* kept.h - connections that are kept open for a next request.
 *
 * What comes there meanwhile belongs to no request: read behind the next one it would
 * be taken for its answer. libcurl 7.88 asks only whether such a connection was closed
 * (Curl_conn_is_alive), so they are looked at here. */
#ifndef LASH_SYS_KEPT_H
#define LASH_SYS_KEPT_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct lash_kept {
    struct pollfd *list; /* by descriptor; events 0: no connection; fd -1: one in use */
    size_t n, room;      /* poll takes no more of them than a process may have open */
    size_t waiting;      /* those not in use */
};

/* A connection was opened; or LASH_ENOMEM. */
LASH_NODISCARD enum lash_code lash_kept_add(struct lash_kept *kept, int fd);

/* It is to be closed. Any other number changes nothing here, nor below. */
void lash_kept_remove(struct lash_kept *kept, int fd);

/* Is it in use, or does it wait for a request? */
void lash_kept_use(struct lash_kept *kept, int fd, bool in_use);

/* Has something come on one that waits? It is shut down, and so are those that the server
 * has closed: libcurl finds them closed, but not always at once, so that the next request
 * needs a new one. */
bool lash_kept_spoilt(struct lash_kept *kept);

void lash_kept_free(struct lash_kept *kept);

#endif
