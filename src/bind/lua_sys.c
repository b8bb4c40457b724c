/* lua_sys.c - module lash.core.sys: the few POSIX calls that the Lua side needs.
 *
 * What fails for reasons of the world gives nil, message, code; code "missing"
 * is a file that is not there. */
#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <limits.h>
#include <lua.h>
#include <pwd.h>
#include <sha2.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/base64.h"
#include "bind/bind.h"
#include "sys/file.h"
#include "sys/standard.h"

int luaopen_lash_core_sys(lua_State *L);

static mode_t check_mode(lua_State *L, int arg)
{
    lua_Integer mode = luaL_checkinteger(L, arg);
    luaL_argcheck(L, mode >= 0 && mode <= 07777, arg, "not a file mode");
    return (mode_t)mode;
}

static int fail_errno(lua_State *L, const char *verb, const char *path)
{
    struct lash_err err;
    (void)lash_file_fail(&err, verb, path);
    return lash_bind_fail(L, &err);
}

/* append(path, data, mode) -> true | nil, message, code
 * The file is made when it is missing. */
static int sys_append(lua_State *L)
{
    const char *path = lash_bind_path(L, 1);
    size_t n;
    const char *data = luaL_checklstring(L, 2, &n);
    mode_t mode = check_mode(L, 3);
    struct lash_err err;
    if (lash_file_append(path, data, n, mode, &err) != LASH_OK)
        return lash_bind_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* chdir(path) -> true | nil, message, code */
static int sys_chdir(lua_State *L)
{
    const char *path = lash_bind_path(L, 1);
    if (chdir(path) != 0)
        return fail_errno(L, "go to", path);
    lua_pushboolean(L, 1);
    return 1;
}

/* getenv(name) -> string | nil */
static int sys_getenv(lua_State *L)
{
    lua_pushstring(L, getenv(luaL_checkstring(L, 1)));
    return 1;
}

/* setenv(name, value | nil) -> true | nil, message, code
 * Of this process and those that it starts; for `lash test`, at its start. */
static int sys_setenv(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);
    const char *value = luaL_optstring(L, 2, NULL);
    if ((value ? setenv(name, value, 1) : unsetenv(name)) != 0)
        return fail_errno(L, "set", name);
    lua_pushboolean(L, 1);
    return 1;
}

/* environ() -> {NAME = value} */
static int sys_environ(lua_State *L)
{
    lua_newtable(L);
    for (char **entry = environ; entry && *entry; entry++) {
        const char *equals = strchr(*entry, '=');
        if (!equals)
            continue;
        lua_pushlstring(L, *entry, (size_t)(equals - *entry));
        lua_pushstring(L, equals + 1);
        lua_rawset(L, 1);
    }
    return 1;
}

/* home() -> the home folder | nil
 * $HOME, else what the user database says: cron may leave HOME out. */
static int sys_home(lua_State *L)
{
    const char *home = getenv("HOME");
    if (!home || !*home) {
        const struct passwd *user = getpwuid(getuid());
        home = user && *user->pw_dir ? user->pw_dir : NULL;
    }
    lua_pushstring(L, home);
    return 1;
}

/* user() -> {name, home} | nil
 * What the user database says, and cron sets; HOME may say otherwise. */
static int sys_user(lua_State *L)
{
    const struct passwd *user = getpwuid(getuid());
    if (!user) {
        lua_pushnil(L);
        return 1;
    }
    lua_createtable(L, 0, 2);
    lua_pushstring(L, user->pw_name);
    lua_setfield(L, -2, "name");
    lua_pushstring(L, user->pw_dir);
    lua_setfield(L, -2, "home");
    return 1;
}

/* euid() -> integer */
static int sys_euid(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)geteuid());
    return 1;
}

/* pid() -> integer */
static int sys_pid(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)getpid());
    return 1;
}

/* isatty(fd) -> boolean */
static int sys_isatty(lua_State *L)
{
    lua_pushboolean(L, isatty((int)luaL_checkinteger(L, 1)));
    return 1;
}

/* wall() -> seconds since the epoch, with fractions; for showing, not waiting */
static int sys_wall(lua_State *L)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    lua_pushnumber(L, (lua_Number)now.tv_sec + (lua_Number)now.tv_nsec / 1e9);
    return 1;
}

