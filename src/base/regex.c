/* regex.c - does a line fit a pattern? See regex.h.
 *
 * The tokens become an automaton whose states are all followed at once, so the
 * time is at most that of the line times that of the pattern. */
#include "base/regex.h"

#include <stdlib.h>
#include <string.h>

#include "base/regex_parse.h"

#define NOTHING UINT32_MAX /* no character: before the line, behind it */

enum { SPLIT = 100, MATCH }; /* beside enum lash_regex_op */

/* An exit that leads nowhere yet holds the next one of its kind: "2 * state +
 * which", plus one; 0 ends the list. */
struct state {
    uint32_t op, value;
    uint32_t out[2];
};

struct list {
    uint32_t *states;
    size_t n;
};

struct lash_regex {
    struct lash_regex_tokens *tokens;
    struct state *states;
    size_t n;
    uint32_t begin;
    struct list now, next;
    uint32_t *stack;
    uint32_t *seen; /* in which step a state was last reached */
    uint32_t step;
    bool matched;
};

/* ---- the automaton ---- */

struct fragment {
    uint32_t begin;
    uint32_t exits;
};

static uint32_t add_state(struct lash_regex *re, uint32_t op, uint32_t value)
{
    re->states[re->n] = (struct state){.op = op, .value = value};
    return (uint32_t)re->n++;
}

static uint32_t exit_of(uint32_t state, uint32_t which)
{
    return 2 * state + which + 1;
}

static uint32_t *at_exit(struct lash_regex *re, uint32_t exit)
{
    return &re->states[(exit - 1) / 2].out[(exit - 1) % 2];
}

static void lead(struct lash_regex *re, uint32_t exits, uint32_t to)
{
    while (exits) {
        uint32_t *out = at_exit(re, exits);
        exits = *out;
        *out = to;
    }
}

static uint32_t join(struct lash_regex *re, uint32_t a, uint32_t b)
{
    uint32_t last = a;
    while (*at_exit(re, last))
        last = *at_exit(re, last);
    *at_exit(re, last) = b;
    return a;
}

static struct fragment loop(struct lash_regex *re, enum lash_regex_op op, struct fragment f)
{
    uint32_t split = add_state(re, SPLIT, 0);
    re->states[split].out[0] = f.begin;
    uint32_t leave = exit_of(split, 1);
    if (op == LASH_RE_OPT)
        return (struct fragment){split, join(re, f.exits, leave)};
    lead(re, f.exits, split);
    return (struct fragment){op == LASH_RE_PLUS ? f.begin : split, leave};
}

static struct fragment fork_into(struct lash_regex *re, struct fragment a, struct fragment b)
{
    uint32_t split = add_state(re, SPLIT, 0);
    re->states[split].out[0] = a.begin;
    re->states[split].out[1] = b.begin;
    return (struct fragment){split, join(re, a.exits, b.exits)};
}

/* Each token makes one state at most; the stack is never deeper than that. */
static void build(struct lash_regex *re, struct fragment *stack)
{
    size_t depth = 0;
    for (size_t i = 0; i < re->tokens->n; i++) {
        struct lash_regex_token t = re->tokens->list[i];
        switch (t.op) {
        case LASH_RE_CAT:
            depth--;
            lead(re, stack[depth - 1].exits, stack[depth].begin);
            stack[depth - 1].exits = stack[depth].exits;
            break;
        case LASH_RE_ALT:
            depth--;
            stack[depth - 1] = fork_into(re, stack[depth - 1], stack[depth]);
            break;
        case LASH_RE_STAR:
        case LASH_RE_PLUS:
        case LASH_RE_OPT: stack[depth - 1] = loop(re, t.op, stack[depth - 1]); break;
        default: {
            uint32_t state = add_state(re, t.op, t.value);
            stack[depth++] = (struct fragment){state, exit_of(state, 0)};
        }
        }
    }
    re->begin = stack[0].begin;
    lead(re, stack[0].exits, add_state(re, MATCH, 0));
}

enum lash_code lash_regex_new(struct lash_regex **out, const char *pattern, size_t n,
                              struct lash_err *err)
{
    enum lash_code code = LASH_ENOMEM;
    struct fragment *stack = NULL;
    struct lash_regex *re = calloc(1, sizeof(*re));
    if (re)
        re->tokens = calloc(1, sizeof(*re->tokens));
    if (!re || !re->tokens) {
        code = lash_err_set(err, code, "out of memory");
        goto fail;
    }
    code = lash_regex_parse(re->tokens, pattern, n, err);
    if (code != LASH_OK)
        goto fail;
    size_t most = re->tokens->n + 1;
    stack = calloc(most, sizeof(*stack));
    re->states = calloc(most, sizeof(*re->states));
    re->now.states = calloc(most, sizeof(uint32_t));
    re->next.states = calloc(most, sizeof(uint32_t));
    re->stack = calloc(2 * most, sizeof(uint32_t)); /* each state is left once a step */
    re->seen = calloc(most, sizeof(uint32_t));
    if (!stack || !re->states || !re->now.states || !re->next.states || !re->stack || !re->seen) {
        code = lash_err_set(err, LASH_ENOMEM, "out of memory");
        goto fail;
    }
    build(re, stack);
    free(stack);
    *out = re;
    return LASH_OK;

fail:
    free(stack);
    lash_regex_free(re);
    return code;
}

