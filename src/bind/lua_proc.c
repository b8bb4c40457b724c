/* lua_proc.c - module lash.core.proc: one command, for lua/lash/exec.lua.
 *
 * Lua pulls: a process rings when it has ended, and then says how. */
#include <lauxlib.h>
#include <limits.h>
#include <lua.h>
#include <signal.h>
#include <string.h>

#include "bind/bind.h"
#include "sys/proc.h"
#include "sys/sandbox.h"

#define PROCESS "lash.proc.process"

int luaopen_lash_core_proc(lua_State *L);

struct lua_process {
    struct lash_proc *proc; /* NULL once closed */
};

static int process_close(lua_State *L)
{
    struct lua_process *self = luaL_checkudata(L, 1, PROCESS);
    lash_proc_free(self->proc);
    self->proc = NULL;
    return 0;
}

static struct lash_proc *check_process(lua_State *L, int arg)
{
    struct lua_process *self = luaL_checkudata(L, arg, PROCESS);
    luaL_argcheck(L, self->proc, arg, "the process is closed");
    return self->proc;
}

static uint64_t field_number(lua_State *L, int idx, const char *name)
{
    lua_getfield(L, idx, name);
    lua_Integer value = luaL_optinteger(L, -1, 0);
    luaL_argcheck(L, value >= 0, 1, name);
    lua_pop(L, 1);
    return (uint64_t)value;
}

/* The list of strings in a field; NULL when there is none. It stays on the stack. */
static const char *const *field_strings(lua_State *L, int idx, const char *name)
{
    if (lua_getfield(L, idx, name) == LUA_TNIL)
        return NULL;
    return lash_bind_strings(L, lua_gettop(L), name);
}

/* Reads the table at idx; what it fills in lives on the stack. */
static void check_sandbox(lua_State *L, int idx, struct lash_sandbox *sandbox)
{
    luaL_checktype(L, idx, LUA_TTABLE);
    luaL_checkstack(L, LUA_MINSTACK, NULL);
    lua_getfield(L, idx, "net");
    sandbox->net = lua_toboolean(L, -1);
    sandbox->cpu_seconds = field_number(L, idx, "cpu");
    sandbox->memory_bytes = field_number(L, idx, "memory");
    sandbox->file_bytes = field_number(L, idx, "file");
    sandbox->open_files = field_number(L, idx, "files");
    sandbox->more_processes = field_number(L, idx, "processes");
    sandbox->read = field_strings(L, idx, "read");
    sandbox->write = field_strings(L, idx, "write");
    sandbox->hide = field_strings(L, idx, "hide");
    sandbox->hide_in = field_strings(L, idx, "hide_in");
    sandbox->hide_names = field_strings(L, idx, "hide_names");
    sandbox->hide_files = field_strings(L, idx, "hide_files");
    sandbox->hide_texts = field_strings(L, idx, "hide_texts");
}

/* start{argv=, env=, max_output=, shares_output=, cwd=, real_cwd=, absent=, input=, sandbox=}
 * -> process | nil, message, code */
static int proc_start(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    struct lash_proc_spec spec = {0};
    lua_getfield(L, 1, "argv"); /* 2 */
    lua_getfield(L, 1, "env");  /* 3 */
    lua_getfield(L, 1, "cwd");  /* 4 */
    spec.cwd = luaL_optstring(L, 4, NULL);
    luaL_argcheck(L, !spec.cwd || strlen(spec.cwd) == lua_rawlen(L, 4), 1,
                  "cwd contains a zero byte");
    lua_getfield(L, 1, "real_cwd"); /* 5 */
    spec.real_cwd = lua_toboolean(L, 5);
    lua_getfield(L, 1, "shares_output");
    spec.shares_output = lua_toboolean(L, -1);
    lua_settop(L, 4);
    lua_getfield(L, 1, "input"); /* 5 */
    spec.input = luaL_optlstring(L, 5, NULL, &spec.input_len);
    lua_getfield(L, 1, "max_output"); /* 6 */
    lua_Integer max = luaL_checkinteger(L, 6);
    luaL_argcheck(L, max > 1 && max < INT_MAX, 1, "max_output is out of range");
    spec.max_output = (size_t)max;
    spec.argv = lash_bind_strings(L, 2, "argv"); /* 7 */
    spec.env = lash_bind_strings(L, 3, "env");   /* 8 */
    luaL_argcheck(L, spec.argv[0], 1, "argv is empty");
    struct lash_sandbox sandbox = {0};
    if (lua_getfield(L, 1, "sandbox") != LUA_TNIL) { /* 9 */
        check_sandbox(L, 9, &sandbox);
        spec.sandbox = &sandbox;
    }

    spec.absent = field_strings(L, 1, "absent");

    struct lash_loop *loop = lash_bind_loop(L);
    struct lua_process *self = lua_newuserdatauv(L, sizeof(*self), 0);
    self->proc = NULL; /* closed: safe to collect from here on */
    luaL_setmetatable(L, PROCESS);
    struct lash_err err;
    if (lash_proc_start(&self->proc, loop, &spec, &err) != LASH_OK)
        return lash_bind_fail(L, &err);
    return 1;
}

