/* main.c - command line: makes the Lua state and hands over to lash.cli.
 *
 * lash --lua FILE ARGS... runs FILE in this program's own Lua instead; that is
 * how the specs reach the C modules that are linked in. */
#include <curl/curlver.h>
#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <lua.h>
#include <microhttpd.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <uv.h>
#include <yajl/yajl_version.h>

#include "base/pool.h"
#include "bind/files.h"
#include "bind/interrupt.h"
#include "host.h"
#include "sys/launch.h"
#include "sys/page.h"
#include "sys/prefault.h"
#include "sys/screen.h"
#include "sys/standard.h"

#define EXIT_SOFTWARE 70 /* kind "internal" */
#define EXIT_IO 74

/* libuv, and a library that finds its memory damaged, give up in this way. The
 * person is told, and gets an exit status; the signal of somebody else ends it. */
static void on_abort(int number, siginfo_t *info, void *context)
{
    (void)context;
    static const char text[] =
        "lash: internal: a library cannot go on: the system refused what it needs\n";
    lash_screen_restore();
    if (info->si_pid != getpid()) {
        (void)signal(number, SIG_DFL);
        (void)raise(number);
        return;
    }
    (void)!write(STDERR_FILENO, text, sizeof(text) - 1);
    _exit(EXIT_SOFTWARE);
}

static void catch_abort(void)
{
    struct sigaction sa = {.sa_sigaction = on_abort, .sa_flags = SA_SIGINFO};
    (void)sigaction(SIGABRT, &sa, NULL);
}

/* Started with a standard descriptor closed, the first file that is opened
 * would get its number, and what is printed would land in it. Opened the wrong
 * way round, so that an answer that reaches nobody is an error still. */
static void open_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) == -1)
            (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/* A core has what the process had in memory: keys. */
static void leave_no_core(void)
{
    struct rlimit core;
    if (getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_cur > 0) {
        core.rlim_cur = 0; /* whoever wants one of a command may raise it there */
        (void)setrlimit(RLIMIT_CORE, &core);
    }
}

/* Needs no Lua, so it costs none. */
static int print_version(void)
{
    int written =
        printf("lash " LASH_VERSION "\n"
               "built with " LUA_RELEASE ", libcurl " LIBCURL_VERSION
               ", libuv %d.%d.%d, yajl %d.%d.%d, lua-cjson " LASH_CJSON_VERSION
               ", libmicrohttpd %x.%x.%x, SQLite " SQLITE_VERSION "\n",
               UV_VERSION_MAJOR, UV_VERSION_MINOR, UV_VERSION_PATCH, YAJL_MAJOR, YAJL_MINOR,
               YAJL_MICRO, MHD_VERSION >> 24, MHD_VERSION >> 16 & 0xFF, MHD_VERSION >> 8 & 0xFF);
    if (written > 0 && fflush(stdout) == 0)
        return EXIT_SUCCESS;
    (void)fprintf(stderr, "lash: io: cannot write to stdout: %s\n", strerror(errno));
    return EXIT_IO;
}

/* What remains when all finalizers have run. */
static int finish(int status)
{
    bool is_stdout = fflush(stdout) != 0 || ferror(stdout);
    int code = lash_standard_lost();
    bool is_reader_gone = is_stdout && code == EPIPE;
    const char *lost = is_stdout ? lash_standard_reason(code) : lash_files_lost();
    if (fflush(NULL) != 0 && errno != EPIPE && !is_stdout)
        lost = strerror(errno);
    if (!lost || status != EXIT_SUCCESS) /* it was told, or the status says more */
        return lash_interrupt_status(status);
    if (!is_reader_gone)
        (void)fprintf(stderr, "lash: io: cannot write %s: %s\n",
                      is_stdout ? "to stdout" : "a file that was left open", lost);
    return lash_interrupt_status(EXIT_IO);
}

static struct {
    bool begun;
    int status;       /* before what the finalizers add */
    const void *last; /* the object that is finalized last */
} closing;

#ifndef LASH_FULL_CLOSE
static int on_last_finalizer(lua_State *L)
{
    if (closing.begun && lua_touserdata(L, 1) == closing.last)
        _exit(finish(closing.status));
    return 0;
}

/* The object that had a finalizer first has it called last. Then the process ends:
 * to give back what is left, one object after another, would only take time. */
static void end_with_last_finalizer(lua_State *L)
{
    closing.last = lua_newuserdatauv(L, 0, 0);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, on_last_finalizer);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &closing);
}
#endif

