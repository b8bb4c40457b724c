/* transfer.c - one request and its answer: what libcurl calls, and the clocks;
 * see http.h.
 *
 * The clocks are ours (one libuv timer a transfer, restarted only when it
 * fires): libcurl's low-speed limit is an average and never sees a drip. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "sys/http_impl.h"
#include "sys/open_files.h"
#include "sys/prefault.h"

#define HEADERS_MOST 1000 /* lines; libcurl's time to hand them out grows with their square */
#define MANY 32 /* transfers: where there are hundreds, most of their memory comes later */
#define TAP_LIMIT ((size_t)64 << 20) /* bytes of a body that is recorded */

static void set_clock(struct lash_transfer *t);

static void on_clock_closed(uv_handle_t *handle)
{
    free(handle);
}

static void stop(struct lash_transfer *t)
{
    if (!t->http)
        return;
    (void)lash_curl.multi_remove_handle(t->http->multi, t->easy);
    if (t->link) {
        *t->link = t->next;
        if (t->next)
            t->next->link = t->link;
        t->link = NULL;
        t->http->running--;
    }
    uv_close((uv_handle_t *)t->clock, on_clock_closed);
    t->clock = NULL;
    t->http = NULL;
}

static void finish(struct lash_transfer *t, const struct lash_err *err)
{
    stop(t);
    t->ended = lash_clock_now();
    t->events.on_done(t->ctx, err);
}

long lash_transfer_sent(const struct lash_transfer *t)
{
    long sent = 0;
    (void)lash_curl.easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &sent);
    return sent;
}

bool lash_transfer_is_lost(const struct lash_transfer *t)
{
    return t->may_send && lash_transfer_sent(t) > t->sent_before && lash_transfer_status(t) == 0;
}

/* Did libcurl connect anew, to send again what the server had not answered? Only
 * on a connection that was open can a request be sent and not connected. */
static bool was_closed_on_us(const struct lash_transfer *t, CURLcode rc, enum lash_code code)
{
    bool connecting = code == LASH_EDNS || code == LASH_ECONNECT || code == LASH_ETLS;
    return rc == CURLE_ABORTED_BY_CALLBACK || (lash_transfer_is_lost(t) && connecting);
}

/* Does a proxy want to know who asks, before it opens a tunnel? It will want it again. */
static bool is_asked_by_proxy(const struct lash_transfer *t)
{
    long status = 0;
    (void)lash_curl.easy_getinfo(t->easy, CURLINFO_HTTP_CONNECTCODE, &status);
    return status == 407;
}

/* Which limit of the headers was passed; NULL: none. */
static const char *limit_of_headers(const struct lash_transfer *t, CURLcode rc, enum lash_code code)
{
    if (t->header_lines > HEADERS_MOST)
        return "more than 1000 headers";
    if (rc == CURLE_RECV_ERROR && strstr(t->why, "Too large response headers"))
        return "the headers have more than 300 KB";
    bool is_long = rc == CURLE_OUT_OF_MEMORY && code == LASH_EPROTO && t->header_lines > 0;
    return is_long ? "a header has more than 100 KB" : NULL;
}

/* Nothing was sent on the connection that it had got, which libcurl has closed. */
static bool begin_again(struct lash_transfer *t)
{
    t->is_spoilt = false;
    (void)lash_curl.easy_setopt(t->easy, CURLOPT_FRESH_CONNECT, 1L);
    (void)lash_curl.multi_remove_handle(t->http->multi, t->easy);
    if (lash_curl.multi_add_handle(t->http->multi, t->easy) != CURLM_OK)
        t->failure = LASH_ENOMEM;
    return t->failure == LASH_OK;
}

