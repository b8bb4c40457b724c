/* paced_server.c - a model that answers many clients in paced pieces.
 *
 * usage: paced_server CHUNKS EVERY_MS
 *
 * Any request that has a body is answered by a stream of CHUNKS events in the
 * shape of DashScope, each in an HTTP chunk and a write of its own, EVERY_MS
 * apart from when the request came: so the streams keep the phases in which they
 * began. Standard output tells the port; the end of standard input ends it. */
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

#include "base/clock.h"

#define MAX_CHUNKS 10000
#define MAX_CLIENTS 20000
#define MAX_REQUEST 16384
#define MAX_PIECE 1024
#define BACKLOG 4096
#define EVENTS 256

struct piece {
    char bytes[MAX_PIECE];
    size_t len;
};

struct client {
    int fd;
    char request[MAX_REQUEST];
    size_t have;
    size_t next;  /* piece */
    uint64_t due; /* when it goes out; 0: nothing is being answered */
};

static struct piece *pieces;
static size_t piece_count;
static uint64_t every_ms;
static struct client *clients[MAX_CLIENTS]; /* by descriptor */
static int top;                             /* above all descriptors */
static int epoll;

_Noreturn static void die(const char *what)
{
    (void)fprintf(stderr, "paced_server: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

/* One HTTP chunk with one event; behind the last one the end of the stream. */
static void make_piece(size_t i)
{
    static const char head[] = "HTTP/1.1 200 OK\r\n"
                               "Content-Type: text/event-stream;charset=UTF-8\r\n"
                               "X-Request-Id: 00000000-0000-4000-8000-000000000001\r\n"
                               "Transfer-Encoding: chunked\r\n\r\n";
    static const char tail[] = "e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n";
    static const char usage[] =
        "{\"prompt_tokens\":21,\"completion_tokens\":97,\"total_tokens\":118,"
        "\"prompt_tokens_details\":{\"cached_tokens\":0}}";
    static const char rest[] = "\"created\":1770000000,\"system_fingerprint\":null,"
                               "\"model\":\"qwen3-max\","
                               "\"id\":\"chatcmpl-00000000-0000-4000-8000-000000000001\"}";
    char word[32] = "";
    char choice[256] = "";
    char event[MAX_PIECE];
    bool last = i + 1 == piece_count;
    if (i > 0 && i + 2 < piece_count)
        (void)snprintf(word, sizeof(word), "word%02zu ", i % 100);
    if (!last)
        (void)snprintf(choice, sizeof(choice),
                       "{\"delta\":{\"content\":\"%s\"%s},\"index\":0,\"logprobs\":null,"
                       "\"finish_reason\":%s}",
                       word, i == 0 ? ",\"role\":\"assistant\"" : "",
                       i + 2 == piece_count ? "\"stop\"" : "null");
    int n = snprintf(event, sizeof(event),
                     "data: {\"choices\":[%s],\"object\":\"chat.completion.chunk\","
                     "\"usage\":%s,%s\n\n",
                     choice, last ? usage : "null", rest);
    n = snprintf(pieces[i].bytes, MAX_PIECE, "%s%x\r\n%s\r\n%s", i == 0 ? head : "", (unsigned)n,
                 event, last ? tail : "");
    pieces[i].len = (size_t)n;
}

static void forget(struct client *c)
{
    clients[c->fd] = NULL;
    (void)close(c->fd);
    free(c);
}

/* Is the request there, its body included? */
static bool is_whole(const struct client *c)
{
    const char *end = memmem(c->request, c->have, "\r\n\r\n", 4);
    const char *length = end ? strcasestr(c->request, "\r\ncontent-length:") : NULL;
    size_t body = length ? strtoul(length + strlen("\r\ncontent-length:"), NULL, 10) : 0;
    return end && c->have >= (size_t)(end + 4 - c->request) + body;
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
    if (!is_whole(c))
        return;
    c->have = c->next = 0;
    c->due = lash_clock_ms();
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
            const struct piece *p = &pieces[c->next++];
            if (send(fd, p->bytes, p->len, MSG_NOSIGNAL) != (ssize_t)p->len) {
                forget(c); /* it left, or does not read */
                continue;
            }
            c->due = c->next < piece_count ? c->due + every_ms : 0;
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

int main(int argc, char **argv)
{
    if (argc != 3)
        die("usage: paced_server CHUNKS EVERY_MS");
    piece_count = strtoul(argv[1], NULL, 10);
    every_ms = strtoul(argv[2], NULL, 10);
    pieces =
        piece_count >= 3 && piece_count <= MAX_CHUNKS ? calloc(piece_count, sizeof(*pieces)) : NULL;
    if (!pieces)
        die("CHUNKS");
    for (size_t i = 0; i < piece_count; i++)
        make_piece(i);

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
            else if (clients[fd])
                receive(clients[fd]);
        }
    }
}
