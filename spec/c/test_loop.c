/* test_loop.c - a poll does not wait once there is news, nor beyond its time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include <uv.h>

#include "base/clock.h"
#include "sys/loop.h"

static void mark(uv_timer_t *timer)
{
    lash_source_mark(timer->data);
}

/* libuv runs timers before it waits, and computes the wait after them. */
static void test_news_from_a_timer(void **state)
{
    (void)state;
    struct lash_loop *loop;
    struct lash_err err;
    assert_int_equal(lash_loop_new(&loop, &err), LASH_OK);
    struct lash_source source;
    lash_source_init(&source, loop);
    uv_timer_t timer = {.data = &source};
    assert_int_equal(uv_timer_init(lash_loop_uv(loop), &timer), 0);
    assert_int_equal(uv_timer_start(&timer, mark, 0, 0), 0);

    uint64_t before = lash_clock_ms();
    assert_int_equal(lash_loop_poll(loop, 60000, &err), LASH_OK);
    assert_true(lash_clock_ms() - before < 30000);
    assert_int_equal(lash_loop_next(loop), source.id);

    uv_close((uv_handle_t *)&timer, NULL);
    lash_loop_free(loop);
}

/* The names are the linker's: --wrap. */
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming)
void __real_uv_update_time(uv_loop_t *loop);
void __wrap_uv_update_time(uv_loop_t *loop);

/* As on a busy machine: the process loses the processor right after. */
void __wrap_uv_update_time(uv_loop_t *loop)
{
    __real_uv_update_time(loop);
    uint64_t now = lash_clock_ms();
    while (lash_clock_ms() - now < 3)
        ;
}
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming)

/* A time that is over before the wait begins: the wait must not begin at all. */
static void test_time_over_before_the_wait(void **state)
{
    (void)state;
    struct lash_loop *loop;
    struct lash_err err;
    assert_int_equal(lash_loop_new(&loop, &err), LASH_OK);
    (void)alarm(10); /* it waited for ever */
    for (int i = 0; i < 3; i++)
        assert_int_equal(lash_loop_poll(loop, 1, &err), LASH_OK);
    (void)alarm(0);
    uint64_t before = lash_clock_ms();
    assert_int_equal(lash_loop_poll(loop, 20, &err), LASH_OK); /* the next one waits */
    assert_true(lash_clock_ms() - before >= 15);
    lash_loop_free(loop);
}

struct ticks {
    struct lash_source source;
    int left; /* until there is news */
};

static void tick(uv_timer_t *timer)
{
    struct ticks *t = timer->data;
    if (--t->left == 0)
        lash_source_mark(&t->source);
}

/* What happens inside a machine is its own affair: nobody is told. */
static void test_no_news(void **state)
{
    (void)state;
    struct lash_loop *loop;
    struct lash_err err;
    assert_int_equal(lash_loop_new(&loop, &err), LASH_OK);
    struct ticks ticks = {.left = 5};
    lash_source_init(&ticks.source, loop);
    uv_timer_t timer = {.data = &ticks};
    assert_int_equal(uv_timer_init(lash_loop_uv(loop), &timer), 0);
    assert_int_equal(uv_timer_start(&timer, tick, 1, 1), 0);

    assert_int_equal(lash_loop_poll(loop, -1, &err), LASH_OK);
    assert_int_equal(ticks.left, 0);
    assert_int_equal(lash_loop_next(loop), ticks.source.id);

    /* Nor does it put off the end of the time, */
    uint64_t before = lash_clock_ms();
    assert_int_equal(lash_loop_poll(loop, 30, &err), LASH_OK);
    assert_in_range(lash_clock_ms() - before, 25, 30000);
    /* or a wake, whenever that came. */
    lash_loop_wake(loop);
    assert_int_equal(lash_loop_poll(loop, -1, &err), LASH_OK);
    assert_int_equal(lash_loop_next(loop), 0);

    uv_close((uv_handle_t *)&timer, NULL);
    lash_loop_free(loop);
}

static void mark_soon(uv_timer_t *timer)
{
    lash_source_mark_soon(timer->data);
}

/* News that can wait is taken together with what comes right behind it, unless the
 * poll before was some time ago: then it is taken at once. */
static void test_news_that_can_wait(void **state)
{
    (void)state;
    struct lash_loop *loop;
    struct lash_err err;
    assert_int_equal(lash_loop_new(&loop, &err), LASH_OK);
    struct lash_source word;
    struct lash_source end;
    lash_source_init(&word, loop);
    lash_source_init(&end, loop);
    uv_timer_t first = {.data = &word};
    uv_timer_t second = {.data = &end};
    assert_int_equal(uv_timer_init(lash_loop_uv(loop), &first), 0);
    assert_int_equal(uv_timer_init(lash_loop_uv(loop), &second), 0);

    /* Alone it comes, whether there was a poll before or not. */
    for (int i = 0; i < 3; i++) {
        assert_int_equal(uv_timer_start(&first, mark_soon, 0, 0), 0);
        assert_int_equal(lash_loop_poll(loop, -1, &err), LASH_OK);
        assert_int_equal(lash_loop_next(loop), word.id);
        assert_int_equal(lash_loop_next(loop), 0);
    }
    /* On a busy machine the two may come apart, but not always. */
    bool together = false;
    for (int i = 0; i < 1000 && !together; i++) {
        assert_int_equal(uv_timer_start(&first, mark_soon, 0, 0), 0);
        assert_int_equal(uv_timer_start(&second, mark, 1, 0), 0);
        assert_int_equal(lash_loop_poll(loop, -1, &err), LASH_OK);
        assert_int_equal(lash_loop_next(loop), word.id);
        together = lash_loop_next(loop) == end.id;
        if (!together) {
            assert_int_equal(lash_loop_poll(loop, -1, &err), LASH_OK);
            assert_int_equal(lash_loop_next(loop), end.id);
        }
    }
    assert_true(together);
    /* Marked between two polls, and what cannot wait any more after all. */
    lash_source_mark_soon(&word);
    assert_int_equal(lash_loop_poll(loop, -1, &err), LASH_OK);
    assert_int_equal(lash_loop_next(loop), word.id);
    lash_source_mark_soon(&word);
    lash_source_mark(&word);
    assert_int_equal(lash_loop_poll(loop, -1, &err), LASH_OK);
    assert_int_equal(lash_loop_next(loop), word.id);
    assert_int_equal(lash_loop_next(loop), 0);

    uv_close((uv_handle_t *)&first, NULL);
    uv_close((uv_handle_t *)&second, NULL);
    lash_loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_news_from_a_timer),
        cmocka_unit_test(test_time_over_before_the_wait),
        cmocka_unit_test(test_no_news),
        cmocka_unit_test(test_news_that_can_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
