/* test_file.c - what Lua cannot arrange: slow and vanished readers, pipes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/file.h"

#define LARGE (1u << 20) /* more than any pipe holds */

struct drain {
    int fd;
    size_t total;
};

static void *drain(void *arg)
{
    struct drain *self = arg;
    char chunk[4096];
    ssize_t got;
    while ((got = read(self->fd, chunk, sizeof(chunk))) > 0)
        self->total += (size_t)got;
    return NULL;
}

static void test_write_waits_for_a_slow_reader(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    char *data = calloc(1, LARGE);
    assert_non_null(data);
    struct drain self = {.fd = ends[0]};
    pthread_t reader;
    assert_int_equal(pthread_create(&reader, NULL, drain, &self), 0);

    struct lash_err err;
    assert_int_equal(lash_file_write(ends[1], "pipe", data, LARGE, &err), LASH_OK);
    close(ends[1]);
    assert_int_equal(pthread_join(reader, NULL), 0);
    assert_int_equal(self.total, LARGE);
    close(ends[0]);
    free(data);
}

static void test_write_tells_when_the_reader_went_away(void **state)
{
    (void)state;
    (void)signal(SIGPIPE, SIG_IGN);
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    close(ends[0]);
    struct lash_err err;
    assert_int_equal(lash_file_write(ends[1], "pipe", "x", 1, &err), LASH_ECLOSED);
    assert_string_equal(err.msg, "cannot write pipe: the reader went away");
    close(ends[1]);
    assert_int_equal(lash_file_write(ends[1], "pipe", "x", 1, &err), LASH_EIO);
}

static void test_read_refuses_a_pipe_without_waiting(void **state)
{
    (void)state;
    char folder[] = "/tmp/lash-file-XXXXXX";
    assert_non_null(mkdtemp(folder));
    char path[64];
    (void)snprintf(path, sizeof(path), "%s/fifo", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    struct lash_buf out = LASH_BUF_INIT(16);
    struct lash_err err;
    assert_int_equal(lash_file_read(&out, path, &err), LASH_EIO);
    assert_non_null(strstr(err.msg, "not a regular file"));
    (void)unlink(path);
    (void)rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_write_waits_for_a_slow_reader),
        cmocka_unit_test(test_write_tells_when_the_reader_went_away),
        cmocka_unit_test(test_read_refuses_a_pipe_without_waiting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
