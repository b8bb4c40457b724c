/* http.h - HTTP transfers over libcurl, on the event loop.
 *
 * libcurl is opened at the first request (dl.h) and driven by
 * curl_multi_socket_action on libuv. A transfer reports through three
 * callbacks that run inside lash_loop_poll; they may start nothing and free
 * nothing, only take notes and mark a source. Redirects are not followed: a
 * 307 would post the prompt, and a key, to another host. What may have reached
 * the server is not sent again, but for a GET, HEAD or OPTIONS without a body,
 * which libcurl repeats where a connection that was kept open turns out to be
 * closed. This file knows nothing of server-sent events, JSON or Lua. */
#ifndef LASH_SYS_HTTP_H
#define LASH_SYS_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "sys/loop.h"

struct lash_http;     /* connections that are kept alive */
struct lash_transfer; /* one request and its answer */
struct lash_tap;

/* Strings are copied. Times are milliseconds on the monotonic clock; 0 is no
 * limit. */
struct lash_http_request {
    const char *method;         /* NULL: GET, and POST where there is a body */
    const char *url;            /* http or https */
    const char *const *headers; /* "Name: value", NULL-terminated; may be NULL */
    const char *body;           /* may be NULL */
    size_t body_len;
    const char *proxy; /* NULL: from the environment */
    /* Only public addresses (address.h) are connected to, on a connection of its
     * own. Judged where the socket is opened, so no name can change its mind in
     * between. A proxy would hide the address: none is used, LASH_EUSAGE if one
     * is named. Any other address ends it with LASH_EDENIED. */
    bool public_only;
    size_t piece;           /* bytes of the answer that are taken at a time; 0: 16 KB */
    const char *ca;         /* certificate bundle; NULL: the system's */
    uint64_t connect_ms;    /* DNS, TCP and TLS together */
    uint64_t first_byte_ms; /* from the start to the first byte of the body */
    uint64_t silence_ms;    /* between bytes */
    uint64_t progress_ms;   /* between calls of lash_transfer_progress, once a byte came */
    uint64_t deadline_ms;   /* all of it */
    bool record;            /* the body is kept as it comes, see lash_transfer_tap */
};

struct lash_http_events {
    /* The status line and headers are complete. */
    void (*on_head)(void *ctx, struct lash_transfer *t);
    /* A piece of the body. What is not LASH_OK ends the transfer with it. */
    enum lash_code (*on_body)(void *ctx, const char *bytes, size_t n);
    /* The end, once: err is NULL when the whole answer arrived. */
    void (*on_done)(void *ctx, const struct lash_err *err);
};

LASH_NODISCARD enum lash_code lash_http_new(struct lash_http **out, struct lash_loop *loop,
                                            struct lash_err *err);

/* Transfers must be freed before it. */
void lash_http_free(struct lash_http *http);

/* LASH_EUSAGE for a method, URL or header that can never be sent. */
LASH_NODISCARD enum lash_code lash_transfer_start(struct lash_transfer **out,
                                                  struct lash_http *http,
                                                  const struct lash_http_request *req,
                                                  const struct lash_http_events *events, void *ctx,
                                                  struct lash_err *err);

/* Ends what still runs: the connection is closed at once, on_done not called. */
void lash_transfer_free(struct lash_transfer *t);

/* No more on_body until resumed; the clocks of silence and progress stand
 * still. May be called from on_body. */
void lash_transfer_pause(struct lash_transfer *t);

/* May call on_body, and on_done where that fails, before it returns. */
void lash_transfer_resume(struct lash_transfer *t);

/* Something useful arrived. */
void lash_transfer_progress(struct lash_transfer *t);

/* Changes the limit between bytes from now on, and to the first one of the body
 * if that is still to come: called from on_head, where the body matters little. */
void lash_transfer_limit_silence(struct lash_transfer *t, uint64_t ms);

/* HTTP status; 0 before on_head. */
long lash_transfer_status(const struct lash_transfer *t);

/* Seconds of the header Retry-After, given as a number or as a date; 0: none. */
double lash_transfer_retry_after(const struct lash_transfer *t);

/* Value of a response header, or NULL; lives until the next call. */
const char *lash_transfer_header(struct lash_transfer *t, const char *name);

/* Walks through the response headers as they came, repeated ones too. cursor
 * begins as NULL; name and value live until the next call. False at the end. */
bool lash_transfer_next_header(struct lash_transfer *t, void **cursor, const char **name,
                               const char **value);

/* The URL as it was requested; lives as long as the transfer. */
const char *lash_transfer_url(const struct lash_transfer *t);

/* The IP address of the peer, which may be a proxy; "" before it is connected
 * to. Lives as long as the transfer. */
const char *lash_transfer_address(const struct lash_transfer *t);

/* Seconds that each step took; -1 for one that did not take place (yet): without
 * TLS, on a connection that was open already. */
struct lash_timings {
    double dns;
    double connect; /* TCP */
    double tls;
    double total; /* so far */
};

struct lash_timings lash_transfer_timings(const struct lash_transfer *t);

/* How far it has come. */
enum lash_transfer_phase {
    LASH_TRANSFER_CONNECTING, /* or waiting for a free connection */
    LASH_TRANSFER_WAITING,    /* the request is on its way, or there */
    LASH_TRANSFER_ANSWERING,  /* the body of the answer has begun */
};

enum lash_transfer_phase lash_transfer_phase(const struct lash_transfer *t);

/* What was recorded (tap.h); NULL where the request did not ask for it. Lives as
 * long as the transfer. */
const struct lash_tap *lash_transfer_tap(const struct lash_transfer *t);

/* What libcurl calls itself and its parts. LASH_ELIBRARY when it is not there. */
LASH_NODISCARD enum lash_code lash_http_library(const char **version, struct lash_err *err);

#endif
