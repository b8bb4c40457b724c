/* test_html.c - pages and what a person would read of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "sys/charset.h"
#include "sys/html.h"

#define LIMIT ((size_t)1 << 20)

static void check(const char *html, const char *expected)
{
    struct lash_buf out = LASH_BUF_INIT(LIMIT);
    struct lash_err err;
    assert_int_equal(lash_html_text(&out, html, strlen(html), &err), LASH_OK);
    assert_string_equal(out.ptr ? out.ptr : "", expected);
    lash_buf_free(&out);
}

static void test_text(void **state)
{
    (void)state;
    check("", "");
    check("one  two\n\tthree", "one two three");
    check("a<b> b </b>c", "a b c");
    check("a<br>b<br><br>c<br><br><br>d", "a\nb\n\nc\n\nd");
    check("<p>a<p> b </p>c<div>d</div>e", "a\n\nb\n\nc\nd\ne");
    check("&lt;&amp;&nbsp;&eacute;&#x20AC;&#151;&check;&no;", "<& é€—✓&no;");
    check("a&shy;z&#x200B;z&#x202E;&#xFEFF;&#xE0041;\xF3\xA0\x81\x81\x0Bz", "azz\xEF\xBF\xBDz");
    check("\xE2\x80\x94 \xE2\x82\xAC \xF0\x9F\x98\x80",
          "\xE2\x80\x94 \xE2\x82\xAC \xF0\x9F\x98\x80");
    check("<title> A \n title</title><p>x", "A title\n\nx");
}

static void test_what_is_left_out(void **state)
{
    (void)state;
    check("a<script>if (a<b) '</p>'</script><style>p{}</style><!-- c --><nav>n</nav>b", "ab");
    check("<svg><title>t</title><text>x</text></svg><template>t</template><iframe>f</iframe>b",
          "b");
    check("<p hidden>a<p aria-hidden=true>b<p style='color:red; display: none'>c<p>d", "d");
    check("<button>b</button><select><option>o</select><textarea>t</textarea><input value=v>x",
          "x");
    check("<script>never ends", "");
    check("<ul><li></li><li> </li></ul><h1></h1><p></p><table><tr><td></table>x", "x");
}

static void test_structure(void **state)
{
    (void)state;
    check("a<h1>One</h1><h3>Three <i>x</i></h3><h6>Six</h6>b",
          "a\n\n# One\n\n### Three x\n\n###### Six\n\nb");
    check("a<ul><li>b<li>c<ul><li>d</ul>e</ul>f", "a\n\n- b\n- c\n  - d\n  e\n\nf");
    check("<ol><li>a<li>b</ol><ol start=9><li>c<li>d</ol>", "1. a\n2. b\n\n9. c\n10. d");
    check("<ol start=-5><li>a</ol><ol start=99999999999><li>b</ol>", "1. a\n\n1. b");
    check("<li>alone", "- alone");
    check("<ul><li><h2>t</h2>a<p>b</ul>", "- ## t\n\n  a\n\n  b");
    check("<dl><dt>t<dd>d<dd>e<p>f</dl>g", "t\n  d\n  e\n\n  f\n\ng");
    check("<blockquote>a<p>b<blockquote>c</blockquote></blockquote>d", "> a\n\n> b\n\n> > c\n\nd");
    check("a<hr>b", "a\n\n---\n\nb");
    check("<pre>\n  a\n\n\tb</pre>c<pre>d\n</pre>", "```\n  a\n\n\tb\n```\n\nc\n\n```\nd\n```");
    check("a<img alt=' x  y ' src=i>b<img src=i><img alt=''>", "a[image: x y]b");
}

static void test_tables(void **state)
{
    (void)state;
    check("<table><caption>c</caption><tr><th>a<th>b<tr><td>1<td>2</table>x",
          "c\na | b\n1 | 2\n\nx");
    check("<table><tr><td><p>a</p><td><p>b</p><p>c</p><td></tr><tr><td><td>d</table>",
          "a | b\nc\n| d");
    check("<ul><li><p>a</p><p>b</p></li><li><div>c</div></li></ul>", "- a\n\n  b\n\n- c");
    check("<table><tr><td>a<td><td>b</table>", "a |  | b");
    check("<table><tr><td><ul><li>a</ul><td>b</table>", "- a\nb");
    check("<table><tr><td>a<table><tr><td>b<td>c</table><td>d</table>", "a\nb | c\n\nd");
}

static void test_links(void **state)
{
    (void)state;
    check("<a href='/x?a=1&amp;b'> t </a>u", "t\1/x?a=1&b\2 u");
    check("<base href=/b/><base><p>a", "\3/b/\2\na");
    check("<a href=x><img src=y></a><a>b</a><a href='a\nb'>c</a>", "bc\1ab\2");
    char page[3000];
    (void)snprintf(page, sizeof(page), "<a href='%02500d'>a</a>", 1);
    check(page, "a");
}

/* A page of n repetitions. */
static void repeat(struct lash_buf *page, const char *what, int n)
{
    for (int i = 0; i < n; i++)
        assert_int_equal(lash_buf_add(page, what, strlen(what)), LASH_OK);
}