void lash_transfer_end(struct lash_transfer *t, CURLcode rc)
{
    if (t->is_spoilt && rc == CURLE_ABORTED_BY_CALLBACK && begin_again(t))
        return;
    curl_off_t name_us = 0;
    (void)lash_curl.easy_getinfo(t->easy, CURLINFO_NAMELOOKUP_TIME_T, &name_us);
    struct lash_err err = {.code = lash_curl_code(rc, name_us > 0, t->head_done)};
    if (t->failure != LASH_OK)
        (void)lash_err_set(&err, t->failure, "%s", lash_code_name(t->failure));
    else if (rc == CURLE_COULDNT_CONNECT && t->refused[0] && !t->reached)
        (void)lash_err_set(&err, LASH_EDENIED, "%s is not a public address", t->refused);
    else if (rc == CURLE_COULDNT_CONNECT && t->no_socket == ENOMEM)
        (void)lash_err_set(&err, LASH_ENOMEM, "out of memory");
    else if (rc == CURLE_COULDNT_CONNECT && t->no_socket == EMFILE)
        (void)lash_err_set(&err, LASH_EIO, "too many open files (the limit is %lu)",
                           lash_open_files_limit());
    else if (rc != CURLE_OK &&
             strstr(t->why, "Unsupported proxy")) /* what it quotes may be secret */
        (void)lash_err_set(&err, LASH_EUSAGE, "the address of the proxy is malformed");
    else if (rc != CURLE_OK && is_asked_by_proxy(t))
        (void)lash_err_set(&err, LASH_EUSAGE, "the proxy wants another name and password (407)");
    else if (limit_of_headers(t, rc, err.code))
        (void)lash_err_set(&err, LASH_EPROTO, "%s", limit_of_headers(t, rc, err.code));
    else if (was_closed_on_us(t, rc, err.code))
        (void)lash_err_set(&err, LASH_ERESET, "the server closed a connection that was kept open");
    else if (rc != CURLE_OK)
        (void)lash_err_set(&err, err.code, "%s", t->why[0] ? t->why : lash_curl.easy_strerror(rc));
    else if (!t->head_done) /* libcurl takes a cut inside the headers for an end */
        (void)lash_err_set(&err, LASH_ETRUNCATED, "the connection ended inside the headers");
    finish(t, err.code == LASH_OK ? NULL : &err);
}

/* libcurl's signature. NOLINTNEXTLINE(readability-non-const-parameter) */
static size_t on_header(char *line, size_t size, size_t n, void *ctx)
{
    (void)size; /* always 1 */
    struct lash_transfer *t = ctx;
    if (++t->header_lines > HEADERS_MOST)
        return 0;
    bool end = n <= 2 && (line[0] == '\r' || line[0] == '\n');
    if (end && !t->head_done &&
        lash_transfer_status(t) >= 200) { /* not "100 Continue", nor a proxy's answer */
        t->head_done = true;
        t->byte_ms = lash_clock_ms();
        t->events.on_head(t->ctx, t);
    }
    return n;
}

/* The first piece came, so all memory of the transfer is in use. */
static void begin_body(struct lash_transfer *t)
{
    t->body_began = true;
    t->progress_ms = t->byte_ms;
    set_clock(t); /* other limits hold now, and they may be nearer */
    if (t->http->running >= MANY)
        lash_large_pages();
}

static size_t on_write(char *bytes, size_t size, size_t n, void *ctx)
{
    (void)size; /* always 1 */
    struct lash_transfer *t = ctx;
    if (t->paused)
        return CURL_WRITEFUNC_PAUSE; /* the same bytes come again */
    t->byte_ms = lash_clock_ms();
    if (!t->body_began)
        begin_body(t);
    if (t->tap)
        lash_tap_add(t->tap, bytes, n);
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
    if (!t->body_began)
        nearer(&best, t->started_ms, t->first_byte, LASH_ESTALL, "no answer");
    if (t->body_began || t->hurried)
        nearer(&best, t->byte_ms, t->silence, LASH_ESTALL, "silence");
    if (t->body_began)
        nearer(&best, t->progress_ms, t->progress, LASH_ESTALL, "nothing but keep-alives");
    return best;
}

static void on_clock(uv_timer_t *clock)
{
    struct lash_transfer *t = clock->data;
    struct lash_err err;
    if (t->given_up != 0) {
        enum lash_code code = t->given_up == UV_ENOMEM ? LASH_ENOMEM : LASH_EIO;
        (void)lash_err_set(&err, code, "%s", uv_strerror(t->given_up));
        finish(t, &err);
        return;
    }
    struct limit limit = next_limit(t);
    if (limit.at == 0 || limit.at > lash_clock_ms()) {
        set_clock(t);
        return;
    }
    if (limit.code == LASH_ESTALL && !t->looked_again) {
        /* The process may have been stopped, or have waited for its reader, while bytes
         * came: they are read before the clock rings again. */
        t->looked_again = true;
        uv_update_time(t->http->uv);
        (void)uv_timer_start(clock, on_clock, 1, 0);
        return;
    }
    (void)lash_err_set(&err, limit.code, "%s for %.3g s", limit.what, (double)limit.ms / 1000);
    finish(t, &err);
}

static void set_clock(struct lash_transfer *t)
{
    uint64_t at = next_limit(t).at;
    uint64_t now = lash_clock_ms();
    if (t->given_up != 0)
        at = now;
    t->looked_again = false;
    uv_update_time(t->http->uv);
    if (at == 0)
        (void)uv_timer_stop(t->clock);
    else
        (void)uv_timer_start(t->clock, on_clock, at > now ? at - now : 0, 0);
}

