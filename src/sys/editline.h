/* editline.h - the functions of libedit that we use, opened at first use.
 *
 * For edit.c only; nobody else sees a type of libedit's. */
#ifndef LASH_SYS_EDITLINE_H
#define LASH_SYS_EDITLINE_H

#include <stdio.h>

#include <histedit.h>

#include "base/err.h"

#define LASH_EDITLINE_FUNCTIONS(X)                                                                 \
    X(el_init)                                                                                     \
    X(el_end)                                                                                      \
    X(el_set)                                                                                      \
    X(el_wset)                                                                                     \
    X(el_get)                                                                                      \
    X(el_wgets)                                                                                    \
    X(el_wline)                                                                                    \
    X(el_source)                                                                                   \
    X(el_resize)                                                                                   \
    X(el_cursor)                                                                                   \
    X(el_deletestr)                                                                                \
    X(el_winsertstr)                                                                               \
    X(history_winit)                                                                               \
    X(history_wend)                                                                                \
    X(history_w)

struct lash_editline {
#define FIELD(name) __typeof__(name) *(name);
    LASH_EDITLINE_FUNCTIONS(FIELD)
#undef FIELD
};

/* The table, filled after lash_editline_open. */
extern struct lash_editline lash_editline;

/* Opens the library, once; any later call is free. */
LASH_NODISCARD enum lash_code lash_editline_open(struct lash_err *err);

#endif
