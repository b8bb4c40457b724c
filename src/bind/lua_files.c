/* lua_files.c - module lash.core.files: files that a script did not close.
 *
 * The collector closes them, or the end of a scope; what is in their buffers leaves then,
 * and that it could not Lua tells nobody. Here it is noted. Who reads from a pipe may have
 * gone: that is no loss. */
#include "bind/files.h"

#include <errno.h>
#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <string.h>
#include <sys/stat.h>

int luaopen_lash_core_files(lua_State *L);

/* The first loss. */
static struct {
    bool any;
    int code; /* errno; 0: nobody knows it any more */
} lost;

const char *lash_files_lost(void)
{
    if (!lost.any)
        return NULL;
    return lost.code != 0 ? strerror(lost.code) : "a write has failed before";
}

/* Did a write fail before, for a reason that nobody knows any more? */
static bool has_failed(FILE *f)
{
    struct stat st;
    return ferror(f) && __fwriting(f) && fstat(fileno(f), &st) == 0 && !S_ISFIFO(st.st_mode) &&
           !S_ISSOCK(st.st_mode);
}

/* Writes what is in the buffer, and notes what got lost. */
static void write_rest(FILE *f)
{
    int code = __fpending(f) > 0 && fflush(f) != 0 ? errno : 0;
    if (lost.any || code == EPIPE)
        return;
    lost.any = code != 0 || has_failed(f);
    lost.code = code;
}

/* In place of __gc and __close; upvalue 1 is Lua's own. */
static int close_file(lua_State *L)
{
    const luaL_Stream *file = luaL_testudata(L, 1, LUA_FILEHANDLE);
    if (file && file->closef && file->f)
        write_rest(file->f);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, 0);
    return 0;
}

/* lost() -> why something got lost | nil */
static int files_lost(lua_State *L)
{
    lua_pushstring(L, lash_files_lost()); /* nil for NULL */
    return 1;
}

static const luaL_Reg functions[] = {
    {"lost", files_lost},
    {NULL, NULL},
};

int luaopen_lash_core_files(lua_State *L)
{
    static const char *const events[] = {"__gc", "__close"};
    luaL_getmetatable(L, LUA_FILEHANDLE);
    for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++) {
        lua_getfield(L, -1, events[i]);
        lua_pushcclosure(L, close_file, 1);
        lua_setfield(L, -2, events[i]);
    }
    luaL_newlib(L, functions);
    return 1;
}
