/* curl.h - the functions of libcurl that we use, opened at first use.
 *
 * For http.c and its parts only. The table's fields have no prefix because curl's macros
 * capture "curl_easy_setopt(". */
#ifndef LASH_SYS_CURL_H
#define LASH_SYS_CURL_H

#include <curl/curl.h>
#include <stdbool.h>

#include "base/err.h"

#define LASH_CURL_FUNCTIONS(X)                                                                     \
    X(global_init_mem)                                                                             \
    X(version)                                                                                     \
    X(easy_init)                                                                                   \
    X(easy_setopt)                                                                                 \
    X(easy_getinfo)                                                                                \
    X(easy_header)                                                                                 \
    X(easy_nextheader)                                                                             \
    X(easy_pause)                                                                                  \
    X(easy_cleanup)                                                                                \
    X(easy_strerror)                                                                               \
    X(slist_append)                                                                                \
    X(slist_free_all)                                                                              \
    X(multi_init)                                                                                  \
    X(multi_setopt)                                                                                \
    X(multi_add_handle)                                                                            \
    X(multi_remove_handle)                                                                         \
    X(multi_socket_action)                                                                         \
    X(multi_assign)                                                                                \
    X(multi_info_read)                                                                             \
    X(multi_cleanup)                                                                               \
    X(multi_strerror)

struct lash_curl {
#define FIELD(name) __typeof__(curl_##name) *(name);
    LASH_CURL_FUNCTIONS(FIELD)
#undef FIELD
};

/* The table, filled after lash_curl_open. */
extern struct lash_curl lash_curl;

/* Opens and initialises libcurl, once; any later call is free. */
LASH_NODISCARD enum lash_code lash_curl_open(struct lash_err *err);

/* Initialises the GnuTLS that came with libcurl, if one did, and has one that comes later
 * initialise itself: before a C module of a script is opened, which may rely on it that
 * a library's constructor has run. */
void lash_curl_wake_gnutls(void);

/* Has the TLS library read more from the connection than was taken of it? For the callbacks
 * of a transfer that has one. */
bool lash_curl_tls_has_more(CURL *easy);

/* Our code for a failed transfer. named: the name had been looked up; has_head:
 * the headers had arrived. */
enum lash_code lash_curl_code(CURLcode rc, bool named, bool has_head);

#endif
