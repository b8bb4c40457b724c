/* lua_transfer.c - what lash.core.chat and lash.core.http share; see
 * lua_transfer.h. */
#include "bind/lua_transfer.h"

#include <string.h>

#include "bind/bind.h"

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

/* Cut short at a zero byte, it would name something else. */
static const char *check_text(lua_State *L, int idx, const char *what)
{
    size_t n;
    const char *text = luaL_checklstring(L, idx, &n);
    if (strlen(text) != n)
        luaL_error(L, "%s contains a zero byte", what);
    return text;
}

const char *lash_bind_text_field(lua_State *L, const char *field)
{
    return lua_getfield(L, 1, field) == LUA_TNIL ? NULL : check_text(L, -1, field);
}

/* Pushes a scratch array that holds the strings of the table at idx. The table
 * keeps them alive, so both must stay on the stack while the array is used. */
static const char *const *check_headers(lua_State *L, int idx)
{
    luaL_checktype(L, idx, LUA_TTABLE);
    lua_Integer n = luaL_len(L, idx);
    const char **v = lua_newuserdatauv(L, (size_t)(n + 1) * sizeof(*v), 0);
    for (lua_Integer i = 1; i <= n; i++) {
        if (lua_geti(L, idx, i) != LUA_TSTRING)
            luaL_error(L, "header %I is not a string", i);
        v[i - 1] = check_text(L, -1, "a header");
        lua_pop(L, 1);
    }
    v[n] = NULL;
    return v;
}

/* A field of the table at 1 in seconds, as milliseconds; 0 when absent. */
static uint64_t get_ms(lua_State *L, const char *field)
{
    lua_getfield(L, 1, field);
    lua_Number seconds = luaL_optnumber(L, -1, 0);
    lua_pop(L, 1);
    if (!(seconds >= 0 && seconds < 1e9))
        luaL_error(L, "%s is out of range", field);
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
    req->url = lash_bind_text_field(L, "url"); /* 2 */
    if (!req->url)
        luaL_error(L, "a request needs a url");
    req->proxy = lash_bind_text_field(L, "proxy"); /* 3 */
    req->ca = lash_bind_text_field(L, "ca");       /* 4 */
    lua_getfield(L, 1, "body");                    /* 5 */
    req->body = luaL_optlstring(L, 5, NULL, &req->body_len);
    if (lua_getfield(L, 1, "headers") != LUA_TNIL) /* 6 */
        req->headers = check_headers(L, 6);        /* 7 */
}
