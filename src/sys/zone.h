/* zone.h - what the system's zone files say of a time zone: when its distance
 * from UTC changes.
 *
 * libc reads the files, and knows one zone at a time, that of the variable TZ:
 * it is set for the call, and then what it was. Not while another thread may
 * look at the environment. */
#ifndef LASH_SYS_ZONE_H
#define LASH_SYS_ZONE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct lash_zone_change {
    int64_t at;    /* seconds since the epoch */
    int32_t ahead; /* seconds that local time is ahead of UTC from then on */
};

/* The folder of the zone files. */
const char *lash_zone_folder(void);

/* Is there a zone of this name? LASH_EUSAGE: it cannot be one; LASH_EMISSING:
 * there is no such file. */
LASH_NODISCARD enum lash_code lash_zone_check(const char *name, struct lash_err *err);

/* The distances from UTC between two times, of which the first begins at 'from'.
 * A name of NULL is the machine's own zone. LASH_ETOOBIG: more than there is room
 * for. Two changes within three hours may be seen as one. */
LASH_NODISCARD enum lash_code lash_zone_changes(struct lash_zone_change *out, size_t room,
                                                size_t *count, const char *name, int64_t from,
                                                int64_t until, struct lash_err *err);

#endif
