/* test_bind_fs.c - lash.core.fs on a growing budget of allocations. */
#include "budget.h"

#include "sys/remove.h"

int luaopen_lash_core_fs(lua_State *L);

static const char script[] = "local fs, folder = ...\n"
                             "local path = folder .. '/x'\n"
                             "assert(fs.append(path, 'x') and fs.append(path, ('x'):rep(1000)))\n"
                             "assert(fs.rename(path, path .. 'y') and not fs.rename(path, path))\n"
                             "assert(not fs.append(folder, 'x') and not fs.remove(folder))\n"
                             "assert(fs.remove(path .. 'y') and not fs.remove(path, 'tree'))\n"
                             "assert(not fs.remove('/', 'ours'))\n"
                             "for i = 1, 10 do assert(not fs.remove(path .. i)) end\n"
                             "return 'done'\n";

static void test_growing_budget(void **state)
{
    (void)state;
    char folder[] = "/tmp/lash-fs-XXXXXX";
    assert_non_null(mkdtemp(folder));
    static const luaL_Reg modules[] = {{"lash.core.fs", luaopen_lash_core_fs}, {NULL, NULL}};
    budget_grows(&(struct budget_script){
        .modules = modules,
        .argument = folder,
        .code = script,
        .result = "done",
    });
    struct lash_err err;
    assert_int_equal(lash_remove(folder, LASH_REMOVE_TREE, &err), LASH_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_growing_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
