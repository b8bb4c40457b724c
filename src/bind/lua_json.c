/* lua_json.c - module lash.core.json: JSON text to Lua values, and what a list
 * is; see lua_json.h. The way back is in lua_json_encode.c. */
#include "bind/lua_json.h"

#include <lauxlib.h>

#include "bind/bind.h"
#include "wire/json.h"

#define ARRAY "lash.json.array"
#define READER "lash.json.reader"

int luaopen_lash_core_json(lua_State *L);

void *lash_bind_json_take(lua_State *L)
{
    lua_pushvalue(L, KEPT);
    lua_pushnil(L);
    lua_replace(L, KEPT);
    return lua_touserdata(L, -1);
}

void lash_bind_json_put_back(lua_State *L, int idx)
{
    lua_pushvalue(L, idx);
    lua_replace(L, KEPT);
}

bool lash_bind_json_is_marked(lua_State *L, int idx)
{
    if (!lua_getmetatable(L, idx))
        return false;
    bool marked = lua_rawequal(L, -1, ARRAY_META);
    if (!marked && lua_getmetatable(L, -1)) {
        marked = lua_rawequal(L, -1, ARRAY_META);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return marked;
}

struct lua_reader {
    struct lash_json_reader *reader; /* NULL once closed */
    lua_State *L;                    /* who decodes now */
    bool by_hand;                    /* people wrote it: a key that comes twice is a mistake */
    int depth;
    lua_Integer next[LASH_JSON_DEPTH + 1]; /* next index of each open list; 0: an object */
};

static int reader_close(lua_State *L)
{
    struct lua_reader *self = luaL_checkudata(L, 1, READER);
    lash_json_reader_free(self->reader);
    self->reader = NULL;
    return 0;
}

static const luaL_Reg reader_meta[] = {{"__gc", reader_close}, {NULL, NULL}};
static const luaL_Reg no_methods[] = {{NULL, NULL}};

static void open_value(struct lua_reader *self, bool list)
{
    lua_newtable(self->L);
    if (list) {
        lua_pushvalue(self->L, ARRAY_META);
        lua_setmetatable(self->L, -2);
    }
    self->next[++self->depth] = list;
}

/* Puts the value on the top into the table that is open below it. */
static void add_value(struct lua_reader *self)
{
    if (self->depth == 0)
        return; /* it is the document */
    lua_Integer *next = &self->next[self->depth];
    if (*next == 0)
        lua_rawset(self->L, -3); /* its key is between the two */
    else
        lua_rawseti(self->L, -2, (*next)++);
}

/* Has the object below the key on the top that key already? */
static bool has_key(lua_State *L)
{
    lua_pushvalue(L, -1);
    bool has = lua_rawget(L, -3) != LUA_TNIL;
    lua_pop(L, 1);
    return has;
}

static enum lash_code push_token(void *ctx, const struct lash_json_token *token)
{
    struct lua_reader *self = ctx;
    lua_State *L = self->L;
    switch (token->type) {
    case LASH_JSON_NULL: lua_pushlightuserdata(L, NULL); break;
    case LASH_JSON_BOOL: lua_pushboolean(L, token->i != 0); break;
    case LASH_JSON_INT: lua_pushinteger(L, token->i); break;
    case LASH_JSON_DOUBLE: lua_pushnumber(L, token->d); break;
    case LASH_JSON_STRING: lua_pushlstring(L, token->str, token->len); break;
    case LASH_JSON_KEY:
        lua_pushlstring(L, token->str, token->len);
        return self->by_hand && has_key(L) ? LASH_ESYNTAX : LASH_OK;
    case LASH_JSON_OBJECT:
    case LASH_JSON_ARRAY:
        if (!lua_checkstack(L, LUA_MINSTACK))
            return LASH_ENOMEM;
        open_value(self, token->type == LASH_JSON_ARRAY);
        return LASH_OK;
    case LASH_JSON_OBJECT_END:
    case LASH_JSON_ARRAY_END: self->depth--; break;
    }
    add_value(self);
    return LASH_OK;
}

static struct lua_reader *push_reader(lua_State *L, bool comments)
{
    struct lua_reader *self = comments ? NULL : lash_bind_json_take(L);
    if (!self) {
        self = lua_newuserdatauv(L, sizeof(*self), 0);
        self->reader = NULL;
        luaL_setmetatable(L, READER);
        if (lash_json_reader_new(&self->reader, comments, push_token, self) != LASH_OK)
            luaL_error(L, "out of memory");
    }
    self->L = L;
    self->by_hand = comments;
    self->depth = 0;
    return self;
}

/* decode(s [, {comments=}]) -> value | nil, message, code */
static int json_decode(lua_State *L)
{
    size_t n;
    const char *s = luaL_checklstring(L, 1, &n);
    bool comments = false;
    if (!lua_isnoneornil(L, 2)) {
        luaL_checktype(L, 2, LUA_TTABLE);
        lua_getfield(L, 2, "comments"); /* 3 */
        comments = lua_toboolean(L, 3);
    }
    struct lua_reader *self = push_reader(L, comments);
    int reader = lua_gettop(L);
    struct lash_err err;
    enum lash_code code = lash_json_read(self->reader, s, n, &err);
    if (comments) {
        lash_json_reader_free(self->reader);
        self->reader = NULL;
    } else {
        lash_bind_json_put_back(L, reader);
    }
    if (code == LASH_ENOMEM) /* nil would say that it is not JSON */
        return luaL_error(L, "out of memory");
    return code == LASH_OK ? 1 : lash_bind_fail(L, &err);
}

/* array(t) -> t, which is written as a list from now on, even when empty */
static int json_array(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    if (lash_bind_json_is_marked(L, 1))
        return 1;
    luaL_argcheck(L, !lua_getmetatable(L, 1), 1, "has a metatable of its own");
    lua_pushvalue(L, ARRAY_META);
    lua_setmetatable(L, 1);
    return 1;
}

/* is_array(v) -> boolean */
static int json_is_array(lua_State *L)
{
    luaL_checkany(L, 1);
    lua_pushboolean(L, lua_istable(L, 1) && lash_bind_json_is_marked(L, 1));
    return 1;
}

static const luaL_Reg functions[] = {
    {"encode", lash_bind_json_encode},
    {"decode", json_decode},
    {"array", json_array},
    {"is_array", json_is_array},
    {NULL, NULL},
};

int luaopen_lash_core_json(lua_State *L)
{
    lash_bind_class(L, READER, reader_meta, no_methods);
    lash_bind_json_encode_class(L);
    luaL_newlibtable(L, functions);
    luaL_newmetatable(L, ARRAY);
    lua_pushnil(L);
    luaL_setfuncs(L, functions, 2); /* each has a place of its own to keep things */
    lua_pushlightuserdata(L, NULL);
    lua_setfield(L, -2, "null");
    return 1;
}
