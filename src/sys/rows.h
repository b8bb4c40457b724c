/* rows.h - where a line that is being edited stands on the terminal, after that has
 * got another width: a terminal breaks anew what was too wide, and moves what is
 * below. Text is what libedit shows of it, in a locale of UTF-8. */
#ifndef LASH_SYS_ROWS_H
#define LASH_SYS_ROWS_H

#include <wchar.h>

/* How many rows the cursor is below the beginning of the prompt, when the line is
 * `n` characters long before it. What stands between two bytes 1 of the prompt takes
 * no room. */
int lash_rows_below(const char *prompt, const wchar_t *line, size_t n, int columns);

#endif