void lash_transfer_give_up(struct lash_transfer *t, int reason)
{
    t->given_up = reason;
    set_clock(t);
}

static CURLcode set_callbacks(struct lash_transfer *t)
{
    const struct {
        CURLoption option;
        void *data;
    } pointers[] = {
        {CURLOPT_PRIVATE, t},
        {CURLOPT_HEADERDATA, t},
        {CURLOPT_WRITEDATA, t},
        {CURLOPT_ERRORBUFFER, t->why},
    };
    CURLcode rc = lash_curl.easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, on_header);
    if (rc == CURLE_OK)
        rc = lash_curl.easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, on_write);
    for (size_t i = 0; rc == CURLE_OK && i < sizeof(pointers) / sizeof(*pointers); i++)
        rc = lash_curl.easy_setopt(t->easy, pointers[i].option, pointers[i].data);
    return rc;
}

static enum lash_code prepare(struct lash_transfer *t, const struct lash_http_request *req,
                              struct lash_err *err)
{
    t->easy = lash_curl.easy_init();
    t->clock = calloc(1, sizeof(*t->clock));
    if (req->record)
        t->tap = lash_tap_new(TAP_LIMIT);
    if (!t->easy || !t->clock || (req->record && !t->tap) || set_callbacks(t) != CURLE_OK)
        return lash_err_set(err, LASH_ENOMEM, "out of memory");
    return lash_transfer_set_options(t, req, err);
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
    t->started = lash_clock_now();
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
    t->link = &http->first;
    t->next = http->first;
    if (t->next)
        t->next->link = &t->next;
    http->first = t;
    if (++http->running >= MANY)
        lash_large_pages();
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
    lash_buf_free(&t->body);
    lash_tap_free(t->tap);
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
    t->hurried = true;
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

bool lash_transfer_next_header(struct lash_transfer *t, void **cursor, const char **name,
                               const char **value)
{
    struct curl_header *h = lash_curl.easy_nextheader(t->easy, CURLH_HEADER, -1, *cursor);
    *cursor = h;
    if (!h)
        return false;
    *name = h->name;
    *value = h->value;
    return true;
}

static const char *text_info(const struct lash_transfer *t, CURLINFO info)
{
    char *text = NULL;
    (void)lash_curl.easy_getinfo(t->easy, info, &text);
    return text ? text : "";
}

const char *lash_transfer_url(const struct lash_transfer *t)
{
    return text_info(t, CURLINFO_EFFECTIVE_URL);
}

const char *lash_transfer_address(const struct lash_transfer *t)
{
    return text_info(t, CURLINFO_PRIMARY_IP);
}

double lash_transfer_retry_after(const struct lash_transfer *t)
{
    curl_off_t seconds = 0; /* a date in the past, and junk, are 0 */
    (void)lash_curl.easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &seconds);
    return (double)seconds;
}

static double seconds_info(const struct lash_transfer *t, CURLINFO info)
{
    curl_off_t us = 0;
    (void)lash_curl.easy_getinfo(t->easy, info, &us);
    return (double)us / 1e6;
}

struct lash_timings lash_transfer_timings(const struct lash_transfer *t)
{
    /* libcurl tells when each was done; 0: it was not. Where it opened no socket
     * the first is only the time that it took to find an open connection. */
    bool fresh = t->reached || t->refused[0];
    double named = seconds_info(t, CURLINFO_NAMELOOKUP_TIME_T);
    double connected = seconds_info(t, CURLINFO_CONNECT_TIME_T);
    double trusted = seconds_info(t, CURLINFO_APPCONNECT_TIME_T);
    return (struct lash_timings){
        .dns = fresh && named > 0 ? named : -1,
        .connect = connected > 0 ? connected - named : -1,
        .tls = trusted > 0 ? trusted - connected : -1,
        .total = (t->ended > 0 ? t->ended : lash_clock_now()) - t->started,
    };
}

enum lash_transfer_phase lash_transfer_phase(const struct lash_transfer *t)
{
    if (t->body_began)
        return LASH_TRANSFER_ANSWERING;
    return seconds_info(t, CURLINFO_PRETRANSFER_TIME_T) > 0 ? LASH_TRANSFER_WAITING
                                                            : LASH_TRANSFER_CONNECTING;
}

const struct lash_tap *lash_transfer_tap(const struct lash_transfer *t)
{
    return t->tap;
}
