/* test_bind_place.c - lash.core.place and lash.core.regex on a growing budget of
 * allocations. */
#include "budget.h"
#include <unistd.h>

#include "sys/place.h"

int luaopen_lash_core_place(lua_State *L);
int luaopen_lash_core_regex(lua_State *L);

static const char script[] = "local place, regex = ...\n"
                             "local folder <close> = setmetatable({ at = place.temporary() },\n"
                             "  { __close = function(self) place.remove(self.at) end })\n"
                             "local path = assert(place.real(folder.at .. '/new/file'))\n"
                             "assert(place.write(path, ('x\\n'):rep(1000)))\n"
                             "assert(#place.read(path, 2000) == 2000)\n"
                             "assert(not place.read(path, 10) and not place.list(path))\n"
                             "assert(place.list(folder.at).new == 'folder')\n"
                             "local watch <close> = assert(place.watch(folder.at .. '/new/x'))\n"
                             "assert(place.write(folder.at .. '/new/x', ''))\n"
                             "assert(watch:take('opened') and not watch:take('path'))\n"
                             "assert(not place.watch(path .. '/x'))\n"
                             "assert(not regex.new('(', 10))\n"
                             "local re <close> = assert(regex.new('y|x', 1000000))\n"
                             "assert(re:next('a\\nb\\nx', 1) == 2 and re:next('a', 1) == nil)\n"
                             "local short = regex.new('x', 1)\n"
                             "assert(short:next('aaa', 1) == false)\n"
                             "return 'done'\n";

static void test_growing_budget(void **state)
{
    (void)state;
    char base[PATH_MAX];
    struct lash_err err;
    assert_int_equal(lash_place_temporary(base, &err), LASH_OK);
    assert_int_equal(setenv("TMPDIR", base, 1), 0); /* what a failure leaves is in there */
    static const luaL_Reg modules[] = {{"lash.core.place", luaopen_lash_core_place},
                                       {"lash.core.regex", luaopen_lash_core_regex},
                                       {NULL, NULL}};
    budget_grows(&(struct budget_script){
        .modules = modules,
        .code = script,
        .result = "done",
    });
    lash_place_remove(base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_growing_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
