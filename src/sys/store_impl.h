/* store_impl.h - what store.c and statement.c share of a store. */
#ifndef LASH_SYS_STORE_IMPL_H
#define LASH_SYS_STORE_IMPL_H

#include <stdbool.h>
#include <sys/types.h>

#include "sys/sqlite.h"
#include "sys/statement.h"
#include "sys/store.h"

#define LASH_STATEMENTS 64 /* that stay prepared; the longest unused makes room */

struct lash_statement {
    struct lash_store *store;
    sqlite3_stmt *stmt; /* NULL: free */
    char *sql;
    size_t len;
    uint64_t used; /* when, counted in statements */
};

struct lash_store {
    sqlite3 *db;
    char *path;
    pid_t pid;
    uint64_t deadline_ms;   /* of the transaction; 0: none */
    uint64_t busy_until_ms; /* of the call that runs */
    enum lash_access level; /* of PRAGMA synchronous: LASH_WRITE or LASH_DURABLE */
    bool broken;            /* a write went wrong in the system: nothing is certain */
    uint64_t uses;
    struct lash_statement statements[LASH_STATEMENTS];
};

/* To be called first by whatever touches the database: the process is the one
 * that opened it, the store is not broken; waiting begins now. */
LASH_NODISCARD enum lash_code lash_store_enter(struct lash_store *s, struct lash_err *err);

/* Fills err for a result of SQLite's, and takes note when the store is broken. */
enum lash_code lash_store_fail(struct lash_store *s, int rc, const char *verb,
                               struct lash_err *err);

#endif
