/* width.h - how many columns text takes on a terminal.
 *
 * Counted by what a person sees as one character (a grapheme cluster): a letter
 * with its accents, a flag, a family of emoji. By utf8proc, which is opened at
 * first use; without it a simple measure knows the ranges that matter most.
 * Text is well-formed UTF-8 without control characters, which have no width;
 * what is no UTF-8 counts as the U+FFFD that would replace it. */
#ifndef LASH_SYS_WIDTH_H
#define LASH_SYS_WIDTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lash_cluster {
    size_t len;    /* bytes; 0: the text is at its end */
    int width;     /* columns: 0, 1 or 2 */
    int32_t first; /* the code point that it begins with; -1: no UTF-8 */
    bool breaks;   /* between the cluster before and this one a line may end, without a
                      space: ideographs, kana, emoji */
};

/* The cluster at s. 'before' is what the last call gave, or NULL at the
 * beginning of a text. */
struct lash_cluster lash_width_next(const char *s, size_t n, const struct lash_cluster *before);

/* The columns of a whole text. */
size_t lash_width(const char *s, size_t n);

/* Uses the simple measure from now on, or what there is: for tests. */
void lash_width_simple(bool simple);

#endif
