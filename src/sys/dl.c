/* dl.c - libraries that are opened at first use; see dl.h. */
#include "sys/dl.h"

#include <dlfcn.h>
#include <string.h>

#define FLAGS (RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE)

void lash_dl_open_first(const char *const *sonames)
{
    for (; *sonames; sonames++)
        (void)dlopen(*sonames, FLAGS);
}

enum lash_code lash_dl_open(const char *const *sonames, const struct lash_symbol *symbols, size_t n,
                            const char *what, const char *package, struct lash_err *err)
{
    void *lib = NULL;
    for (; !lib && *sonames; sonames++)
        lib = dlopen(*sonames, FLAGS);
    if (!lib) {
        const char *why = dlerror();
        if (strstr(why, "Too many open files"))
            return lash_err_set(err, LASH_ELIBRARY, "cannot open %s: %s", what, why);
        return lash_err_set(err, LASH_ELIBRARY, "cannot open %s (install %s): %s", what, package,
                            why);
    }
    for (size_t i = 0; i < n; i++) {
        void *fn = dlsym(lib, symbols[i].name);
        if (!fn)
            return lash_err_set(err, LASH_ELIBRARY, "%s has no %s (too old?)", what,
                                symbols[i].name);
        memcpy(symbols[i].slot, &fn, sizeof(fn)); /* ISO C has no such cast */
    }
    return LASH_OK;
}
