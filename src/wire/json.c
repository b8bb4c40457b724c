/* json.c - JSON text to tokens; see json.h, and json_write.c for the way back.
 *
 * yajl is the tokenizer, one handle for many documents. What it lets pass, or
 * does not tell, is done here: UTF-8, form feeds as white space, surrogate
 * halves, the range of numbers, depth, what follows the value, positions. */
#include "wire/json.h"

#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "base/utf8.h"

/* Heads every piece of yajl's memory. */
struct block {
    struct block *next;
    struct block **link; /* what points here */
};

struct lash_json_reader {
    yajl_handle yajl; /* NULL: to be made for the next document */
    struct block *blocks;
    jmp_buf no_memory;
    lash_json_on_token *on_token;
    void *ctx;
    bool comments;
    bool busy;            /* inside a document, or it was left by longjmp */
    bool done;            /* the value is complete */
    int depth;            /* open arrays and objects */
    enum lash_code code;  /* why a callback stopped the reading */
    const char *why;      /* the same in words */
    struct lash_buf copy; /* the document, when it had to be mended */
};

/* A script may call os.setlocale, and then strtod and printf take its decimal
 * point. glibc and musl have the C locale as a constant: this cannot fail. */
static locale_t c_locale(void)
{
    return newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

/* yajl never looks whether it was given memory, so a failure has to leave it
 * from below; and as that can be anywhere, its memory is freed by this list and
 * not by yajl_free. */
static void *on_realloc(void *ctx, void *ptr, size_t n)
{
    struct lash_json_reader *r = ctx;
    struct block *b = realloc(ptr ? (struct block *)ptr - 1 : NULL, sizeof(*b) + n);
    if (!b)
        longjmp(r->no_memory, 1);
    if (!ptr) {
        b->next = r->blocks;
        b->link = &r->blocks;
    }
    *b->link = b;
    if (b->next)
        b->next->link = &b->next;
    return b + 1;
}

static void *on_malloc(void *ctx, size_t n)
{
    return on_realloc(ctx, NULL, n);
}

static void on_free(void *ctx, void *ptr)
{
    (void)ctx;
    if (!ptr)
        return;
    struct block *b = (struct block *)ptr - 1;
    *b->link = b->next;
    if (b->next)
        b->next->link = b->link;
    free(b);
}

static int stop(struct lash_json_reader *r, enum lash_code code, const char *why)
{
    r->code = code;
    r->why = why;
    return 0;
}

static int give(struct lash_json_reader *r, struct lash_json_token token)
{
    if (r->done)
        return stop(r, LASH_ESYNTAX, "only white space may follow the value");
    r->done = r->depth == 0;
    enum lash_code code = r->on_token(r->ctx, &token);
    if (code == LASH_OK)
        return 1;
    if (code == LASH_ESYNTAX && token.type == LASH_JSON_KEY)
        return stop(r, code, "the object has this key already");
    return stop(r, code, code == LASH_ENOMEM ? "out of memory" : lash_code_name(code));
}

static int open_nested(struct lash_json_reader *r, enum lash_json_type type)
{
    if (r->depth == LASH_JSON_DEPTH)
        return stop(r, LASH_ETOOBIG, "nested too deeply");
    r->depth++;
    return give(r, (struct lash_json_token){.type = type});
}

static int close_nested(struct lash_json_reader *r, enum lash_json_type type)
{
    r->depth--;
    return give(r, (struct lash_json_token){.type = type});
}

static int on_null(void *ctx)
{
    return give(ctx, (struct lash_json_token){.type = LASH_JSON_NULL});
}

static int on_bool(void *ctx, int value)
{
    return give(ctx, (struct lash_json_token){.type = LASH_JSON_BOOL, .i = value != 0});
}

/* Integers without a loss; false when s is none, or beyond 64 bits. */
static bool read_int(const char *s, size_t n, int64_t *out)
{
    bool negative = n > 0 && s[0] == '-';
    int64_t value = 0; /* counts downwards: there is one more below zero */
    for (size_t i = negative; i < n; i++) {
        if (s[i] < '0' || s[i] > '9' || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, s[i] - '0', &value))
            return false;
    }
    if (negative ? value == 0 : value == INT64_MIN)
        return false; /* -0 keeps its sign only as a double */
    *out = negative ? value : -value;
    return true;
}

static int on_number(void *ctx, const char *s, size_t n)
{
    struct lash_json_token token = {.type = LASH_JSON_INT};
    if (!read_int(s, n, &token.i)) {
        /* A byte that is no part of the number follows it: in the document,
         * or the NUL of yajl's own buffer. */
        token.type = LASH_JSON_DOUBLE;
        token.d = strtod_l(s, NULL, c_locale());
        if (isinf(token.d))
            return stop(ctx, LASH_ESYNTAX, "number out of range");
    }
    return give(ctx, token);
}

