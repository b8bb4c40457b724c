/* test_bind_proc.c - lash.core.proc on a growing budget of allocations. */
#include "budget.h"

#include <string.h>

#include "sys/launch.h"

int luaopen_lash_core_loop(lua_State *L);
int luaopen_lash_core_proc(lua_State *L);

static const char script[] =
    "local loop, proc = ...\n"
    "local env = {'PATH=/usr/bin:/bin'}\n"
    "local function ended(spec)\n"
    "  spec.env, spec.max_output = env, 20\n"
    "  local p = assert(proc.start(spec))\n"
    "  for _ = 1, 1000 do\n"
    "    if p:pop() then return p end\n"
    "    loop.poll(1, {})\n"
    "  end\n"
    "  error 'nothing happens'\n"
    "end\n"
    "local cat <close> = ended{argv = {'cat'}, input = ('x'):rep(30), cwd = '/'}\n"
    "local head, tail, dropped = cat:output 'out'\n"
    "assert(#head == 10 and #tail == 10 and dropped == 10 and cat:output 'err' == '')\n"
    "assert(not pcall(proc.start, {argv = {'a\\0b'}, env = env, max_output = 20}))\n"
    "local none <close> = ended{argv = {'surely-not-there'}}\n"
    "local left = assert(proc.start{argv = {'sleep', '1000'}, env = env, max_output = 20})\n"
    "left:stop()\n"
    "left:kill()\n"
    "left:close()\n"
    "local seen = tostring(cat):match '^lash.proc.process' .. tostring(left):match ' .*'\n"
    "return table.concat({seen, cat:pop(), (select(2, none:pop()))}, ', ')\n";

static void test_growing_budget(void **state)
{
    (void)state;
    static const luaL_Reg modules[] = {
        {"lash.core.loop", luaopen_lash_core_loop},
        {"lash.core.proc", luaopen_lash_core_proc},
        {NULL, NULL},
    };
    budget_grows(&(struct budget_script){
        .modules = modules,
        .code = script,
        .result = "lash.proc.process (closed), exit, command",
    });
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], LASH_LAUNCH_FLAG) == 0)
        return lash_launch(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_growing_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
