/* store.c - the database of the program; see store.h. */
#include "sys/store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/backoff.h"
#include "base/clock.h"
#include "sys/file.h"
#include "sys/lock.h"
#include "sys/store_impl.h"
#include "sys/store_schema.h"

#define APPLICATION_ID 0x6C617368 /* "lash" */
#define LONGEST_WAIT_MS 10000

/* Of the process, or of the one that forked it: SQLite's locks are POSIX', which
 * any close of the file drops, and which a child does not have. */
static struct lash_store *opened;

/* ---- waiting, failing ---- */

static uint64_t wait_until(uint64_t deadline_ms)
{
    uint64_t longest = lash_clock_ms() + LONGEST_WAIT_MS;
    return deadline_ms && deadline_ms < longest ? deadline_ms : longest;
}

static int on_busy(void *ctx, int n)
{
    const struct lash_store *s = ctx;
    return lash_backoff((unsigned)n, s->busy_until_ms);
}

enum lash_code lash_store_fail(struct lash_store *s, int rc, const char *verb, struct lash_err *err)
{
    enum lash_code code = lash_sqlite_fail(err, s->db, rc, verb, s->path);
    /* After a failed write or sync the system may hold other bytes than it will
     * read back: this connection must not be believed any more. */
    if ((rc & 0xFF) == SQLITE_IOERR || code == LASH_ECORRUPT || code == LASH_ENOTDB)
        s->broken = true;
    return code;
}

enum lash_code lash_store_enter(struct lash_store *s, struct lash_err *err)
{
    if (s->pid != getpid())
        return lash_err_set(err, LASH_ECLOSED, "%s was opened by another process", s->path);
    if (s->broken)
        return lash_err_set(err, LASH_ECLOSED, "%s must be opened again after an error", s->path);
    s->busy_until_ms = wait_until(lash_sqlite.get_autocommit(s->db) ? 0 : s->deadline_ms);
    errno = 0; /* see lash_sqlite_fail */
    return LASH_OK;
}

static enum lash_code run(struct lash_store *s, const char *sql, const char *verb,
                          struct lash_err *err)
{
    errno = 0;
    int rc = lash_sqlite.exec(s->db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? LASH_OK : lash_store_fail(s, rc, verb, err);
}

/* ---- opening ---- */

static int64_t newest_version(void)
{
    int64_t n = 0;
    while (lash_store_migrations[n])
        n++;
    return n;
}

/* Which version of the tables it has; 0: none. Who they belong to is asked in the
 * same breath: the number of another program's database says nothing. */
static enum lash_code read_version(struct lash_store *s, int64_t *version, struct lash_err *err)
{
    static const char sql[] = "SELECT (SELECT application_id FROM pragma_application_id),"
                              " (SELECT user_version FROM pragma_user_version),"
                              " (SELECT count(*) FROM sqlite_schema)";
    sqlite3_stmt *stmt = NULL;
    int64_t id = 0;
    int64_t tables = 0;
    errno = 0;
    int rc = lash_sqlite.prepare_v3(s->db, sql, -1, 0, &stmt, NULL);
    if (rc == SQLITE_OK)
        rc = lash_sqlite.step(stmt);
    if (rc == SQLITE_ROW) {
        id = lash_sqlite.column_int64(stmt, 0);
        *version = lash_sqlite.column_int64(stmt, 1);
        tables = lash_sqlite.column_int64(stmt, 2);
    }
    enum lash_code code = rc == SQLITE_ROW ? LASH_OK : lash_store_fail(s, rc, "read", err);
    (void)lash_sqlite.finalize(stmt);
    if (code != LASH_OK)
        return code;
    if (id != APPLICATION_ID && (id != 0 || tables != 0 || *version != 0))
        return lash_err_set(err, LASH_ENOTDB, "%s is a database, but not one of lash", s->path);
    if (*version > newest_version())
        return lash_err_set(err, LASH_ENEWER,
                            "%s was written by a newer version of lash (its tables have number "
                            "%lld, this version knows %lld)",
                            s->path, (long long)*version, (long long)newest_version());
    return LASH_OK;
}

/* The mode is kept in the file. SQLite does not wait for readers here as it does
 * elsewhere, so we do. */
static enum lash_code set_wal(struct lash_store *s, struct lash_err *err)
{
    enum lash_code code;
    unsigned n = 0;
    do
        code = run(s, "PRAGMA journal_mode=WAL", "prepare", err);
    while (code == LASH_EBUSY && lash_backoff(n++, s->busy_until_ms));
    return code;
}

/* All or nothing: a process killed in its middle leaves what was there before. */
static enum lash_code migrate(struct lash_store *s, struct lash_err *err)
{
    int64_t version = 0;
    enum lash_code code = read_version(s, &version, err);
    if (code != LASH_OK || version == newest_version())
        return code; /* somebody else has done it */
    code = set_wal(s, err);
    if (code == LASH_OK)
        code = run(s, "PRAGMA synchronous=FULL; BEGIN IMMEDIATE", "prepare", err);
    for (; code == LASH_OK && lash_store_migrations[version]; version++)
        code = run(s, lash_store_migrations[version], "prepare", err);
    if (code != LASH_OK)
        return code;
    char sql[128];
    (void)snprintf(sql, sizeof(sql),
                   "PRAGMA application_id=%d; PRAGMA user_version=%lld; COMMIT;"
                   "PRAGMA synchronous=NORMAL",
                   APPLICATION_ID, (long long)version);
    return run(s, sql, "prepare", err);
}

static enum lash_code connect(struct lash_store *s, struct lash_err *err)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    errno = 0;
    int rc = lash_sqlite.open_v2(s->path, &s->db, flags, NULL);
    if (rc != SQLITE_OK)
        return lash_store_fail(s, rc, "open", err);
    (void)lash_sqlite.busy_handler(s->db, on_busy, s);
    return run(s,
               "PRAGMA trusted_schema=OFF;"
               "PRAGMA cell_size_check=ON;"
               "PRAGMA foreign_keys=ON;"
               "PRAGMA journal_size_limit=4194304;"
               "PRAGMA synchronous=NORMAL",
               "open", err);
}

