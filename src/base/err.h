/* err.h - result codes and the error record.
 *
 * A function that can fail returns enum lash_code. One whose failure a person
 * will read also fills a struct lash_err that the caller owns; it never
 * allocates. */
#ifndef LASH_BASE_ERR_H
#define LASH_BASE_ERR_H

#define LASH_NODISCARD __attribute__((warn_unused_result))
#define LASH_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

enum lash_code {
    LASH_OK = 0,
    LASH_ENOMEM,
    LASH_ETOOBIG,     /* a stated limit was reached */
    LASH_ESYNTAX,     /* the input breaks its grammar */
    LASH_EUSAGE,      /* a value that can never be right */
    LASH_EIO,         /* the system refused: file, socket, process */
    LASH_EMISSING,    /* a file or folder that is not there */
    LASH_ELIBRARY,    /* a library that is opened at first use is not there */
    LASH_EDNS,        /* no address for a name */
    LASH_ECONNECT,    /* refused, unreachable, not in time */
    LASH_ETLS,        /* no trust in the other side */
    LASH_ESTALL,      /* silence for longer than allowed */
    LASH_EDEADLINE,   /* the caller's own deadline passed */
    LASH_ERESET,      /* the connection broke before an answer began */
    LASH_ETRUNCATED,  /* the connection ended inside an answer */
    LASH_EPROTO,      /* the answer breaks its protocol */
    LASH_EDENIED,     /* a rule of the caller's forbids it */
    LASH_ECLOSED,     /* the object was closed or cancelled */
    LASH_EBUSY,       /* held by somebody else, for longer than we may wait */
    LASH_EFULL,       /* no space left: disk, quota, largest file */
    LASH_EREADONLY,   /* a file system or file that takes no changes */
    LASH_EPERMISSION, /* the system's: of a file or folder */
    LASH_ECORRUPT,    /* a database whose content is damaged */
    LASH_ENOTDB,      /* a file that is no database, or not ours */
    LASH_ENEWER,      /* written by a newer version of the program */
};

struct lash_err {
    enum lash_code code;
    char msg[512];
};

/* Short stable name of a code ("nomem", "toobig", ...), for scripts. */
const char *lash_code_name(enum lash_code code);

/* Fills err (which may be NULL) and returns code, so that a caller can write
 * 'return lash_err_set(err, LASH_EIO, ...)'. */
LASH_PRINTF(3, 4)
enum lash_code lash_err_set(struct lash_err *err, enum lash_code code, const char *fmt, ...);

#endif
