/* dl.h - libraries that are opened at first use.
 *
 * What is heavy or rare is not linked: libcurl alone brings 34 libraries and
 * 8 ms to every start. A machine lists the functions it needs in one table of
 * pointers and fills it here. Opened libraries stay open for the process. */
#ifndef LASH_SYS_DL_H
#define LASH_SYS_DL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct lash_symbol {
    const char *name;
    void *slot; /* address of the function pointer to fill */
};

/* A library that another one, which is opened later, brings with it. */
struct lash_dl_part {
    const char *soname;
    bool inward; /* its symbols are looked for in itself, and what it brings, first */
};

/* Opens those parts that are there; the list ends with a soname of NULL. A symbol is
 * looked up in the program, and then in all that is opened together, so a large library
 * is cheaper by itself; and inward, where most of its symbols are its own. Where something
 * is preloaded that stays the first, and so it does in builds that are watched
 * (LASH_FULL_CLOSE): there nothing is opened inward. */
void lash_dl_open_parts(const struct lash_dl_part *parts);

/* Opens the first of the sonames that is there (a NULL-terminated list) and
 * fills every slot. what: the library's name for people; package: where to get
 * it. LASH_ELIBRARY when no soname is there or a symbol is missing, LASH_ENOMEM or
 * LASH_EIO when the system refuses what opening it takes; then no slot is to be
 * used. */
LASH_NODISCARD enum lash_code lash_dl_open(const char *const *sonames,
                                           const struct lash_symbol *symbols, size_t n,
                                           const char *what, const char *package,
                                           struct lash_err *err);

#endif
