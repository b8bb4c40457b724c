/* editline.c - libedit, opened at first use; see editline.h. */
#include "sys/editline.h"

#include <stdbool.h>

#include "sys/dl.h"

struct lash_editline lash_editline;

enum lash_code lash_editline_open(struct lash_err *err)
{
    static bool open;
    if (open)
        return LASH_OK;
    static const char *const sonames[] = {"libedit.so.2", "libedit.so.0", NULL};
    const struct lash_symbol symbols[] = {
#define SYMBOL(name) {#name, (void *)&lash_editline.name},
        LASH_EDITLINE_FUNCTIONS(SYMBOL)
#undef SYMBOL
    };
    enum lash_code code = lash_dl_open(sonames, symbols, sizeof(symbols) / sizeof(*symbols),
                                       "libedit", "libedit2", err);
    open = code == LASH_OK;
    return code;
}
