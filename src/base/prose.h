/* prose.h - text for reading, written in lines and paragraphs.
 *
 * White space collapses; line ends, indentation and marks ("- ") are asked for,
 * and written when the next character that is seen comes, so none is left over.
 * Text is well-formed UTF-8; characters that nobody sees are left out. */
#ifndef LASH_BASE_PROSE_H
#define LASH_BASE_PROSE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct lash_prose {
    struct lash_buf *out;
    enum lash_code code; /* the first failure; nothing is written after it */
    int quoted;          /* "> " before a line */
    int indented;        /* two spaces */
    int most_breaks;     /* 1: no blank lines */
    /* Of prose.c: */
    int breaks;     /* line ends that are due */
    bool space;     /* so is a space */
    bool begun;     /* something stands in the line */
    bool bullet;    /* one of the marks stands in the indentation */
    char marks[64]; /* what goes before the next text */
    size_t marked;  /* bytes of it */
};

#define LASH_PROSE_INIT(buf) ((struct lash_prose){.out = (buf), .most_breaks = 2})

void lash_prose_text(struct lash_prose *p, const char *text);

/* Text whose white space counts. */
void lash_prose_preformatted(struct lash_prose *p, const char *text);

/* The next text stands in a new line (1), behind a blank line (2); not where a
 * mark waits for it. */
void lash_prose_break(struct lash_prose *p, int breaks);

/* The next text stands in the line of the last one. */
void lash_prose_join(struct lash_prose *p);

/* Put before the next text; bullet: in its indentation. */
void lash_prose_mark(struct lash_prose *p, const char *mark, bool bullet);

/* There was no text for the marks. */
void lash_prose_unmark(struct lash_prose *p);

/* Bytes right behind the last ones, as they are. */
void lash_prose_raw(struct lash_prose *p, const char *bytes, size_t n);

#endif
