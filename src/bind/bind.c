/* bind.c - what every binding shares; see bind.h. */
#include "bind/bind.h"

int luaopen_lash_core_chat(lua_State *L);
int luaopen_lash_core_dashscope(lua_State *L);
int luaopen_lash_core_http(lua_State *L);
int luaopen_lash_core_interrupt(lua_State *L);
int luaopen_lash_core_json(lua_State *L);
int luaopen_lash_core_loop(lua_State *L);
int luaopen_lash_core_proc(lua_State *L);
int luaopen_lash_core_serve(lua_State *L);
int luaopen_lash_core_sys(lua_State *L);

const luaL_Reg lash_bind_modules[] = {
    {"lash.core.chat", luaopen_lash_core_chat},
    {"lash.core.dashscope", luaopen_lash_core_dashscope},
    {"lash.core.http", luaopen_lash_core_http},
    {"lash.core.interrupt", luaopen_lash_core_interrupt},
    {"lash.core.json", luaopen_lash_core_json},
    {"lash.core.loop", luaopen_lash_core_loop},
    {"lash.core.proc", luaopen_lash_core_proc},
    {"lash.core.serve", luaopen_lash_core_serve},
    {"lash.core.sys", luaopen_lash_core_sys},
    {NULL, NULL},
};

int lash_bind_fail(lua_State *L, const struct lash_err *err)
{
    luaL_pushfail(L);
    lua_pushstring(L, err->msg);
    lua_pushstring(L, lash_code_name(err->code));
    return 3;
}

void lash_bind_class(lua_State *L, const char *name, const luaL_Reg *meta, const luaL_Reg *methods)
{
    luaL_newmetatable(L, name); /* sets __name too */
    luaL_setfuncs(L, meta, 0);
    lua_newtable(L);
    luaL_setfuncs(L, methods, 0);
    lua_setfield(L, -2, "__index");
    lua_pushliteral(L, "locked");
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
}
