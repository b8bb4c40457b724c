/* host.c - the Lua state of the program; see host.h. */
#include "host.h"

#include <lauxlib.h>
#include <lua-cjson.h>
#include <lualib.h>
#include <stdlib.h>
#include <string.h>

#include "base/lz.h"
#include "bind/bind.h"
#include "bind/interrupt.h"
#include "embed.h"
#include "sys/curl.h"
#include "sys/math.h"

static const char *name_of(const struct lash_embed *m)
{
    return lash_embed_names + m->name;
}

/* Loader of one of our modules; upvalue 1 is its struct lash_embed. Only our own
 * modules may be bytecode. */
static int load_embedded(lua_State *L)
{
    const struct lash_embed *m = lua_touserdata(L, lua_upvalueindex(1));
    const unsigned char *code = lash_embed_code + m->code;
    if (m->packed > 0) {
        /* One buffer for all: it is read before another module is asked for. */
        const unsigned char *dictionary =
            lash_embed_code + lash_embed_plain - lash_embed_dictionary_len;
        if (!lash_lz_unpack(lash_embed_scratch, m->len, (struct lash_bytes){code, m->packed},
                            (struct lash_bytes){dictionary, lash_embed_dictionary_len}))
            return luaL_error(L, "module '%s' is damaged", name_of(m));
        code = lash_embed_scratch;
    }
    if (luaL_loadbufferx(L, (const char *)code, m->len, name_of(m), "b") != LUA_OK)
        return lua_error(L);
    lua_pushvalue(L, 1); /* the module name, as 'require' passes it */
    lua_call(L, 1, 1);
    return 1;
}

static int by_name(const void *name, const void *module)
{
    return strcmp(name, name_of(module));
}

/* __index of package.preload: the loader of a module is made when that is asked for,
 * for a run needs few of them. Upvalue 1: are those in Lua among them? */
static int find_ours(lua_State *L)
{
    size_t n;
    const char *name = lua_tolstring(L, 2, &n);
    if (!name || strlen(name) != n)
        return 0;
    const struct lash_embed *m =
        lua_toboolean(L, lua_upvalueindex(1))
            ? bsearch(name, lash_embeds, lash_embeds_len, sizeof(*lash_embeds), by_name)
            : NULL;
    if (m) {
        lua_pushlightuserdata(L, (void *)m);
        lua_pushcclosure(L, load_embedded, 1);
        return 1;
    }
    for (const luaL_Reg *module = lash_bind_modules; module->name; module++) {
        if (strcmp(module->name, name) == 0) {
            lua_pushcfunction(L, module->func);
            return 1;
        }
    }
    return 0;
}

/* Lua's default paths start in the current folder, so a program run inside a
 * checkout of somebody else's would load its modules. Ours are absolute. */
static void set_paths(lua_State *L, const struct lash_host_options *opt)
{
    lua_getglobal(L, "package");
    const char *const fields[] = {"path", "cpath"};
    for (int i = 0; i < 2; i++) {
        lua_getfield(L, -1, fields[i]);
        const char *path = lua_tostring(L, -1);
        if (!opt->foreign_modules) {
            path = luaL_gsub(L, path, ";./?.lua", "");
            path = luaL_gsub(L, path, ";./?/init.lua", "");
            path = luaL_gsub(L, path, ";./?.so", "");
        }
        if (opt->lua_dir && i == 0)
            path =
                lua_pushfstring(L, "%s/?.lua;%s/?/init.lua;%s", opt->lua_dir, opt->lua_dir, path);
        lua_pushstring(L, path);
        lua_setfield(L, 1, fields[i]);
        lua_settop(L, 1);
    }
    lua_settop(L, 0);
}

/* ---- loading: text only, wherever a script can reach ---- */

static bool has_script;

bool lash_host_has_script(void)
{
    return has_script;
}

/* What a script computes needs libm, which cannot be missing in the middle of it. */
static void expect_script(lua_State *L)
{
    has_script = true;
    const char *why = lash_math_open();
    if (why)
        luaL_error(L, "%s", why);
}

/* Calls the original (upvalue 1) with the mode, argument upvalue 2, set to "t". */
static int load_text(lua_State *L)
{
    expect_script(L);
    int mode = (int)lua_tointeger(L, lua_upvalueindex(2));
    if (lua_gettop(L) < mode)
        lua_settop(L, mode); /* an environment that is not given stays not given */
    lua_pushliteral(L, "t");
    lua_replace(L, mode);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    return lua_gettop(L);
}