/* Makes the file, for us alone; SQLite would leave that to the umask. */
static enum lash_code make_file(const char *path, struct lash_err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return lash_file_fail(err, "make", path);
    close(fd);
    return LASH_OK;
}

/* folder/lash.lock for folder/NAME; the folder is made. */
static enum lash_code take_lock(int *fd, const char *path, uint64_t until_ms, struct lash_err *err)
{
    char lock[PATH_MAX];
    const char *slash = strrchr(path, '/');
    if (!slash || slash == path || (size_t)(slash - path) + sizeof("/lash.lock") > sizeof(lock))
        return lash_err_set(err, LASH_EUSAGE, "%s: not an absolute path of a file", path);
    (void)snprintf(lock, sizeof(lock), "%.*s", (int)(slash - path), path);
    enum lash_code code = lash_file_mkdir_p(lock, 0700, err);
    if (code != LASH_OK)
        return code;
    (void)snprintf(lock, sizeof(lock), "%.*s/lash.lock", (int)(slash - path), path);
    return lash_lock_take(fd, lock, "store", sizeof("store") - 1, until_ms, err);
}

/* Makes what is missing, alone: of many processes that make one database at the
 * same time some would be told that it is locked, however long they wait. */
static enum lash_code prepare(struct lash_store *s, struct lash_err *err)
{
    int lock = -1;
    enum lash_code code = take_lock(&lock, s->path, s->busy_until_ms, err);
    if (code != LASH_OK)
        return code;
    if (!s->db)
        code = make_file(s->path, err);
    if (code == LASH_OK && !s->db)
        code = connect(s, err);
    if (code == LASH_OK)
        code = migrate(s, err);
    close(lock);
    return code;
}

enum lash_code lash_store_open(struct lash_store **out, const char *path, uint64_t deadline_ms,
                               struct lash_err *err)
{
    if (opened)
        return lash_err_set(err, LASH_EUSAGE, "%s is open already", opened->path);
    enum lash_code code = lash_sqlite_open(err);
    if (code != LASH_OK)
        return code;
    struct lash_store *s = calloc(1, sizeof(*s));
    char *copy = strdup(path);
    if (!s || !copy) {
        free(s);
        free(copy);
        return lash_err_set(err, LASH_ENOMEM, "out of memory");
    }
    *s = (struct lash_store){.path = copy, .pid = getpid(), .level = LASH_WRITE};
    s->busy_until_ms = wait_until(deadline_ms);

    struct stat st;
    int64_t version = 0;
    if (stat(path, &st) == 0 && st.st_size > 0) {
        code = connect(s, err);
        if (code == LASH_OK)
            code = read_version(s, &version, err);
    }
    if (code == LASH_OK && version < newest_version())
        code = prepare(s, err);
    opened = s;
    if (code != LASH_OK) {
        lash_store_close(s);
        return code;
    }
    *out = s;
    return LASH_OK;
}

void lash_store_close(struct lash_store *s)
{
    if (!s)
        return;
    if (opened == s)
        opened = NULL;
    /* A child that a fork has given a copy may not even close it: its close would
     * write into the parent's database. */
    bool ours = s->pid == getpid();
    for (size_t i = 0; i < LASH_STATEMENTS; i++) {
        if (ours && s->statements[i].stmt)
            (void)lash_sqlite.finalize(s->statements[i].stmt);
        free(s->statements[i].sql);
    }
    if (ours && s->db)
        (void)lash_sqlite.close_v2(s->db);
    free(s->path);
    free(s);
}

/* ---- transactions ---- */

enum lash_code lash_store_begin(struct lash_store *s, enum lash_access access, uint64_t deadline_ms,
                                struct lash_err *err)
{
    enum lash_code code = lash_store_enter(s, err);
    if (code != LASH_OK)
        return code;
    if (!lash_sqlite.get_autocommit(s->db))
        return lash_err_set(err, LASH_EUSAGE, "a transaction is open already");
    s->deadline_ms = deadline_ms;
    s->busy_until_ms = wait_until(deadline_ms);
    if (access == LASH_READ)
        return run(s, "BEGIN", "read", err);
    if (access != s->level) {
        code =
            run(s, access == LASH_DURABLE ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL",
                "write", err);
        if (code != LASH_OK)
            return code;
        s->level = access;
    }
    return run(s, "BEGIN IMMEDIATE", "write", err);
}

enum lash_code lash_store_commit(struct lash_store *s, struct lash_err *err)
{
    enum lash_code code = lash_store_enter(s, err);
    if (code == LASH_OK && lash_sqlite.get_autocommit(s->db))
        return lash_err_set(err, LASH_EUSAGE, "no transaction is open");
    if (code == LASH_OK)
        code = run(s, "COMMIT", "write", err);
    if (code != LASH_OK)
        lash_store_rollback(s);
    return code;
}

void lash_store_rollback(struct lash_store *s)
{
    if (s->pid == getpid() && !lash_sqlite.get_autocommit(s->db))
        (void)lash_sqlite.exec(s->db, "ROLLBACK", NULL, NULL, NULL);
}
