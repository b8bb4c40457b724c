/* regex_parse.c - a pattern as a list of tokens; see regex_parse.h.
 *
 * No recursion: open groups are on a stack. In the list an operand is one
 * piece, so a repetition is written out by copying it. */
#include "base/regex_parse.h"

#include <string.h>

#include "base/utf8.h"

#define MAX_GROUPS 64
#define MAX_REPEAT 1000
#define NO_LIMIT UINT32_MAX
#define LAST_CHAR 0x10FFFFu
#define NO_TEXT 0x110000u /* plus the byte */

struct group {
    size_t begin; /* in the tokens */
    size_t atom;  /* where its last operand begins */
    unsigned atoms, alternatives;
};

struct parser {
    struct lash_regex_tokens *out;
    const char *at, *end;
    struct group groups[MAX_GROUPS];
    size_t depth;
    struct lash_err *err;
};

uint32_t lash_regex_char(const char **at, const char *end)
{
    const unsigned char *s = (const unsigned char *)*at;
    size_t n = *s < 0x80 ? 1 : *s >= 0xF0 ? 4 : *s >= 0xE0 ? 3 : *s >= 0xC0 ? 2 : 1;
    if (n == 1 || n > (size_t)(end - *at) || lash_utf8_valid(*at, n) != n) {
        (*at)++;
        return *s < 0x80 ? *s : NO_TEXT + *s;
    }
    uint32_t c = *s & (0xFFu >> (n + 1));
    for (size_t i = 1; i < n; i++)
        c = c << 6 | (s[i] & 0x3Fu);
    *at += n;
    return c;
}

static enum lash_code fail(struct parser *p, const char *what)
{
    return lash_err_set(p->err, LASH_ESYNTAX, "the pattern is not understood: %s", what);
}

static enum lash_code too_big(struct parser *p)
{
    return lash_err_set(p->err, LASH_ETOOBIG, "the pattern is too large");
}

static bool accept(struct parser *p, const char *text)
{
    size_t n = strlen(text);
    if ((size_t)(p->end - p->at) < n || memcmp(p->at, text, n) != 0)
        return false;
    p->at += n;
    return true;
}

/* ---- tokens ---- */

static enum lash_code add(struct parser *p, enum lash_regex_op op, uint32_t value)
{
    if (p->out->n == LASH_RE_TOKENS)
        return too_big(p);
    p->out->list[p->out->n++] = (struct lash_regex_token){.op = op, .value = value};
    return LASH_OK;
}

/* Before a new operand: joins the two that stand before it. */
static enum lash_code begin_atom(struct parser *p)
{
    struct group *g = &p->groups[p->depth];
    enum lash_code code = LASH_OK;
    if (g->atoms == 2)
        code = add(p, LASH_RE_CAT, 0);
    else
        g->atoms++;
    g->atom = p->out->n;
    return code;
}

static enum lash_code add_atom(struct parser *p, enum lash_regex_op op, uint32_t value)
{
    enum lash_code code = begin_atom(p);
    return code == LASH_OK ? add(p, op, value) : code;
}

/* What stands between two bars, or a bar and the end, becomes one operand. */
static enum lash_code end_branch(struct parser *p)
{
    struct group *g = &p->groups[p->depth];
    enum lash_code code = LASH_OK;
    if (g->atoms == 0)
        code = add(p, LASH_RE_EMPTY, 0);
    else if (g->atoms == 2)
        code = add(p, LASH_RE_CAT, 0);
    g->atoms = 0;
    return code;
}

static enum lash_code end_group(struct parser *p)
{
    struct group *g = &p->groups[p->depth];
    enum lash_code code = end_branch(p);
    for (; code == LASH_OK && g->alternatives > 0; g->alternatives--)
        code = add(p, LASH_RE_ALT, 0);
    return code;
}

/* ---- sets ---- */

static enum lash_code add_range(struct parser *p, uint32_t first, uint32_t last)
{
    if (p->out->n_ranges == LASH_RE_RANGES)
        return too_big(p);
    p->out->ranges[p->out->n_ranges++] = (struct lash_regex_range){first, last};
    return LASH_OK;
}

/* Pairs of characters, in their order. */
static const struct {
    const char *name, *pairs;
} classes[] = {
    {"digit", "09"},      {"space", "\t\r  "}, {"word", "09AZ__az"},  {"alpha", "AZaz"},
    {"alnum", "09AZaz"},  {"upper", "AZ"},     {"punct", "!/:@[`{~"}, {"lower", "az"},
    {"xdigit", "09AFaf"}, {"blank", "\t\t  "},
};

static const char *pairs_of(const char *name, size_t n)
{
    for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++)
        if (strlen(classes[i].name) == n && memcmp(classes[i].name, name, n) == 0)
            return classes[i].pairs;
    return NULL;
}

