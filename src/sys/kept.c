/* kept.c - connections that are kept open for a next request; see kept.h. */
#include "sys/kept.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#define JUNK_MOST 16 /* pieces that are read before a connection is shut down */

enum lash_code lash_kept_add(struct lash_kept *kept, int fd)
{
    size_t place = (size_t)fd;
    if (place >= kept->room) {
        size_t room = 2 * place + 16;
        struct pollfd *grown = realloc(kept->list, room * sizeof(*grown));
        if (!grown)
            return LASH_ENOMEM;
        kept->list = grown;
        kept->room = room;
    }
    for (; kept->n <= place; kept->n++)
        kept->list[kept->n] = (struct pollfd){.fd = -1};
    kept->list[place].events = POLLIN;
    return LASH_OK;
}

/* NULL: it is none. */
static struct pollfd *find(const struct lash_kept *kept, int fd)
{
    size_t place = (size_t)fd;
    return fd >= 0 && place < kept->n && kept->list[place].events ? &kept->list[place] : NULL;
}

void lash_kept_use(struct lash_kept *kept, int fd, bool in_use)
{
    struct pollfd *entry = find(kept, fd);
    if (!entry || in_use == (entry->fd < 0))
        return;
    entry->fd = in_use ? -1 : fd;
    kept->waiting = in_use ? kept->waiting - 1 : kept->waiting + 1;
}

void lash_kept_remove(struct lash_kept *kept, int fd)
{
    lash_kept_use(kept, fd, true);
    struct pollfd *entry = find(kept, fd);
    if (entry)
        entry->events = 0;
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

bool lash_kept_spoilt(struct lash_kept *kept)
{
    if (kept->waiting == 0)
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
