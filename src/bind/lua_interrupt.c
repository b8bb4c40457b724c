/* lua_interrupt.c - stops Lua code that is running: signals and the deadline
 * of the run. Module lash.core.interrupt.
 *
 * No hook is installed in normal running: any count hook makes Lua 2 to 2.7
 * times slower. The signal handler sets one on the coroutine that is running,
 * which is known because resume, wrap and close are ours (lua_protected.c).
 * What follows:
 *
 * - The hook raises the interrupt's error once and takes itself away, so that
 *   <close> variables can run, and may wait.
 * - Whoever catches it (pcall, xpcall, resume) may tidy up for a while: a hook
 *   raises it again after a million instructions (a tenth of it the next
 *   time, and so on), and the scheduler raises it again at the next wait.
 * - After GRACE_SECONDS, at every instruction.
 * - After as long again the process ends: no hook runs inside a C function, in a
 *   finalizer, nor in the clean-up of a coroutine that a hook's error has ended.
 * - A second SIGINT or SIGTERM ends the process at once.
 *
 * The scheduler's own code runs with no coroutine noted as running: it looks
 * at 'pending' by itself and is never cut in the middle. */
#include <errno.h>
#include <lauxlib.h>
#include <lua.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "bind/bind.h"
#include "bind/interrupt.h"
#include "sys/screen.h"

#define GRACE_SECONDS 3
#define CLOSING_SECONDS 1 /* for what is left open, when the run is over */
#define EXIT_TIMEOUT 124
#define FAR 1e9       /* seconds; what is beyond never comes */
#define LATER 100     /* instructions until it is looked again whether lash's own code is left */
#define SHORTEST 1e-6 /* 0 would take the alarm away */

#define ERRORS "lash.interrupt.errors" /* registry: the errors to raise, by signal name */

struct lash_interrupt lash_interrupt;

static volatile sig_atomic_t raised;    /* since last asked */
static volatile sig_atomic_t closing;   /* there is nothing left to tidy up */
static volatile sig_atomic_t settled;   /* how the run ended is recorded */
static volatile sig_atomic_t untold;    /* somebody else tells how this process ends */
static struct lash_loop *volatile loop; /* whose poll a signal ends */
static double run_ends;                 /* the run's deadline, of the monotonic clock; 0: none */

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

void lash_interrupt_push(lua_State *L)
{
    const char *name = signal_name(lash_interrupt.pending);
    if (lua_getfield(L, LUA_REGISTRYINDEX, ERRORS) != LUA_TTABLE)
        lua_pushstring(L, name);
    else
        lua_getfield(L, -1, name);
    lua_remove(L, -2);
}

/* Where a prompt follows, lash's own modules are not cut in their middle: they go on
 * being used. They end at their next wait. */
static bool comes_later(lua_State *L, lua_Debug *ar)
{
    if (lash_interrupt.pending != SIGINT || !lash_interrupt.spared || lash_interrupt.relentless)
        return false;
    return ar->event != LUA_HOOKCOUNT || lash_alarm_later(L, ar); /* what calls a C function? */
}

void lash_interrupt_hook(lua_State *L, lua_Debug *ar)
{
    if (comes_later(L, ar)) {
        lua_sethook(L, lash_interrupt_hook, LUA_MASKCOUNT, LATER);
        return;
    }
    if (lash_interrupt.relentless)
        lua_sethook(L, lash_interrupt_hook, LUA_MASKCOUNT, 1);
    else
        lua_sethook(L, NULL, 0, 0);
    if (!lash_interrupt.pending)
        return;
    raised = 1;
    lash_interrupt_push(L);
    lash_protected_forget(L); /* what was swallowed is raised again, here */
    (void)lua_error(L);
}

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void arm_alarm(double seconds)
{
    struct itimerval it = {0};
    it.it_value.tv_sec = (time_t)seconds;
    it.it_value.tv_usec = (suseconds_t)((seconds - (double)it.it_value.tv_sec) * 1e6);
    (void)setitimer(ITIMER_REAL, &it, NULL); /* relative: steps of the wall clock do not move it */
}

/* Ends what no hook ends. Async-signal-safe. */
static void kill_run(void)
{
    bool deadline = lash_interrupt.pending == SIGALRM;
    lash_screen_restore();
    const char *text = deadline ? "lash: timeout: the run would not end and was cut\n"
                                : "lash: interrupted: the run would not end and was cut\n";
    if (!untold)
        (void)!write(STDERR_FILENO, text, strlen(text));
    _exit(deadline ? EXIT_TIMEOUT : 128 + lash_interrupt.pending);
}

void lash_interrupt_close(void)
{
    closing = 1;
    if (!settled)
        return;
    for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
        struct sigaction sa; /* a signal cuts nothing, or the process ends */
        if (sigaction(signals[i].number, NULL, &sa) == 0) {
            sa.sa_flags |= SA_RESTART;
            (void)sigaction(signals[i].number, &sa, NULL);
        }
    }
}

int lash_interrupt_status(int status)
{
    if (settled)
        arm_alarm(0); /* it is closed: no time is left to run out */
    if (settled || status != EXIT_SUCCESS || !lash_interrupt.pending)
        return status;
    return lash_interrupt.pending == SIGALRM ? EXIT_TIMEOUT : 128 + lash_interrupt.pending;
}

/* Async-signal-safe. */
static void end_closing(int number)
{
    if (!lash_interrupt.pending)
        lash_interrupt.pending = number;
    if (lash_interrupt.pending == SIGALRM)
        kill_run();
    static const char text[] = "lash: interrupted: what was left open is not closed\n";
    lash_screen_restore();
    if (!untold)
        (void)!write(STDERR_FILENO, text, sizeof(text) - 1);
    _exit(128 + lash_interrupt.pending);
}

