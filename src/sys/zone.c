#include "sys/zone.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sys/file.h"

#define DEFAULT_FOLDER "/usr/share/zoneinfo"
#define NAME_LIMIT 64
#define PATH_LIMIT 1024
#define STRIDE 10800 /* seconds; no zone has two changes within this */
#define MAGIC "TZif" /* how a zone file begins */

const char *lash_zone_folder(void)
{
    const char *folder = getenv("TZDIR"); /* libc looks there, too */
    return folder && *folder ? folder : DEFAULT_FOLDER;
}

/* Letters, digits and "_+-", parts between single slashes: nothing that leaves
 * the folder. "right/..." counts leap seconds, which no clock here does. */
static bool is_name(const char *name)
{
    size_t n = strlen(name);
    if (n == 0 || n > NAME_LIMIT || strncmp(name, "right/", 6) == 0)
        return false;
    if (strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/") != n)
        return false;
    return name[0] != '/' && name[n - 1] != '/' && !strstr(name, "//");
}

enum lash_code lash_zone_check(const char *name, struct lash_err *err)
{
    if (!is_name(name))
        return lash_err_set(err, LASH_EUSAGE, "'%.80s' is not the name of a time zone", name);
    char path[PATH_LIMIT];
    int n = snprintf(path, sizeof(path), "%s/%s", lash_zone_folder(), name);
    if (n < 0 || (size_t)n >= sizeof(path))
        return lash_err_set(err, LASH_ETOOBIG, "the folder of the time zones has too long a name");
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return lash_err_set(err, LASH_EMISSING, "there is no time zone '%s'", name);
    if (fd < 0)
        return lash_file_fail(err, "read", path);
    char magic[sizeof(MAGIC) - 1];
    bool is_zone = read(fd, magic, sizeof(magic)) == (ssize_t)sizeof(magic) &&
                   memcmp(magic, MAGIC, sizeof(magic)) == 0;
    close(fd);
    if (!is_zone) /* a folder, or one of the tables that lie there */
        return lash_err_set(err, LASH_EMISSING, "there is no time zone '%s'", name);
    return LASH_OK;
}

static int32_t ahead_at(int64_t t)
{
    time_t seconds = (time_t)t;
    struct tm local;
    return localtime_r(&seconds, &local) ? (int32_t)local.tm_gmtoff : 0;
}

/* The first second of (low, high] at which the distance is no longer 'ahead'. */
static int64_t find_change(int64_t low, int64_t high, int32_t ahead)
{
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        if (ahead_at(middle) == ahead)
            low = middle;
        else
            high = middle;
    }
    return high;
}

static bool list_changes(struct lash_zone_change *out, size_t room, size_t *count, int64_t from,
                         int64_t until)
{
    size_t n = 0;
    int64_t t = from;
    int32_t ahead = ahead_at(t);
    out[n++] = (struct lash_zone_change){.at = t, .ahead = ahead};
    while (t < until) {
        int64_t next = until - t > STRIDE ? t + STRIDE : until;
        int32_t now = ahead_at(next);
        if (now != ahead) {
            if (n == room)
                return false;
            out[n++] = (struct lash_zone_change){.at = find_change(t, next, ahead), .ahead = now};
        }
        t = next;
        ahead = now;
    }
    *count = n;
    return true;
}

/* Makes the zone that of this process, and remembers what TZ was; false: out of
 * memory. */
static bool enter(const char *name, char **before)
{
    char value[NAME_LIMIT + 2];
    (void)snprintf(value, sizeof(value), ":%s", name); /* ':': a file, no rule like "CET-1" */
    const char *old = getenv("TZ");
    *before = old ? strdup(old) : NULL;
    if ((old && !*before) || setenv("TZ", value, 1) != 0) {
        free(*before);
        return false;
    }
    tzset();
    return true;
}

static void leave(char *before)
{
    if (!before || setenv("TZ", before, 1) != 0)
        unsetenv("TZ");
    free(before);
    tzset();
}

enum lash_code lash_zone_changes(struct lash_zone_change *out, size_t room, size_t *count,
                                 const char *name, int64_t from, int64_t until,
                                 struct lash_err *err)
{
    char *before = NULL;
    if (name) {
        enum lash_code code =
            lash_zone_check(name, err); /* libc takes what it cannot read for UTC */
        if (code != LASH_OK)
            return code;
        if (!enter(name, &before))
            return lash_err_set(err, LASH_ENOMEM, "out of memory");
    } else {
        tzset();
    }
    bool fits = list_changes(out, room, count, from, until);
    if (name)
        leave(before);
    if (!fits)
        return lash_err_set(err, LASH_ETOOBIG, "too many changes of the clocks");
    return LASH_OK;
}
