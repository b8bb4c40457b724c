/* bind.c - what every binding shares; see bind.h. */
#include "bind/bind.h"

#include <string.h>

#define MAX_STRINGS ((lua_Unsigned)1 << 20) /* of a list; a border may be far away */
#define BUFFER "lash.buffer"

int luaopen_lash_core_chat(lua_State *L);
int luaopen_lash_core_dashscope(lua_State *L);
int luaopen_lash_core_edit(lua_State *L);
int luaopen_lash_core_files(lua_State *L);
int luaopen_lash_core_fs(lua_State *L);
int luaopen_lash_core_http(lua_State *L);
int luaopen_lash_core_interrupt(lua_State *L);
int luaopen_lash_core_json(lua_State *L);
int luaopen_lash_core_loop(lua_State *L);
int luaopen_lash_core_markdown(lua_State *L);
int luaopen_lash_core_place(lua_State *L);
int luaopen_lash_core_proc(lua_State *L);
int luaopen_lash_core_regex(lua_State *L);
int luaopen_lash_core_serve(lua_State *L);
int luaopen_lash_core_store(lua_State *L);
int luaopen_lash_core_sys(lua_State *L);
int luaopen_lash_core_tty(lua_State *L);
int luaopen_lash_core_warning(lua_State *L);
int luaopen_lash_core_zone(lua_State *L);

const luaL_Reg lash_bind_modules[] = {
    {"lash.core.chat", luaopen_lash_core_chat},
    {"lash.core.dashscope", luaopen_lash_core_dashscope},
    {"lash.core.edit", luaopen_lash_core_edit},
    {"lash.core.files", luaopen_lash_core_files},
    {"lash.core.fs", luaopen_lash_core_fs},
    {"lash.core.http", luaopen_lash_core_http},
    {"lash.core.interrupt", luaopen_lash_core_interrupt},
    {"lash.core.json", luaopen_lash_core_json},
    {"lash.core.loop", luaopen_lash_core_loop},
    {"lash.core.markdown", luaopen_lash_core_markdown},
    {"lash.core.place", luaopen_lash_core_place},
    {"lash.core.proc", luaopen_lash_core_proc},
    {"lash.core.regex", luaopen_lash_core_regex},
    {"lash.core.serve", luaopen_lash_core_serve},
    {"lash.core.store", luaopen_lash_core_store},
    {"lash.core.sys", luaopen_lash_core_sys},
    {"lash.core.tty", luaopen_lash_core_tty},
    {"lash.core.warning", luaopen_lash_core_warning},
    {"lash.core.zone", luaopen_lash_core_zone},
    {NULL, NULL},
};

int lash_bind_fail(lua_State *L, const struct lash_err *err)
{
    luaL_pushfail(L);
    lua_pushstring(L, err->msg);
    lua_pushstring(L, lash_code_name(err->code));
    return 3;
}

const char *lash_bind_path(lua_State *L, int arg)
{
    size_t n;
    const char *path = luaL_checklstring(L, arg, &n);
    luaL_argcheck(L, strlen(path) == n, arg, "path contains a zero byte");
    return path;
}

const char *const *lash_bind_strings(lua_State *L, int idx, const char *what)
{
    if (lua_type(L, idx) != LUA_TTABLE)
        luaL_error(L, "%s is not a list", what);
    lua_Unsigned n = lua_rawlen(L, idx);
    if (n > MAX_STRINGS)
        luaL_error(L, "%s is too long", what);
    const char **v = lua_newuserdatauv(L, (size_t)(n + 1) * sizeof(*v), 0);
    for (size_t i = 0; i < n; i++) {
        size_t len;
        if (lua_rawgeti(L, idx, (lua_Integer)i + 1) != LUA_TSTRING)
            luaL_error(L, "%s[%I] is not a string", what, (lua_Integer)i + 1);
        v[i] = lua_tolstring(L, -1, &len);
        if (strlen(v[i]) != len) /* cut short, it would say something else */
            luaL_error(L, "%s[%I] contains a zero byte", what, (lua_Integer)i + 1);
        lua_pop(L, 1);
    }
    v[n] = NULL;
    return v;
}

void lash_bind_set_text(lua_State *L, const char *field, const char *text)
{
    if (!text || text[0] == '\0')
        return;
    lua_pushstring(L, text);
    lua_setfield(L, -2, field);
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

static int buffer_gc(lua_State *L)
{
    lash_buf_free(luaL_checkudata(L, 1, BUFFER));
    return 0;
}

struct lash_buf *lash_bind_buf(lua_State *L, size_t limit)
{
    static const luaL_Reg meta[] = {{"__gc", buffer_gc}, {NULL, NULL}};
    static const luaL_Reg methods[] = {{NULL, NULL}};
    if (luaL_getmetatable(L, BUFFER) == LUA_TNIL)
        lash_bind_class(L, BUFFER, meta, methods);
    lua_pop(L, 1);
    struct lash_buf *buf = lua_newuserdatauv(L, sizeof(*buf), 0);
    *buf = LASH_BUF_INIT(limit);
    luaL_setmetatable(L, BUFFER);
    return buf;
}
