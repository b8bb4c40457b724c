/* lua_chat.c - module lash.core.chat: one model call as a stream, for
 * lua/lash/chat.lua. */
#include <lauxlib.h>
#include <lua.h>

#include "bind/bind.h"
#include "bind/lua_failure.h"
#include "bind/lua_transfer.h"
#include "sys/chat.h"

#define STREAM "lash.chat.stream"

int luaopen_lash_core_chat(lua_State *L);

struct lua_stream {
    struct lash_chat *chat; /* NULL once closed */
};

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

/* start{url=, body=, headers=, proxy=, ca=, connect=, first_byte=, silence=,
 *       progress=, deadline=, record=, gather=} -> stream | nil, message, code
 * Times in seconds; absent or 0: no limit. */
static int chat_start(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    struct lash_http_request req;
    lash_bind_read_request(L, &req);
    if (!req.body)
        return luaL_error(L, "a chat needs a body");

    struct lash_loop *loop = lash_bind_loop(L);
    struct lua_connections *owner = lash_bind_push_connections(L);
    int connections = lua_gettop(L);
    struct lua_stream *self = lua_newuserdatauv(L, sizeof(*self), 1);
    self->chat = NULL; /* closed: safe to collect from here on */
    luaL_setmetatable(L, STREAM);
    lua_pushvalue(L, connections); /* the stream keeps the connections alive */
    lua_setiuservalue(L, -2, 1);

    struct lash_err err;
    if (!owner->http && lash_http_new(&owner->http, loop, &err) != LASH_OK)
        return lash_bind_fail(L, &err);
    if (lash_chat_start(&self->chat, owner->http, loop, &req, &err) != LASH_OK)
        return lash_bind_fail(L, &err);
    lua_getfield(L, 1, "gather");
    if (lua_toboolean(L, -1))
        lash_chat_gather(self->chat);
    lua_pop(L, 1);
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
    if (f.retry_after > 0) {
        lua_pushnumber(L, f.retry_after);
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

/* stream:tap() -> {status=, headers=, pieces=, cut=} | nil: see lua_transfer.h */
static int stream_tap(lua_State *L)
{
    lash_bind_push_tap(L, lash_chat_transfer(check_stream(L, 1)));
    return 1;
}

/* stream:phase() -> "connecting" | "waiting" | "answering" | nil: it is closed */
static int stream_phase(lua_State *L)
{
    static const char *const names[] = {
        [LASH_TRANSFER_CONNECTING] = "connecting",
        [LASH_TRANSFER_WAITING] = "waiting",
        [LASH_TRANSFER_ANSWERING] = "answering",
    };
    struct lua_stream *self = luaL_checkudata(L, 1, STREAM);
    if (self->chat)
        lua_pushstring(L, names[lash_transfer_phase(lash_chat_transfer(self->chat))]);
    else
        lua_pushnil(L);
    return 1;
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
    {"id", stream_id},   {"pop", stream_pop},     {"phase", stream_phase},
    {"tap", stream_tap}, {"close", stream_close}, {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"start", chat_start},
    {NULL, NULL},
};

int luaopen_lash_core_chat(lua_State *L)
{
    lash_bind_class(L, STREAM, stream_meta, stream_methods);
    luaL_newlib(L, functions);
    return 1;
}
