/* serve.c - a loopback HTTP/1.1 server on the process' loop; see serve.h.
 *
 * libmicrohttpd runs without threads. Its epoll descriptor is watched by the
 * loop, which calls MHD_run; a connection that waits, for its owner or for
 * more of the answer, is suspended.
 *
 * An exchange has two holders: the connection, until on_over, and its owner:
 * the server until it is accepted, then the caller. The last one frees it. */
#include "sys/serve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "sys/dl.h"
#include "sys/exchange_impl.h"
#include "sys/open_files.h"

#define CONNECTION_MEMORY ((size_t)64 << 10)
#define BLOCK ((size_t)16 << 10) /* of an answer handed over at a time */
#define CONNECTIONS 4096
#define BACKLOG 1024
#define IDLE_SECONDS 300 /* a connection on which nothing moves */

static struct {
    __typeof__(MHD_start_daemon) *start_daemon;
    __typeof__(MHD_stop_daemon) *stop_daemon;
    __typeof__(MHD_get_daemon_info) *get_daemon_info;
    __typeof__(MHD_run) *run;
    __typeof__(MHD_get_timeout) *get_timeout;
    __typeof__(MHD_suspend_connection) *suspend;
    __typeof__(MHD_resume_connection) *resume;
    __typeof__(MHD_get_connection_info) *get_connection_info;
    __typeof__(MHD_get_connection_values) *get_values;
    __typeof__(MHD_create_response_from_callback) *response_new;
    __typeof__(MHD_add_response_header) *response_add;
    __typeof__(MHD_queue_response) *response_queue;
    __typeof__(MHD_destroy_response) *response_free;
} mhd;

static const struct lash_symbol symbols[] = {
    {"MHD_start_daemon", &mhd.start_daemon},
    {"MHD_stop_daemon", &mhd.stop_daemon},
    {"MHD_get_daemon_info", &mhd.get_daemon_info},
    {"MHD_run", &mhd.run},
    {"MHD_get_timeout", &mhd.get_timeout},
    {"MHD_suspend_connection", &mhd.suspend},
    {"MHD_resume_connection", &mhd.resume},
    {"MHD_get_connection_info", &mhd.get_connection_info},
    {"MHD_get_connection_values", &mhd.get_values},
    {"MHD_create_response_from_callback", &mhd.response_new},
    {"MHD_add_response_header", &mhd.response_add},
    {"MHD_queue_response", &mhd.response_queue},
    {"MHD_destroy_response", &mhd.response_free},
};

struct lash_server {
    struct lash_source source;
    struct MHD_Daemon *daemon; /* NULL once stopped */
    uint16_t port;
    unsigned limit, connections;
    bool one_gone; /* since libmicrohttpd ran */
    uv_poll_t poll;
    uv_timer_t timer;
    int handles;                             /* that libuv still knows */
    bool freed;                              /* by its owner */
    struct lash_exchange *exchanges;         /* that have a connection */
    struct lash_exchange *waiting, **to_end; /* to be accepted, oldest first */
};

static void on_timer(uv_timer_t *timer);

void lash_exchange_wake(struct lash_exchange *ex)
{
    if (!ex->suspended)
        return;
    ex->suspended = false;
    mhd.resume(ex->connection);
    /* The daemon's descriptor does not always show that it has work. */
    (void)uv_timer_start(&ex->server->timer, on_timer, 0, 0);
}

