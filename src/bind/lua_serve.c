/* lua_serve.c - module lash.core.serve: the loopback HTTP server.
 *
 * Ids are those of event sources: lash.sched waits for them. */
#include <lauxlib.h>
#include <limits.h>
#include <lua.h>
#include <stdint.h>

#include "bind/bind.h"
#include "sys/serve.h"

#define SERVER "lash.serve.server"
#define EXCHANGE "lash.serve.exchange"
#define MAX_HEADERS 64

struct lua_server {
    struct lash_server *server; /* NULL once closed */
};

struct lua_exchange {
    struct lash_exchange *ex; /* NULL once closed */
};

int luaopen_lash_core_serve(lua_State *L);

static struct lash_server *check_server(lua_State *L, int arg)
{
    struct lua_server *self = luaL_checkudata(L, arg, SERVER);
    luaL_argcheck(L, self->server, arg, "the server is closed");
    return self->server;
}

static struct lash_exchange *check_exchange(lua_State *L, int arg)
{
    struct lua_exchange *self = luaL_checkudata(L, arg, EXCHANGE);
    luaL_argcheck(L, self->ex, arg, "the exchange is closed");
    return self->ex;
}

/* start(port) -> server | nil, message, code
 * Port 0: any free one. */
static int serve_start(lua_State *L)
{
    lua_Integer port = luaL_checkinteger(L, 1);
    luaL_argcheck(L, port >= 0 && port <= UINT16_MAX, 1, "not a port");
    struct lash_loop *loop = lash_bind_loop(L);
    struct lua_server *self = lua_newuserdatauv(L, sizeof(*self), 0);
    self->server = NULL;
    luaL_setmetatable(L, SERVER);
    struct lash_err err;
    if (lash_server_start(&self->server, loop, (uint16_t)port, 0, &err) != LASH_OK)
        return lash_bind_fail(L, &err);
    return 1;
}

/* server:id() -> integer */
static int server_id(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)lash_server_source(check_server(L, 1))->id);
    return 1;
}

/* server:port() -> integer */
static int server_port(lua_State *L)
{
    lua_pushinteger(L, lash_server_port(check_server(L, 1)));
    return 1;
}

/* server:accept() -> exchange | nil */
static int server_accept(lua_State *L)
{
    struct lash_server *server = check_server(L, 1);
    struct lua_exchange *self = lua_newuserdatauv(L, sizeof(*self), 0);
    self->ex = NULL;
    luaL_setmetatable(L, EXCHANGE);
    self->ex = lash_server_accept(server);
    if (!self->ex)
        luaL_pushfail(L);
    return 1;
}

/* server:stop()
 * Cuts all connections and marks the server's source, so that who waits for
 * it goes on. */
static int server_stop(lua_State *L)
{
    lash_server_stop(check_server(L, 1));
    return 0;
}

static int server_close(lua_State *L)
{
    struct lua_server *self = luaL_checkudata(L, 1, SERVER);
    lash_server_free(self->server);
    self->server = NULL;
    return 0;
}

/* exchange:id() -> integer */
static int exchange_id(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)lash_exchange_source(check_exchange(L, 1))->id);
    return 1;
}

/* exchange:method() -> string */
static int exchange_method(lua_State *L)
{
    lua_pushstring(L, lash_exchange_method(check_exchange(L, 1)));
    return 1;
}

/* exchange:path() -> path, query */
static int exchange_path(lua_State *L)
{
    struct lash_exchange *ex = check_exchange(L, 1);
    lua_pushstring(L, lash_exchange_path(ex));
    lua_pushstring(L, lash_exchange_query(ex));
    return 2;
}

/* exchange:header(name) -> string | nil */
static int exchange_header(lua_State *L)
{
    lua_pushstring(L, lash_exchange_header(check_exchange(L, 1), luaL_checkstring(L, 2)));
    return 1;
}

