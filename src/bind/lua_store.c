/* lua_store.c - module lash.core.store: the database of the program, and locks.
 *
 * Values are typed: nil, integers of 64 bits, floats, strings. A string that is
 * UTF-8 without a zero byte is stored as a text, any other as a blob; both come
 * back as strings. */
#include <lauxlib.h>
#include <lua.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"
#include "bind/bind.h"
#include "sys/lock.h"
#include "sys/statement.h"
#include "sys/store.h"

#define STORE "lash.store.store"
#define TRANSACTION "lash.store.transaction"
#define LOCK "lash.store.lock"
#define CURSOR "lash.store.cursor"

struct lua_store {
    struct lash_store *store;       /* NULL once closed */
    struct lua_transaction *inside; /* the one that is open */
};

struct lua_transaction {
    struct lua_store *store; /* NULL once it is over; its user value keeps it */
};

struct lua_lock {
    int fd; /* -1 once closed */
};

struct lua_cursor {
    struct lash_statement *statement;
    struct lua_store *store;
};

int luaopen_lash_core_store(lua_State *L);

static struct lua_store *check_store(lua_State *L, int arg)
{
    struct lua_store *self = luaL_checkudata(L, arg, STORE);
    luaL_argcheck(L, self->store, arg, "the store is closed");
    return self;
}

/* Seconds of the monotonic clock as milliseconds, which 0 is no time of. */
static uint64_t opt_deadline(lua_State *L, int arg)
{
    lua_Number seconds = luaL_optnumber(L, arg, 0);
    if (lua_isnoneornil(L, arg) || seconds > 1e15)
        return 0;
    return seconds > 0.001 ? (uint64_t)(seconds * 1000) : 1;
}

/* ---- values ---- */

static struct lash_value check_value(lua_State *L, int arg)
{
    struct lash_value v = {.type = LASH_NULL};
    switch (lua_type(L, arg)) {
    case LUA_TNIL: break;
    case LUA_TNUMBER:
        v.type = lua_isinteger(L, arg) ? LASH_INTEGER : LASH_REAL;
        v.integer = lua_isinteger(L, arg) ? lua_tointeger(L, arg) : 0;
        v.real = lua_tonumber(L, arg);
        break;
    case LUA_TSTRING:
        v.bytes = lua_tolstring(L, arg, &v.len);
        v.type = lash_utf8_valid(v.bytes, v.len) == v.len && !memchr(v.bytes, '\0', v.len)
                     ? LASH_TEXT
                     : LASH_BLOB;
        break;
    default: luaL_typeerror(L, arg, "nil, number or string");
    }
    return v;
}

static void push_value(lua_State *L, const struct lash_value *v)
{
    switch (v->type) {
    case LASH_NULL: lua_pushnil(L); break;
    case LASH_INTEGER: lua_pushinteger(L, v->integer); break;
    case LASH_REAL: lua_pushnumber(L, v->real); break;
    case LASH_TEXT:
    case LASH_BLOB: lua_pushlstring(L, v->bytes, v->len); break;
    }
}

/* ---- statements ---- */

/* Also runs when building the rows fails: a statement that is left in its middle
 * would hold an old state of the database for ever. */
static int cursor_close(lua_State *L)
{
    struct lua_cursor *self = luaL_checkudata(L, 1, CURSOR);
    if (self->store && self->store->store)
        lash_statement_reset(self->statement);
    self->store = NULL;
    return 0;
}

/* Prepares argument 2 and binds those behind it; pushes what resets it, to be
 * closed. */
