/* json_write.c - tokens to JSON text; see json.h. */
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "wire/json.h"

static void put(struct lash_json_writer *w, const char *s, size_t n)
{
    if (w->code == LASH_OK)
        w->code = lash_buf_add(w->out, s, n);
}

static void new_line(struct lash_json_writer *w)
{
    static const char spaces[] = "                ";
    if (w->indent <= 0)
        return;
    put(w, "\n", 1);
    size_t left = (size_t)w->indent * (size_t)w->depth;
    while (left > 0) {
        size_t n = left < sizeof(spaces) - 1 ? left : sizeof(spaces) - 1;
        put(w, spaces, n);
        left -= n;
    }
}

/* What stands between the value before and the next one. */
static void separate(struct lash_json_writer *w)
{
    if (w->after_key) {
        w->after_key = false;
        return;
    }
    if (w->comma)
        put(w, ",", 1);
    if (w->depth > 0)
        new_line(w);
}

static void scalar(struct lash_json_writer *w, const char *s, size_t n)
{
    separate(w);
    put(w, s, n);
    w->comma = true;
}

static void begin(struct lash_json_writer *w, const char *bracket)
{
    scalar(w, bracket, 1);
    if (w->depth == LASH_JSON_DEPTH && w->code == LASH_OK)
        w->code = LASH_ETOOBIG;
    w->depth++;
    w->comma = false;
}

static void end(struct lash_json_writer *w, const char *bracket)
{
    w->depth--;
    if (w->comma) /* an empty one stays on its line */
        new_line(w);
    put(w, bracket, 1);
    w->comma = true;
}

void lash_json_object(struct lash_json_writer *w)
{
    begin(w, "{");
}

void lash_json_object_end(struct lash_json_writer *w)
{
    end(w, "}");
}

void lash_json_array(struct lash_json_writer *w)
{
    begin(w, "[");
}

void lash_json_array_end(struct lash_json_writer *w)
{
    end(w, "]");
}

static void put_escape(struct lash_json_writer *w, unsigned char c)
{
    static const char from[] = "\"\\\b\f\n\r\t";
    static const char to[] = "\"\\bfnrt";
    char text[8] = "\\";
    const char *place = c ? strchr(from, c) : NULL;
    if (place)
        text[1] = to[place - from];
    else
        (void)snprintf(text, sizeof(text), "\\u%04x", (unsigned)c);
    put(w, text, strlen(text));
}

/* s is valid UTF-8. */
static void put_quoted(struct lash_json_writer *w, const char *s, size_t n)
{
    put(w, "\"", 1);
    size_t plain = 0; /* where the bytes that need no escape begin */
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        put(w, s + plain, i - plain);
        put_escape(w, c);
        plain = i + 1;
    }
    put(w, s + plain, n - plain);
    put(w, "\"", 1);
}

void lash_json_string(struct lash_json_writer *w, const char *s, size_t n)
{
    separate(w);
    w->comma = true;
    if (lash_utf8_valid(s, n) == n) {
        put_quoted(w, s, n);
        return;
    }
    struct lash_buf clean = LASH_BUF_INIT(w->out->limit);
    enum lash_code code = lash_utf8_repair(&clean, s, n);
    if (code == LASH_OK)
        put_quoted(w, clean.ptr, clean.len);
    else if (w->code == LASH_OK)
        w->code = code;
    lash_buf_free(&clean);
}

void lash_json_key(struct lash_json_writer *w, const char *key, size_t n)
{
    lash_json_string(w, key, n);
    put(w, ": ", w->indent > 0 ? 2 : 1);
    w->after_key = true;
}

void lash_json_int(struct lash_json_writer *w, int64_t i)
{
    char text[24];
    int n = snprintf(text, sizeof(text), "%lld", (long long)i);
    scalar(w, text, (size_t)n);
}

void lash_json_double(struct lash_json_writer *w, double d)
{
    if (!isfinite(d)) {
        if (w->code == LASH_OK)
            w->code = LASH_EUSAGE;
        return;
    }
    char text[40];
    int n = 0;
    /* A script may have called os.setlocale. The C locale is a constant of
     * glibc and musl: asking for it neither fails nor allocates. */
    locale_t before = uselocale(newlocale(LC_ALL_MASK, "C", (locale_t)0));
    /* 15 digits always survive, 17 always suffice; numbers below DBL_MIN have
     * fewer to begin with. */
    for (int digits = fabs(d) < DBL_MIN ? 1 : 15; digits <= 17; digits++) {
        n = snprintf(text, sizeof(text) - 2, "%.*g", digits, d);
        if (strtod(text, NULL) == d)
            break;
    }
    (void)uselocale(before);
    if (!strpbrk(text, ".e")) { /* 1.0 comes back as a double, not as 1 */
        text[n++] = '.';
        text[n++] = '0';
    }
    scalar(w, text, (size_t)n);
}

void lash_json_bool(struct lash_json_writer *w, bool b)
{
    scalar(w, b ? "true" : "false", b ? 4 : 5);
}

void lash_json_null(struct lash_json_writer *w)
{
    scalar(w, "null", 4);
}

void lash_json_raw(struct lash_json_writer *w, const char *json, size_t n)
{
    scalar(w, json, n);
}

void lash_json_token(struct lash_json_writer *w, const struct lash_json_token *token)
{
    switch (token->type) {
    case LASH_JSON_NULL: lash_json_null(w); break;
    case LASH_JSON_BOOL: lash_json_bool(w, token->i != 0); break;
    case LASH_JSON_INT: lash_json_int(w, token->i); break;
    case LASH_JSON_DOUBLE: lash_json_double(w, token->d); break;
    case LASH_JSON_STRING: lash_json_string(w, token->str, token->len); break;
    case LASH_JSON_KEY: lash_json_key(w, token->str, token->len); break;
    case LASH_JSON_OBJECT: lash_json_object(w); break;
    case LASH_JSON_OBJECT_END: lash_json_object_end(w); break;
    case LASH_JSON_ARRAY: lash_json_array(w); break;
    case LASH_JSON_ARRAY_END: lash_json_array_end(w); break;
    }
}
