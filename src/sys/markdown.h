/* markdown.h - the inline structure of Markdown, read by md4c.
 *
 * md4c wants whole documents and calls back; this reads one line of text, or one
 * row of a table, into a flat list of events. Where blocks begin and end is found
 * line by line in lua/lash/markdown/, because an answer must be shown while it
 * arrives. The library is opened at first use. No I/O, no Lua. */
#ifndef LASH_SYS_MARKDOWN_H
#define LASH_SYS_MARKDOWN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum lash_markdown_kind {
    LASH_MD_TEXT,
    LASH_MD_CODE,   /* text of a code span */
    LASH_MD_HTML,   /* a tag, as it stands in the source */
    LASH_MD_ENTITY, /* "&amp;", as it stands in the source */
    LASH_MD_BREAK,  /* a zero byte of the source: lua/lash/markdown/inline.lua puts it there */
    LASH_MD_ENTER,  /* text: which span, "em strong del code link image" */
    LASH_MD_LEAVE,  /* likewise; of a link and an image followed by LASH_MD_URL */
    LASH_MD_URL,
    LASH_MD_CELL, /* a cell of the row begins */
};

struct lash_markdown_event {
    enum lash_markdown_kind kind;
    size_t at; /* of its text in lash_markdown.text */
    size_t len;
};

struct lash_markdown {
    struct lash_buf events; /* of struct lash_markdown_event */
    struct lash_buf text;
    bool open; /* a delimiter has no partner yet: more text may change what was read */
};

/* Reads a text without line ends, as a part of a paragraph. Free 'out' in any
 * case. LASH_ETOOBIG: the text, or what becomes of it, is beyond the limits;
 * LASH_ELIBRARY: no md4c. */
LASH_NODISCARD enum lash_code lash_markdown_inline(struct lash_markdown *out, const char *text,
                                                   size_t n, struct lash_err *err);

/* The same of a row of a table that has so many columns: exactly as many cells. */
LASH_NODISCARD enum lash_code lash_markdown_row(struct lash_markdown *out, const char *text,
                                                size_t n, size_t columns, struct lash_err *err);

void lash_markdown_free(struct lash_markdown *out);

#endif
