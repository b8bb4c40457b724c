/* aside.c - a file that a command must not make; see aside.h. */
#include "sys/aside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/file.h"
#include "sys/place.h"

#define NAMES 1000 /* that are tried */

bool lash_aside_open(struct lash_aside *a, const char *real)
{
    char name[NAME_MAX + 1];
    struct stat st;
    size_t n = strlen(real);
    *a = (struct lash_aside){.folder = -1};
    if (n >= sizeof(a->path)) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(a->path, real, n + 1);
    a->folder = lash_place_open_parent(real, name);
    if (a->folder < 0)
        return errno == ENOENT;
    a->there = fstatat(a->folder, name, &st, 0) == 0; /* what a link leads to may be made, too */
    return true;
}

void lash_aside_close(struct lash_aside *a)
{
    if (a->folder >= 0)
        close(a->folder);
    a->folder = -1;
}

/* Renames, and replaces nothing. */
static int rename_to_new(int folder, const char *from, const char *to)
{
    if (renameat2(folder, from, folder, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL) /* a file system that does not know how */
        return -1;
    struct stat st;
    if (fstatat(folder, to, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? renameat(folder, from, folder, to) : -1;
    errno = EEXIST;
    return -1;
}

/* Where a folder is by now; the path that it had, when nobody knows. */
static void name_file(char path[PATH_MAX], const struct lash_aside *a, int folder, const char *name)
{
    char link[32], now[PATH_MAX];
    (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", folder);
    ssize_t n = readlink(link, now, sizeof(now));
    if (n <= 0 || n == (ssize_t)sizeof(now) ||
        snprintf(path, PATH_MAX, "%.*s/%s", (int)n, now, name) >= PATH_MAX)
        (void)snprintf(path, PATH_MAX, "%s", a->path);
}

static enum lash_code set_aside(const struct lash_aside *a, int folder, char from[PATH_MAX],
                                char to[PATH_MAX], struct lash_err *err)
{
    const char *name = strrchr(a->path, '/') + 1;
    char other[NAME_MAX + 1];
    name_file(from, a, folder, name);
    for (int i = 1; i <= NAMES; i++) {
        int n = i == 1 ? snprintf(other, sizeof(other), "%s.untrusted", name)
                       : snprintf(other, sizeof(other), "%s.untrusted-%d", name, i);
        if (n < 0 || (size_t)n >= sizeof(other)) {
            errno = ENAMETOOLONG;
            break;
        }
        if (rename_to_new(folder, name, other) == 0) {
            name_file(to, a, folder, other);
            return LASH_OK;
        }
        if (errno != EEXIST)
            break;
    }
    return lash_file_fail(err, "set aside", from);
}

static bool is_same(int folder, int other)
{
    struct stat a, b;
    return fstat(folder, &a) == 0 && fstat(other, &b) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

enum lash_code lash_aside_take(const struct lash_aside *a, enum lash_aside_where where,
                               char from[PATH_MAX], char to[PATH_MAX], struct lash_err *err)
{
    errno = ENOENT;
    if (where == LASH_ASIDE_OPENED)
        return a->folder >= 0 && !a->there ? set_aside(a, a->folder, from, to, err)
                                           : lash_file_fail(err, "set aside", a->path);
    char name[NAME_MAX + 1];
    int folder = lash_place_open_parent(a->path, name);
    if (folder < 0 && errno != ENOENT) /* a link: who knows where it leads */
        return lash_err_set(err, LASH_EIO, "cannot look for %s: its folder is another now: %s",
                            a->path, strerror(errno));
    errno = ENOENT;
    enum lash_code code = folder < 0 || (a->folder >= 0 && is_same(a->folder, folder))
                              ? lash_file_fail(err, "set aside", a->path)
                              : set_aside(a, folder, from, to, err);
    if (folder >= 0)
        close(folder);
    return code;
}
