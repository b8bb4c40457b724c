/* lua_place.c - module lash.core.place: files by their real path, for the
 * built-in tools.
 *
 * What fails for reasons of the world gives nil, message, code; code "missing"
 * is a file that is not there. */
#include <errno.h>
#include <lauxlib.h>
#include <limits.h>
#include <lua.h>
#include <string.h>

#include "bind/bind.h"
#include "sys/aside.h"
#include "sys/place.h"

#define WATCH "lash.place.watch"
#define MAX_ENTRIES_BYTES ((size_t)8 << 20) /* of one folder */

int luaopen_lash_core_place(lua_State *L);

/* real(name) -> path | nil, message, code
 * Without links; of something that is there, or could be made. */
static int place_real(lua_State *L)
{
    const char *name = lash_bind_path(L, 1);
    char real[PATH_MAX];
    struct lash_err err;
    if (lash_place_real(real, name, &err) != LASH_OK)
        return lash_bind_fail(L, &err);
    lua_pushstring(L, real);
    return 1;
}

/* read(real, limit) -> string | nil, message, code; "toobig" above limit bytes */
static int place_read(lua_State *L)
{
    const char *real = lash_bind_path(L, 1);
    lua_Integer limit = luaL_checkinteger(L, 2);
    luaL_argcheck(L, limit > 0, 2, "limit must be positive");
    struct lash_buf *content = lash_bind_buf(L, (size_t)limit);
    struct lash_err err;
    if (lash_place_read(content, real, &err) != LASH_OK) {
        lash_buf_free(content);
        return lash_bind_fail(L, &err);
    }
    lua_pushlstring(L, content->ptr ? content->ptr : "", content->len);
    lash_buf_free(content); /* now, not when the collector comes by */
    return 1;
}

typedef enum lash_code writer(const char *real, const char *data, size_t n, struct lash_err *err);

static int write_with(lua_State *L, writer *write)
{
    const char *real = lash_bind_path(L, 1);
    size_t n;
    const char *data = luaL_checklstring(L, 2, &n);
    struct lash_err err;
    if (write(real, data, n, &err) != LASH_OK)
        return lash_bind_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* write(real, data) -> true | nil, message, code */
static int place_write(lua_State *L)
{
    return write_with(L, lash_place_write);
}

/* overwrite(real, data) -> true | nil, message, code
 * In the file itself, where its folder lets nothing take its place. */
static int place_overwrite(lua_State *L)
{
    return write_with(L, lash_place_overwrite);
}

/* list(real) -> {name = "folder"|"file"|"link"|"other"}, complete | nil, message, code */
static int place_list(lua_State *L)
{
    const char *real = lash_bind_path(L, 1);
    struct lash_buf *entries = lash_bind_buf(L, MAX_ENTRIES_BYTES); /* 2 */
    bool complete;
    struct lash_err err;
    if (lash_place_list(entries, &complete, real, &err) != LASH_OK) {
        lash_buf_free(entries);
        return lash_bind_fail(L, &err);
    }
    lua_newtable(L); /* 3 */
    const char *end = entries->ptr + entries->len;
    for (const char *entry = entries->ptr; entry < end; entry += strlen(entry) + 1) {
        lua_pushstring(L, *entry == 'd'   ? "folder"
                          : *entry == 'f' ? "file"
                          : *entry == 'l' ? "link"
                                          : "other");
        lua_setfield(L, 3, entry + 1);
    }
    lash_buf_free(entries);
    lua_pushboolean(L, complete);
    return 2;
}

/* temporary() -> path of a new folder | nil, message, code */
static int place_temporary(lua_State *L)
{
    char real[PATH_MAX];
    struct lash_err err;
    if (lash_place_temporary(real, &err) != LASH_OK)
        return lash_bind_fail(L, &err);
    lua_pushstring(L, real);
    return 1;
}

/* remove(real)
 * A folder with all that is in it, as far as that goes. */
static int place_remove(lua_State *L)
{
    lash_place_remove(lash_bind_path(L, 1));
    return 0;
}

/* watch(real) -> watch | nil, message, code
 * A file that a command must not make, before the command. */
static int place_watch(lua_State *L)
{
    const char *real = lash_bind_path(L, 1);
    luaL_argcheck(L, *real == '/', 1, "the path is not absolute");
    struct lash_aside *self = lua_newuserdatauv(L, sizeof(*self), 0);
    self->folder = -1; /* closed: safe to collect from here on */
    self->path[0] = '\0';
    luaL_setmetatable(L, WATCH);
    struct lash_err err;
    if (lash_aside_open(self, real))
        return 1;
    (void)lash_err_set(&err, LASH_EIO, "cannot open the folder of %s: %s", real, strerror(errno));
    return lash_bind_fail(L, &err);
}

/* watch:take("opened" | "path") -> from, to | nil, message, code
 * After it: sets aside what was made, in the folder that was opened, or in
 * another one that is at the path by now; "missing": nothing was. */
static int watch_take(lua_State *L)
{
    static const char *const names[] = {"opened", "path", NULL};
    const struct lash_aside *self = luaL_checkudata(L, 1, WATCH);
    int where = luaL_checkoption(L, 2, NULL, names);
    luaL_argcheck(L, *self->path, 1, "the watch is closed");
    char from[PATH_MAX], to[PATH_MAX];
    struct lash_err err;
    if (lash_aside_take(self, where == 0 ? LASH_ASIDE_OPENED : LASH_ASIDE_AT_PATH, from, to,
                        &err) != LASH_OK)
        return lash_bind_fail(L, &err);
    lua_pushstring(L, from);
    lua_pushstring(L, to);
    return 2;
}

static int watch_close(lua_State *L)
{
    struct lash_aside *self = luaL_checkudata(L, 1, WATCH);
    lash_aside_close(self);
    self->path[0] = '\0';
    return 0;
}

static const luaL_Reg watch_meta[] = {
    {"__gc", watch_close},
    {"__close", watch_close},
    {NULL, NULL},
};

static const luaL_Reg watch_methods[] = {
    {"take", watch_take},
    {"close", watch_close},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"list", place_list},   {"overwrite", place_overwrite}, {"read", place_read},
    {"real", place_real},   {"remove", place_remove},       {"temporary", place_temporary},
    {"watch", place_watch}, {"write", place_write},         {NULL, NULL},
};

int luaopen_lash_core_place(lua_State *L)
{
    lash_bind_class(L, WATCH, watch_meta, watch_methods);
    luaL_newlib(L, functions);
    return 1;
}