/* exchange:headers() -> list of {name, value}, as they were sent */
static int exchange_headers(lua_State *L)
{
    struct lash_exchange *ex = check_exchange(L, 1);
    struct lash_header h;
    lua_newtable(L);
    for (size_t i = 0; lash_exchange_header_at(ex, i, &h); i++) {
        lua_createtable(L, 2, 0);
        lua_pushstring(L, h.name);
        lua_rawseti(L, -2, 1);
        lua_pushstring(L, h.value);
        lua_rawseti(L, -2, 2);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

/* exchange:body() -> string */
static int exchange_body(lua_State *L)
{
    size_t len;
    const char *body = lash_exchange_body(check_exchange(L, 1), &len);
    lua_pushlstring(L, body, len);
    return 1;
}

/* exchange:start(status, {name = value}) -> true | nil, message, code */
static int exchange_start(lua_State *L)
{
    struct lash_exchange *ex = check_exchange(L, 1);
    lua_Integer status = luaL_checkinteger(L, 2);
    luaL_argcheck(L, status >= 0 && status <= INT_MAX, 2, "not a status");
    struct lash_header headers[MAX_HEADERS];
    size_t n = 0;
    if (!lua_isnoneornil(L, 3)) {
        luaL_checktype(L, 3, LUA_TTABLE);
        for (lua_pushnil(L); lua_next(L, 3); lua_pop(L, 1)) {
            /* The table keeps the strings alive. */
            luaL_argcheck(L, lua_type(L, -2) == LUA_TSTRING && lua_type(L, -1) == LUA_TSTRING, 3,
                          "names and values must be strings");
            luaL_argcheck(L, n < MAX_HEADERS, 3, "too many headers");
            headers[n++] = (struct lash_header){lua_tostring(L, -2), lua_tostring(L, -1)};
        }
    }
    struct lash_err err;
    if (lash_exchange_start(ex, (unsigned)status, headers, n, &err) != LASH_OK)
        return lash_bind_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* exchange:write(s) -> bytes that wait to be sent | nil, message, code */
static int exchange_write(lua_State *L)
{
    struct lash_exchange *ex = check_exchange(L, 1);
    size_t len;
    size_t queued;
    const char *s = luaL_checklstring(L, 2, &len);
    struct lash_err err;
    if (lash_exchange_write(ex, s, len, &queued, &err) != LASH_OK)
        return lash_bind_fail(L, &err);
    lua_pushinteger(L, (lua_Integer)queued);
    return 1;
}

/* exchange:finish() -> true | nil, message, code */
static int exchange_finish(lua_State *L)
{
    struct lash_err err;
    if (lash_exchange_finish(check_exchange(L, 1), &err) != LASH_OK)
        return lash_bind_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* exchange:abort()
 * Cuts the connection after what was written. */
static int exchange_abort(lua_State *L)
{
    lash_exchange_abort(check_exchange(L, 1));
    return 0;
}

/* exchange:gone() -> boolean */
static int exchange_gone(lua_State *L)
{
    struct lua_exchange *self = luaL_checkudata(L, 1, EXCHANGE);
    lua_pushboolean(L, !self->ex || lash_exchange_gone(self->ex));
    return 1;
}

/* An answer that was not finished is cut. */
static int exchange_close(lua_State *L)
{
    struct lua_exchange *self = luaL_checkudata(L, 1, EXCHANGE);
    lash_exchange_free(self->ex);
    self->ex = NULL;
    return 0;
}

static const luaL_Reg server_meta[] = {
    {"__gc", server_close},
    {"__close", server_close},
    {NULL, NULL},
};

static const luaL_Reg server_methods[] = {
    {"id", server_id},     {"port", server_port},   {"accept", server_accept},
    {"stop", server_stop}, {"close", server_close}, {NULL, NULL},
};

static const luaL_Reg exchange_meta[] = {
    {"__gc", exchange_close},
    {"__close", exchange_close},
    {NULL, NULL},
};

static const luaL_Reg exchange_methods[] = {
    {"id", exchange_id},
    {"method", exchange_method},
    {"path", exchange_path},
    {"header", exchange_header},
    {"headers", exchange_headers},
    {"body", exchange_body},
    {"start", exchange_start},
    {"write", exchange_write},
    {"finish", exchange_finish},
    {"abort", exchange_abort},
    {"gone", exchange_gone},
    {"close", exchange_close},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"start", serve_start},
    {NULL, NULL},
};

int luaopen_lash_core_serve(lua_State *L)
{
    lash_bind_class(L, SERVER, server_meta, server_methods);
    lash_bind_class(L, EXCHANGE, exchange_meta, exchange_methods);
    luaL_newlib(L, functions);
    return 1;
}
