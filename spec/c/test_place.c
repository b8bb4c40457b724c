/* test_place.c - files by their real path: what a name means, and that nobody
 * can put a link in between. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/place.h"

static char base[PATH_MAX];
static struct lash_err err;

static const char *at(const char *name)
{
    static char paths[4][2 * PATH_MAX];
    static unsigned next;
    char *path = paths[next++ % 4];
    (void)snprintf(path, sizeof(*paths), "%s/%s", base, name);
    return path;
}

static void write_file(const char *name, const char *text)
{
    FILE *f = fopen(at(name), "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static int set_up(void **state)
{
    (void)state;
    assert_int_equal(lash_place_temporary(base, &err), LASH_OK);
    assert_int_equal(mkdir(at("in"), 0755), 0);
    assert_int_equal(mkdir(at("in/deep"), 0755), 0);
    assert_int_equal(mkdir(at("out"), 0755), 0);
    write_file("in/file", "in");
    write_file("out/file", "out");
    assert_int_equal(symlink("../out", at("in/folder-link")), 0);
    assert_int_equal(symlink("../out/file", at("in/file-link")), 0);
    assert_int_equal(symlink("../out/none", at("in/dangling")), 0);
    assert_int_equal(symlink("loop", at("in/loop")), 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    lash_place_remove(base);
    return access(base, F_OK) == 0;
}

static void check_real(const char *name, const char *expected)
{
    char real[PATH_MAX];
    if (lash_place_real(real, at(name), &err) != LASH_OK)
        fail_msg("%s: %s", name, err.msg);
    assert_string_equal(real, expected ? at(expected) : "/");
}

static void check_no_real(const char *name, enum lash_code code)
{
    char real[PATH_MAX];
    assert_int_equal(lash_place_real(real, name, &err), code);
}

static void test_what_a_name_means(void **state)
{
    (void)state;
    check_real("in/file", "in/file");
    check_real("in/../in/./file", "in/file");
    check_real("in//deep/", "in/deep");
    check_real("in/file-link", "out/file");
    check_real("in/folder-link/file", "out/file");
    check_real("in/folder-link/new", "out/new");
    check_real("in/folder-link/a/b/c", "out/a/b/c");
    check_real("in/new", "in/new");
    check_real("in/new/", "in/new");
    check_real("in/deep/../new", "in/new");
    char root[PATH_MAX] = "../../../../../../../../../..";
    check_real(root, NULL);
    assert_int_equal(chdir(at("in")), 0);
    char real[PATH_MAX];
    assert_int_equal(lash_place_real(real, "new/x", &err), LASH_OK);
    assert_string_equal(real, at("in/new/x"));
    assert_int_equal(lash_place_real(real, ".", &err), LASH_OK);
    assert_string_equal(real, at("in"));
    assert_int_equal(chdir("/"), 0);
}

static void test_what_a_name_cannot_mean(void **state)
{
    (void)state;
    check_no_real(at("in/dangling"), LASH_EIO); /* written to, it would make a file elsewhere */
    check_no_real(at("in/dangling/x"), LASH_EIO);
    check_no_real(at("in/loop"), LASH_EIO);
    check_no_real(at("in/file/x"), LASH_EMISSING);
    check_no_real(at("in/none/../x"), LASH_EMISSING); /* what ".." is there nobody knows */
    check_no_real("", LASH_EMISSING);
    char name[PATH_MAX + 8];
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    check_no_real(name, LASH_EIO);
}

static enum lash_code read_at(const char *name, const char *expected)
{
    struct lash_buf text = LASH_BUF_INIT(100);
    enum lash_code code = lash_place_read(&text, at(name), &err);
    if (code == LASH_OK)
        assert_string_equal(text.ptr ? text.ptr : "", expected);
    lash_buf_free(&text);
    return code;
}

static void test_no_link_is_followed(void **state)
{
    (void)state;
    assert_int_equal(read_at("in/file", "in"), LASH_OK);
    assert_int_not_equal(read_at("in/file-link", ""), LASH_OK);
    assert_int_not_equal(read_at("in/folder-link/file", ""), LASH_OK);
    assert_int_not_equal(lash_place_write(at("in/file-link"), "x", 1, &err), LASH_OK);
    assert_int_not_equal(lash_place_write(at("in/folder-link/file"), "x", 1, &err), LASH_OK);
    assert_int_not_equal(lash_place_write(at("in/folder-link/new"), "x", 1, &err), LASH_OK);
    assert_int_not_equal(lash_place_write(at("in/dangling"), "x", 1, &err), LASH_OK);
    struct lash_buf list = LASH_BUF_INIT(1000);
    bool complete;
    assert_int_not_equal(lash_place_list(&list, &complete, at("in/folder-link"), &err), LASH_OK);
    lash_buf_free(&list);
    assert_int_equal(read_at("out/file", "out"), LASH_OK);
}

/* Between the decision and the use a folder becomes a link. */
static void test_an_exchange_is_noticed(void **state)
{
    (void)state;
    char real[PATH_MAX];
    write_file("in/deep/file", "deep");
    assert_int_equal(lash_place_real(real, at("in/deep/file"), &err), LASH_OK);
    assert_int_equal(rename(at("in/deep"), at("in/was")), 0);
    assert_int_equal(symlink("../out", at("in/deep")), 0);
    struct lash_buf text = LASH_BUF_INIT(100);
    assert_int_not_equal(lash_place_read(&text, real, &err), LASH_OK);
    lash_buf_free(&text);
    assert_int_not_equal(lash_place_write(real, "x", 1, &err), LASH_OK);
    assert_int_equal(read_at("out/file", "out"), LASH_OK);
}

