/* draft.c - a new content of a file; see draft.h. */
#include "sys/draft.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/file.h"

enum lash_code lash_draft_open(struct lash_draft *d, const char *path, struct lash_err *err)
{
    d->fd = -1;
    int length = snprintf(d->temporary, sizeof(d->temporary), "%s.XXXXXX", path);
    if (length < 0 || (size_t)length >= sizeof(d->temporary)) {
        errno = ENAMETOOLONG;
        return lash_file_fail(err, "write", path);
    }
    memcpy(d->path, path, strlen(path) + 1); /* it is shorter */
    d->fd = mkostemp(d->temporary, O_CLOEXEC);
    return d->fd < 0 ? lash_file_fail(err, "write", path) : LASH_OK;
}

enum lash_code lash_draft_add(struct lash_draft *d, const char *data, size_t n,
                              struct lash_err *err)
{
    return lash_file_write(d->fd, d->path, data, n, err);
}

/* The folder of a path, as a descriptor. */
static int open_folder(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int n = slash ? (int)(slash - path) + 1 : 2;
    (void)snprintf(folder, sizeof(folder), "%.*s", n, slash ? path : "./");
    return open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* The rename itself must reach the disk too, else a crash brings the old file
 * back after the new one was acknowledged. */
static enum lash_code sync_folder(const char *path, struct lash_err *err)
{
    int fd = open_folder(path);
    if (fd < 0)
        return lash_file_fail(err, "write", path);
    enum lash_code code = LASH_OK;
    if (fsync(fd) != 0 && errno != EINVAL) /* EINVAL: a file system without it */
        code = lash_file_fail(err, "write", path);
    close(fd);
    return code;
}

enum lash_code lash_draft_keep(struct lash_draft *d, mode_t mode, struct lash_err *err)
{
    enum lash_code code = LASH_OK;
    if (fchmod(d->fd, mode) != 0 || fsync(d->fd) != 0)
        code = lash_file_fail(err, "write", d->path);
    if (close(d->fd) != 0 && code == LASH_OK)
        code = lash_file_fail(err, "write", d->path);
    d->fd = -1;
    if (code == LASH_OK && rename(d->temporary, d->path) != 0)
        code = lash_file_fail(err, "write", d->path);
    if (code != LASH_OK) {
        (void)unlink(d->temporary);
        return code;
    }
    return sync_folder(d->path, err);
}

void lash_draft_drop(struct lash_draft *d)
{
    if (d->fd < 0)
        return;
    close(d->fd);
    (void)unlink(d->temporary);
    d->fd = -1;
}

mode_t lash_draft_usual_mode(const struct lash_draft *d)
{
    struct stat st;
    if (stat(d->path, &st) == 0)
        return st.st_mode & 0777;
    mode_t mask = umask(0); /* the only way to ask for it */
    (void)umask(mask);
    return 0666 & ~mask;
}
