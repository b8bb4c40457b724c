/* kept.h - connections that libcurl may keep for a next request.
 *
 * What comes there behind an answer belongs to no request: read after the next one was
 * sent it would be taken for its answer. libcurl 7.88 asks only whether such a connection
 * was closed (Curl_conn_is_alive), and with GnuTLS not even that. */
#ifndef LASH_SYS_KEPT_H
#define LASH_SYS_KEPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* Those that are open; {0} is none. */
struct lash_kept {
    int *fds;
    size_t n, room;
};

/* One was opened; or LASH_ENOMEM. */
LASH_NODISCARD enum lash_code lash_kept_add(struct lash_kept *kept, int fd);

/* It is to be closed. */
void lash_kept_remove(struct lash_kept *kept, int fd);

/* Did something come on the one with these ports, its end included? It is not fit for a
 * request. */
bool lash_kept_is_spoilt(const struct lash_kept *kept, int own_port, int peer_port);

void lash_kept_free(struct lash_kept *kept);

#endif