bool lash_exchange_left(const struct lash_exchange *ex)
{
    const union MHD_ConnectionInfo *info =
        mhd.get_connection_info(ex->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    char byte;
    ssize_t n = info ? recv(info->connect_fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) : 0;
    return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

static void suspend(struct lash_exchange *ex)
{
    ex->suspended = true;
    mhd.suspend(ex->connection);
}

/* ---- what libmicrohttpd calls ---- */

static void on_connection(void *ctx, struct MHD_Connection *connection, void **slot,
                          enum MHD_ConnectionNotificationCode what)
{
    (void)slot;
    struct lash_server *s = ctx;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        s->connections--;
        s->one_gone = true;
        return;
    }
    s->connections++;
    const union MHD_ConnectionInfo *info =
        mhd.get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (info)
        (void)lash_open_files_make_room(info->connect_fd);
}

/* The request line was read; the result stays with the request. */
static void *on_target(void *ctx, const char *target, struct MHD_Connection *connection)
{
    struct lash_server *s = ctx;
    struct lash_exchange *ex = calloc(1, sizeof(*ex));
    char *path = strdup(target);
    if (!ex || !path) {
        free(ex);
        free(path);
        return NULL;
    }
    lash_exchange_init(ex, s->source.loop, path);
    ex->server = s;
    ex->connection = connection;
    ex->next = s->exchanges;
    if (ex->next)
        ex->next->prev = ex;
    s->exchanges = ex;
    return ex;
}

/* The connection is done with the request, for whatever reason. */
static void on_over(void *ctx, struct MHD_Connection *connection, void **slot,
                    enum MHD_RequestTerminationCode why)
{
    (void)connection;
    (void)why;
    struct lash_server *s = ctx;
    struct lash_exchange *ex = *slot;
    *slot = NULL;
    if (!ex)
        return;
    if (ex->prev)
        ex->prev->next = ex->next;
    else
        s->exchanges = ex->next;
    if (ex->next)
        ex->next->prev = ex->prev;
    ex->connection = NULL;
    ex->suspended = false;
    if (ex->owned) {
        lash_source_mark(&ex->source);
        return;
    }
    for (struct lash_exchange **p = &s->waiting; *p; p = &(*p)->next_waiting) {
        if (*p == ex) {
            *p = ex->next_waiting;
            if (!*p)
                s->to_end = p;
            break;
        }
    }
    lash_exchange_destroy(ex);
}

static enum MHD_Result on_header(void *ctx, enum MHD_ValueKind kind, const char *name,
                                 const char *value)
{
    (void)kind;
    struct lash_exchange *ex = ctx;
    return lash_exchange_pack(&ex->headers, name, value ? value : "") == LASH_OK ? MHD_YES : MHD_NO;
}

/* More of the answer is wanted. */
static ssize_t on_read(void *ctx, uint64_t pos, char *dst, size_t max)
{
    (void)pos;
    struct lash_exchange *ex = ctx;
    size_t n = lash_exchange_unsent(ex);
    if (n > 0) {
        n = n < max ? n : max;
        memcpy(dst, ex->queue.ptr + ex->sent, n);
        ex->sent += n;
        if (lash_exchange_unsent(ex) == 0) {
            lash_buf_reset(&ex->queue);
            ex->sent = 0;
            lash_source_mark(&ex->source);
        }
        return (ssize_t)n;
    }
    if (ex->stage == LASH_FINISHED)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (ex->stage == LASH_ABORTED)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    suspend(ex);
    return 0;
}

/* Hands the answer over; what is all there already gets a length. When there is no
 * room for another connection, this one makes some. */
static enum MHD_Result answer(struct lash_exchange *ex)
{
    uint64_t size = ex->stage == LASH_FINISHED ? lash_exchange_unsent(ex) : MHD_SIZE_UNKNOWN;
    struct MHD_Response *response = mhd.response_new(size, BLOCK, on_read, ex, NULL);
    if (!response)
        return MHD_NO;
    enum MHD_Result ok = MHD_YES;
    struct lash_header h;
    for (size_t at = 0; ok == MHD_YES && lash_exchange_unpack(&ex->reply_headers, &at, &h);)
        ok = mhd.response_add(response, h.name, h.value);
    if (ok == MHD_YES && ex->server->connections >= ex->server->limit)
        ok = mhd.response_add(response, "Connection", "close");
    if (ok == MHD_YES)
        ok = mhd.response_queue(ex->connection, ex->status, response);
    mhd.response_free(response);
    return ok;
}

/* The whole request is here: offer it. */
static enum MHD_Result offer(struct lash_server *s, struct lash_exchange *ex)
{
    if (ex->too_big) {
        ex->status = 413;
        ex->stage = LASH_FINISHED;
        return answer(ex);
    }
    ex->stage = LASH_WAITING;
    *s->to_end = ex;
    s->to_end = &ex->next_waiting;
    lash_source_mark(&s->source);
    suspend(ex);
    return MHD_YES;
}

/* Called when the headers are read, for each piece of the body, at its end,
 * and again whenever the connection resumes before an answer was begun. MHD_NO
 * cuts the connection. */
static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **slot)
{
    (void)url;
    (void)version;
    struct lash_server *s = ctx;
    struct lash_exchange *ex = *slot;
    if (!ex)
        return MHD_NO; /* out of memory when it began */
    if (!ex->method) {
        ex->method = strdup(method);
        int n = mhd.get_values(connection, MHD_HEADER_KIND, NULL, NULL);
        bool all = mhd.get_values(connection, MHD_HEADER_KIND, on_header, ex) == n;
        return ex->method && all ? MHD_YES : MHD_NO;
    }
    if (*size > 0) {
        /* A body over the limit is read to its end, so that the client can be told. */
        enum lash_code code = ex->too_big ? LASH_OK : lash_buf_add(&ex->body, data, *size);
        if (code == LASH_ETOOBIG) {
            ex->too_big = true;
            lash_buf_free(&ex->body);
        } else if (code != LASH_OK) {
            return MHD_NO;
        }
        *size = 0;
        return MHD_YES;
    }
    switch (ex->stage) {
    case LASH_RECEIVING: return offer(s, ex);
    case LASH_WAITING: suspend(ex); return MHD_YES;
    case LASH_ANSWERING:
    case LASH_FINISHED: return answer(ex);
    case LASH_ABORTED: return ex->status != 0 ? answer(ex) : MHD_NO;
    }
    return MHD_NO;
}