/* process:id() -> source id, for sched.wait */
static int process_id(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)lash_proc_source(check_process(L, 1))->id);
    return 1;
}

/* process:stop()
 * SIGTERM to its group; SIGKILL to all that is left 3 seconds later. */
static int process_stop(lua_State *L)
{
    lash_proc_stop(check_process(L, 1));
    return 0;
}

/* process:kill()
 * SIGKILL to all of it. */
static int process_kill(lua_State *L)
{
    lash_proc_kill(check_process(L, 1));
    return 0;
}

static const char *stage_name(enum lash_launch_stage stage)
{
    switch (stage) {
    case LASH_LAUNCH_FOLDER: return "folder";
    case LASH_LAUNCH_CONFINE: return "confine";
    case LASH_LAUNCH_EXEC: return "command";
    default: return "process";
    }
}

/* process:pop() -> nil
 *   | "exit", code, signal, seconds, strays
 *   | "fail", stage, message, code
 * signal: its name ("SIGTERM"), or nil; code is then 128 + its number. stage:
 * what of starting it failed: "process", "folder", "confine", "command". */
static int process_pop(lua_State *L)
{
    const struct lash_proc_end *end = lash_proc_end(check_process(L, 1));
    if (!end)
        return 0;
    if (end->stage != LASH_LAUNCH_RAN) {
        lua_pushliteral(L, "fail");
        lua_pushstring(L, stage_name(end->stage));
        lua_pushstring(L, end->err.msg);
        lua_pushstring(L, lash_code_name(end->err.code));
        return 4;
    }
    lua_pushliteral(L, "exit");
    lua_pushinteger(L, end->code);
    const char *name = end->signal ? sigabbrev_np(end->signal) : NULL;
    if (name)
        lua_pushfstring(L, "SIG%s", name);
    else if (end->signal)
        lua_pushfstring(L, "signal %d", end->signal);
    else
        lua_pushnil(L);
    lua_pushnumber(L, end->seconds);
    lua_pushinteger(L, end->strays);
    return 5;
}

/* process:output(which) -> head, tail, dropped
 * What it wrote to "out" or "err" so far: beginning, end, bytes in between. */
static int process_output(lua_State *L)
{
    static const char *const names[] = {"out", "err", NULL};
    const struct lash_proc *proc = check_process(L, 1);
    const struct lash_excerpt *e = lash_proc_output(proc, luaL_checkoption(L, 2, NULL, names));
    lua_pushlstring(L, e->head.ptr ? e->head.ptr : "", e->head.len);
    luaL_Buffer tail;
    luaL_buffinitsize(L, &tail, e->tail.len + 1);
    if (e->tail.ptr) {
        luaL_addlstring(&tail, e->tail.ptr + e->oldest, e->tail.len - e->oldest);
        luaL_addlstring(&tail, e->tail.ptr, e->oldest);
    }
    luaL_pushresult(&tail);
    lua_pushinteger(L, (lua_Integer)e->dropped);
    return 3;
}

/* support() -> {landlock = version | 0, seccomp = boolean}
 * What this kernel has to confine a command with. */
static int proc_support(lua_State *L)
{
    struct lash_sandbox_support have = lash_sandbox_support();
    lua_createtable(L, 0, 2);
    lua_pushinteger(L, have.landlock);
    lua_setfield(L, -2, "landlock");
    lua_pushboolean(L, have.seccomp);
    lua_setfield(L, -2, "seccomp");
    return 1;
}

static int process_tostring(lua_State *L)
{
    struct lua_process *self = luaL_checkudata(L, 1, PROCESS);
    if (self->proc)
        lua_pushfstring(L, PROCESS " (%I)", (lua_Integer)lash_proc_source(self->proc)->id);
    else
        lua_pushliteral(L, PROCESS " (closed)");
    return 1;
}

static const luaL_Reg process_meta[] = {
    {"__gc", process_close},
    {"__close", process_close},
    {"__tostring", process_tostring},
    {NULL, NULL},
};

static const luaL_Reg process_methods[] = {
    {"id", process_id},   {"stop", process_stop},     {"kill", process_kill},
    {"pop", process_pop}, {"output", process_output}, {"close", process_close},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"start", proc_start},
    {"support", proc_support},
    {NULL, NULL},
};

int luaopen_lash_core_proc(lua_State *L)
{
    lash_bind_class(L, PROCESS, process_meta, process_methods);
    luaL_newlib(L, functions);
    return 1;
}
