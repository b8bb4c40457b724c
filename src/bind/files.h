/* files.h - what became of files that a script did not close; see lua_files.c. */
#ifndef LASH_BIND_FILES_H
#define LASH_BIND_FILES_H

/* An errno: why something that was written to such a file got lost, the first time; 0:
 * nothing did. */
int lash_files_lost(void);

#endif
