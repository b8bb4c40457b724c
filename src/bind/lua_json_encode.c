/* lua_json_encode.c - Lua values to JSON text, for module lash.core.json; see
 * lua_json.h. Keys are written in the order of their bytes. */
#include <ctype.h>
#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "bind/bind.h"
#include "bind/lua_json.h"
#include "wire/json.h"

#define WRITER "lash.json.writer"
#define MAX_INDENT 16
#define MAX_KEYS_SIZE ((size_t)64 << 20) /* of the entries of all open objects */
#define PATH_SIZE 256                    /* of a place in an error, which may be cut */
#define KEEP ((size_t)64 << 10)          /* a larger buffer is not kept between calls */

/* A key of an open object. The string stays where it is: the key itself is on
 * the stack, and between here and there nothing can collect or call. */
struct key {
    const char *str;
    size_t len;
    int slot; /* on the stack */
};

/* A table that is being written. */
struct level {
    const void *table; /* who it is, to find cycles */
    int slot;          /* where it is on the stack; its string keys follow */
    bool list;
    size_t first;      /* of an object: its first key in keys */
    lua_Integer count; /* of values */
    lua_Integer given; /* how many of them have been begun */
};

struct lua_writer {
    struct lash_buf text;
    struct lash_buf keys; /* struct key of all open objects */
    struct lash_json_writer out;
    struct lash_err *err;
    bool exact; /* what would not come back as it is, is refused */
    int depth;
    struct level levels[LASH_JSON_DEPTH];
};

static int writer_close(lua_State *L)
{
    struct lua_writer *self = luaL_checkudata(L, 1, WRITER);
    lash_buf_free(&self->text);
    lash_buf_free(&self->keys);
    return 0;
}

void lash_bind_json_encode_class(lua_State *L)
{
    static const luaL_Reg meta[] = {{"__gc", writer_close}, {NULL, NULL}};
    static const luaL_Reg no_methods[] = {{NULL, NULL}};
    lash_bind_class(L, WRITER, meta, no_methods);
}

static const struct key *key_of(const struct lua_writer *self, const struct level *level)
{
    const struct key *keys = (const void *)self->keys.ptr;
    return &keys[level->first + (size_t)level->given - 1];
}

static bool is_name(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (s[i] != '_' && !isalnum((unsigned char)s[i]))
            return false;
    }
    return n > 0 && !isdigit((unsigned char)s[0]);
}

/* Fails with the place of the value: "$.items[2].f: cannot encode a function". */
static enum lash_code refuse(struct lua_writer *self, const char *what)
{
    char path[PATH_SIZE] = "$";
    static const char cut[] = "...";
    size_t len = 1;
    for (int i = 0; i < self->depth; i++) {
        const struct level *level = &self->levels[i];
        const struct key *key = level->list ? NULL : key_of(self, level);
        char *to = path + len;
        size_t room = sizeof(path) - sizeof(cut) - len;
        int n;
        if (!key)
            n = snprintf(to, room, "[%lld]", (long long)level->given);
        else if (is_name(key->str, key->len))
            n = snprintf(to, room, ".%.*s", (int)key->len, key->str);
        else
            n = snprintf(to, room, "[\"%.*s\"]", (int)key->len, key->str);
        if (n < 0 || (size_t)n >= room) {
            memcpy(to, cut, sizeof(cut));
            break;
        }
        len += (size_t)n;
    }
    return lash_err_set(self->err, LASH_EUSAGE, "%s: cannot encode %s", path, what);
}

