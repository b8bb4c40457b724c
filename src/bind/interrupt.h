/* interrupt.h - how a running Lua program is stopped; see lua_interrupt.c. */
#ifndef LASH_BIND_INTERRUPT_H
#define LASH_BIND_INTERRUPT_H

#include <lauxlib.h>
#include <lua.h>
#include <signal.h>
#include <stdbool.h>

#include "sys/loop.h"

#define LASH_EXIT "lash.interrupt.exit" /* metatable of exit errors: they pass every pcall */

extern struct lash_interrupt {
    volatile sig_atomic_t pending;    /* signal number, or 0; SIGALRM is the deadline */
    volatile sig_atomic_t relentless; /* the grace is over */
    lua_State *volatile running;      /* the coroutine whose code runs, NULL in the scheduler */
    lua_State *volatile spared;       /* the coroutine whose code Ctrl-C does not stop, or NULL */
} lash_interrupt;

/* Pushes the error of the pending interrupt; a string before errors are set. */
void lash_interrupt_push(lua_State *L);

/* Hook that raises it. */
void lash_interrupt_hook(lua_State *L, lua_Debug *ar);

/* The run has tidied up: from now on an interrupt ends the process soon, if it is not
 * closed by itself. */
void lash_interrupt_close(void);

/* The status of a process whose run has this one: that of an interrupt which came too late
 * for it. */
int lash_interrupt_status(int status);

/* Is this lash's own code, which is not to be cut now? */
bool lash_alarm_later(lua_State *L, lua_Debug *ar);

/* From now on an interrupt ends this loop's poll; NULL: no loop's. */
void lash_interrupt_wakes(struct lash_loop *loop);

/* Replaces pcall, xpcall, error and coroutine.resume, wrap and close by ones that
 * know which coroutine runs and that an interrupt is not to be swallowed. */
void lash_interrupt_open(lua_State *L);

/* The error table on top is raised again: it was not swallowed. */
void lash_protected_forget(lua_State *L);

/* The interrupt is over: the next one leaves as much time for tidying up. */
void lash_protected_renew(void);

/* The scheduler's part of lash.core.interrupt, and that of deadlines. */
extern const luaL_Reg lash_protected_functions[];
extern const luaL_Reg lash_alarm_functions[];

#endif