/* realpath(path) -> string | nil, message, code */
static int sys_realpath(lua_State *L)
{
    const char *path = lash_bind_path(L, 1);
    char real[PATH_MAX];
    if (!realpath(path, real))
        return fail_errno(L, "find", path);
    lua_pushstring(L, real);
    return 1;
}

/* cwd() -> string | nil, message, code */
static int sys_cwd(lua_State *L)
{
    char folder[PATH_MAX];
    if (!getcwd(folder, sizeof(folder)))
        return fail_errno(L, "find", "the current folder");
    lua_pushstring(L, folder);
    return 1;
}

static const char *type_name(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG: return "file";
    case S_IFDIR: return "directory";
    case S_IFIFO: return "pipe";
    case S_IFSOCK: return "socket";
    default: return "device";
    }
}

/* stat(path) -> {type=, size=, mode=, mtime=, uid=} | nil, message, code
 * type: "file", "directory", "pipe", "socket", "device"; symbolic links are
 * followed; mode: the permission bits. */
static int sys_stat(lua_State *L)
{
    const char *path = lash_bind_path(L, 1);
    struct stat st;
    if (stat(path, &st) != 0)
        return fail_errno(L, "find", path);
    lua_createtable(L, 0, 5);
    lua_pushstring(L, type_name(st.st_mode));
    lua_setfield(L, -2, "type");
    lua_pushinteger(L, (lua_Integer)st.st_size);
    lua_setfield(L, -2, "size");
    lua_pushinteger(L, (lua_Integer)(st.st_mode & 07777));
    lua_setfield(L, -2, "mode");
    lua_pushnumber(L, (lua_Number)st.st_mtim.tv_sec + (lua_Number)st.st_mtim.tv_nsec / 1e9);
    lua_setfield(L, -2, "mtime");
    lua_pushinteger(L, (lua_Integer)st.st_uid);
    lua_setfield(L, -2, "uid");
    return 1;
}

