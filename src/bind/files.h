/* files.h - what became of files that a script did not close; see lua_files.c. */
#ifndef LASH_BIND_FILES_H
#define LASH_BIND_FILES_H

/* Why something that was written to such a file got lost, the first time; NULL: nothing
 * did. Like strerror's, until that is called again. */
const char *lash_files_lost(void);

#endif
