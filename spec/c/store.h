/* store.h - a store in a folder of its own, and short forms for what tests do
 * with one. */
#ifndef LASH_SPEC_C_STORE_H
#define LASH_SPEC_C_STORE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/statement.h"
#include "sys/store.h"

static char folder[64];
static char path[96];

static inline int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/lash-store-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    (void)snprintf(path, sizeof(path), "%s/state/lash.db", folder);
    return 0;
}

static inline int remove_folder(void **state)
{
    (void)state;
    char command[128];
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    return system(command); /* NOLINT(cert-env33-c): a name of our own */
}

static inline struct lash_store *open_store(void)
{
    struct lash_store *s = NULL;
    struct lash_err err;
    if (lash_store_open(&s, path, 0, &err) != LASH_OK)
        fail_msg("%s", err.msg);
    return s;
}

static inline enum lash_code open_code(struct lash_err *err)
{
    struct lash_store *s = NULL;
    enum lash_code code = lash_store_open(&s, path, 0, err);
    assert_true((code == LASH_OK) == (s != NULL));
    lash_store_close(s);
    return code;
}

/* Runs a statement with one value, if there is one; *number is its first column. */
static inline enum lash_code run(struct lash_store *s, const char *sql,
                                 const struct lash_value *value, int64_t *number,
                                 struct lash_err *err)
{
    struct lash_statement *st = NULL;
    enum lash_code code = lash_statement_get(&st, s, sql, strlen(sql), err);
    if (code == LASH_OK && value)
        code = lash_statement_bind(st, 1, value, err);
    bool row = true;
    while (code == LASH_OK && row) {
        code = lash_statement_step(st, &row, err);
        struct lash_value v = {0};
        if (code == LASH_OK && row)
            code = lash_statement_value(&v, st, 0, err);
        if (code == LASH_OK && row && number)
            *number = v.integer;
    }
    lash_statement_reset(st);
    return code;
}

static inline int64_t number_of(struct lash_store *s, const char *sql)
{
    int64_t n = -1;
    struct lash_err err;
    if (run(s, sql, NULL, &n, &err) != LASH_OK)
        fail_msg("%s: %s", sql, err.msg);
    return n;
}

static inline void check_intact(struct lash_store *s)
{
    /* "ok" is a text: its integer is 0; every complaint is one row more. */
    assert_int_equal(number_of(s, "SELECT count(*) FROM pragma_integrity_check "
                                  "WHERE integrity_check <> 'ok'"),
                     0);
}

#define INSERT "INSERT INTO sessions (id, created, used) VALUES (?, 0, 0)"

static inline enum lash_code insert(struct lash_store *s, enum lash_access access, const char *id,
                                    struct lash_err *err)
{
    struct lash_value v = {.type = LASH_TEXT, .bytes = id, .len = strlen(id)};
    enum lash_code code = lash_store_begin(s, access, 0, err);
    if (code != LASH_OK)
        return code;
    code = run(s, INSERT, &v, NULL, err);
    if (code == LASH_OK)
        return lash_store_commit(s, err);
    lash_store_rollback(s);
    return code;
}

static inline void must_insert(struct lash_store *s, const char *id)
{
    struct lash_err err;
    if (insert(s, LASH_WRITE, id, &err) != LASH_OK)
        fail_msg("%s: %s", id, err.msg);
}

static inline int64_t rows(struct lash_store *s)
{
    return number_of(s, "SELECT count(*) FROM sessions");
}

/* Waits for a child; true when it ended with 0. */
static inline bool child_is_well(pid_t pid)
{
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

#endif
