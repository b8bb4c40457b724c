/* test_proc.c - one command: every way to start, to fail and to end. The test
 * is started again as the launcher, as lash is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "sys/open_files.h"
#include "sys/proc.h"

#define STEPS 3000 /* polls of 10 ms until a test gives up */

static struct lash_loop *loop;
static struct lash_err err;

static const char *const environment[] = {"PATH=/usr/bin:/bin", NULL};

static int set_up(void **state)
{
    (void)state;
    return lash_loop_new(&loop, &err) == LASH_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    lash_loop_free(loop);
    return 0;
}

static struct lash_proc *start(const struct lash_proc_spec *spec)
{
    struct lash_proc *p = NULL;
    if (lash_proc_start(&p, loop, spec, &err) != LASH_OK)
        fail_msg("%s", err.msg);
    return p;
}

static struct lash_proc *start_shell(const char *line)
{
    const char *const argv[] = {"sh", "-c", line, NULL};
    return start(&(struct lash_proc_spec){.argv = argv, .env = environment, .max_output = 4096});
}

static const struct lash_proc_end *wait_end(struct lash_proc *p)
{
    for (int i = 0; i < STEPS && !lash_proc_end(p); i++)
        assert_int_equal(lash_loop_poll(loop, 10, &err), LASH_OK);
    assert_non_null(lash_proc_end(p));
    return lash_proc_end(p);
}

/* Waits until it has written something. */
static void wait_output(struct lash_proc *p)
{
    for (int i = 0; i < STEPS && lash_proc_output(p, false)->head.len == 0; i++)
        assert_int_equal(lash_loop_poll(loop, 10, &err), LASH_OK);
    assert_true(lash_proc_output(p, false)->head.len > 0);
}

/* Their raised soft limit would surprise who calls select(). */
static void test_a_command_has_the_limit_of_files_that_lash_began_with(void **state)
{
    (void)state;
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    const struct rlimit old = limit;
    limit.rlim_cur = 200;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_true(lash_open_files_make_room(-1));
    assert_true(lash_open_files_make_room(350));
    assert_true(lash_open_files_limit() > 400);
    struct lash_proc *p = start_shell("ulimit -Sn; ulimit -Hn");
    (void)wait_end(p);
    char expected[64], got[64];
    const struct lash_excerpt *out = lash_proc_output(p, false);
    (void)snprintf(expected, sizeof(expected), "200\n%lu\n", (unsigned long)old.rlim_max);
    (void)snprintf(got, sizeof(got), "%.*s", (int)out->head.len, out->head.ptr);
    assert_string_equal(got, expected);
    lash_proc_free(p);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
}

static int open_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    assert_non_null(dir);
    int n = 0;
    while (readdir(dir))
        n++;
    (void)closedir(dir);
    return n;
}

/* Zombies, too, are children. */
static bool has_children(void)
{
    return waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD;
}

static void test_ends(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        int code;
        int signal;
    } cases[] = {
        {"exit 0", 0, 0},
        {"exit 127", 127, 0}, /* its own: not that it could not be run */
        {"exit 255", 255, 0},
        {"kill -KILL $$", 128 + SIGKILL, SIGKILL},
        {"kill -SEGV $$", 128 + SIGSEGV, SIGSEGV},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct lash_proc *p = start_shell(cases[i].line);
        const struct lash_proc_end *end = wait_end(p);
        assert_int_equal(end->stage, LASH_LAUNCH_RAN);
        assert_int_equal(end->code, cases[i].code);
        assert_int_equal(end->signal, cases[i].signal);
        assert_int_equal(end->strays, 0);
        assert_true(end->seconds > 0 && end->seconds < 30);
        assert_int_equal(lash_loop_next(loop), lash_proc_source(p)->id);
        lash_proc_free(p);
    }
    assert_false(has_children());
}