/* The run is over: what is left open may well be closed by itself. Async-signal-safe. */
static bool leaves_time(int number)
{
    bool repeated = number == SIGHUP && lash_interrupt.pending == SIGHUP; /* a terminal's */
    if (!settled || number == SIGALRM || (lash_interrupt.pending && !repeated))
        return false;
    if (!repeated)
        arm_alarm(CLOSING_SECONDS);
    lash_interrupt.pending = number;
    return true;
}

/* Async-signal-safe, as lua_sethook is in the way it is used here: the stock
 * interpreter does the same. */
static void on_signal(int number)
{
    int saved = errno;
    if (closing) {
        if (!leaves_time(number))
            end_closing(number);
        errno = saved;
        return;
    }
    if (!lash_interrupt.pending) {
        lash_interrupt.pending = number;
        arm_alarm(GRACE_SECONDS);
    } else if (number == SIGALRM) {
        if (lash_interrupt.relentless)
            kill_run();
        lash_interrupt.relentless = 1;
        arm_alarm(GRACE_SECONDS);
    } else if (number != SIGHUP && lash_interrupt.pending != SIGHUP) {
        lash_screen_restore();
        _exit(128 + number); /* a closing terminal sends SIGHUP twice, and more, by itself */
    }
    bool spares =
        lash_interrupt.pending == SIGINT && lash_interrupt.running == lash_interrupt.spared;
    if (lash_interrupt.running && !spares)
        lua_sethook(lash_interrupt.running, lash_interrupt_hook,
                    LUA_MASKCALL | LUA_MASKRET | LUA_MASKCOUNT, 1);
    if (loop)
        lash_loop_wake(loop);
    errno = saved;
}

static void on_write_signal(int number)
{
    (void)number; /* the write fails; a handler, unlike SIG_IGN, is not inherited by children */
}

void lash_interrupt_wakes(struct lash_loop *l)
{
    bool is_new = l != loop;
    loop = l;
    if (is_new && l && lash_interrupt.pending)
        lash_loop_wake(l); /* the signal came before */
}

/* ---- what the scheduler and the command line ask ---- */

/* pending() -> nil | error; the error of the interrupt that stands */
static int interrupt_pending(lua_State *L)
{
    if (!lash_interrupt.pending)
        return 0;
    lash_interrupt_push(L);
    return 1;
}

/* raised() -> was the error raised by a hook since the last call? */
static int interrupt_raised(lua_State *L)
{
    lua_pushboolean(L, raised);
    raised = 0;
    return 1;
}

/* relentless() -> is the grace over? */
static int interrupt_relentless(lua_State *L)
{
    lua_pushboolean(L, lash_interrupt.relentless);
    return 1;
}

/* deadline(seconds) -> the run is interrupted then; 0 takes it away */
static int interrupt_deadline(lua_State *L)
{
    lua_Number seconds = luaL_checknumber(L, 1);
    luaL_argcheck(L, seconds >= 0, 1, "negative");
    if (seconds > FAR)
        seconds = FAR;
    run_ends = seconds > 0 ? now() + seconds : 0;
    if (!lash_interrupt.pending)
        arm_alarm(seconds);
    return 0;
}

/* settle() -> how the run ended is recorded: an interrupt makes nothing else of it */
static int interrupt_settle(lua_State *L)
{
    (void)L;
    settled = 1;
    return 0;
}

/* untold() -> that the process had to be cut is not said: who waits for it says so */
static int interrupt_untold(lua_State *L)
{
    (void)L;
    untold = 1;
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
    set_handler(SIGPIPE, on_write_signal);
    set_handler(SIGXFSZ, on_write_signal);
    (void)luaL_newmetatable(L, LASH_EXIT);
    return 1;
}

/* forget() -> was there a Ctrl-C to forget?
 * It has ended what it was meant for; the next one is another. */
static int interrupt_forget(lua_State *L)
{
    sigset_t blocked, before, alarm;
    (void)sigemptyset(&alarm);
    (void)sigaddset(&alarm, SIGALRM);
    (void)sigemptyset(&blocked);
    for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
        (void)sigaddset(&blocked, signals[i].number);
    (void)sigprocmask(SIG_BLOCK, &blocked, &before); /* the next one finds nothing half done */
    bool stood = lash_interrupt.pending == SIGINT;
    if (stood) {
        arm_alarm(0);
        (void)sigtimedwait(&alarm, NULL, &(struct timespec){0}); /* it rang just now: too late */
        lash_interrupt.relentless = 0;
        raised = 0;
        lash_interrupt.pending = 0;
        lua_sethook(L, NULL, 0, 0);
        lash_protected_renew();
        if (run_ends > 0) {
            double left = run_ends - now();
            arm_alarm(left > SHORTEST ? left : SHORTEST);
        }
    }
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    lua_pushboolean(L, stood);
    return 1;
}

/* spare(): Ctrl-C does not stop the code of this coroutine: it starts the tasks that
 * Ctrl-C is meant for */
static int interrupt_spare(lua_State *L)
{
    lash_interrupt.spared = L;
    return 0;
}

static const luaL_Reg functions[] = {
    {"spare", interrupt_spare},           {"install", interrupt_install},
    {"pending", interrupt_pending},       {"raised", interrupt_raised},
    {"relentless", interrupt_relentless}, {"deadline", interrupt_deadline},
    {"forget", interrupt_forget},         {"untold", interrupt_untold},
    {"settle", interrupt_settle},         {NULL, NULL},
};

int luaopen_lash_core_interrupt(lua_State *L)
{
    luaL_newlib(L, functions);
    luaL_setfuncs(L, lash_protected_functions, 0);
    luaL_setfuncs(L, lash_alarm_functions, 0);
    return 1;
}
