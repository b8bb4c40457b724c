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

#include "sys/http.h"

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

/* Answers one request with two pieces and leaves it unfinished. */
static pid_t start_server(uint16_t *port)
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
        static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\none";
        char request[4096];
        int client = accept(fd, NULL, NULL);
        bool ok = read(client, request, sizeof(request)) > 0 &&
                  write(client, head, sizeof(head) - 1) > 0 && usleep(100000) == 0 &&
                  write(client, "two", 3) > 0;
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

/* libcurl keeps what came during the pause, and drops the failure that it meets
 * when it hands that out. */
static void test_failure_while_resuming(void **state)
{
    (void)state;
    static const struct lash_http_events events = {on_head, on_body, on_done};
    uint16_t port;
    pid_t child = start_server(&port);
    struct lash_loop *loop;
    struct lash_http *http;
    struct lash_err err;
    struct owner owner = {0};
    assert_int_equal(lash_loop_new(&loop, &err), LASH_OK);
    assert_int_equal(lash_http_new(&http, loop, &err), LASH_OK);
    char url[64];
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/", port);
    struct lash_http_request req = {.url = url, .proxy = ""};
    assert_int_equal(lash_transfer_start(&owner.transfer, http, &req, &events, &owner, &err),
                     LASH_OK);
    poll_until(loop, &owner.done, 10); /* the second piece is held back */
    assert_int_equal(owner.bodies, 1);

    lash_transfer_resume(owner.transfer);
    poll_until(loop, &owner.done, 10);
    assert_int_equal(owner.bodies, 2);
    assert_true(owner.done);
    assert_int_equal(owner.code, LASH_ETOOBIG);

    lash_transfer_free(owner.transfer);
    lash_http_free(http);
    lash_loop_free(loop);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_failure_while_resuming),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
