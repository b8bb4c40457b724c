/* lua_failure.c - a failure of the service as a Lua table; see lua_failure.h. */
#include "bind/lua_failure.h"

static void set_string(lua_State *L, const char *field, const char *value)
{
    if (!value || value[0] == '\0')
        return;
    lua_pushstring(L, value);
    lua_setfield(L, -2, field);
}

static void set_integer(lua_State *L, const char *field, lua_Integer value)
{
    if (value == 0)
        return;
    lua_pushinteger(L, value);
    lua_setfield(L, -2, field);
}

void lash_bind_push_failure(lua_State *L, const struct lash_failure *f)
{
    lua_createtable(L, 0, 10);
    set_string(L, "kind", f->kind);
    set_string(L, "topic", f->topic);
    set_string(L, "code", f->code);
    set_string(L, "message", f->message);
    set_string(L, "request_id", f->request_id);
    set_string(L, "fix", lash_fix_name(f->fix));
    set_integer(L, "status", f->status);
    set_integer(L, "limit", f->limit);
    lua_pushboolean(L, f->temporary);
    lua_setfield(L, -2, "temporary");
    lua_pushboolean(L, f->burst);
    lua_setfield(L, -2, "burst");
}
