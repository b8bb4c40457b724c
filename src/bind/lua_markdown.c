/* lua_markdown.c - module lash.core.markdown: what lua/lash/markdown.lua needs of
 * md4c and utf8proc. */
#include <lauxlib.h>
#include <lua.h>

#include "base/utf8.h"
#include "bind/bind.h"
#include "sys/markdown.h"
#include "sys/width.h"

#define EVENTS "lash.markdown.events"
#define REPAIR_LIMIT ((size_t)1 << 30)

int luaopen_lash_core_markdown(lua_State *L);

static int events_gc(lua_State *L)
{
    lash_markdown_free(luaL_checkudata(L, 1, EVENTS));
    return 0;
}

static struct lash_markdown *push_events(lua_State *L)
{
    struct lash_markdown *out = lua_newuserdatauv(L, sizeof(*out), 0);
    *out = (struct lash_markdown){.open = false};
    luaL_setmetatable(L, EVENTS);
    return out;
}

/* Pushes { kind, text, kind, text, ... }, open; frees the events. */
static int push_list(lua_State *L, struct lash_markdown *out)
{
    static const char *const kinds[] = {
        [LASH_MD_TEXT] = "text",     [LASH_MD_CODE] = "code",   [LASH_MD_HTML] = "html",
        [LASH_MD_ENTITY] = "entity", [LASH_MD_BREAK] = "break", [LASH_MD_ENTER] = "enter",
        [LASH_MD_LEAVE] = "leave",   [LASH_MD_URL] = "url",     [LASH_MD_CELL] = "cell",
    };
    size_t n = out->events.len / sizeof(struct lash_markdown_event);
    lua_createtable(L, (int)n * 2, 0);
    for (size_t i = 0; i < n; i++) {
        const struct lash_markdown_event *e =
            (const struct lash_markdown_event *)(const void *)out->events.ptr + i;
        lua_pushstring(L, kinds[e->kind]);
        lua_rawseti(L, -2, 2 * (lua_Integer)i + 1);
        lua_pushlstring(L, e->len > 0 ? out->text.ptr + e->at : "", e->len);
        lua_rawseti(L, -2, 2 * (lua_Integer)i + 2);
    }
    lua_pushboolean(L, out->open);
    lash_markdown_free(out);
    return 2;
}

/* inline(text) -> events, open | nil, message, code */
static int markdown_inline(lua_State *L)
{
    size_t n;
    const char *text = luaL_checklstring(L, 1, &n);
    struct lash_markdown *out = push_events(L);
    struct lash_err err;
    if (lash_markdown_inline(out, text, n, &err) != LASH_OK)
        return lash_bind_fail(L, &err);
    return push_list(L, out);
}

/* row(text, columns) -> events, open | nil, message, code */
static int markdown_row(lua_State *L)
{
    size_t n;
    const char *text = luaL_checklstring(L, 1, &n);
    lua_Integer columns = luaL_checkinteger(L, 2);
    luaL_argcheck(L, columns > 0, 2, "a table has columns");
    struct lash_markdown *out = push_events(L);
    struct lash_err err;
    if (lash_markdown_row(out, text, n, (size_t)columns, &err) != LASH_OK)
        return lash_bind_fail(L, &err);
    return push_list(L, out);
}

/* width(text) -> columns */
static int markdown_width(lua_State *L)
{
    size_t n;
    const char *text = luaL_checklstring(L, 1, &n);
    lua_pushinteger(L, (lua_Integer)lash_width(text, n));
    return 1;
}

/* fit(text, columns) -> bytes, width
 * As many whole characters as fit; one at least, so that there is progress. */
static int markdown_fit(lua_State *L)
{
    size_t n;
    const char *text = luaL_checklstring(L, 1, &n);
    lua_Integer columns = luaL_checkinteger(L, 2);
    size_t at = 0;
    lua_Integer width = 0;
    while (at < n) {
        struct lash_cluster cluster = lash_width_next(text + at, n - at, NULL);
        if (at > 0 && width + cluster.width > columns)
            break;
        width += cluster.width;
        at += cluster.len;
    }
    lua_pushinteger(L, (lua_Integer)at);
    lua_pushinteger(L, width);
    return 2;
}

/* pieces(text) -> { piece, width, piece, width, ... }
 * The text, cut where a line may end without a space. */
static int markdown_pieces(lua_State *L)
{
    size_t n;
    const char *text = luaL_checklstring(L, 1, &n);
    lua_newtable(L);
    size_t from = 0;
    lua_Integer i = 0;
    lua_Integer width = 0;
    struct lash_cluster cluster = {0};
    for (size_t at = 0; at <= n; at += cluster.len) {
        cluster = lash_width_next(text + at, n - at, &cluster);
        if (at > from && (cluster.breaks || at == n)) {
            lua_pushlstring(L, text + from, at - from);
            lua_rawseti(L, 2, ++i);
            lua_pushinteger(L, width);
            lua_rawseti(L, 2, ++i);
            from = at;
            width = 0;
        }
        if (at == n)
            break;
        width += cluster.width;
    }
    return 1;
}

/* repair(bytes) -> text
 * What is no UTF-8 becomes U+FFFD. */
static int markdown_repair(lua_State *L)
{
    size_t n;
    const char *bytes = luaL_checklstring(L, 1, &n);
    if (lash_utf8_valid(bytes, n) == n) {
        lua_settop(L, 1);
        return 1;
    }
    struct lash_buf *buf = lash_bind_buf(L, REPAIR_LIMIT);
    if (lash_utf8_repair(buf, bytes, n) != LASH_OK)
        return luaL_error(L, "out of memory");
    lua_pushlstring(L, buf->ptr, buf->len);
    lash_buf_free(buf);
    return 1;
}

static const luaL_Reg events_meta[] = {{"__gc", events_gc}, {NULL, NULL}};
static const luaL_Reg events_methods[] = {{NULL, NULL}};

static const luaL_Reg functions[] = {
    {"inline", markdown_inline},
    {"row", markdown_row},
    {"width", markdown_width},
    {"fit", markdown_fit},
    {"pieces", markdown_pieces},
    {"repair", markdown_repair},
    {NULL, NULL},
};

int luaopen_lash_core_markdown(lua_State *L)
{
    lash_bind_class(L, EVENTS, events_meta, events_methods);
    luaL_newlib(L, functions);
    return 1;
}
