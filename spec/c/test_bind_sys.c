/* test_bind_sys.c - runs a script on a growing budget of allocations, from none
 * at all until it runs through; the leak sanitizer then proves that no error
 * path of lash.core.sys loses memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <lauxlib.h>
#include <lualib.h>
#include <stdbool.h>
#include <stdlib.h>
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
                             "assert(not sys.write(-1, 'x'))\n"
                             "return sys.sha256 ''\n";

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

static bool runs_with(long allocations, const char *path)
{
    struct budget b = {.on = false};
    lua_State *L = lua_newstate(budget_alloc, &b);
    assert_non_null(L);
    luaL_openlibs(L);
    luaL_requiref(L, "lash.core.sys", luaopen_lash_core_sys, 0);
    assert_int_equal(luaL_loadstring(L, script), LUA_OK);
    lua_insert(L, 1); /* the chunk below its arguments: the module and a path */
    lua_pushstring(L, path);

    b = (struct budget){.on = true, .left = allocations};
    int rc = lua_pcall(L, 2, 1, 0);
    b.on = false;
    if (rc == LUA_OK)
        assert_string_equal(lua_tostring(L, -1),
                            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    else
        assert_int_equal(rc, LUA_ERRMEM);
    lua_close(L);
    return rc == LUA_OK;
}

static void test_growing_budget(void **state)
{
    (void)state;
    char path[] = "/tmp/lash-sys-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    long n = 0;
    while (!runs_with(n, path))
        n++;
    assert_true(n > 20); /* the budget was felt */
    assert_int_equal(unlink(path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_growing_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
