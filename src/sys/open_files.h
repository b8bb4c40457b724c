/* open_files.h - how many files the process may have open at once.
 *
 * The usual limit of 1,024 is a soft one, there for programs that use select: who
 * needs more may raise it. It is raised when it is needed, a step at a time;
 * commands get the one that this process began with. */
#ifndef LASH_SYS_OPEN_FILES_H
#define LASH_SYS_OPEN_FILES_H

#include <stdbool.h>

/* A descriptor was opened, or (-1) could not be: raises the limit when it is
 * nearly reached. False when it is reached and nothing can be raised. */
bool lash_open_files_make_room(int fd);

/* The limit. */
unsigned long lash_open_files_limit(void);

/* The limit before it was raised; 0: it was not. */
unsigned long lash_open_files_before(void);

/* How far it can be raised. */
unsigned long lash_open_files_most(void);

#endif
