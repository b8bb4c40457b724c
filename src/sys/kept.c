/* kept.c - connections that are kept open for a next request; see kept.h. */
#include "sys/kept.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#define JUNK_MOST 16 /* pieces that are read before a connection is shut down */

static size_t place_of(const struct lash_kept *kept, int fd)
{
    size_t i = 0;
    while (i < kept->n && kept->list[i].fd != fd)
        i++;
    return i;
}

static bool make_room(struct lash_kept *kept)
{
    if (kept->n < kept->room)
        return true;
    size_t room = kept->room > 0 ? 2 * kept->room : 4;
    struct pollfd *grown = realloc(kept->list, room * sizeof(*grown));
    if (!grown)
        return false;
    kept->list = grown;
    kept->room = room;
    return true;
}

/* Did something come? A connection with something to read looks alive (to OpenSSL's look
 * ahead, too), so that is thrown away before it is shut down. */
static bool shut_down(int fd)
{
    char junk[4096];
    int pieces = 0;
    while (pieces < JUNK_MOST && recv(fd, junk, sizeof(junk), MSG_DONTWAIT) > 0)
        pieces++;
    (void)shutdown(fd, SHUT_RDWR);
    return pieces > 0;
}

void lash_kept_add(struct lash_kept *kept, int fd)
{
    if (place_of(kept, fd) < kept->n)
        return;
    if (make_room(kept))
        kept->list[kept->n++] = (struct pollfd){.fd = fd, .events = POLLIN};
    else
        (void)shut_down(fd); /* nobody could look at it */
}

void lash_kept_remove(struct lash_kept *kept, int fd)
{
    size_t i = place_of(kept, fd);
    if (i < kept->n)
        kept->list[i] = kept->list[--kept->n];
}

bool lash_kept_spoilt(struct lash_kept *kept)
{
    if (kept->n == 0)
        return false;
    int ready;
    do
        ready = poll(kept->list, kept->n, 0);
    while (ready < 0 && errno == EINTR);
    bool spoilt = ready < 0; /* nobody could look */
    for (size_t i = 0; ready > 0 && i < kept->n; i++)
        if (kept->list[i].revents != 0 && shut_down(kept->list[i].fd))
            spoilt = true;
    return spoilt;
}

void lash_kept_free(struct lash_kept *kept)
{
    free(kept->list);
    *kept = (struct lash_kept){0};
}
