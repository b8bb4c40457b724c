/* sqlite.h - the functions of SQLite that we use, opened at first use.
 *
 * For store.c and statement.c only; nobody else sees a type of SQLite's. */
#ifndef LASH_SYS_SQLITE_H
#define LASH_SYS_SQLITE_H

#include <sqlite3.h>

#include "base/err.h"

#define LASH_SQLITE_FUNCTIONS(X)                                                                   \
    X(libversion_number)                                                                           \
    X(open_v2)                                                                                     \
    X(close_v2)                                                                                    \
    X(exec)                                                                                        \
    X(errmsg)                                                                                      \
    X(errstr)                                                                                      \
    X(extended_errcode)                                                                            \
    X(system_errno)                                                                                \
    X(busy_handler)                                                                                \
    X(get_autocommit)                                                                              \
    X(changes)                                                                                     \
    X(prepare_v3)                                                                                  \
    X(bind_null)                                                                                   \
    X(bind_int64)                                                                                  \
    X(bind_double)                                                                                 \
    X(bind_text64)                                                                                 \
    X(bind_blob64)                                                                                 \
    X(bind_parameter_count)                                                                        \
    X(clear_bindings)                                                                              \
    X(step)                                                                                        \
    X(reset)                                                                                       \
    X(finalize)                                                                                    \
    X(column_count)                                                                                \
    X(column_name)                                                                                 \
    X(column_type)                                                                                 \
    X(column_int64)                                                                                \
    X(column_double)                                                                               \
    X(column_text)                                                                                 \
    X(column_blob)                                                                                 \
    X(column_bytes)

/* No prefix: some of SQLite's names are macros. */
struct lash_sqlite {
#define FIELD(name) __typeof__(sqlite3_##name) *(name);
    LASH_SQLITE_FUNCTIONS(FIELD)
#undef FIELD
};

/* The table, filled after lash_sqlite_open. */
extern struct lash_sqlite lash_sqlite;

/* Opens the library, once; any later call is free. */
LASH_NODISCARD enum lash_code lash_sqlite_open(struct lash_err *err);

/* Fills err for a result of SQLite's: our code, what was tried ("open", ...),
 * the path, SQLite's words and, of a failed read or write, the system's: errno
 * must have been 0 before the call that failed. db may be NULL. */
enum lash_code lash_sqlite_fail(struct lash_err *err, sqlite3 *db, int rc, const char *verb,
                                const char *path);

#endif
