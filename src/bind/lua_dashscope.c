/* lua_dashscope.c - module lash.core.dashscope: what models can, the body of a
 * request, the meaning of an error. Pure functions. */
#include <lauxlib.h>
#include <lua.h>
#include <math.h>
#include <string.h>

#include "bind/bind.h"
#include "bind/lua_failure.h"
#include "dashscope/failure.h"
#include "dashscope/models.h"
#include "dashscope/request.h"

#define BODY "lash.dashscope.body"
#define BODY_LIMIT ((size_t)256 << 20)

/* Fields of a request that are on the stack at once, and some room. */
#define STACK 48

int luaopen_lash_core_dashscope(lua_State *L);

/* Names of enum constants, in their order. */
static const char *const thinking_names[] = {"unknown", "none", "off", "on", "only", NULL};
static const char *const known_names[] = {"unknown", "yes", "no", NULL};
static const char *const level_names[] = {"unset", "off", "low", "medium", "high", NULL};
static const char *const streaming_names[] = {"auto", "native", "fallback", NULL};

/* What of a row is a flag. */
static const struct {
    const char *name;
    size_t offset;
} flags[] = {
#define FLAG(name)                                                                                 \
    {                                                                                              \
#name, offsetof(struct lash_model, name)                                                   \
    }
    FLAG(takes_budget),      FLAG(takes_effort),     FLAG(stream_only),   FLAG(whole_needs_off),
    FLAG(json_object),       FLAG(json_schema),      FLAG(json_thinking), FLAG(tool_choice_auto),
    FLAG(preserve_thinking), FLAG(preserve_default), FLAG(vision),        FLAG(completion_tokens),
    FLAG(explicit_cache),    FLAG(fictional),
#undef FLAG
};

#define FLAGS (sizeof(flags) / sizeof(flags[0]))

static bool *flag_of(struct lash_model *m, size_t i)
{
    return (bool *)((char *)m + flags[i].offset);
}

static void set_amount(lua_State *L, const char *name, int64_t amount)
{
    if (amount <= 0)
        return;
    lua_pushinteger(L, amount);
    lua_setfield(L, -2, name);
}

static void set_price(lua_State *L, const char *name, double price)
{
    if (price < 0)
        return;
    lua_pushnumber(L, price);
    lua_setfield(L, -2, name);
}

static void push_row(lua_State *L, const struct lash_model *row)
{
    struct lash_model m = *row;
    lua_createtable(L, 0, FLAGS + 8);
    lua_pushstring(L, m.pattern);
    lua_setfield(L, -2, "pattern");
    lash_bind_set_text(L, "thinking", thinking_names[m.thinking]);
    lash_bind_set_text(L, "stream_tools", known_names[m.stream_tools]);
    lash_bind_set_text(L, "instead", m.instead);
    for (size_t i = 0; i < FLAGS; i++) {
        lua_pushboolean(L, *flag_of(&m, i));
        lua_setfield(L, -2, flags[i].name);
    }
    set_amount(L, "max_budget", m.max_budget);
    set_amount(L, "context", m.context);
    set_amount(L, "max_output", m.max_output);
    if (m.price_input < 0)
        return;
    lua_createtable(L, 0, 4);
    set_price(L, "input", m.price_input);
    set_price(L, "output", m.price_output);
    set_price(L, "thinking", m.price_thinking);
    set_price(L, "cache_read", m.price_cache_read);
    lua_setfield(L, -2, "price");
}

/* model(name) -> row */
static int model(lua_State *L)
{
    push_row(L, lash_model_find(luaL_checkstring(L, 1)));
    return 1;
}