static void test_replacing_keeps_mode_and_owner(void **state)
{
    (void)state;
    assert_int_equal(chmod(at("in/file"), 0751), 0);
    bool root = geteuid() == 0;
    if (root)
        assert_int_equal(chown(at("in/file"), 65534, 65534), 0);
    assert_int_equal(lash_place_write(at("in/file"), "new", 3, &err), LASH_OK);
    struct stat st;
    assert_int_equal(stat(at("in/file"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0751);
    assert_int_equal(st.st_uid, root ? 65534 : geteuid());
    assert_int_equal(read_at("in/file", "new"), LASH_OK);

    mode_t mask = umask(027);
    assert_int_equal(lash_place_write(at("in/a/b/made"), "", 0, &err), LASH_OK);
    (void)umask(mask);
    assert_int_equal(stat(at("in/a/b/made"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    assert_int_equal(stat(at("in/a"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0750);
}

/* The old text is whole until there is room for the new one. */
static void test_overwriting(void **state)
{
    (void)state;
    struct stat before, after;
    assert_int_equal(stat(at("in/file"), &before), 0);
    assert_int_equal(lash_place_overwrite(at("in/file"), "longer than before", 18, &err), LASH_OK);
    assert_int_equal(read_at("in/file", "longer than before"), LASH_OK);
    assert_int_equal(lash_place_overwrite(at("in/file"), "short", 5, &err), LASH_OK);
    assert_int_equal(read_at("in/file", "short"), LASH_OK);
    assert_int_equal(stat(at("in/file"), &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);

    struct rlimit room, none = {.rlim_cur = 8};
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &room), 0);
    none.rlim_max = room.rlim_max;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    enum lash_code code = lash_place_overwrite(at("in/file"), "far too long", 12, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &room), 0);
    (void)signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(code, LASH_EFULL);
    assert_int_equal(read_at("in/file", "short"), LASH_OK);

    assert_int_not_equal(lash_place_overwrite(at("in/file-link"), "x", 1, &err), LASH_OK);
    assert_int_equal(lash_place_overwrite(at("in/none"), "x", 1, &err), LASH_EMISSING);
    assert_int_not_equal(lash_place_overwrite(at("in/deep"), "x", 1, &err), LASH_OK);
}

static void test_what_is_not_replaced(void **state)
{
    (void)state;
    assert_int_equal(mkfifo(at("in/pipe"), 0600), 0);
    assert_int_equal(lash_place_write(at("in/pipe"), "x", 1, &err), LASH_EIO);
    assert_int_equal(lash_place_write(at("in/deep"), "x", 1, &err), LASH_EIO);
    assert_int_equal(lash_place_write(at("in/file/x"), "x", 1, &err), LASH_EMISSING);
    assert_int_equal(lash_place_write("relative", "x", 1, &err), LASH_EIO);
    assert_int_equal(lash_place_write("/", "x", 1, &err), LASH_EIO);
    assert_int_equal(read_at("in/pipe", ""), LASH_EIO);
    assert_int_equal(read_at("in/none", ""), LASH_EMISSING);
    assert_int_equal(chmod(at("in/file"), 0444), 0);
    if (geteuid() != 0) /* the folder would allow it */
        assert_int_equal(lash_place_write(at("in/file"), "x", 1, &err), LASH_EPERMISSION);
}

/* The other name of a file outside is another file afterwards. */
static void test_a_hard_link_is_broken(void **state)
{
    (void)state;
    assert_int_equal(link(at("out/file"), at("in/hard")), 0);
    assert_int_equal(lash_place_write(at("in/hard"), "mine", 4, &err), LASH_OK);
    assert_int_equal(read_at("out/file", "out"), LASH_OK);
    assert_int_equal(read_at("in/hard", "mine"), LASH_OK);
}

static void test_a_folder_is_listed(void **state)
{
    (void)state;
    struct lash_buf list = LASH_BUF_INIT(1000);
    bool complete = false;
    assert_int_equal(lash_place_list(&list, &complete, at("in"), &err), LASH_OK);
    assert_true(complete);
    unsigned found = 0;
    for (const char *e = list.ptr; e < list.ptr + list.len; e += strlen(e) + 1)
        found |= strcmp(e, "ffile") == 0   ? 1
                 : strcmp(e, "ddeep") == 0 ? 2
                 : strcmp(e, "lloop") == 0 ? 4
                                           : 0;
    assert_int_equal(found, 7);
    lash_buf_free(&list);

    list = LASH_BUF_INIT(12);
    assert_int_equal(lash_place_list(&list, &complete, at("in"), &err), LASH_OK);
    assert_false(complete);
    lash_buf_free(&list);
    assert_int_equal(lash_place_list(&list, &complete, at("in/file"), &err), LASH_EMISSING);
    list = LASH_BUF_INIT(1 << 20);
    assert_int_equal(lash_place_list(&list, &complete, "/", &err), LASH_OK);
    lash_buf_free(&list);
}

static void test_removing_stays_inside(void **state)
{
    (void)state;
    assert_int_equal(mkdir(at("in/deep/closed"), 0700), 0);
    write_file("in/deep/closed/x", "x");
    assert_int_equal(chmod(at("in/deep/closed"), 0), 0);
    lash_place_remove(at("in"));
    assert_int_equal(access(at("in"), F_OK), -1);
    assert_int_equal(read_at("out/file", "out"), LASH_OK);
    lash_place_remove(at("none"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_a_name_means, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_a_name_cannot_mean, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_link_is_followed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_exchange_is_noticed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_replacing_keeps_mode_and_owner, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_overwriting, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_not_replaced, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_hard_link_is_broken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_folder_is_listed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_removing_stays_inside, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
