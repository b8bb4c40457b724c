/* interrupt.h - how a running Lua program is stopped; see lua_interrupt.c. */
#ifndef LASH_BIND_INTERRUPT_H
#define LASH_BIND_INTERRUPT_H

#include <lua.h>

#include "sys/loop.h"

/* Replaces pcall, xpcall, error and coroutine.resume, wrap and close by ones that
 * know which coroutine runs and that an interrupt is not to be swallowed. */
void lash_interrupt_open(lua_State *L);

/* From now on an interrupt ends this loop's poll; NULL: no loop's. */
void lash_interrupt_wakes(struct lash_loop *loop);

#endif
