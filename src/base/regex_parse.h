/* regex_parse.h - a pattern as a list of tokens, operators behind what they join;
 * between regex_parse.c and regex.c. */
#ifndef LASH_BASE_REGEX_PARSE_H
#define LASH_BASE_REGEX_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum lash_regex_op {
    LASH_RE_CHAR, /* value: a code point */
    LASH_RE_ANY,
    LASH_RE_SET, /* value: its index */
    LASH_RE_LINE_BEGIN,
    LASH_RE_LINE_END,
    LASH_RE_WORD_EDGE,
    LASH_RE_NO_WORD_EDGE,
    LASH_RE_EMPTY,
    LASH_RE_CAT, /* joins two; the rest of them one */
    LASH_RE_ALT,
    LASH_RE_STAR,
    LASH_RE_PLUS,
    LASH_RE_OPT,
};

struct lash_regex_token {
    enum lash_regex_op op;
    uint32_t value;
};

struct lash_regex_range {
    uint32_t first, last;
};

struct lash_regex_set {
    bool negated;
    size_t begin, end; /* in ranges */
};

#define LASH_RE_TOKENS 4096
#define LASH_RE_RANGES 1024
#define LASH_RE_SETS 128

struct lash_regex_tokens {
    struct lash_regex_token list[LASH_RE_TOKENS];
    size_t n;
    struct lash_regex_range ranges[LASH_RE_RANGES];
    size_t n_ranges;
    struct lash_regex_set sets[LASH_RE_SETS];
    size_t n_sets;
    bool fold; /* upper and lower case of ASCII are the same */
};

/* Fills tokens, which are empty. */
LASH_NODISCARD enum lash_code lash_regex_parse(struct lash_regex_tokens *tokens,
                                               const char *pattern, size_t n, struct lash_err *err);

/* The next character of a text that is not at its end; a byte that is no UTF-8
 * becomes one that no text has. */
uint32_t lash_regex_char(const char **at, const char *end);

#endif
