/* budget.h - runs a script on a growing budget of allocations, from none at all
 * until it runs through. No point of failure may crash; the leak sanitizer then
 * proves that no error path of the bindings loses memory. */
#ifndef LASH_SPEC_C_BUDGET_H
#define LASH_SPEC_C_BUDGET_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <lauxlib.h>
#include <lualib.h>
#include <stdbool.h>
#include <stdlib.h>

struct budget_script {
    const luaL_Reg *modules; /* its first arguments, in this order; ends with {NULL, NULL} */
    const char *argument;    /* its last one, a string; may be NULL */
    const char *code;
    const char *result;        /* the string that it returns */
    void (*open)(lua_State *); /* adds to the state; may be NULL */
};

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

/* Only the script itself is on the budget. False when it failed. */
static bool budget_lasts(const struct budget_script *s, long allocations)
{
    struct budget b = {.on = false};
    lua_State *L = lua_newstate(budget_alloc, &b);
    assert_non_null(L);
    luaL_openlibs(L);
    if (s->open)
        s->open(L);
    assert_int_equal(luaL_loadstring(L, s->code), LUA_OK);
    for (const luaL_Reg *m = s->modules; m->name; m++)
        luaL_requiref(L, m->name, m->func, 0);
    if (s->argument)
        lua_pushstring(L, s->argument);

    b = (struct budget){.on = true, .left = allocations};
    int rc = lua_pcall(L, lua_gettop(L) - 1, 1, 0);
    b.on = false;
    if (rc == LUA_OK)
        assert_string_equal(lua_tostring(L, -1), s->result);
    else if (allocations > 100000)
        fail_msg("no budget is enough: %s", lua_tostring(L, -1));
    lua_close(L);
    return rc == LUA_OK;
}

static void budget_grows(const struct budget_script *s)
{
    assert_true(budget_lasts(s, 1000000)); /* nothing but memory makes it fail */
    long n = 0;
    while (!budget_lasts(s, n))
        n++;
    assert_true(n > 20); /* the budget was felt */
}

#endif