/* ---- the loop ---- */

/* At its limit libmicrohttpd takes the listening socket out of its epoll, and puts
 * it back when it begins to run and there is room. It counts those that are gone
 * when it has run: with none left, nothing would make it run again. */
static void run(struct lash_server *s)
{
    do {
        s->one_gone = false;
        (void)mhd.run(s->daemon);
    } while (s->one_gone);
    MHD_UNSIGNED_LONG_LONG ms;
    if (mhd.get_timeout(s->daemon, &ms) == MHD_YES)
        (void)uv_timer_start(&s->timer, on_timer, ms, 0);
    else
        (void)uv_timer_stop(&s->timer);
}

static void on_timer(uv_timer_t *timer)
{
    run(timer->data);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    run(poll->data);
}

static void on_close(uv_handle_t *handle)
{
    struct lash_server *s = handle->data;
    s->handles--;
    if (s->handles == 0 && s->freed)
        free(s);
}

static enum lash_code watch(struct lash_server *s, struct lash_err *err)
{
    uv_loop_t *uv = lash_loop_uv(s->source.loop);
    const union MHD_DaemonInfo *info = mhd.get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    if (!info)
        return lash_err_set(err, LASH_ELIBRARY, "libmicrohttpd was built without epoll");
    int rc = uv_poll_init(uv, &s->poll, info->epoll_fd);
    if (rc == 0) {
        (void)uv_timer_init(uv, &s->timer);
        s->poll.data = s->timer.data = s;
        s->handles = 2;
        rc = uv_poll_start(&s->poll, UV_READABLE, on_poll);
    }
    if (rc != 0)
        return lash_err_set(err, LASH_EIO, "cannot watch the server: %s", uv_strerror(rc));
    return LASH_OK;
}

/* ---- the server ---- */

