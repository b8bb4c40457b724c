/* math.h - libm, opened when a script first needs it.
 *
 * The functions of <math.h> that Lua calls are defined in math.c, and lead to those of
 * libm: to map it costs a start more than all that a question computes. Where libm
 * cannot be had the process aborts: arithmetic has no way to fail. */
#ifndef LASH_SYS_MATH_H
#define LASH_SYS_MATH_H

/* Makes what libm has known to libraries that are opened from here on: a C module for
 * Lua that is not linked with it finds it in any other Lua. */
void lash_math_share(void);

#endif
