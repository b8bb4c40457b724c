/* backoff.c - short sleeps between attempts; see backoff.h. */
#include "base/backoff.h"

#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define FIRST_US 500u /* an ordinary transaction is over by then */
#define LONGEST_US 32000u

/* xorshift; seeded by process and time: it has to differ, not to be secret. */
static uint64_t next_random(void)
{
    static uint64_t state;
    if (state == 0) {
        struct timespec ts;
        (void)clock_gettime(CLOCK_MONOTONIC, &ts);
        state = ((uint64_t)getpid() << 32 ^ (uint64_t)ts.tv_nsec) | 1;
    }
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

bool lash_backoff(unsigned n, uint64_t deadline_ms)
{
    uint64_t now = lash_clock_ms();
    if (now >= deadline_ms)
        return false;
    uint64_t us = n < 6 ? FIRST_US << n : LONGEST_US;
    us = us / 2 + next_random() % us;
    uint64_t left = (deadline_ms - now) * 1000;
    if (us > left)
        us = left;
    struct timespec pause = {.tv_nsec = (long)us * 1000};
    (void)nanosleep(&pause, NULL); /* cut short by a signal: the next attempt is earlier */
    return true;
}
