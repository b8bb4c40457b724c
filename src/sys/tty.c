/* tty.c - a question to the person at the terminal; see tty.h. */
#include "sys/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <uv.h>

#include "sys/file.h"
#include "sys/screen.h"

#define NAME "/dev/tty"
#define WRITE_WAIT 5000 /* milliseconds */
#define LONGEST 4096    /* bytes of a line; the kernel's own limit */
#define END 4           /* Ctrl-D, where keys come one by one */

struct lash_tty {
    struct lash_source source;
    uv_poll_t poll;
    uv_signal_t cont;
    const volatile sig_atomic_t *stop;
    int fd;
    int handles;  /* that are open */
    bool keys;    /* come one by one */
    bool resumed; /* since somebody asked */
};

static void on_close(uv_handle_t *handle)
{
    struct lash_tty *tty = handle->data;
    if (--tty->handles == 0)
        free(tty);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    struct lash_tty *tty = poll->data;
    (void)uv_poll_stop(poll); /* until somebody has read */
    lash_source_mark(&tty->source);
}

static void on_continue(uv_signal_t *handle, int number)
{
    (void)number;
    struct lash_tty *tty = handle->data;
    tty->resumed = true;
    lash_source_mark(&tty->source);
}

/* The terminal, not blocking; -1 and err. */
static int open_terminal(struct lash_err *err)
{
    int fd = open(NAME, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        (void)lash_err_set(err, LASH_EMISSING, "there is no terminal: %s", strerror(errno));
        return -1;
    }
    if (tcgetpgrp(fd) != getpgrp()) { /* asking would stop the whole job */
        (void)lash_err_set(err, LASH_EIO, "the terminal belongs to another job");
        close(fd);
        return -1;
    }
    return fd;
}

enum lash_code lash_tty_device(unsigned *device, struct lash_err *err)
{
    int fd = open(NAME, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return lash_err_set(err, LASH_EMISSING, "there is no terminal: %s", strerror(errno));
    int rc = ioctl(fd, TIOCGDEV, device); /* what fstat tells is the same for all terminals */
    close(fd);
    return rc == 0 ? LASH_OK : lash_err_set(err, LASH_EIO, "the terminal has no device");
}

/* Someone who was stopped comes back to a screen that shows other things. */
static void watch_continue(struct lash_tty *tty, struct lash_loop *loop)
{
    tty->cont.data = tty;
    if (uv_signal_init(lash_loop_uv(loop), &tty->cont) != 0)
        return;
    tty->handles++;
    (void)uv_signal_start(&tty->cont, on_continue, SIGCONT);
}

enum lash_code lash_tty_open(struct lash_tty **out, struct lash_loop *loop,
                             const volatile sig_atomic_t *stop, struct lash_err *err)
{
    struct lash_tty *tty = calloc(1, sizeof(*tty));
    if (!tty)
        return lash_err_set(err, LASH_ENOMEM, "out of memory");
    struct lash_err why = {.code = LASH_OK};
    tty->fd = open_terminal(&why);
    int rc = tty->fd >= 0 ? uv_poll_init(lash_loop_uv(loop), &tty->poll, tty->fd) : 0;
    if (tty->fd >= 0 && rc != 0) {
        (void)lash_err_set(&why, LASH_EIO, "cannot use the terminal: %s", uv_strerror(rc));
        close(tty->fd);
    }
    if (why.code != LASH_OK) {
        free(tty);
        return lash_err_set(err, why.code, "%s", why.msg);
    }
    lash_source_init(&tty->source, loop);
    tty->poll.data = tty;
    tty->handles = 1;
    tty->stop = stop;
    watch_continue(tty, loop);
    tty->keys = lash_screen_keys(tty->fd);
    (void)uv_poll_start(&tty->poll, UV_READABLE, on_readable);
    *out = tty;
    return LASH_OK;
}

void lash_tty_free(struct lash_tty *tty)
{
    if (!tty)
        return;
    lash_source_drop(&tty->source);
    tty->source.loop = NULL;
    lash_tty_lines(tty);
    int fd = tty->fd;
    if (tty->handles > 1)
        uv_close((uv_handle_t *)&tty->cont, on_close);
    uv_close((uv_handle_t *)&tty->poll, on_close);
    close(fd);
}

const struct lash_source *lash_tty_source(const struct lash_tty *tty)
{
    return &tty->source;
}

bool lash_tty_keys(const struct lash_tty *tty)
{
    return tty->keys;
}

void lash_tty_lines(struct lash_tty *tty)
{
    if (tty->keys)
        lash_screen_lines();
    tty->keys = false;
}

bool lash_tty_resumed(struct lash_tty *tty)
{
    bool resumed = tty->resumed;
    tty->resumed = false;
    return resumed;
}

enum lash_code lash_tty_write(struct lash_tty *tty, const char *text, size_t n,
                              struct lash_err *err)
{
    while (n > 0) {
        struct pollfd p = {.fd = tty->fd, .events = POLLOUT};
        int ready = poll(&p, 1, WRITE_WAIT);
        if (ready == 0)
            return lash_err_set(err, LASH_ESTALL, "the terminal takes no output");
        ssize_t put = ready > 0 ? write(tty->fd, text, n) : -1;
        if (put > 0) {
            text += put;
            n -= (size_t)put;
        } else if (errno != EAGAIN && (errno != EINTR || *tty->stop)) {
            /* Who was interrupted asks no more. */
            return lash_file_fail(err, "write", NAME);
        }
    }
    return LASH_OK;
}

enum lash_code lash_tty_read(struct lash_tty *tty, struct lash_buf *typed, bool *got,
                             struct lash_err *err)
{
    char text[LONGEST];
    *got = false;
    ssize_t n = read(tty->fd, text, sizeof(text));
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        (void)uv_poll_start(&tty->poll, UV_READABLE, on_readable);
        return LASH_OK;
    }
    if (n <= 0 || (tty->keys && text[0] == END))
        return lash_err_set(err, LASH_ECLOSED, "the terminal was closed");
    *got = true;
    return lash_buf_add(typed, text, (size_t)n);
}
