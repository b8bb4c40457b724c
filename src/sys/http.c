/* http.c - HTTP transfers over libcurl, on the event loop; see http.h.
 *
 * Order of work: libuv says that a socket is ready or that libcurl's timer is
 * due; curl_multi_socket_action reads and runs on_header and on_write; finished
 * transfers are told to their owners. All of it happens below lash_loop_poll.
 *
 * The clocks are ours (one libuv timer a transfer, restarted only when it
 * fires): libcurl's low-speed limit is an average and never sees a drip. */
#include "sys/http.h"

#include <assert.h>
#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/clock.h"
#include "sys/curl.h"

#define CA_FOLDER "/etc/ssl/certs"

struct lash_http {
    uv_loop_t *uv;
    CURLM *multi;
    uv_timer_t timer; /* libcurl's own */
    int open_handles; /* libuv handles that are not closed yet */
};

struct socket {
    uv_poll_t poll;
    struct lash_http *http;
    curl_socket_t fd;
};

struct lash_transfer {
    struct lash_http *http; /* NULL once it has ended */
    CURL *easy;
    struct curl_slist *headers;
    struct lash_http_events events;
    void *ctx;
    uv_timer_t *clock;                         /* on the heap: libuv closes it later than we end */
    uint64_t started_ms, byte_ms, progress_ms; /* when it began, when something last came */
    uint64_t first_byte, silence, progress, deadline; /* limits; 0: none */
    enum lash_code failure;                           /* of on_body, or of a clock */
    bool head_done;
    bool body_began;
    bool paused;
    char why[CURL_ERROR_SIZE];
};

static void finish(struct lash_transfer *t, const struct lash_err *err);
static void set_clock(struct lash_transfer *t);

/* ---- libuv and libcurl ---- */

static void on_handle_closed(uv_handle_t *handle)
{
    struct lash_http *http = handle->data;
    http->open_handles--;
}

static void on_socket_closed(uv_handle_t *handle)
{
    struct socket *s = handle->data;
    s->http->open_handles--;
    free(s);
}

static void on_clock_closed(uv_handle_t *handle)
{
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
        curl_off_t name_us = 0;
        (void)lash_curl.easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, (char **)&t);
        (void)lash_curl.easy_getinfo(msg->easy_handle, CURLINFO_NAMELOOKUP_TIME_T, &name_us);
        struct lash_err err = {.code = lash_curl_code(rc, name_us > 0, t->head_done)};
        if (t->failure != LASH_OK)
            (void)lash_err_set(&err, t->failure, "%s", lash_code_name(t->failure));
        else if (rc != CURLE_OK)
            (void)lash_err_set(&err, err.code, "%s",
                               t->why[0] ? t->why : lash_curl.easy_strerror(rc));
        else if (!t->head_done) /* libcurl takes a cut inside the headers for an end */
            (void)lash_err_set(&err, LASH_ETRUNCATED, "the connection ended inside the headers");
        finish(t, err.code == LASH_OK ? NULL : &err);
    }
}

static void act(struct lash_http *http, curl_socket_t fd, int flags)
{
    int running;
    (void)lash_curl.multi_socket_action(http->multi, fd, flags, &running);
    tell_finished(http);
}

static void on_socket_ready(uv_poll_t *poll, int status, int events)
{
    struct socket *s = poll->data;
    /* libuv's error is a socket that was reset. Reading tells libcurl so, and
     * where the server had only closed an idle connection it takes a new one;
     * told of the error, it would give up. */
    int flags = status < 0 ? CURL_CSELECT_IN | CURL_CSELECT_OUT : 0;
    if (events & UV_READABLE)
        flags |= CURL_CSELECT_IN;
    if (events & UV_WRITABLE)
        flags |= CURL_CSELECT_OUT;
    act(s->http, s->fd, flags);
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

static struct socket *open_socket(struct lash_http *http, curl_socket_t fd)
{
    struct socket *s = calloc(1, sizeof(*s));
    if (!s)
        return NULL;
    s->http = http;
    s->fd = fd;
    s->poll.data = s;
    if (uv_poll_init(http->uv, &s->poll, fd) != 0) {
        free(s);
        return NULL;
    }
    http->open_handles++;
    return s;
}

static int on_set_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *assigned)
{
    (void)easy;
    struct lash_http *http = ctx;
    struct socket *s = assigned;
    if (what == CURL_POLL_REMOVE) {
        if (s) {
            (void)uv_poll_stop(&s->poll); /* before libcurl closes the descriptor */
            (void)lash_curl.multi_assign(http->multi, fd, NULL);
            uv_close((uv_handle_t *)&s->poll, on_socket_closed);
        }
        return 0;
    }
    if (!s) {
        s = open_socket(http, fd);
        if (!s)
            return -1;
        (void)lash_curl.multi_assign(http->multi, fd, s);
    }
    int events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
    return uv_poll_start(&s->poll, events, on_socket_ready) == 0 ? 0 : -1;
}

