/* statement.c - SQL statements with values; see statement.h. */
#include "sys/statement.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/store_impl.h"

static void forget(struct lash_statement *st)
{
    (void)lash_sqlite.finalize(st->stmt);
    free(st->sql);
    *st = (struct lash_statement){.store = st->store};
}

/* The statement of this text, or the place for it: a free one, else the one
 * that was not used for longest. */
static struct lash_statement *find(struct lash_store *s, const char *sql, size_t n)
{
    struct lash_statement *oldest = &s->statements[0];
    for (size_t i = 0; i < LASH_STATEMENTS; i++) {
        struct lash_statement *st = &s->statements[i];
        if (st->stmt && st->len == n && memcmp(st->sql, sql, n) == 0)
            return st;
        if (st->used < oldest->used)
            oldest = st;
    }
    return oldest;
}

static enum lash_code prepare(struct lash_statement *st, const char *sql, size_t n,
                              struct lash_err *err)
{
    if (memchr(sql, '\0', n))
        return lash_err_set(err, LASH_EUSAGE, "SQL with a zero byte");
    char *copy = strndup(sql, n);
    if (!copy)
        return lash_err_set(err, LASH_ENOMEM, "out of memory");
    sqlite3_stmt *stmt = NULL;
    const char *tail = copy;
    int rc =
        lash_sqlite.prepare_v3(st->store->db, copy, -1, SQLITE_PREPARE_PERSISTENT, &stmt, &tail);
    while (rc == SQLITE_OK && isspace((unsigned char)*tail))
        tail++;
    if (rc != SQLITE_OK || !stmt || *tail) {
        (void)lash_sqlite.finalize(stmt);
        enum lash_code code = rc != SQLITE_OK
                                  ? lash_store_fail(st->store, rc, "use", err)
                                  : lash_err_set(err, LASH_EUSAGE, "not one SQL statement");
        free(copy);
        return code;
    }
    if (st->stmt)
        forget(st);
    st->stmt = stmt;
    st->sql = copy;
    st->len = n;
    return LASH_OK;
}

enum lash_code lash_statement_get(struct lash_statement **out, struct lash_store *s,
                                  const char *sql, size_t n, struct lash_err *err)
{
    enum lash_code code = lash_store_enter(s, err);
    if (code != LASH_OK)
        return code;
    struct lash_statement *st = find(s, sql, n);
    st->store = s;
    if (!st->stmt || st->len != n || memcmp(st->sql, sql, n) != 0) {
        code = prepare(st, sql, n, err);
        if (code != LASH_OK)
            return code;
    }
    st->used = ++s->uses;
    *out = st;
    return LASH_OK;
}

int lash_statement_parameters(const struct lash_statement *st)
{
    return lash_sqlite.bind_parameter_count(st->stmt);
}

enum lash_code lash_statement_bind(struct lash_statement *st, int i, const struct lash_value *value,
                                   struct lash_err *err)
{
    const char *bytes = value->bytes ? value->bytes : ""; /* NULL would be an SQL null */
    int rc = SQLITE_OK;
    switch (value->type) {
    case LASH_NULL: rc = lash_sqlite.bind_null(st->stmt, i); break;
    case LASH_INTEGER: rc = lash_sqlite.bind_int64(st->stmt, i, value->integer); break;
    case LASH_REAL: rc = lash_sqlite.bind_double(st->stmt, i, value->real); break;
    case LASH_TEXT:
        rc = lash_sqlite.bind_text64(st->stmt, i, bytes, value->len, SQLITE_STATIC, SQLITE_UTF8);
        break;
    case LASH_BLOB:
        rc = lash_sqlite.bind_blob64(st->stmt, i, bytes, value->len, SQLITE_STATIC);
        break;
    }
    return rc == SQLITE_OK ? LASH_OK : lash_store_fail(st->store, rc, "use", err);
}

enum lash_code lash_statement_step(struct lash_statement *st, bool *row, struct lash_err *err)
{
    errno = 0;
    int rc = lash_sqlite.step(st->stmt);
    *row = rc == SQLITE_ROW;
    if (rc == SQLITE_ROW || rc == SQLITE_DONE)
        return LASH_OK;
    return lash_store_fail(st->store, rc, "use", err);
}

int lash_statement_columns(const struct lash_statement *st)
{
    return lash_sqlite.column_count(st->stmt);
}

const char *lash_statement_name(const struct lash_statement *st, int i)
{
    return lash_sqlite.column_name(st->stmt, i);
}

enum lash_code lash_statement_value(struct lash_value *out, const struct lash_statement *st, int i,
                                    struct lash_err *err)
{
    *out = (struct lash_value){.type = LASH_NULL};
    switch (lash_sqlite.column_type(st->stmt, i)) {
    case SQLITE_INTEGER:
        out->type = LASH_INTEGER;
        out->integer = lash_sqlite.column_int64(st->stmt, i);
        return LASH_OK;
    case SQLITE_FLOAT:
        out->type = LASH_REAL;
        out->real = lash_sqlite.column_double(st->stmt, i);
        return LASH_OK;
    case SQLITE_TEXT:
        out->type = LASH_TEXT;
        out->bytes = (const char *)lash_sqlite.column_text(st->stmt, i);
        break;
    case SQLITE_BLOB:
        out->type = LASH_BLOB;
        out->bytes = lash_sqlite.column_blob(st->stmt, i);
        break;
    default: return LASH_OK;
    }
    out->len = (size_t)lash_sqlite.column_bytes(st->stmt, i);
    if (!out->bytes && (out->len > 0 || out->type == LASH_TEXT))
        return lash_err_set(err, LASH_ENOMEM, "out of memory");
    if (!out->bytes)
        out->bytes = ""; /* SQLite's empty blob */
    return LASH_OK;
}

int64_t lash_statement_changes(const struct lash_statement *st)
{
    return lash_sqlite.changes(st->store->db);
}

void lash_statement_reset(struct lash_statement *st)
{
    if (!st || !st->stmt || st->store->pid != getpid())
        return;
    (void)lash_sqlite.reset(st->stmt); /* says again what the step said */
    (void)lash_sqlite.clear_bindings(st->stmt);
}
