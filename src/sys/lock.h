/* lock.h - locks between processes that nobody can leave behind.
 *
 * A lock is one byte of a file that many locks share, chosen by the lock's name,
 * and belongs to an open file description of its own (Linux' OFD locks): the
 * kernel frees it when the holder ends, in whatever way, and it excludes a second
 * taker in the same process, too. No child keeps it: O_CLOEXEC. Nothing is
 * written, nothing has to be cleared away. */
#ifndef LASH_SYS_LOCK_H
#define LASH_SYS_LOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Takes the lock 'name' of the file at path, which is made (0600) when it is
 * missing. Waits until deadline_ms of lash_clock_ms, 0: not at all; LASH_EBUSY
 * when it is held beyond that. Closing *fd lets go of it. */
LASH_NODISCARD enum lash_code lash_lock_take(int *fd, const char *path, const char *name, size_t n,
                                             uint64_t deadline_ms, struct lash_err *err);

/* Does somebody hold it? It is not taken, so nobody is kept from it, and nothing
 * is made. */
LASH_NODISCARD enum lash_code lash_lock_held(bool *held, const char *path, const char *name,
                                             size_t n, struct lash_err *err);

#endif
