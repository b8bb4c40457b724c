/* needs_libm.c - a C module for Lua that leaves libm to whoever loads it; spec/math_spec.lua. */
#include <lauxlib.h>
#include <math.h>

int luaopen_needs_libm(lua_State *L);

static int cube_root(lua_State *L)
{
    lua_pushnumber(L, cbrt(luaL_checknumber(L, 1)));
    return 1;
}

int luaopen_needs_libm(lua_State *L)
{
    lua_pushcfunction(L, cube_root);
    return 1;
}
