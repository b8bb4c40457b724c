/* test_store_processes.c - many processes on one store, and what is left of it when
 * they are killed. Children are forked, not started: they cost little. */
#include "store.h"

#include <fcntl.h>
#include <signal.h>

#include "base/clock.h"

#define PROCESSES 100
#define KILLS 60

/* Starts a child that opens the store, begins a transaction, tells so and ends
 * it when it is told to. */
static pid_t start_holder(int told[2], int tell[2])
{
    assert_int_equal(pipe2(told, O_CLOEXEC), 0);
    assert_int_equal(pipe2(tell, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        close(tell[1]);
        struct lash_store *s = NULL;
        struct lash_err err;
        char byte = 0;
        bool well = lash_store_open(&s, path, 0, &err) == LASH_OK &&
                    lash_store_begin(s, LASH_WRITE, 0, &err) == LASH_OK &&
                    write(told[1], "x", 1) == 1 && read(tell[0], &byte, 1) >= 0 &&
                    lash_store_commit(s, &err) == LASH_OK;
        _exit(well ? 0 : 1);
    }
    char byte;
    assert_int_equal(read(told[0], &byte, 1), 1);
    close(told[0]);
    close(told[1]);
    close(tell[0]);
    return pid;
}

static void test_waiting_ends_at_the_deadline(void **state)
{
    (void)state;
    lash_store_close(open_store());
    int told[2];
    int tell[2];
    pid_t holder = start_holder(told, tell);
    struct lash_store *s = open_store(); /* who only reads is not in its way */
    assert_int_equal(rows(s), 0);
    struct lash_err err;
    uint64_t before = lash_clock_ms();
    assert_int_equal(lash_store_begin(s, LASH_WRITE, before + 100, &err), LASH_EBUSY);
    uint64_t waited = lash_clock_ms() - before;
    assert_true(waited >= 90 && waited < 5000);
    assert_int_equal(lash_store_begin(s, LASH_WRITE, 1, &err), LASH_EBUSY);
    close(tell[1]);
    must_insert(s, "x"); /* waits for the end of the other, without a word */
    assert_true(child_is_well(holder));
    lash_store_close(s);
}

static void test_a_child_does_not_use_its_parents(void **state)
{
    (void)state;
    struct lash_store *s = open_store();
    must_insert(s, "x");
    pid_t pid = fork();
    if (pid == 0) {
        struct lash_err err;
        struct lash_store *other = NULL;
        bool refused = insert(s, LASH_WRITE, "y", &err) == LASH_ECLOSED &&
                       lash_store_commit(s, &err) == LASH_ECLOSED &&
                       lash_store_open(&other, path, 0, &err) == LASH_EUSAGE;
        lash_store_rollback(s);
        lash_store_close(s);
        _exit(refused ? 0 : 1);
    }
    assert_true(child_is_well(pid));
    must_insert(s, "z");
    assert_int_equal(rows(s), 2);
    check_intact(s);
    lash_store_close(s);
}

/* In a child: everything a short-lived process does. */
static void work_once(int i)
{
    struct lash_store *s = NULL;
    struct lash_err err;
    char id[32];
    (void)snprintf(id, sizeof(id), "process-%d", i);
    enum lash_code code = lash_store_open(&s, path, 0, &err);
    if (code == LASH_OK)
        code = insert(s, i % 2 ? LASH_DURABLE : LASH_WRITE, id, &err);
    if (code != LASH_OK)
        (void)fprintf(stderr, "process %d: %s\n", i, err.msg);
    if (i % 3) /* some leave without closing, as a program in a hurry does */
        lash_store_close(s);
    _exit(code == LASH_OK ? 0 : 1);
}

static void test_a_hundred_at_once_on_a_new_one(void **state)
{
    (void)state;
    int gate[2];
    assert_int_equal(pipe2(gate, O_CLOEXEC), 0);
    pid_t pids[PROCESSES];
    for (int i = 0; i < PROCESSES; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            close(gate[1]);
            char byte;
            (void)!read(gate[0], &byte, 1); /* opens for all at the same time */
            work_once(i);
        }
    }
    close(gate[0]);
    close(gate[1]);
    int well = 0;
    for (int i = 0; i < PROCESSES; i++)
        well += child_is_well(pids[i]);
    assert_int_equal(well, PROCESSES);
    struct lash_store *s = open_store();
    assert_int_equal(rows(s), PROCESSES);
    check_intact(s);
    lash_store_close(s);
}

/* In a child: inserts rows for ever, and tells of each when it is in. */
static void work_for_ever(int told, int round)
{
    struct lash_store *s = NULL;
    struct lash_err err;
    if (lash_store_open(&s, path, 0, &err) != LASH_OK)
        _exit(1);
    for (int i = 0;; i++) {
        char id[32];
        (void)snprintf(id, sizeof(id), "%d-%d", round, i);
        if (insert(s, i % 2 ? LASH_DURABLE : LASH_WRITE, id, &err) != LASH_OK ||
            write(told, "x", 1) != 1)
            _exit(1);
    }
}

static void test_kill_loses_nothing_acknowledged(void **state)
{
    (void)state;
    int64_t acknowledged = 0;
    for (int round = 0; round < KILLS; round++) {
        int told[2];
        assert_int_equal(pipe2(told, O_CLOEXEC), 0);
        pid_t pid = fork();
        if (pid == 0)
            work_for_ever(told[1], round);
        close(told[1]);
        char byte;
        for (int i = 0; i < round % 7; i++) { /* round 0 is killed while it opens */
            assert_int_equal(read(told[0], &byte, 1), 1);
            acknowledged++;
        }
        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        while (read(told[0], &byte, 1) == 1)
            acknowledged++;
        close(told[0]);
    }
    struct lash_store *s = open_store();
    int64_t found = rows(s);
    assert_true(found >= acknowledged && found <= acknowledged + KILLS);
    check_intact(s);
    lash_store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_waiting_ends_at_the_deadline),
        TEST(test_a_child_does_not_use_its_parents),
        TEST(test_a_hundred_at_once_on_a_new_one),
        TEST(test_kill_loses_nothing_acknowledged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
