/* test_store.c - the store under everything that a disk and a user may do to it. */
#include "store.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define NOBODY 65534

static void write_file(const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* ---- making and opening ---- */

static void test_a_new_one_is_private(void **state)
{
    (void)state;
    mode_t before = umask(0);
    struct lash_store *s = open_store();
    umask(before);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    must_insert(s, "x");
    char other[128];
    const char *const names[] = {"-wal", "-shm"};
    for (int i = 0; i < 2; i++) {
        (void)snprintf(other, sizeof(other), "%s%s", path, names[i]);
        assert_int_equal(stat(other, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
    }
    (void)snprintf(other, sizeof(other), "%s/state", folder);
    assert_int_equal(stat(other, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_int_equal(number_of(s, "PRAGMA application_id"), 0x6C617368);
    assert_int_equal(number_of(s, "SELECT journal_mode = 'wal' FROM pragma_journal_mode"), 1);
    assert_int_equal(number_of(s, "PRAGMA foreign_keys"), 1);
    assert_int_equal(number_of(s, "PRAGMA trusted_schema"), 0);
    assert_int_equal(number_of(s, "PRAGMA cell_size_check"), 1);
    lash_store_close(s);
    lash_store_close(NULL);
}

static void test_one_at_a_time(void **state)
{
    (void)state;
    struct lash_store *s = open_store();
    struct lash_store *second = NULL;
    struct lash_err err;
    assert_int_equal(lash_store_open(&second, path, 0, &err), LASH_EUSAGE);
    lash_store_close(s);
    lash_store_close(open_store());
}

static void test_a_half_made_one_is_finished(void **state)
{
    (void)state;
    lash_store_close(open_store());
    write_file(""); /* whoever made the file was killed then */
    struct lash_store *s = open_store();
    must_insert(s, "x");
    /* As if it had been killed before the tables were there. */
    struct lash_err err;
    const char *tables[] = {"messages", "sessions", "entries", "runs", "spent"};
    for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
        char sql[32];
        (void)snprintf(sql, sizeof(sql), "DROP TABLE %s", tables[i]);
        assert_int_equal(run(s, sql, NULL, NULL, &err), LASH_OK);
    }
    assert_int_equal(run(s, "PRAGMA user_version=0", NULL, NULL, &err), LASH_OK);
    lash_store_close(s);
    s = open_store();
    assert_int_equal(rows(s), 0);
    lash_store_close(s);
}

static void test_a_newer_one_is_refused(void **state)
{
    (void)state;
    struct lash_err err;
    struct lash_store *s = open_store();
    must_insert(s, "x");
    assert_int_equal(run(s, "PRAGMA user_version=1000", NULL, NULL, &err), LASH_OK);
    lash_store_close(s);
    assert_int_equal(open_code(&err), LASH_ENEWER);
    assert_non_null(strstr(err.msg, path));
    assert_non_null(strstr(err.msg, "newer version of lash"));
}

static void test_what_is_no_database(void **state)
{
    (void)state;
    struct lash_err err;
    struct lash_store *s = open_store();
    assert_int_equal(run(s, "PRAGMA application_id=7", NULL, NULL, &err), LASH_OK);
    lash_store_close(s);
    assert_int_equal(open_code(&err), LASH_ENOTDB);
    assert_non_null(strstr(err.msg, "not one of lash"));

    assert_int_equal(unlink(path), 0);
    write_file("Dear diary, this is a text that is longer than the header of a database, "
               "and it must still be there in the end, whatever is done about it.\n");
    struct stat before;
    struct stat after;
    assert_int_equal(stat(path, &before), 0);
    assert_int_equal(open_code(&err), LASH_ENOTDB);
    assert_non_null(strstr(err.msg, path));
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(before.st_size, after.st_size);
    assert_int_equal(before.st_ino, after.st_ino);
}

static void test_a_damaged_one(void **state)
{
    (void)state;
    struct lash_store *s = open_store();
    char id[32];
    for (int i = 0; i < 200; i++) {
        (void)snprintf(id, sizeof(id), "session-%d", i);
        must_insert(s, id);
    }
    lash_store_close(s);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    char junk[4096];
    memset(junk, 0xA5, sizeof(junk));
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    for (off_t at = 4096; at < st.st_size; at += 4096) /* all but the first page */
        assert_int_equal(pwrite(fd, junk, sizeof(junk), at), sizeof(junk));
    close(fd);
    s = open_store();
    struct lash_err err;
    assert_int_equal(run(s, "SELECT count(*) FROM sessions", NULL, NULL, &err), LASH_ECORRUPT);
    assert_non_null(strstr(err.msg, path));
    assert_int_equal(insert(s, LASH_WRITE, "y", &err), LASH_ECLOSED); /* open it again first */
    lash_store_close(s);
    struct stat after;
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(after.st_ino, st.st_ino);
}

/* ---- permissions and space ---- */

/* Root may do everything, so these work as nobody. */
static void become(uid_t uid)
{
    if (getuid() == 0)
        assert_int_equal(seteuid(uid), 0);
}

static void test_no_permission(void **state)
{
    (void)state;
    struct lash_err err;
    assert_int_equal(chmod(folder, 0555), 0);
    become(NOBODY);
    enum lash_code code = open_code(&err);
    become(0);
    assert_int_equal(code, LASH_EPERMISSION);
    assert_non_null(strstr(err.msg, "ermission denied"));
    assert_int_equal(chmod(folder, 0755), 0);

    struct lash_store *s = open_store();
    must_insert(s, "x");
    lash_store_close(s);
    assert_int_equal(chmod(path, 0), 0);
    become(NOBODY);
    code = open_code(&err);
    become(0);
    assert_int_equal(code, LASH_EPERMISSION);
}

static void test_a_file_that_takes_no_changes(void **state)
{
    (void)state;
    struct lash_err err;
    struct lash_store *s = open_store();
    must_insert(s, "x");
    char other[128];
    (void)snprintf(other, sizeof(other), "%s/state", folder);
    assert_int_equal(chmod(folder, 0755), 0);
    assert_int_equal(chmod(other, 0755), 0);
    assert_int_equal(chmod(path, 0444), 0);
    lash_store_close(s);
    become(NOBODY);
    s = NULL;
    enum lash_code code = lash_store_open(&s, path, 0, &err);
    if (code == LASH_OK)
        code = insert(s, LASH_WRITE, "y", &err);
    become(0);
    lash_store_close(s);
    assert_int_equal(code, LASH_EREADONLY);
    assert_non_null(strstr(err.msg, path));
}

static void test_a_folder_that_takes_no_files(void **state)
{
    (void)state;
    struct lash_err err;
    struct lash_store *s = open_store();
    must_insert(s, "x");
    lash_store_close(s);
    char other[128];
    (void)snprintf(other, sizeof(other), "%s/state", folder);
    assert_int_equal(chmod(folder, 0755), 0);
    assert_int_equal(chmod(other, 0555), 0);
    assert_int_equal(chmod(path, 0666), 0);
    become(NOBODY);
    enum lash_code code = open_code(&err);
    become(0);
    assert_int_equal(chmod(other, 0755), 0);
    assert_int_equal(code, LASH_EREADONLY); /* SQLite needs files beside it */
    assert_non_null(strstr(err.msg, path));
    s = open_store();
    assert_int_equal(rows(s), 1);
    lash_store_close(s);
}

/* Fills the store until it refuses; every row that was acknowledged is there. */
static void fill(struct lash_store *s, int64_t already)
{
    static char long_id[4000];
    struct lash_err err;
    enum lash_code code = LASH_OK;
    int64_t acknowledged = already;
    while (code == LASH_OK && acknowledged < 1000) {
        (void)snprintf(long_id, sizeof(long_id), "%0*lld", (int)sizeof(long_id) - 1,
                       (long long)acknowledged);
        code = insert(s, LASH_DURABLE, long_id, &err);
        acknowledged += code == LASH_OK;
    }
    assert_int_equal(code, LASH_EFULL);
    assert_non_null(strstr(err.msg, path));
    assert_true(acknowledged > already);
    lash_store_close(s);
    (void)setrlimit(RLIMIT_FSIZE, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY});
    s = open_store();
    assert_int_equal(rows(s), acknowledged);
    check_intact(s);
    must_insert(s, "and there is room again");
    lash_store_close(s);
}

static void test_a_full_database(void **state)
{
    (void)state;
    struct lash_store *s = open_store();
    struct lash_err err;
    assert_int_equal(run(s, "PRAGMA max_page_count=60", NULL, NULL, &err), LASH_OK);
    fill(s, 0);
}

static void test_a_full_disk(void **state)
{
    (void)state;
    (void)signal(SIGXFSZ, SIG_IGN);
    struct lash_store *s = open_store();
    struct rlimit limit = {256 << 10, RLIM_INFINITY};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    fill(s, 0);
    (void)signal(SIGXFSZ, SIG_DFL);
}

/* ---- transactions ---- */

static void test_transactions_are_all_or_nothing(void **state)
{
    (void)state;
    struct lash_store *s = open_store();
    struct lash_err err;
    struct lash_value id = {.type = LASH_TEXT, .bytes = "x", .len = 1};
    assert_int_equal(lash_store_commit(s, &err), LASH_EUSAGE);
    assert_int_equal(lash_store_begin(s, LASH_WRITE, 0, &err), LASH_OK);
    assert_int_equal(lash_store_begin(s, LASH_WRITE, 0, &err), LASH_EUSAGE);
    assert_int_equal(run(s, INSERT, &id, NULL, &err), LASH_OK);
    assert_int_equal(rows(s), 1);
    lash_store_rollback(s);
    lash_store_rollback(s);
    assert_int_equal(rows(s), 0);
    assert_int_equal(lash_store_begin(s, LASH_DURABLE, 0, &err), LASH_OK);
    assert_int_equal(run(s, INSERT, &id, NULL, &err), LASH_OK);
    lash_store_close(s); /* not committed */
    s = open_store();
    assert_int_equal(rows(s), 0);
    lash_store_close(s);
}

static void test_what_was_paid_is_synchronised(void **state)
{
    (void)state;
    struct lash_store *s = open_store();
    struct lash_err err;
    const enum lash_access order[] = {LASH_WRITE, LASH_DURABLE, LASH_READ, LASH_WRITE};
    const int levels[] = {1, 2, 2, 1}; /* NORMAL, FULL; a reader does not care */
    for (int i = 0; i < 4; i++) {
        assert_int_equal(lash_store_begin(s, order[i], 0, &err), LASH_OK);
        assert_int_equal(number_of(s, "PRAGMA synchronous"), levels[i]);
        assert_int_equal(lash_store_commit(s, &err), LASH_OK);
    }
    lash_store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_new_one_is_private),
        TEST(test_one_at_a_time),
        TEST(test_a_half_made_one_is_finished),
        TEST(test_a_newer_one_is_refused),
        TEST(test_what_is_no_database),
        TEST(test_a_damaged_one),
        TEST(test_no_permission),
        TEST(test_a_file_that_takes_no_changes),
        TEST(test_a_folder_that_takes_no_files),
        TEST(test_a_full_database),
        TEST(test_a_full_disk),
        TEST(test_transactions_are_all_or_nothing),
        TEST(test_what_was_paid_is_synchronised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
