/* dl.c - libraries that are opened at first use; see dl.h. */
#include "sys/dl.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>

#define FLAGS (RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE)

#if defined(RTLD_DEEPBIND) && !defined(LASH_FULL_CLOSE)
/* Is libc what symbols are looked for in first, after the program? Else something was
 * preloaded, in whatever way: an allocator, the clock of a test, a proxy's connect. A
 * library that does not see it would have another malloc than the others. */
static bool libc_is_first(void)
{
    struct link_map *map = NULL;
    void *program = dlopen(NULL, RTLD_LAZY);
    if (!program || dlinfo(program, RTLD_DI_LINKMAP, &map) != 0)
        return false;
    do
        map = map->l_next;
    while (map && strncmp(map->l_name, "linux-", strlen("linux-")) == 0); /* the kernel's */
    const char *name = map ? strrchr(map->l_name, '/') : NULL;
    return name && strncmp(name, "/libc.so", strlen("/libc.so")) == 0;
}

static int inward(void)
{
    return libc_is_first() ? RTLD_DEEPBIND : 0;
}
#else
static int inward(void)
{
    return 0;
}
#endif

void lash_dl_open_parts(const struct lash_dl_part *parts)
{
    int flags = inward();
    for (; parts->soname; parts++)
        (void)dlopen(parts->soname, FLAGS | (parts->inward ? flags : 0));
}

/* What dlopen's words mean. It gives no errno: a library that is there may be refused
 * for want of memory or descriptors, and to install it again would help nobody. */
static enum lash_code code_of(const char *why)
{
    static const char *const memory[] = {"failed to map", "cannot map",    "annot allocate",
                                         "out of memory", "cannot create", NULL};
    if (strstr(why, "Too many open files"))
        return LASH_EIO;
    if (strstr(why, "not permitted") || strstr(why, "denied")) /* where nothing may be executed */
        return LASH_ELIBRARY;
    for (const char *const *words = memory; *words; words++)
        if (strstr(why, *words))
            return LASH_ENOMEM;
    return LASH_ELIBRARY;
}

enum lash_code lash_dl_open(const char *const *sonames, const struct lash_symbol *symbols, size_t n,
                            const char *what, const char *package, struct lash_err *err)
{
    void *lib = NULL;
    enum lash_code code = LASH_ELIBRARY;
    for (; !lib && *sonames; sonames++) {
        lib = dlopen(*sonames, FLAGS);
        const char *why = lib ? "" : dlerror();
        if (lib || code != LASH_ELIBRARY) /* that another name is not there explains less */
            continue;
        code = code_of(why);
        if (code == LASH_ELIBRARY)
            (void)lash_err_set(err, code, "cannot open %s (install %s): %s", what, package, why);
        else
            (void)lash_err_set(err, code, "cannot open %s: %s", what, why);
    }
    if (!lib)
        return code;
    for (size_t i = 0; i < n; i++) {
        void *fn = dlsym(lib, symbols[i].name);
        if (!fn)
            return lash_err_set(err, LASH_ELIBRARY, "%s has no %s (too old?)", what,
                                symbols[i].name);
        memcpy(symbols[i].slot, &fn, sizeof(fn)); /* ISO C has no such cast */
    }
    return LASH_OK;
}
