/* bind.h - what every binding shares.
 *
 * The rules of this folder: read all arguments first, then do the C work, then
 * push results; a resource belongs to a userdata with a metatable before it is
 * acquired; scratch memory comes from lua_newuserdatauv. So a Lua error, which
 * leaves by longjmp, can never leak. */
#ifndef LASH_BIND_BIND_H
#define LASH_BIND_BIND_H

#include <lauxlib.h>
#include <lua.h>

#include "base/buf.h"
#include "base/err.h"
#include "sys/loop.h"

/* The C modules of the program: "lash.core.json" and so on; host.c finds them
 * for 'require'. Ends with a NULL name. */
extern const luaL_Reg lash_bind_modules[];

/* Pushes nil, message, code name. Use as 'return lash_bind_fail(L, &err);'. */
int lash_bind_fail(lua_State *L, const struct lash_err *err);

/* The path of an argument: it cannot hold a zero byte; cut short there, it would
 * name another file. */
const char *lash_bind_path(lua_State *L, int arg);

/* The strings of the list at idx as a NULL-terminated array, pushed; they live
 * as long as the list does not change. Metamethods are not asked: a length of
 * their own invention would be that of the array, and a string that they make
 * would be nobody's. Raises for anything else, and calls it 'what'. */
const char *const *lash_bind_strings(lua_State *L, int idx, const char *what);

/* Sets a field of the table on top, unless the text is NULL or empty. */
void lash_bind_set_text(lua_State *L, const char *field, const char *text);

/* Pushes an empty buffer that the collector frees; who is done with it earlier
 * may call lash_buf_free. */
struct lash_buf *lash_bind_buf(lua_State *L, size_t limit);

/* Makes the metatable 'name': metamethods in meta, methods behind __index. */
void lash_bind_class(lua_State *L, const char *name, const luaL_Reg *meta, const luaL_Reg *methods);

/* The event loop of the process, made at its first use; raises on failure. It
 * lives in the registry and is older, so is closed later, than every machine. */
struct lash_loop *lash_bind_loop(lua_State *L);

#endif
