/* lua_json.h - what the two halves of module lash.core.json share.
 *
 * A list is a table that is marked (its metatable is lash.json.array), or a
 * non-empty sequence; any other table is an object. Access is raw: no metamethod runs.
 *
 * The reader and the writer are userdata that are kept between calls. A call
 * takes the one it needs out of its place and puts it back at the end: so a
 * finalizer that calls the module finds the place empty and gets its own, and
 * one that an error left behind is garbage. */
#ifndef LASH_BIND_LUA_JSON_H
#define LASH_BIND_LUA_JSON_H

#include <lua.h>
#include <stdbool.h>

/* Upvalues of every function of the module; the place is each one's own. */
#define ARRAY_META lua_upvalueindex(1)
#define KEPT lua_upvalueindex(2)

/* Pushes the kept userdata and empties its place; NULL and nil when it is not
 * there. */
void *lash_bind_json_take(lua_State *L);
void lash_bind_json_put_back(lua_State *L, int idx);

/* Has the table at idx the metatable of lists, or one that is marked itself? So a
 * list may have a metatable of its own. */
bool lash_bind_json_is_marked(lua_State *L, int idx);

/* encode(v [, indent [, exact]]) -> string | nil, message, code */
int lash_bind_json_encode(lua_State *L);

/* The metatable of the writer that lash_bind_json_encode keeps. */
void lash_bind_json_encode_class(lua_State *L);

#endif
