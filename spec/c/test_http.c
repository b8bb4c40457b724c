/* test_http.c - what the owner of a transfer may do inside its callbacks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "sys/http.h"

/* The linker puts these in the place of libuv's (see CMakeLists.txt). */
static bool unwatched;

// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming)
int __real_uv_poll_init(uv_loop_t *loop, uv_poll_t *handle, int fd);
int __wrap_uv_poll_init(uv_loop_t *loop, uv_poll_t *handle, int fd);

int __wrap_uv_poll_init(uv_loop_t *loop, uv_poll_t *handle, int fd)
{
    return unwatched ? UV_ENOSPC : __real_uv_poll_init(loop, handle, fd);
}
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming)

struct owner {
    struct lash_transfer *transfer;
    int bodies; /* calls of on_body */
    bool done;
    enum lash_code code;
};

static void on_head(void *ctx, struct lash_transfer *t)
{
    (void)ctx;
    (void)t;
}

/* Pauses at the first piece, and fails at the next. */
static enum lash_code on_body(void *ctx, const char *bytes, size_t n)
{
    (void)bytes;
    (void)n;
    struct owner *o = ctx;
    if (o->bodies++ > 0)
        return LASH_ETOOBIG;
    lash_transfer_pause(o->transfer);
    return LASH_OK;
}

static void on_done(void *ctx, const struct lash_err *err)
{
    struct owner *o = ctx;
    o->done = true;
    o->code = err ? err->code : LASH_OK;
}

/* Answers one request with a piece, and with another one later unless that is
 * empty; it stays unfinished. */
static pid_t start_server(uint16_t *port, const char *first, const char *second)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(addr);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&addr, len), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&addr, &len), 0);
    *port = ntohs(addr.sin_port);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        char request[4096];
        int client = accept(fd, NULL, NULL);
        bool ok = read(client, request, sizeof(request)) > 0 &&
                  write(client, first, strlen(first)) > 0 && (!second[0] || usleep(100000) == 0) &&
                  write(client, second, strlen(second)) >= 0;
        (void)pause();
        _exit(ok ? 0 : 1);
    }
    (void)close(fd);
    return child;
}

static void poll_until(struct lash_loop *loop, const bool *what, int times)
{
    struct lash_err err;
    while (times-- > 0 && !*what)
        assert_int_equal(lash_loop_poll(loop, 50, &err), LASH_OK);
}

struct fixture {
    pid_t server;
    struct lash_loop *loop;
    struct lash_http *http;
    struct lash_err err;
    struct owner owner;
    char url[64];
};

static void setup(struct fixture *f, const char *first, const char *second)
{
    *f = (struct fixture){0};
    uint16_t port;
    f->server = start_server(&port, first, second);
    assert_int_equal(lash_loop_new(&f->loop, &f->err), LASH_OK);
    assert_int_equal(lash_http_new(&f->http, f->loop, &f->err), LASH_OK);
    (void)snprintf(f->url, sizeof(f->url), "http://127.0.0.1:%u/", port);
}

static void teardown(struct fixture *f)
{
    lash_transfer_free(f->owner.transfer);
    lash_http_free(f->http);
    lash_loop_free(f->loop);
    assert_int_equal(kill(f->server, SIGKILL), 0);
    assert_int_equal(waitpid(f->server, NULL, 0), f->server);
}

/* libcurl keeps what came during the pause, and drops the failure that it meets
 * when it hands that out. */
static void test_failure_while_resuming(void **state)
{
    (void)state;
    static const struct lash_http_events events = {on_head, on_body, on_done};
    struct fixture f;
    setup(&f, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\none", "two");
    struct lash_http_request req = {.url = f.url, .proxy = ""};
    assert_int_equal(
        lash_transfer_start(&f.owner.transfer, f.http, &req, &events, &f.owner, &f.err), LASH_OK);
    poll_until(f.loop, &f.owner.done, 10); /* the second piece is held back */
    assert_int_equal(f.owner.bodies, 1);

    lash_transfer_resume(f.owner.transfer);
    poll_until(f.loop, &f.owner.done, 10);
    assert_int_equal(f.owner.bodies, 2);
    assert_true(f.owner.done);
    assert_int_equal(f.owner.code, LASH_ETOOBIG);
    teardown(&f);
}

static void hurry(void *ctx, struct lash_transfer *t)
{
    (void)ctx;
    lash_transfer_limit_silence(t, 20);
}

/* Who knows from the head that the body matters little need not wait for it as
 * long as for an answer. */
static void test_silence_after_the_head(void **state)
{
    (void)state;
    static const struct lash_http_events events = {hurry, on_body, on_done};
    struct fixture f;
    setup(&f, "HTTP/1.1 503 X\r\nContent-Length: 100\r\n\r\n", "");
    struct lash_http_request req = {.url = f.url, .proxy = "", .first_byte_ms = 60000};
    assert_int_equal(
        lash_transfer_start(&f.owner.transfer, f.http, &req, &events, &f.owner, &f.err), LASH_OK);
    poll_until(f.loop, &f.owner.done, 100);
    assert_true(f.owner.done);
    assert_int_equal(f.owner.code, LASH_ESTALL);
    assert_int_equal(lash_transfer_status(f.owner.transfer), 503);
    teardown(&f);
}

/* libcurl would keep all transfers waiting, had it been told of the error. */
static void test_socket_that_cannot_be_watched(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "");
    const struct lash_http_events events = {on_head, on_body, on_done};
    const struct lash_http_request req = {.url = f.url, .proxy = ""};
    unwatched = true;
    assert_int_equal(
        lash_transfer_start(&f.owner.transfer, f.http, &req, &events, &f.owner, &f.err), LASH_OK);
    poll_until(f.loop, &f.owner.done, 100);
    unwatched = false;
    assert_true(f.owner.done);
    assert_int_equal(f.owner.code, LASH_EIO);
    teardown(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_failure_while_resuming),
        cmocka_unit_test(test_silence_after_the_head),
        cmocka_unit_test(test_socket_that_cannot_be_watched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
