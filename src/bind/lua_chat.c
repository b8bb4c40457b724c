/* lua_chat.c - module lash.core.chat: one model call as a stream, for
 * lua/lash/chat.lua. */
#include <lauxlib.h>
#include <lua.h>

#include "bind/bind.h"
#include "bind/lua_failure.h"
#include "sys/chat.h"

#define HTTP "lash.chat.http"
#define STREAM "lash.chat.stream"

int luaopen_lash_core_chat(lua_State *L);

/* The connections of the process; in the registry, so closed after streams. */
struct lua_http {
    struct lash_http *http; /* NULL once closed */
};

struct lua_stream {
    struct lash_chat *chat; /* NULL once closed */
};

static int http_close(lua_State *L)
{
    struct lua_http *self = luaL_checkudata(L, 1, HTTP);
    lash_http_free(self->http);
    self->http = NULL;
    return 0;
}

static const luaL_Reg http_meta[] = {
    {"__gc", http_close},
    {NULL, NULL},
};

static const luaL_Reg no_methods[] = {
    {NULL, NULL},
};

/* Pushes the userdata that owns the connections, made at first use. */
static struct lua_http *push_http(lua_State *L)
{
    if (lua_getfield(L, LUA_REGISTRYINDEX, HTTP ".instance") != LUA_TUSERDATA) {
        lua_pop(L, 1);
        struct lua_http *self = lua_newuserdatauv(L, sizeof(*self), 0);
        self->http = NULL;
        luaL_setmetatable(L, HTTP);
        lua_pushvalue(L, -1);
        lua_setfield(L, LUA_REGISTRYINDEX, HTTP ".instance");
    }
    return luaL_checkudata(L, -1, HTTP);
}

static int stream_close(lua_State *L)
{
    struct lua_stream *self = luaL_checkudata(L, 1, STREAM);
    lash_chat_free(self->chat);
    self->chat = NULL;
    return 0;
}

static struct lash_chat *check_stream(lua_State *L, int arg)
{
    struct lua_stream *self = luaL_checkudata(L, arg, STREAM);
    luaL_argcheck(L, self->chat, arg, "stream is closed");
    return self->chat;
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
        v[i - 1] = lua_tostring(L, -1);
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

/* start{url=, body=, headers=, proxy=, ca=, connect=, first_byte=, silence=,
 *       progress=, deadline=} -> stream | nil, message, code
 * Times in seconds; absent or 0: no limit. */
static int chat_start(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    struct lash_http_request req = {
        .connect_ms = get_ms(L, "connect"),
        .first_byte_ms = get_ms(L, "first_byte"),
        .silence_ms = get_ms(L, "silence"),
        .progress_ms = get_ms(L, "progress"),
        .deadline_ms = get_ms(L, "deadline"),
    };
    lua_getfield(L, 1, "url"); /* 2 */
    req.url = luaL_checkstring(L, 2);
    lua_getfield(L, 1, "body"); /* 3 */
    req.body = luaL_checklstring(L, 3, &req.body_len);
    lua_getfield(L, 1, "proxy"); /* 4 */
    req.proxy = luaL_optstring(L, 4, NULL);
    lua_getfield(L, 1, "ca"); /* 5 */
    req.ca = luaL_optstring(L, 5, NULL);
    lua_getfield(L, 1, "headers");     /* 6 */
    req.headers = check_headers(L, 6); /* 7 */

    struct lash_loop *loop = lash_bind_loop(L);
    struct lua_http *owner = push_http(L);                            /* 8 */
    struct lua_stream *self = lua_newuserdatauv(L, sizeof(*self), 1); /* 9 */
    self->chat = NULL; /* closed: safe to collect from here on */
    luaL_setmetatable(L, STREAM);
    lua_pushvalue(L, 8); /* the stream keeps the connections alive */
    lua_setiuservalue(L, 9, 1);

    struct lash_err err;
    if (!owner->http && lash_http_new(&owner->http, loop, &err) != LASH_OK)
        return lash_bind_fail(L, &err);
    if (lash_chat_start(&self->chat, owner->http, loop, &req, &err) != LASH_OK)
        return lash_bind_fail(L, &err);
    lua_settop(L, 9);
    return 1;
}

/* stream:id() -> source id, for sched.wait */
static int stream_id(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)lash_chat_id(check_stream(L, 1)));
    return 1;
}

