/* err.c - result codes and the error record; see err.h. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>

const char *lash_code_name(enum lash_code code)
{
    switch (code) {
    case LASH_OK: return "ok";
    case LASH_ENOMEM: return "nomem";
    case LASH_ETOOBIG: return "toobig";
    case LASH_ESYNTAX: return "syntax";
    case LASH_EUSAGE: return "usage";
    case LASH_EIO: return "io";
    case LASH_EMISSING: return "missing";
    case LASH_ELIBRARY: return "library";
    case LASH_EDNS: return "dns";
    case LASH_ECONNECT: return "connect";
    case LASH_ETLS: return "tls";
    case LASH_ESTALL: return "stall";
    case LASH_EDEADLINE: return "deadline";
    case LASH_ERESET: return "reset";
    case LASH_ETRUNCATED: return "truncated";
    case LASH_EPROTO: return "proto";
    case LASH_EDENIED: return "denied";
    case LASH_ECLOSED: return "closed";
    case LASH_EBUSY: return "busy";
    case LASH_EFULL: return "full";
    case LASH_EREADONLY: return "readonly";
    case LASH_EPERMISSION: return "permission";
    case LASH_ECORRUPT: return "corrupt";
    case LASH_ENOTDB: return "notdb";
    case LASH_ENEWER: return "newer";
    }
    return "unknown";
}

enum lash_code lash_err_set(struct lash_err *err, enum lash_code code, const char *fmt, ...)
{
    if (err) {
        va_list ap;
        va_start(ap, fmt);
        err->code = code;
        (void)vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
        va_end(ap);
    }
    return code;
}
