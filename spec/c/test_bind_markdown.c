/* test_bind_markdown.c - lash.core.markdown on a growing budget of allocations. */
#include "budget.h"

int luaopen_lash_core_markdown(lua_State *L);

static const char script[] = "local markdown = ...\n"
                             "local events, open = assert(markdown.inline '[a *b*](u) `c` **')\n"
                             "assert(#events > 0)\n"
                             "assert(markdown.row('|a|b|', 2))\n"
                             "assert(not markdown.inline 'a\\nb')\n"
                             "assert(not markdown.row('a', 1000))\n"
                             "collectgarbage()\n"
                             "local pieces = markdown.pieces 'ab \xE4\xBD\xA0\xE5\xA5\xBD'\n"
                             "local bytes, width = markdown.fit('\xE4\xBD\xA0\xE5\xA5\xBD', 3)\n"
                             "return table.concat({ #pieces, bytes, width, markdown.width 'abc', "
                             "markdown.repair 'a\\xFF' }, ' ')\n";

static void test_growing_budget(void **state)
{
    (void)state;
    static const luaL_Reg modules[] = {{"lash.core.markdown", luaopen_lash_core_markdown},
                                       {NULL, NULL}};
    budget_grows(&(struct budget_script){
        .modules = modules,
        .code = script,
        .result = "6 3 2 3 a\xEF\xBF\xBD",
    });
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_growing_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
