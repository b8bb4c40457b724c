/* lua_alarm.c - stops Lua code that computes past a deadline of its own, such as
 * a tool's timeout. Part of module lash.core.interrupt.
 *
 * The scheduler sets the alarm for the code that it is about to run. When it
 * rings, the signal handler sets a hook on the running coroutine, as an interrupt
 * does (lua_interrupt.c); the hook asks the scheduler (sched/stop.lua) what to
 * raise there. It rings on until it is taken away: what a ring missed, because
 * just then another coroutine went on, the next one finds. */
#include <lauxlib.h>
#include <lua.h>
#include <signal.h>
#include <time.h>

#include "bind/interrupt.h"

#define RING_NSEC 100000000L /* between two rings */
#define LATER 100     /* instructions until it is looked again whether lash's own code is left */
#define SHORTEST 1e-6 /* seconds; 0 would take the timer away */
#define FAR 1e9       /* what is beyond never comes */

#define ON_ALARM "lash.interrupt.alarm" /* registry: the function to ask */
#define IS_OURS "lash.interrupt.ours"   /* and the one that knows lash's modules */

static timer_t timer;
static bool is_made;

static void alarm_hook(lua_State *L, lua_Debug *ar)
{
    lua_sethook(L, NULL, 0, 0);
    if (lua_getfield(L, LUA_REGISTRYINDEX, ON_ALARM) != LUA_TFUNCTION || !lua_getinfo(L, "S", ar)) {
        lua_pop(L, 1);
        return;
    }
    lua_pushstring(L, ar->source);
    lua_call(L, 1, 2); /* error | nil, later */
    if (lua_toboolean(L, -1))
        lua_sethook(L, alarm_hook, LUA_MASKCOUNT, LATER);
    lua_pop(L, 1);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        return;
    }
    if (lua_istable(L, -1))
        lash_protected_forget(L); /* what was swallowed is raised again, here */
    (void)lua_error(L);
}

bool lash_alarm_later(lua_State *L, lua_Debug *ar)
{
    bool later = false;
    if (lua_getfield(L, LUA_REGISTRYINDEX, IS_OURS) == LUA_TFUNCTION && lua_getinfo(L, "S", ar)) {
        lua_pushstring(L, ar->source);
        lua_call(L, 1, 1);
        later = lua_toboolean(L, -1);
    }
    lua_pop(L, 1);
    return later;
}

/* Async-signal-safe, as on_signal of lua_interrupt.c is. */
static void on_alarm(int number)
{
    (void)number;
    if (!lash_interrupt.pending && lash_interrupt.running) /* else an interrupt's hook is there */
        lua_sethook(lash_interrupt.running, alarm_hook, LUA_MASKCOUNT, 1);
}

static void make_timer(lua_State *L)
{
    struct sigaction sa = {.sa_handler = on_alarm}; /* no SA_RESTART: a blocking read ends */
    (void)sigfillset(&sa.sa_mask);
    (void)sigaction(SIGVTALRM, &sa, NULL);
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGVTALRM};
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0)
        luaL_error(L, "cannot make a timer");
    is_made = true;
}

/* alarm(seconds) -> it rings then, and on; 0 takes it away */
static int interrupt_alarm(lua_State *L)
{
    lua_Number seconds = luaL_checknumber(L, 1);
    struct itimerspec it = {0};
    if (!is_made)
        make_timer(L);
    if (seconds != 0) {
        if (!(seconds > SHORTEST))
            seconds = SHORTEST;
        if (seconds > FAR)
            seconds = FAR;
        it.it_value.tv_sec = (time_t)seconds;
        it.it_value.tv_nsec = (long)((seconds - (double)it.it_value.tv_sec) * 1e9);
        it.it_interval.tv_nsec = RING_NSEC;
    }
    (void)timer_settime(timer, 0, &it, NULL);
    return 0;
}

/* on_alarm(f, is_ours): f(source) is asked what to raise in the code of that chunk ->
 * error | nil, ask again soon?; is_ours(source) -> is it a module of lash? */
static int interrupt_on_alarm(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_settop(L, 2);
    lua_setfield(L, LUA_REGISTRYINDEX, IS_OURS);
    lua_setfield(L, LUA_REGISTRYINDEX, ON_ALARM);
    return 0;
}

const luaL_Reg lash_alarm_functions[] = {
    {"alarm", interrupt_alarm},
    {"on_alarm", interrupt_on_alarm},
    {NULL, NULL},
};
