/* sqlite.c - SQLite, opened at first use; see sqlite.h. */
#include "sys/sqlite.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "sys/dl.h"
#include "sys/file.h"

#define OLDEST 3037000 /* the first with STRICT tables */

struct lash_sqlite lash_sqlite;

enum lash_code lash_sqlite_open(struct lash_err *err)
{
    static bool open;
    if (open)
        return LASH_OK;
    static const char *const sonames[] = {"libsqlite3.so.0", NULL};
    const struct lash_symbol symbols[] = {
#define SYMBOL(name) {"sqlite3_" #name, (void *)&lash_sqlite.name},
        LASH_SQLITE_FUNCTIONS(SYMBOL)
#undef SYMBOL
    };
    enum lash_code code = lash_dl_open(sonames, symbols, sizeof(symbols) / sizeof(*symbols),
                                       "SQLite", "libsqlite3-0", err);
    if (code != LASH_OK)
        return code;
    if (lash_sqlite.libversion_number() < OLDEST)
        return lash_err_set(err, LASH_ELIBRARY, "SQLite is older than 3.37");
    open = true;
    return LASH_OK;
}

/* What the system said of a failed read or write decides, where it said it. */
static enum lash_code code_of(int rc, int why)
{
    switch (rc & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_PROTOCOL: /* lost the race for its lock again and again */
    case SQLITE_LOCKED: return LASH_EBUSY;
    case SQLITE_FULL: return LASH_EFULL;
    case SQLITE_CORRUPT: return LASH_ECORRUPT;
    case SQLITE_NOTADB: return LASH_ENOTDB;
    case SQLITE_NOMEM: return LASH_ENOMEM;
    case SQLITE_TOOBIG: return LASH_ETOOBIG;
    case SQLITE_READONLY: return LASH_EREADONLY;
    case SQLITE_PERM:
    case SQLITE_AUTH: return LASH_EPERMISSION;
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR: return lash_file_code(why);
    default: return LASH_EUSAGE; /* the statement's own fault, a constraint */
    }
}

enum lash_code lash_sqlite_fail(struct lash_err *err, sqlite3 *db, int rc, const char *verb,
                                const char *path)
{
    int left = errno; /* SQLite does not always keep it */
    int why = db ? lash_sqlite.system_errno(db) : 0;
    if (why == 0)
        why = left;
    /* The database is there, a file beside it is not and cannot be made: then
     * SQLite keeps the reason of its last try, which was only to read that. */
    if ((rc & 0xFF) == SQLITE_CANTOPEN && why == ENOENT && access(path, F_OK) == 0 &&
        access(path, W_OK) != 0)
        why = errno;
    bool of_system = (rc & 0xFF) == SQLITE_CANTOPEN || (rc & 0xFF) == SQLITE_IOERR;
    const char *words = db ? lash_sqlite.errmsg(db) : lash_sqlite.errstr(rc);
    return lash_err_set(err, code_of(rc, why), "cannot %s %s: %s%s%s", verb, path, words,
                        of_system && why ? ": " : "", of_system && why ? strerror(why) : "");
}
