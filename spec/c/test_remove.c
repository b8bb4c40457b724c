/* test_remove.c - what goes, what stays, and what is told of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/remove.h"

#define NOBODY 65534 /* root may do everything */

static char base[64];
static struct lash_err err;

static const char *at(const char *name)
{
    static char paths[4][PATH_MAX];
    static unsigned next;
    char *path = paths[next++ % 4];
    (void)snprintf(path, sizeof(*paths), "%s/%s", base, name);
    return path;
}

static bool is_there(const char *name)
{
    struct stat st;
    return lstat(at(name), &st) == 0;
}

static void make_file(const char *name)
{
    int fd = open(at(name), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
}

static void make_folder(const char *name)
{
    assert_int_equal(mkdir(at(name), 0700), 0);
}

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(base, sizeof(base), "/tmp/lash-remove-XXXXXX");
    assert_non_null(mkdtemp(base));
    if (geteuid() == 0) {
        assert_int_equal(chown(base, NOBODY, NOBODY), 0);
        assert_int_equal(seteuid(NOBODY), 0);
    }
    make_folder("out");
    make_file("out/file");
    make_folder("in");
    make_file("in/file");
    make_folder("in/below");
    make_file("in/below/file");
    assert_int_equal(symlink("../out", at("in/link")), 0);
    assert_int_equal(symlink("../../out/file", at("in/below/link")), 0);
    assert_int_equal(symlink("nowhere", at("in/dangling")), 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    if (getuid() == 0)
        assert_int_equal(seteuid(0), 0);
    return lash_remove(base, LASH_REMOVE_OURS, &err) != LASH_OK;
}

static void test_one_at_a_time(void **state)
{
    (void)state;
    assert_int_equal(lash_remove(at("in/file"), LASH_REMOVE_ONE, &err), LASH_OK);
    assert_int_equal(lash_remove(at("in/file"), LASH_REMOVE_ONE, &err), LASH_EMISSING);
    assert_int_equal(lash_remove(at("in/none/file"), LASH_REMOVE_TREE, &err), LASH_EMISSING);
    assert_int_equal(lash_remove(at("out/file/x"), LASH_REMOVE_TREE, &err), LASH_EMISSING);
    assert_int_equal(lash_remove(at("in/below"), LASH_REMOVE_ONE, &err), LASH_EIO);
    assert_non_null(strstr(err.msg, "in/below: Directory not empty"));
    make_folder("empty");
    assert_int_equal(lash_remove(at("empty//"), LASH_REMOVE_ONE, &err), LASH_OK);
    assert_false(is_there("empty"));
}

static void test_a_link_and_not_where_it_leads(void **state)
{
    (void)state;
    const char *const names[] = {"in/link", "in/below/link", "in/dangling"};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(lash_remove(at(names[i]), (enum lash_remove)i, &err), LASH_OK);
        assert_false(is_there(names[i]));
    }
    assert_int_equal(symlink("out", at("link")), 0);
    assert_int_equal(lash_remove(at("link/"), LASH_REMOVE_TREE, &err), LASH_OK);
    assert_false(is_there("link"));
    assert_true(is_there("out/file"));
}

static void test_a_tree_and_nothing_beside_it(void **state)
{
    (void)state;
    assert_int_equal(lash_remove(at("in/"), LASH_REMOVE_TREE, &err), LASH_OK);
    assert_false(is_there("in"));
    assert_true(is_there("out/file"));
    assert_int_equal(lash_remove(at("out/file"), LASH_REMOVE_TREE, &err), LASH_OK);
}

static void test_a_path_through_a_link(void **state)
{
    (void)state;
    assert_int_equal(lash_remove(at("in/link/file"), LASH_REMOVE_ONE, &err), LASH_OK);
    assert_false(is_there("out/file"));
}

/* More levels than are open at a time, more than a path can name. */
static void test_a_deep_tree(void **state)
{
    (void)state;
    make_folder("in/.lash-removed-0"); /* names that are wanted at the top */
    make_file("in/.lash-removed-0/x");
    make_file("in/.lash-removed-1");
    int fd = open(at("in"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char name[] = "a folder with a name that is longer than most";
    for (int i = 0; i < 300; i++) {
        assert_int_equal(mkdirat(fd, name, 0700), 0);
        assert_int_equal(symlinkat(base, fd, "up"), 0);
        int next = openat(fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(next >= 0);
        close(fd);
        fd = next;
    }
    close(fd);
    assert_int_equal(lash_remove(at("in"), LASH_REMOVE_TREE, &err), LASH_OK);
    assert_false(is_there("in"));
    assert_true(is_there("out/file"));
}

static void test_what_a_mode_forbids(void **state)
{
    (void)state;
    make_folder("in/closed");
    make_file("in/closed/x");
    make_folder("in/kept");
    make_file("in/kept/x");
    assert_int_equal(chmod(at("in/closed"), 0), 0);
    assert_int_equal(chmod(at("in/kept"), 0500), 0);
    assert_int_equal(lash_remove(at("in"), LASH_REMOVE_TREE, &err), LASH_EPERMISSION);
    assert_true(strstr(err.msg, "in/closed: Permission denied") ||
                strstr(err.msg, "in/kept/x: Permission denied"));
    assert_false(is_there("in/below")); /* the rest went */
    assert_false(is_there("in/file"));
    assert_true(is_there("in/kept/x"));
    assert_int_equal(lash_remove(at("in"), LASH_REMOVE_OURS, &err), LASH_OK);
    assert_false(is_there("in"));
}

static void test_what_is_no_name(void **state)
{
    (void)state;
    const char *const names[] = {"/", "//", "", ".", "..", "in/.", "in/..", "in/./"};
    assert_int_equal(chdir(base), 0);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        assert_int_equal(lash_remove(names[i], LASH_REMOVE_OURS, &err), LASH_EUSAGE);
    assert_true(is_there("in/below/file"));
    assert_int_equal(lash_remove("in", LASH_REMOVE_TREE, &err), LASH_OK); /* a relative one */
    char *longest = malloc(PATH_MAX + 1);
    assert_non_null(longest);
    memset(longest, 'x', PATH_MAX);
    longest[PATH_MAX] = '\0';
    assert_int_equal(lash_remove(longest, LASH_REMOVE_TREE, &err), LASH_EIO);
    longest[NAME_MAX + 1] = '\0';
    assert_int_equal(lash_remove(longest, LASH_REMOVE_TREE, &err), LASH_EIO);
    free(longest);
    assert_int_equal(chdir("/"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_at_a_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_link_and_not_where_it_leads, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_tree_and_nothing_beside_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_path_through_a_link, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_deep_tree, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_a_mode_forbids, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_no_name, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