/* Writes the value on the top, which is no table, and pops it. */
static enum lash_code write_scalar(lua_State *L, struct lua_writer *self)
{
    switch (lua_type(L, -1)) {
    case LUA_TNIL: lash_json_null(&self->out); break;
    case LUA_TBOOLEAN: lash_json_bool(&self->out, lua_toboolean(L, -1)); break;
    case LUA_TNUMBER:
        if (lua_isinteger(L, -1))
            lash_json_int(&self->out, lua_tointeger(L, -1));
        else if (isfinite(lua_tonumber(L, -1)))
            lash_json_double(&self->out, lua_tonumber(L, -1));
        else
            return refuse(self, isnan(lua_tonumber(L, -1)) ? "NaN" : "infinity");
        break;
    case LUA_TSTRING: {
        size_t n;
        const char *s = lua_tolstring(L, -1, &n);
        if (self->exact && lash_utf8_valid(s, n) != n)
            return refuse(self, "a string that is not UTF-8");
        lash_json_string(&self->out, s, n);
        break;
    }
    case LUA_TLIGHTUSERDATA:
        if (lua_touserdata(L, -1))
            return refuse(self, "a userdata");
        lash_json_null(&self->out);
        break;
    case LUA_TFUNCTION: return refuse(self, "a function");
    case LUA_TTHREAD: return refuse(self, "a coroutine");
    default: return refuse(self, "a userdata");
    }
    lua_pop(L, 1);
    return LASH_OK;
}

/* The last index so far; one that no list has is as good as infinitely far. */
static lua_Integer farther(lua_Integer last, lua_Integer i)
{
    if (i < 1)
        return LUA_MAXINTEGER;
    return i > last ? i : last;
}

/* Looks at all keys of the table on the top, leaves the strings among them on
 * the stack, and tells list from object. */
static enum lash_code read_keys(lua_State *L, struct lua_writer *self, struct level *level)
{
    lua_Integer indices = 0;
    lua_Integer names = 0;
    lua_Integer last = 0;
    lua_pushnil(L);
    while (lua_next(L, level->slot)) {
        lua_pop(L, 1);
        if (lua_isinteger(L, -1)) {
            indices++;
            last = farther(last, lua_tointeger(L, -1));
        } else if (lua_type(L, -1) == LUA_TSTRING) {
            if (!lua_checkstack(L, LUA_MINSTACK))
                return refuse(self, "so many keys");
            names++;
            lua_pushvalue(L, -1); /* lua_next takes one */
        } else {
            return refuse(self, "a table with keys that are neither strings nor a sequence");
        }
    }
    level->list = indices > 0 || lash_bind_json_is_marked(L, level->slot);
    if (level->list && names > 0)
        return refuse(self, "a table that is both list and object");
    if (last != indices)
        return refuse(self, "a list with holes");
    level->count = level->list ? indices : names;
    return LASH_OK;
}

