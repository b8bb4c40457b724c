/* standard.c - standard streams that wait for their other ends; see standard.h. */
#include "sys/standard.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define LAST_WAIT 500 /* milliseconds, for a reader when the run is to end */

static const volatile sig_atomic_t *ending;
static bool is_stuck[STDERR_FILENO + 1]; /* it was waited for a last time, in vain */
static int lost;                         /* see lash_standard_lost */

int lash_standard_lost(void)
{
    return lost;
}

const char *lash_standard_reason(int code)
{
    return code != 0 ? strerror(code) : "a part of what was written got lost";
}

/* Waits until fd is ready; false and errno when that is not to be. */
static bool wait_for(int fd, short events)
{
    bool ends = *ending != 0;
    struct pollfd p = {.fd = fd, .events = events};
    int ready = poll(&p, 1, !ends ? -1 : is_stuck[fd] ? 0 : LAST_WAIT);
    if (ready == 0) {
        is_stuck[fd] = true;
        errno = EINTR;
    }
    return ready > 0 || (ready < 0 && errno == EINTR && !ends);
}

static int descriptor(void *cookie)
{
    return (int)(intptr_t)cookie;
}

/* All of it, or an error: of less the C library would not give the rest again. */
static ssize_t put(void *cookie, const char *text, size_t n)
{
    int fd = descriptor(cookie);
    size_t done = 0;
    while (done < n) {
        size_t piece = n - done;
        if (*ending) { /* what fits does not block, also where the descriptor would */
            if (!wait_for(fd, POLLOUT))
                break;
            piece = piece < PIPE_BUF ? piece : PIPE_BUF;
        }
        ssize_t written = write(fd, text + done, piece);
        if (written >= 0)
            done += (size_t)written;
        else if (errno == EAGAIN ? !wait_for(fd, POLLOUT) : errno != EINTR)
            break;
    }
    if (done < n && fd == STDOUT_FILENO && lost == 0)
        lost = errno;
    return (ssize_t)done;
}

/* A signal ends it: a deadline may be behind it. */
static ssize_t get(void *cookie, char *text, size_t n)
{
    int fd = descriptor(cookie);
    ssize_t got;
    do
        got = read(fd, text, n);
    while (got < 0 && errno == EAGAIN && wait_for(fd, POLLIN));
    return got;
}

static int seek(void *cookie, off64_t *to, int whence)
{
    off64_t at = lseek64(descriptor(cookie), *to, whence);
    if (at < 0)
        return -1;
    *to = at;
    return 0;
}

/* Stays open: the number must never become another file's. */
static int keep_open(void *cookie)
{
    (void)cookie;
    return 0;
}

static void replace(FILE **stream, int fd, int buffering)
{
    bool is_terminal = isatty(fd) == 1;
    int flags = fcntl(fd, F_GETFL);
    if (flags == -1 || (is_terminal && !(flags & O_NONBLOCK)))
        return;
    cookie_io_functions_t functions = {.read = get, .write = put, .seek = seek, .close = keep_open};
    // NOLINTNEXTLINE(performance-no-int-to-ptr) the cookie is the number
    FILE *made = fopencookie((void *)(intptr_t)fd, fd == STDIN_FILENO ? "r" : "w", functions);
    if (!made)
        return;
    (void)setvbuf(made, NULL, is_terminal && buffering == _IOFBF ? _IOLBF : buffering, BUFSIZ);
    *stream = made;
}

void lash_standard_open(const volatile sig_atomic_t *interrupted)
{
    ending = interrupted;
    replace(&stdin, STDIN_FILENO, _IOFBF);
    replace(&stdout, STDOUT_FILENO, _IOFBF);
    replace(&stderr, STDERR_FILENO, _IONBF);
}