static int finish_dofile(lua_State *L, int status, lua_KContext ctx)
{
    (void)status;
    (void)ctx;
    return lua_gettop(L) - 1;
}

static int base_dofile(lua_State *L)
{
    const char *name = luaL_optstring(L, 1, NULL);
    lua_settop(L, 1);
    expect_script(L);
    if (luaL_loadfilex(L, name, "t") != LUA_OK)
        return lua_error(L);
    lua_callk(L, 0, LUA_MULTRET, 0, finish_dofile);
    return finish_dofile(L, LUA_OK, 0);
}

/* Stands in for package.searchers[2], which would take bytecode. */
static int search_lua(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "searchpath");
    lua_pushvalue(L, 1);
    lua_getfield(L, -3, "path");
    lua_call(L, 2, 2);
    if (lua_isnil(L, -2))
        return 1; /* where it was looked for */
    const char *file = lua_tostring(L, -2);
    expect_script(L);
    if (luaL_loadfilex(L, file, "t") != LUA_OK)
        return luaL_error(L, "error loading module '%s' from file '%s':\n\t%s", name, file,
                          lua_tostring(L, -1));
    lua_pushstring(L, file);
    return 2;
}

static void refuse_bytecode(lua_State *L)
{
    const struct {
        const char *name;
        int mode; /* which argument it is */
    } loaders[] = {{"load", 3}, {"loadfile", 2}};
    for (int i = 0; i < 2; i++) {
        lua_getglobal(L, loaders[i].name);
        lua_pushinteger(L, loaders[i].mode);
        lua_pushcclosure(L, load_text, 2);
        lua_setglobal(L, loaders[i].name);
    }
    lua_register(L, "dofile", base_dofile);
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "searchers");
    lua_pushcfunction(L, search_lua);
    lua_rawseti(L, -2, 2);
    lua_pop(L, 2);
}

/* ---- C modules: what libcurl has left asleep is woken first ---- */

/* Calls the original (upvalue 1), which takes so many strings (upvalue 2). */
static int load_library(lua_State *L)
{
    int strings = (int)lua_tointeger(L, lua_upvalueindex(2));
    for (int i = 1; i <= strings; i++)
        (void)luaL_checkstring(L, i); /* the original would not know its name */
    lash_curl_wake_gnutls();
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    return lua_gettop(L);
}

static void push_library_loader(lua_State *L, int strings)
{
    lua_pushinteger(L, strings);
    lua_pushcclosure(L, load_library, 2);
}

static void wake_before_libraries(lua_State *L)
{
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "loadlib");
    push_library_loader(L, 2);
    lua_setfield(L, -2, "loadlib");
    lua_getfield(L, -1, "searchers");
    for (int i = 3; i <= 4; i++) { /* a C module, and one within another */
        lua_rawgeti(L, -1, i);
        push_library_loader(L, 1);
        lua_rawseti(L, -2, i);
    }
    lua_pop(L, 2);
}

static int open_all(lua_State *L)
{
    const struct lash_host_options *opt = lua_touserdata(L, 1);
    lua_settop(L, 0);
    if (opt->foreign_modules)
        expect_script(L);
    else
        (void)lua_gc(L, LUA_GCSTOP); /* what loads now stays; restarted before a script runs */
    luaL_openlibs(L);
    lash_interrupt_open(L);
    set_paths(L, opt);
    refuse_bytecode(L);
    wake_before_libraries(L);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, luaopen_cjson);
    lua_setfield(L, -2, "cjson");
    lua_createtable(L, 0, 1);
    lua_pushboolean(L, !opt->lua_dir);
    lua_pushcclosure(L, find_ours, 1);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    return 0;
}

void lash_host_open(lua_State *L, const struct lash_host_options *opt)
{
    lua_pushcfunction(L, open_all);
    lua_pushlightuserdata(L, (void *)opt);
    lua_call(L, 1, 0);
}

static int add_traceback(lua_State *L)
{
    if (lua_type(L, 1) == LUA_TSTRING)
        luaL_traceback(L, L, lua_tostring(L, 1), 1);
    return 1;
}

int lash_host_call(lua_State *L, int nargs, int nresults)
{
    int base = lua_gettop(L) - nargs;
    lua_pushcfunction(L, add_traceback);
    lua_insert(L, base);
    int rc = lua_pcall(L, nargs, nresults, base);
    lua_remove(L, base);
    return rc;
}