/* The ranges of a class, or those between them. */
static enum lash_code add_class(struct parser *p, const char *pairs, bool negated)
{
    enum lash_code code = LASH_OK;
    uint32_t next = 0;
    for (; code == LASH_OK && *pairs; pairs += 2) {
        uint32_t first = (unsigned char)pairs[0], last = (unsigned char)pairs[1];
        if (!negated)
            code = add_range(p, first, last);
        else if (first > next)
            code = add_range(p, next, first - 1);
        next = last + 1;
    }
    return code == LASH_OK && negated ? add_range(p, next, UINT32_MAX) : code;
}

/* \d and the like; NULL for any other letter. */
static const char *class_of_escape(char c)
{
    switch (c | 0x20) {
    case 'd': return pairs_of("digit", 5);
    case 's': return pairs_of("space", 5);
    case 'w': return pairs_of("word", 4);
    default: return NULL;
    }
}

static bool is_letter(char c)
{
    return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c >= '0' && c <= '9');
}

/* The character behind a backslash, where it stands for one. */
static enum lash_code escaped(struct parser *p, uint32_t *c)
{
    static const char letters[] = "tnrfvae", means[] = "\t\n\r\f\v\a\x1b";
    const char *letter = strchr(letters, *p->at);
    if (letter && *p->at) {
        p->at++;
        *c = (unsigned char)means[letter - letters];
        return LASH_OK;
    }
    if (is_letter(*p->at))
        return fail(p, "\\ before a letter or digit that means nothing here");
    *c = lash_regex_char(&p->at, p->end);
    return LASH_OK;
}

static enum lash_code set_character(struct parser *p, uint32_t *c)
{
    if (p->at == p->end)
        return fail(p, "[ without ]");
    if (!accept(p, "\\")) {
        *c = lash_regex_char(&p->at, p->end);
        return LASH_OK;
    }
    return p->at == p->end ? fail(p, "\\ at the end") : escaped(p, c);
}

/* One part of a set: [:alpha:], \w, a, a-z. */
static enum lash_code set_part(struct parser *p)
{
    if (accept(p, "[:")) {
        const char *name = p->at;
        while (p->at < p->end && *p->at != ':')
            p->at++;
        const char *pairs = pairs_of(name, (size_t)(p->at - name));
        return pairs && accept(p, ":]") ? add_class(p, pairs, false) : fail(p, "[: without a name");
    }
    bool escape = p->end - p->at >= 2 && p->at[0] == '\\';
    const char *pairs = escape ? class_of_escape(p->at[1]) : NULL;
    if (pairs) {
        bool negated = p->at[1] < 'a';
        p->at += 2;
        return add_class(p, pairs, negated);
    }
    uint32_t first = 0, last = 0;
    enum lash_code code = set_character(p, &first);
    last = first;
    if (code == LASH_OK && p->end - p->at >= 2 && p->at[0] == '-' && p->at[1] != ']') {
        p->at++;
        code = set_character(p, &last);
    }
    if (code == LASH_OK && last < first)
        code = fail(p, "a range that ends before it begins");
    return code == LASH_OK ? add_range(p, first, last) : code;
}

static enum lash_code add_set(struct parser *p, size_t begin, bool negated)
{
    if (p->out->n_sets == LASH_RE_SETS)
        return too_big(p);
    p->out->sets[p->out->n_sets] =
        (struct lash_regex_set){.negated = negated, .begin = begin, .end = p->out->n_ranges};
    return add_atom(p, LASH_RE_SET, (uint32_t)p->out->n_sets++);
}

static enum lash_code parse_set(struct parser *p)
{
    size_t begin = p->out->n_ranges;
    bool negated = accept(p, "^");
    enum lash_code code = LASH_OK;
    do { /* the first ] is an ordinary character */
        code = set_part(p);
    } while (code == LASH_OK && !accept(p, "]"));
    return code == LASH_OK ? add_set(p, begin, negated) : code;
}

/* ---- the rest ---- */

static enum lash_code parse_escape(struct parser *p)
{
    if (p->at == p->end)
        return fail(p, "\\ at the end");
    if (accept(p, "b"))
        return add_atom(p, LASH_RE_WORD_EDGE, 0);
    if (accept(p, "B"))
        return add_atom(p, LASH_RE_NO_WORD_EDGE, 0);
    const char *pairs = class_of_escape(*p->at);
    if (pairs) {
        size_t begin = p->out->n_ranges;
        bool negated = *p->at++ < 'a';
        enum lash_code code = add_class(p, pairs, negated);
        return code == LASH_OK ? add_set(p, begin, false) : code;
    }
    uint32_t c = 0;
    enum lash_code code = escaped(p, &c);
    return code == LASH_OK ? add_atom(p, LASH_RE_CHAR, c) : code;
}

static enum lash_code parse_group(struct parser *p)
{
    if (!accept(p, "?:") && p->at < p->end && *p->at == '?')
        return fail(p, "(? is known only as (?: and, in front of all, (?i)");
    enum lash_code code = begin_atom(p);
    if (p->depth + 1 == MAX_GROUPS)
        return too_big(p);
    p->groups[++p->depth] = (struct group){.begin = p->out->n, .atom = p->out->n};
    return code;
}

