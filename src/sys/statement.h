/* statement.h - SQL statements with values, on an open store.
 *
 * Prepared once and kept by the store, by their text; texts are therefore
 * constants of the program, and values are bound. */
#ifndef LASH_SYS_STATEMENT_H
#define LASH_SYS_STATEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "sys/store.h"

struct lash_statement; /* belongs to its store */

enum lash_value_type { LASH_NULL, LASH_INTEGER, LASH_REAL, LASH_TEXT, LASH_BLOB };

struct lash_value {
    enum lash_value_type type;
    int64_t integer;
    double real;
    const char *bytes; /* of a text or blob */
    size_t len;
};

/* The statement of this text, ready to bind; one a text. LASH_EUSAGE for what is
 * no statement, or more than one. */
LASH_NODISCARD enum lash_code lash_statement_get(struct lash_statement **out, struct lash_store *s,
                                                 const char *sql, size_t n, struct lash_err *err);

/* How many values it takes. */
int lash_statement_parameters(const struct lash_statement *st);

/* Gives it value i, from 1; bytes must stay until it is reset. */
LASH_NODISCARD enum lash_code lash_statement_bind(struct lash_statement *st, int i,
                                                  const struct lash_value *value,
                                                  struct lash_err *err);

/* Runs it up to its next row; *row is false at its end. */
LASH_NODISCARD enum lash_code lash_statement_step(struct lash_statement *st, bool *row,
                                                  struct lash_err *err);

/* The columns of a row, from 0; bytes are valid until the next step. */
int lash_statement_columns(const struct lash_statement *st);
const char *lash_statement_name(const struct lash_statement *st, int i);
LASH_NODISCARD enum lash_code lash_statement_value(struct lash_value *out,
                                                   const struct lash_statement *st, int i,
                                                   struct lash_err *err);

/* Rows that the last INSERT, UPDATE or DELETE changed. */
int64_t lash_statement_changes(const struct lash_statement *st);

/* Lets go of rows and values; to be called after every use. NULL is allowed. */
void lash_statement_reset(struct lash_statement *st);

#endif