/* Reading the folder's hashed links costs a third of parsing the bundle; a
 * system without them ("1a2b3c4d.0") needs the bundle. */
static bool look_for_hashes(const char *path)
{
    DIR *dir = opendir(path);
    if (!dir)
        return false;
    bool found = false;
    for (const struct dirent *e; !found && (e = readdir(dir));) {
        size_t hex = strspn(e->d_name, "0123456789abcdef");
        found = hex == 8 && e->d_name[8] == '.' && isdigit((unsigned char)e->d_name[9]);
    }
    (void)closedir(dir);
    return found;
}

static bool has_hashed_certificates(void)
{
    static int known = -1; /* asked of the system once, for the first https */
    if (known < 0)
        known = look_for_hashes(CA_FOLDER);
    return known == 1;
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
    free(http);
}

/* ---- one transfer ---- */

static void stop(struct lash_transfer *t)
{
    if (!t->http)
        return;
    (void)lash_curl.multi_remove_handle(t->http->multi, t->easy);
    uv_close((uv_handle_t *)t->clock, on_clock_closed);
    t->clock = NULL;
    t->http = NULL;
}

static void finish(struct lash_transfer *t, const struct lash_err *err)
{
    stop(t);
    t->events.on_done(t->ctx, err);
}

/* libcurl's signature. NOLINTNEXTLINE(readability-non-const-parameter) */
static size_t on_header(char *line, size_t size, size_t n, void *ctx)
{
    (void)size; /* always 1 */
    struct lash_transfer *t = ctx;
    bool end = n <= 2 && (line[0] == '\r' || line[0] == '\n');
    if (end && !t->head_done &&
        lash_transfer_status(t) >= 200) { /* not "100 Continue", nor a proxy's answer */
        t->head_done = true;
        t->byte_ms = lash_clock_ms();
        t->events.on_head(t->ctx, t);
    }
    return n;
}

static size_t on_write(char *bytes, size_t size, size_t n, void *ctx)
{
    (void)size; /* always 1 */
    struct lash_transfer *t = ctx;
    if (t->paused)
        return CURL_WRITEFUNC_PAUSE; /* the same bytes come again */
    t->byte_ms = lash_clock_ms();
    if (!t->body_began) {
        t->body_began = true;
        t->progress_ms = t->byte_ms;
        set_clock(t); /* other limits hold now, and they may be nearer */
    }
    t->failure = t->events.on_body(t->ctx, bytes, n);
    return t->failure == LASH_OK ? n : 0;
}

/* One clock that may run out: when, and what it means. */
struct limit {
    uint64_t at;
    enum lash_code code;
    const char *what;
    uint64_t ms;
};

static void nearer(struct limit *best, uint64_t from, uint64_t ms, enum lash_code code,
                   const char *what)
{
    if (ms > 0 && (best->at == 0 || from + ms < best->at))
        *best = (struct limit){from + ms, code, what, ms};
}

static struct limit next_limit(const struct lash_transfer *t)
{
    struct limit best = {0};
    nearer(&best, t->started_ms, t->deadline, LASH_EDEADLINE, "no complete answer");
    if (t->paused)
        return best;
    if (!t->body_began) {
        nearer(&best, t->started_ms, t->first_byte, LASH_ESTALL, "no answer");
        return best;
    }
    nearer(&best, t->byte_ms, t->silence, LASH_ESTALL, "silence");
    nearer(&best, t->progress_ms, t->progress, LASH_ESTALL, "nothing but keep-alives");
    return best;
}

static void on_clock(uv_timer_t *clock)
{
    struct lash_transfer *t = clock->data;
    struct limit limit = next_limit(t);
    if (limit.at == 0 || limit.at > lash_clock_ms()) {
        set_clock(t);
        return;
    }
    struct lash_err err;
    (void)lash_err_set(&err, limit.code, "%s for %.3g s", limit.what, (double)limit.ms / 1000);
    finish(t, &err);
}

static void set_clock(struct lash_transfer *t)
{
    uint64_t at = next_limit(t).at;
    uint64_t now = lash_clock_ms();
    uv_update_time(t->http->uv);
    if (at == 0)
        (void)uv_timer_stop(t->clock);
    else
        (void)uv_timer_start(t->clock, on_clock, at > now ? at - now : 0, 0);
}

static enum lash_code set_headers(struct lash_transfer *t, const char *const *headers)
{
    /* Without "Expect:" libcurl waits a second for leave to send a large body. */
    t->headers = lash_curl.slist_append(NULL, "Expect:");
    for (; t->headers && headers && *headers; headers++) {
        struct curl_slist *grown = lash_curl.slist_append(t->headers, *headers);
        if (!grown)
            return LASH_ENOMEM;
        t->headers = grown;
    }
    return t->headers ? LASH_OK : LASH_ENOMEM;
}

static void keep_first(CURLcode *first, CURLcode rc)
{
    if (*first == CURLE_OK)
        *first = rc;
}

#define SET(option, value) keep_first(&first, lash_curl.easy_setopt(t->easy, option, value))

