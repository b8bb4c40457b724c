/* test_bind_store.c - lash.core.store on a growing budget of allocations. */
#include "budget.h"
#include <stdio.h>
#include <unistd.h>

int luaopen_lash_core_store(lua_State *L);

static const char script[] =
    "local core, folder = ...\n"
    "local s <close> = assert(core.open(folder .. '/lash.db'))\n"
    "local lock <close> = assert(core.lock(folder .. '/lash.lock', 'x'))\n"
    "assert(not core.lock(folder .. '/lash.lock', 'x'))\n"
    "do\n"
    "  local t <close> = assert(s:begin('durable', 1e9))\n"
    "  assert(not s:begin 'read')\n"
    "  assert(s:exec('INSERT INTO sessions (id, created, used) VALUES (?, ?, 0)', 'x', 1.5) == 1)\n"
    "end\n"
    "assert(#assert(s:query 'SELECT * FROM sessions') == 0)\n"
    "assert(not s:query 'SELEKT')\n"
    "local t = assert(s:begin 'write')\n"
    "local row = s:query('SELECT ? AS a, ? AS b, ? AS c', nil, 1 << 62, 'a\\0b')[1]\n"
    "assert(row.a == nil and row.b == 1 << 62 and row.c == 'a\\0b')\n"
    "assert(t:commit())\n"
    "t:close()\n"
    "return s:query('SELECT typeof(?) AS t', '\\xFF')[1].t\n";

static void test_growing_budget(void **state)
{
    (void)state;
    char folder[] = "/tmp/lash-store-XXXXXX";
    assert_non_null(mkdtemp(folder));
    static const luaL_Reg modules[] = {{"lash.core.store", luaopen_lash_core_store}, {NULL, NULL}};
    budget_grows(&(struct budget_script){
        .modules = modules,
        .argument = folder,
        .code = script,
        .result = "blob",
    });
    char command[64];
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): a name of our own */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_growing_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
