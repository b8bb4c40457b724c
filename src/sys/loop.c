/* loop.c - the one event loop of the process; see loop.h. */
#include "sys/loop.h"

#include <stdlib.h>
#include <uv.h>

#define SOON_MS 33 /* between two polls that end for news that can wait: as often as eyes see */

struct lash_loop {
    uv_loop_t uv;
    uv_timer_t timer; /* bounds one poll */
    uv_timer_t soon;  /* ends it when news has waited */
    uint64_t soon_at; /* when that is, on libuv's clock */
    uv_async_t wake;
    struct lash_source *first, *last; /* marked */
    bool urgent;                      /* one of them cannot wait */
    bool polling;
    bool over; /* the poll that waits is to end, whoever has news */
};

static void on_timer(uv_timer_t *timer)
{
    struct lash_loop *loop = timer->data;
    loop->over = true;
    uv_stop(timer->loop); /* timers also run before the wait, which would then have no end */
}

static void on_soon(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

static void on_wake(uv_async_t *wake)
{
    struct lash_loop *loop = wake->data;
    loop->over = true;
}

enum lash_code lash_loop_new(struct lash_loop **out, struct lash_err *err)
{
    struct lash_loop *loop = calloc(1, sizeof(*loop));
    if (!loop)
        return lash_err_set(err, LASH_ENOMEM, "out of memory");
    int rc = uv_loop_init(&loop->uv);
    if (rc != 0) {
        free(loop);
        return lash_err_set(err, LASH_EIO, "event loop: %s", uv_strerror(rc));
    }
    (void)uv_timer_init(&loop->uv, &loop->timer);
    (void)uv_timer_init(&loop->uv, &loop->soon);
    loop->timer.data = loop->wake.data = loop;
    rc = uv_async_init(&loop->uv, &loop->wake, on_wake);
    if (rc != 0) {
        uv_close((uv_handle_t *)&loop->timer, NULL);
        uv_close((uv_handle_t *)&loop->soon, NULL);
        (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
        (void)uv_loop_close(&loop->uv);
        free(loop);
        return lash_err_set(err, LASH_EIO, "event loop: %s", uv_strerror(rc));
    }
    *out = loop;
    return LASH_OK;
}

void lash_loop_free(struct lash_loop *loop)
{
    if (!loop)
        return;
    uv_close((uv_handle_t *)&loop->timer, NULL);
    uv_close((uv_handle_t *)&loop->soon, NULL);
    uv_close((uv_handle_t *)&loop->wake, NULL);
    (void)uv_run(&loop->uv, UV_RUN_DEFAULT); /* runs the close callbacks */
    (void)uv_loop_close(&loop->uv);
    free(loop);
}

struct uv_loop_s *lash_loop_uv(struct lash_loop *loop)
{
    return &loop->uv;
}

static bool has_news(const struct lash_loop *loop)
{
    return loop->urgent || (loop->first && uv_now(&loop->uv) >= loop->soon_at);
}

/* There is news that can wait. */
static void let_it_wait(struct lash_loop *loop)
{
    uint64_t now = uv_now(&loop->uv);
    if (now >= loop->soon_at)
        uv_stop(&loop->uv);
    else if (!uv_is_active((uv_handle_t *)&loop->soon))
        (void)uv_timer_start(&loop->soon, on_soon, loop->soon_at - now, 0);
}

enum lash_code lash_loop_poll(struct lash_loop *loop, int timeout_ms, struct lash_err *err)
{
    if (timeout_ms > 0) {
        uv_update_time(&loop->uv); /* the deadline counts from now, not from the last poll */
        int rc = uv_timer_start(&loop->timer, on_timer, (uint64_t)timeout_ms, 0);
        if (rc != 0)
            return lash_err_set(err, LASH_EIO, "event loop: %s", uv_strerror(rc));
    }
    bool wait = timeout_ms != 0 && !has_news(loop);
    if (wait && loop->first)
        let_it_wait(loop);
    loop->polling = true;
    loop->over = false;
    do { /* what was news to a machine may be none to its owner */
        (void)uv_run(&loop->uv, wait ? UV_RUN_ONCE : UV_RUN_NOWAIT);
    } while (wait && !has_news(loop) && !loop->over);
    loop->polling = false;
    (void)uv_timer_stop(&loop->timer);
    (void)uv_timer_stop(&loop->soon);
    if (loop->first)
        loop->soon_at = uv_now(&loop->uv) + SOON_MS;
    return LASH_OK;
}

uint64_t lash_loop_next(struct lash_loop *loop)
{
    struct lash_source *s = loop->first;
    if (!s)
        return 0;
    uint64_t id = s->id;
    lash_source_drop(s);
    return id;
}

void lash_loop_wake(struct lash_loop *loop)
{
    (void)uv_async_send(&loop->wake);
}

void lash_source_init(struct lash_source *s, struct lash_loop *loop)
{
    static uint64_t last_id;
    *s = (struct lash_source){.id = ++last_id, .loop = loop};
}

static void link_source(struct lash_source *s)
{
    s->marked = true;
    s->prev = s->loop->last;
    s->next = NULL;
    if (s->prev)
        s->prev->next = s;
    else
        s->loop->first = s;
    s->loop->last = s;
}

void lash_source_mark(struct lash_source *s)
{
    struct lash_loop *loop = s->loop;
    if (!loop)
        return;
    if (!s->marked)
        link_source(s);
    loop->urgent = true;
    if (loop->polling)
        uv_stop(&loop->uv); /* marked by a timer, which runs before the wait: do not wait */
}

void lash_source_mark_soon(struct lash_source *s)
{
    if (s->marked || !s->loop)
        return;
    link_source(s);
    if (s->loop->polling)
        let_it_wait(s->loop);
}

void lash_source_drop(struct lash_source *s)
{
    if (!s->marked)
        return;
    s->marked = false;
    if (s->prev)
        s->prev->next = s->next;
    else
        s->loop->first = s->next;
    if (s->next)
        s->next->prev = s->prev;
    else
        s->loop->last = s->prev;
    if (!s->loop->first)
        s->loop->urgent = false;
}
