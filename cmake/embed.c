/* embed.c - build tool: Lua files in, C arrays of bytecode out.
 *
 * usage: lash_embed OUT ROOT FILE... -- FILE...
 *
 * Compiling at build time saves about 1 us a line at every start, and a syntax
 * error in a module fails the build instead of a run. The files before the -- are
 * kept as they are; all others are packed, with the end of these as their
 * dictionary, which makes them half as large: unpacking one takes some
 * microseconds. */
#include <errno.h>
#include <lauxlib.h>
#include <lua.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lz.h"
#include "pack.h"
#include "trim.h"

#define REACH 65535 /* bytes: farther back no copy reaches */

struct module {
    const char *rel; /* "lash/sched.lua" */
    char name[128];  /* "lash.sched" */
    unsigned char *code;
    size_t len;
    size_t packed; /* 0: it is plain */
    size_t at;     /* where its code begins in that of all */
};

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

static void *must(void *memory)
{
    if (!memory)
        die("lash_embed");
    return memory;
}

static int append(lua_State *L, const void *p, size_t n, void *ud)
{
    (void)L;
    struct module *m = ud;
    m->code = must(realloc(m->code, m->len + n));
    memcpy(m->code + m->len, p, n);
    m->len += n;
    return 0;
}

static void write_array(FILE *out, const char *name, const struct module *bytes)
{
    emit(out, "%s[] = {\n", name);
    for (size_t i = 0; i < bytes->len; i++)
        emit(out, "%u,", bytes->code[i]);
    emit(out, "\n};\n");
}

/* "ROOT/lash/cli/ask.lua" -> "lash/cli/ask.lua" */
static const char *relative(const char *root, const char *file)
{
    size_t n = strlen(root);
    return strncmp(root, file, n) == 0 ? file + n + 1 : file;
}

/* "lash/cli/ask.lua" -> "lash.cli.ask"; "lash/init.lua" -> "lash" */
static void set_name(struct module *m)
{
    int length = (int)(strlen(m->rel) - strlen(".lua"));
    if (snprintf(m->name, sizeof(m->name), "%.*s", length, m->rel) != length ||
        (size_t)length >= sizeof(m->name)) {
        errno = ENAMETOOLONG;
        die(m->rel);
    }
    char *init = strstr(m->name, "/init");
    if (init && init[strlen("/init")] == '\0')
        *init = '\0';
    for (char *p = m->name; *p; p++)
        if (*p == '/')
            *p = '.';
}

static void compile(lua_State *L, struct module *m, const char *file)
{
    lua_pushfstring(L, "@%s", m->rel); /* messages name the file below lua/ */
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
    lua_dump(L, append, m, 0);
    m->len = trim(m->code, m->len);
    if (luaL_loadbufferx(L, (const char *)m->code, m->len, m->rel, "b") != LUA_OK) {
        errno = EILSEQ;
        die(m->rel);
    }
    lua_settop(L, 0);
}

/* Packs a module, and looks whether it comes back. */
static void pack_module(struct module *m, struct lash_bytes dictionary)
{
    unsigned char *text = must(malloc(dictionary.len + m->len));
    unsigned char *packed = must(malloc(PACK_ROOM(m->len)));
    memcpy(text, dictionary.at, dictionary.len);
    memcpy(text + dictionary.len, m->code, m->len);
    m->packed = pack(packed, text, dictionary.len, m->len);
    if (m->packed == 0 ||
        !lash_lz_unpack(text, m->len, (struct lash_bytes){packed, m->packed}, dictionary) ||
        memcmp(text, m->code, m->len) != 0) {
        errno = EILSEQ;
        die(m->rel);
    }
    free(text);
    free(m->code);
    m->code = packed;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct module *)a)->name, ((const struct module *)b)->name);
}

static void write_table(FILE *out, struct module *modules, size_t count)
{
    size_t longest = 0;
    struct module names = {.code = NULL};
    qsort(modules, count, sizeof(*modules), by_name);
    emit(out, "const struct lash_embed lash_embeds[] = {\n");
    for (size_t i = 0; i < count; i++) {
        const struct module *m = &modules[i];
        emit(out, "    {%zu, %zu, %zu, %zu},\n", names.len, m->at, m->len, m->packed);
        append(NULL, m->name, strlen(m->name) + 1, &names);
        longest = m->len > longest ? m->len : longest;
    }
    emit(out, "};\nconst size_t lash_embeds_len = %zu;\n", count);
    write_array(out, "const char lash_embed_names", &names);
    emit(out, "unsigned char lash_embed_scratch[%zu];\n", longest + 1);
    free(names.code);
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return EXIT_FAILURE;
    FILE *out = fopen(argv[1], "w");
    lua_State *L = luaL_newstate();
    if (!out || !L)
        die(argv[1]);
    size_t count = 0, first = 0;
    struct module *modules = must(calloc((size_t)argc, sizeof(*modules)));
    struct module all = {.code = must(malloc(1))};
    for (int i = 3; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0) {
            first = count;
            continue;
        }
        struct module *m = &modules[count++];
        m->rel = relative(argv[2], argv[i]);
        set_name(m);
        compile(L, m, argv[i]);
    }
    for (size_t i = 0; i < first; i++) {
        modules[i].at = all.len;
        append(L, modules[i].code, modules[i].len, &all);
    }
    size_t plain = all.len, reached = plain < REACH ? plain : REACH;
    for (size_t i = first; i < count; i++) {
        pack_module(&modules[i], (struct lash_bytes){all.code + plain - reached, reached});
        modules[i].at = all.len;
        append(L, modules[i].code, modules[i].packed, &all);
    }
    emit(out, "#include \"embed.h\"\n\n");
    write_array(out, "const unsigned char lash_embed_code", &all);
    emit(out, "const size_t lash_embed_plain = %zu;\n", plain);
    emit(out, "const size_t lash_embed_dictionary_len = %zu;\n", reached);
    write_table(out, modules, count);
    for (size_t i = 0; i < count; i++)
        free(modules[i].code);
    free(modules);
    free(all.code);
    lua_close(L);
    if (fclose(out) != 0)
        die(argv[1]);
    return EXIT_SUCCESS;
}