/* mkdir_p(path, mode) -> true | nil, message, code */
static int sys_mkdir_p(lua_State *L)
{
    const char *path = lash_bind_path(L, 1);
    mode_t mode = check_mode(L, 2);
    struct lash_err err;
    if (lash_file_mkdir_p(path, mode, &err) != LASH_OK)
        return lash_bind_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* read_file(path, limit) -> string | nil, message, code
 * Regular files only; "toobig" above limit bytes. */
static int sys_read_file(lua_State *L)
{
    const char *path = lash_bind_path(L, 1);
    lua_Integer limit = luaL_checkinteger(L, 2);
    luaL_argcheck(L, limit > 0, 2, "limit must be positive");
    struct lash_buf *content = lash_bind_buf(L, (size_t)limit);
    struct lash_err err;
    if (lash_file_read(content, path, &err) != LASH_OK) {
        lash_buf_free(content);
        return lash_bind_fail(L, &err);
    }
    lua_pushlstring(L, content->ptr ? content->ptr : "", content->len);
    lash_buf_free(content); /* now, not when the collector comes by */
    return 1;
}

/* write_atomic(path, data, mode) -> true | nil, message, code */
static int sys_write_atomic(lua_State *L)
{
    const char *path = lash_bind_path(L, 1);
    size_t n;
    const char *data = luaL_checklstring(L, 2, &n);
    mode_t mode = check_mode(L, 3);
    struct lash_err err;
    if (lash_file_write_atomic(path, data, n, mode, &err) != LASH_OK)
        return lash_bind_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* write(fd, data) -> true | nil, message, code
 * All of it; code "closed": the reader went away. */
static int sys_write(lua_State *L)
{
    int fd = (int)luaL_checkinteger(L, 1);
    size_t n;
    const char *data = luaL_checklstring(L, 2, &n);
    const char *name = fd == STDOUT_FILENO   ? "standard output"
                       : fd == STDERR_FILENO ? "standard error"
                                             : lua_pushfstring(L, "descriptor %d", fd);
    struct lash_err err;
    if (lash_file_write(fd, name, data, n, &err) != LASH_OK)
        return lash_bind_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* base64(data) -> text, with padding */
static int sys_base64(lua_State *L)
{
    size_t n;
    const char *data = luaL_checklstring(L, 1, &n);
    luaL_Buffer text;
    lash_base64(luaL_buffinitsize(L, &text, LASH_BASE64_SIZE(n)), data, n);
    luaL_pushresultsize(&text, LASH_BASE64_SIZE(n));
    return 1;
}

/* from_base64(text) -> data | nil, when it is not what base64 writes */
static int sys_from_base64(lua_State *L)
{
    size_t n;
    const char *text = luaL_checklstring(L, 1, &n);
    luaL_Buffer data;
    size_t len;
    if (!lash_base64_read(luaL_buffinitsize(L, &data, LASH_BASE64_ROOM(n)), &len, text, n)) {
        lua_pushnil(L);
        return 1;
    }
    luaL_pushresultsize(&data, len);
    return 1;
}

/* sha256(data) -> 64 hexadecimal digits */
static int sys_sha256(lua_State *L)
{
    size_t n;
    const char *data = luaL_checklstring(L, 1, &n);
    char hex[SHA256_DIGEST_STRING_LENGTH];
    lua_pushstring(L, SHA256Data((const uint8_t *)data, n, hex));
    return 1;
}

/* random_id() -> 26 characters of Crockford's base 32 in lower case
 * 48 bits of milliseconds, then 80 random ones: sorts by time of making. */
static int sys_random_id(lua_State *L)
{
    static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";
    uint8_t random[16]; /* five bits of each byte are used */
    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
        return luaL_error(L, "no random numbers: %s", strerror(errno));
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    char id[26];
    for (int i = 9; i >= 0; i--, ms >>= 5)
        id[i] = digits[ms & 31];
    for (int i = 0; i < 16; i++)
        id[10 + i] = digits[random[i] & 31];
    lua_pushlstring(L, id, sizeof(id));
    return 1;
}

/* leave_stdin()
 * From now on standard input is empty, for this process and those that it starts. */
static int sys_leave_stdin(lua_State *L)
{
    (void)L;
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null >= 0 && dup2(null, STDIN_FILENO) == STDIN_FILENO)
        (void)close(null);
    return 0;
}

/* write_open() -> true | nil, message: what is in the buffers of all files that are open.
 * Who reads from a pipe may have gone. */
static int sys_write_open(lua_State *L)
{
    if (fflush(NULL) == 0 || errno == EPIPE) {
        lua_pushboolean(L, 1);
        return 1;
    }
    luaL_pushfail(L);
    lua_pushstring(L, strerror(errno));
    return 2;
}

/* lost() -> nil | why something that was written to stdout, by whomever, has not left [, errno] */
static int sys_lost(lua_State *L)
{
    int why = lash_standard_lost();
    if (!ferror(stdout))
        return 0;
    lua_pushstring(L, lash_standard_reason(why));
    if (why == 0)
        return 1;
    lua_pushinteger(L, why);
    return 2;
}

static const luaL_Reg functions[] = {
    {"append", sys_append},
    {"base64", sys_base64},
    {"chdir", sys_chdir},
    {"cwd", sys_cwd},
    {"environ", sys_environ},
    {"euid", sys_euid},
    {"from_base64", sys_from_base64},
    {"getenv", sys_getenv},
    {"home", sys_home},
    {"isatty", sys_isatty},
    {"leave_stdin", sys_leave_stdin},
    {"lost", sys_lost},
    {"mkdir_p", sys_mkdir_p},
    {"pid", sys_pid},
    {"random_id", sys_random_id},
    {"read_file", sys_read_file},
    {"realpath", sys_realpath},
    {"setenv", sys_setenv},
    {"sha256", sys_sha256},
    {"stat", sys_stat},
    {"user", sys_user},
    {"wall", sys_wall},
    {"write", sys_write},
    {"write_atomic", sys_write_atomic},
    {"write_open", sys_write_open},
    {NULL, NULL},
};

int luaopen_lash_core_sys(lua_State *L)
{
    luaL_newlib(L, functions);
    lua_pushliteral(L, LASH_VERSION);
    lua_setfield(L, -2, "version");
    return 1;
}
