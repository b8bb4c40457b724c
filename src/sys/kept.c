/* kept.c - connections that libcurl may keep for a next request; see kept.h. */
#include "sys/kept.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

enum lash_code lash_kept_add(struct lash_kept *kept, int fd)
{
    if (kept->n == kept->room) {
        size_t room = 2 * kept->room + 4;
        int *grown = realloc(kept->fds, room * sizeof(*grown));
        if (!grown)
            return LASH_ENOMEM;
        kept->fds = grown;
        kept->room = room;
    }
    kept->fds[kept->n++] = fd;
    return LASH_OK;
}

void lash_kept_remove(struct lash_kept *kept, int fd)
{
    size_t i = 0;
    while (i < kept->n && kept->fds[i] != fd)
        i++;
    if (i < kept->n)
        kept->fds[i] = kept->fds[--kept->n];
}

union address {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
};

static bool has_port(const union address *address, int port)
{
    in_port_t in_order = address->any.sa_family == AF_INET6  ? address->in6.sin6_port
                         : address->any.sa_family == AF_INET ? address->in.sin_port
                                                             : 0;
    return ntohs(in_order) == port;
}

static bool has_ports(int fd, int own_port, int peer_port)
{
    union address own = {0};
    union address peer = {0};
    socklen_t own_size = sizeof(own);
    socklen_t peer_size = sizeof(peer);
    return getsockname(fd, &own.any, &own_size) == 0 && has_port(&own, own_port) &&
           getpeername(fd, &peer.any, &peer_size) == 0 && has_port(&peer, peer_port);
}

/* As long as nobody has asked for anything there is nothing to read, not even an end. */
static bool is_quiet(int fd)
{
    char byte;
    return recv(fd, &byte, sizeof(byte), MSG_PEEK | MSG_DONTWAIT) < 0 &&
           (errno == EAGAIN || errno == EINTR);
}

bool lash_kept_is_spoilt(const struct lash_kept *kept, int own_port, int peer_port)
{
    for (size_t i = 0; i < kept->n; i++)
        if (has_ports(kept->fds[i], own_port, peer_port) && !is_quiet(kept->fds[i]))
            return true;
    return false;
}

void lash_kept_free(struct lash_kept *kept)
{
    free(kept->fds);
    *kept = (struct lash_kept){0};
}
