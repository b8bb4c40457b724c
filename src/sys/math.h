/* math.h - libm, opened when a script is loaded.
 *
 * The functions of <math.h> that Lua calls are defined in math.c, and lead to those of
 * libm: to map it costs a start more than all that a question computes. */
#ifndef LASH_SYS_MATH_H
#define LASH_SYS_MATH_H

/* Opens libm: from here on no function of it can be missed, and libraries that are
 * opened later find it, as a C module does in any other Lua. Before any script. NULL, or
 * the words of dlopen: there is no memory or no descriptor for it. Where a function is
 * called all the same, it is opened then, and the process aborts where it cannot be. */
const char *lash_math_open(void);

#endif
