/* transfer_options.c - what libcurl is told of a request; see http.h. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sys/address.h"
#include "sys/http_impl.h"
#include "sys/open_files.h"

#define CA_FOLDER "/etc/ssl/certs"
#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define METHOD_LIMIT 32           /* characters */
#define HEADERS_LIMIT (900 << 10) /* bytes; libcurl sends a head of 1 MB at most */

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

/* ---- what may be sent ---- */

static bool is_token(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)s[i]) && !strchr("!#$%&'*+-.^_`|~", s[i]))
            return false;
    return n > 0;
}

/* libcurl sends what it is given: a line break would begin a header, or a
 * request, of its own. */
static bool is_header(const char *line)
{
    size_t name = strcspn(line, ":;");
    if (!line[name] || !is_token(line, name))
        return false;
    for (const char *c = line + name; *c; c++)
        if (iscntrl((unsigned char)*c) && *c != '\t')
            return false;
    return true;
}

static bool has_name(const char *line, const char *name)
{
    size_t n = strlen(name);
    return strncasecmp(line, name, n) == 0 && (line[n] == ':' || line[n] == ';');
}

static bool is_https(const char *url)
{
    return strncasecmp(url, "https://", 8) == 0;
}

static enum lash_code check(const struct lash_http_request *req, struct lash_err *err)
{
    const char *method = req->method ? req->method : "GET";
    if (!is_token(method, strlen(method)) || strlen(method) > METHOD_LIMIT ||
        strcasecmp(method, "CONNECT") == 0) /* a tunnel, not a request */
        return lash_err_set(err, LASH_EUSAGE, "'%.40s' is not a method of a request", method);
    if (strcmp(method, "HEAD") == 0 && req->body)
        return lash_err_set(err, LASH_EUSAGE, "a HEAD request has no body");
    if (!is_https(req->url) && strncasecmp(req->url, "http://", 7) != 0)
        return lash_err_set(err, LASH_EUSAGE, "not an http:// or https:// URL");
    size_t size = strlen(req->url);
    for (const char *const *h = req->headers; h && *h; size += strlen(*h++))
        if (!is_header(*h))
            return lash_err_set(err, LASH_EUSAGE, "header %d is malformed",
                                (int)(h - req->headers) + 1);
    if (size > HEADERS_LIMIT)
        return lash_err_set(err, LASH_EUSAGE, "URL and headers have more than 900 KB");
    if (req->public_only && req->proxy && req->proxy[0])
        return lash_err_set(err, LASH_EUSAGE, "a proxy hides whether the address is public");
    return LASH_OK;
}

/* ---- options ---- */

static bool add_header(struct lash_transfer *t, const char *line)
{
    struct curl_slist *grown = lash_curl.slist_append(t->headers, line);
    if (!grown)
        return false;
    t->headers = grown;
    return true;
}

static bool set_headers(struct lash_transfer *t, const struct lash_http_request *req)
{
    bool typed = false;
    for (const char *const *h = req->headers; h && *h; h++) {
        typed = typed || has_name(*h, "Content-Type");
        if (!add_header(t, *h))
            return false;
    }
    /* Without "Expect:" libcurl waits a second for leave to send a large body;
     * without a type of ours it would call a body a form. */
    return add_header(t, "Expect:") && (typed || add_header(t, "Content-Type:"));
}

static int open_socket(struct lash_http *http, const struct curl_sockaddr *address)
{
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd < 0 || lash_kept_add(&http->kept, fd) == LASH_OK)
        return fd;
    (void)close(fd);
    errno = ENOMEM;
    return -1;
}

/* Every connection: none of them is a child process's business. What libcurl opens
 * besides, to wake itself, only a plain fork (os.execute) hands on. */
static curl_socket_t on_open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)purpose; /* there is only one */
    struct lash_transfer *t = ctx;
    if (lash_transfer_is_lost(t)) /* see on_send, which is asked only when it is open */
        return CURL_SOCKET_BAD;
    if (t->public_only && !lash_address_is_public(&address->addr)) {
        lash_address_text(&address->addr, t->refused, sizeof(t->refused));
        return CURL_SOCKET_BAD;
    }
    t->reached = true;
    int fd = open_socket(t->http, address);
    while (fd < 0 && errno == EMFILE && lash_open_files_make_room(-1))
        fd = open_socket(t->http, address);
    t->no_socket = fd < 0 ? errno : 0;
    if (fd >= 0)
        (void)lash_open_files_make_room(fd);
    return fd;
}

static int on_close_socket(void *ctx, curl_socket_t fd)
{
    struct lash_http *http = ctx; /* the transfer may have ended long ago */
    lash_kept_remove(&http->kept, fd);
    return close(fd);
}

static void keep_first(CURLcode *first, CURLcode rc)
{
    if (*first == CURLE_OK)
        *first = rc;
}

#define SET(option, value) keep_first(&first, lash_curl.easy_setopt(t->easy, option, value))

