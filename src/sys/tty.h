/* tty.h - a question to the person at the terminal, wherever the standard
 * streams go.
 *
 * The terminal is opened for the question and closed after it. Nothing here
 * waits for an answer: the source is marked when one may be there. */
#ifndef LASH_SYS_TTY_H
#define LASH_SYS_TTY_H

#include <signal.h>

#include "base/buf.h"
#include "base/err.h"
#include "sys/loop.h"

struct lash_tty;

/* Which terminal is the controlling one? LASH_EMISSING: none. */
LASH_NODISCARD enum lash_code lash_tty_device(unsigned *device, struct lash_err *err);

/* Opens it; from then on keys come one by one, also those that were typed before.
 * Writing ends when *stop is not 0, which is looked at when a signal comes.
 * LASH_EMISSING: there is none; LASH_EIO: it is not ours now, we run in the background. */
LASH_NODISCARD enum lash_code lash_tty_open(struct lash_tty **out, struct lash_loop *loop,
                                            const volatile sig_atomic_t *stop,
                                            struct lash_err *err);
void lash_tty_free(struct lash_tty *tty);

/* Do keys come one by one, and unseen? */
bool lash_tty_keys(const struct lash_tty *tty);

/* From now on lines come, and are seen while they are typed. */
void lash_tty_lines(struct lash_tty *tty);

/* Was the process stopped, and goes on, since this was asked last? */
bool lash_tty_resumed(struct lash_tty *tty);

/* Marked when a key or a line may be there, the end, or when the process goes on. */
const struct lash_source *lash_tty_source(const struct lash_tty *tty);

/* Writes all of it, within some seconds: a terminal may be stopped (Ctrl-S). */
LASH_NODISCARD enum lash_code lash_tty_write(struct lash_tty *tty, const char *text, size_t n,
                                             struct lash_err *err);

/* Appends what was typed, a line with its end, and sets *got. Does not wait.
 * LASH_ECLOSED: there will be nothing (Ctrl-D, the terminal is gone). */
LASH_NODISCARD enum lash_code lash_tty_read(struct lash_tty *tty, struct lash_buf *typed, bool *got,
                                            struct lash_err *err);

#endif
