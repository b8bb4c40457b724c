/* store_schema.c - the tables of the store; see store_schema.h.
 *
 * Here, and in lua/lash/store/, is all the SQL of the program. Times are seconds
 * since the epoch. */
#include "sys/store_schema.h"

#include <stddef.h>

const char *const lash_store_migrations[] = {
    /* 1: sessions. Messages are only ever added; 'undone' ones are out of the
     * conversation, but what they cost was paid. 'revision' grows with each change
     * of a session, so that a process knows whether its copy is the latest;
     * 'holder' is for people only: the lock is what counts. */
    "CREATE TABLE sessions ("
    "  number INTEGER PRIMARY KEY,"
    "  id TEXT NOT NULL UNIQUE,"
    "  agent TEXT,"
    "  parent TEXT,"
    "  created REAL NOT NULL,"
    "  used REAL NOT NULL,"
    "  revision INTEGER NOT NULL DEFAULT 0,"
    "  holder INTEGER"
    ") STRICT;"
    "CREATE INDEX sessions_by_use ON sessions (used);"
    "CREATE TABLE messages ("
    "  number INTEGER PRIMARY KEY,"
    "  session INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,"
    "  place INTEGER NOT NULL,"  /* 1, 2, 3 in the session */
    "  time REAL NOT NULL,"      /* when it was stored */
    "  prompt INTEGER NOT NULL," /* 1: what a person or script asked */
    "  undone INTEGER NOT NULL DEFAULT 0,"
    "  body TEXT NOT NULL," /* JSON, as lua/lash/history.lua has it */
    "  turn TEXT,"          /* JSON; of a turn of the model: what it took */
    "  cost REAL,"          /* US dollars; NULL: not known */
    "  UNIQUE (session, place)"
    ") STRICT;",
    NULL,
};
