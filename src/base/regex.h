/* regex.h - does a line fit a pattern? In bounded time, whatever the pattern.
 *
 * Extended regular expressions as most tools have them: . [a-z] [[:alpha:]] \d
 * \w \s \b ^ $ ( ) (?: ) | * + ? {m,n} and, in front, (?i). Nothing that would need
 * to go back: no \1, no (?= ). Patterns and lines are UTF-8; a byte that is none
 * is a character that nothing but . and a negated set fits. */
#ifndef LASH_BASE_REGEX_H
#define LASH_BASE_REGEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct lash_regex;

/* LASH_ESYNTAX for what is no pattern or not known here, LASH_ETOOBIG for one
 * that is too large when its repetitions are written out. */
LASH_NODISCARD enum lash_code lash_regex_new(struct lash_regex **out, const char *pattern, size_t n,
                                             struct lash_err *err);
void lash_regex_free(struct lash_regex *re);

/* Is the pattern anywhere in the line? Takes what that cost from *work; once it
 * is 0 the answer is false and means nothing. */
bool lash_regex_find(struct lash_regex *re, const char *line, size_t n, uint64_t *work);

#endif
