/* lua_failure.h - a failure of the service as a Lua table. */
#ifndef LASH_BIND_LUA_FAILURE_H
#define LASH_BIND_LUA_FAILURE_H

#include <lua.h>

#include "dashscope/failure.h"

/* Pushes {kind, topic, temporary, burst, status, code, message, request_id,
 * fix, limit}; what is empty or 0 is absent. */
void lash_bind_push_failure(lua_State *L, const struct lash_failure *f);

#endif
