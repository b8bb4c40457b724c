/* lua_interrupt.c - stops Lua code that is running: signals and the deadline
 * of the run. Module lash.core.interrupt.
 *
 * No hook is installed in normal running: any count hook makes Lua 2 to 2.7
 * times slower. The signal handler sets one on the coroutine that is running,
 * which is known because resume, wrap and close are ours. What follows:
 *
 * - The hook raises the interrupt's error once and takes itself away, so that
 *   <close> variables can run, and may wait.
 * - Whoever catches it (pcall, xpcall, resume) may tidy up for a while: a hook
 *   raises it again after SWALLOWED_BUDGET instructions (a tenth of it the next
 *   time, and so on), and the scheduler raises it again at the next wait.
 * - After GRACE_SECONDS, at every instruction.
 * - A second SIGINT or SIGTERM ends the process at once.
 *
 * The scheduler's own code runs with no coroutine noted as running: it looks
 * at 'pending' by itself and is never cut in the middle. */
#include <errno.h>
#include <lauxlib.h>
#include <lua.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "bind/bind.h"
#include "bind/interrupt.h"

#define GRACE_SECONDS 3
#define SWALLOWED_BUDGET 1000000
#define ROOM 60 /* C calls that must be left where the loop is driven in place */

/* Registry keys: the errors by signal name, and the metatable of exit errors. */
#define ERRORS "lash.interrupt.errors"
#define EXIT "lash.interrupt.exit"
#define CAUGHT "lash.interrupt.caught" /* set of the error tables that were caught, or nothing */

static volatile sig_atomic_t pending; /* signal number; SIGALRM is the deadline */
static volatile sig_atomic_t relentless;
static volatile sig_atomic_t raised;    /* since last asked */
static lua_State *volatile running;     /* the coroutine whose code runs, NULL in the scheduler */
static struct lash_loop *volatile loop; /* whose poll a signal ends */

int luaopen_lash_core_interrupt(lua_State *L);

static const struct {
    int number;
    const char *name;
} signals[] = {
    {SIGINT, "SIGINT"},
    {SIGTERM, "SIGTERM"},
    {SIGHUP, "SIGHUP"},
    {SIGALRM, "deadline"},
};

static const char *signal_name(int number)
{
    for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
        if (signals[i].number == number)
            return signals[i].name;
    return "";
}

/* Pushes the error of the pending interrupt; a string before errors are set. */
static void push_error(lua_State *L)
{
    const char *name = signal_name(pending);
    if (lua_getfield(L, LUA_REGISTRYINDEX, ERRORS) != LUA_TTABLE)
        lua_pushstring(L, name);
    else
        lua_getfield(L, -1, name);
    lua_remove(L, -2);
}

