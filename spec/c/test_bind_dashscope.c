/* test_bind_dashscope.c - runs a script on a growing budget of allocations,
 * from none at all until it runs through; the leak sanitizer then proves that
 * no error path of lash.core.dashscope loses memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <lauxlib.h>
#include <lualib.h>
#include <stdbool.h>
#include <stdlib.h>

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

struct budget {
    bool on;
    long left;
};

/* Once the budget is spent every growth fails: Lua answers a failure with a
 * full collection and a second try, so failing once would prove nothing. */
static void *budget_alloc(void *ud, void *ptr, size_t osize, size_t nsize)
{
    struct budget *b = ud;
    if (nsize == 0) {
        free(ptr);
        return NULL;
    }
    bool grows = !ptr || nsize > osize;
    if (b->on && grows && b->left-- <= 0)
        return NULL;
    return realloc(ptr, nsize);
}

static bool runs_with(long allocations)
{
    struct budget b = {.on = false};
    lua_State *L = lua_newstate(budget_alloc, &b);
    assert_non_null(L);
    luaL_openlibs(L);
    luaL_requiref(L, "lash.core.dashscope", luaopen_lash_core_dashscope, 0);
    assert_int_equal(luaL_loadstring(L, script), LUA_OK);
    lua_insert(L, 1); /* the chunk below its argument, the module */

    b = (struct budget){.on = true, .left = allocations};
    int rc = lua_pcall(L, 1, 1, 0);
    b.on = false;
    if (rc == LUA_OK)
        assert_string_equal(lua_tostring(L, -1),
                            "{\"model\":\"m\",\"messages\":[],\"stream\":true,\"stream_options\":{"
                            "\"include_usage\":true},\"enable_thinking\":true,"
                            "\"thinking_budget\":4096,\"a\":[1]}c");
    lua_close(L);
    return rc == LUA_OK;
}

static void test_growing_budget(void **state)
{
    (void)state;
    long n = 0;
    while (!runs_with(n))
        n++;
    assert_true(n > 20); /* the budget was felt */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_growing_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
