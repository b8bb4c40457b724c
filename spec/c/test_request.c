/* test_request.c - what is sent: plans as lines, bodies as bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "dashscope/request.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define JSON(text) ((struct lash_json_text){(text), sizeof(text) - 1})
#define TOOLS JSON("[{\"type\":\"function\"}]")
#define FORCED JSON("\"required\"")
#define JSON_MODE JSON("{\"type\": \"json_object\"}")

static struct lash_request_spec base(const char *model)
{
    return (struct lash_request_spec){
        .model = model,
        .dashscope = true,
        .messages = JSON("[]"),
        .max_tokens = LASH_ABSENT,
        .seed = LASH_ABSENT,
        .temperature = NAN,
        .top_p = NAN,
    };
}

/* "stream whole think=yes budget=4096 effort=low auto json" */
static const char *show(const struct lash_plan *p)
{
    static const char *const known[] = {"", " think=yes", " think=no"};
    static char line[160];
    char budget[32] = "";
    if (p->budget)
        (void)snprintf(budget, sizeof(budget), " budget=%" PRId64, p->budget);
    (void)snprintf(line, sizeof(line), "%s%s%s%s%s%s%s%s", p->stream ? "stream" : "once",
                   p->whole ? " whole" : "", known[p->think], budget, p->effort ? " effort=" : "",
                   p->effort ? p->effort : "", p->drop_tool_choice ? " auto" : "",
                   p->drop_thinking_for_json ? " json" : "");
    return line;
}

struct plan_case {
    const char *model;
    enum lash_level level;
    enum lash_tool_streaming streaming;
    bool tools, forced, json;
    const char *expect;
};

static void check_plan(const struct plan_case *c, const struct lash_model *model, bool dashscope)
{
    struct lash_request_spec s = base(c->model);
    s.dashscope = dashscope;
    s.level = c->level;
    s.budget = 200000;
    s.tool_streaming = c->streaming;
    if (c->tools)
        s.tools = TOOLS;
    if (c->forced)
        s.tool_choice = FORCED;
    if (c->json)
        s.response_format = JSON_MODE;
    struct lash_plan plan;
    struct lash_err err;
    assert_int_equal(lash_plan_make(&plan, &s, model, &err), LASH_OK);
    if (strcmp(show(&plan), c->expect) != 0)
        fail_msg("%s level %d: %s, not %s", c->model, c->level, show(&plan), c->expect);
}

#define UNSET LASH_LEVEL_UNSET
#define OFF LASH_LEVEL_OFF
#define LOW LASH_LEVEL_LOW
#define MEDIUM LASH_LEVEL_MEDIUM
#define HIGH LASH_LEVEL_HIGH
#define BUDGET LASH_LEVEL_BUDGET
#define AUTO LASH_STREAM_AUTO
#define NATIVE LASH_STREAM_NATIVE
#define FALLBACK LASH_STREAM_FALLBACK

