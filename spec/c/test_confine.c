/* test_confine.c - a sandbox as entries of a specification, and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/confine.h"

static const char *const reads[] = {"/usr", "/a=b", "", NULL};
static const char *const writes[] = {"/tmp", NULL};

static void test_every_field_is_written(void **state)
{
    (void)state;
    const char *const names[] = {"*.pem", NULL};
    struct lash_sandbox sandbox = {
        .read = reads,
        .write = writes,
        .hide = writes,
        .hide_in = names,
        .hide_names = names,
        .hide_files = names,
        .hide_texts = names,
        .net = true,
        .cpu_seconds = 1,
        .memory_bytes = 2,
        .file_bytes = 3,
        .open_files = 4,
        .more_processes = UINT64_MAX,
    };
    static const char expected[] =
        "sandbox=1\0sandbox-read=/usr\0sandbox-read=/a=b\0sandbox-read=\0sandbox-write=/tmp\0"
        "sandbox-hide=/"
        "tmp\0sandbox-hide-in=*.pem\0sandbox-hide-name=*.pem\0sandbox-hide-file=*.pem\0"
        "sandbox-hide-text=*.pem\0sandbox-cpu=1\0sandbox-memory=2\0"
        "sandbox-file=3\0sandbox-files=4\0sandbox-processes=18446744073709551615\0sandbox-net=1";
    struct lash_buf text = LASH_BUF_INIT(1000);
    assert_int_equal(lash_confine_write(&text, &sandbox), LASH_OK);
    assert_int_equal(text.len, sizeof(expected));
    assert_memory_equal(text.ptr, expected, sizeof(expected));
    lash_buf_free(&text);

    for (size_t limit = 1; limit < sizeof(expected); limit++) {
        text = LASH_BUF_INIT(limit);
        assert_int_equal(lash_confine_write(&text, &sandbox), LASH_ETOOBIG);
        lash_buf_free(&text);
    }
}

/* Applies entries in a child; its exit status. */
static int apply(const char *entries, size_t len, int (*then)(void))
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct lash_launch_spec spec = {.entries = entries, .len = len};
        struct lash_err err;
        enum lash_code code = lash_confine_apply(&spec, &err);
        _exit(code != LASH_OK ? 100 + (int)code : then());
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
#define APPLY(entries, then) apply(entries, sizeof(entries), then)

static int has_limits(void)
{
    struct rlimit files, file;
    return getrlimit(RLIMIT_NOFILE, &files) != 0 || getrlimit(RLIMIT_FSIZE, &file) != 0 ||
           files.rlim_cur != 33 || file.rlim_cur != 77;
}

static int may_have_a_socket(void)
{
    return socket(AF_INET, SOCK_DGRAM, 0) < 0;
}

static void test_entries_are_applied(void **state)
{
    (void)state;
    assert_int_equal(APPLY("cwd=/\0sandbox=1\0sandbox-files=33\0sandbox-file=77", has_limits), 0);
    assert_int_equal(APPLY("sandbox=1", may_have_a_socket), 1);
    assert_int_equal(APPLY("sandbox=1\0sandbox-net=1", may_have_a_socket), 0);
    assert_int_equal(APPLY("cwd=/\0sandbox-files=33", may_have_a_socket), 0); /* not asked for */
}

static void test_what_is_not_understood_is_refused(void **state)
{
    (void)state;
    assert_int_equal(APPLY("sandbox=1\0sandbox-writ=/tmp", has_limits), 100 + LASH_EUSAGE);
    assert_int_equal(APPLY("sandbox=1\0sandbox-write=/nowhere/at/all", has_limits), 100 + LASH_EIO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_field_is_written),
        cmocka_unit_test(test_entries_are_applied),
        cmocka_unit_test(test_what_is_not_understood_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
