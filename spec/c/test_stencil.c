/* test_stencil.c - which chunks need no reading, and that they say the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dashscope/stencil.h"
#include "fold_cases.h"

/* Cuts at the text, which is a part of the JSON. */
static void cut(struct lash_stencil *s, const char *json, const char *text)
{
    const char *at = strstr(json, text);
    assert_non_null(at);
    lash_stencil_cut(s, json, strlen(json), at, strlen(text));
}

static void test_fits(void **state)
{
    static const struct {
        const char *json, *text; /* NULL: it has to be read */
    } cases[] = {
        {"{\"t\":\"Hello\",\"n\":1}", "Hello"},
        {"{\"t\":\"\",\"n\":1}", ""},
        {"{\"t\":\"\xC3\xA9\xF0\x9F\x98\x80\",\"n\":1}", "\xC3\xA9\xF0\x9F\x98\x80"},
        {"{\"t\":\"x\",\"n\":2}", NULL},
        {"{\"u\":\"x\",\"n\":1}", NULL},
        {"{\"t\":\"x\",\"n\":1} ", NULL},
        {"{\"t\":\"a\\nb\",\"n\":1}", NULL},
        {"{\"t\":\"a\nb\",\"n\":1}", NULL},
        {"{\"t\":\"a\fb\",\"n\":1}", NULL},
        {"{\"t\":\"\xC3\",\"n\":1}", NULL},
        {"{\"t\":\"a\",\"t\":\"b\",\"n\":1}", NULL},
        {"{\"t\":\"\\\",\"n\":1}", NULL},
        {"{\"t\":\",\"n\":1}", NULL},
        {"{\"t\":\"", NULL},
        {"", NULL},
    };
    (void)state;
    struct lash_stencil s;
    lash_stencil_init(&s);
    const char *text;
    size_t len;
    assert_false(lash_stencil_fits(&s, "", 0, &text, &len));
    cut(&s, "{\"t\":\"word\",\"n\":1}", "word");
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t n = strlen(cases[i].json);
        char *copy = malloc(n + 1); /* of its size, so that an overread shows */
        assert_non_null(copy);
        memcpy(copy, cases[i].json, n);
        copy = realloc(copy, n ? n : 1);
        bool fits = lash_stencil_fits(&s, copy, n, &text, &len);
        if (fits != (cases[i].text != NULL) ||
            (fits && (len != strlen(cases[i].text) || memcmp(text, cases[i].text, len) != 0)))
            fail_msg("%s", cases[i].json);
        free(copy);
    }
    lash_stencil_reset(&s);
    assert_false(lash_stencil_fits(&s, "{\"t\":\"x\",\"n\":1}", 15, &text, &len));
    lash_stencil_free(&s);
}

static void test_leaves_none(void **state)
{
    (void)state;
    struct lash_stencil s;
    lash_stencil_init(&s);
    static const char json[] = "{\"t\":\"word\",\"n\":1}";
    lash_stencil_cut(&s, json, strlen(json), "word", 4); /* rewritten: it stands elsewhere */
    assert_int_equal(s.chunk.len, 0);
    lash_stencil_cut(&s, json, strlen(json), json + 7, 3); /* not all of the string */
    assert_int_equal(s.chunk.len, 0);

    char large[8192];
    memset(large, ' ', sizeof(large));
    memcpy(large, json, sizeof(json) - 1); /* and white space */
    lash_stencil_cut(&s, large, sizeof(large), large + 6, 4);
    assert_int_equal(s.chunk.len, 0);
    lash_stencil_free(&s);
}

/* Any chunk means the same behind one that it resembles and behind one that it
 * does not: {} says nothing, and no stencil outlives it. */
static void test_same_meaning(void **state)
{
    static const char *const chunks[] = {
        DELTA("\"content\":\"a\""),
        DELTA("\"content\":\"bc\""),
        DELTA("\"content\":\"\""),
        DELTA("\"content\":null"),
        DELTA("\"content\":\"d\\u0065\\\"\""),
        DELTA("\"content\":\"f\xC3\xA9\""),
        DELTA("\"reasoning_content\":\"g\""),
        DELTA("\"reasoning\":\"h\",\"reasoning_content\":\"h\""),
        DELTA("\"reasoning\":\"i\",\"reasoning_content\":\"\""),
        DELTA("\"content\":\"j\",\"reasoning_content\":\"k\""),
        DELTA("\"content\":\"l\",\"reasoning_content\":\"\""),
        DELTA("\"content\":\"m\",\"content\":\"n\""),
        DELTA("\"content\":\"o\",\"tool_calls\":[{\"index\":0,\"id\":\"q\"," FUNCTION("f",
                                                                                      "{}") "}]"),
        DELTA("\"content\":\"p\",\"tool_calls\":[{\"index\":0,\"id\":\"q\"," FUNCTION("f",
                                                                                      "{}") "}]"),
        DELTA("\"content\":[{\"text\":\"r\"}]"),
        DELTA("\"content\":[{\"text\":\"s\"}]"),
        "{\"choices\":[{\"index\":1,\"delta\":{\"content\":\"t\"}}]}\n",
        "{\"choices\":[{\"index\":1,\"delta\":{\"content\":\"u\"}},{\"delta\":{\"content\":\"v\"}}]"
        "}\n",
        "{\"choices\":[{\"delta\":{\"content\":\"w\"},\"finish_reason\":\"stop\"}],\"id\":\"1\"}\n",
        "{\"choices\":[{\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}],\"id\":\"1\"}\n",
        "{\"choices\":[{\"delta\":{\"content\":\"y\"},\"finish_reason\":\"error_finish\"}]}\n",
        "{\"choices\":[{\"delta\":{\"content\":\"z\"},\"finish_reason\":\"error_finish\"}]}\n",
        "{\"choices\":[{\"delta\":{\"content\":\"A\"}}],\"error\":{\"message\":\"no\"}}\n",
        "{\"output\":{\"text\":\"B\",\"finish_reason\":\"null\"}}\n",
        "{\"output\":{\"text\":\"C\",\"finish_reason\":\"null\"}}\n",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(chunks); i++) {
        for (size_t j = 0; j < COUNT(chunks); j++) {
            struct fold near;
            struct fold apart;
            fold_init(&near);
            fold_init(&apart);
            const char *const first[] = {chunks[i], chunks[j], chunks[i]};
            for (size_t k = 0; k < 3; k++) {
                assert_int_equal(fold_feed(&near, first[k], strlen(first[k])), LASH_OK);
                assert_int_equal(fold_feed(&apart, first[k], strlen(first[k])), LASH_OK);
                assert_int_equal(fold_feed(&apart, "{}", 2), LASH_OK);
            }
            if (strcmp(fold_end(&near), fold_end(&apart)) != 0)
                fail_msg("%s%s: %s, not %s", chunks[i], chunks[j], near.line.ptr, apart.line.ptr);
            fold_free(&near);
            fold_free(&apart);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fits),
        cmocka_unit_test(test_leaves_none),
        cmocka_unit_test(test_same_meaning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