static struct lash_statement *start(lua_State *L, struct lua_store *self, struct lash_err *err)
{
    size_t n;
    const char *sql = luaL_checklstring(L, 2, &n);
    int values = lua_gettop(L) - 2;
    for (int i = 1; i <= values; i++)
        (void)check_value(L, i + 2);
    struct lua_cursor *cursor = lua_newuserdatauv(L, sizeof(*cursor), 0);
    *cursor = (struct lua_cursor){0};
    luaL_setmetatable(L, CURSOR);
    lua_toclose(L, -1);
    if (lash_statement_get(&cursor->statement, self->store, sql, n, err) != LASH_OK)
        return NULL;
    cursor->store = self;
    int wanted = lash_statement_parameters(cursor->statement);
    if (values != wanted)
        luaL_error(L, "the statement takes %d values, got %d", wanted, values);
    for (int i = 1; i <= values; i++) {
        struct lash_value v = check_value(L, i + 2);
        if (lash_statement_bind(cursor->statement, i, &v, err) != LASH_OK)
            return NULL;
    }
    return cursor->statement;
}

/* store:exec(sql, ...) -> rows that were changed | nil, message, code */
static int store_exec(lua_State *L)
{
    struct lua_store *self = check_store(L, 1);
    struct lash_err err;
    struct lash_statement *st = start(L, self, &err);
    bool row = st != NULL;
    while (row)
        if (lash_statement_step(st, &row, &err) != LASH_OK)
            return lash_bind_fail(L, &err);
    if (!st)
        return lash_bind_fail(L, &err);
    lua_pushinteger(L, lash_statement_changes(st));
    return 1;
}

static enum lash_code push_row(lua_State *L, const struct lash_statement *st, struct lash_err *err)
{
    int columns = lash_statement_columns(st);
    lua_createtable(L, 0, columns);
    for (int i = 0; i < columns; i++) {
        struct lash_value v;
        enum lash_code code = lash_statement_value(&v, st, i, err);
        if (code != LASH_OK)
            return code;
        lua_pushstring(L, lash_statement_name(st, i));
        push_value(L, &v);
        lua_rawset(L, -3);
    }
    return LASH_OK;
}

/* store:query(sql, ...) -> list of {column = value} | nil, message, code */
static int store_query(lua_State *L)
{
    struct lua_store *self = check_store(L, 1);
    struct lash_err err;
    struct lash_statement *st = start(L, self, &err);
    if (!st)
        return lash_bind_fail(L, &err);
    lua_newtable(L);
    int rows = lua_gettop(L);
    for (lua_Integer n = 1;; n++) {
        bool row;
        if (lash_statement_step(st, &row, &err) != LASH_OK)
            return lash_bind_fail(L, &err);
        if (!row)
            break;
        if (push_row(L, st, &err) != LASH_OK)
            return lash_bind_fail(L, &err);
        lua_rawseti(L, rows, n);
    }
    return 1;
}

/* ---- transactions ---- */

static int transaction_close(lua_State *L)
{
    struct lua_transaction *self = luaL_checkudata(L, 1, TRANSACTION);
    if (self->store) {
        self->store->inside = NULL;
        lash_store_rollback(self->store->store);
    }
    self->store = NULL;
    return 0;
}

/* store:begin(access [, deadline]) -> transaction | nil, message, code
 * access: "read", "write", "durable". deadline: seconds of the monotonic clock. */
static int store_begin(lua_State *L)
{
    static const char *const names[] = {"read", "write", "durable", NULL};
    static const enum lash_access access[] = {LASH_READ, LASH_WRITE, LASH_DURABLE};
    struct lua_store *store = check_store(L, 1);
    int kind = luaL_checkoption(L, 2, NULL, names);
    uint64_t deadline = opt_deadline(L, 3);
    struct lua_transaction *self = lua_newuserdatauv(L, sizeof(*self), 1);
    self->store = NULL;
    luaL_setmetatable(L, TRANSACTION);
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, -2, 1);
    struct lash_err err;
    if (lash_store_begin(store->store, access[kind], deadline, &err) != LASH_OK)
        return lash_bind_fail(L, &err);
    self->store = store;
    store->inside = self;
    return 1;
}

/* transaction:commit() -> true | nil, message, code
 * Without it, closing takes everything back. */
