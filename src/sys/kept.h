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

struct lash_kept {
    struct pollfd *list;
    size_t n, room;
};

/* A transfer has ended, and left its connection. One that is known already stays so. */
void lash_kept_add(struct lash_kept *kept, int fd);

/* It is in use again, or about to be closed; any other number changes nothing. */
void lash_kept_remove(struct lash_kept *kept, int fd);

/* Is there one on which something came? It is shut down, and so are those that the server
 * has closed: libcurl finds them closed, but not always at once, so that the next request
 * needs a new one. */
bool lash_kept_spoilt(struct lash_kept *kept);

void lash_kept_free(struct lash_kept *kept);

#endif
