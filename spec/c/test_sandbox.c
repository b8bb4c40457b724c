/* test_sandbox.c - the files that a confined process reaches, and its limits.
 *
 * Every attack runs in a child of its own, under each version of Landlock that
 * this kernel can behave like. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "confined.h"

/* ---- what must go on working ---- */

static int read_inside(void)
{
    return try_open("file", O_RDONLY);
}

static int create_inside(void)
{
    return try_open("new", O_RDWR | O_CREAT | O_TRUNC);
}

static int read_system(void)
{
    return try_open(system_file, O_RDONLY);
}

static int write_null(void)
{
    return try_open("/dev/null", O_RDWR | O_TRUNC);
}

static int make_pair(void)
{
    int ends[2];
    return result(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
}

static int run_a_command(void)
{
    pid_t child = fork();
    if (child == 0) {
        (void)execl("/bin/sh", "sh", "-c",
                    "echo a >b && mv b deep/b && rm deep/b && cat file >/dev/null", NULL);
        _exit(127);
    }
    int status;
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
        return KILLED;
    return WEXITSTATUS(status);
}

static int shrink_own_file(void)
{
    int fd = open("file", O_RDWR | O_CLOEXEC);
    return result(ftruncate(fd, 1));
}

static void test_ordinary_work_goes_on(void **state)
{
    (void)state;
    attack *const works[] = {read_inside, create_inside, read_system,    write_null,
                             make_pair,   run_a_command, shrink_own_file};
    int most = lash_sandbox_support().landlock;
    for (int abi = 2; abi <= most; abi++)
        for (size_t i = 0; i < sizeof(works) / sizeof(*works); i++)
            assert_int_equal(confined(works[i], abi), 0);
    assert_int_equal(confined(run_a_command, 0), 0);
}

/* ---- files ---- */

static int read_outside(void)
{
    return try_open(out_file, O_RDONLY);
}

static int read_up_and_down(void)
{
    return try_open("../out/file", O_RDONLY);
}

static int read_link(void)
{
    return try_open("link", O_RDONLY);
}

static int read_by_root_of_proc(void)
{
    char path[160];
    (void)snprintf(path, sizeof(path), "/proc/self/root%s", out_file);
    return try_open(path, O_RDONLY);
}

static int write_outside(void)
{
    return try_open(out_file, O_WRONLY);
}

static int write_link(void)
{
    return try_open("link", O_WRONLY);
}

static int write_system(void)
{
    return try_open(system_file, O_WRONLY);
}

static int create_outside(void)
{
    return try_open("../out/new", O_WRONLY | O_CREAT);
}

static int list_outside(void)
{
    return try_open("../out", O_RDONLY | O_DIRECTORY);
}

static int link_inside(void)
{
    return result(link(out_file, "hard"));
}

static int move_inside(void)
{
    return result(rename(out_file, "moved"));
}

static int move_outside(void)
{
    return result(rename("file", "../out/moved"));
}

static int remove_outside(void)
{
    return result(unlink(out_file));
}

static int make_folder_outside(void)
{
    return result(mkdir("../out/folder", 0700));
}

static int read_environment_of_parent(void)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%d/environ", (int)getppid());
    return try_open(path, O_RDONLY);
}

static int read_memory_of_parent(void)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%d/mem", (int)getppid());
    return try_open(path, O_RDONLY);
}

static int open_by_handle(void)
{
    return result(syscall(SYS_open_by_handle_at, AT_FDCWD, NULL, O_RDONLY));
}

static int open_terminal(void)
{
    return try_open("/dev/tty", O_RDWR);
}

static void test_files_outside_are_out_of_reach(void **state)
{
    (void)state;
    attack *const attacks[] = {
        read_outside,          read_up_and_down,    read_link,
        read_by_root_of_proc,  write_outside,       write_link,
        write_system,          create_outside,      list_outside,
        link_inside,           move_inside,         move_outside,
        remove_outside,        make_folder_outside, read_environment_of_parent,
        read_memory_of_parent, open_by_handle,      open_terminal,
    };
    int most = lash_sandbox_support().landlock;
    for (int abi = 1; abi <= most; abi++)
        for (size_t i = 0; i < sizeof(attacks) / sizeof(*attacks); i++) {
            int got = confined(attacks[i], abi);
            if (got != EACCES && got != EPERM && got != EXDEV)
                fail_msg("attack %zu, version %d: %d", i, abi, got);
        }
}

/* ---- truncation: a right of its own only from version 3 on ---- */

static int truncate_outside(void)
{
    return result(truncate(out_file, 0));
}

static int truncate_system(void)
{
    return result(truncate(system_file, 0));
}

