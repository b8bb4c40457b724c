/* lua_protected.c - pcall, xpcall, error and the coroutine functions, in place of
 * Lua's own: they know which coroutine runs, and that an interrupt, an exit or a
 * cancellation is not to be swallowed; see lua_interrupt.c and lua/lash/sched/. */
#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>

#include "bind/interrupt.h"

#define SWALLOWED_BUDGET 1000000 /* instructions until a swallowed interrupt is raised again */
#define ROOM 60                  /* C calls that must be left where the loop is driven in place */

/* Registry: sets of error tables, or nothing. Weak: a loop of pcalls keeps none. */
#define CAUGHT "lash.interrupt.caught"     /* that were caught */
#define INSISTED "lash.interrupt.insisted" /* that are not to be caught any more */

/* Adds the table on top to a set. */
static void add_to(lua_State *L, const char *set)
{
    if (lua_getfield(L, LUA_REGISTRYINDEX, set) != LUA_TTABLE) {
        lua_pop(L, 1);
        lua_createtable(L, 0, 1);
        lua_createtable(L, 0, 1);
        lua_pushliteral(L, "k");
        lua_setfield(L, -2, "__mode");
        lua_setmetatable(L, -2);
        lua_pushvalue(L, -1);
        lua_setfield(L, LUA_REGISTRYINDEX, set);
    }
    lua_pushvalue(L, -2);
    lua_pushboolean(L, 1);
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

/* Takes the table on top out of a set. */
static void take_from(lua_State *L, const char *set)
{
    if (lua_getfield(L, LUA_REGISTRYINDEX, set) == LUA_TTABLE) {
        lua_pushvalue(L, -2);
        lua_pushnil(L);
        lua_rawset(L, -3);
    }
    lua_pop(L, 1);
}

/* Is the value on top in a set? */
static bool is_in(lua_State *L, const char *set)
{
    bool found = false;
    if (lua_getfield(L, LUA_REGISTRYINDEX, set) == LUA_TTABLE) {
        lua_pushvalue(L, -2);
        found = lua_rawget(L, -2) != LUA_TNIL;
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return found;
}

void lash_protected_forget(lua_State *L)
{
    take_from(L, CAUGHT);
}

static bool is_exit(lua_State *L, int idx)
{
    if (!lua_getmetatable(L, idx))
        return false;
    (void)luaL_getmetatable(L, LASH_EXIT);
    bool same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return same;
}

/* Does the error on top pass every pcall of a task? */
static bool passes(lua_State *L)
{
    return lash_interrupt.running && (is_exit(L, lua_gettop(L)) || is_in(L, INSISTED));
}

/* Is the error on top that of the interrupt that stands? */
static bool is_interrupt(lua_State *L)
{
    if (!lash_interrupt.pending)
        return false;
    lash_interrupt_push(L);
    bool same = lua_rawequal(L, -1, -2);
    lua_pop(L, 1);
    return same;
}

static int budget = SWALLOWED_BUDGET;

void lash_protected_renew(void)
{
    budget = SWALLOWED_BUDGET;
}

/* With the caught error on top: an interrupt comes again in a while. */
static void note(lua_State *L)
{
    if (!lua_istable(L, -1))
        return;
    add_to(L, CAUGHT);
    if (is_interrupt(L) && lash_interrupt.running) {
        lua_sethook(L, lash_interrupt_hook, LUA_MASKCOUNT, lash_interrupt.relentless ? 1 : budget);
        budget = budget > 10 ? budget / 10 : 1;
    }
}

/* With the caught error on top: an exit goes on, out of every task, to whoever
 * runs the scheduler, and a deadline's that is insisted on, out of its scope; the
 * others are noted. */
static void caught(lua_State *L)
{
    if (passes(L))
        (void)lua_error(L);
    note(L);
}

static int failed(lua_State *L)
{
    lua_pushboolean(L, 0);
    lua_insert(L, -2);
    return 2;
}

static int finish_pcall(lua_State *L, int status, lua_KContext ctx)
{
    (void)ctx;
    if (status == LUA_OK || status == LUA_YIELD)
        return lua_gettop(L);
    caught(L);
    return failed(L);
}

static int base_pcall(lua_State *L)
{
    luaL_checkany(L, 1);
    lua_pushboolean(L, 1); /* first result on success */
    lua_insert(L, 1);
    int status = lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, finish_pcall);
    return finish_pcall(L, status, 0);
}

/* The handler of xpcall in upvalue 1 may replace the error that it is given, so
 * upvalue 2 keeps the error; an exit or an interrupt is none of its business. */
static int on_error(lua_State *L)
{
    lua_settop(L, 1);
    lua_pushvalue(L, 1);
    lua_replace(L, lua_upvalueindex(2));
    if (is_exit(L, 1) || is_interrupt(L) || is_in(L, INSISTED))
        return 1; /* raised by a hook, the handler would run without: no end to it */
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, 1, 1);
    return 1;
}

