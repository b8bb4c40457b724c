/* lua_regex.c - module lash.core.regex: lines of a text that fit a pattern. */
#include <lauxlib.h>
#include <lua.h>
#include <string.h>

#include "base/regex.h"
#include "bind/bind.h"

#define REGEX "lash.regex.regex"

int luaopen_lash_core_regex(lua_State *L);

struct lua_regex {
    struct lash_regex *re; /* NULL once closed */
    uint64_t work;         /* that is left of it */
};

static int regex_close(lua_State *L)
{
    struct lua_regex *self = luaL_checkudata(L, 1, REGEX);
    lash_regex_free(self->re);
    self->re = NULL;
    return 0;
}

/* new(pattern, work) -> regex | nil, message, code
 * work: how many steps all its searches together may take. */
static int regex_new(lua_State *L)
{
    size_t n;
    const char *pattern = luaL_checklstring(L, 1, &n);
    lua_Integer work = luaL_checkinteger(L, 2);
    luaL_argcheck(L, work > 0, 2, "work must be positive");
    struct lua_regex *self = lua_newuserdatauv(L, sizeof(*self), 0);
    *self = (struct lua_regex){.work = (uint64_t)work}; /* closed: safe to collect */
    luaL_setmetatable(L, REGEX);
    struct lash_err err;
    if (lash_regex_new(&self->re, pattern, n, &err) != LASH_OK)
        return lash_bind_fail(L, &err);
    return 1;
}

/* regex:next(text, at) -> skipped, first, last | nil | false
 * The first line that fits, of those that begin at byte 'at' or later; skipped:
 * how many lines are before it. nil: there is none; false: the work is used up. */
static int regex_next(lua_State *L)
{
    struct lua_regex *self = luaL_checkudata(L, 1, REGEX);
    luaL_argcheck(L, self->re, 1, "the regex is closed");
    size_t n;
    const char *text = luaL_checklstring(L, 2, &n);
    lua_Integer at = luaL_checkinteger(L, 3);
    luaL_argcheck(L, at > 0, 3, "positions begin at 1");
    lua_Integer skipped = 0;
    for (size_t from = (size_t)at - 1; from < n; skipped++) {
        const char *end = memchr(text + from, '\n', n - from);
        size_t length = end ? (size_t)(end - text) - from : n - from;
        bool found = lash_regex_find(self->re, text + from, length, &self->work);
        if (self->work == 0) {
            lua_pushboolean(L, 0);
            return 1;
        }
        if (found) {
            lua_pushinteger(L, skipped);
            lua_pushinteger(L, (lua_Integer)from + 1);
            lua_pushinteger(L, (lua_Integer)from + (lua_Integer)length);
            return 3;
        }
        from += length + 1;
    }
    return 0;
}

static const luaL_Reg regex_meta[] = {
    {"__gc", regex_close},
    {"__close", regex_close},
    {NULL, NULL},
};

static const luaL_Reg regex_methods[] = {
    {"next", regex_next},
    {"close", regex_close},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"new", regex_new},
    {NULL, NULL},
};

int luaopen_lash_core_regex(lua_State *L)
{
    lash_bind_class(L, REGEX, regex_meta, regex_methods);
    luaL_newlib(L, functions);
    return 1;
}
