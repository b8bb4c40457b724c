/* lua_http.c - module lash.core.http: one plain request, for lua/lash/fetch.lua. */
#include <lauxlib.h>
#include <lua.h>
#include <string.h>

#include "bind/bind.h"
#include "bind/lua_transfer.h"
#include "sys/fetch.h"

#define REQUEST "lash.http.request"
#define DEFAULT_LIMIT ((lua_Integer)16 << 20) /* bytes of a body */

int luaopen_lash_core_http(lua_State *L);

struct lua_request {
    struct lash_fetch *fetch; /* NULL once closed */
    bool told;                /* its end was popped */
};

static int request_close(lua_State *L)
{
    struct lua_request *self = luaL_checkudata(L, 1, REQUEST);
    lash_fetch_free(self->fetch);
    self->fetch = NULL;
    return 0;
}

static struct lua_request *check_request(lua_State *L, int arg)
{
    struct lua_request *self = luaL_checkudata(L, arg, REQUEST);
    luaL_argcheck(L, self->fetch, arg, "request is closed");
    return self;
}

static size_t get_limit(lua_State *L)
{
    lua_getfield(L, 1, "max_bytes");
    int integer = 1;
    lua_Integer limit = lua_isnil(L, -1) ? DEFAULT_LIMIT : lua_tointegerx(L, -1, &integer);
    if (!integer || limit < 1)
        luaL_error(L, "max_bytes is %s", integer ? "out of range" : "not an integer");
    lua_pop(L, 1);
    return (size_t)limit;
}

static bool get_public_only(lua_State *L)
{
    const char *word = lash_bind_text_field(L, "addresses");
    bool public_only = word && strcmp(word, "public") == 0;
    if (word && !public_only && strcmp(word, "any") != 0)
        luaL_error(L, "addresses is '%s', neither 'any' nor 'public'", word);
    lua_pop(L, 1);
    return public_only;
}

/* start{url=, method=, headers=, body=, proxy=, ca=, addresses=, max_bytes=, file=,
 *       connect=, first_byte=, silence=, deadline=, record=} -> request | nil, message, code
 * Times in seconds; absent or 0: no limit. */
static int http_start(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    size_t max_bytes = get_limit(L);
    bool public_only = get_public_only(L);
    struct lash_http_request req;
    lash_bind_read_request(L, &req);
    req.public_only = public_only;
    req.method = lash_bind_text_field(L, "method");
    const char *file = lash_bind_text_field(L, "file");

    struct lash_loop *loop = lash_bind_loop(L);
    struct lua_connections *owner = lash_bind_push_connections(L);
    int connections = lua_gettop(L);
    struct lua_request *self = lua_newuserdatauv(L, sizeof(*self), 1);
    *self = (struct lua_request){0}; /* closed: safe to collect from here on */
    luaL_setmetatable(L, REQUEST);
    lua_pushvalue(L, connections); /* the request keeps the connections alive */
    lua_setiuservalue(L, -2, 1);

    struct lash_err err;
    if (!owner->http && lash_http_new(&owner->http, loop, &err) != LASH_OK)
        return lash_bind_fail(L, &err);
    if (lash_fetch_start(&self->fetch, owner->http, loop, &req, max_bytes, file, &err) != LASH_OK)
        return lash_bind_fail(L, &err);
    return 1;
}

/* request:id() -> source id, for sched.wait */
static int request_id(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)lash_fetch_id(check_request(L, 1)->fetch));
    return 1;
}

static void set_seconds(lua_State *L, const char *field, double seconds)
{
    if (seconds < 0)
        return;
    lua_pushnumber(L, seconds);
    lua_setfield(L, -2, field);
}

/* Sets what the head of the answer says, in the table on top. */
static void set_head(lua_State *L, struct lash_transfer *t)
{
    long status = lash_transfer_status(t);
    if (status == 0)
        return;
    lua_pushinteger(L, status);
    lua_setfield(L, -2, "status");
    lash_bind_set_headers(L, t);
    double retry_after = lash_transfer_retry_after(t);
    set_seconds(L, "retry_after", retry_after > 0 ? retry_after : -1);
}

/* Pushes what the response and a failure have in common. */
static void push_way(lua_State *L, struct lash_transfer *t)
{
    struct lash_timings times = lash_transfer_timings(t);
    lua_createtable(L, 0, 8);
    lash_bind_set_text(L, "url", lash_transfer_url(t));
    set_head(L, t);
    lash_bind_set_text(L, "address", lash_transfer_address(t));
    lua_createtable(L, 0, 4);
    set_seconds(L, "dns", times.dns);
    set_seconds(L, "connect", times.connect);
    set_seconds(L, "tls", times.tls);
    set_seconds(L, "total", times.total);
    lua_setfield(L, -2, "timings");
}

/* request:pop() -> nil | "done", response | "fail", failure
 * response: {status=, headers={{name, value}...}, retry_after=, body=, url=, address=, timings=};
 *   without body when that is in the file
 * failure: {transport=code, message=} and of a response what there is
 * timings: {dns=, connect=, tls=, total=}, seconds; what did not take place is absent. */
static int request_pop(lua_State *L)
{
    struct lua_request *self = check_request(L, 1);
    if (self->told || !lash_fetch_done(self->fetch))
        return 0;
    const struct lash_err *err = lash_fetch_error(self->fetch);
    struct lash_transfer *t = lash_fetch_transfer(self->fetch);
    lua_pushstring(L, err ? "fail" : "done");
    push_way(L, t);
    if (err) {
        lash_bind_set_text(L, "transport", lash_code_name(err->code));
        lash_bind_set_text(L, "message", err->msg);
    } else {
        const struct lash_buf *body = lash_fetch_body(self->fetch);
        if (body) {
            lua_pushlstring(L, body->ptr ? body->ptr : "", body->len);
            lua_setfield(L, -2, "body");
        }
    }
    self->told = true;
    return 2;
}

/* request:tap() -> {status=, headers=, pieces=, cut=} | nil: see lua_transfer.h */
static int request_tap(lua_State *L)
{
    lash_bind_push_tap(L, lash_fetch_transfer(check_request(L, 1)->fetch));
    return 1;
}

static int request_tostring(lua_State *L)
{
    struct lua_request *self = luaL_checkudata(L, 1, REQUEST);
    if (self->fetch)
        lua_pushfstring(L, REQUEST " (%I)", (lua_Integer)lash_fetch_id(self->fetch));
    else
        lua_pushliteral(L, REQUEST " (closed)");
    return 1;
}

/* library() -> string | nil, message, code
 * What libcurl calls itself and its parts: "libcurl/7.88.1 OpenSSL/3.0.19 ...". */
static int http_library(lua_State *L)
{
    const char *version;
    struct lash_err err;
    if (lash_http_library(&version, &err) != LASH_OK)
        return lash_bind_fail(L, &err);
    lua_pushstring(L, version);
    return 1;
}

static const luaL_Reg request_meta[] = {
    {"__gc", request_close},
    {"__close", request_close},
    {"__tostring", request_tostring},
    {NULL, NULL},
};

static const luaL_Reg request_methods[] = {
    {"id", request_id},       {"pop", request_pop}, {"tap", request_tap},
    {"close", request_close}, {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"start", http_start},
    {"library", http_library},
    {NULL, NULL},
};

int luaopen_lash_core_http(lua_State *L)
{
    lash_bind_class(L, REQUEST, request_meta, request_methods);
    luaL_newlib(L, functions);
    return 1;
}
