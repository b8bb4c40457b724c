/* main.c - command line: makes the Lua state and hands over to lash.cli. */
#include <lauxlib.h>
#include <lua.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"

/* Runs under lash_host_call, so that setting up may raise errors too. */
static int start(lua_State *L)
{
    int argc = (int)lua_tointeger(L, 1);
    char **argv = lua_touserdata(L, 2);
    int script = argc > 2 && strcmp(argv[1], "--lua") == 0 ? 2 : 0;

    struct lash_host_options opt = {
        .lua_dir = getenv("LASH_LUA_DIR"),
        .foreign_modules = script != 0,
    };
    lash_host_open(L, &opt);
    lua_createtable(L, argc - script, script + 1);
    for (int i = 0; i < argc; i++) {
        lua_pushstring(L, argv[i]);
        lua_rawseti(L, -2, i - script); /* arg[0] is the script, or lash */
    }
    lua_setglobal(L, "arg");

    if (script == 0) {
        lua_getglobal(L, "require");
        lua_pushliteral(L, "lash.cli");
        lua_call(L, 1, 1); /* lash.cli returns its main function */
    } else if (luaL_loadfilex(L, argv[script], "t") != LUA_OK) {
        return lua_error(L);
    }
    lua_call(L, 0, 1);
    return 1;
}

int main(int argc, char **argv)
{
    int status = EXIT_FAILURE;
    lua_State *L = luaL_newstate();
    if (L) {
        lua_pushcfunction(L, start);
        lua_pushinteger(L, argc);
        lua_pushlightuserdata(L, argv);
        if (lash_host_call(L, 2, 1) != LUA_OK)
            (void)fprintf(stderr, "lash: %s\n", luaL_tolstring(L, -1, NULL));
        else
            status = lua_isinteger(L, -1) ? (int)lua_tointeger(L, -1) : EXIT_SUCCESS;
        lua_close(L);
    }
    return status;
}
