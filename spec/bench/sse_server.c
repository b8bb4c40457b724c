/* sse_server.c - a model that answers many clients, in paced pieces or as fast
 * as they read.
 *
 * usage: sse_server
 *
 * A request with a body is answered by what its path asks for (answer.h), each
 * event in an HTTP chunk. Paced ones are writes of their own, so many
 * milliseconds apart from when the request came: so the streams keep the phases
 * in which they began. A GET is told how many bytes the last request with a body
 * had, its headers included. Standard output tells the port; the end of standard
 * input ends it. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "answer.h"
#include "base/clock.h"

#define MAX_CLIENTS 20000
#define MAX_REQUEST 16384
#define BATCH ((size_t)64 << 10)   /* bytes of an unpaced answer that are made at a time */
#define PIECE (ANSWER_EVENT + 512) /* an event with its framing, and a head */
#define BACKLOG 4096
#define EVENTS 256

struct client {
    int fd;
    char request[MAX_REQUEST];
    size_t have;
    struct answer answer;
    bool answering;
    size_t next;  /* event */
    uint64_t due; /* when it goes out, where they are paced; 0: nothing is */
    char *batch;  /* of an unpaced answer */
    size_t begin, end;
};

static struct client *clients[MAX_CLIENTS]; /* by descriptor */
static int top;                             /* above all descriptors */
static int epoll;
static size_t last_request; /* bytes */

_Noreturn static void die(const char *what)
{
    (void)fprintf(stderr, "sse_server: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

static void forget(struct client *c)
{
    clients[c->fd] = NULL;
    (void)close(c->fd);
    free(c->batch);
    free(c);
}

/* The next event as it goes over the wire. */
static size_t write_piece(struct client *c, char piece[PIECE])
{
    static const char head[] = "HTTP/1.1 200 OK\r\n"
                               "Content-Type: text/event-stream;charset=UTF-8\r\n"
                               "X-Request-Id: 00000000-0000-4000-8000-000000000001\r\n"
                               "Transfer-Encoding: chunked\r\n\r\n";
    char event[ANSWER_EVENT];
    size_t len = lash_bench_write(&c->answer, c->next, event);
    bool last = c->next + 1 == c->answer.chunks;
    int n = snprintf(piece, PIECE, "%s%zx\r\n%s\r\n%s", c->next == 0 ? head : "", len, event,
                     last ? "0\r\n\r\n" : "");
    c->next++;
    return (size_t)n;
}

static void watch(const struct client *c, uint32_t events)
{
    struct epoll_event ev = {.events = events, .data.fd = c->fd};
    if (epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &ev) != 0)
        die("epoll_ctl");
}

static void fill_batch(struct client *c)
{
    c->begin = c->end = 0;
    while (c->next < c->answer.chunks && c->end + PIECE <= BATCH)
        c->end += write_piece(c, c->batch + c->end);
}

/* Sends as much as it takes. */
static void pour(struct client *c)
{
    for (;;) {
        if (c->begin == c->end)
            fill_batch(c);
        if (c->begin == c->end) {
            c->answering = false;
            watch(c, EPOLLIN);
            return;
        }
        ssize_t n = send(c->fd, c->batch + c->begin, c->end - c->begin, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN) {
            watch(c, EPOLLOUT);
            return;
        }
        if (n < 0) {
            forget(c);
            return;
        }
        c->begin += (size_t)n;
    }
}

static void answer(struct client *c, const char *path)
{
    if (!lash_bench_read_path(&c->answer, path)) {
        forget(c);
        return;
    }
    c->next = 0;
    c->answering = true;
    if (c->answer.every_ms > 0) {
        c->due = lash_clock_ms();
        return;
    }
    if (!c->batch && !(c->batch = malloc(BATCH)))
        die("malloc");
    pour(c);
}

static void tell_last_request(struct client *c)
{
    char text[128];
    char number[32];
    int len = snprintf(number, sizeof(number), "%zu\n", last_request);
    int n = snprintf(text, sizeof(text),
                     "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s",
                     len, number);
    if (send(c->fd, text, (size_t)n, MSG_NOSIGNAL) != n)
        forget(c);
}

/* Bytes of the request if it is there, its body included; else 0. */
static size_t whole(const struct client *c)
{
    const char *end = memmem(c->request, c->have, "\r\n\r\n", 4);
    const char *length = end ? strcasestr(c->request, "\r\ncontent-length:") : NULL;
    size_t body = length ? strtoul(length + strlen("\r\ncontent-length:"), NULL, 10) : 0;
    size_t all = end ? (size_t)(end + 4 - c->request) + body : 0;
    return c->have >= all ? all : 0;
}

static void receive(struct client *c)
{
    ssize_t n = recv(c->fd, c->request + c->have, sizeof(c->request) - 1 - c->have, 0);
    if (n <= 0) {
        if (n == 0 || errno != EAGAIN)
            forget(c);
        return;
    }
    c->have += (size_t)n;
    c->request[c->have] = '\0';
    size_t bytes = whole(c);
    if (bytes == 0)
        return;
    c->have = 0;
    if (strncmp(c->request, "POST ", 5) == 0) {
        last_request = bytes;
        answer(c, c->request + 5);
    } else {
        tell_last_request(c);
    }
}

static void welcome(int listener)
{
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        int on = 1;
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        struct client *c = fd < MAX_CLIENTS ? calloc(1, sizeof(*c)) : NULL;
        if (!c)
            die("too many clients");
        c->fd = fd;
        clients[fd] = c;
        top = fd >= top ? fd + 1 : top;
        struct epoll_event ev = {.events = EPOLLIN, .data.fd = fd};
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev) != 0)
            die("epoll_ctl");
    }
    if (errno != EAGAIN)
        die("accept");
}

