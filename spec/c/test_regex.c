/* test_regex.c - what a pattern fits; the system's regexec as a judge. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/regex.h"

#define PLENTY UINT64_C(1000000000)

static int find(const char *pattern, const char *line, size_t n)
{
    struct lash_regex *re;
    struct lash_err err;
    uint64_t work = PLENTY;
    enum lash_code code = lash_regex_new(&re, pattern, strlen(pattern), &err);
    if (code != LASH_OK)
        return -(int)code;
    bool found = lash_regex_find(re, line, n, &work);
    assert_true(work > 0);
    lash_regex_free(re);
    return found;
}

static const struct {
    const char *pattern, *line;
    int found;
} samples[] = {
    {"", "", 1},
    {"", "x", 1},
    {"b", "abc", 1},
    {"^b", "abc", 0},
    {"c$", "abc", 1},
    {"^$", "", 1},
    {"^$", "a", 0},
    {"a.c", "a\u00e9c", 1},
    {"^.$", "\u20ac", 1},
    {"^.$", "\xff", 1},
    {"\u00e9", "caf\u00e9", 1},
    {"[\u00e0-\u00ff]", "caf\u00e9", 1},
    {"[^a]", "\xff", 1},
    {"[a-c]+d", "xabcd", 1},
    {"[]x]", "]", 1},
    {"[^]x]", "]x", 0},
    {"[a-]", "-", 1},
    {"[[:digit:]]{3}", "a123", 1},
    {"[[:digit:]]{3}", "12a3", 0},
    {"\\d\\s\\w", "7 x", 1},
    {"^\\D\\S\\W$", "xy.", 1},
    {"[\\d.]+$", "1.2.3", 1},
    {"[^\\s]", " \t", 0},
    {"[\\S]", " \t", 0},
    {"\\bin\\b", "go in now", 1},
    {"\\bin\\b", "begin", 0},
    {"\\Bin\\b", "begin", 1},
    {"a|b|", "zzz", 1},
    {"^(a|bc)*$", "abcabc", 1},
    {"^(a|bc)*$", "abcab", 0},
    {"^(?:ab){2,3}$", "ab", 0},
    {"^(?:ab){2,3}$", "ababab", 1},
    {"^(?:ab){2,3}$", "abababab", 0},
    {"^a{0}b", "b", 1},
    {"^a{2,}$", "aaaa", 1},
    {"^a{2,}$", "a", 0},
    {"^(a{1,2}){2}$", "aaa", 1},
    {"a{", "a{", 1},
    {"a{x}", "a{x}", 1},
    {"a{1,x", "a{1,x", 1},
    {"a+?b*?", "ab", 1},
    {"(a*)*b", "aaab", 1},
    {"(|a)+b", "b", 1},
    {"x*", "", 1},
    {"(?i)HeLLo[a-c]", "hEllOB", 1},
    {"hello", "HELLO", 0},
    {"\\.lua$", "x.lua", 1},
    {"\\.lua$", "xxlua", 0},
    {"\\t\\(\\[\\\\", "\t([\\", 1},
    {"a\\.b", "a.b", 1},
};

static void test_samples(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++) {
        int found = find(samples[i].pattern, samples[i].line, strlen(samples[i].line));
        if (found != samples[i].found)
            fail_msg("%s in %s: %d", samples[i].pattern, samples[i].line, found);
    }
    assert_int_equal(find("a\\x", "a", 1), -LASH_ESYNTAX);
    assert_int_equal(find("b.c", "b\0c", 3), 1);
}

static void test_what_is_no_pattern(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "(",      ")",         "a)",     "(a",        "[",   "[a",     "[z-a]", "*",
        "a|*",    "(*)",       "\\",     "[\\",       "\\1", "(a)\\1", "(?=a)", "(?<x>a)",
        "a{2,1}", "[[:foo:]]", "\\p{L}", "[[:digit]", "[\\", "a(?i)",
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        if (find(wrong[i], "", 0) != -LASH_ESYNTAX)
            fail_msg("%s is taken", wrong[i]);
}

static void test_large_patterns_are_refused(void **state)
{
    (void)state;
    assert_int_equal(find("a{1001}", "", 0), -LASH_ETOOBIG);
    assert_int_equal(find("((a{100}){100}){100}", "", 0), -LASH_ETOOBIG);
    char many[10000];
    memset(many, 'a', sizeof(many) - 1);
    many[sizeof(many) - 1] = '\0';
    assert_int_equal(find(many, "", 0), -LASH_ETOOBIG);
    memset(many, '(', 200);
    assert_int_equal(find(many, "", 0), -LASH_ETOOBIG);
    for (size_t i = 0; i + 3 < sizeof(many); i += 3)
        memcpy(many + i, "[a]", 3);
    assert_int_equal(find(many, "", 0), -LASH_ETOOBIG);
}

/* Patterns that take exponential time where a search goes back. */
static void test_time_is_bounded(void **state)
{
    (void)state;
    static const char *const patterns[] = {
        "(a*)*b", "(a|a)*b", "(a|aa)+$b", "(.*)(.*)(.*)(.*)b", "(((a+)+)+)+b", "(a?){200}b"};
    char line[2000];
    memset(line, 'a', sizeof(line));
    for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++)
        assert_int_equal(find(patterns[i], line, sizeof(line)), 0);

    struct lash_regex *re;
    struct lash_err err;
    uint64_t work = 1000;
    assert_int_equal(lash_regex_new(&re, "(a|b)*c", 7, &err), LASH_OK);
    assert_false(lash_regex_find(re, line, sizeof(line), &work));
    assert_int_equal(work, 0);
    lash_regex_free(re);
}

