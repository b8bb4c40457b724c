/* markup.h - HTML as a tree, by libgumbo (opened at first use).
 *
 * All memory of a tree is of one arena with a limit. How long it takes is not
 * bounded: there are pages for which the algorithm of HTML 5 is quadratic. So it
 * runs in a process that somebody ends in time (page.h). */
#ifndef LASH_SYS_MARKUP_H
#define LASH_SYS_MARKUP_H

#include <gumbo.h>
#include <stddef.h>

#include "base/err.h"

struct lash_markup;

/* html must live as long as the tree. LASH_ETOOBIG when it needs more memory
 * than the limit. */
LASH_NODISCARD enum lash_code lash_markup_parse(struct lash_markup **out, const char *html,
                                                size_t n, size_t memory_limit,
                                                struct lash_err *err);

void lash_markup_free(struct lash_markup *m);

const GumboNode *lash_markup_document(const struct lash_markup *m);

#endif
