/* lua_fs.c - module lash.core.fs: what changes files and folders, for scripts.
 *
 * What fails for reasons of the world gives nil, message, code; code "missing"
 * is a file that is not there. */
#include <lauxlib.h>
#include <lua.h>

#include "bind/bind.h"
#include "sys/file.h"
#include "sys/remove.h"

int luaopen_lash_core_fs(lua_State *L);

static int result(lua_State *L, enum lash_code code, const struct lash_err *err)
{
    if (code != LASH_OK)
        return lash_bind_fail(L, err);
    lua_pushboolean(L, 1);
    return 1;
}

/* append(path, data) -> true | nil, message, code */
static int fs_append(lua_State *L)
{
    const char *path = lash_bind_path(L, 1);
    size_t n;
    const char *data = luaL_checklstring(L, 2, &n);
    struct lash_err err;
    return result(L, lash_file_append(path, data, n, 0666, &err), &err);
}

/* remove(path [, "tree" | "ours"]) -> true | nil, message, code
 * "tree": a folder with all that is in it; "ours": whatever modes there are in it. */
static int fs_remove(lua_State *L)
{
    static const char *const names[] = {"one", "tree", "ours", NULL};
    static const enum lash_remove hows[] = {LASH_REMOVE_ONE, LASH_REMOVE_TREE, LASH_REMOVE_OURS};
    const char *path = lash_bind_path(L, 1);
    enum lash_remove how = hows[luaL_checkoption(L, 2, "one", names)];
    struct lash_err err;
    return result(L, lash_remove(path, how, &err), &err);
}

/* rename(from, to) -> true | nil, message, code */
static int fs_rename(lua_State *L)
{
    const char *from = lash_bind_path(L, 1);
    const char *to = lash_bind_path(L, 2);
    struct lash_err err;
    return result(L, lash_file_rename(from, to, &err), &err);
}

static const luaL_Reg functions[] = {
    {"append", fs_append},
    {"remove", fs_remove},
    {"rename", fs_rename},
    {NULL, NULL},
};

int luaopen_lash_core_fs(lua_State *L)
{
    luaL_newlib(L, functions);
    return 1;
}