/* models() -> row[] in the order of the table */
static int models(lua_State *L)
{
    lua_newtable(L);
    const struct lash_model *row;
    for (size_t i = 0; (row = lash_model_at(i)) != NULL; i++) {
        push_row(L, row);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

/* The readers below leave the value of a field on the stack: that keeps it
 * alive, also where a metamethod made it. */

static bool get(lua_State *L, int t, const char *name)
{
    return lua_getfield(L, t, name) != LUA_TNIL;
}

static int refuse_type(lua_State *L, const char *name, const char *expected)
{
    return luaL_error(L, "field '%s': %s expected, got %s", name, expected, luaL_typename(L, -1));
}

static const char *get_text(lua_State *L, int t, const char *name, size_t *n)
{
    if (!get(L, t, name))
        return NULL;
    if (lua_type(L, -1) != LUA_TSTRING)
        refuse_type(L, name, "string");
    return lua_tolstring(L, -1, n);
}

static struct lash_json_text get_json(lua_State *L, int t, const char *name)
{
    struct lash_json_text text = {0};
    text.ptr = get_text(L, t, name, &text.len);
    return text;
}

static int64_t get_integer(lua_State *L, int t, const char *name, int64_t absent)
{
    if (!get(L, t, name))
        return absent;
    int ok;
    lua_Integer i = lua_tointegerx(L, -1, &ok);
    if (!ok)
        refuse_type(L, name, "integer");
    return i;
}

static double get_number(lua_State *L, int t, const char *name)
{
    if (!get(L, t, name))
        return NAN;
    if (lua_type(L, -1) != LUA_TNUMBER)
        refuse_type(L, name, "number");
    double d = lua_tonumber(L, -1);
    return isnan(d) ? INFINITY : d; /* NaN means absent; this is out of range */
}

static bool get_flag(lua_State *L, int t, const char *name)
{
    lua_getfield(L, t, name);
    return lua_toboolean(L, -1);
}

/* One of names, by its place; nil is the first. */
static int get_option(lua_State *L, int t, const char *name, const char *const names[])
{
    const char *text = get_text(L, t, name, NULL);
    if (!text)
        return 0;
    for (int i = 0; names[i]; i++)
        if (strcmp(names[i], text) == 0)
            return i;
    return luaL_error(L, "field '%s': invalid option '%s'", name, text);
}

/* What a plan looks at of the row at index t. */
static void get_row(lua_State *L, int t, struct lash_model *m)
{
    m->thinking = (enum lash_thinking)get_option(L, t, "thinking", thinking_names);
    m->stream_tools = (enum lash_known)get_option(L, t, "stream_tools", known_names);
    m->max_budget = get_integer(L, t, "max_budget", 0);
    m->max_output = get_integer(L, t, "max_output", 0);
    lua_pop(L, 4);
    for (size_t i = 0; i < FLAGS; i++) {
        *flag_of(m, i) = get_flag(L, t, flags[i].name);
        lua_pop(L, 1);
    }
}

static void get_spec(lua_State *L, int t, struct lash_request_spec *s)
{
    s->model = get_text(L, t, "model", NULL);
    luaL_argcheck(L, s->model, t, "a request needs a model");
    s->dashscope = get_flag(L, t, "dashscope");
    s->messages = get_json(L, t, "messages");
    s->tools = get_json(L, t, "tools");
    s->tool_choice = get_json(L, t, "tool_choice");
    s->response_format = get_json(L, t, "response_format");
    s->stop = get_json(L, t, "stop");
    s->extra = get_json(L, t, "extra");
    s->level = (enum lash_level)get_option(L, t, "level", level_names);
    s->budget = get_integer(L, t, "budget", LASH_ABSENT);
    if (s->budget != LASH_ABSENT)
        s->level = LASH_LEVEL_BUDGET;
    if (get(L, t, "think"))
        s->think = lua_toboolean(L, -1) ? LASH_YES : LASH_NO;
    s->no_stream = get_flag(L, t, "no_stream");
    s->tool_streaming =
        (enum lash_tool_streaming)get_option(L, t, "tool_streaming", streaming_names);
    s->max_tokens = get_integer(L, t, "max_tokens", LASH_ABSENT);
    s->seed = get_integer(L, t, "seed", LASH_ABSENT);
    s->temperature = get_number(L, t, "temperature");
    s->top_p = get_number(L, t, "top_p");
    if (get(L, t, "parallel_tool_calls"))
        s->parallel_tool_calls = lua_toboolean(L, -1) ? LASH_YES : LASH_NO;
}

static void push_plan(lua_State *L, const struct lash_plan *p)
{
    lua_createtable(L, 0, 5); /* what every plan says */
    lua_pushboolean(L, p->stream);
    lua_setfield(L, -2, "stream");
    lua_pushboolean(L, p->whole);
    lua_setfield(L, -2, "whole");
    if (p->think != LASH_UNKNOWN) {
        lua_pushboolean(L, p->think == LASH_YES);
        lua_setfield(L, -2, "think");
    }
    set_amount(L, "budget", p->budget);
    lash_bind_set_text(L, "effort", p->effort);
    set_amount(L, "max_tokens", p->max_tokens);
    lua_pushboolean(L, p->drop_tool_choice);
    lua_setfield(L, -2, "drop_tool_choice");
    lua_pushboolean(L, p->drop_thinking_for_json);
    lua_setfield(L, -2, "drop_thinking_for_json");
    lua_pushboolean(L, p->drop_format);
    lua_setfield(L, -2, "drop_format");
}

static int body_close(lua_State *L)
{
    lash_buf_free(luaL_checkudata(L, 1, BODY));
    return 0;
}

static const luaL_Reg body_meta[] = {{"__gc", body_close}, {NULL, NULL}};
static const luaL_Reg no_methods[] = {{NULL, NULL}};

/* request{model=, row=, dashscope=, messages=, tools=, tool_choice=, …}
 *   -> body, plan | nil, message, code */
static int request(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    luaL_checkstack(L, STACK, NULL);
    struct lash_buf *body = lua_newuserdatauv(L, sizeof(*body), 0); /* 2 */
    *body = LASH_BUF_INIT(BODY_LIMIT);
    luaL_setmetatable(L, BODY);

    struct lash_request_spec spec = {0};
    get_spec(L, 1, &spec);
    struct lash_model row = *lash_model_find(spec.model);
    if (get(L, 1, "row")) {
        if (!lua_istable(L, -1))
            refuse_type(L, "row", "table");
        get_row(L, lua_gettop(L), &row);
    }

    struct lash_plan plan;
    struct lash_err err;
    if (lash_plan_make(&plan, &spec, &row, &err) != LASH_OK ||
        lash_request_write(body, &spec, &plan, &err) != LASH_OK)
        return lash_bind_fail(L, &err);
    lua_pushlstring(L, body->ptr, body->len);
    lash_buf_free(body);
    push_plan(L, &plan);
    return 2;
}

/* failure(status, content_type, body) -> {kind, topic, temporary, burst,
 *   status, code, message, request_id, fix, limit} */
static int failure(lua_State *L)
{
    long status = (long)luaL_optinteger(L, 1, 0);
    const char *content_type = luaL_optstring(L, 2, NULL);
    size_t n;
    const char *body = luaL_optlstring(L, 3, "", &n);

    struct lash_failure f;
    lash_failure_read(&f, status, content_type, body, n);
    lash_bind_push_failure(L, &f);
    return 1;
}

static const luaL_Reg functions[] = {
    {"model", model}, {"models", models}, {"request", request}, {"failure", failure}, {NULL, NULL},
};

int luaopen_lash_core_dashscope(lua_State *L)
{
    lash_bind_class(L, BODY, body_meta, no_methods);
    luaL_newlib(L, functions);
    return 1;
}
