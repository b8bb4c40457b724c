/* clock.h - time that only goes forward.
 *
 * Every duration and deadline of the program is measured on this clock; the
 * wall clock is for showing, never for waiting. */
#ifndef LASH_BASE_CLOCK_H
#define LASH_BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds of CLOCK_MONOTONIC. */
uint64_t lash_clock_ms(void);

/* Seconds of the same clock, with fractions. */
double lash_clock_now(void);

#endif
