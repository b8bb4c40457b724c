/* test_bind_json.c - lash.core.json on a growing budget of allocations. */
#include "budget.h"

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

static void test_growing_budget(void **state)
{
    (void)state;
    static const luaL_Reg modules[] = {{"lash.core.json", luaopen_lash_core_json}, {NULL, NULL}};
    budget_grows(&(struct budget_script){
        .modules = modules,
        .code = script,
        .result = "{\"a\":[1,2.5,\"x\\ny\",{\"k\":null}],\"b\":\"\xEF\xBF\xBD\",\"c\":[]}",
    });
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_growing_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
