/* lua_transfer.c - what lash.core.chat and lash.core.http share; see
 * lua_transfer.h. */
#include "bind/lua_transfer.h"

#include <limits.h>
#include <string.h>

#include "bind/bind.h"
#include "sys/tap.h"

#define CONNECTIONS "lash.transfer.connections"

static int connections_close(lua_State *L)
{
    struct lua_connections *self = luaL_checkudata(L, 1, CONNECTIONS);
    lash_http_free(self->http);
    self->http = NULL;
    return 0;
}

static const luaL_Reg connections_meta[] = {
    {"__gc", connections_close},
    {NULL, NULL},
};

static const luaL_Reg no_methods[] = {
    {NULL, NULL},
};

struct lua_connections *lash_bind_push_connections(lua_State *L)
{
    if (lua_getfield(L, LUA_REGISTRYINDEX, CONNECTIONS ".instance") != LUA_TUSERDATA) {
        lua_pop(L, 1);
        lash_bind_class(L, CONNECTIONS, connections_meta, no_methods);
        struct lua_connections *self = lua_newuserdatauv(L, sizeof(*self), 0);
        self->http = NULL;
        luaL_setmetatable(L, CONNECTIONS);
        lua_pushvalue(L, -1);
        lua_setfield(L, LUA_REGISTRYINDEX, CONNECTIONS ".instance");
    }
    return luaL_checkudata(L, -1, CONNECTIONS);
}

const char *lash_bind_text_field(lua_State *L, const char *field)
{
    if (lua_getfield(L, 1, field) == LUA_TNIL)
        return NULL;
    size_t n = 0;
    const char *text = lua_tolstring(L, -1, &n);
    if (!text || strlen(text) != n) /* cut short, it would name something else */
        luaL_error(L, "%s %s", field, text ? "contains a zero byte" : "is not a string");
    return text;
}

/* A field of the table at 1 in seconds, as milliseconds; 0 when absent. */
static uint64_t get_ms(lua_State *L, const char *field)
{
    lua_getfield(L, 1, field);
    int number;
    lua_Number seconds = lua_tonumberx(L, -1, &number);
    if (!number && !lua_isnil(L, -1))
        luaL_error(L, "%s is not a number", field);
    if (!(seconds >= 0 && seconds < 1e9))
        luaL_error(L, "%s is out of range", field);
    lua_pop(L, 1);
    return (uint64_t)(seconds * 1000);
}

void lash_bind_read_request(lua_State *L, struct lash_http_request *req)
{
    *req = (struct lash_http_request){
        .connect_ms = get_ms(L, "connect"),
        .first_byte_ms = get_ms(L, "first_byte"),
        .silence_ms = get_ms(L, "silence"),
        .progress_ms = get_ms(L, "progress"),
        .deadline_ms = get_ms(L, "deadline"),
    };
    lua_getfield(L, 1, "record");
    req->record = lua_toboolean(L, -1) != 0;
    lua_pop(L, 1);
    req->url = lash_bind_text_field(L, "url"); /* 2 */
    if (!req->url)
        luaL_error(L, "a request needs a url");
    req->proxy = lash_bind_text_field(L, "proxy"); /* 3 */
    req->ca = lash_bind_text_field(L, "ca");       /* 4 */
    if (lua_getfield(L, 1, "body") != LUA_TNIL) {  /* 5 */
        req->body = lua_tolstring(L, 5, &req->body_len);
        if (!req->body)
            luaL_error(L, "body is not a string");
    }
    if (lua_getfield(L, 1, "headers") != LUA_TNIL)         /* 6 */
        req->headers = lash_bind_strings(L, 6, "headers"); /* 7 */
}

void lash_bind_set_headers(lua_State *L, struct lash_transfer *t)
{
    void *cursor = NULL;
    const char *name;
    const char *value;
    lua_newtable(L);
    for (lua_Integer i = 1; lash_transfer_next_header(t, &cursor, &name, &value); i++) {
        lua_createtable(L, 2, 0);
        lua_pushstring(L, name);
        lua_rawseti(L, -2, 1);
        lua_pushstring(L, value);
        lua_rawseti(L, -2, 2);
        lua_rawseti(L, -2, i);
    }
    lua_setfield(L, -2, "headers");
}

static void set_pieces(lua_State *L, const struct lash_tap *tap)
{
    size_t count = lash_tap_count(tap);
    lua_createtable(L, count < INT_MAX ? (int)count : INT_MAX, 0);
    for (size_t i = 0; i < count; i++) {
        struct lash_tap_piece piece = lash_tap_get(tap, i);
        lua_createtable(L, 2, 0);
        lua_pushnumber(L, (lua_Number)piece.ms / 1000);
        lua_rawseti(L, -2, 1);
        lua_pushlstring(L, piece.bytes, piece.len);
        lua_rawseti(L, -2, 2);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "pieces");
}

void lash_bind_push_tap(lua_State *L, struct lash_transfer *t)
{
    const struct lash_tap *tap = lash_transfer_tap(t);
    if (!tap) {
        lua_pushnil(L);
        return;
    }
    lua_createtable(L, 0, 4);
    long status = lash_transfer_status(t);
    if (status > 0) {
        lua_pushinteger(L, status);
        lua_setfield(L, -2, "status");
        lash_bind_set_headers(L, t);
    }
    set_pieces(L, tap);
    lua_pushboolean(L, lash_tap_is_cut(tap));
    lua_setfield(L, -2, "cut");
}