static CURLcode set_options(struct lash_transfer *t, const struct lash_http_request *req)
{
    CURLcode first = CURLE_OK;
    SET(CURLOPT_URL, req->url);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_HTTPHEADER, t->headers);
    SET(CURLOPT_PRIVATE, t);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, t);
    SET(CURLOPT_WRITEFUNCTION, on_write);
    SET(CURLOPT_WRITEDATA, t);
    SET(CURLOPT_ERRORBUFFER, t->why);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_QUICK_EXIT, 1L); /* never wait for a name look-up that hangs */
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1); /* HTTP/2 adds six kinds of fault */
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)req->connect_ms);
    if (req->proxy)
        SET(CURLOPT_PROXY, req->proxy);
    if (req->ca) {
        SET(CURLOPT_CAINFO, req->ca);
    } else if (strncasecmp(req->url, "https:", 6) == 0 && has_hashed_certificates()) {
        SET(CURLOPT_CAINFO, NULL);
        SET(CURLOPT_CAPATH, CA_FOLDER);
    }
    if (req->body) {
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)req->body_len);
        SET(CURLOPT_COPYPOSTFIELDS, req->body);
    }
    return first;
}

static enum lash_code prepare(struct lash_transfer *t, const struct lash_http_request *req,
                              struct lash_err *err)
{
    t->easy = lash_curl.easy_init();
    t->clock = calloc(1, sizeof(*t->clock));
    if (!t->easy || !t->clock || set_headers(t, req->headers) != LASH_OK)
        return lash_err_set(err, LASH_ENOMEM, "out of memory");
    CURLcode rc = set_options(t, req);
    if (rc != CURLE_OK)
        return lash_err_set(err, rc == CURLE_OUT_OF_MEMORY ? LASH_ENOMEM : LASH_EUSAGE,
                            "libcurl: %s", lash_curl.easy_strerror(rc));
    return LASH_OK;
}

enum lash_code lash_transfer_start(struct lash_transfer **out, struct lash_http *http,
                                   const struct lash_http_request *req,
                                   const struct lash_http_events *events, void *ctx,
                                   struct lash_err *err)
{
    struct lash_transfer *t = calloc(1, sizeof(*t));
    if (!t)
        return lash_err_set(err, LASH_ENOMEM, "out of memory");
    t->http = http;
    t->events = *events;
    t->ctx = ctx;
    t->started_ms = t->byte_ms = t->progress_ms = lash_clock_ms();
    t->first_byte = req->first_byte_ms;
    t->silence = req->silence_ms;
    t->progress = req->progress_ms;
    t->deadline = req->deadline_ms;
    enum lash_code code = prepare(t, req, err);
    if (code == LASH_OK) {
        CURLMcode rc = lash_curl.multi_add_handle(http->multi, t->easy);
        if (rc != CURLM_OK)
            code = lash_err_set(err, LASH_ENOMEM, "libcurl: %s", lash_curl.multi_strerror(rc));
    }
    if (code != LASH_OK) {
        t->http = NULL; /* nothing runs yet */
        free(t->clock);
        lash_transfer_free(t);
        return code;
    }
    (void)uv_timer_init(http->uv, t->clock);
    t->clock->data = t;
    set_clock(t);
    *out = t;
    return LASH_OK;
}

void lash_transfer_free(struct lash_transfer *t)
{
    if (!t)
        return;
    stop(t);
    if (t->easy)
        lash_curl.easy_cleanup(t->easy);
    lash_curl.slist_free_all(t->headers);
    free(t);
}

void lash_transfer_pause(struct lash_transfer *t)
{
    t->paused = true;
}

void lash_transfer_resume(struct lash_transfer *t)
{
    if (!t->paused)
        return;
    t->paused = false;
    t->byte_ms = t->progress_ms = lash_clock_ms();
    if (!t->http)
        return;
    set_clock(t);
    if (lash_curl.easy_pause(t->easy, CURLPAUSE_CONT) == CURLE_OK)
        return;
    /* on_body failed: libcurl only says so, and would never end the transfer. */
    enum lash_code code = t->failure != LASH_OK ? t->failure : LASH_ENOMEM;
    struct lash_err err;
    (void)lash_err_set(&err, code, "%s", lash_code_name(code));
    finish(t, &err);
}

void lash_transfer_progress(struct lash_transfer *t)
{
    t->progress_ms = t->byte_ms;
}

void lash_transfer_limit_silence(struct lash_transfer *t, uint64_t ms)
{
    t->silence = ms;
    if (t->http)
        set_clock(t);
}

long lash_transfer_status(const struct lash_transfer *t)
{
    long status = 0;
    (void)lash_curl.easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

const char *lash_transfer_header(struct lash_transfer *t, const char *name)
{
    struct curl_header *h;
    if (lash_curl.easy_header(t->easy, name, 0, CURLH_HEADER, -1, &h) != CURLHE_OK)
        return NULL;
    return h->value;
}
