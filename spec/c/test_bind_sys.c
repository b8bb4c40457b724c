/* test_bind_sys.c - lash.core.sys on a growing budget of allocations. */
#include "budget.h"
#include <unistd.h>

int luaopen_lash_core_sys(lua_State *L);

static const char script[] = "local sys, path = ...\n"
                             "local data = ('x'):rep(100000)\n"
                             "assert(sys.write_atomic(path, data, 384))\n"
                             "assert(sys.read_file(path, #data) == data)\n"
                             "assert(not sys.read_file(path, 10))\n"
                             "assert(not sys.read_file(path .. '.none', 10))\n"
                             "assert(sys.stat(sys.realpath(path)).size == #data)\n"
                             "assert(sys.cwd() and sys.environ() and #sys.random_id() == 26)\n"
                             "assert(sys.from_base64(sys.base64(data)) == data)\n"
                             "assert(not sys.from_base64(data .. '='))\n"
                             "assert(not sys.write(-1, 'x'))\n"
                             "return sys.sha256 ''\n";

static void test_growing_budget(void **state)
{
    (void)state;
    char path[] = "/tmp/lash-sys-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    (void)close(fd);
    static const luaL_Reg modules[] = {{"lash.core.sys", luaopen_lash_core_sys}, {NULL, NULL}};
    budget_grows(&(struct budget_script){
        .modules = modules,
        .argument = path,
        .code = script,
        .result = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    });
    assert_int_equal(unlink(path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_growing_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
