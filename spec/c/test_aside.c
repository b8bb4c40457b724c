/* test_aside.c - files that commands made are set aside, and no others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/aside.h"
#include "sys/remove.h"

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

static void make(const char *name, const char *text)
{
    FILE *f = fopen(at(name), "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static const char *content(const char *name)
{
    static char text[64];
    FILE *f = fopen(at(name), "r");
    if (!f)
        return "(none)";
    text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
    (void)fclose(f);
    return text;
}

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(base, sizeof(base), "/tmp/lash-aside-XXXXXX");
    assert_non_null(mkdtemp(base));
    assert_int_equal(mkdir(at("s"), 0700), 0);
    assert_int_equal(mkdir(at("victim"), 0700), 0);
    make("victim/x", "victim");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return lash_remove(base, LASH_REMOVE_TREE, &err) == LASH_OK ? 0 : 1;
}

static enum lash_code code;

/* What became of it: the old name and the new one; empty: nothing was there. */
static const char *taken(const struct lash_aside *a, enum lash_aside_where where)
{
    static char text[2 * PATH_MAX + 8];
    char from[PATH_MAX], to[PATH_MAX];
    size_t n = strlen(base) + 1;
    code = lash_aside_take(a, where, from, to, &err);
    if (code != LASH_OK)
        return code == LASH_EMISSING ? "" : err.msg;
    (void)snprintf(text, sizeof(text), "%s > %s", from + n, to + n);
    return text;
}

static void test_nothing_is_replaced(void **state)
{
    (void)state;
    struct lash_aside a;
    assert_true(lash_aside_open(&a, at("s/x")));
    make("s/x", "1");
    assert_string_equal(taken(&a, LASH_ASIDE_OPENED), "s/x > s/x.untrusted");
    make("s/x", "2");
    assert_string_equal(taken(&a, LASH_ASIDE_OPENED), "s/x > s/x.untrusted-2");
    assert_int_equal(symlink("nowhere", at("s/x")), 0);
    assert_string_equal(taken(&a, LASH_ASIDE_OPENED), "s/x > s/x.untrusted-3");
    assert_string_equal(taken(&a, LASH_ASIDE_OPENED), "");
    assert_string_equal(taken(&a, LASH_ASIDE_AT_PATH), "");
    assert_string_equal(content("s/x.untrusted"), "1");
    assert_string_equal(content("s/x.untrusted-2"), "2");
    lash_aside_close(&a);
}

static void test_what_was_there_stays(void **state)
{
    (void)state;
    struct lash_aside a;
    make("s/x", "mine");
    assert_true(lash_aside_open(&a, at("s/x")));
    assert_string_equal(taken(&a, LASH_ASIDE_OPENED), "");
    assert_int_equal(rename(at("s"), at("old")), 0); /* and another one in its place */
    assert_int_equal(mkdir(at("s"), 0700), 0);
    make("s/x", "bad");
    assert_string_equal(taken(&a, LASH_ASIDE_OPENED), "");
    assert_string_equal(taken(&a, LASH_ASIDE_AT_PATH), "s/x > s/x.untrusted");
    assert_string_equal(content("old/x"), "mine");
    lash_aside_close(&a);
}

static void test_a_link_leads_nowhere(void **state)
{
    (void)state;
    struct lash_aside a;
    assert_true(lash_aside_open(&a, at("s/x")));
    make("s/x", "bad");
    assert_int_equal(rename(at("s"), at("old")), 0);
    assert_int_equal(symlink("victim", at("s")), 0);
    assert_string_equal(taken(&a, LASH_ASIDE_OPENED), "old/x > old/x.untrusted");
    assert_non_null(strstr(taken(&a, LASH_ASIDE_AT_PATH), "its folder is another now"));
    assert_string_equal(content("victim/x"), "victim");
    lash_aside_close(&a);
    assert_false(lash_aside_open(&a, at("s/x")));
}

static void test_a_folder_that_was_not_there(void **state)
{
    (void)state;
    struct lash_aside a;
    assert_true(lash_aside_open(&a, at("new/x")));
    assert_string_equal(taken(&a, LASH_ASIDE_AT_PATH), "");
    assert_int_equal(mkdir(at("new"), 0700), 0);
    make("new/x", "bad");
    assert_string_equal(taken(&a, LASH_ASIDE_OPENED), "");
    assert_string_equal(taken(&a, LASH_ASIDE_AT_PATH), "new/x > new/x.untrusted");
    lash_aside_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing_is_replaced, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_was_there_stays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_link_leads_nowhere, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_folder_that_was_not_there, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
