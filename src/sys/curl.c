/* curl.c - libcurl, opened at first use; see curl.h. */

#include "sys/curl.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "sys/dl.h"
#include "sys/prefault.h"

/* Bytes; with what the heap has behind them as much as the libraries and a transfer take. */
#define ROOM ((size_t)60 << 10)

struct lash_curl lash_curl;

/* Was libcurl refused memory? Its code for that means other things, too. */
static atomic_bool refused;

static void *noted(void *ptr)
{
    if (!ptr)
        atomic_store(&refused, true);
    return ptr;
}

static void *on_malloc(size_t size)
{
    return noted(malloc(size));
}

static void *on_calloc(size_t n, size_t size)
{
    return noted(calloc(n, size));
}

static void *on_realloc(void *ptr, size_t size)
{
    return noted(realloc(ptr, size));
}

static char *on_strdup(const char *text)
{
    return noted(strdup(text));
}

/* GnuTLS sets itself up as it is opened, which takes a twentieth of the time of a short
 * question, unless the program has this function and it says no
 * (GNUTLS_SKIP_GLOBAL_INIT in <gnutls/gnutls.h>). Debian's libcurl brings it for what
 * lash never does: rtmp and ldap. libcurl-gnutls initialises it itself. */
static bool skips_gnutls;
static bool wants_gnutls; /* whoever opens it now may rely on it */
static void *asleep;      /* an address in a GnuTLS that was skipped */

// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming)
int _gnutls_global_init_skip(void);

int _gnutls_global_init_skip(void)
{
    if (skips_gnutls)
        asleep = __builtin_return_address(0);
    return skips_gnutls;
}
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming)

void lash_curl_wake_gnutls(void)
{
    Dl_info info;
    wants_gnutls = true;
    void *lib = asleep && dladdr(asleep, &info) != 0
                    ? dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD)
                    : NULL;
    asleep = NULL;
    int (*init)(void) = NULL;
    if (lib)
        *(void **)&init = dlsym(lib, "gnutls_global_init");
    if (init)
        (void)init(); /* where it fails, so does the first call of whoever stands on it */
}

static const char *const sonames[] = {"libcurl.so.4", "libcurl-gnutls.so.4", NULL};

/* A function of the libraries that libcurl brought; NULL: there is none. */
static void *find_function(const char *name)
{
    void *lib = NULL;
    for (size_t i = 0; !lib && sonames[i]; i++)
        lib = dlopen(sonames[i], RTLD_LAZY | RTLD_NOLOAD);
    void *found = lib ? dlsym(lib, name) : NULL;
    if (lib)
        (void)dlclose(lib); /* that it is open is counted */
    return found;
}

bool lash_curl_tls_has_more(CURL *easy)
{
    static int (*openssl)(const void *session);   /* SSL_has_pending */
    static size_t (*gnutls)(const void *session); /* gnutls_record_check_pending */
    const struct curl_tlssessioninfo *tls = NULL;
    if (lash_curl.easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &tls) != CURLE_OK || !tls ||
        !tls->internals)
        return false;
    if (tls->backend == CURLSSLBACKEND_OPENSSL) {
        if (!openssl)
            *(void **)&openssl = find_function("SSL_has_pending");
        return openssl && openssl(tls->internals) != 0;
    }
    if (tls->backend == CURLSSLBACKEND_GNUTLS) {
        if (!gnutls)
            *(void **)&gnutls = find_function("gnutls_record_check_pending");
        return gnutls && gnutls(tls->internals) > 0;
    }
    return false;
}

/* Opens the library, and initialises it. */
static enum lash_code open_library(struct lash_err *err)
{
    static const struct lash_dl_part heavy[] = {LASH_CURL_HEAVY};
    const struct lash_symbol symbols[] = {
#define SYMBOL(name) {"curl_" #name, (void *)&lash_curl.name},
        LASH_CURL_FUNCTIONS(SYMBOL)
#undef SYMBOL
    };
    skips_gnutls = !wants_gnutls;
    lash_dl_open_parts(heavy);
    enum lash_code code = lash_dl_open(sonames, symbols, sizeof(symbols) / sizeof(*symbols),
                                       "libcurl", "libcurl4", err);
    skips_gnutls = false;
    if (code != LASH_OK)
        return code;
    CURLcode rc = lash_curl.global_init_mem(CURL_GLOBAL_DEFAULT, on_malloc, free, on_realloc,
                                            on_strdup, on_calloc);
    return rc == CURLE_OK
               ? LASH_OK
               : lash_err_set(err, LASH_ELIBRARY, "libcurl: %s", lash_curl.easy_strerror(rc));
}

enum lash_code lash_curl_open(struct lash_err *err)
{
    static bool open;
    if (open)
        return LASH_OK;
    void *room = lash_prefault(ROOM);
    enum lash_code code = open_library(err);
    free(room);
    open = code == LASH_OK;
    return code;
}

enum lash_code lash_curl_code(CURLcode rc, bool named, bool has_head)
{
    switch (rc) {
    case CURLE_OK: return LASH_OK;
    case CURLE_OUT_OF_MEMORY:
        /* Also libcurl's word for a header line over its limit of 100 KB. */
        return atomic_exchange(&refused, false) ? LASH_ENOMEM : LASH_EPROTO;
    case CURLE_URL_MALFORMAT: return LASH_EUSAGE;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY: return LASH_EDNS;
    case CURLE_COULDNT_CONNECT: return LASH_ECONNECT;
    case CURLE_OPERATION_TIMEDOUT: return named ? LASH_ECONNECT : LASH_EDNS; /* our only one */
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_INVALIDCERTSTATUS: return LASH_ETLS;
    case CURLE_PARTIAL_FILE: return LASH_ETRUNCATED;
    case CURLE_SSL_CONNECT_ERROR: /* a reset during the handshake, mostly */
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_ABORTED_BY_CALLBACK: /* see on_send in transfer_options.c */
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return has_head ? LASH_ETRUNCATED : LASH_ERESET;
    default: return LASH_EPROTO;
    }
}
