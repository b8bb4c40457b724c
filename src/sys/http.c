/* http.c - connections: libcurl's multi handle on the event loop; see http.h.
 *
 * Order of work: libuv says that a socket is ready or that libcurl's timer is
 * due; curl_multi_socket_action reads and runs the callbacks of transfers
 * (transfer.c); those that ended are told to their owners. All of it happens
 * below lash_loop_poll. */
#include "sys/http_impl.h"

#include <stdlib.h>

static void on_handle_closed(uv_handle_t *handle)
{
    struct lash_http *http = handle->data;
    http->open_handles--;
}

static void on_socket_closed(uv_handle_t *handle)
{
    on_handle_closed(handle);
    free(handle);
}

static void tell_finished(struct lash_http *http)
{
    int left;
    CURLMsg *msg;
    while ((msg = lash_curl.multi_info_read(http->multi, &left))) {
        if (msg->msg != CURLMSG_DONE)
            continue;
        struct lash_transfer *t = NULL;
        CURLcode rc = msg->data.result;
        (void)lash_curl.easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, (char **)&t);
        lash_transfer_end(t, rc);
    }
}

static void act(struct lash_http *http, curl_socket_t fd, int flags)
{
    int running;
    CURLMcode rc = lash_curl.multi_socket_action(http->multi, fd, flags, &running);
    tell_finished(http);
    if (rc != CURLM_OUT_OF_MEMORY)
        return;
    /* It had no memory for one of them, does not say for which, and forgets it. */
    for (struct lash_transfer *t = http->first; t; t = t->next)
        lash_transfer_give_up(t, UV_ENOMEM);
}

static void on_socket_ready(uv_poll_t *poll, int status, int events)
{
    uv_os_fd_t fd = -1;
    (void)uv_fileno((uv_handle_t *)poll, &fd); /* it is open */
    /* libuv's error is a socket that was reset. Reading tells libcurl so, and
     * where the server had only closed an idle connection it takes a new one;
     * told of the error, it would give up. */
    int flags = status < 0 ? CURL_CSELECT_IN | CURL_CSELECT_OUT : 0;
    if (events & UV_READABLE)
        flags |= CURL_CSELECT_IN;
    if (events & UV_WRITABLE)
        flags |= CURL_CSELECT_OUT;
    act(poll->data, fd, flags);
}

static void on_timer(uv_timer_t *timer)
{
    act(timer->data, CURL_SOCKET_TIMEOUT, 0);
}

static int on_set_timer(CURLM *multi, long timeout_ms, void *ctx)
{
    (void)multi;
    struct lash_http *http = ctx;
    if (timeout_ms < 0)
        return uv_timer_stop(&http->timer);
    uv_update_time(http->uv);
    return uv_timer_start(&http->timer, on_timer, (uint64_t)timeout_ms, 0);
}

/* Returns 0, or libuv's error. */
static int open_poll(uv_poll_t **out, struct lash_http *http, curl_socket_t fd)
{
    uv_poll_t *poll = calloc(1, sizeof(*poll));
    if (!poll)
        return UV_ENOMEM;
    int rc = uv_poll_init(http->uv, poll, fd);
    if (rc != 0) {
        free(poll);
        return rc;
    }
    poll->data = http;
    http->open_handles++;
    *out = poll;
    return 0;
}

static int watch_socket(struct lash_http *http, curl_socket_t fd, int what, uv_poll_t *poll)
{
    int rc = 0;
    if (!poll)
        rc = open_poll(&poll, http, fd);
    if (rc != 0)
        return rc;
    (void)lash_curl.multi_assign(http->multi, fd, poll);
    int events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
    return uv_poll_start(poll, events, on_socket_ready);
}

static int on_set_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *assigned)
{
    struct lash_http *http = ctx;
    uv_poll_t *poll = assigned; /* NULL: the socket is new */
    if (what == CURL_POLL_REMOVE) {
        if (poll) {
            (void)uv_poll_stop(poll); /* before libcurl closes the descriptor */
            (void)lash_curl.multi_assign(http->multi, fd, NULL);
            uv_close((uv_handle_t *)poll, on_socket_closed);
        }
        return 0;
    }
    int rc = watch_socket(http, fd, what, poll);
    struct lash_transfer *t = NULL;
    if (rc != 0)
        (void)lash_curl.easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&t);
    if (t) /* an error told to libcurl would end all transfers, or rather let them wait for ever */
        lash_transfer_give_up(t, rc);
    return 0;
}

enum lash_code lash_http_new(struct lash_http **out, struct lash_loop *loop, struct lash_err *err)
{
    enum lash_code code = lash_curl_open(err);
    if (code != LASH_OK)
        return code;
    struct lash_http *http = calloc(1, sizeof(*http));
    CURLM *multi = http ? lash_curl.multi_init() : NULL;
    if (!multi) {
        free(http);
        return lash_err_set(err, LASH_ENOMEM, "out of memory");
    }
    http->uv = lash_loop_uv(loop);
    http->multi = multi;
    (void)uv_timer_init(http->uv, &http->timer);
    http->timer.data = http;
    http->open_handles = 1;
    (void)lash_curl.multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_set_socket);
    (void)lash_curl.multi_setopt(multi, CURLMOPT_SOCKETDATA, http);
    (void)lash_curl.multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_set_timer);
    (void)lash_curl.multi_setopt(multi, CURLMOPT_TIMERDATA, http);
    *out = http;
    return LASH_OK;
}

void lash_http_free(struct lash_http *http)
{
    if (!http)
        return;
    (void)lash_curl.multi_cleanup(http->multi); /* closes connections: on_set_socket removes them */
    uv_close((uv_handle_t *)&http->timer, on_handle_closed);
    while (http->open_handles > 0)
        (void)uv_run(http->uv, UV_RUN_NOWAIT);
    lash_kept_free(&http->kept);
    free(http);
}

enum lash_code lash_http_library(const char **version, struct lash_err *err)
{
    enum lash_code code = lash_curl_open(err);
    if (code == LASH_OK)
        *version = lash_curl.version();
    return code;
}
