/* lua_loop.c - module lash.core.loop: the one event loop, for lua/lash/sched.lua.
 *
 * Lua pulls: nothing in this file calls a Lua function or yields. */
#include <lauxlib.h>
#include <limits.h>
#include <lua.h>

#include "base/clock.h"
#include "bind/bind.h"
#include "bind/interrupt.h"
#include "sys/loop.h"

#define LOOP "lash.loop.loop"

struct lua_loop {
    struct lash_loop *loop; /* NULL once closed */
};

int luaopen_lash_core_loop(lua_State *L);

static int loop_close(lua_State *L)
{
    struct lua_loop *self = luaL_checkudata(L, 1, LOOP);
    lash_interrupt_wakes(NULL);
    lash_loop_free(self->loop);
    self->loop = NULL;
    return 0;
}

static const luaL_Reg loop_meta[] = {
    {"__gc", loop_close},
    {NULL, NULL},
};

static const luaL_Reg loop_methods[] = {
    {NULL, NULL},
};

struct lash_loop *lash_bind_loop(lua_State *L)
{
    if (lua_getfield(L, LUA_REGISTRYINDEX, LOOP ".instance") != LUA_TUSERDATA) {
        lash_bind_class(L, LOOP, loop_meta, loop_methods);
        struct lua_loop *self = lua_newuserdatauv(L, sizeof(*self), 0);
        self->loop = NULL;
        luaL_setmetatable(L, LOOP);
        lua_pushvalue(L, -1);
        lua_setfield(L, LUA_REGISTRYINDEX, LOOP ".instance");
        lua_remove(L, -2);
    }
    struct lua_loop *self = luaL_checkudata(L, -1, LOOP);
    struct lash_err err;
    if (!self->loop && lash_loop_new(&self->loop, &err) != LASH_OK) {
        lua_pushstring(L, err.msg); /* where the script is has nothing to do with it */
        lua_error(L);
    }
    lash_interrupt_wakes(self->loop);
    lua_pop(L, 1);
    return self->loop;
}

/* poll(timeout, ready) -> count | nil, message, code
 * Waits up to timeout seconds (nil: until something happens) and fills
 * ready[1..count] with the ids of sources that have news. */
static int loop_poll(lua_State *L)
{
    lua_Number seconds = luaL_optnumber(L, 1, -1);
    luaL_checktype(L, 2, LUA_TTABLE);
    struct lash_loop *loop = lash_bind_loop(L);
    int timeout_ms = -1;
    if (seconds > INT_MAX / 1000.0)
        timeout_ms = INT_MAX;
    else if (seconds >= 0)
        timeout_ms = (int)(seconds * 1000 + 0.999); /* never wake before the time */

    struct lash_err err;
    if (lash_loop_poll(loop, timeout_ms, &err) != LASH_OK)
        return lash_bind_fail(L, &err);
    lua_Integer n = 0;
    uint64_t id;
    while ((id = lash_loop_next(loop)) != 0) {
        lua_pushinteger(L, (lua_Integer)id);
        lua_rawseti(L, 2, ++n);
    }
    lua_pushinteger(L, n);
    return 1;
}

/* now() -> seconds of the monotonic clock */
static int loop_now(lua_State *L)
{
    lua_pushnumber(L, lash_clock_now());
    return 1;
}

static const luaL_Reg functions[] = {
    {"poll", loop_poll},
    {"now", loop_now},
    {NULL, NULL},
};

int luaopen_lash_core_loop(lua_State *L)
{
    luaL_newlib(L, functions);
    return 1;
}
