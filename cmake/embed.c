/* embed.c - build tool: Lua files in, a C array of bytecode out.
 *
 * usage: lash_embed OUT ROOT FILE...
 *
 * Compiling at build time saves about 1 us a line at every start, and a syntax
 * error in a module fails the build instead of a run. */
#include <errno.h>
#include <lauxlib.h>
#include <lua.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void die(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

__attribute__((format(printf, 2, 3))) static void emit(FILE *out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (vfprintf(out, format, args) < 0)
        die("lash_embed");
    va_end(args);
}

static int write_bytes(lua_State *L, const void *p, size_t n, void *ud)
{
    (void)L;
    const unsigned char *bytes = p;
    for (size_t i = 0; i < n; i++)
        emit(ud, "%u,", bytes[i]);
    return 0;
}

/* "ROOT/lash/cli/ask.lua" -> "lash/cli/ask.lua" */
static const char *relative(const char *root, const char *file)
{
    size_t n = strlen(root);
    return strncmp(root, file, n) == 0 ? file + n + 1 : file;
}

/* "lash/cli/ask.lua" -> "lash.cli.ask"; "lash/init.lua" -> "lash" */
static void module_name(char *name, size_t size, const char *rel)
{
    int length = (int)(strlen(rel) - strlen(".lua"));
    if (snprintf(name, size, "%.*s", length, rel) != length || (size_t)length >= size) {
        errno = ENAMETOOLONG;
        die(rel);
    }
    char *init = strstr(name, "/init");
    if (init && init[strlen("/init")] == '\0')
        *init = '\0';
    for (char *p = name; *p; p++)
        if (*p == '/')
            *p = '.';
}

static void compile(lua_State *L, FILE *out, const char *root, const char *file, int n)
{
    const char *rel = relative(root, file);
    lua_pushfstring(L, "@%s", rel); /* messages name the file below lua/ */
    FILE *in = fopen(file, "rb");
    if (!in)
        die(file);
    luaL_Buffer source;
    luaL_buffinit(L, &source);
    size_t got;
    do {
        got = fread(luaL_prepbuffer(&source), 1, LUAL_BUFFERSIZE, in);
        luaL_addsize(&source, got);
    } while (got > 0);
    if (ferror(in))
        die(file);
    (void)fclose(in);
    luaL_pushresult(&source);
    size_t len;
    const char *text = lua_tolstring(L, -1, &len);
    if (luaL_loadbufferx(L, text, len, lua_tostring(L, -2), "t") != LUA_OK) {
        (void)fprintf(stderr, "%s\n", lua_tostring(L, -1));
        exit(EXIT_FAILURE);
    }
    emit(out, "static const unsigned char code_%d[] = {\n", n);
    lua_dump(L, write_bytes, out, 0);
    emit(out, "\n0};\n");
    lua_settop(L, 0);
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return EXIT_FAILURE;
    FILE *out = fopen(argv[1], "w");
    lua_State *L = luaL_newstate();
    if (!out || !L)
        die(argv[1]);
    emit(out, "#include \"embed.h\"\n\n");
    for (int i = 3; i < argc; i++)
        compile(L, out, argv[2], argv[i], i);
    emit(out, "\nconst struct lash_embed lash_embeds[] = {\n");
    for (int i = 3; i < argc; i++) {
        char name[256];
        module_name(name, sizeof(name), relative(argv[2], argv[i]));
        emit(out, "    {\"%s\", \"@%s\", code_%d, sizeof(code_%d) - 1},\n", name,
             relative(argv[2], argv[i]), i, i);
    }
    emit(out, "    {0},\n};\n");
    lua_close(L);
    if (fclose(out) != 0)
        die(argv[1]);
    return EXIT_SUCCESS;
}