static int on_string(void *ctx, const unsigned char *s, size_t n)
{
    return give(ctx, (struct lash_json_token){LASH_JSON_STRING, (const char *)s, n, 0, 0});
}

static int on_key(void *ctx, const unsigned char *s, size_t n)
{
    return give(ctx, (struct lash_json_token){LASH_JSON_KEY, (const char *)s, n, 0, 0});
}

static int on_object(void *ctx)
{
    return open_nested(ctx, LASH_JSON_OBJECT);
}

static int on_object_end(void *ctx)
{
    return close_nested(ctx, LASH_JSON_OBJECT_END);
}

static int on_array(void *ctx)
{
    return open_nested(ctx, LASH_JSON_ARRAY);
}

static int on_array_end(void *ctx)
{
    return close_nested(ctx, LASH_JSON_ARRAY_END);
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_bool,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_map_key = on_key,
    .yajl_start_map = on_object,
    .yajl_end_map = on_object_end,
    .yajl_start_array = on_array,
    .yajl_end_array = on_array_end,
};

enum lash_code lash_json_reader_new(struct lash_json_reader **out, bool comments,
                                    lash_json_on_token *on_token, void *ctx)
{
    struct lash_json_reader *r = calloc(1, sizeof(*r));
    if (!r)
        return LASH_ENOMEM;
    r->on_token = on_token;
    r->ctx = ctx;
    r->comments = comments;
    r->copy = LASH_BUF_INIT(LASH_JSON_LIMIT);
    *out = r;
    return LASH_OK;
}

static void drop_handle(struct lash_json_reader *r)
{
    struct block *b = r->blocks;
    while (b) {
        struct block *next = b->next;
        free(b);
        b = next;
    }
    r->blocks = NULL;
    r->yajl = NULL;
}

void lash_json_reader_free(struct lash_json_reader *r)
{
    if (!r)
        return;
    drop_handle(r);
    lash_buf_free(&r->copy);
    free(r);
}

void lash_json_reader_bind(struct lash_json_reader *r, void *ctx)
{
    r->ctx = ctx;
}

static void make_handle(struct lash_json_reader *r)
{
    yajl_alloc_funcs memory = {on_malloc, on_realloc, on_free, r};
    r->yajl = yajl_alloc(&callbacks, &memory, r);
    (void)yajl_config(r->yajl, yajl_allow_comments, (int)r->comments);
    (void)yajl_config(r->yajl, yajl_allow_multiple_values, 1);
    (void)yajl_config(r->yajl, yajl_dont_validate_strings, 1); /* check() does, and fully */
}

/* Fails with the line and column of src[at]; columns count characters. */
static enum lash_code fail_at(struct lash_err *err, enum lash_code code, const char *src, size_t at,
                              const char *what, size_t len)
{
    size_t line = 1;
    size_t column = 1;
    for (size_t i = 0; i < at; i++) {
        if (src[i] == '\n') {
            line++;
            column = 1;
        } else if (((unsigned char)src[i] & 0xC0) != 0x80) {
            column++;
        }
    }
    return lash_err_set(err, code, "line %zu, column %zu: %.*s", line, column, (int)len, what);
}

static enum lash_code fail_text(struct lash_err *err, enum lash_code code, const char *src,
                                size_t at, const char *what)
{
    return fail_at(err, code, src, at, what, strlen(what));
}

/* Turns yajl's "lexical error: invalid char in json text.\n" into ours. */
static enum lash_code fail_syntax(struct lash_json_reader *r, const char *src, size_t n,
                                  struct lash_err *err)
{
    static const char lexical[] = "lexical error: ";
    static const char invalid[] = "invalid char ";
    size_t at = yajl_get_bytes_consumed(r->yajl);
    char *text = (char *)yajl_get_error(r->yajl, 0, (const unsigned char *)src, n);
    const char *what = strstr(text, ": ");
    what = what ? what + 2 : text;
    /* yajl stands behind a wrong token, but in front of a byte that breaks one. */
    bool broken = strncmp(text, lexical, sizeof(lexical) - 1) == 0 &&
                  strncmp(what, invalid, sizeof(invalid) - 1) != 0;
    if (at > 0 && !broken)
        at--;
    enum lash_code code = fail_at(err, LASH_ESYNTAX, src, at, what, strcspn(what, ".\n"));
    yajl_free_error(r->yajl, (unsigned char *)text);
    return code;
}

