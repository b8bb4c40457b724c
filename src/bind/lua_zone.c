/* lua_zone.c - module lash.core.zone: time zones, for lua/lash/schedule/. */
#include <lauxlib.h>
#include <lua.h>

#include "bind/bind.h"
#include "sys/zone.h"

#define CHANGES 64                        /* in one answer */
#define SPAN_LIMIT (400LL * 24 * 60 * 60) /* seconds of one question */
#define TIME_LIMIT 100000000000LL         /* libc's years fit into an int */

int luaopen_lash_core_zone(lua_State *L);

static lua_Integer check_time(lua_State *L, int arg)
{
    lua_Integer t = luaL_checkinteger(L, arg);
    luaL_argcheck(L, t > -TIME_LIMIT && t < TIME_LIMIT, arg, "not a time");
    return t;
}

/* check(name) -> true | nil, message, code */
static int zone_check(lua_State *L)
{
    struct lash_err err;
    if (lash_zone_check(lash_bind_path(L, 1), &err) != LASH_OK)
        return lash_bind_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* folder() -> where the zone files are */
static int zone_folder(lua_State *L)
{
    lua_pushstring(L, lash_zone_folder());
    return 1;
}

/* changes(name | nil, from, until) -> {time, seconds ahead of UTC, time, ...}
 *                                     | nil, message, code
 * The first time is 'from'; nil is the machine's zone. */
static int zone_changes(lua_State *L)
{
    const char *name = lua_isnoneornil(L, 1) ? NULL : lash_bind_path(L, 1);
    lua_Integer from = check_time(L, 2);
    lua_Integer until = check_time(L, 3);
    luaL_argcheck(L, from <= until && until - from <= SPAN_LIMIT, 3, "not a span of time");
    struct lash_zone_change changes[CHANGES];
    size_t count = 0;
    struct lash_err err;
    if (lash_zone_changes(changes, CHANGES, &count, name, from, until, &err) != LASH_OK)
        return lash_bind_fail(L, &err);
    lua_createtable(L, (int)count * 2, 0);
    for (size_t i = 0; i < count; i++) {
        lua_pushinteger(L, (lua_Integer)changes[i].at);
        lua_rawseti(L, -2, (lua_Integer)i * 2 + 1);
        lua_pushinteger(L, changes[i].ahead);
        lua_rawseti(L, -2, (lua_Integer)i * 2 + 2);
    }
    return 1;
}

static const luaL_Reg functions[] = {
    {"changes", zone_changes},
    {"check", zone_check},
    {"folder", zone_folder},
    {NULL, NULL},
};

int luaopen_lash_core_zone(lua_State *L)
{
    luaL_newlib(L, functions);
    return 1;
}
