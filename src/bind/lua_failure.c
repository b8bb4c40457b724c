/* lua_failure.c - a failure of the service as a Lua table; see lua_failure.h. */
#include "bind/lua_failure.h"

#include "bind/bind.h"

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
    lash_bind_set_text(L, "kind", f->kind);
    lash_bind_set_text(L, "topic", f->topic);
    lash_bind_set_text(L, "code", f->code);
    lash_bind_set_text(L, "message", f->message);
    lash_bind_set_text(L, "request_id", f->request_id);
    lash_bind_set_text(L, "fix", lash_fix_name(f->fix));
    set_integer(L, "status", f->status);
    set_integer(L, "limit", f->limit);
    lua_pushboolean(L, f->temporary);
    lua_setfield(L, -2, "temporary");
    lua_pushboolean(L, f->burst);
    lua_setfield(L, -2, "burst");
}
