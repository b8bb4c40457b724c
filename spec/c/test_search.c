/* test_search.c - what a search finds by name and by content, and what it may
 * take from the notes of the last one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <linux/sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sys/hide.h"
#include "sys/search.h"

#define NOBODY 65534 /* root may read everything */

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

static void make_folder(const char *name)
{
    assert_int_equal(mkdir(at(name), 0700), 0);
}

static void make_file(const char *name, const char *text)
{
    FILE *f = fopen(at(name), "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(base, sizeof(base), "/tmp/lash-search-XXXXXX");
    assert_non_null(mkdtemp(base));
    if (geteuid() == 0) {
        assert_int_equal(chown(base, NOBODY, NOBODY), 0);
        assert_int_equal(seteuid(NOBODY), 0);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    char command[200];
    (void)!seteuid(getuid());
    (void)snprintf(command, sizeof(command), "chmod -R u+rwx %s; rm -rf %s", base, base);
    return system(command); // NOLINT(cert-env33-c): a folder of our own
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The paths below base, sorted, each with a space behind it. */
static const char *found(const struct lash_search *wanted)
{
    static char text[4096];
    const char *const in[] = {base, NULL};
    struct lash_buf paths = LASH_BUF_INIT(1 << 20);
    assert_int_equal(lash_search(&paths, in, wanted, &err), LASH_OK);
    const char *list[64];
    size_t n = 0;
    for (const char *p = paths.ptr; p && p < paths.ptr + paths.len; p += strlen(p) + 1)
        list[n++] = p + strlen(base) + 1;
    qsort(list, n, sizeof(*list), by_text);
    size_t len = 0;
    text[0] = '\0';
    for (size_t i = 0; i < n; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s ", list[i]);
    lash_buf_free(&paths);
    return text;
}

static const char *const names[] = {"!.env.example", ".env", ".env.*", "*.pem",
                                    "id_rsa",        ".ssh", NULL};
static const char *const files[] = {"config.json", NULL};
static const char *const texts[] = {"\"api_key\"", NULL};

static void test_names_are_found_wherever_they_are(void **state)
{
    (void)state;
    make_folder("a");
    make_folder("a/b");
    make_folder("a/.ssh");
    make_folder("a/key.pem");
    make_file("a/.ssh/id_rsa", ""); /* stands for itself: the folder is found */
    make_file("a/b/.env", "");
    make_file(".env.local", "");
    make_file(".env.example", "");
    make_file("a/x.pem", "");
    make_file("a/x.pem.txt", "");
    make_file("a/id_rsa.pub", "");
    make_file("config.json", "\"api_key\"");
    assert_int_equal(symlink("x.pem", at("a/link.pem")), 0);
    assert_int_equal(symlink("..", at("a/b/up")), 0);
    assert_string_equal(found(&(struct lash_search){.names = names, .notes = -1}),
                        ".env.local a/.ssh a/b/.env a/key.pem a/x.pem ");
}

/* The quick comparison must say what fnmatch says. */
static void test_names_fit_as_fnmatch_has_it(void **state)
{
    (void)state;
    const char *const patterns[] = {"a",   "*",    "a*",  "*a",    "a*b", "?",     "a?",   "?a",
                                    "**",  "*a*",  "a*a", "ab*",   "*ab", "[ab]",  "[!a]", "*[ab]",
                                    "a[*", "a\\*", "\\a", "[*-b]", "a?b", "ab*ba", "*.a",  ".*"};
    const char *const some[] = {"a",   "b",  "ab", "ba",  "aa",  "aba", "abba", ".a",
                                "b.a", "a*", "[",  "a[x", "aab", "-b",  "*",    "ab.ba"};
    for (size_t i = 0; i < sizeof(some) / sizeof(*some); i++)
        make_file(some[i], "");
    for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++) {
        const char *const one[] = {patterns[i], NULL};
        const char *result = found(&(struct lash_search){.names = one, .notes = -1});
        for (size_t k = 0; k < sizeof(some) / sizeof(*some); k++) {
            char word[16], all[4100];
            (void)snprintf(word, sizeof(word), " %s ", some[k]);
            (void)snprintf(all, sizeof(all), " %s", result);
            if ((strstr(all, word) != NULL) != (fnmatch(patterns[i], some[k], 0) == 0))
                fail_msg("%s and %s", patterns[i], some[k]);
        }
    }
}

static void test_a_file_of_a_name_is_found_by_its_content(void **state)
{
    (void)state;
    static char long_text[70000];
    const char *const folders[] = {"with",   "without", "far",
                                   "closed", "named",   "named/config.json"};
    for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
        make_folder(folders[i]);
    make_file("with/config.json", "{ \"api_key\": 1 }");
    make_file("with/other.json", "{ \"api_key\": 1 }");
    make_file("without/config.json", "{ \"key\": 1 }");
    make_file("closed/config.json", "{}");
    make_file("named/config.json/config.json", "\"api_key\"");
    memset(long_text, ' ', sizeof(long_text) - 1);
    memcpy(long_text + 65536 - 4, texts[0], strlen(texts[0])); /* two pieces have a part each */
    make_file("far/config.json", long_text);
    assert_int_equal(symlink("../with/config.json", at("far/link")), 0);
    assert_int_equal(chmod(at("closed/config.json"), 0), 0);
    struct lash_search wanted = {.files = files, .texts = texts, .notes = -1};
    assert_string_equal(found(&wanted), "closed/config.json far/config.json "
                                        "named/config.json/config.json with/config.json ");
    assert_int_equal(truncate(at("without/config.json"), (16 << 20) + 1), 0); /* too large */
    assert_non_null(strstr(found(&wanted), "without/config.json "));
}

static void test_what_cannot_be_read_is_found(void **state)
{
    (void)state;
    make_folder("closed");
    make_file("closed/.env", "");
    assert_int_equal(chmod(at("closed"), 0), 0);
    assert_string_equal(found(&(struct lash_search){.names = names, .notes = -1}), "closed ");
}

/* To cover it would be of no use: who works in it is in it already, and knows names. */
static void test_the_folder_itself_must_be_readable(void **state)
{
    (void)state;
    const char *const in[] = {base, NULL};
    struct lash_buf paths = LASH_BUF_INIT(1 << 20);
    make_file(".env", "secret");
    assert_int_equal(chmod(base, 0311), 0);
    const struct lash_search wanted = {.names = names, .notes = -1};
    assert_int_equal(lash_search(&paths, in, &wanted, &err), LASH_EIO);
    assert_non_null(strstr(err.msg, "for secrets: Permission denied"));
    assert_int_equal(chmod(base, 0755), 0);
    lash_buf_free(&paths);
}

/* Searched as NOBODY. What is found in a folder without the right to enter it is
 * covered by who makes himself the lord of a namespace; or nothing goes on. */
static void test_a_folder_that_can_only_be_listed_gives_nothing_away(void **state)
{
    (void)state;
    make_folder("listed");
    make_folder("listed/deep");
    make_file("listed/.env", "secret");
    make_file("listed/deep/.env", "secret");
    assert_int_equal(chmod(at("listed"), 0444), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const char *const in[] = {base, NULL};
        struct lash_hide what = {.in = in, .search = {.names = names, .notes = -1}};
        bool root = getuid() == 0; /* becomes somebody else for good: root may enter every folder */
        if (root && (seteuid(0) != 0 || setresgid(NOBODY, NOBODY, NOBODY) != 0 ||
                     setresuid(NOBODY, NOBODY, NOBODY) != 0))
            _exit(1);
        if (lash_hide(&what, &err) != LASH_OK)
            _exit(0);
        struct stat st;
        bool opened = chmod(at("listed"), 0755) == 0;
        _exit(opened && stat(at("listed/.env"), &st) == 0 && st.st_size > 0        ? 2
              : opened && stat(at("listed/deep/.env"), &st) == 0 && st.st_size > 0 ? 3
                                                                                   : 0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void test_contents_together_are_bounded(void **state)
{
    (void)state;
    char name[32];
    for (int i = 0; i < 8; i++) {
        (void)snprintf(name, sizeof(name), "%d", i);
        make_folder(name);
        (void)snprintf(name, sizeof(name), "%d/config.json", i);
        make_file(name, "{}");
        assert_int_equal(truncate(at(name), 15 << 20), 0);
    }
    struct lash_search wanted = {.files = files, .texts = texts, .notes = -1};
    size_t n = 0;
    for (const char *p = found(&wanted); (p = strstr(p, "/config.json ")); p++)
        n++;
    assert_int_equal(n, 3); /* five of them are more than enough to read */
}

/* Makes a tree that is deeper than a path is long, with a file at its end, or walks
 * down: whether that file has anything in it. */
static bool is_deep_text_seen(bool make)
{
    char name[201];
    memset(name, 'd', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    bool seen = false;
    int folder = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; i < 25 && folder >= 0; i++) {
        if (make)
            assert_int_equal(mkdirat(folder, name, 0700), 0);
        int next = openat(folder, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
        close(folder);
        folder = next;
    }
    int fd = folder < 0 ? -1 : openat(folder, ".env", make ? O_CREAT | O_RDWR : O_RDONLY, 0600);
    char byte = 'x';
    if (fd >= 0)
        seen = (make ? write(fd, &byte, 1) : read(fd, &byte, 1)) == 1;
    close(fd);
    close(folder);
    return seen;
}

static void test_what_is_too_deep_is_covered_by_its_folder(void **state)
{
    (void)state;
    assert_true(is_deep_text_seen(true));
    make_file(".env", "");
    const char *const in[] = {base, NULL};
    struct lash_hide what = {.in = in, .search = {.names = names, .notes = -1}};
    struct lash_buf paths = LASH_BUF_INIT(1 << 20);
    assert_int_equal(lash_search(&paths, in, &what.search, &err), LASH_OK);
    const char *deep = paths.ptr, *shallow = deep + strlen(deep) + 1;
    if (strlen(deep) < strlen(shallow)) {
        deep = shallow;
        shallow = paths.ptr;
    }
    assert_int_equal(strlen(deep) + strlen(shallow) + 2, paths.len); /* these two */
    assert_true(strlen(deep) < PATH_MAX && strlen(deep) + 201 >= PATH_MAX);
    lash_buf_free(&paths);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)!seteuid(getuid());
        _exit(lash_hide(&what, &err) != LASH_OK ? 77 : is_deep_text_seen(false));
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(is_deep_text_seen(false));
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        skip(); /* where nothing can be covered */
    assert_int_equal(status, 0);
}

/* ---- notes ---- */

/* Until the last change of a folder is past, so that it is noted. */
static void await_past(const char *name)
{
    struct stat st;
    struct timespec now;
    assert_int_equal(stat(at(name), &st), 0);
    do
        assert_int_equal(clock_gettime(CLOCK_REALTIME, &now), 0);
    while ((now.tv_sec - st.st_ctim.tv_sec) * 1000 + (now.tv_nsec - st.st_ctim.tv_nsec) / 1000000 <=
           110);
}

static off_t size_of(int fd)
{
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    return st.st_size;
}

static void test_notes_are_as_good_as_a_search(void **state)
{
    (void)state;
    struct lash_search wanted = {.names = names, .files = files, .texts = texts};
    wanted.notes = memfd_create("notes", MFD_CLOEXEC);
    make_folder("a");
    make_folder("a/b");
    make_file("a/.env", "");
    make_file("a/b/plain", "");
    make_file("a/b/config.json", "\"api_key\"");
    await_past("a/b");
    await_past(".");
    const char *all = "a/.env a/b/config.json ";
    for (int i = 0; i < 3; i++)
        assert_string_equal(found(&wanted), all);
    off_t noted = size_of(wanted.notes);
    assert_true(noted > 0);

    /* Another change within the tick of the last one would not show. */
    make_file("a/b/id_rsa", "");
    assert_string_equal(found(&wanted), "a/.env a/b/config.json a/b/id_rsa ");
    assert_true(size_of(wanted.notes) < noted); /* it changed just now */
    make_file("a/b/x.pem", "");
    assert_string_equal(found(&wanted), "a/.env a/b/config.json a/b/id_rsa a/b/x.pem ");
    assert_int_equal(unlink(at("a/b/id_rsa")), 0);
    await_past("a/b");
    assert_string_equal(found(&wanted), "a/.env a/b/config.json a/b/x.pem ");
    make_file("a/b/config.json", "{}"); /* the folder does not change */
    assert_string_equal(found(&wanted), "a/.env a/b/x.pem ");
    assert_int_equal(rename(at("a/b"), at("c")), 0);
    assert_string_equal(found(&wanted), "a/.env c/x.pem ");
    assert_int_equal(rename(at("c"), at(".ssh")), 0);
    assert_string_equal(found(&wanted), ".ssh a/.env ");
    assert_int_equal(chmod(at("a"), 0), 0);
    assert_string_equal(found(&wanted), ".ssh a ");
    assert_int_equal(chmod(at("a"), 0700), 0);
    assert_string_equal(found(&wanted), ".ssh a/.env ");
    close(wanted.notes);
}

static void test_notes_are_those_of_the_same_names(void **state)
{
    (void)state;
    const char *const others[] = {"*.txt", NULL};
    struct lash_search wanted = {.names = names}, other = {.names = others};
    wanted.notes = other.notes = memfd_create("notes", MFD_CLOEXEC);
    make_file(".env", "");
    make_file("a.txt", "");
    await_past(".");
    for (int i = 0; i < 3; i++) {
        assert_string_equal(found(&wanted), ".env ");
        assert_string_equal(found(&other), "a.txt ");
    }
    for (off_t n = size_of(wanted.notes); n >= 0; n--) { /* cut, wherever */
        assert_int_equal(ftruncate(wanted.notes, n), 0);
        assert_string_equal(found(&other), "a.txt ");
    }
    close(wanted.notes);
}

/* What a search of an empty folder notes. */
static off_t noted_of(const char *name)
{
    const char *const in[] = {at(name), NULL};
    struct lash_search wanted = {.names = names, .notes = memfd_create("notes", MFD_CLOEXEC)};
    struct lash_buf paths = LASH_BUF_INIT(100);
    assert_int_equal(lash_search(&paths, in, &wanted, &err), LASH_OK);
    off_t size = size_of(wanted.notes);
    lash_buf_free(&paths);
    close(wanted.notes);
    return size;
}

/* Its merged folders have the change time of a single layer. */
static void test_an_overlay_is_not_noted(void **state)
{
    (void)state;
    const char *const folders[] = {"lower", "upper", "work", "merged", "plain"};
    for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
        make_folder(folders[i]);
    await_past("plain");
    if (getuid() != 0)
        skip();
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        char options[300];
        (void)snprintf(options, sizeof(options), "lowerdir=%s,upperdir=%s,workdir=%s", at("lower"),
                       at("upper"), at("work"));
        if (seteuid(0) != 0 || syscall(SYS_unshare, CLONE_NEWNS) != 0 ||
            mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
            mount("overlay", at("merged"), "overlay", 0, options) != 0)
            _exit(77);
        await_past("merged");
        _exit(noted_of("merged") < noted_of("plain") ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(status, 0);
}

static void test_notes_that_somebody_is_about_are_left_alone(void **state)
{
    (void)state;
    struct lash_search wanted = {.names = names};
    wanted.notes = memfd_create("notes", MFD_CLOEXEC);
    make_file(".env", "");
    await_past(".");
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    assert_int_equal(fcntl(wanted.notes, F_OFD_SETLK, &all), 0);
    assert_string_equal(found(&wanted), ".env ");
    assert_int_equal(size_of(wanted.notes), 0);
    close(wanted.notes);
}

static void test_limits(void **state)
{
    (void)state;
    const char *many[LASH_SEARCH_NAMES + 2] = {NULL};
    for (int i = 0; i <= LASH_SEARCH_NAMES; i++)
        many[i] = "x";
    const char *const in[] = {base, NULL};
    struct lash_buf paths = LASH_BUF_INIT(10);
    struct lash_search wanted = {.names = many, .notes = -1};
    assert_int_equal(lash_search(&paths, in, &wanted, &err), LASH_ETOOBIG);
    make_file(".env", "");
    wanted.names = names;
    assert_int_equal(lash_search(&paths, in, &wanted, &err), LASH_ETOOBIG);
    wanted.notes = memfd_create("notes", MFD_CLOEXEC);
    const char *const none[] = {NULL};
    assert_int_equal(lash_search(&paths, none, &wanted, &err), LASH_OK);
    assert_int_equal(size_of(wanted.notes), 0);
    close(wanted.notes);
    wanted.notes = -1;
    const char *const nowhere[] = {"/nowhere/at/all", NULL};
    assert_int_equal(lash_search(&paths, nowhere, &wanted, &err), LASH_EIO);
    lash_buf_free(&paths);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_names_are_found_wherever_they_are, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_names_fit_as_fnmatch_has_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_file_of_a_name_is_found_by_its_content, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_read_is_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_folder_itself_must_be_readable, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_folder_that_can_only_be_listed_gives_nothing_away,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_contents_together_are_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_too_deep_is_covered_by_its_folder, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_notes_are_as_good_as_a_search, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_notes_are_those_of_the_same_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_overlay_is_not_noted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_notes_that_somebody_is_about_are_left_alone, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_limits, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
