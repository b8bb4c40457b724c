/* test_models.c - which row a name gets, and what the rows promise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "dashscope/models.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void test_longest_prefix(void **state)
{
    static const struct {
        const char *name, *pattern;
    } cases[] = {
        {"qwen3-max", "qwen3-max"},
        {"qwen3-max-2026-01-23", "qwen3-max"},
        {"qwen3-max@latest", "qwen3-max"},
        {"qwen3-max:free", "qwen3-max"},
        {"qwen3-maxi", ""},
        {"qwen3-ma", ""},
        {"qwen3-8b", "qwen3-8b"},
        {"qwen3-80b", ""},
        {"qwen3-235b-a22b", "qwen3-235b-a22b"},
        {"qwen3-235b-a22b-thinking-2507", "qwen3-235b-a22b-thinking-2507"},
        {"qwen3-235b-a22b-instruct-2507", "qwen3-235b-a22b-instruct-2507"},
        {"qwen3.8-max-preview", "qwen3.8-max-preview"},
        {"qwen3.8-max-0902", "qwen3.8-max"},
        {"qwen-plus-us", "qwen-plus"},
        {"qwen-plus-2024-11-27", "qwen-plus-2024"},
        {"qwen-plus-2025-07-28", "qwen-plus"},
        {"qwq-32b-preview", "qwq-32b"},
        {"qwq-next", "qwq"},
        {"kimi-k2", ""},
        {"kimi/kimi-k3", "kimi-k3"},
        {"siliconflow/deepseek-v3.2", "deepseek-v3.2"},
        {"MiniMax/MiniMax-M2.7", "MiniMax-M2.7"},
        {"a/b/glm-5", "glm-5"},
        {"Qwen3-max", ""},
        {"qwen3-max/", ""},
        {"", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *name = strdup(cases[i].name); /* exact size: an overread shows */
        assert_string_equal(lash_model_find(name)->pattern, cases[i].pattern);
        free(name);
    }
}

static void test_abilities(void **state)
{
    static const struct {
        const char *name;
        int64_t max_budget;
        enum lash_thinking thinking;
        bool stream_only, whole_needs_off;
    } cases[] = {
        {"qwen3.8-max", 262144, LASH_THINKING_ON, false, false},
        {"qwen3.5-plus", 81920, LASH_THINKING_ON, false, false},
        {"qwen3-max", 81920, LASH_THINKING_OFF, false, false},
        {"qwen-turbo", 38912, LASH_THINKING_OFF, false, false},
        {"qwen3-32b", 38912, LASH_THINKING_ON, false, true},
        {"qwen3-235b-a22b", 38912, LASH_THINKING_ON, false, true},
        {"qwen3-235b-a22b-thinking-2507", 81920, LASH_THINKING_ONLY, false, false},
        {"qwen3-235b-a22b-instruct-2507", 0, LASH_THINKING_NONE, false, false},
        {"qwq-plus", 32768, LASH_THINKING_ONLY, true, false},
        {"qvq-max", 0, LASH_THINKING_ONLY, true, false},
        {"qwen3-omni-flash", 24576, LASH_THINKING_OFF, true, false},
        {"qwen-max", 0, LASH_THINKING_NONE, false, false},
        {"qwen3-coder-480b-a35b-instruct", 0, LASH_THINKING_NONE, false, false},
        {"deepseek-r1-0528", 0, LASH_THINKING_ONLY, false, false},
        {"qwen3-plus", 0, LASH_THINKING_UNKNOWN, false, false},
        {"my-own", 0, LASH_THINKING_UNKNOWN, false, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct lash_model *m = lash_model_find(cases[i].name);
        assert_int_equal(m->thinking, cases[i].thinking);
        assert_int_equal(m->max_budget, cases[i].max_budget);
        assert_int_equal(m->stream_only, cases[i].stream_only);
        assert_int_equal(m->whole_needs_off, cases[i].whole_needs_off);
    }
    assert_true(lash_model_find("qwen3.8-flash")->takes_budget);
    assert_true(lash_model_find("qwen3.8-flash")->takes_effort);
    assert_false(lash_model_find("deepseek-v4-pro")->takes_budget);
    assert_int_equal(lash_model_find("qwen-max-2024-09-19")->stream_tools, LASH_NO);
    assert_int_equal(lash_model_find("no-such")->stream_tools, LASH_UNKNOWN);
    assert_true(lash_model_find("no-such")->price_input < 0); /* unknown is not free */
    assert_true(lash_model_find("no-such")->vision);          /* unknown is not refused */
}

/* What must hold for every row, so that nobody has to look at each. */
static void test_rows(void **state)
{
    (void)state;
    size_t fictional = 0;
    size_t i = 0;
    for (const struct lash_model *m; (m = lash_model_at(i)) != NULL; i++) {
        assert_ptr_equal(lash_model_find(m->pattern), m); /* reachable, and only once there */
        bool can_think = m->thinking != LASH_THINKING_NONE;
        assert_true(can_think || (!m->takes_budget && !m->takes_effort && m->max_budget == 0));
        assert_true(m->takes_budget || m->max_budget == 0);
        assert_true(m->max_output <= m->context);
        assert_true((m->price_input < 0) == (m->price_output < 0));
        assert_true(m->price_input != 0);
        assert_true(!m->json_schema || m->json_object);
        fictional += m->fictional;
    }
    assert_true(i > 80);
    assert_int_equal(fictional, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_longest_prefix),
        cmocka_unit_test(test_abilities),
        cmocka_unit_test(test_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
