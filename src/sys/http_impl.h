/* http_impl.h - what http.c (connections), transfer.c (one request and its
 * answer) and transfer_options.c (what libcurl is told) share. For these only. */
#ifndef LASH_SYS_HTTP_IMPL_H
#define LASH_SYS_HTTP_IMPL_H

#include <netinet/in.h>
#include <stdbool.h>
#include <uv.h>

#include "base/buf.h"
#include "sys/curl.h"
#include "sys/http.h"
#include "sys/kept.h"
#include "sys/tap.h"

struct lash_http {
    uv_loop_t *uv;
    CURLM *multi;
    uv_timer_t timer;            /* libcurl's own */
    struct lash_transfer *first; /* of those that run */
    size_t running;              /* how many those are */
    int open_handles;            /* libuv handles that are not closed yet */
    struct lash_kept kept;
};

struct lash_transfer {
    /* What every piece of a body needs, in one or two lines of the cache: with a
     * thousand streams each of them was thrown out since the last piece. */
    struct lash_http_events events;
    void *ctx;
    struct lash_tap *tap;          /* NULL: nobody records */
    uint64_t byte_ms, progress_ms; /* when something last came */
    enum lash_code failure;        /* of on_body, or of a clock */
    bool body_began;
    bool paused;

    bool head_done;
    bool hurried;                       /* silence counts before the body, too */
    struct lash_http *http;             /* NULL once it has ended */
    struct lash_transfer *next, **link; /* its place among those that run; link NULL: none */
    CURL *easy;
    struct curl_slist *headers;
    struct lash_buf body; /* of the request */
    uv_timer_t *clock;    /* on the heap: libuv closes it later than we end */
    uint64_t started_ms;
    uint64_t first_byte, silence, progress, deadline; /* limits; 0: none */
    double started, ended;                            /* seconds; ended 0: it runs */
    bool may_send;     /* a request that must not be sent again unasked, and ... */
    bool is_spoilt;    /* the kept connection that it got: it needs another one */
    long sent_before;  /* ... what had been sent then: a proxy may have been asked for a tunnel */
    int header_lines;  /* also those of "100 Continue", and of a proxy */
    bool looked_again; /* a clock rang, and what had come meanwhile is being read */
    bool public_only;
    bool reached;                   /* an address was allowed, if not connected to */
    int no_socket;                  /* why the system gave none, last; 0: it did */
    int given_up;                   /* libuv's reason why it cannot go on; or 0 */
    char refused[INET6_ADDRSTRLEN]; /* the last address that was not */
    char why[CURL_ERROR_SIZE];
};

/* libcurl has ended the transfer with this result. */
void lash_transfer_end(struct lash_transfer *t, CURLcode rc);

/* Ends the transfer in the next round of the loop: libcurl is on the stack. */
void lash_transfer_give_up(struct lash_transfer *t, int reason);

/* Bytes that were sent, without what a body has beyond the first of them. */
long lash_transfer_sent(const struct lash_transfer *t);

/* The request was sent, at least in part, and nothing was answered: it must not
 * be sent again unasked. */
bool lash_transfer_is_lost(const struct lash_transfer *t);

/* Tells libcurl all that the request says; the easy handle is there. */
LASH_NODISCARD enum lash_code lash_transfer_set_options(struct lash_transfer *t,
                                                        const struct lash_http_request *req,
                                                        struct lash_err *err);

#endif
