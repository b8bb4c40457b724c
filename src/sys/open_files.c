/* open_files.c - how many files the process may have open; see open_files.h. */
#include "sys/open_files.h"

#include <sys/resource.h>

#define ROOM 64 /* for whatever else is opened: pipes of commands, the database */

static rlim_t before; /* 0: nothing was raised */

bool lash_open_files_make_room(int fd)
{
    static rlim_t known; /* the limit, when it was last looked at */
    if (fd >= 0 && (rlim_t)fd + ROOM < known)
        return true;
    struct rlimit now;
    if (getrlimit(RLIMIT_NOFILE, &now) != 0)
        return fd >= 0;
    bool near = fd < 0 || (rlim_t)fd + ROOM >= now.rlim_cur;
    if (near && now.rlim_cur < now.rlim_max) {
        rlim_t was = now.rlim_cur;
        now.rlim_cur = now.rlim_cur < now.rlim_max / 2 ? now.rlim_cur * 2 : now.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &now) != 0)
            return fd >= 0;
        if (before == 0)
            before = was;
    } else if (fd < 0) {
        return false;
    }
    known = now.rlim_cur;
    return true;
}

unsigned long lash_open_files_limit(void)
{
    struct rlimit now = {0};
    (void)getrlimit(RLIMIT_NOFILE, &now);
    return now.rlim_cur;
}

unsigned long lash_open_files_before(void)
{
    return before;
}

unsigned long lash_open_files_most(void)
{
    struct rlimit now = {0};
    (void)getrlimit(RLIMIT_NOFILE, &now);
    return now.rlim_max;
}
