/* test_statement.c - SQL statements with values. */
#include "store.h"

static void test_values_keep_their_type(void **state)
{
    (void)state;
    struct lash_store *s = open_store();
    const struct lash_value values[] = {
        {.type = LASH_NULL},
        {.type = LASH_INTEGER, .integer = INT64_MIN},
        {.type = LASH_INTEGER, .integer = INT64_MAX},
        {.type = LASH_REAL, .real = 0.1},
        {.type = LASH_TEXT, .bytes = "h\xC3\xA9", .len = 3},
        {.type = LASH_TEXT},
        {.type = LASH_BLOB, .bytes = "a\0\xFF", .len = 3},
        {.type = LASH_BLOB},
    };
    for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
        struct lash_statement *st;
        struct lash_err err;
        struct lash_value v;
        bool row;
        assert_int_equal(lash_statement_get(&st, s, "SELECT ?1 AS x", 14, &err), LASH_OK);
        assert_int_equal(lash_statement_parameters(st), 1);
        assert_int_equal(lash_statement_bind(st, 1, &values[i], &err), LASH_OK);
        assert_int_equal(lash_statement_step(st, &row, &err), LASH_OK);
        assert_true(row);
        assert_int_equal(lash_statement_columns(st), 1);
        assert_string_equal(lash_statement_name(st, 0), "x");
        assert_int_equal(lash_statement_value(&v, st, 0, &err), LASH_OK);
        assert_int_equal(v.type, values[i].type);
        assert_int_equal(v.integer, values[i].integer);
        assert_true(v.real == values[i].real);
        assert_int_equal(v.len, values[i].len);
        assert_memory_equal(v.len ? v.bytes : "", v.len ? values[i].bytes : "", v.len);
        lash_statement_reset(st);
    }
    lash_store_close(s);
}

static void test_statements_are_one_each(void **state)
{
    (void)state;
    struct lash_store *s = open_store();
    struct lash_statement *st;
    struct lash_err err;
    const struct {
        const char *sql;
        size_t n;
    } wrong[] = {{"", 0}, {"SELECT 1; SELECT 2", 18}, {"SELEKT 1", 8}, {"SELECT\0 1", 9}};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        assert_int_equal(lash_statement_get(&st, s, wrong[i].sql, wrong[i].n, &err), LASH_EUSAGE);
    assert_int_equal(lash_statement_get(&st, s, "SELECT 1; \n", 11, &err), LASH_OK);
    must_insert(s, "x");
    assert_int_equal(insert(s, LASH_WRITE, "x", &err), LASH_EUSAGE); /* the id is unique */
    assert_non_null(strstr(err.msg, "UNIQUE"));
    assert_int_equal(rows(s), 1);
    lash_store_close(s);
}

static void test_more_statements_than_are_kept(void **state)
{
    (void)state;
    struct lash_store *s = open_store();
    char sql[32];
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 200; i++) {
            (void)snprintf(sql, sizeof(sql), "SELECT %d", i);
            assert_int_equal(number_of(s, sql), i);
            assert_int_equal(number_of(s, "SELECT 7"), 7);
        }
    lash_store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_values_keep_their_type),
        TEST(test_statements_are_one_each),
        TEST(test_more_statements_than_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
