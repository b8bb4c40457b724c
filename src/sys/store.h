/* store.h - the database of the program: one file, one connection a process.
 *
 * Many processes share the file. A call waits for them, with the process stopped,
 * until the caller's deadline, 10 s at most: LASH_EBUSY. A transaction is over
 * in well under a millisecond; nobody may wait for anything else inside of one.
 *
 * Failures have their own codes: LASH_EFULL (no space), LASH_EREADONLY,
 * LASH_EPERMISSION, LASH_ECORRUPT, LASH_ENOTDB (no database, or not one of ours),
 * LASH_ENEWER (a newer program's), LASH_EBUSY, LASH_ELIBRARY (no SQLite), else
 * LASH_EIO. What failed has changed nothing; only after LASH_EIO at a commit it
 * is open whether it has, and the store refuses to go on (LASH_ECLOSED): close it,
 * open it again, look. No file is ever moved, replaced or deleted here.
 *
 * The tables are in store_schema.c, statements in statement.h. */
#ifndef LASH_SYS_STORE_H
#define LASH_SYS_STORE_H

#include <stdint.h>

#include "base/err.h"

struct lash_store;

enum lash_access {
    LASH_READ,    /* sees one state of the database, whoever writes meanwhile */
    LASH_WRITE,   /* survives the end of the process, in whatever way */
    LASH_DURABLE, /* survives a power failure too: for what was paid or done */
};

/* Opens the database at an absolute path. A missing one is made (0600), and its
 * folder (0700); an older one gets the present tables. Beside it a file
 * lash.lock is used, for a moment, by who makes or changes it. deadline_ms: see
 * lash_store_begin. LASH_EUSAGE when the process has one open, or had when
 * it was forked: closing one would take the other's locks away. */
LASH_NODISCARD enum lash_code lash_store_open(struct lash_store **out, const char *path,
                                              uint64_t deadline_ms, struct lash_err *err);

/* Rolls back what was not committed. NULL is allowed. */
void lash_store_close(struct lash_store *s);

/* Begins a transaction; LASH_EUSAGE inside of one. Nothing in it waits beyond
 * deadline_ms of lash_clock_ms, 0: 10 s a call. */
LASH_NODISCARD enum lash_code lash_store_begin(struct lash_store *s, enum lash_access access,
                                               uint64_t deadline_ms, struct lash_err *err);

/* Ends it; when it fails, it is rolled back. LASH_EUSAGE outside of one: it may
 * have been rolled back by an error. */
LASH_NODISCARD enum lash_code lash_store_commit(struct lash_store *s, struct lash_err *err);

/* Takes back what there is to take back. */
void lash_store_rollback(struct lash_store *s);

#endif
