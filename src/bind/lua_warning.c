/* lua_warning.c - module lash.core.warning: what `warn` was told, and errors in finalizers.
 *
 * Lua gives them to a C function, in pieces, and maybe in the middle of a collection: they
 * are kept here until somebody may write them, for lua/lash/standard.lua. */
#include <lauxlib.h>
#include <lua.h>
#include <string.h>

#include "base/buf.h"
#include "bind/bind.h"

#define LIMIT ((size_t)64 << 10) /* bytes that are kept; what is more is dropped */

int luaopen_lash_core_warning(lua_State *L);

static struct lash_buf kept = {.limit = LIMIT};
static bool is_on;   /* after "@on"; as Lua begins, it is not */
static bool goes_on; /* the next piece belongs to this warning */

static void keep(const char *text)
{
    if (lash_buf_add(&kept, text, strlen(text)) != LASH_OK)
        return; /* there is no memory, or enough was said */
}

static void on_warning(void *ud, const char *piece, int more)
{
    (void)ud;
    bool begins = !goes_on;
    goes_on = more != 0;
    if (begins && !more && piece[0] == '@') { /* for us; unknown ones mean nothing */
        is_on = strcmp(piece, "@on") == 0 || (is_on && strcmp(piece, "@off") != 0);
        return;
    }
    if (!is_on)
        return;
    if (begins)
        keep("Lua warning: ");
    keep(piece);
    if (!more)
        keep("\n");
}

/* take() -> what was said since, in lines | nil */
static int warning_take(lua_State *L)
{
    if (kept.len == 0)
        return 0;
    lua_pushlstring(L, kept.ptr, kept.len);
    lash_buf_free(&kept);
    return 1;
}

static const luaL_Reg functions[] = {
    {"take", warning_take},
    {NULL, NULL},
};

int luaopen_lash_core_warning(lua_State *L)
{
    lua_setwarnf(L, on_warning, NULL);
    luaL_newlib(L, functions);
    return 1;
}