/* Notes the error table on top as caught. Weak: a loop of pcalls keeps none. */
static void note_caught(lua_State *L)
{
    if (lua_getfield(L, LUA_REGISTRYINDEX, CAUGHT) != LUA_TTABLE) {
        lua_pop(L, 1);
        lua_createtable(L, 0, 1);
        lua_createtable(L, 0, 1);
        lua_pushliteral(L, "k");
        lua_setfield(L, -2, "__mode");
        lua_setmetatable(L, -2);
        lua_pushvalue(L, -1);
        lua_setfield(L, LUA_REGISTRYINDEX, CAUGHT);
    }
    lua_pushvalue(L, -2);
    lua_pushboolean(L, 1);
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

/* The error table on top is raised again: it was not swallowed. */
static void forget_caught(lua_State *L)
{
    if (lua_getfield(L, LUA_REGISTRYINDEX, CAUGHT) == LUA_TTABLE) {
        lua_pushvalue(L, -2);
        lua_pushnil(L);
        lua_rawset(L, -3);
    }
    lua_pop(L, 1);
}

static void on_hook(lua_State *L, lua_Debug *ar)
{
    (void)ar;
    if (relentless)
        lua_sethook(L, on_hook, LUA_MASKCOUNT, 1);
    else
        lua_sethook(L, NULL, 0, 0);
    if (!pending)
        return;
    raised = 1;
    push_error(L);
    forget_caught(L); /* what was swallowed is raised again, here */
    (void)lua_error(L);
}

static void arm_alarm(double seconds)
{
    struct itimerval it = {0};
    it.it_value.tv_sec = (time_t)seconds;
    it.it_value.tv_usec = (suseconds_t)((seconds - (double)it.it_value.tv_sec) * 1e6);
    (void)setitimer(ITIMER_REAL, &it, NULL); /* relative: steps of the wall clock do not move it */
}

/* Async-signal-safe, as lua_sethook is in the way it is used here: the stock
 * interpreter does the same. */
static void on_signal(int number)
{
    int saved = errno;
    if (!pending) {
        pending = number;
        arm_alarm(GRACE_SECONDS);
    } else if (number == SIGALRM) {
        relentless = 1;
    } else if (number != SIGHUP && pending != SIGHUP) {
        _exit(128 + number); /* a closing terminal sends SIGHUP twice, and more, by itself */
    }
    if (running)
        lua_sethook(running, on_hook, LUA_MASKCALL | LUA_MASKRET | LUA_MASKCOUNT, 1);
    if (loop)
        lash_loop_wake(loop);
    errno = saved;
}

static void on_sigpipe(int number)
{
    (void)number; /* the write fails; a handler, unlike SIG_IGN, is not inherited by children */
}

void lash_interrupt_wakes(struct lash_loop *l)
{
    loop = l;
}

/* ---- protected calls and coroutines that know about interrupts ---- */

static bool is_exit(lua_State *L, int idx)
{
    if (!lua_getmetatable(L, idx))
        return false;
    (void)luaL_getmetatable(L, EXIT);
    bool same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return same;
}

/* Called with the caught error on top: an exit goes on, out of every task, to
 * whoever runs the scheduler; an interrupt comes again in a while. */
static void caught(lua_State *L)
{
    if (!lua_istable(L, -1))
        return;
    if (running && is_exit(L, lua_gettop(L)))
        (void)lua_error(L);
    note_caught(L);
    if (!pending)
        return;
    push_error(L);
    bool same = lua_rawequal(L, -1, -2);
    lua_pop(L, 1);
    if (!same)
        return;
    if (running) {
        static int budget = SWALLOWED_BUDGET;
        lua_sethook(L, on_hook, LUA_MASKCOUNT, relentless ? 1 : budget);
        budget = budget > 10 ? budget / 10 : 1;
    }
}

/* Continuation of pcall and xpcall; skip: stack slots below the results. */
static int finish_pcall(lua_State *L, int status, lua_KContext skip)
{
    if (status != LUA_OK && status != LUA_YIELD) {
        caught(L);
        lua_pushboolean(L, 0);
        lua_insert(L, -2);
        return 2;
    }
    return lua_gettop(L) - (int)skip;
}

static int base_pcall(lua_State *L)
{
    luaL_checkany(L, 1);
    lua_pushboolean(L, 1); /* first result on success */
    lua_insert(L, 1);
    int status = lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, finish_pcall);
    return finish_pcall(L, status, 0);
}

static int base_xpcall(lua_State *L)
{
    int n = lua_gettop(L);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_pushboolean(L, 1);
    lua_pushvalue(L, 1);
    lua_rotate(L, 3, 2); /* f, handler, true, f, arguments */
    int status = lua_pcallk(L, n - 2, LUA_MULTRET, 2, 2, finish_pcall);
    return finish_pcall(L, status, 2);
}