/* The operand once more, behind itself. */
static enum lash_code add_copy(struct parser *p, size_t begin, size_t n)
{
    struct lash_regex_tokens *out = p->out;
    if (out->n + n > LASH_RE_TOKENS)
        return too_big(p);
    memcpy(&out->list[out->n], &out->list[begin], n * sizeof(*out->list));
    out->n += n;
    return LASH_OK;
}

/* What makes the i-th copy one that may be absent, or more than one. */
static enum lash_code add_operator(struct parser *p, uint32_t i, uint32_t least, uint32_t most)
{
    if (most == NO_LIMIT && i + 1 >= least)
        return add(p, least > 0 ? LASH_RE_PLUS : LASH_RE_STAR, 0);
    return i >= least ? add(p, LASH_RE_OPT, 0) : LASH_OK;
}

/* Writes the last operand out, from 'least' to 'most' times. */
static enum lash_code repeat(struct parser *p, uint32_t least, uint32_t most)
{
    size_t begin = p->groups[p->depth].atom, n = p->out->n - begin;
    uint32_t times = most != NO_LIMIT ? most : least > 0 ? least : 1;
    if (times == 0) {
        p->out->n = begin;
        return add(p, LASH_RE_EMPTY, 0);
    }
    enum lash_code code = add_operator(p, 0, least, most);
    for (uint32_t i = 1; i < times && code == LASH_OK; i++) {
        code = add_copy(p, begin, n);
        if (code == LASH_OK)
            code = add_operator(p, i, least, most);
        if (code == LASH_OK)
            code = add(p, LASH_RE_CAT, 0);
    }
    return code;
}

static uint32_t number(struct parser *p)
{
    uint32_t n = 0;
    while (p->at < p->end && *p->at >= '0' && *p->at <= '9' && n <= MAX_REPEAT)
        n = n * 10 + (uint32_t)(*p->at++ - '0');
    return n;
}

static bool digit_follows(const struct parser *p)
{
    return p->at < p->end && *p->at >= '0' && *p->at <= '9';
}

/* Behind "{": the bounds; false, and nothing read, when it is only a brace. */
static bool bounds(struct parser *p, uint32_t *least, uint32_t *most)
{
    const char *begin = p->at;
    if (digit_follows(p)) {
        *least = *most = number(p);
        if (accept(p, ","))
            *most = digit_follows(p) ? number(p) : NO_LIMIT;
        if (accept(p, "}"))
            return true;
    }
    p->at = begin;
    return false;
}

/* True when it was one; then code is set. */
static bool parse_repetition(struct parser *p, enum lash_code *code)
{
    uint32_t least = 0, most = NO_LIMIT;
    if (accept(p, "+"))
        least = 1;
    else if (accept(p, "?"))
        most = 1;
    else if (!accept(p, "*") && !(accept(p, "{") && (bounds(p, &least, &most) || (p->at--, false))))
        return false;
    (void)accept(p, "?"); /* how much it takes does not matter here */
    if (p->groups[p->depth].atoms == 0)
        *code = fail(p, "nothing to repeat");
    else if (least > MAX_REPEAT || (most > MAX_REPEAT && most != NO_LIMIT))
        *code = too_big(p);
    else if (most < least)
        *code = fail(p, "a repetition that ends before it begins");
    else
        *code = repeat(p, least, most);
    return true;
}

static enum lash_code parse_one(struct parser *p)
{
    enum lash_code code;
    if (parse_repetition(p, &code))
        return code;
    struct group *g = &p->groups[p->depth];
    uint32_t c = lash_regex_char(&p->at, p->end);
    switch (c) {
    case '^': return add_atom(p, LASH_RE_LINE_BEGIN, 0);
    case '$': return add_atom(p, LASH_RE_LINE_END, 0);
    case '.': return add_atom(p, LASH_RE_ANY, 0);
    case '[': return parse_set(p);
    case '\\': return parse_escape(p);
    case '(': return parse_group(p);
    case '|': g->alternatives++; return end_branch(p);
    case ')':
        if (p->depth == 0)
            return fail(p, ") without (");
        code = end_group(p);
        p->groups[p->depth - 1].atom = g->begin;
        p->depth--;
        return code;
    default: return add_atom(p, LASH_RE_CHAR, c);
    }
}

enum lash_code lash_regex_parse(struct lash_regex_tokens *tokens, const char *pattern, size_t n,
                                struct lash_err *err)
{
    struct parser p = {.out = tokens, .at = pattern, .end = pattern + n, .err = err};
    tokens->fold = accept(&p, "(?i)");
    enum lash_code code = LASH_OK;
    while (code == LASH_OK && p.at < p.end)
        code = parse_one(&p);
    if (code == LASH_OK && p.depth > 0)
        code = fail(&p, "( without )");
    return code == LASH_OK ? end_group(&p) : code;
}