/* A kept connection is looked at before a request goes out on it: see kept.h.
 *
 * libcurl would send a request again, of its own accord, when a connection that
 * was kept turns out to be closed; but what was sent may have to be paid, so
 * whoever asked decides. Only an answer, as a proxy's that wants to know who
 * asks, may have it sent again.
 * libcurl's signature. NOLINTNEXTLINE(readability-non-const-parameter) */
static int on_send(void *ctx, char *peer, char *own, int peer_port, int own_port)
{
    (void)peer;
    (void)own;
    struct lash_transfer *t = ctx;
    if (lash_transfer_is_lost(t))
        return CURL_PREREQFUNC_ABORT;
    t->is_spoilt = !t->reached && (lash_kept_is_spoilt(&t->http->kept, own_port, peer_port) ||
                                   lash_curl_tls_has_more(t->easy));
    if (t->is_spoilt)
        return CURL_PREREQFUNC_ABORT;
    t->may_send = t->body.ptr != NULL;
    t->sent_before = lash_transfer_sent(t);
    return CURL_PREREQFUNC_OK;
}

static CURLcode set_body(struct lash_transfer *t, const char *body, size_t n)
{
    CURLcode first = CURLE_OK;
    t->body = LASH_BUF_INIT(n);
    if (lash_buf_add(&t->body, body, n) != LASH_OK)
        return CURLE_OUT_OF_MEMORY;
    SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)n);
    SET(CURLOPT_POSTFIELDS, t->body.ptr);
    return first;
}

static bool is_one_of(const char *method, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(method, list[i]) == 0)
            return true;
    return false;
}

/* The method, and what of a body goes with it. */
static CURLcode set_method(struct lash_transfer *t, const struct lash_http_request *req)
{
    static const char *const wants_length[] = {"POST", "PUT", "PATCH"};
    static const char *const repeatable[] = {"GET", "HEAD", "OPTIONS"};
    CURLcode first = CURLE_OK;
    const char *method = req->method ? req->method : req->body ? "POST" : "GET";
    /* Its length is sent even when it is 0, as servers expect. */
    bool sized = req->body || is_one_of(method, wants_length, COUNT(wants_length));
    if (req->body && req->body_len > 0)
        keep_first(&first, set_body(t, req->body, req->body_len));
    else if (!is_one_of(method, repeatable, COUNT(repeatable)))
        SET(CURLOPT_FRESH_CONNECT, 1L); /* without a body nothing holds it back */
    if (sized && !t->body.ptr)
        SET(CURLOPT_COPYPOSTFIELDS, "");
    if (strcmp(method, "HEAD") == 0)
        SET(CURLOPT_NOBODY, 1L);
    else
        SET(CURLOPT_CUSTOMREQUEST, method);
    return first;
}

static CURLcode set_way(struct lash_transfer *t, const struct lash_http_request *req)
{
    CURLcode first = CURLE_OK;
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)req->connect_ms);
    SET(CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
    SET(CURLOPT_OPENSOCKETDATA, t);
    SET(CURLOPT_CLOSESOCKETFUNCTION, on_close_socket);
    SET(CURLOPT_CLOSESOCKETDATA, t->http);
    SET(CURLOPT_PREREQFUNCTION, on_send);
    SET(CURLOPT_PREREQDATA, t);
    if (req->public_only) {
        SET(CURLOPT_PROXY, "");         /* nor one of the environment */
        SET(CURLOPT_FRESH_CONNECT, 1L); /* one that is open was never judged */
    } else if (req->proxy) {
        SET(CURLOPT_PROXY, req->proxy);
    }
    if (req->ca) {
        SET(CURLOPT_CAINFO, req->ca);
    } else if (is_https(req->url) && has_hashed_certificates()) {
        SET(CURLOPT_CAINFO, NULL);
        SET(CURLOPT_CAPATH, CA_FOLDER);
    }
    return first;
}

static CURLcode set_rules(struct lash_transfer *t, size_t piece)
{
    CURLcode first = CURLE_OK;
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_QUICK_EXIT, 1L); /* never wait for a name look-up that hangs */
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1); /* HTTP/2 adds six kinds of fault */
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (piece > 0)
        SET(CURLOPT_BUFFERSIZE, (long)piece);
    return first;
}

enum lash_code lash_transfer_set_options(struct lash_transfer *t,
                                         const struct lash_http_request *req, struct lash_err *err)
{
    enum lash_code code = check(req, err);
    if (code != LASH_OK)
        return code;
    t->public_only = req->public_only;
    if (!set_headers(t, req))
        return lash_err_set(err, LASH_ENOMEM, "out of memory");
    CURLcode first = CURLE_OK;
    SET(CURLOPT_URL, req->url);
    SET(CURLOPT_HTTPHEADER, t->headers);
    keep_first(&first, set_rules(t, req->piece));
    keep_first(&first, set_method(t, req));
    keep_first(&first, set_way(t, req));
    if (first == CURLE_OK)
        return LASH_OK;
    return lash_err_set(err, first == CURLE_OUT_OF_MEMORY ? LASH_ENOMEM : LASH_EUSAGE,
                        "libcurl: %s", lash_curl.easy_strerror(first));
}
