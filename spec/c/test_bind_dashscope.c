/* test_bind_dashscope.c - lash.core.dashscope on a growing budget of allocations. */
#include "budget.h"

int luaopen_lash_core_dashscope(lua_State *L);

static const char script[] =
    "local dashscope = ...\n"
    "local row = dashscope.model 'qwen3-max'\n"
    "assert(#dashscope.models() > 50)\n"
    "local t = {model = 'm', row = row, dashscope = true, messages = '[]', extra = '{\"a\":[1]}'}\n"
    "t.level = 'low'\n"
    "local body = assert(dashscope.request(t))\n"
    "t.temperature = 5\n"
    "assert(not dashscope.request(t))\n"
    "t.temperature = 'x'\n"
    "assert(not pcall(dashscope.request, t))\n"
    "return body .. dashscope.failure(400, nil, "
    "'{\"error\":{\"code\":\"c\",\"message\":\"m\"}}').code\n";

static void test_growing_budget(void **state)
{
    (void)state;
    static const luaL_Reg modules[] = {{"lash.core.dashscope", luaopen_lash_core_dashscope},
                                       {NULL, NULL}};
    budget_grows(&(struct budget_script){
        .modules = modules,
        .code = script,
        .result = "{\"model\":\"m\",\"messages\":[],\"stream\":true,\"stream_options\":{"
                  "\"include_usage\":true},\"enable_thinking\":true,"
                  "\"thinking_budget\":4096,\"a\":[1]}c",
    });
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_growing_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
