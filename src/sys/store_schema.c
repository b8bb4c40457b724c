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

    /* 2: runs of the program, and what happened in each. A process at work on a run
     * holds the lock "run/ID"; 'state' is what was known last. An entry is written
     * before something is done ('begun') and behind it; one of a process that is
     * gone stays 'begun', or becomes 'lost' when the run goes on. What is done again
     * is a further attempt. 'usd' and 'tokens' of a model's call are what it may
     * take at most while it is under way, then what it took. 'spent' has the sums of
     * runs that were removed, for budgets of a month. */
    "CREATE TABLE runs ("
    "  number INTEGER PRIMARY KEY,"
    "  id TEXT NOT NULL UNIQUE,"
    "  kind TEXT NOT NULL,"  /* script, ask, workflow */
    "  name TEXT NOT NULL,"  /* of the workflow, else of the script's file */
    "  script TEXT,"         /* its real path */
    "  words TEXT NOT NULL," /* JSON: the command line */
    "  folder TEXT,"         /* where it began */
    "  hash TEXT,"           /* SHA-256 of the script */
    "  identity TEXT,"       /* of a workflow: equal ones are one run */
    "  state TEXT NOT NULL," /* running, waiting, failed, done, undone */
    "  started REAL NOT NULL,"
    "  touched REAL NOT NULL," /* when a process began, or ended, to work on it */
    "  ended REAL,"
    "  seconds REAL NOT NULL DEFAULT 0," /* at work, in all processes that ended */
    "  starts INTEGER NOT NULL DEFAULT 1,"
    "  pid INTEGER,"
    "  exit INTEGER,"
    "  error TEXT," /* the kind */
    "  message TEXT"
    ") STRICT;"
    "CREATE INDEX runs_by_start ON runs (started);"
    "CREATE INDEX runs_by_identity ON runs (identity) WHERE identity IS NOT NULL;"
    "CREATE TABLE entries ("
    "  number INTEGER PRIMARY KEY,"
    "  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,"
    "  key TEXT NOT NULL," /* where it stands: /classify[id=7]/ask/turn[1] */
    "  attempt INTEGER NOT NULL,"
    "  kind TEXT NOT NULL,"  /* step, agent, model, tool, sleep, question */
    "  state TEXT NOT NULL," /* begun, done, failed, lost, waiting, replaced */
    "  begun REAL NOT NULL,"
    "  ended REAL,"
    "  input TEXT,"                        /* JSON, what it was given, when that is not too long */
    "  input_hash TEXT,"                   /* SHA-256 of all of it */
    "  result ANY,"                        /* JSON, or bytes */
    "  beside INTEGER NOT NULL DEFAULT 0," /* 1: the result is a file */
    "  error TEXT,"                        /* the kind */
    "  message TEXT,"
    "  agent TEXT," /* the id of the agent's run */
    "  model TEXT,"
    "  usage TEXT," /* JSON, as the service counted */
    "  usd REAL,"   /* NULL: the price is not known */
    "  tokens INTEGER,"
    "  UNIQUE (run, key, attempt)"
    ") STRICT;"
    "CREATE INDEX entries_by_model ON entries (begun) WHERE kind = 'model';"
    "CREATE TABLE spent ("
    "  month TEXT NOT NULL," /* 2026-11 */
    "  name TEXT NOT NULL,"  /* of the runs */
    "  usd REAL NOT NULL,"
    "  PRIMARY KEY (month, name)"
    ") STRICT;",
    NULL,
};
