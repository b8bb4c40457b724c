/* screen.h - the terminal as a person left it: its width, its echo, and its
 * modes, which are put back however the process ends.
 *
 * For a program that stands at a terminal for long (lash chat), or asks there. But for
 * lash_screen_keys all of it is of the standard descriptors; without a terminal there is
 * nothing to do. */
#ifndef LASH_SYS_SCREEN_H
#define LASH_SYS_SCREEN_H

#include <signal.h>
#include <stdbool.h>

/* Columns of the terminal behind stdout or stdin; 0 when nobody knows. */
int lash_screen_columns(void);

/* Remembers how the terminal is set, and looks after it from now on: what stops
 * the process (Ctrl-Z), what ends it (Ctrl-\), a new size. */
void lash_screen_keep(void);

/* From now on what is typed is not shown, and waits: an answer is being written.
 * false: it is shown again. */
void lash_screen_quiet(bool on);

/* From now on what is typed at `fd`, which is the terminal, comes key by key, and is not
 * shown; false: it does not. Until lash_screen_lines. */
bool lash_screen_keys(int fd);
void lash_screen_lines(void);

/* Has an editor the terminal, and asked for pasted text to be marked? Then it looks at
 * what happened itself; what it has not looked at at its end happens then. */
void lash_screen_edits(bool on);

/* Set by signals while an editor has the terminal; the editor clears them. */
extern volatile sig_atomic_t lash_screen_resized, lash_screen_stopped;

/* Stops the process, as Ctrl-Z does; returns when it goes on. */
void lash_screen_stop(void);

/* Puts the terminal back as it was. Async-signal-safe; free when nothing was
 * changed. */
void lash_screen_restore(void);

#endif
