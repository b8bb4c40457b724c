/* edit.h - a line that a person types and edits at the terminal: libedit, which
 * is asked, and never asks: what it cannot do by itself (complete a word, search
 * another history) is an event that ends lash_edit_read, which is then called
 * again to go on with the same line.
 *
 * Pasted text is taken as it is, line ends too (bracketed paste). Texts are
 * UTF-8, whatever the locale says; a text of more than 1 MB is not taken. The
 * standard descriptors must be a terminal; one editor at a time. */
#ifndef LASH_SYS_EDIT_H
#define LASH_SYS_EDIT_H

#include <signal.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

struct lash_edit;

enum lash_edit_event {
    LASH_EDIT_LINE,     /* it is complete */
    LASH_EDIT_END,      /* there will be none: Ctrl-D in an empty line, no terminal */
    LASH_EDIT_STOPPED,  /* a signal that ends more than the line */
    LASH_EDIT_COMPLETE, /* the Tab key */
    LASH_EDIT_SEARCH,   /* Ctrl-R */
};

/* Opens libedit. Reading ends when *stop is not 0; it is looked at when a signal
 * has come. LASH_ELIBRARY, LASH_ENOMEM. */
LASH_NODISCARD enum lash_code
lash_edit_new(struct lash_edit **out, const volatile sig_atomic_t *stop, struct lash_err *err);
void lash_edit_free(struct lash_edit *e);

/* Adds a line to the history, where the arrow keys find it. */
LASH_NODISCARD enum lash_code lash_edit_add(struct lash_edit *e, const char *text);

/* Begins a line: the terminal is the editor's, the prompt is shown. Between two
 * bytes 1 it may have sequences that take no room. */
LASH_NODISCARD enum lash_code lash_edit_begin(struct lash_edit *e, const char *prompt);

/* Waits until there is something to do. Only while a line is begun. */
enum lash_edit_event lash_edit_read(struct lash_edit *e);

/* Waits for one key; -1 when none will come. For a search. */
int lash_edit_key(struct lash_edit *e);

/* A key that somebody else is to read: the next lash_edit_read. */
void lash_edit_unread(struct lash_edit *e, int key);

/* The text before and behind the cursor. */
LASH_NODISCARD enum lash_code lash_edit_text(struct lash_edit *e, struct lash_buf *before,
                                             struct lash_buf *behind);

/* What was pasted into the line, each text between line ends; it stays the editor's. */
const struct lash_buf *lash_edit_pasted(const struct lash_edit *e);

/* Takes so many characters before the cursor out, and puts a text there. */
LASH_NODISCARD enum lash_code lash_edit_replace(struct lash_edit *e, int chars, const char *text);

/* The whole line, and its prompt, become these. */
LASH_NODISCARD enum lash_code lash_edit_show(struct lash_edit *e, const char *prompt,
                                             const char *text);

/* Prints whole lines below the line, which is shown again behind them. */
void lash_edit_print(struct lash_edit *e, const char *text);

/* Ends the line, and gives the terminal back. mark: what is printed behind a line
 * that is not complete, and a line end; NULL: it is complete. */
void lash_edit_finish(struct lash_edit *e, const char *mark);

#endif
