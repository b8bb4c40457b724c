/* lua_tty.c - module lash.core.tty: a question at the terminal, for
 * lua/lash/approve.lua. */
#include <lauxlib.h>
#include <lua.h>

#include "bind/bind.h"
#include "bind/interrupt.h"
#include "sys/screen.h"
#include "sys/tty.h"

#define TERMINAL "lash.tty.terminal"
#define LINE 4096 /* bytes of an answer */

int luaopen_lash_core_tty(lua_State *L);

struct lua_terminal {
    struct lash_tty *tty; /* NULL once closed */
    struct lash_buf typed;
};

static int terminal_close(lua_State *L)
{
    struct lua_terminal *self = luaL_checkudata(L, 1, TERMINAL);
    lash_tty_free(self->tty);
    self->tty = NULL;
    lash_buf_free(&self->typed);
    return 0;
}

static struct lua_terminal *check_terminal(lua_State *L, int arg)
{
    struct lua_terminal *self = luaL_checkudata(L, arg, TERMINAL);
    luaL_argcheck(L, self->tty, arg, "the terminal is closed");
    return self;
}

/* open() -> terminal, keys | nil, message, code */
static int tty_open(lua_State *L)
{
    struct lash_loop *loop = lash_bind_loop(L);
    struct lua_terminal *self = lua_newuserdatauv(L, sizeof(*self), 0);
    *self = (struct lua_terminal){.typed = LASH_BUF_INIT(LINE)}; /* closed: safe to collect */
    luaL_setmetatable(L, TERMINAL);
    struct lash_err err;
    if (lash_tty_open(&self->tty, loop, &lash_interrupt.pending, &err) != LASH_OK)
        return lash_bind_fail(L, &err);
    lua_pushboolean(L, lash_tty_keys(self->tty));
    return 2;
}

/* device() -> number | nil, message, code */
static int tty_device(lua_State *L)
{
    unsigned device;
    struct lash_err err;
    if (lash_tty_device(&device, &err) != LASH_OK)
        return lash_bind_fail(L, &err);
    lua_pushinteger(L, (lua_Integer)device);
    return 1;
}

/* terminal:lines(): from now on what is typed comes so */
static int terminal_lines(lua_State *L)
{
    lash_tty_lines(check_terminal(L, 1)->tty);
    return 0;
}

/* terminal:resumed() -> boolean: was the process stopped since the last call? */
static int terminal_resumed(lua_State *L)
{
    lua_pushboolean(L, lash_tty_resumed(check_terminal(L, 1)->tty));
    return 1;
}

/* terminal:id() -> source id, for sched.wait */
static int terminal_id(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)lash_tty_source(check_terminal(L, 1)->tty)->id);
    return 1;
}

/* terminal:write(text) -> true | nil, message, code */
static int terminal_write(lua_State *L)
{
    struct lua_terminal *self = check_terminal(L, 1);
    size_t n;
    const char *text = luaL_checklstring(L, 2, &n);
    struct lash_err err;
    if (lash_tty_write(self->tty, text, n, &err) != LASH_OK)
        return lash_bind_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* terminal:pop() -> nil | typed | false, message
 * nil: nothing yet, wait; false: nothing will come. */
static int terminal_pop(lua_State *L)
{
    struct lua_terminal *self = check_terminal(L, 1);
    struct lash_err err;
    bool got;
    lash_buf_reset(&self->typed);
    enum lash_code code = lash_tty_read(self->tty, &self->typed, &got, &err);
    if (code == LASH_ECLOSED) {
        lua_pushboolean(L, 0);
        lua_pushstring(L, err.msg);
        return 2;
    }
    if (code != LASH_OK)
        return luaL_error(L, "out of memory");
    if (!got)
        return 0;
    lua_pushlstring(L, self->typed.ptr ? self->typed.ptr : "", self->typed.len);
    return 1;
}

static const luaL_Reg terminal_meta[] = {
    {"__gc", terminal_close},
    {"__close", terminal_close},
    {NULL, NULL},
};

static const luaL_Reg terminal_methods[] = {
    {"id", terminal_id},
    {"write", terminal_write},
    {"pop", terminal_pop},
    {"lines", terminal_lines},
    {"resumed", terminal_resumed},
    {"close", terminal_close},
    {NULL, NULL},
};

/* columns() -> of the terminal; 0: nobody knows */
static int tty_columns(lua_State *L)
{
    lua_pushinteger(L, lash_screen_columns());
    return 1;
}

/* quiet(on): what is typed is not shown, and waits; the terminal is put back at
 * the end, whatever that is */
static int tty_quiet(lua_State *L)
{
    bool on = lua_toboolean(L, 1);
    if (on)
        lash_screen_keep();
    lash_screen_quiet(on);
    return 0;
}

static const luaL_Reg functions[] = {
    {"open", tty_open},   {"device", tty_device}, {"columns", tty_columns},
    {"quiet", tty_quiet}, {NULL, NULL},
};

int luaopen_lash_core_tty(lua_State *L)
{
    lash_bind_class(L, TERMINAL, terminal_meta, terminal_methods);
    luaL_newlib(L, functions);
    return 1;
}