/* The code unit of an escape \uXXXX at s, or -1. */
static long read_unit(const char *s, size_t n)
{
    if (n < 6 || s[0] != '\\' || s[1] != 'u')
        return -1;
    long unit = 0;
    for (int i = 2; i < 6; i++) {
        char c = s[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

static bool is_high(long unit)
{
    return unit >= 0xD800 && unit <= 0xDBFF;
}

static bool is_low(long unit)
{
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

/* Half a surrogate pair is what is left of an emoji cut in two. yajl would make
 * it ill-formed UTF-8, so it becomes \ufffd: of the same length, which keeps
 * all positions. Points *src at the copy where one was needed. */
static enum lash_code mend_surrogates(struct lash_json_reader *r, const char **src, size_t n)
{
    static const char stand_in[] = {'\\', 'u', 'f', 'f', 'f', 'd'};
    const char *s = *src;
    const char *esc = s;
    lash_buf_free(&r->copy);
    while ((esc = memchr(esc, '\\', n - (size_t)(esc - s))) != NULL) {
        size_t left = n - (size_t)(esc - s);
        long unit = read_unit(esc, left);
        size_t step = unit >= 0 ? 6 : 2;
        if (is_high(unit) && is_low(read_unit(esc + 6, left - 6))) {
            step = 12;
        } else if (is_high(unit) || is_low(unit)) {
            if (r->copy.len == 0) {
                enum lash_code code = lash_buf_add(&r->copy, s, n);
                if (code != LASH_OK)
                    return code;
                *src = r->copy.ptr;
            }
            memcpy(r->copy.ptr + (esc - s), stand_in, sizeof(stand_in));
        }
        esc += step < left ? step : left;
    }
    return LASH_OK;
}

/* Feeds the document, and a line feed: that ends a number or a line comment
 * and breaks an open string. */
static enum lash_code parse(struct lash_json_reader *r, const char *src, size_t n,
                            struct lash_err *err)
{
    static const char unfinished[] = "unexpected end of the text";
    yajl_status status = yajl_parse(r->yajl, (const unsigned char *)src, n);
    if (status == yajl_status_error)
        return fail_syntax(r, src, n, err);
    size_t at = n;
    if (status == yajl_status_ok) {
        status = yajl_parse(r->yajl, (const unsigned char *)"\n", 1);
        if (status == yajl_status_error)
            return fail_text(err, LASH_ESYNTAX, src, n, unfinished);
    } else {
        at = yajl_get_bytes_consumed(r->yajl);
    }
    if (status == yajl_status_client_canceled)
        return fail_text(err, r->code, src, at > 0 ? at - 1 : 0, r->why);
    if (!r->done)
        return fail_text(err, LASH_ESYNTAX, src, n, unfinished);
    if (r->comments) {
        /* Only inside an open comment does this pass. */
        if (yajl_parse(r->yajl, (const unsigned char *)"*/", 2) == yajl_status_ok)
            return fail_text(err, LASH_ESYNTAX, src, n, "unfinished comment");
        drop_handle(r);
    }
    return LASH_OK;
}

/* What can be known before the first token. */
static enum lash_code check(const char *src, size_t n, struct lash_err *err)
{
    if (n > LASH_JSON_LIMIT)
        return lash_err_set(err, LASH_ETOOBIG, "larger than %zu bytes", LASH_JSON_LIMIT);
    size_t valid = lash_utf8_valid(src, n);
    if (valid < n)
        return fail_text(err, LASH_ESYNTAX, src, valid, "invalid UTF-8");
    const char *odd = memchr(src, '\f', n);
    if (!odd)
        odd = memchr(src, '\v', n);
    if (odd)
        return fail_text(err, LASH_ESYNTAX, src, (size_t)(odd - src),
                         "form feed or vertical tab in JSON");
    return LASH_OK;
}

static enum lash_code read_document(struct lash_json_reader *r, const char *src, size_t n,
                                    struct lash_err *err)
{
    if (r->busy)
        drop_handle(r);
    r->busy = true;
    r->done = false;
    r->depth = 0;
    if (!r->yajl)
        make_handle(r);
    if (mend_surrogates(r, &src, n) != LASH_OK)
        return lash_err_set(err, LASH_ENOMEM, "out of memory");
    enum lash_code code = parse(r, src, n, err);
    lash_buf_free(&r->copy);
    r->busy = code != LASH_OK; /* after an error yajl has to start anew */
    return code;
}

enum lash_code lash_json_read(struct lash_json_reader *r, const char *src, size_t n,
                              struct lash_err *err)
{
    if (n == 0)
        return lash_err_set(err, LASH_ESYNTAX, "line 1, column 1: unexpected end of the text");
    enum lash_code code = check(src, n, err);
    if (code != LASH_OK)
        return code;
    if (setjmp(r->no_memory) != 0)
        return lash_err_set(err, LASH_ENOMEM, "out of memory");
    return read_document(r, src, n, err);
}