static void test_thinking(void **state)
{
    static const struct plan_case cases[] = {
        /* default off */
        {"qwen3-max", UNSET, .expect = "stream"},
        {"qwen3-max", OFF, .expect = "stream"},
        {"qwen3-max", LOW, .expect = "stream think=yes budget=4096"},
        {"qwen3-max", MEDIUM, .expect = "stream think=yes budget=16384"},
        {"qwen3-max", HIGH, .expect = "stream think=yes budget=32768"},
        {"qwen3-max", BUDGET, .expect = "stream think=yes budget=81920"}, /* clamped */
        {"qwen3-omni-flash", HIGH, .expect = "stream think=yes budget=24576"},
        /* default on: off must be said */
        {"qwen3.5-plus", UNSET, .expect = "stream"},
        {"qwen3.5-plus", OFF, .expect = "stream think=no"},
        {"qwen3.8-max", HIGH, .expect = "stream think=yes budget=32768"}, /* never "high" */
        {"qwen3.8-max", BUDGET, .expect = "stream think=yes budget=200000"},
        /* never, always */
        {"qwen3-coder-plus", HIGH, .expect = "stream"},
        {"qwen3-coder-plus", OFF, .expect = "stream"},
        {"qwq-plus", OFF, .expect = "stream"},
        {"qwq-plus", HIGH, .expect = "stream think=yes budget=32768"},
        /* only a word, or nothing, to say how much */
        {"deepseek-v4-pro", LOW, .expect = "stream think=yes effort=low"},
        {"deepseek-v4-pro", BUDGET, .expect = "stream think=yes effort=high"},
        {"deepseek-r1", HIGH, .expect = "stream think=yes"},
        /* unknown: nothing unasked */
        {"my-own", UNSET, .expect = "stream"},
        {"my-own", MEDIUM, .expect = "stream think=yes budget=16384"},
        {"my-own", OFF, .expect = "stream think=no"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        check_plan(&cases[i], lash_model_find(cases[i].model), true);
}

static void test_streaming(void **state)
{
    static const struct plan_case cases[] = {
        {"qwen3-max", UNSET, AUTO, true, .expect = "stream"},
        {"qwen3-max", UNSET, NATIVE, true, .expect = "stream"},
        {"qwen3-max", UNSET, FALLBACK, true, .expect = "once whole"},
        {"qwen3-max", UNSET, FALLBACK, false, .expect = "stream"}, /* text is streamed */
        {"qwen3-max", LOW, FALLBACK, true, .expect = "once whole think=yes budget=4096"},
        {"my-own", UNSET, AUTO, true, .expect = "stream"},
        {"qwen-max-2024-09-19", UNSET, AUTO, true, .expect = "once whole"},
        {"qwen-max-2024-09-19", UNSET, NATIVE, true, .expect = "stream"},
        /* what is certain to be refused is never chosen */
        {"qwq-plus", UNSET, FALLBACK, true, .expect = "stream whole"},
        {"qwen3-32b", UNSET, AUTO, true, .expect = "stream"},
        {"qwen3-32b", UNSET, FALLBACK, true, .expect = "once whole think=no"},
        {"qwen3-32b", OFF, FALLBACK, true, .expect = "once whole think=no"},
        {"qwen3-32b", HIGH, FALLBACK, true, .expect = "stream whole think=yes budget=32768"},
        {"qwen3-235b-a22b-thinking-2507", UNSET, FALLBACK, true, .expect = "once whole"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        check_plan(&cases[i], lash_model_find(cases[i].model), true);
}

static void test_exclusions(void **state)
{
    static const struct plan_case cases[] = {
        {"qwen3.5-plus", UNSET, AUTO, true, true, .expect = "stream auto"},
        {"qwen3.5-plus", OFF, AUTO, true, true, .expect = "stream think=no"},
        {"qwen3-max", UNSET, AUTO, true, true, .expect = "stream"},
        {"qwen3-max", LOW, AUTO, true, true, .expect = "stream think=yes budget=4096 auto"},
        {"qwq-plus", UNSET, AUTO, true, true, .expect = "stream auto"},
        {"my-own", UNSET, AUTO, true, true, .expect = "stream"},
        {"qwen3.5-plus", UNSET, .json = true, .expect = "stream think=no json"},
        {"qwen3.5-plus", HIGH, .json = true, .expect = "stream think=no json"},
        {"qwen3-max", HIGH, .json = true, .expect = "stream json"},
        {"qwen3-max", UNSET, .json = true, .expect = "stream"},
        {"qwen3.8-max", HIGH, .json = true, .expect = "stream think=yes budget=32768"},
        {"qwq-plus", UNSET, .json = true, .expect = "stream"},
        /* once JSON has switched thinking off, a call can be forced */
        {"qwen3.5-plus", UNSET, AUTO, true, true, true, .expect = "stream think=no json"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        check_plan(&cases[i], lash_model_find(cases[i].model), true);
}

/* Rows that were changed by what a service refused. */
static void test_learned(void **state)
{
    (void)state;
    struct lash_model m = *lash_model_find("qwen3-32b");
    m.stream_tools = LASH_NO;
    check_plan(&(struct plan_case){"learned", HIGH, AUTO, true, .expect = "once whole think=no"},
               &m, true);
    m.stream_only = true;
    check_plan(&(struct plan_case){"learned", UNSET, AUTO, true, .expect = "stream whole"}, &m,
               true);

    m = *lash_model_find("qwen3-235b-a22b-thinking-2507");
    m.whole_needs_off = true;
    check_plan(&(struct plan_case){"learned", UNSET, FALLBACK, true, .expect = "stream whole"}, &m,
               true);

    m = *lash_model_find("my-own");
    m.tool_choice_auto = true;
    check_plan(&(struct plan_case){"learned", UNSET, AUTO, true, true, .expect = "stream auto"}, &m,
               true);
    m.thinking = LASH_THINKING_NONE;
    check_plan(&(struct plan_case){"learned", HIGH, .expect = "stream"}, &m, true);

    m = *lash_model_find("qwen3.8-max");
    m.takes_budget = false;
    check_plan(&(struct plan_case){"learned", HIGH, .expect = "stream think=yes effort=high"}, &m,
               true);
}

/* Another server gets no field of DashScope's, whatever the model is called. */
static void test_openai(void **state)
{
    static const struct plan_case cases[] = {
        {"qwen3-32b", UNSET, FALLBACK, true, .expect = "once whole"},
        {"qwen3-32b", OFF, .expect = "stream"},
        {"qwen3-32b", HIGH, .expect = "stream effort=high"},
        {"gpt", LOW, .expect = "stream effort=low"},
        {"gpt", BUDGET, .expect = "stream"},
        {"qwen3.5-plus", UNSET, AUTO, true, true, true, .expect = "stream"},
        {"qwen3-coder", HIGH, .expect = "stream"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        check_plan(&cases[i], lash_model_find(cases[i].model), false);
}

static void test_ranges(void **state)
{
    static const struct {
        double temperature, top_p;
        int64_t seed, max_tokens, budget;
        const char *dashscope, *openai; /* the field that is refused; NULL: none */
    } cases[] = {
        {0, 1, 0, 1, 1, NULL, NULL},
        {1.99, .01, INT32_MAX, 1000000, 1, NULL, NULL},
        {2, 1, 0, 1, 1, "temperature is 2,", NULL},
        {2.1, 1, 0, 1, 1, "temperature is 2.1,", "temperature is 2.1,"},
        {-.1, 1, 0, 1, 1, "temperature is -0.1,", "temperature is -0.1,"},
        {INFINITY, 1, 0, 1, 1, "temperature is inf,", "temperature is inf,"},
        {1, 0, 0, 1, 1, "top_p is 0,", NULL},
        {1, 1.5, 0, 1, 1, "top_p is 1.5,", "top_p is 1.5,"},
        {1, 1, -1, 1, 1, "seed is -1,", NULL},
        {1, 1, INT64_C(2147483648), 1, 1, "seed is 2147483648,", NULL},
        {1, 1, 0, 0, 1, "max_tokens is 0,", "max_tokens is 0,"},
        {1, 1, 0, 1, 0, "thinking budget is 0,", "thinking budget is 0,"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (int dashscope = 0; dashscope < 2; dashscope++) {
            struct lash_request_spec s = base("qwen3-max");
            s.dashscope = dashscope;
            s.temperature = cases[i].temperature;
            s.top_p = cases[i].top_p;
            s.seed = cases[i].seed;
            s.max_tokens = cases[i].max_tokens;
            s.level = LASH_LEVEL_BUDGET;
            s.budget = cases[i].budget;
            const char *expect = dashscope ? cases[i].dashscope : cases[i].openai;
            struct lash_plan plan;
            struct lash_err err = {0};
            enum lash_code code = lash_plan_make(&plan, &s, lash_model_find(s.model), &err);
            assert_int_equal(code, expect ? LASH_EUSAGE : LASH_OK);
            if (expect)
                assert_memory_equal(err.msg, expect, strlen(expect));
        }
    }
    struct lash_request_spec s = base("qwen3-max");
    s.messages.ptr = NULL;
    struct lash_plan plan;
    assert_int_equal(lash_plan_make(&plan, &s, lash_model_find(s.model), NULL), LASH_EUSAGE);
    s = base("qwen3-max");
    s.response_format = JSON("{");
    assert_int_equal(lash_plan_make(&plan, &s, lash_model_find(s.model), NULL), LASH_EUSAGE);
}

static void check_body(const struct lash_request_spec *s, const char *expect)
{
    struct lash_plan plan;
    struct lash_err err = {0};
    struct lash_buf out = LASH_BUF_INIT(1 << 20);
    assert_int_equal(lash_plan_make(&plan, s, lash_model_find(s->model), &err), LASH_OK);
    assert_int_equal(lash_request_write(&out, s, &plan, &err), LASH_OK);
    assert_string_equal(out.ptr, expect);
    lash_buf_free(&out);
}

#define HEAD(model) "{\"model\":\"" model "\",\"messages\":[],"
#define STREAM "\"stream\":true,\"stream_options\":{\"include_usage\":true}"

static void test_body(void **state)
{
    (void)state;
    struct lash_request_spec s = base("qwen3-max");
    check_body(&s, HEAD("qwen3-max") STREAM "}");

    s.max_tokens = 8192;
    s.temperature = 0.7;
    s.top_p = 0.95;
    s.seed = 7;
    s.stop = JSON("[\"END\"]");
    s.tools = TOOLS;
    s.tool_choice = JSON("{\"type\":\"function\"}");
    s.parallel_tool_calls = LASH_YES;
    s.response_format = JSON("{\"type\":\"text\"}");
    s.level = LASH_LEVEL_LOW;
    check_body(&s, HEAD("qwen3-max") STREAM
               ",\"max_tokens\":8192,\"temperature\":0.7,\"top_p\":0.95,\"seed\":7,"
               "\"stop\":[\"END\"],\"tools\":[{\"type\":\"function\"}],\"tool_choice\":\"auto\","
               "\"parallel_tool_calls\":true,\"response_format\":{\"type\":\"text\"},"
               "\"enable_thinking\":true,\"thinking_budget\":4096}");

    s = base("qwen3-8b"); /* what goes with tools goes only with tools */
    s.tools = JSON(" [ ] ");
    s.tool_choice = FORCED;
    s.parallel_tool_calls = LASH_YES;
    s.tool_streaming = LASH_STREAM_FALLBACK;
    s.max_tokens = 100000; /* more than the model has: a default must not be refused */
    check_body(&s, HEAD("qwen3-8b") STREAM ",\"max_tokens\":8192}");

    s = base("qwen3-8b");
    s.tools = TOOLS;
    s.tool_streaming = LASH_STREAM_FALLBACK;
    check_body(&s, HEAD("qwen3-8b") "\"stream\":false,\"tools\":[{\"type\":\"function\"}],"
                                    "\"enable_thinking\":false}");

    s = base("a\"b");
    s.dashscope = false;
    s.level = LASH_LEVEL_MEDIUM;
    check_body(&s, HEAD("a\\\"b") STREAM ",\"reasoning_effort\":\"medium\"}");
}

static void test_extra(void **state)
{
    (void)state;
    struct lash_request_spec s = base("qwen3-max");
    s.temperature = 0.5;
    s.extra = JSON(" {\"top_k\": 20, \"temperature\": 0.1, \"o\": {\"stream\": [1, {}, null]}} ");
    check_body(&s, HEAD("qwen3-max") STREAM
               ",\"top_k\":20,\"temperature\":0.1,\"o\":{\"stream\":[1,{},null]}}");
    s = base("qwen3-max");
    s.extra = JSON("{}");
    check_body(&s, HEAD("qwen3-max") STREAM "}");
    s.extra = JSON("{\"reasoning_effort\":\"low\",\"stream_options\":null}");
    s.level = LASH_LEVEL_HIGH; /* both would be refused: the caller's own word counts */
    check_body(&s, HEAD("qwen3-max") "\"stream\":true,\"enable_thinking\":true,"
                                     "\"reasoning_effort\":\"low\",\"stream_options\":null}");

    s = base("qwen3-max"); /* another name of it */
    s.max_tokens = 100;
    s.extra = JSON("{\"max_completion_tokens\":50}");
    check_body(&s, HEAD("qwen3-max") STREAM ",\"max_completion_tokens\":50}");
    s = base("qwen3-max"); /* no name of ours, though it begins as one */
    s.extra = JSON("{\"stream\\u0000x\":1}");
    check_body(&s, HEAD("qwen3-max") STREAM ",\"stream\\u0000x\":1}");

    static const struct {
        struct lash_json_text text;
        const char *message;
    } wrong[] = {
        {{"[1]", 3}, "extra is not a JSON object"},
        {{"5", 1}, "extra is not a JSON object"},
        {{"{\"a\":}", 6}, "extra is not a JSON object: line 1,"},
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct lash_plan plan = {.stream = true};
        struct lash_err err = {0};
        struct lash_buf out = LASH_BUF_INIT(1 << 10);
        s.extra = wrong[i].text;
        assert_int_equal(lash_request_write(&out, &s, &plan, &err), LASH_EUSAGE);
        assert_memory_equal(err.msg, wrong[i].message, strlen(wrong[i].message));
        assert_int_equal(out.len, 0);
        lash_buf_free(&out);
    }
}

/* What extra says of thinking wins, so the rest must fit it. */
static void test_extra_thinking(void **state)
{
    (void)state;
    struct lash_request_spec s = base("qwen3-32b");
    s.extra = JSON("{\"enable_thinking\":true}");
    s.think = LASH_YES;
    s.no_stream = true;
    check_body(&s, HEAD("qwen3-32b") STREAM ",\"enable_thinking\":true}");
    s.no_stream = false;
    s.tools = TOOLS;
    s.tool_streaming = LASH_STREAM_FALLBACK;
    check_body(&s, HEAD("qwen3-32b") STREAM
               ",\"tools\":[{\"type\":\"function\"}],\"enable_thinking\":true}");

    s = base("qwen3.5-plus");
    s.extra = JSON("{\"enable_thinking\":true}");
    s.think = LASH_YES;
    s.response_format = JSON_MODE;
    check_body(&s, HEAD("qwen3.5-plus") STREAM ",\"enable_thinking\":true}");

    s = base("qwen3-32b");
    s.extra = JSON("{\"enable_thinking\":false}");
    s.think = LASH_NO;
    s.level = LASH_LEVEL_HIGH;
    s.no_stream = true;
    check_body(&s, HEAD("qwen3-32b") "\"stream\":false,\"enable_thinking\":false}");
}

static void test_too_large(void **state)
{
    (void)state;
    struct lash_request_spec s = base("qwen3-max");
    struct lash_plan plan = {.stream = true};
    struct lash_err err = {0};
    struct lash_buf out = LASH_BUF_INIT(32);
    assert_int_equal(lash_buf_add(&out, "kept", 4), LASH_OK);
    assert_int_equal(lash_request_write(&out, &s, &plan, &err), LASH_ETOOBIG);
    assert_int_equal(out.len, 4);
    lash_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_thinking),       cmocka_unit_test(test_streaming),
        cmocka_unit_test(test_exclusions),     cmocka_unit_test(test_learned),
        cmocka_unit_test(test_openai),         cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_body),           cmocka_unit_test(test_extra),
        cmocka_unit_test(test_extra_thinking), cmocka_unit_test(test_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
