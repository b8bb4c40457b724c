/* test_serve.c - the server's life: every order of ending, every kind of end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sys/serve.h"

#define STEPS 1000 /* polls until a test gives up */

static struct lash_loop *loop;
static struct lash_server *server;
static struct lash_err err;

static int set_up(void **state)
{
    (void)state;
    assert_int_equal(lash_loop_new(&loop, &err), LASH_OK);
    assert_int_equal(lash_server_start(&server, loop, 0, 0, &err), LASH_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    lash_server_free(server);
    lash_loop_free(loop);
    return 0;
}

/* A connection that has sent these bytes. */
static int client(const char *bytes)
{
    struct sockaddr_in addr = {
        .sin_family = AF_INET,
        .sin_port = htons(lash_server_port(server)),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
    assert_int_equal(send(fd, bytes, strlen(bytes), 0), strlen(bytes));
    return fd;
}

static void step(void)
{
    assert_int_equal(lash_loop_poll(loop, 10, &err), LASH_OK);
    while (lash_loop_next(loop))
        ;
}

static struct lash_exchange *accept_one(void)
{
    struct lash_exchange *ex = NULL;
    for (int i = 0; !ex && i < STEPS; i++) {
        step();
        ex = lash_server_accept(server);
    }
    assert_non_null(ex);
    return ex;
}

/* All the server sends until it closes the connection. */
static char *read_all(int fd)
{
    static char text[1 << 16];
    size_t len = 0;
    for (int i = 0; i < STEPS; i++) {
        step();
        ssize_t n = recv(fd, text + len, sizeof(text) - 1 - len, MSG_DONTWAIT);
        if (n == 0)
            break;
        len += n > 0 ? (size_t)n : 0;
    }
    text[len] = '\0';
    (void)close(fd);
    return text;
}

static void start(struct lash_exchange *ex)
{
    const struct lash_header header = {"X-Test", "yes"};
    assert_int_equal(lash_exchange_start(ex, 200, &header, 1, &err), LASH_OK);
}

static void put(struct lash_exchange *ex, const char *s)
{
    size_t queued;
    assert_int_equal(lash_exchange_write(ex, s, strlen(s), &queued, &err), LASH_OK);
    assert_int_equal(queued, strlen(s));
}

#define GET "GET /a%20b?c=d&e HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-One: 1\r\n\r\n"

static void test_request(void **state)
{
    (void)state;
    int fd = client("POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nX-One: 1\r\n\r\nb\ndy");
    struct lash_exchange *ex = accept_one();
    size_t len;
    assert_string_equal(lash_exchange_method(ex), "POST");
    assert_string_equal(lash_exchange_path(ex), "/p");
    assert_string_equal(lash_exchange_query(ex), "");
    assert_string_equal(lash_exchange_body(ex, &len), "b\ndy");
    assert_int_equal(len, 4);
    assert_string_equal(lash_exchange_header(ex, "x-one"), "1");
    assert_null(lash_exchange_header(ex, "x-two"));
    struct lash_header h;
    assert_true(lash_exchange_header_at(ex, 2, &h));
    assert_string_equal(h.name, "X-One");
    assert_false(lash_exchange_header_at(ex, 3, &h));
    lash_exchange_free(ex);
    (void)close(fd);

    fd = client(GET);
    ex = accept_one();
    assert_string_equal(lash_exchange_path(ex), "/a%20b");
    assert_string_equal(lash_exchange_query(ex), "c=d&e");
    lash_exchange_free(ex);
    (void)close(fd);
}

static void test_whole_answer_has_a_length(void **state)
{
    (void)state;
    int fd = client(GET);
    struct lash_exchange *ex = accept_one();
    start(ex);
    put(ex, "hello");
    assert_int_equal(lash_exchange_finish(ex, &err), LASH_OK);
    lash_exchange_free(ex); /* a finished answer is still sent */
    const char *text = read_all(fd);
    assert_non_null(strstr(text, "Content-Length: 5\r\n"));
    assert_non_null(strstr(text, "X-Test: yes\r\n"));
    assert_non_null(strstr(text, "\r\n\r\nhello"));
}

static void test_stream(void **state)
{
    (void)state;
    int fd = client(GET);
    struct lash_exchange *ex = accept_one();
    start(ex);
    put(ex, "one");
    step();
    put(ex, "two"); /* the queue was empty: 'one' has gone */
    step();
    assert_int_equal(lash_exchange_finish(ex, &err), LASH_OK);
    const char *text = read_all(fd);
    assert_non_null(strstr(text, "Transfer-Encoding: chunked\r\n"));
    assert_non_null(strstr(text, "\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"));
    assert_true(lash_exchange_gone(ex));
    lash_exchange_free(ex);
}

static void test_cut(void **state)
{
    (void)state;
    int fd = client(GET);
    struct lash_exchange *ex = accept_one();
    lash_exchange_abort(ex); /* before anything was sent */
    assert_string_equal(read_all(fd), "");
    lash_exchange_free(ex);

    fd = client(GET);
    ex = accept_one();
    start(ex);
    put(ex, "half");
    lash_exchange_free(ex); /* not finished: cut after what was written */
    const char *text = read_all(fd);
    assert_non_null(strstr(text, "4\r\nhalf\r\n"));
    assert_null(strstr(text, "\r\n0\r\n"));
}

static void test_client_leaves(void **state)
{
    (void)state;
    int fd = client(GET);
    struct lash_exchange *ex = accept_one();
    assert_false(lash_exchange_gone(ex));
    (void)close(fd);
    for (int i = 0; i < STEPS && !lash_exchange_gone(ex); i++)
        step();
    assert_true(lash_exchange_gone(ex)); /* though nothing was sent that could fail */
    lash_exchange_free(ex);
}

static void test_wrong_order(void **state)
{
    (void)state;
    int fd = client(GET);
    struct lash_exchange *ex = accept_one();
    size_t queued;
    assert_int_equal(lash_exchange_write(ex, "x", 1, &queued, &err), LASH_EUSAGE);
    assert_int_equal(lash_exchange_finish(ex, &err), LASH_EUSAGE);
    static const struct lash_header bad[] = {{"a b", "x"}, {"", "x"}, {"a", "x\r\nb: y"}};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_int_equal(lash_exchange_start(ex, 200, &bad[i], 1, &err), LASH_EUSAGE);
    assert_int_equal(lash_exchange_start(ex, 99, NULL, 0, &err), LASH_EUSAGE);
    start(ex);
    assert_int_equal(lash_exchange_start(ex, 200, NULL, 0, &err), LASH_EUSAGE);
    assert_int_equal(lash_exchange_finish(ex, &err), LASH_OK);
    assert_int_equal(lash_exchange_write(ex, "x", 1, &queued, &err), LASH_EUSAGE);
    (void)read_all(fd);
    assert_int_equal(lash_exchange_finish(ex, &err), LASH_ECLOSED);
    lash_exchange_free(ex);
}

static void test_bounds(void **state)
{
    (void)state;
    int fd = client(GET);
    struct lash_exchange *ex = accept_one();
    start(ex);
    size_t queued = 0;
    size_t total = 0;
    char *block = calloc(1, 1 << 20);
    enum lash_code code;
    while ((code = lash_exchange_write(ex, block, 1 << 20, &queued, &err)) == LASH_OK)
        total += 1 << 20;
    assert_int_equal(code, LASH_ETOOBIG);
    assert_int_equal(queued, total);
    lash_exchange_free(ex);
    (void)close(fd);

    fd = client(
        "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 68157440\r\n\r\n");
    for (size_t sent = 0; sent < 68157440;) {
        ssize_t n = send(fd, block, 1 << 20, MSG_DONTWAIT);
        sent += n > 0 ? (size_t)n : 0;
        step();
    }
    free(block);
    assert_non_null(strstr(read_all(fd), "HTTP/1.1 413 "));
    assert_null(lash_server_accept(server));
}

static void test_port_in_use(void **state)
{
    (void)state;
    struct lash_server *second = NULL;
    assert_int_equal(lash_server_start(&second, loop, lash_server_port(server), 0, &err), LASH_EIO);
    assert_non_null(strstr(err.msg, "Address already in use"));
    assert_null(second);
}

/* Each step of the start fails once for want of a descriptor; none is lost. */
static void test_no_descriptors(void **state)
{
    (void)state;
    struct rlimit old;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    int lowest = dup(0);
    (void)close(lowest);
    struct lash_server *second = NULL;
    enum lash_code code = LASH_EIO;
    for (rlim_t room = 0; code != LASH_OK && room < 20; room++) {
        struct rlimit tight = {(rlim_t)lowest + room, old.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
        code = lash_server_start(&second, loop, 0, 0, &err);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
        if (code != LASH_OK) {
            step();
            int now = dup(0);
            (void)close(now);
            assert_int_equal(now, lowest);
        }
    }
    assert_int_equal(code, LASH_OK);
    lash_server_free(second);
}

/* Clients that come when there are as many as may be are answered, too, also when
 * all the others go at once, or none of them does. */
static void test_more_clients_than_the_limit(void **state)
{
    (void)state;
    enum { LIMIT = 4, CLIENTS = 3 * LIMIT };
    static const char *const requests[] = {GET, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"};
    for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++) {
        lash_server_free(server);
        assert_int_equal(lash_server_start(&server, loop, 0, LIMIT, &err), LASH_OK);
        int fds[CLIENTS];
        for (int n = 0; n < CLIENTS; n++)
            fds[n] = client(requests[i]);
        for (int n = 0; n < CLIENTS; n += LIMIT) {
            struct lash_exchange *open[LIMIT];
            for (int k = 0; k < LIMIT; k++)
                open[k] = accept_one();
            step();
            assert_null(lash_server_accept(server));
            for (int k = 0; k < LIMIT; k++) {
                start(open[k]);
                assert_int_equal(lash_exchange_finish(open[k], &err), LASH_OK);
                lash_exchange_free(open[k]);
            }
        }
        for (int n = 0; n < CLIENTS; n++)
            assert_non_null(strstr(read_all(fds[n]), "HTTP/1.1 200 "));
    }
}

/* The server ends first, in every stage an exchange can be in. */
static void test_stop_with_open_exchanges(void **state)
{
    (void)state;
    int fds[4];
    struct lash_exchange *open[3];
    for (int i = 0; i < 3; i++) {
        fds[i] = client(GET);
        open[i] = accept_one();
    }
    fds[3] = client(GET);
    step(); /* waits, not accepted */
    start(open[1]);
    start(open[2]);
    put(open[2], "x");
    step();
    lash_server_stop(server);
    assert_int_equal(lash_loop_next(loop) != 0, 1);
    for (int i = 0; i < 3; i++) {
        assert_true(lash_exchange_gone(open[i]));
        size_t queued;
        assert_int_equal(lash_exchange_write(open[i], "x", 1, &queued, &err), LASH_ECLOSED);
        lash_exchange_abort(open[i]);
    }
    assert_null(lash_server_accept(server));
    lash_server_stop(server); /* twice is fine */
    lash_server_free(server);
    server = NULL;
    for (int i = 0; i < 3; i++)
        lash_exchange_free(open[i]);
    for (int i = 0; i < 4; i++)
        (void)close(fds[i]);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_request),
        TEST(test_whole_answer_has_a_length),
        TEST(test_stream),
        TEST(test_cut),
        TEST(test_client_leaves),
        TEST(test_wrong_order),
        TEST(test_bounds),
        TEST(test_port_in_use),
        TEST(test_no_descriptors),
        TEST(test_more_clients_than_the_limit),
        TEST(test_stop_with_open_exchanges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