/* Sends what is due; returns the milliseconds until something is, or -1. */
static int send_due(void)
{
    uint64_t now = lash_clock_ms();
    uint64_t nearest = 0;
    for (int fd = 0; fd < top; fd++) {
        struct client *c = clients[fd];
        if (!c || c->due == 0)
            continue;
        if (c->due <= now) {
            char piece[PIECE];
            size_t n = write_piece(c, piece);
            if (send(fd, piece, n, MSG_NOSIGNAL) != (ssize_t)n) {
                forget(c); /* it left, or does not read */
                continue;
            }
            c->answering = c->next < c->answer.chunks;
            c->due = c->answering ? c->due + c->answer.every_ms : 0;
        }
        if (c->due > 0 && (nearest == 0 || c->due < nearest))
            nearest = c->due;
    }
    if (nearest == 0)
        return -1;
    return nearest > now ? (int)(nearest - now) : 0;
}

static int listen_somewhere(void)
{
    struct sockaddr_in addr = {.sin_family = AF_INET};
    socklen_t len = sizeof(addr);
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) != 0 ||
        listen(fd, BACKLOG) != 0 || getsockname(fd, (struct sockaddr *)&addr, &len) != 0)
        die("cannot listen");
    (void)printf("%d\n", ntohs(addr.sin_port));
    (void)fflush(stdout);
    return fd;
}

int main(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    epoll = epoll_create1(EPOLL_CLOEXEC);
    int listener = listen_somewhere();
    const int watched[] = {listener, STDIN_FILENO};
    for (int i = 0; i < 2; i++) {
        struct epoll_event ev = {.events = EPOLLIN, .data.fd = watched[i]};
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, watched[i], &ev) != 0)
            die("epoll_ctl");
    }
    for (;;) {
        struct epoll_event ready[EVENTS];
        int n = epoll_wait(epoll, ready, EVENTS, send_due());
        for (int i = 0; i < n; i++) {
            int fd = ready[i].data.fd;
            if (fd == STDIN_FILENO)
                return EXIT_SUCCESS;
            if (fd == listener)
                welcome(listener);
            else if (clients[fd] && clients[fd]->answering && (ready[i].events & EPOLLOUT))
                pour(clients[fd]);
            else if (clients[fd])
                receive(clients[fd]);
        }
    }
}