/* Finalizers may write, wait for commands and never end. */
static int close_state(lua_State *L, int status)
{
    lash_interrupt_close();
    closing.begun = true;
    closing.status = status;
    lua_close(L);
    return finish(status);
}

/* Runs under lash_host_call, so that setting up may raise errors too. */
static int start(lua_State *L)
{
    int argc = (int)lua_tointeger(L, 1);
    char **argv = lua_touserdata(L, 2);
#ifndef LASH_FULL_CLOSE
    end_with_last_finalizer(L);
#endif
    int script = argc > 2 && strcmp(argv[1], "--lua") == 0 ? 2 : 0;

    const char *lua_dir = getenv("LASH_LUA_DIR");
    struct lash_host_options opt = {
        .lua_dir = lua_dir && lua_dir[0] ? lua_dir : NULL,
        .foreign_modules = script != 0,
    };
    lash_host_open(L, &opt);
    lua_createtable(L, argc - script, script + 1);
    for (int i = 0; i < argc; i++) {
        lua_pushstring(L, argv[i]);
        lua_rawseti(L, -2, i - script); /* arg[0] is the script, or lash */
    }
    lua_setglobal(L, "arg");

    /* A test or a recording changes what the process is; see lash/trial.lua. */
    if (script == 0 &&
        (getenv("LASH_RECORD") || getenv("LASH_NETWORK") || getenv("LASH_TEST_TIME"))) {
        lua_getglobal(L, "require");
        lua_pushliteral(L, "lash.trial");
        lua_call(L, 1, 0);
    }
    if (script == 0) {
        lua_getglobal(L, "require");
        lua_pushliteral(L, "lash.cli");
        lua_call(L, 1, 1); /* lash.cli returns its main function */
    } else if (luaL_loadfilex(L, argv[script], "t") != LUA_OK) {
        return lua_error(L);
    }
    lua_call(L, 0, 1);
    return 1;
}

/* Errors end here only when lash.cli itself could not report them. */
static int report(lua_State *L)
{
    lua_sethook(L, NULL, 0, 0); /* an interrupt may still stand */
    const char *message = lua_tostring(L, -1);
    (void)fprintf(stderr, "lash: internal: %s\n", message ? message : "an error without a message");
    return EXIT_SOFTWARE;
}

/* What is allocated already stays where it is, and may go to the pool later: glibc
 * gives no fewer bytes than a small block has. A tool that watches or refuses every
 * single allocation wants them all to be malloc's. */
static void pool_memory(lua_State *L)
{
#if defined(__GLIBC__) && !defined(LASH_FULL_CLOSE)
    static struct lash_pool pool = {.large = lash_prefault};
    if (!getenv("LASH_NO_POOL"))
        lua_setallocf(L, lash_pool_alloc, &pool);
#else
    (void)L;
#endif
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], LASH_LAUNCH_FLAG) == 0)
        return lash_launch(argc, argv);
    if (argc > 1 && strcmp(argv[1], LASH_PAGE_FLAG) == 0)
        lash_page(argc, argv);
    open_standard_descriptors();
    lash_standard_open(&lash_interrupt.pending);
    if (argc == 2 && strcmp(argv[1], "--version") == 0)
        return print_version();
    leave_no_core();
    catch_abort();
    lua_State *L = luaL_newstate();
    if (!L) {
        (void)fputs("lash: internal: out of memory\n", stderr);
        return EXIT_SOFTWARE;
    }
    pool_memory(L);
    lua_pushcfunction(L, start);
    lua_pushinteger(L, argc);
    lua_pushlightuserdata(L, argv);
    int status = lash_host_call(L, 2, 1) == LUA_OK ? (int)lua_tointeger(L, -1) : report(L);
    if (fflush(stdout) != 0 && status == EXIT_SUCCESS)
        status = EXIT_IO;
    lash_screen_restore();
#ifdef LASH_FULL_CLOSE
    return close_state(L, status);
#else
    if (lash_host_has_script())
        status = close_state(L, status);
    _exit(status); /* libraries may stay as they are */
#endif
}