/* error as usual; what is raised again was not swallowed. */
static int base_error(lua_State *L)
{
    int level = (int)luaL_optinteger(L, 2, 1);
    lua_settop(L, 1);
    if (lua_istable(L, 1)) {
        forget_caught(L);
    } else if (lua_type(L, 1) == LUA_TSTRING && level > 0) {
        luaL_where(L, level);
        lua_insert(L, 1);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

/* Resumes co with the top narg values of L; pushes what it gave and returns how
 * many, or pushes its error and returns -1. */
static int resume(lua_State *L, lua_State *co, int narg)
{
    if (!lua_checkstack(co, narg)) {
        lua_pushliteral(L, "too many arguments to resume");
        return -1;
    }
    lua_xmove(L, co, narg);
    lua_State *before = running;
    running = co;
    if (relentless)
        lua_sethook(co, on_hook, LUA_MASKCOUNT, 1);
    int nres = 0;
    int status = lua_resume(co, L, narg, &nres);
    running = before;
    if (before && relentless)
        lua_sethook(before, on_hook, LUA_MASKCOUNT, 1);
    if (status != LUA_OK && status != LUA_YIELD) {
        lua_xmove(co, L, 1);
        return -1;
    }
    if (!lua_checkstack(L, nres + 1)) {
        lua_pop(co, nres);
        lua_pushliteral(L, "too many results to resume");
        return -1;
    }
    lua_xmove(co, L, nres);
    return nres;
}

static lua_State *check_thread(lua_State *L)
{
    lua_State *co = lua_tothread(L, 1);
    luaL_argexpected(L, co, 1, "coroutine");
    return co;
}

static int resume_results(lua_State *L, int n)
{
    lua_pushboolean(L, n >= 0);
    lua_insert(L, n >= 0 ? -(n + 1) : -2);
    return n >= 0 ? n + 1 : 2;
}

static int co_resume(lua_State *L)
{
    lua_State *co = check_thread(L);
    int n = resume(L, co, lua_gettop(L) - 1);
    if (n < 0)
        caught(L);
    return resume_results(L, n);
}

/* resume_task(co, ...) -> as coroutine.resume; for the scheduler, which never
 * keeps an interrupt to itself. */
static int resume_task(lua_State *L)
{
    lua_State *co = check_thread(L);
    return resume_results(L, resume(L, co, lua_gettop(L) - 1));
}

static int wrapped_call(lua_State *L)
{
    lua_State *co = lua_tothread(L, lua_upvalueindex(1));
    int n = resume(L, co, lua_gettop(L));
    if (n >= 0)
        return n;
    int status = lua_status(co);
    if (status != LUA_OK && status != LUA_YIELD) { /* it died: close its variables, as stock wrap */
        status = lua_resetthread(co);
        lua_xmove(co, L, 1); /* the error of the coroutine, or of a __close */
        if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) {
            luaL_where(L, 1);
            lua_insert(L, -2);
            lua_concat(L, 2);
        }
    }
    return lua_error(L);
}

static int co_wrap(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_State *co = lua_newthread(L);
    lua_pushvalue(L, 1);
    lua_xmove(L, co, 1);
    lua_pushcclosure(L, wrapped_call, 1);
    return 1;
}

/* Calls the function in upvalue 1 with 'running' set to thread, for as long. */
static int call_as(lua_State *L, lua_State *thread)
{
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_State *before = running;
    running = thread;
    int status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
    running = before;
    return status == LUA_OK ? lua_gettop(L) : lua_error(L);
}

static int co_close(lua_State *L)
{
    return call_as(L, check_thread(L)); /* its <close> variables run in it */
}

/* shielded(f, ...) -> f(...); f is part of the scheduler and is not cut. */
static int shielded(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_State *before = running;
    running = NULL;
    int status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
    running = before;
    if (before && relentless)
        lua_sethook(before, on_hook, LUA_MASKCOUNT, 1);
    return status == LUA_OK ? lua_gettop(L) : lua_error(L);
}

static int nest(lua_State *L)
{
    lua_Integer levels = lua_tointeger(L, 1);
    if (levels > 0) {
        lua_pushcfunction(L, nest);
        lua_pushinteger(L, levels - 1);
        lua_call(L, 1, 0);
    }
    return 0;
}

/* room() -> may the loop be driven in place here? Lua has C stack for 200 calls
 * that cross C; those who are resumed from here need some of it too. */
static int interrupt_room(lua_State *L)
{
    lua_pushcfunction(L, nest);
    lua_pushinteger(L, ROOM);
    lua_pushboolean(L, lua_pcall(L, 1, 0, 0) == LUA_OK);
    return 1;
}

/* ---- what the scheduler and the command line ask ---- */

/* pending() -> nil | error; the error of the interrupt that stands */
static int interrupt_pending(lua_State *L)
{
    if (!pending)
        return 0;
    push_error(L);
    return 1;
}

/* name() -> "" | "SIGINT" | "SIGTERM" | "SIGHUP" | "deadline" */
static int interrupt_name(lua_State *L)
{
    lua_pushstring(L, signal_name(pending));
    return 1;
}

/* raised() -> was the error raised by a hook since the last call? */
static int interrupt_raised(lua_State *L)
{
    lua_pushboolean(L, raised);
    raised = 0;
    return 1;
}

/* caught() -> set of the error tables that were caught, and not raised again,
 * since the last call; or nil */
static int interrupt_caught(lua_State *L)
{
    lua_getfield(L, LUA_REGISTRYINDEX, CAUGHT);
    lua_pushnil(L);
    lua_setfield(L, LUA_REGISTRYINDEX, CAUGHT);
    return 1;
}

/* relentless() -> is the grace over? */
static int interrupt_relentless(lua_State *L)
{
    lua_pushboolean(L, relentless);
    return 1;
}

/* deadline(seconds) -> the run is interrupted then; 0 takes it away */
static int interrupt_deadline(lua_State *L)
{
    lua_Number seconds = luaL_checknumber(L, 1);
    luaL_argcheck(L, seconds >= 0 && seconds < 1e9, 1, "out of range");
    if (!pending)
        arm_alarm(seconds);
    return 0;
}

static void set_handler(int number, void (*handler)(int))
{
    struct sigaction old;
    struct sigaction sa = {.sa_handler = handler};
    (void)sigemptyset(&sa.sa_mask);
    /* nohup's SIGHUP stays ignored. SIGINT is taken even from a shell that ignores
     * it for its background jobs: who sends it there means it. */
    if (number == SIGHUP && sigaction(number, NULL, &old) == 0 && old.sa_handler == SIG_IGN)
        return;
    (void)sigaction(number, &sa, NULL); /* no SA_RESTART: a blocking read ends */
}

/* install(errors) -> exit_metatable
 * errors: table of the errors to raise by signal name. Errors with the
 * metatable that is returned pass every pcall: os.exit. */
static int interrupt_install(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_setfield(L, LUA_REGISTRYINDEX, ERRORS);
    for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
        set_handler(signals[i].number, on_signal);
    set_handler(SIGPIPE, on_sigpipe);
    (void)luaL_newmetatable(L, EXIT);
    return 1;
}

void lash_interrupt_open(lua_State *L)
{
    static const luaL_Reg base[] = {
        {"error", base_error}, {"pcall", base_pcall}, {"xpcall", base_xpcall}, {NULL, NULL}};
    static const luaL_Reg coroutines[] = {{"resume", co_resume}, {"wrap", co_wrap}, {NULL, NULL}};
    lua_pushglobaltable(L);
    luaL_setfuncs(L, base, 0);
    lua_getfield(L, -1, "coroutine");
    luaL_setfuncs(L, coroutines, 0);
    lua_getfield(L, -1, "close");
    lua_pushcclosure(L, co_close, 1);
    lua_setfield(L, -2, "close");
    lua_pop(L, 2);
}

static const luaL_Reg functions[] = {
    {"install", interrupt_install},
    {"resume_task", resume_task},
    {"shielded", shielded},
    {"room", interrupt_room},
    {"pending", interrupt_pending},
    {"name", interrupt_name},
    {"raised", interrupt_raised},
    {"caught", interrupt_caught},
    {"relentless", interrupt_relentless},
    {"deadline", interrupt_deadline},
    {NULL, NULL},
};

int luaopen_lash_core_interrupt(lua_State *L)
{
    luaL_newlib(L, functions);
    return 1;
}