static unsigned seed = 1;

static unsigned roll(unsigned n)
{
    seed = seed * 1103515245u + 12345u;
    return (seed >> 16) % n;
}

/* Random text of pieces; many are no patterns at all. */
static void make(char *to, size_t pieces, const char *const *from, unsigned n)
{
    *to = '\0';
    for (size_t i = 0; i < pieces; i++)
        strcat(to, from[roll(n)]); // NOLINT: of sizes known here
}

static void test_against_the_system(void **state)
{
    (void)state;
    static const char *const pieces[] = {"a",     "b",     "a",     "b",    "(",    ")",    "|",
                                         "*",     "+",     "?",     ".",    "[ab]", "[^a]", "{2}",
                                         "{1,2}", "{0,3}", "(a|b)", "(ab)", "a*",   "b?"};
    static const char *const letters[] = {"a", "b", "c"};
    int compared = 0;
    for (int i = 0; i < 20000; i++) {
        char pattern[128], line[16];
        make(pattern, 1 + roll(7), pieces, sizeof(pieces) / sizeof(*pieces));
        regex_t judge;
        /* Not compared: an empty group, and "a*?", which is another thing to POSIX. */
        if (strstr(pattern, "()") || strstr(pattern, "*?") || strstr(pattern, "+?") ||
            strstr(pattern, "??") || strstr(pattern, "}?") ||
            regcomp(&judge, pattern, REG_EXTENDED | REG_NOSUB) != 0)
            continue;
        for (int k = 0; k < 3; k++) {
            make(line, roll(6), letters, 3);
            int expected = regexec(&judge, line, 0, NULL, 0) == 0;
            int found = find(pattern, line, strlen(line));
            if (found == -LASH_ESYNTAX)
                continue; /* the system takes "a|*b" and the like */
            compared++;
            if (found != expected)
                fail_msg("%s in %s: %d, not %d", pattern, line, found, expected);
        }
        regfree(&judge);
    }
    assert_true(compared > 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples),
        cmocka_unit_test(test_what_is_no_pattern),
        cmocka_unit_test(test_large_patterns_are_refused),
        cmocka_unit_test(test_time_is_bounded),
        cmocka_unit_test(test_against_the_system),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