static int finish_xpcall(lua_State *L, int status, lua_KContext ctx)
{
    (void)ctx;
    if (status == LUA_OK || status == LUA_YIELD)
        return lua_gettop(L) - 2; /* f and the handler stay below */
    if (passes(L))
        return lua_error(L);
    (void)lua_getupvalue(L, 2, 2); /* caught only now, after the <close> variables */
    note(L);
    lua_pop(L, 1);
    return failed(L);
}

static int base_xpcall(lua_State *L)
{
    int n = lua_gettop(L);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_pushvalue(L, 2);
    lua_pushnil(L);
    lua_pushcclosure(L, on_error, 2);
    lua_replace(L, 2);
    lua_pushboolean(L, 1);
    lua_pushvalue(L, 1);
    lua_rotate(L, 3, 2); /* f, handler, true, f, arguments */
    int status = lua_pcallk(L, n - 2, LUA_MULTRET, 2, 2, finish_xpcall);
    return finish_xpcall(L, status, 0);
}

/* error as usual; what is raised again was not swallowed. */
static int base_error(lua_State *L)
{
    int level = (int)luaL_optinteger(L, 2, 1);
    lua_settop(L, 1);
    if (lua_istable(L, 1)) {
        lash_protected_forget(L);
    } else if (lua_type(L, 1) == LUA_TSTRING && level > 0) {
        luaL_where(L, level);
        lua_insert(L, 1);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

/* Resumes co with the top narg values of L; pushes what it gave and returns how
 * many, or pushes its error and returns -1. */
static int resume(lua_State *L, lua_State *co, int narg)
{
    if (!lua_checkstack(co, narg)) {
        lua_pushliteral(L, "too many arguments to resume");
        return -1;
    }
    lua_xmove(L, co, narg);
    lua_State *before = lash_interrupt.running;
    lash_interrupt.running = co;
    if (lash_interrupt.relentless)
        lua_sethook(co, lash_interrupt_hook, LUA_MASKCOUNT, 1);
    int nres = 0;
    int status = lua_resume(co, L, narg, &nres);
    lash_interrupt.running = before;
    if (before && lash_interrupt.relentless)
        lua_sethook(before, lash_interrupt_hook, LUA_MASKCOUNT, 1);
    if (status != LUA_OK && status != LUA_YIELD) {
        lua_xmove(co, L, 1);
        return -1;
    }
    if (!lua_checkstack(L, nres + 1)) {
        lua_pop(co, nres);
        lua_pushliteral(L, "too many results to resume");
        return -1;
    }
    lua_xmove(co, L, nres);
    return nres;
}

static lua_State *check_thread(lua_State *L)
{
    lua_State *co = lua_tothread(L, 1);
    luaL_argexpected(L, co, 1, "coroutine");
    return co;
}

static int resume_results(lua_State *L, int n)
{
    lua_pushboolean(L, n >= 0);
    lua_insert(L, n >= 0 ? -(n + 1) : -2);
    return n >= 0 ? n + 1 : 2;
}

static int co_resume(lua_State *L)
{
    lua_State *co = check_thread(L);
    int n = resume(L, co, lua_gettop(L) - 1);
    if (n < 0)
        caught(L);
    return resume_results(L, n);
}

/* resume_task(co, ...) -> as coroutine.resume; for the scheduler, which never
 * keeps an interrupt to itself. */
static int resume_task(lua_State *L)
{
    lua_State *co = check_thread(L);
    return resume_results(L, resume(L, co, lua_gettop(L) - 1));
}

static int wrapped_call(lua_State *L)
{
    lua_State *co = lua_tothread(L, lua_upvalueindex(1));
    int n = resume(L, co, lua_gettop(L));
    if (n >= 0)
        return n;
    int status = lua_status(co);
    if (status != LUA_OK && status != LUA_YIELD) { /* it died: close its variables, as stock wrap */
        lua_State *before = lash_interrupt.running;
        lash_interrupt.running = co; /* they run in it, and may never end */
        status = lua_resetthread(co);
        lash_interrupt.running = before;
        lua_xmove(co, L, 1); /* the error of the coroutine, or of a __close */
    }
    if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) {
        luaL_where(L, 1);
        lua_insert(L, -2);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

static int co_wrap(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_State *co = lua_newthread(L);
    lua_pushvalue(L, 1);
    lua_xmove(L, co, 1);
    lua_pushcclosure(L, wrapped_call, 1);
    return 1;
}

/* Calls the function in upvalue 1 with 'running' set to thread, for as long. */
static int call_as(lua_State *L, lua_State *thread)
{
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_State *before = lash_interrupt.running;
    lash_interrupt.running = thread;
    int status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
    lash_interrupt.running = before;
    return status == LUA_OK ? lua_gettop(L) : lua_error(L);
}

static int co_close(lua_State *L)
{
    int n = call_as(L, check_thread(L)); /* its <close> variables run in it */
    if (n == 2)
        caught(L); /* false and an error */
    return n;
}

/* shielded(f, ...) -> f(...); f is part of the scheduler and is not cut. */
static int shielded(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_State *before = lash_interrupt.running;
    lash_interrupt.running = NULL;
    int status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
    lash_interrupt.running = before;
    if (before && lash_interrupt.relentless)
        lua_sethook(before, lash_interrupt_hook, LUA_MASKCOUNT, 1);
    return status == LUA_OK ? lua_gettop(L) : lua_error(L);
}

static int nest(lua_State *L)
{
    lua_Integer levels = lua_tointeger(L, 1);
    if (levels > 0) {
        lua_pushcfunction(L, nest);
        lua_pushinteger(L, levels - 1);
        lua_call(L, 1, 0);
    }
    return 0;
}

/* room() -> may the loop be driven in place here? Lua has C stack for 200 calls
 * that cross C; those who are resumed from here need some of it too. */
static int interrupt_room(lua_State *L)
{
    lua_pushcfunction(L, nest);
    lua_pushinteger(L, ROOM);
    lua_pushboolean(L, lua_pcall(L, 1, 0, 0) == LUA_OK);
    return 1;
}

/* caught() -> set of the error tables that were caught, and not raised again,
 * since the last call; or nil */
static int interrupt_caught(lua_State *L)
{
    lua_getfield(L, LUA_REGISTRYINDEX, CAUGHT);
    lua_pushnil(L);
    lua_setfield(L, LUA_REGISTRYINDEX, CAUGHT);
    return 1;
}

/* insist(error, on): from now on the error table passes every pcall, or not */
static int interrupt_insist(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    bool on = lua_toboolean(L, 2);
    lua_settop(L, 1);
    if (on)
        add_to(L, INSISTED);
    else
        take_from(L, INSISTED);
    return 0;
}

void lash_interrupt_open(lua_State *L)
{
    static const luaL_Reg base[] = {
        {"error", base_error}, {"pcall", base_pcall}, {"xpcall", base_xpcall}, {NULL, NULL}};
    static const luaL_Reg coroutines[] = {{"resume", co_resume}, {"wrap", co_wrap}, {NULL, NULL}};
    lua_pushglobaltable(L);
    luaL_setfuncs(L, base, 0);
    lua_getfield(L, -1, "coroutine");
    luaL_setfuncs(L, coroutines, 0);
    lua_getfield(L, -1, "close");
    lua_pushcclosure(L, co_close, 1);
    lua_setfield(L, -2, "close");
    lua_pop(L, 2);
}

const luaL_Reg lash_protected_functions[] = {
    {"resume_task", resume_task}, {"shielded", shielded},       {"room", interrupt_room},
    {"caught", interrupt_caught}, {"insist", interrupt_insist}, {NULL, NULL},
};
