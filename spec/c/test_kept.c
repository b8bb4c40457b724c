/* test_kept.c - connections that may be kept: what comes there is no answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sys/kept.h"

struct pair {
    int ours, theirs;
    int own_port, peer_port;
};

static int port_of(int (*name)(int, struct sockaddr *restrict, socklen_t *restrict), int fd)
{
    struct sockaddr_in address = {0};
    socklen_t size = sizeof(address);
    assert_int_equal(name(fd, (struct sockaddr *)&address, &size), 0);
    return ntohs(address.sin_port);
}

static struct pair connect_pair(struct lash_kept *kept)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    struct pair p = {.ours = socket(AF_INET, SOCK_STREAM, 0)};
    assert_int_equal(connect(p.ours, (struct sockaddr *)&address, size), 0);
    p.theirs = accept(listener, NULL, NULL);
    assert_true(p.theirs >= 0);
    (void)close(listener);
    p.own_port = port_of(getsockname, p.ours);
    p.peer_port = port_of(getpeername, p.ours);
    assert_int_equal(lash_kept_add(kept, p.ours), LASH_OK);
    return p;
}

static bool is_spoilt(const struct lash_kept *kept, struct pair p)
{
    return lash_kept_is_spoilt(kept, p.own_port, p.peer_port);
}

static void test_is_spoilt(void **state)
{
    (void)state;
    struct lash_kept kept = {0};
    assert_false(lash_kept_is_spoilt(&kept, 1, 2));
    struct pair pairs[6]; /* more than there is room for at first */
    for (size_t i = 0; i < 6; i++)
        pairs[i] = connect_pair(&kept);
    for (size_t i = 0; i < 6; i++)
        assert_false(is_spoilt(&kept, pairs[i]));

    assert_int_equal(send(pairs[4].theirs, "late", 4, 0), 4);
    (void)shutdown(pairs[2].theirs, SHUT_WR);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(is_spoilt(&kept, pairs[i]), i == 4 || i == 2);
    assert_true(is_spoilt(&kept, pairs[4])); /* to look takes nothing away */
    assert_false(lash_kept_is_spoilt(&kept, pairs[4].own_port, 1));
    assert_false(lash_kept_is_spoilt(&kept, 1, pairs[4].peer_port));

    lash_kept_remove(&kept, pairs[4].ours);
    lash_kept_remove(&kept, pairs[4].ours);
    assert_int_equal(kept.n, 5);
    assert_false(is_spoilt(&kept, pairs[4]));
    for (size_t i = 0; i < 6; i++) {
        (void)close(pairs[i].ours);
        (void)close(pairs[i].theirs);
    }
    lash_kept_free(&kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is_spoilt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