static int transaction_commit(lua_State *L)
{
    struct lua_transaction *self = luaL_checkudata(L, 1, TRANSACTION);
    luaL_argcheck(L, self->store, 1, "the transaction is over");
    struct lua_store *store = self->store;
    struct lash_err err;
    self->store = NULL;
    store->inside = NULL;
    if (lash_store_commit(store->store, &err) != LASH_OK)
        return lash_bind_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* ---- the store ---- */

/* open(path [, deadline]) -> store | nil, message, code */
static int core_open(lua_State *L)
{
    const char *path = lash_bind_path(L, 1);
    uint64_t deadline = opt_deadline(L, 2);
    struct lua_store *self = lua_newuserdatauv(L, sizeof(*self), 0);
    *self = (struct lua_store){0};
    luaL_setmetatable(L, STORE);
    struct lash_err err;
    if (lash_store_open(&self->store, path, deadline, &err) != LASH_OK)
        return lash_bind_fail(L, &err);
    return 1;
}

static int store_close(lua_State *L)
{
    struct lua_store *self = luaL_checkudata(L, 1, STORE);
    if (self->inside)
        self->inside->store = NULL;
    self->inside = NULL;
    lash_store_close(self->store);
    self->store = NULL;
    return 0;
}

/* ---- locks ---- */

static int lock_close(lua_State *L)
{
    struct lua_lock *self = luaL_checkudata(L, 1, LOCK);
    if (self->fd >= 0)
        close(self->fd);
    self->fd = -1;
    return 0;
}

/* lock(path, name) -> lock | nil, message, code
 * Code "busy": somebody holds it; it is not waited for. */
static int core_lock(lua_State *L)
{
    const char *path = lash_bind_path(L, 1);
    size_t n;
    const char *name = luaL_checklstring(L, 2, &n);
    struct lua_lock *self = lua_newuserdatauv(L, sizeof(*self), 0);
    self->fd = -1;
    luaL_setmetatable(L, LOCK);
    struct lash_err err;
    if (lash_lock_take(&self->fd, path, name, n, 0, &err) != LASH_OK)
        return lash_bind_fail(L, &err);
    return 1;
}

/* is_locked(path, name) -> boolean | nil, message, code */
static int core_is_locked(lua_State *L)
{
    const char *path = lash_bind_path(L, 1);
    size_t n;
    const char *name = luaL_checklstring(L, 2, &n);
    bool held;
    struct lash_err err;
    if (lash_lock_held(&held, path, name, n, &err) != LASH_OK)
        return lash_bind_fail(L, &err);
    lua_pushboolean(L, held);
    return 1;
}

static const luaL_Reg store_meta[] = {
    {"__gc", store_close},
    {"__close", store_close},
    {NULL, NULL},
};

static const luaL_Reg store_methods[] = {
    {"begin", store_begin}, {"exec", store_exec}, {"query", store_query},
    {"close", store_close}, {NULL, NULL},
};

static const luaL_Reg transaction_meta[] = {
    {"__gc", transaction_close},
    {"__close", transaction_close},
    {NULL, NULL},
};

static const luaL_Reg transaction_methods[] = {
    {"commit", transaction_commit},
    {"close", transaction_close},
    {NULL, NULL},
};

static const luaL_Reg lock_meta[] = {
    {"__gc", lock_close},
    {"__close", lock_close},
    {NULL, NULL},
};

static const luaL_Reg lock_methods[] = {
    {"close", lock_close},
    {NULL, NULL},
};

static const luaL_Reg cursor_meta[] = {
    {"__gc", cursor_close},
    {"__close", cursor_close},
    {NULL, NULL},
};

static const luaL_Reg cursor_methods[] = {
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"open", core_open},
    {"is_locked", core_is_locked},
    {"lock", core_lock},
    {NULL, NULL},
};

int luaopen_lash_core_store(lua_State *L)
{
    lash_bind_class(L, STORE, store_meta, store_methods);
    lash_bind_class(L, TRANSACTION, transaction_meta, transaction_methods);
    lash_bind_class(L, LOCK, lock_meta, lock_methods);
    lash_bind_class(L, CURSOR, cursor_meta, cursor_methods);
    luaL_newlib(L, functions);
    return 1;
}