/* Tokens, nil where the service said nothing. */
static void push_count(lua_State *L, int64_t n)
{
    if (n < 0)
        lua_pushnil(L);
    else
        lua_pushinteger(L, n);
}

static int push_done(lua_State *L, struct lash_chat *chat)
{
    const struct lash_answer *a = lash_chat_answer(chat);
    struct lash_usage u = {-1, -1, -1, -1, -1, -1};
    (void)lash_answer_usage(a, &u);
    lua_pushliteral(L, "done");
    lua_pushstring(L, lash_answer_finish(a));
    lua_pushstring(L, lash_answer_model(a));
    const char *id = lash_chat_request_id(chat);
    lua_pushstring(L, id[0] ? id : lash_answer_id(a));
    const int64_t counts[] = {u.input, u.output, u.total, u.reasoning, u.cached, u.cache_creation};
    for (int i = 0; i < 6; i++)
        push_count(L, counts[i]);
    return 10;
}

static int push_failure(lua_State *L, struct lash_chat *chat)
{
    struct lash_chat_failure f = lash_chat_failure(chat);
    lua_pushliteral(L, "fail");
    if (f.err.code == LASH_OK) {
        lash_bind_push_failure(L, &f.service);
    } else {
        lua_createtable(L, 0, 3);
        lua_pushstring(L, lash_code_name(f.err.code));
        lua_setfield(L, -2, "transport");
        lua_pushstring(L, f.err.msg);
        lua_setfield(L, -2, "message");
    }
    if (f.retry_after) {
        lua_pushstring(L, f.retry_after);
        lua_setfield(L, -2, "retry_after");
    }
    lua_pushboolean(L, lash_answer_call_count(lash_chat_answer(chat)) > 0);
    lua_setfield(L, -2, "calls_began");
    return 2;
}

/* stream:pop() -> nil
 *   | "thinking", text | "text", text
 *   | "call", id, name, arguments
 *   | "done", finish, model, request_id, input, output, total, reasoning, cached, cache_creation
 *   | "fail", failure
 * failure: {transport=code, message=} or what lash.core.dashscope.failure gives;
 * calls_began: of a call at least a piece had arrived */
static int stream_pop(lua_State *L)
{
    struct lash_chat *chat = check_stream(L, 1);
    struct lash_chat_event ev = lash_chat_pop(chat);
    switch (ev.kind) {
    case LASH_CHAT_NONE: return 0;
    case LASH_CHAT_THINKING:
    case LASH_CHAT_TEXT:
        lua_pushstring(L, ev.kind == LASH_CHAT_TEXT ? "text" : "thinking");
        lua_pushlstring(L, ev.text, ev.len);
        return 2;
    case LASH_CHAT_CALL:
        lua_pushliteral(L, "call");
        lua_pushstring(L, ev.call.id);
        lua_pushstring(L, ev.call.name);
        lua_pushlstring(L, ev.call.arguments, ev.call.arguments_len);
        return 4;
    case LASH_CHAT_DONE: return push_done(L, chat);
    case LASH_CHAT_FAIL: return push_failure(L, chat);
    }
    return luaL_error(L, "unknown event %d", (int)ev.kind);
}

static int stream_tostring(lua_State *L)
{
    struct lua_stream *self = luaL_checkudata(L, 1, STREAM);
    if (self->chat)
        lua_pushfstring(L, STREAM " (%I)", (lua_Integer)lash_chat_id(self->chat));
    else
        lua_pushliteral(L, STREAM " (closed)");
    return 1;
}

static const luaL_Reg stream_meta[] = {
    {"__gc", stream_close},
    {"__close", stream_close},
    {"__tostring", stream_tostring},
    {NULL, NULL},
};

static const luaL_Reg stream_methods[] = {
    {"id", stream_id},
    {"pop", stream_pop},
    {"close", stream_close},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"start", chat_start},
    {NULL, NULL},
};

int luaopen_lash_core_chat(lua_State *L)
{
    lash_bind_class(L, HTTP, http_meta, no_methods);
    lash_bind_class(L, STREAM, stream_meta, stream_methods);
    luaL_newlib(L, functions);
    return 1;
}
