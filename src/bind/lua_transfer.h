/* lua_transfer.h - what lash.core.chat and lash.core.http share: the
 * connections of the process, and the fields of a request. */
#ifndef LASH_BIND_LUA_TRANSFER_H
#define LASH_BIND_LUA_TRANSFER_H

#include <lua.h>

#include "sys/http.h"

/* The connections of the process; in the registry, so closed after all that
 * uses them. */
struct lua_connections {
    struct lash_http *http; /* NULL before the first request, and once closed */
};

/* Pushes the userdata that owns the connections. */
struct lua_connections *lash_bind_push_connections(lua_State *L);

/* Reads url, body, headers, proxy, ca, connect, first_byte, silence, progress,
 * deadline and record of the table at 1, the only value on the stack. Leaves values on
 * it that keep the strings alive. */
void lash_bind_read_request(lua_State *L, struct lash_http_request *req);

/* Pushes what a transfer with "record" has recorded: {status=, headers={{name,
 * value}...}, pieces={{seconds, bytes}...}, cut=}; nil: nothing was. */
void lash_bind_push_tap(lua_State *L, struct lash_transfer *t);

/* Sets headers, a list of {name, value}, in the table on top. */
void lash_bind_set_headers(lua_State *L, struct lash_transfer *t);

/* A field of the table at 1 that is a string without zero bytes, or absent: NULL.
 * It stays on the stack. */
const char *lash_bind_text_field(lua_State *L, const char *field);

#endif
