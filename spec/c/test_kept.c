/* test_kept.c - connections that wait for a request: what comes there is no answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/socket.h>
#include <unistd.h>

#include "sys/kept.h"

struct pair {
    int ours, theirs;
};

static struct pair connect_pair(struct lash_kept *kept)
{
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    assert_int_equal(lash_kept_add(kept, fds[0]), LASH_OK);
    return (struct pair){fds[0], fds[1]};
}

static void close_pair(struct pair *p)
{
    (void)close(p->ours);
    (void)close(p->theirs);
}

static void test_spoilt(void **state)
{
    (void)state;
    struct lash_kept kept = {0};
    struct pair a = connect_pair(&kept);
    struct pair b = connect_pair(&kept);
    char byte = 0;
    assert_false(lash_kept_spoilt(&kept));

    assert_int_equal(write(a.theirs, "x", 1), 1);
    assert_false(lash_kept_spoilt(&kept)); /* it is in use: that is its answer */
    assert_int_equal(read(a.ours, &byte, 1), 1);

    lash_kept_use(&kept, a.ours, false);
    lash_kept_use(&kept, a.ours, false);
    lash_kept_use(&kept, b.ours, false);
    assert_int_equal(kept.waiting, 2);
    assert_false(lash_kept_spoilt(&kept));

    assert_int_equal(write(a.theirs, "late", 4), 4);
    assert_true(lash_kept_spoilt(&kept));
    assert_int_equal(read(a.ours, &byte, 1), 0);  /* shut down, and empty */
    assert_false(lash_kept_spoilt(&kept));        /* once */
    assert_int_equal(write(b.theirs, "y", 1), 1); /* the other one was left alone */
    lash_kept_use(&kept, b.ours, true);
    assert_false(lash_kept_spoilt(&kept));
    assert_int_equal(read(b.ours, &byte, 1), 1);
    lash_kept_use(&kept, b.ours, false);

    (void)shutdown(b.theirs, SHUT_WR);
    assert_false(lash_kept_spoilt(&kept)); /* closed: nothing has come */

    lash_kept_remove(&kept, a.ours);
    lash_kept_remove(&kept, a.ours);
    lash_kept_remove(&kept, b.ours);
    assert_int_equal(kept.waiting, 0);
    close_pair(&a);
    close_pair(&b);
    lash_kept_free(&kept);
}

static void test_unknown(void **state)
{
    (void)state;
    struct lash_kept kept = {0};
    lash_kept_use(&kept, 5, false);
    lash_kept_remove(&kept, 5);
    lash_kept_use(&kept, -1, false);
    assert_false(lash_kept_spoilt(&kept));
    struct pair p = connect_pair(&kept);
    lash_kept_use(&kept, p.theirs, false); /* not one of ours */
    lash_kept_use(&kept, 1000000, false);
    assert_int_equal(kept.waiting, 0);
    close_pair(&p);
    lash_kept_free(&kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spoilt),
        cmocka_unit_test(test_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
