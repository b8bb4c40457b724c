/* hide.c - files and folders that this process sees as empty; see hide.h. */
#include "sys/hide.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"
#include "sys/mounts.h"

#define MAX_FOUND (4u << 20) /* bytes of paths */

#define NOTHING "/dev/null" /* what a hidden file is instead */

typedef const char *const *strings;

static enum lash_code find(struct lash_buf *found, const struct lash_hide *what,
                           struct lash_err *err)
{
    enum lash_code code = LASH_OK;
    char real[PATH_MAX];
    const struct lash_search *wanted = &what->search;
    if ((wanted->names && *wanted->names) || (wanted->files && *wanted->files))
        code = lash_search(found, what->in, wanted, err);
    for (strings path = what->paths; code == LASH_OK && path && *path; path++) {
        if (!realpath(*path, real)) {
            if (errno != ENOENT && errno != ENOTDIR && errno != EACCES) /* else none can read it */
                code = lash_err_set(err, LASH_EIO, "cannot hide %s: %s", *path, strerror(errno));
        } else if (lash_buf_add(found, real, strlen(real) + 1) != LASH_OK) {
            code = lash_err_set(err, LASH_ETOOBIG, "too many files to hide: %s", real);
        }
    }
    return code;
}

static bool write_line(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool ok = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    close(fd);
    return ok;
}

/* A user namespace in which this user is himself. */
static bool map_user(uid_t uid, gid_t gid)
{
    char line[64];
    (void)write_line("/proc/self/setgroups", "deny");
    (void)snprintf(line, sizeof(line), "%u %u 1\n", uid, uid);
    if (!write_line("/proc/self/uid_map", line))
        return false;
    (void)snprintf(line, sizeof(line), "%u %u 1\n", gid, gid);
    return write_line("/proc/self/gid_map", line);
}

static bool new_mounts(void)
{
    uid_t uid = geteuid();
    gid_t gid = getegid();
    if (syscall(SYS_unshare, CLONE_NEWNS) != 0) {
        if (syscall(SYS_unshare, CLONE_NEWUSER | CLONE_NEWNS) != 0 || !map_user(uid, gid))
            return false;
    }
    return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static bool cover(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return errno == ENOENT;
    if (S_ISDIR(st.st_mode))
        return mount("none", path, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV, "size=4k") == 0;
    return mount(NOTHING, path, NULL, MS_BIND, NULL) == 0;
}

static enum lash_code cover_all(const struct lash_buf *paths, struct lash_err *err)
{
    const char *end = paths->ptr + paths->len;
    for (const char *path = paths->ptr; path < end; path += strlen(path) + 1)
        if (!cover(path))
            return lash_err_set(err, LASH_EIO, "cannot hide %s: %s", path, strerror(errno));
    return LASH_OK;
}

/* Where other mounts show what was found. */
static enum lash_code find_others(struct lash_buf *others, const struct lash_buf *found,
                                  struct lash_err *err)
{
    struct lash_mounts *mounts = NULL;
    enum lash_code code = lash_mounts_read(&mounts, err);
    const char *end = found->ptr + found->len;
    for (const char *path = found->ptr; path < end && code == LASH_OK; path += strlen(path) + 1)
        code = lash_mounts_others(others, mounts, path, err);
    lash_mounts_free(mounts);
    return code;
}

static enum lash_code hide_all(const struct lash_buf *found, struct lash_err *err)
{
    if (!new_mounts())
        return lash_err_set(err, LASH_EIO, "cannot hide %s: no namespace of its own: %s",
                            found->ptr, strerror(errno));
    struct lash_buf others = LASH_BUF_INIT(MAX_FOUND);
    enum lash_code code = find_others(&others, found, err); /* before anything is covered */
    if (code == LASH_OK)
        code = cover_all(found, err);
    if (code == LASH_OK)
        code = cover_all(&others, err);
    lash_buf_free(&others);
    return code;
}

enum lash_code lash_hide(const struct lash_hide *what, struct lash_err *err)
{
    struct lash_buf found = LASH_BUF_INIT(MAX_FOUND);
    enum lash_code code = find(&found, what, err);
    if (code == LASH_OK && found.len > 0)
        code = hide_all(&found, err);
    lash_buf_free(&found);
    return code;
}
