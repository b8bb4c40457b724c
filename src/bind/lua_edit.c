/* lua_edit.c - module lash.core.edit: a line that a person types, for
 * lua/lash/cli/line.lua. */
#include <lauxlib.h>
#include <lua.h>

#include "bind/bind.h"
#include "bind/interrupt.h"
#include "sys/edit.h"

#define EDITOR "lash.edit.editor"
#define LONGEST (4u << 20) /* bytes of a line */

int luaopen_lash_core_edit(lua_State *L);

struct lua_editor {
    struct lash_edit *edit; /* NULL once closed */
    struct lash_buf before, behind;
    bool begun;
};

static int editor_close(lua_State *L)
{
    struct lua_editor *self = luaL_checkudata(L, 1, EDITOR);
    lash_edit_free(self->edit);
    self->edit = NULL;
    self->begun = false;
    lash_buf_free(&self->before);
    lash_buf_free(&self->behind);
    return 0;
}

static struct lua_editor *check_editor(lua_State *L, bool begun)
{
    struct lua_editor *self = luaL_checkudata(L, 1, EDITOR);
    luaL_argcheck(L, self->edit, 1, "the editor is closed");
    luaL_argcheck(L, self->begun || !begun, 1, "no line is begun");
    return self;
}

static int check_code(lua_State *L, enum lash_code code)
{
    return code == LASH_OK ? 0 : luaL_error(L, "no room for the line");
}

/* open() -> editor | nil, message, code */
static int edit_open(lua_State *L)
{
    struct lua_editor *self = lua_newuserdatauv(L, sizeof(*self), 0);
    *self = (struct lua_editor){.before = LASH_BUF_INIT(LONGEST),
                                .behind = LASH_BUF_INIT(LONGEST)}; /* closed: safe to collect */
    luaL_setmetatable(L, EDITOR);
    struct lash_err err;
    if (lash_edit_new(&self->edit, &lash_interrupt.pending, &err) != LASH_OK)
        return lash_bind_fail(L, &err);
    return 1;
}

/* editor:add(text): a line of the history */
static int editor_add(lua_State *L)
{
    struct lua_editor *self = check_editor(L, false);
    return check_code(L, lash_edit_add(self->edit, luaL_checkstring(L, 2)));
}

/* editor:begin(prompt) */
static int editor_begin(lua_State *L)
{
    struct lua_editor *self = check_editor(L, false);
    const char *prompt = luaL_checkstring(L, 2);
    luaL_argcheck(L, !self->begun, 1, "a line is begun");
    (void)check_code(L, lash_edit_begin(self->edit, prompt));
    self->begun = true;
    return 0;
}

/* Pushes the texts before and behind the cursor. */
static int push_text(lua_State *L, struct lua_editor *self)
{
    lash_buf_reset(&self->before);
    lash_buf_reset(&self->behind);
    (void)check_code(L, lash_edit_text(self->edit, &self->before, &self->behind));
    lua_pushlstring(L, self->before.len ? self->before.ptr : "", self->before.len);
    lua_pushlstring(L, self->behind.len ? self->behind.ptr : "", self->behind.len);
    return 2;
}

/* editor:read() -> "line" | "end" | "stopped" | "complete" | "search", before, behind
 * the texts before and behind the cursor */
static int editor_read(lua_State *L)
{
    static const char *const names[] = {
        [LASH_EDIT_LINE] = "line",       [LASH_EDIT_END] = "end",
        [LASH_EDIT_STOPPED] = "stopped", [LASH_EDIT_COMPLETE] = "complete",
        [LASH_EDIT_SEARCH] = "search",
    };
    struct lua_editor *self = check_editor(L, true);
    lua_pushstring(L, names[lash_edit_read(self->edit)]);
    return 1 + push_text(L, self);
}

/* editor:text() -> before, behind; nil when no line is begun */
static int editor_text(lua_State *L)
{
    struct lua_editor *self = check_editor(L, false);
    return self->begun ? push_text(L, self) : 0;
}

/* editor:pasted() -> string: what was pasted into the line */
static int editor_pasted(lua_State *L)
{
    const struct lash_buf *pasted = lash_edit_pasted(check_editor(L, true)->edit);
    lua_pushlstring(L, pasted->len ? pasted->ptr : "", pasted->len);
    return 1;
}

/* editor:key() -> code point | nil */
static int editor_key(lua_State *L)
{
    int key = lash_edit_key(check_editor(L, true)->edit);
    if (key < 0)
        return 0;
    lua_pushinteger(L, key);
    return 1;
}

/* editor:unread(key) */
static int editor_unread(lua_State *L)
{
    lash_edit_unread(check_editor(L, true)->edit, (int)luaL_checkinteger(L, 2));
    return 0;
}

/* editor:replace(chars, text): these characters before the cursor become the text */
static int editor_replace(lua_State *L)
{
    struct lua_editor *self = check_editor(L, true);
    lua_Integer chars = luaL_checkinteger(L, 2);
    luaL_argcheck(L, chars >= 0 && chars <= LONGEST, 2, "no count of characters");
    return check_code(L, lash_edit_replace(self->edit, (int)chars, luaL_checkstring(L, 3)));
}

/* editor:show(prompt, text): the whole line becomes the text */
static int editor_show(lua_State *L)
{
    struct lua_editor *self = check_editor(L, true);
    const char *prompt = luaL_checkstring(L, 2);
    return check_code(L, lash_edit_show(self->edit, prompt, luaL_checkstring(L, 3)));
}

/* editor:print(text): whole lines, below the line */
static int editor_print(lua_State *L)
{
    struct lua_editor *self = check_editor(L, true);
    lash_edit_print(self->edit, luaL_checkstring(L, 2));
    return 0;
}

/* editor:finish([mark]): ends the line; the mark stands behind one that is not complete */
static int editor_finish(lua_State *L)
{
    struct lua_editor *self = check_editor(L, false);
    const char *mark = luaL_optstring(L, 2, NULL);
    if (self->begun)
        lash_edit_finish(self->edit, mark);
    self->begun = false;
    return 0;
}

static const luaL_Reg editor_meta[] = {
    {"__gc", editor_close},
    {"__close", editor_close},
    {NULL, NULL},
};

static const luaL_Reg editor_methods[] = {
    {"add", editor_add},
    {"begin", editor_begin},
    {"read", editor_read},
    {"text", editor_text},
    {"pasted", editor_pasted},
    {"key", editor_key},
    {"unread", editor_unread},
    {"replace", editor_replace},
    {"show", editor_show},
    {"print", editor_print},
    {"finish", editor_finish},
    {"close", editor_close},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"open", edit_open},
    {NULL, NULL},
};

int luaopen_lash_core_edit(lua_State *L)
{
    lash_bind_class(L, EDITOR, editor_meta, editor_methods);
    luaL_newlib(L, functions);
    return 1;
}