static void test_failures(void **state)
{
    (void)state;
    static const struct {
        const char *command, *cwd;
        enum lash_launch_stage stage;
        enum lash_code code;
        const char *message;
    } cases[] = {
        {"surely-not-there", NULL, LASH_LAUNCH_EXEC, LASH_EMISSING,
         "cannot run surely-not-there: No such file or directory"},
        {"/etc/passwd", NULL, LASH_LAUNCH_EXEC, LASH_EIO,
         "cannot run /etc/passwd: Permission denied"},
        {"/etc/passwd/x", NULL, LASH_LAUNCH_EXEC, LASH_EMISSING,
         "cannot run /etc/passwd/x: Not a directory"},
        {"", NULL, LASH_LAUNCH_EXEC, LASH_EMISSING, "cannot run : No such file or directory"},
        {"true", "/nowhere", LASH_LAUNCH_FOLDER, LASH_EMISSING,
         "cannot enter the folder /nowhere: No such file or directory"},
        {"true", "/etc/passwd", LASH_LAUNCH_FOLDER, LASH_EMISSING,
         "cannot enter the folder /etc/passwd: Not a directory"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *const argv[] = {cases[i].command, NULL};
        struct lash_proc *p = start(&(struct lash_proc_spec){
            .argv = argv, .env = environment, .cwd = cases[i].cwd, .max_output = 2});
        const struct lash_proc_end *end = wait_end(p);
        assert_int_equal(end->stage, cases[i].stage);
        assert_int_equal(end->err.code, cases[i].code);
        assert_string_equal(end->err.msg, cases[i].message);
        lash_proc_free(p);
    }
    assert_false(has_children());
}

/* More than a command line may be; the rest of the machine goes on. */
static void test_too_many_arguments(void **state)
{
    (void)state;
    size_t n = (size_t)200 * 1024; /* one argument may have 128 KB */
    char *large = malloc(n);
    assert_non_null(large);
    memset(large, 'x', n);
    large[n - 1] = '\0';
    const char *const argv[] = {"true", large, NULL};
    struct lash_proc *p = NULL;
    enum lash_code code = lash_proc_start(
        &p, loop, &(struct lash_proc_spec){.argv = argv, .env = environment, .max_output = 2},
        &err);
    free(large);
    assert_int_equal(code, LASH_ETOOBIG);
    assert_string_equal(err.msg, "cannot run true: Argument list too long");
    assert_false(has_children());
}

/* One descriptor less each time: every step of starting fails once. */
static void test_no_descriptors(void **state)
{
    (void)state;
    lash_proc_free(start_shell("exit 0")); /* libuv opens some at its first */
    int open = open_descriptors();
    struct rlimit old;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    int failed = 0;
    for (int more = 0; more < 20; more++) {
        struct rlimit few = {.rlim_cur = (rlim_t)(open - 3 + more), .rlim_max = old.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
        struct lash_proc *p = NULL;
        const char *const argv[] = {"true", NULL};
        const struct lash_proc_spec spec = {
            .argv = argv, .env = environment, .input = "x", .input_len = 1, .max_output = 2};
        if (lash_proc_start(&p, loop, &spec, &err) != LASH_OK) {
            failed++;
            assert_null(p);
        }
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
        lash_proc_free(p);
        assert_int_equal(open_descriptors(), open);
    }
    assert_true(failed > 4 && failed < 20);
    assert_false(has_children());
}

/* Freed at any moment: nothing is left of it when the call returns. */
static void test_free_kills(void **state)
{
    (void)state;
    lash_proc_free(start_shell("sleep 1000")); /* before it has begun */
    assert_false(has_children());

    struct lash_proc *p = start_shell("trap '' TERM; echo $$; sleep 1000 & wait; wait");
    wait_output(p);
    pid_t pid = (pid_t)strtol(lash_proc_output(p, false)->head.ptr, NULL, 10);
    assert_int_equal(kill(pid, 0), 0);
    lash_proc_free(p);
    assert_int_equal(kill(pid, 0), -1);
    assert_int_equal(errno, ESRCH);
    assert_false(has_children());
    lash_proc_free(NULL);
}

static void test_stop(void **state)
{
    (void)state;
    struct lash_proc *p = start_shell("trap 'echo bye; exit 3' TERM; echo hi; sleep 1000 & wait");
    wait_output(p);
    lash_proc_stop(p);
    lash_proc_stop(p);
    const struct lash_proc_end *end = wait_end(p);
    assert_int_equal(end->code, 3);
    assert_string_equal(lash_proc_output(p, false)->head.ptr, "hi\nbye\n");
    lash_proc_stop(p);
    lash_proc_free(p);
}

/* Whoever has no time left does not wait for the end of the grace. */
static void test_kill(void **state)
{
    (void)state;
    struct lash_proc *p = start_shell("trap '' TERM; sleep 1000 & echo hi; wait; wait");
    wait_output(p);
    uint64_t began = lash_clock_ms();
    lash_proc_stop(p);
    lash_proc_kill(p);
    const struct lash_proc_end *end = wait_end(p);
    assert_int_equal(end->signal, SIGKILL);
    assert_int_equal(end->strays, 1);
    assert_true(lash_clock_ms() - began < 2500);
    lash_proc_free(p);
}

/* A stopped command hears of it as well. */
static void test_stop_of_a_stopped_one(void **state)
{
    (void)state;
    struct lash_proc *p = start_shell("echo hi; kill -STOP $$");
    wait_output(p);
    lash_proc_stop(p);
    const struct lash_proc_end *end = wait_end(p);
    assert_int_equal(end->signal, SIGTERM);
    lash_proc_free(p);
}

/* Nobody else's call is answered. */
static void test_launcher_by_hand(void **state)
{
    (void)state;
    const char *const lines[] = {"$PROGRAM --launch", "$PROGRAM --launch 3 -- true",
                                 "$PROGRAM --launch 0 -- true", "$PROGRAM --launch x -- true",
                                 "$PROGRAM --launch 3 -- true 3</dev/null"};
    char program[4096];
    ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);
    assert_true(n > 0);
    program[n] = '\0';
    assert_int_equal(setenv("PROGRAM", program, 1), 0);
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        char line[256];
        (void)snprintf(line, sizeof(line), "%s 2>/dev/null", lines[i]);
        int status = system(line); // NOLINT(cert-env33-c): a fixed line
        assert_int_equal(WEXITSTATUS(status), 64);
    }
}

/* The parts of a specification, as a launcher looks for them. */
static void test_values(void **state)
{
    (void)state;
    static const char entries[] = "read=/usr\0read=/lib\0readable=no\0cwd=/=\0";
    const struct lash_launch_spec spec = {.entries = entries, .len = sizeof(entries) - 1};
    const char *first = lash_launch_value(&spec, "read", NULL);
    assert_string_equal(first, "/usr");
    const char *second = lash_launch_value(&spec, "read", first);
    assert_string_equal(second, "/lib");
    assert_null(lash_launch_value(&spec, "read", second));
    assert_string_equal(lash_launch_value(&spec, "cwd", NULL), "/=");
    assert_null(lash_launch_value(&spec, "cw", NULL));
    assert_null(lash_launch_value(&(struct lash_launch_spec){.entries = entries}, "read", NULL));
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], LASH_LAUNCH_FLAG) == 0)
        return lash_launch(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_command_has_the_limit_of_files_that_lash_began_with,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ends, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_failures, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_too_many_arguments, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_descriptors, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_free_kills, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_stop, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_kill, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_stop_of_a_stopped_one, set_up, tear_down),
        cmocka_unit_test(test_launcher_by_hand),
        cmocka_unit_test(test_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
