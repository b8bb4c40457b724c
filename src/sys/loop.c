/* loop.c - the one event loop of the process; see loop.h. */
#include "sys/loop.h"

#include <stdlib.h>
#include <uv.h>

struct lash_loop {
    uv_loop_t uv;
    uv_timer_t timer; /* bounds one poll */
    uv_async_t wake;
    struct lash_source *first, *last; /* marked */
    bool polling;
    bool over; /* the poll that waits is to end, whoever has news */
};

static void on_timer(uv_timer_t *timer)
{
    struct lash_loop *loop = timer->data;
    loop->over = true;
    uv_stop(timer->loop); /* timers also run before the wait, which would then have no end */
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
    loop->timer.data = loop->wake.data = loop;
    rc = uv_async_init(&loop->uv, &loop->wake, on_wake);
    if (rc != 0) {
        uv_close((uv_handle_t *)&loop->timer, NULL);
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
    uv_close((uv_handle_t *)&loop->wake, NULL);
    (void)uv_run(&loop->uv, UV_RUN_DEFAULT); /* runs the close callbacks */
    (void)uv_loop_close(&loop->uv);
    free(loop);
}

struct uv_loop_s *lash_loop_uv(struct lash_loop *loop)
{
    return &loop->uv;
}

enum lash_code lash_loop_poll(struct lash_loop *loop, int timeout_ms, struct lash_err *err)
{
    if (timeout_ms > 0) {
        uv_update_time(&loop->uv); /* the deadline counts from now, not from the last poll */
        int rc = uv_timer_start(&loop->timer, on_timer, (uint64_t)timeout_ms, 0);
        if (rc != 0)
            return lash_err_set(err, LASH_EIO, "event loop: %s", uv_strerror(rc));
    }
    bool wait = timeout_ms != 0 && !loop->first;
    loop->polling = true;
    loop->over = false;
    do { /* what was news to a machine may be none to its owner */
        (void)uv_run(&loop->uv, wait ? UV_RUN_ONCE : UV_RUN_NOWAIT);
    } while (wait && !loop->first && !loop->over);
    loop->polling = false;
    (void)uv_timer_stop(&loop->timer);
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

void lash_source_mark(struct lash_source *s)
{
    if (s->marked || !s->loop)
        return;
    s->marked = true;
    s->prev = s->loop->last;
    s->next = NULL;
    if (s->prev)
        s->prev->next = s;
    else
        s->loop->first = s;
    s->loop->last = s;
    if (s->loop->polling)
        uv_stop(&s->loop->uv); /* marked by a timer, which runs before the wait: do not wait */
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
}
