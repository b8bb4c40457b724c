/* test_markdown.c - inline Markdown as a list of events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sys/markdown.h"

static const char *const names[] = {
    [LASH_MD_TEXT] = "t",   [LASH_MD_CODE] = "c",  [LASH_MD_HTML] = "h",
    [LASH_MD_ENTITY] = "e", [LASH_MD_BREAK] = "b", [LASH_MD_ENTER] = "+",
    [LASH_MD_LEAVE] = "-",  [LASH_MD_URL] = "u",   [LASH_MD_CELL] = "|",
};

/* "t:text +:em ..." and "..." at the end of what is open. */
static void write_events(char *to, size_t size, const struct lash_markdown *md)
{
    size_t n = md->events.len / sizeof(struct lash_markdown_event);
    const struct lash_markdown_event *events = (const void *)md->events.ptr;
    to[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        size_t used = strlen(to);
        (void)snprintf(to + used, size - used, "%s%s:%.*s", i > 0 ? " " : "", names[events[i].kind],
                       (int)events[i].len, md->text.ptr + events[i].at);
    }
    if (md->open)
        strncat(to, "...", size - strlen(to) - 1);
}

static void check(const char *text, size_t columns, const char *expected)
{
    struct lash_markdown md;
    struct lash_err err;
    enum lash_code code = columns > 0 ? lash_markdown_row(&md, text, strlen(text), columns, &err)
                                      : lash_markdown_inline(&md, text, strlen(text), &err);
    assert_int_equal(code, LASH_OK);
    char got[1024];
    write_events(got, sizeof(got), &md);
    assert_string_equal(got, expected);
    lash_markdown_free(&md);
}

static void test_spans(void **state)
{
    (void)state;
    check("", 0, "");
    check("a *b **c** `d`*", 0, "t:a  +:em t:b  +:strong t:c -:strong t:  +:code c:d -:code -:em");
    check("~~a~~ &amp; <b>", 0, "+:del t:a -:del t:  e:&amp; t:  h:<b>");
    check("[a](u 't')![b](v)", 0, "+:link t:a -:link u:u +:image t:b -:image u:v");
    check("http://a.b/c", 0, "+:link t:http://a.b/c -:link u:http://a.b/c");
}

static void test_no_blocks(void **state)
{
    (void)state;
    const char *const marks[] = {"# a",   "- a", "1. a",  "> a",   "```",
                                 "| a |", "---", "<div>", "[a]: b"};
    for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
        struct lash_markdown md;
        assert_int_equal(lash_markdown_inline(&md, marks[i], strlen(marks[i]), NULL), LASH_OK);
        assert_int_equal(md.text.len, strlen(marks[i])); /* all of it is text */
        assert_memory_equal(md.text.ptr, marks[i], md.text.len);
        lash_markdown_free(&md);
    }
}

static void test_open(void **state)
{
    (void)state;
    static const char *const open[] = {"*a",  "a **b *c*", "`a",      "``a`",  "_a",       "(_a",
                                       "~~a", "[a",        "![a [b]", "[a](b", "[a](b (c)"};
    static const char *const closed[] = {"a * b", "a_b_c", "~a",    "a*",         "\\*a", "\\`",
                                         "\\[a",  "[a]",   "a](b)", "[a](b c) d", "*a*",  "a <b"};
    for (size_t i = 0; i < sizeof(open) / sizeof(*open); i++) {
        struct lash_markdown md;
        assert_int_equal(lash_markdown_inline(&md, open[i], strlen(open[i]), NULL), LASH_OK);
        if (!md.open)
            fail_msg("'%s' is not open", open[i]);
        lash_markdown_free(&md);
    }
    for (size_t i = 0; i < sizeof(closed) / sizeof(*closed); i++) {
        struct lash_markdown md;
        assert_int_equal(lash_markdown_inline(&md, closed[i], strlen(closed[i]), NULL), LASH_OK);
        if (md.open)
            fail_msg("'%s' is open", closed[i]);
        lash_markdown_free(&md);
    }
}

static void test_rows(void **state)
{
    (void)state;
    check("| a | `b|c` |", 2, "|: t:a |: +:code c:b|c -:code");
    check("a|*b*|c", 2, "|: t:a |: +:em t:b -:em");
    check("a", 3, "|: t:a |: |:");
    check("a \\| b", 1, "|: t:a  t:| t: b");
}

static void test_limits(void **state)
{
    (void)state;
    struct lash_markdown md;
    struct lash_err err;
    size_t n = ((size_t)64 << 10) + 1;
    char *text = malloc(n);
    assert_non_null(text);
    memset(text, '*', n);
    assert_int_equal(lash_markdown_inline(&md, text, n, &err), LASH_ETOOBIG);
    lash_markdown_free(&md);
    assert_int_equal(lash_markdown_inline(&md, text, n - 1, &err), LASH_OK);
    lash_markdown_free(&md);
    free(text);
    assert_int_equal(lash_markdown_inline(&md, "a\nb", 3, &err), LASH_ETOOBIG);
    lash_markdown_free(&md);
    assert_int_equal(lash_markdown_row(&md, "a", 1, 0, &err), LASH_EUSAGE);
    lash_markdown_free(&md);
    assert_int_equal(lash_markdown_row(&md, "a", 1, 257, &err), LASH_EUSAGE);
    lash_markdown_free(&md);
}

/* Whatever the bytes, all of the text of the events is of the source. */
static void test_any_bytes(void **state)
{
    (void)state;
    static const char often[] = "*_`~[]()!<>&;\\|a b\0:/";
    uint32_t seed = 7;
    for (int round = 0; round < 3000; round++) {
        char bytes[40];
        for (size_t i = 0; i < sizeof(bytes); i++) {
            seed = seed * 1103515245U + 12345U;
            unsigned char any = (unsigned char)(seed >> 16);
            char likely = often[any % (sizeof(often) - 1)];
            bytes[i] = likely;
            if (round % 3 == 0)
                memcpy(&bytes[i], &any, 1);
            if (bytes[i] == '\n' || bytes[i] == '\r')
                bytes[i] = ' ';
        }
        struct lash_markdown md;
        enum lash_code code = round % 2 ? lash_markdown_inline(&md, bytes, sizeof(bytes), NULL)
                                        : lash_markdown_row(&md, bytes, sizeof(bytes), 3, NULL);
        assert_int_equal(code, LASH_OK);
        lash_markdown_free(&md);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spans),  cmocka_unit_test(test_no_blocks),
        cmocka_unit_test(test_open),   cmocka_unit_test(test_rows),
        cmocka_unit_test(test_limits), cmocka_unit_test(test_any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
