/* fuzz_lua.c - drives an oracle that is written in Lua: --oracle=FILE, a script
 * that returns a function of the input, which raises an error when it is not
 * satisfied.
 *
 * The fuzzer sees no branches of Lua code, so each step from one line to the next
 * is counted for it. Nothing here takes time without a limit: too many lines for
 * one input are a fault too, whatever the machine. */
#include <lauxlib.h>

#include "fuzz.h"
#include "host.h"
#include "lua_curl_url.h"

#define PLACES (1u << 15)
#define LINES_MAX 3000000 /* for one input of at most 4 KB */

/* libFuzzer reads a section of this name beside the counters of C code. */
__attribute__((section("__libfuzzer_extra_counters"))) static uint8_t taken[PLACES];

static lua_State *L;
static size_t last_place;
static long lines;

static void on_line(lua_State *co, lua_Debug *ar)
{
    (void)lua_getinfo(co, "S", ar);
    /* The name of a file is one string for all of its functions. */
    size_t place = ((size_t)ar->source >> 3) * 2654435761u + (size_t)ar->currentline * 40503u;
    uint8_t *step = &taken[(place ^ last_place >> 1) % PLACES];
    *step = (uint8_t)(*step + (*step < 255));
    last_place = place;
    if (++lines > LINES_MAX) {
        (void)fprintf(stderr, "too many lines, now at %s:%d\n", ar->short_src, ar->currentline);
        abort();
    }
}

static void fail(const char *what)
{
    const char *message = luaL_tolstring(L, -1, NULL);
    (void)fprintf(stderr, "%s: %s\n", what, message);
    abort();
}

static int open_oracle(lua_State *state)
{
    const struct lash_host_options opt = {.foreign_modules = true};
    const char *path = lua_touserdata(state, 1);
    lash_host_open(state, &opt);
    luaL_requiref(state, "curl_url", luaopen_curl_url, 0);
    if (luaL_loadfilex(state, path, "t") != LUA_OK)
        return lua_error(state);
    lua_call(state, 0, 1);
    return 1;
}

int LLVMFuzzerInitialize(const int *argc, char ***argv)
{
    static const char flag[] = "--oracle=";
    char *path = NULL;
    for (int i = 1; i < *argc; i++)
        if (strncmp((*argv)[i], flag, sizeof(flag) - 1) == 0)
            path = (*argv)[i] + sizeof(flag) - 1;
    CHECK(path);
    L = luaL_newstate();
    CHECK(L);
    lua_pushcfunction(L, open_oracle);
    lua_pushlightuserdata(L, path);
    if (lash_host_call(L, 1, 1) != LUA_OK)
        fail(path);
    CHECK(lua_isfunction(L, 1)); /* where it stays */
    lua_sethook(L, on_line, LUA_MASKLINE, 0);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lines = 0;
    last_place = 0;
    lua_settop(L, 1);
    lua_pushvalue(L, 1);
    lua_pushlstring(L, (const char *)data, size);
    if (lash_host_call(L, 1, 0) != LUA_OK)
        fail("not so");
    return 0;
}
