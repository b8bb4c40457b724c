/* backoff.h - short sleeps between attempts at what another process holds.
 *
 * Random, so that many processes that were refused at once do not come back at
 * once; growing up to a bound; never beyond a deadline. */
#ifndef LASH_BASE_BACKOFF_H
#define LASH_BASE_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

/* Sleeps before attempt n + 1 (n counts from 0). deadline_ms is of
 * lash_clock_ms; false, at once, when it has passed. */
bool lash_backoff(unsigned n, uint64_t deadline_ms);

#endif