/* Returns a listening socket, or -1 and errno. */
static int listen_on(uint16_t *port)
{
    struct sockaddr_in addr = {
        .sin_family = AF_INET,
        .sin_port = htons(*port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    socklen_t len = sizeof(addr);
    int yes = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0 ||
        bind(fd, (struct sockaddr *)&addr, len) != 0 || listen(fd, BACKLOG) != 0 ||
        getsockname(fd, (struct sockaddr *)&addr, &len) != 0) {
        int saved = errno;
        (void)close(fd);
        errno = saved;
        return -1;
    }
    *port = ntohs(addr.sin_port);
    return fd;
}

enum lash_code lash_server_start(struct lash_server **out, struct lash_loop *loop, uint16_t port,
                                 unsigned connections, struct lash_err *err)
{
    static const char *const sonames[] = {"libmicrohttpd.so.12", NULL};
    if (!mhd.response_free) {
        enum lash_code code = lash_dl_open(sonames, symbols, sizeof(symbols) / sizeof(*symbols),
                                           "the HTTP server library", "libmicrohttpd12", err);
        if (code != LASH_OK)
            return code;
    }
    struct lash_server *s = calloc(1, sizeof(*s));
    if (!s)
        return lash_err_set(err, LASH_ENOMEM, "out of memory");
    lash_source_init(&s->source, loop);
    s->to_end = &s->waiting;
    s->port = port;
    unsigned long most = lash_open_files_most() / 2; /* clients may be of this process */
    s->limit = connections > 0 ? connections : most < CONNECTIONS ? (unsigned)most : CONNECTIONS;

    enum lash_code code = LASH_EIO;
    int fd = listen_on(&s->port);
    if (fd < 0) {
        (void)lash_err_set(err, code, "cannot listen on 127.0.0.1:%u: %s", port, strerror(errno));
        goto fail;
    }
    s->daemon = mhd.start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, s,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_URI_LOG_CALLBACK, on_target, s,
        MHD_OPTION_NOTIFY_COMPLETED, on_over, s, MHD_OPTION_NOTIFY_CONNECTION, on_connection, s,
        MHD_OPTION_CONNECTION_LIMIT, s->limit, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        CONNECTION_MEMORY, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS, MHD_OPTION_END);
    if (!s->daemon) {
        (void)lash_err_set(err, code, "cannot start the server: %s", strerror(errno));
        (void)close(fd); /* the daemon's own only once it has started */
        goto fail;
    }
    code = watch(s, err);
    if (code != LASH_OK)
        goto fail;
    *out = s;
    return LASH_OK;

fail:
    lash_server_free(s);
    return code;
}

uint16_t lash_server_port(const struct lash_server *s)
{
    return s->port;
}

const struct lash_source *lash_server_source(const struct lash_server *s)
{
    return &s->source;
}

struct lash_exchange *lash_server_accept(struct lash_server *s)
{
    struct lash_exchange *ex = s->waiting;
    if (!ex)
        return NULL;
    s->waiting = ex->next_waiting;
    if (!s->waiting)
        s->to_end = &s->waiting;
    ex->next_waiting = NULL;
    ex->owned = true;
    return ex;
}

void lash_server_stop(struct lash_server *s)
{
    if (!s->daemon)
        return;
    if (s->handles > 0) { /* before the daemon closes the descriptor they watch */
        uv_close((uv_handle_t *)&s->poll, on_close);
        uv_close((uv_handle_t *)&s->timer, on_close);
    }
    for (struct lash_exchange *ex = s->exchanges; ex; ex = ex->next) {
        if (ex->suspended)
            mhd.resume(ex->connection); /* a suspended one cannot be closed */
    }
    mhd.stop_daemon(s->daemon); /* calls on_over for each */
    s->daemon = NULL;
    lash_source_mark(&s->source);
}

void lash_server_free(struct lash_server *s)
{
    if (!s)
        return;
    lash_server_stop(s);
    lash_source_drop(&s->source);
    s->freed = true;
    if (s->handles == 0)
        free(s);
}