static int truncate_by_reading(void)
{
    return try_open(system_file, O_RDONLY | O_TRUNC);
}

static int truncate_by_mode_three(void)
{
    return try_open(out_file, O_ACCMODE | O_TRUNC);
}

static int truncate_by_openat2(void)
{
    struct {
        uint64_t flags, mode, resolve;
    } how = {.flags = O_RDONLY | O_TRUNC};
    return result(syscall(SYS_openat2, AT_FDCWD, system_file, &how, sizeof(how)));
}

static int truncate_by_creating(void)
{
    return result(creat(system_file, 0600));
}

static void test_no_file_outside_is_emptied(void **state)
{
    (void)state;
    attack *const attacks[] = {truncate_outside,       truncate_system,     truncate_by_reading,
                               truncate_by_mode_three, truncate_by_openat2, truncate_by_creating};
    int most = lash_sandbox_support().landlock;
    for (int abi = 1; abi <= most; abi++)
        for (size_t i = 0; i < sizeof(attacks) / sizeof(*attacks); i++) {
            int got = confined(attacks[i], abi);
            struct stat outside, system;
            assert_int_equal(stat(out_file, &outside), 0);
            assert_int_equal(stat(system_file, &system), 0);
            if (got == 0 || outside.st_size != 3 || system.st_size != 6)
                fail_msg("attack %zu, version %d: %d", i, abi, got);
        }
}

/* ---- limits ---- */

static int large_file(void)
{
    int fd = open("large", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    (void)signal(SIGXFSZ, SIG_IGN);
    return result(ftruncate(fd, 1 << 20));
}

static int many_files(void)
{
    for (int i = 0; i < 64; i++)
        if (open("file", O_RDONLY | O_CLOEXEC) < 0)
            return errno;
    return 0;
}

static int dump_core(void)
{
    struct rlimit core;
    return getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0 ? EFBIG : 0;
}

static int spin(void)
{
    for (volatile unsigned i = 0; i < UINT32_MAX; i++)
        (void)syscall(SYS_getpid);
    return 0;
}

static int raise_limit(void)
{
    struct rlimit more = {.rlim_cur = 1 << 20, .rlim_max = 1 << 20};
    return result(setrlimit(RLIMIT_NOFILE, &more));
}

static void test_limits_hold(void **state)
{
    (void)state;
    struct lash_sandbox spec = {
        .read = reads, .write = writes, .cpu_seconds = 1, .file_bytes = 4096, .open_files = 32};
    struct lash_sandbox_support have = lash_sandbox_support();
    assert_int_equal(confined_with(large_file, &spec, &have), EFBIG);
    assert_int_equal(confined_with(many_files, &spec, &have), EMFILE);
    assert_int_equal(confined_with(dump_core, &spec, &have), EFBIG);
    assert_int_equal(confined_with(raise_limit, &spec, &have), EPERM);
    assert_int_equal(confined_with(spin, &spec, &have), KILLED);
}

static int fork_without_end(void)
{
    int error = 0;
    pid_t children[400];
    int n = 0;
    while (n < 400) {
        pid_t child = fork();
        if (child < 0) {
            error = errno;
            break;
        }
        if (child == 0) {
            (void)pause();
            _exit(0);
        }
        children[n++] = child;
    }
    while (n > 0)
        (void)kill(children[--n], SIGKILL);
    while (wait(NULL) > 0)
        ;
    return error;
}

static void test_processes_are_bounded_for_who_is_not_root(void **state)
{
    (void)state;
    struct lash_sandbox spec = {.read = reads, .write = writes, .more_processes = 50};
    struct lash_sandbox_support have = lash_sandbox_support();
    int got = confined_with(fork_without_end, &spec, &have);
    assert_int_equal(got, geteuid() == 0 ? 0 : EAGAIN);
}

/* ---- what fails, and what a lesser kernel gives ---- */

static void test_a_writable_folder_must_be_there(void **state)
{
    (void)state;
    const char *const nowhere[] = {"/nowhere/at/all", NULL};
    struct lash_sandbox spec = {.read = reads, .write = nowhere};
    struct lash_sandbox_support have = lash_sandbox_support();
    assert_int_equal(confined_with(read_inside, &spec, &have), NOT_CONFINED);
}

static void test_without_landlock_the_calls_are_refused_still(void **state)
{
    (void)state;
    assert_int_equal(confined(read_outside, 0), 0);
    assert_int_equal(confined(truncate_outside, 0), EPERM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_ordinary_work_goes_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_files_outside_are_out_of_reach, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_file_outside_is_emptied, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_limits_hold, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_processes_are_bounded_for_who_is_not_root, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_writable_folder_must_be_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_without_landlock_the_calls_are_refused_still, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
