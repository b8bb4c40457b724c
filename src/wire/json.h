/* json.h - JSON text to tokens and back (yajl underneath).
 *
 * Reading: integers keep all 64 bits (one that does not fit becomes a double),
 * invalid UTF-8 is an error (half a surrogate pair, which \u can spell, becomes
 * U+FFFD), and an error names line and column. Writing: the
 * caller's order of keys is kept, doubles are the shortest text that reads
 * back equal, invalid UTF-8 becomes U+FFFD. Neither side knows Lua. */
#ifndef LASH_WIRE_JSON_H
#define LASH_WIRE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define LASH_JSON_DEPTH 512                 /* nesting, both ways */
#define LASH_JSON_LIMIT ((size_t)256 << 20) /* bytes of one document */

/* White space between tokens. */
static inline bool lash_json_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

enum lash_json_type {
    LASH_JSON_NULL,
    LASH_JSON_BOOL,   /* i: 0 or 1 */
    LASH_JSON_INT,    /* i */
    LASH_JSON_DOUBLE, /* d */
    LASH_JSON_STRING, /* str, len; not NUL-terminated */
    LASH_JSON_KEY,    /* str, len */
    LASH_JSON_OBJECT, /* begins */
    LASH_JSON_OBJECT_END,
    LASH_JSON_ARRAY, /* begins */
    LASH_JSON_ARRAY_END,
};

struct lash_json_token {
    enum lash_json_type type;
    const char *str;
    size_t len;
    int64_t i;
    double d;
};

/* Called for every token in order; a failure stops the reading and is
 * returned; LASH_ESYNTAX for a key says that the object has it already. It may
 * also leave by longjmp: the reader then only wants to be freed, or to read
 * another document. */
typedef enum lash_code lash_json_on_token(void *ctx, const struct lash_json_token *token);

struct lash_json_reader;

/* comments: C and C++ comments are allowed, as in configuration files. */
LASH_NODISCARD enum lash_code lash_json_reader_new(struct lash_json_reader **out, bool comments,
                                                   lash_json_on_token *on_token, void *ctx);
void lash_json_reader_free(struct lash_json_reader *r);

/* From now on on_token is given this ctx: so that many can share a reader. */
void lash_json_reader_bind(struct lash_json_reader *r, void *ctx);

/* Reads one whole document; the same reader can read many, one after another,
 * at less cost than a new one each. LASH_ESYNTAX: err->msg says
 * "line 3, column 7: what". */
LASH_NODISCARD enum lash_code lash_json_read(struct lash_json_reader *r, const char *src, size_t n,
                                             struct lash_err *err);

/* Writer: appends to out. Errors stick, so calls need no check one by one:
 * look at 'code' at the end. */
struct lash_json_writer {
    struct lash_buf *out;
    int indent; /* spaces a level; 0: one line without white space */
    int depth;
    bool comma; /* a value stands before the next one */
    bool after_key;
    enum lash_code code;
};

#define LASH_JSON_WRITER(buf) ((struct lash_json_writer){.out = (buf)})

void lash_json_object(struct lash_json_writer *w);
void lash_json_object_end(struct lash_json_writer *w);
void lash_json_array(struct lash_json_writer *w);
void lash_json_array_end(struct lash_json_writer *w);
void lash_json_key(struct lash_json_writer *w, const char *key, size_t n);
void lash_json_string(struct lash_json_writer *w, const char *s, size_t n);
void lash_json_int(struct lash_json_writer *w, int64_t i);
/* NaN and infinity have no JSON: LASH_EUSAGE. */
void lash_json_double(struct lash_json_writer *w, double d);
void lash_json_bool(struct lash_json_writer *w, bool b);
void lash_json_null(struct lash_json_writer *w);
/* A value that is JSON text already. */
void lash_json_raw(struct lash_json_writer *w, const char *json, size_t n);
/* What the reader gave, back to text. */
void lash_json_token(struct lash_json_writer *w, const struct lash_json_token *token);

#endif