void lash_regex_free(struct lash_regex *re)
{
    if (!re)
        return;
    free(re->tokens);
    free(re->states);
    free(re->now.states);
    free(re->next.states);
    free(re->stack);
    free(re->seen);
    free(re);
}

/* ---- looking ---- */

static bool is_ascii_letter(uint32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_word(uint32_t c)
{
    return is_ascii_letter(c) || (c >= '0' && c <= '9') || c == '_';
}

static bool in_set(const struct lash_regex_tokens *t, const struct lash_regex_set *set, uint32_t c)
{
    for (size_t i = set->begin; i < set->end; i++)
        if (c >= t->ranges[i].first && c <= t->ranges[i].last)
            return true;
    return false;
}

static bool takes(const struct lash_regex *re, const struct state *s, uint32_t c)
{
    uint32_t other = re->tokens->fold && is_ascii_letter(c) ? c ^ 0x20 : c;
    if (s->op == LASH_RE_ANY)
        return true;
    if (s->op == LASH_RE_CHAR)
        return s->value == c || s->value == other;
    if (s->op != LASH_RE_SET)
        return false;
    const struct lash_regex_set *set = &re->tokens->sets[s->value];
    return (in_set(re->tokens, set, c) || in_set(re->tokens, set, other)) != set->negated;
}

/* May this state be passed between these two characters? */
static bool passes(const struct state *s, uint32_t before, uint32_t after)
{
    switch (s->op) {
    case LASH_RE_EMPTY:
    case SPLIT: return true;
    case LASH_RE_LINE_BEGIN: return before == NOTHING;
    case LASH_RE_LINE_END: return after == NOTHING;
    case LASH_RE_WORD_EDGE: return is_word(before) != is_word(after);
    case LASH_RE_NO_WORD_EDGE: return is_word(before) == is_word(after);
    default: return false;
    }
}

/* Puts a state, and all that follow without a character, into the list. */
static void reach(struct lash_regex *re, struct list *list, uint32_t first, uint32_t before,
                  uint32_t after, uint64_t *work)
{
    size_t depth = 0;
    re->stack[depth++] = first;
    while (depth > 0) {
        uint32_t i = re->stack[--depth];
        const struct state *s = &re->states[i];
        if (re->seen[i] == re->step)
            continue;
        re->seen[i] = re->step;
        *work -= *work > 0;
        if (s->op == MATCH)
            re->matched = true;
        else if (passes(s, before, after)) {
            re->stack[depth++] = s->out[0];
            if (s->op == SPLIT)
                re->stack[depth++] = s->out[1];
        } else if (s->op <= LASH_RE_SET)
            list->states[list->n++] = i;
    }
}

static void begin_step(struct lash_regex *re)
{
    if (++re->step == 0) { /* after four thousand million of them */
        memset(re->seen, 0, re->n * sizeof(*re->seen));
        re->step = 1;
    }
}

static uint32_t peek(const char *at, const char *end)
{
    return at < end ? lash_regex_char(&at, end) : NOTHING;
}

bool lash_regex_find(struct lash_regex *re, const char *line, size_t n, uint64_t *work)
{
    const char *at = line, *end = line + n;
    uint32_t before = NOTHING, c = peek(at, end);
    re->matched = false;
    re->now.n = 0;
    begin_step(re);
    reach(re, &re->now, re->begin, before, c, work);
    while (!re->matched && c != NOTHING && *work > 0) {
        (void)lash_regex_char(&at, end);
        uint32_t after = peek(at, end);
        begin_step(re);
        re->next.n = 0;
        for (size_t i = 0; i < re->now.n; i++) {
            const struct state *s = &re->states[re->now.states[i]];
            *work -= *work > 0;
            if (takes(re, s, c))
                reach(re, &re->next, s->out[0], c, after, work);
        }
        reach(re, &re->next, re->begin, c, after, work); /* it may begin anywhere */
        struct list swap = re->now;
        re->now = re->next;
        re->next = swap;
        c = after;
    }
    return re->matched && *work > 0;
}
