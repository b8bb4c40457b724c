/* test_hide.c - files that a confined process sees as empty. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include "confined.h"

static int can_hide(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(syscall(SYS_unshare, CLONE_NEWNS) != 0 &&
              syscall(SYS_unshare, CLONE_NEWUSER | CLONE_NEWNS) != 0);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status == 0;
}

static long size_of(const char *path)
{
    char text[32];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    long n = read(fd, text, sizeof(text));
    close(fd);
    return n;
}

static int see_the_hidden(void)
{
    if (size_of("deep/key.pem") != 0 || size_of("link-to-key") != 0 || size_of("file") != 0)
        return 1;
    if (rename("deep", "shallow") != 0 || size_of("shallow/key.pem") != 0)
        return 2;
    if (rename("shallow", "deep") != 0)
        return 3;
    if (link("deep/key.pem", "hard-link") == 0 || rename("deep/key.pem", "renamed") == 0 ||
        unlink("deep/key.pem") == 0)
        return 4;
    if (try_open("deep/.ssh/id", O_RDONLY) != ENOENT ||
        try_open("deep/.ssh/new", O_WRONLY | O_CREAT) == 0)
        return 5;
    return size_of("deep/other") == 5 ? 0 : 6;
}

static void test_hidden_files_are_empty(void **state)
{
    (void)state;
    if (!can_hide())
        skip();
    char path[96];
    make_path(path, sizeof(path), "in/link-to-key");
    assert_int_equal(symlink("deep/key.pem", path), 0);
    make_path(path, sizeof(path), "in/deep/.ssh");
    assert_int_equal(mkdir(path, 0700), 0);
    make_path(path, sizeof(path), "in/deep/.ssh/id");
    write_file(path, "id");
    const char *const names[] = {"*.pem", ".ssh", NULL};
    const char *const hide[] = {in_file, "/nowhere/at/all", NULL};
    struct lash_sandbox spec = {
        .read = reads, .write = writes, .hide_in = writes, .hide_names = names, .hide = hide};
    struct lash_sandbox_support have = lash_sandbox_support();
    assert_int_equal(confined_with(see_the_hidden, &spec, &have), 0);

    char text[16];
    make_path(path, sizeof(path), "in/deep/key.pem");
    FILE *f = fopen(path, "r"); /* and nobody else sees that */
    assert_non_null(f);
    assert_non_null(fgets(text, sizeof(text), f));
    (void)fclose(f);
    assert_string_equal(text, "secret");
}

static int see_the_hidden_where_nothing_is_written(void)
{
    return size_of("deep/key.pem") == 0 && size_of("deep/other") == 5 ? 0 : 1;
}

static void test_hidden_files_are_empty_where_is_only_read(void **state)
{
    (void)state;
    if (!can_hide())
        skip();
    const char *const names[] = {"*.pem", NULL};
    const char *const here[] = {".", NULL};
    struct lash_sandbox spec = {.read = here, .hide_in = here, .hide_names = names};
    struct lash_sandbox_support have = lash_sandbox_support();
    assert_int_equal(confined_with(see_the_hidden_where_nothing_is_written, &spec, &have), 0);
}

static int see_the_hidden_elsewhere(void)
{
    const char *const places[] = {
        "deep/key.pem",       "deep/.ssh/id", "again/deep/key.pem", "again deep/key.pem", "plain",
        "again/deep/.ssh/id", "inner/id"};
    for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
        if (size_of(places[i]) > 0)
            return (int)i + 1;
    return size_of("again/deep/other") == 5 && size_of("again deep/other") == 5 ? 0 : 100;
}

/* In a namespace of the test's own, where the folder is seen in other places, too. */
static void mount_again(const char *what, const char *where)
{
    char from[96], to[96];
    make_path(from, sizeof(from), what);
    make_path(to, sizeof(to), where);
    struct stat st;
    if (stat(from, &st) != 0 || (S_ISDIR(st.st_mode) ? mkdir(to, 0700) : mknod(to, 0600, 0)) != 0 ||
        mount(from, to, NULL, MS_BIND, NULL) != 0)
        _exit(101);
}

static void test_hidden_files_are_empty_in_every_mount(void **state)
{
    (void)state;
    if (geteuid() != 0 || !can_hide())
        skip();
    char path[96];
    make_path(path, sizeof(path), "in/deep/.ssh");
    assert_int_equal(mkdir(path, 0700), 0);
    make_path(path, sizeof(path), "in/deep/.ssh/id");
    write_file(path, "id");
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (syscall(SYS_unshare, CLONE_NEWNS) != 0 ||
            mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
            _exit(101);
        mount_again("in/deep", "in/again deep");
        mount_again("in/deep/key.pem", "in/plain");
        mount_again("in/deep/.ssh", "in/inner");
        mount_again("in", "out/again");
        make_path(path, sizeof(path), "in/again");
        if (symlink("../out/again", path) != 0)
            _exit(101);
        const char *const names[] = {"*.pem", ".ssh", NULL};
        struct lash_sandbox spec = {
            .read = reads, .write = writes, .hide_in = writes, .hide_names = names};
        struct lash_sandbox_support have = lash_sandbox_support();
        _exit(confined_with(see_the_hidden_elsewhere, &spec, &have));
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* Where names are to be hidden and none is found, nothing is needed for it. */
static int keep_namespace(void)
{
    char here[64], parent[64], path[64];
    (void)snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)getppid());
    ssize_t a = readlink("/proc/self/ns/mnt", here, sizeof(here));
    ssize_t b = readlink(path, parent, sizeof(parent));
    if (b < 0)
        return 0; /* not ours to see */
    return a == b && memcmp(here, parent, (size_t)a) == 0 ? 0 : 1;
}

static void test_nothing_hidden_costs_no_namespace(void **state)
{
    (void)state;
    const char *const names[] = {"*.nothing", NULL};
    struct lash_sandbox spec = {
        .read = reads, .write = writes, .hide_in = writes, .hide_names = names};
    struct lash_sandbox_support have = {.landlock = 0, .seccomp = false};
    assert_int_equal(confined_with(keep_namespace, &spec, &have), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_hidden_files_are_empty, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hidden_files_are_empty_in_every_mount, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_hidden_files_are_empty_where_is_only_read, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_hidden_costs_no_namespace, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
