/* file.c - whole files: read, replace, write; see file.h. */
#include "sys/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/draft.h"

#define CHUNK 16384 /* bytes asked of the system at a time */

enum lash_code lash_file_code(int why)
{
    switch (why) {
    case ENOENT:
    case ENOTDIR: return LASH_EMISSING;
    case EACCES:
    case EPERM: return LASH_EPERMISSION;
    case EROFS: return LASH_EREADONLY;
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return LASH_EFULL;
    default: return LASH_EIO;
    }
}

enum lash_code lash_file_fail(struct lash_err *err, const char *verb, const char *path)
{
    int why = errno;
    return lash_err_set(err, lash_file_code(why), "cannot %s %s: %s", verb, path, strerror(why));
}

enum lash_code lash_file_read_from(struct lash_buf *out, int fd, const char *path,
                                   struct lash_err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return lash_file_fail(err, "read", path);
    if (!S_ISREG(st.st_mode))
        return lash_err_set(err, LASH_EIO, "cannot read %s: %s", path,
                            S_ISDIR(st.st_mode) ? "it is a folder" : "not a regular file");
    char chunk[CHUNK];
    ssize_t got;
    while ((got = read(fd, chunk, sizeof(chunk))) != 0) {
        if (got < 0) {
            if (errno == EINTR)
                continue;
            return lash_file_fail(err, "read", path);
        }
        enum lash_code code = lash_buf_add(out, chunk, (size_t)got);
        if (code == LASH_ETOOBIG)
            return lash_err_set(err, code, "cannot read %s: larger than %zu bytes", path,
                                out->limit);
        if (code != LASH_OK)
            return lash_err_set(err, code, "cannot read %s: out of memory", path);
    }
    return LASH_OK;
}

enum lash_code lash_file_read(struct lash_buf *out, const char *path, struct lash_err *err)
{
    /* Non-blocking, so that opening a pipe without a writer returns too. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return lash_file_fail(err, "read", path);
    enum lash_code code = lash_file_read_from(out, fd, path, err);
    close(fd);
    return code;
}

enum lash_code lash_file_write(int fd, const char *name, const char *data, size_t n,
                               struct lash_err *err)
{
    while (n > 0) {
        ssize_t put = write(fd, data, n);
        if (put >= 0) {
            data += put;
            n -= (size_t)put;
        } else if (errno == EAGAIN) {
            struct pollfd p = {.fd = fd, .events = POLLOUT};
            (void)poll(&p, 1, -1); /* whatever it says, the next write knows better */
        } else if (errno == EPIPE) {
            return lash_err_set(err, LASH_ECLOSED, "cannot write %s: the reader went away", name);
        } else if (errno != EINTR) {
            return lash_file_fail(err, "write", name);
        }
    }
    return LASH_OK;
}

enum lash_code lash_file_write_atomic(const char *path, const char *data, size_t n, mode_t mode,
                                      struct lash_err *err)
{
    struct lash_draft draft;
    enum lash_code code = lash_draft_open(&draft, path, err);
    if (code == LASH_OK)
        code = lash_draft_add(&draft, data, n, err);
    if (code == LASH_OK)
        return lash_draft_keep(&draft, mode, err);
    lash_draft_drop(&draft);
    return code;
}

enum lash_code lash_file_append(const char *path, const char *data, size_t n, mode_t mode,
                                struct lash_err *err)
{
    int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    int fd = open(path, flags, mode);
    if (fd < 0)
        return lash_file_fail(err, "write", path);
    struct stat st;
    enum lash_code code;
    if (fstat(fd, &st) != 0)
        code = lash_file_fail(err, "write", path);
    else if (!S_ISREG(st.st_mode))
        code = lash_err_set(err, LASH_EIO, "cannot write %s: not a regular file", path);
    else
        code = lash_file_write(fd, path, data, n, err);
    if (close(fd) != 0 && code == LASH_OK)
        code = lash_file_fail(err, "write", path);
    return code;
}

enum lash_code lash_file_rename(const char *from, const char *to, struct lash_err *err)
{
    if (rename(from, to) == 0)
        return LASH_OK;
    int why = errno;
    struct stat st;
    enum lash_code code = lash_file_code(why);
    if (why == ENOTDIR && lstat(from, &st) == 0 && lstat(to, &st) == 0)
        code = LASH_EIO; /* a folder over a file: nothing is missing */
    return lash_err_set(err, code, "cannot rename %s to %s: %s", from, to, strerror(why));
}

/* Makes the folders of a path that are missing. */
static enum lash_code make_folders(const char *path, mode_t mode, struct lash_err *err)
{
    char part[PATH_MAX];
    size_t n = strlen(path);
    if (n >= sizeof(part)) {
        errno = ENAMETOOLONG;
        return lash_file_fail(err, "make", path);
    }
    for (size_t i = 1; i <= n; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, mode) != 0 && errno != EEXIST)
            return lash_file_fail(err, "make", path);
    }
    return LASH_OK;
}

enum lash_code lash_file_mkdir_p(const char *path, mode_t mode, struct lash_err *err)
{
    struct stat st;
    bool there = stat(path, &st) == 0;
    enum lash_code code = there ? LASH_OK : make_folders(path, mode, err);
    if (code != LASH_OK)
        return code;
    if (!there && stat(path, &st) != 0)
        return lash_file_fail(err, "make", path);
    if (S_ISDIR(st.st_mode))
        return LASH_OK;
    errno = EEXIST;
    return lash_file_fail(err, "make", path);
}
