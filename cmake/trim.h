/* trim.h - takes the names of local variables out of bytecode; for the build only. */
#ifndef LASH_CMAKE_TRIM_H
#define LASH_CMAKE_TRIM_H

#include <stddef.h>

/* Works in place; how many bytes are left. Bytecode of another Lua than 5.4 stays as
 * it is, and so does what is no bytecode. */
size_t trim(unsigned char *code, size_t len);

#endif
