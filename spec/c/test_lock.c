/* test_lock.c - locks between processes. */
#include "store.h"

#include <fcntl.h>
#include <signal.h>

#include "base/clock.h"
#include "sys/lock.h"

static enum lash_code take(int *fd, const char *name, uint64_t deadline_ms)
{
    char file[96];
    struct lash_err err;
    (void)snprintf(file, sizeof(file), "%s/lash.lock", folder);
    return lash_lock_take(fd, file, name, strlen(name), deadline_ms, &err);
}

static void test_locks_exclude_by_name(void **state)
{
    (void)state;
    int first;
    int second;
    assert_int_equal(take(&first, "a", 0), LASH_OK);
    assert_int_equal(take(&second, "a", 0), LASH_EBUSY); /* in one process, too */
    uint64_t before = lash_clock_ms();
    assert_int_equal(take(&second, "a", before + 60), LASH_EBUSY);
    assert_true(lash_clock_ms() - before >= 60);
    assert_int_equal(take(&second, "b", 0), LASH_OK);
    assert_true(fcntl(first, F_GETFD) & FD_CLOEXEC);
    close(first);
    assert_int_equal(take(&first, "a", 0), LASH_OK);
    close(first);
    close(second);
}

static void test_asking_takes_nothing(void **state)
{
    (void)state;
    char file[96];
    struct lash_err err;
    bool held = true;
    (void)snprintf(file, sizeof(file), "%s/none.lock", folder);
    assert_int_equal(lash_lock_held(&held, file, "a", 1, &err), LASH_OK);
    assert_false(held);
    assert_int_equal(access(file, F_OK), -1);
    (void)snprintf(file, sizeof(file), "%s/lash.lock", folder);
    int fd;
    assert_int_equal(take(&fd, "a", 0), LASH_OK);
    assert_int_equal(lash_lock_held(&held, file, "a", 1, &err), LASH_OK); /* in one process, too */
    assert_true(held);
    assert_int_equal(lash_lock_held(&held, file, "b", 1, &err), LASH_OK);
    assert_false(held);
    close(fd);
    assert_int_equal(lash_lock_held(&held, file, "a", 1, &err), LASH_OK);
    assert_false(held);
    assert_int_equal(take(&fd, "a", 0), LASH_OK);
    close(fd);
    (void)snprintf(file, sizeof(file), "%s/lash.lock/x", folder);
    assert_int_not_equal(lash_lock_held(&held, file, "a", 1, &err), LASH_OK);
}

static void test_a_lock_ends_with_its_holder(void **state)
{
    (void)state;
    int told[2];
    assert_int_equal(pipe2(told, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        int fd;
        if (take(&fd, "a", 0) != LASH_OK || write(told[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            (void)pause();
    }
    close(told[1]);
    char byte;
    assert_int_equal(read(told[0], &byte, 1), 1);
    close(told[0]);
    int fd;
    assert_int_equal(take(&fd, "a", 0), LASH_EBUSY);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(take(&fd, "a", 0), LASH_OK);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_locks_exclude_by_name),
        TEST(test_asking_takes_nothing),
        TEST(test_a_lock_ends_with_its_holder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