static void test_limits(void **state)
{
    (void)state;
    struct lash_err err;
    struct lash_buf page = LASH_BUF_INIT(LIMIT);
    struct lash_buf out = LASH_BUF_INIT(LIMIT);
    repeat(&page, "<ul><blockquote><li>", 400);
    repeat(&page, "x<p>", 10); /* deeper than it is looked at */
    assert_int_equal(lash_html_text(&out, page.ptr, page.len, &err), LASH_OK);
    assert_int_equal(out.len, 0);
    lash_buf_free(&page);
    repeat(&page, "<ul><blockquote><li>", 100);
    repeat(&page, "x<p>", 1000);
    assert_int_equal(lash_html_text(&out, page.ptr, page.len, &err), LASH_OK);
    assert_true(out.len > 1000 && out.len < (size_t)50 * 1000);
    lash_buf_free(&out);

    out = LASH_BUF_INIT(10); /* a text that is too long ends there */
    assert_int_equal(lash_html_text(&out, "12345 <b>678</b> 9012", 21, &err), LASH_OK);
    assert_string_equal(out.ptr, "12345 678 ");
    lash_buf_free(&out);
    lash_buf_free(&page);

    /* Every paragraph opens all of them again: 10^8 nodes of 300 KB. */
    repeat(&page, "<p>", 1);
    for (int i = 0; i < 10000; i++) {
        char tag[32];
        (void)snprintf(tag, sizeof(tag), "<b a=%d>", i);
        repeat(&page, tag, 1);
    }
    repeat(&page, "<p>x", 10000);
    assert_int_equal(lash_html_text(&out, page.ptr, page.len, &err), LASH_ETOOBIG);
    assert_string_equal(err.msg, "the page needs too much memory");
    lash_buf_free(&page);
    lash_buf_free(&out);
}

static void check_charset(const char *charset, const char *bytes, size_t n, const char *expected)
{
    struct lash_buf out = LASH_BUF_INIT(LIMIT);
    struct lash_err err;
    assert_int_equal(lash_charset_decode(&out, charset, bytes, n, &err), LASH_OK);
    assert_string_equal(out.ptr, expected);
    lash_buf_free(&out);
}

static void test_charsets(void **state)
{
    (void)state;
    check_charset("windows-1252", "\x80\xE9", 2, "€é");
    check_charset("windows-1252", "a\x81z", 3, "a\xEF\xBF\xBDz");
    check_charset("UTF-8", "\xC3\xA9\xFF\xE2\x82", 5, "é\xEF\xBF\xBD\xEF\xBF\xBD");
    check_charset("utf-16le", "a\0\xAC\x20z", 5, "a€\xEF\xBF\xBD");
    check_charset("shift_jis", "\x83\x65\x83\x58\x83", 5, "テス\xEF\xBF\xBD");
    check_charset("gb18030", "\xD6\xD0", 2, "中");
    /* Another name for UTF-8, and glibc's has characters that Unicode has not. */
    check_charset("ISO-10646/UTF-8", "\xC3\xA9\xF5\x89\x89\x89", 6,
                  "é\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    struct lash_buf out = LASH_BUF_INIT(5000);
    struct lash_err err;
    static char many[6000];
    memset(many, 'x', sizeof(many));
    assert_int_equal(lash_charset_decode(&out, "latin1", many, sizeof(many), &err), LASH_ETOOBIG);
    assert_int_equal(lash_charset_decode(&out, "utf-8", many, sizeof(many), &err), LASH_ETOOBIG);
    assert_int_equal(lash_charset_decode(&out, "nothing", many, 1, &err), LASH_EUSAGE);
    assert_string_equal(err.msg, "the encoding 'nothing' is not known");
    lash_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),      cmocka_unit_test(test_what_is_left_out),
        cmocka_unit_test(test_structure), cmocka_unit_test(test_tables),
        cmocka_unit_test(test_links),     cmocka_unit_test(test_limits),
        cmocka_unit_test(test_charsets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