static int compare_keys(const void *a, const void *b)
{
    const struct key *x = a;
    const struct key *y = b;
    size_t n = x->len < y->len ? x->len : y->len;
    int order = memcmp(x->str, y->str, n);
    return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

static enum lash_code sort_keys(lua_State *L, struct lua_writer *self, const struct level *level)
{
    for (int i = 1; i <= (int)level->count; i++) {
        struct key key = {.slot = level->slot + i};
        key.str = lua_tolstring(L, key.slot, &key.len);
        if (self->exact && lash_utf8_valid(key.str, key.len) != key.len)
            return refuse(self, "a key that is not UTF-8");
        enum lash_code code = lash_buf_add(&self->keys, &key, sizeof(key));
        if (code != LASH_OK)
            return code;
    }
    if (level->count > 1)
        qsort(self->keys.ptr + level->first * sizeof(struct key), (size_t)level->count,
              sizeof(struct key), compare_keys);
    return LASH_OK;
}

/* Begins the table on the top; it stays there until its values are written. */
static enum lash_code open_table(lua_State *L, struct lua_writer *self)
{
    struct level level = {
        .table = lua_topointer(L, -1),
        .slot = lua_gettop(L),
        .first = self->keys.len / sizeof(struct key),
    };
    for (int i = 0; i < self->depth; i++) {
        if (self->levels[i].table == level.table)
            return refuse(self, "a table inside itself");
    }
    if (self->depth == LASH_JSON_DEPTH)
        return refuse(self, "tables nested so deeply");
    if (!lua_checkstack(L, LUA_MINSTACK))
        return LASH_ENOMEM;
    enum lash_code code = read_keys(L, self, &level);
    if (code == LASH_OK && !level.list)
        code = sort_keys(L, self, &level);
    if (code != LASH_OK)
        return code;
    self->levels[self->depth++] = level;
    if (level.list)
        lash_json_array(&self->out);
    else
        lash_json_object(&self->out);
    return LASH_OK;
}

static void close_table(lua_State *L, struct lua_writer *self)
{
    const struct level *level = &self->levels[--self->depth];
    if (level->list)
        lash_json_array_end(&self->out);
    else
        lash_json_object_end(&self->out);
    self->keys.len = level->first * sizeof(struct key);
    lua_settop(L, level->slot - 1);
}

/* Pushes the next value to be written, closing what is complete; false when
 * all is written. */
static bool push_next(lua_State *L, struct lua_writer *self)
{
    while (self->depth > 0) {
        struct level *level = &self->levels[self->depth - 1];
        if (level->given == level->count) {
            close_table(L, self);
            continue;
        }
        level->given++;
        if (level->list) {
            lua_rawgeti(L, level->slot, level->given);
        } else {
            const struct key *key = key_of(self, level);
            lash_json_key(&self->out, key->str, key->len);
            lua_pushvalue(L, key->slot);
            lua_rawget(L, level->slot);
        }
        return true;
    }
    return false;
}

/* Writes the value on the top. Nothing in here creates a Lua object, so no
 * finalizer runs that could change a table under our feet. */
static enum lash_code write_value(lua_State *L, struct lua_writer *self)
{
    enum lash_code code;
    do {
        code = lua_istable(L, -1) ? open_table(L, self) : write_scalar(L, self);
        if (code == LASH_OK)
            code = self->out.code;
    } while (code == LASH_OK && push_next(L, self));
    if (code == LASH_OK)
        code = self->out.code;
    if (code == LASH_ENOMEM)
        return lash_err_set(self->err, code, "out of memory");
    if (code == LASH_ETOOBIG)
        return lash_err_set(self->err, code, "the JSON text would be larger than %zu bytes",
                            LASH_JSON_LIMIT);
    return code;
}

static struct lua_writer *push_writer(lua_State *L)
{
    struct lua_writer *self = lash_bind_json_take(L);
    if (!self) {
        self = lua_newuserdatauv(L, sizeof(*self), 0);
        self->text = LASH_BUF_INIT(LASH_JSON_LIMIT);
        self->keys = LASH_BUF_INIT(MAX_KEYS_SIZE);
        luaL_setmetatable(L, WRITER);
    }
    lash_buf_reset(&self->text);
    lash_buf_reset(&self->keys);
    self->out = LASH_JSON_WRITER(&self->text);
    self->depth = 0;
    return self;
}

static void shrink(struct lash_buf *b)
{
    if (b->cap > KEEP)
        lash_buf_free(b);
}

int lash_bind_json_encode(lua_State *L)
{
    luaL_checkany(L, 1);
    lua_Integer indent = luaL_optinteger(L, 2, 0);
    luaL_argcheck(L, indent >= 0 && indent <= MAX_INDENT, 2, "must be 0 to 16");
    bool exact = lua_toboolean(L, 3);
    struct lua_writer *self = push_writer(L);
    int writer = lua_gettop(L);
    struct lash_err err;
    self->err = &err;
    self->out.indent = (int)indent;
    self->exact = exact;
    lua_pushvalue(L, 1);
    enum lash_code code = write_value(L, self);
    lua_settop(L, writer);
    if (code == LASH_OK)
        lua_pushlstring(L, self->text.ptr, self->text.len);
    shrink(&self->text);
    shrink(&self->keys);
    lash_bind_json_put_back(L, writer);
    if (code == LASH_ENOMEM) /* nil would say that the value has no JSON */
        return luaL_error(L, "out of memory");
    return code == LASH_OK ? 1 : lash_bind_fail(L, &err);
}
