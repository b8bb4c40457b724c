/* test_bind_json.c - runs a script on a growing budget of allocations, from
 * none at all until it runs through; the leak sanitizer then proves that no
 * error path of lash.core.json loses memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <lauxlib.h>
#include <lualib.h>
#include <stdbool.h>
#include <stdlib.h>

int luaopen_lash_core_json(lua_State *L);

/* Errors are caught inside too: what they left behind must not harm the next
 * call. A finalizer uses the module in the middle of whatever runs, but not
 * when the state closes: what is made then, Lua never finalizes. */
static const char script[] =
    "local json = ...\n"
    "local open = true\n"
    "local function finalize() if open then json.decode(json.encode{1, {x = 'y'}}) end end\n"
    "local function body()\n"
    "  setmetatable({}, {__gc = finalize})\n"
    "  local text = '{\"a\":[1,2.5,\"x\\\\ny\",{\"k\":null}],\"b\":\"\\\\ud83d\",\"c\":[]}'\n"
    "  pcall(json.decode, text)\n"
    "  local v = assert(json.decode(text))\n"
    "  assert(json.decode('/* c */ [1]', {comments = true}))\n"
    "  collectgarbage()\n"
    "  assert(not json.decode('[1, [2, {\"a\": tru'))\n"
    "  assert(not json.encode{a = {b = {print}}})\n"
    "  pcall(json.encode, v)\n"
    "  local again = assert(json.encode(v))\n"
    "  assert(again == json.encode(json.decode(again)))\n"
    "  return again\n"
    "end\n"
    "local ok, result = pcall(body)\n"
    "open = false\n"
    "return ok and result or error(result, 0)\n";

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
    luaL_requiref(L, "lash.core.json", luaopen_lash_core_json, 0);
    assert_int_equal(luaL_loadstring(L, script), LUA_OK);
    lua_insert(L, 1); /* the chunk below its argument, the module */

    b = (struct budget){.on = true, .left = allocations};
    int rc = lua_pcall(L, 1, 1, 0);
    b.on = false;
    if (rc == LUA_OK)
        assert_string_equal(
            lua_tostring(L, -1),
            "{\"a\":[1,2.5,\"x\\ny\",{\"k\":null}],\"b\":\"\xEF\xBF\xBD\",\"c\":[]}");
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
