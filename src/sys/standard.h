/* standard.h - standard input, output and error as streams that lose nothing.
 *
 * Who started the program may have made what it inherits non-blocking, and so may
 * everybody else who has it open. The C library takes that for an error, and
 * drops what it had in its buffer. These streams wait instead. */
#ifndef LASH_SYS_STANDARD_H
#define LASH_SYS_STANDARD_H

#include <signal.h>

/* Replaces stdin, stdout and stderr, at the start of the program; one that cannot be
 * replaced stays as it is, and so does a terminal that blocks: editors of lines ask its
 * stream for the descriptor, which these have not.
 *
 * interrupted: not 0 when a signal wants the run to end. Then a reader that takes
 * nothing is not waited for any longer. It stays the caller's. */
void lash_standard_open(const volatile sig_atomic_t *interrupted);

/* Why the first write to standard output that failed did so: errno. 0: none has, or
 * nobody knows, for the stream is still the C library's. */
int lash_standard_lost(void);

/* That in words; like strerror's, until that is called again. */
const char *lash_standard_reason(int code);

#endif
