/* place.c - files by their real path; see place.h.
 *
 * A path is walked from the root, a component at a time, each one opened without
 * following a link. openat2 would do that in one call, but not everywhere. */
#include "sys/place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/file.h"
#include "sys/remove.h"

#define FOLDER (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define NEW_FILE 0666 /* what the umask leaves of it */
#define NEW_FOLDER 0777

/* ---- what a name means ---- */

static enum lash_code too_long(const char *name, struct lash_err *err)
{
    errno = ENAMETOOLONG;
    return lash_file_fail(err, "find", name);
}

/* Cuts the last component off a path; where it began, or NULL when there is
 * none that could be made. */
static char *cut_last(char *path)
{
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        path[--n] = '\0';
    char *slash = strrchr(path, '/');
    char *last = slash ? slash + 1 : path;
    if (*last == '\0' || strcmp(last, ".") == 0 || strcmp(last, "..") == 0)
        return NULL;
    return last;
}

/* Appends what is missing below a folder that is there. */
static enum lash_code append(char real[PATH_MAX], const char *missing, const char *name,
                             struct lash_err *err)
{
    size_t n = strcmp(real, "/") == 0 ? 0 : strlen(real);
    int more = snprintf(real + n, PATH_MAX - n, "/%s", missing);
    if (more < 0 || (size_t)more >= PATH_MAX - n)
        return too_long(name, err);
    char *slash = strchr(real + n + 1, '/');
    if (slash)
        *slash = '\0';
    struct stat st;
    bool link = lstat(real, &st) == 0 && S_ISLNK(st.st_mode);
    if (slash)
        *slash = '/';
    if (link)
        return lash_err_set(err, LASH_EIO, "cannot find %s: a link that leads nowhere", name);
    return LASH_OK;
}

enum lash_code lash_place_real(char real[PATH_MAX], const char *name, struct lash_err *err)
{
    if (realpath(name, real))
        return LASH_OK;
    char above[PATH_MAX], missing[PATH_MAX] = "";
    size_t length = strlen(name);
    if (length >= sizeof(above))
        return too_long(name, err);
    memcpy(above, name, length + 1);
    while (errno == ENOENT) {
        char *last = cut_last(above);
        if (!last) {
            errno = ENOENT;
            break;
        }
        char rest[PATH_MAX];
        int n = snprintf(rest, sizeof(rest), "%s%s%s", last, *missing ? "/" : "", missing);
        if (n < 0 || (size_t)n >= sizeof(rest))
            return too_long(name, err);
        memcpy(missing, rest, (size_t)n + 1);
        *last = '\0';
        if (realpath(*above ? above : ".", real))
            return append(real, missing, name, err);
    }
    return lash_file_fail(err, "find", name);
}

/* ---- opening it, and nothing else ---- */

/* The next component of a path into name; what follows, or NULL at its end. */
static const char *next_component(const char *path, char name[NAME_MAX + 1])
{
    path += strspn(path, "/");
    size_t n = strcspn(path, "/");
    if (n == 0 || n > NAME_MAX)
        return NULL;
    memcpy(name, path, n);
    name[n] = '\0';
    return path + n;
}

static int step_into(int folder, const char *name, bool make)
{
    int next = openat(folder, name, FOLDER);
    if (next < 0 && errno == ENOENT && make &&
        (mkdirat(folder, name, NEW_FOLDER) == 0 || errno == EEXIST))
        next = openat(folder, name, FOLDER);
    return next;
}

/* Opens the folder of a path; last becomes its last component. -1 with errno. */
static int open_parent(const char *real, bool make, char last[NAME_MAX + 1])
{
    const char *rest = *real == '/' ? next_component(real, last) : NULL;
    int folder = rest ? open("/", FOLDER) : -1;
    if (!rest)
        errno = EINVAL;
    while (folder >= 0 && rest[strspn(rest, "/")] != '\0') {
        int next = step_into(folder, last, make);
        int why = errno;
        close(folder);
        errno = why;
        folder = next;
        if (folder >= 0 && !(rest = next_component(rest, last))) {
            close(folder);
            errno = ENAMETOOLONG;
            folder = -1;
        }
    }
    return folder;
}

int lash_place_open_parent(const char *real, char name[NAME_MAX + 1])
{
    return open_parent(real, false, name);
}

static int open_at(const char *real, int flags)
{
    char name[NAME_MAX + 1];
    int folder = open_parent(real, false, name);
    if (folder < 0)
        return -1;
    int fd = openat(folder, name, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    int why = errno;
    close(folder);
    errno = why;
    return fd;
}

enum lash_code lash_place_read(struct lash_buf *out, const char *real, struct lash_err *err)
{
    int fd = open_at(real, O_RDONLY);
    if (fd < 0)
        return lash_file_fail(err, "read", real);
    enum lash_code code = lash_file_read_from(out, fd, real, err);
    close(fd);
    return code;
}

/* ---- replacing ---- */

struct replacement {
    int folder;
    char name[NAME_MAX + 1];
    char temporary[32];
    int fd;
    bool exists;
    struct stat old;
};

/* What is there must be a file that we may write: replacing it asks the folder
 * alone. */
static enum lash_code look_at_old(struct replacement *r, const char *real, struct lash_err *err)
{
    r->exists = fstatat(r->folder, r->name, &r->old, AT_SYMLINK_NOFOLLOW) == 0;
    if (!r->exists)
        return errno == ENOENT ? LASH_OK : lash_file_fail(err, "write", real);
    if (!S_ISREG(r->old.st_mode))
        return lash_err_set(err, LASH_EIO, "cannot write %s: %s", real,
                            S_ISDIR(r->old.st_mode) ? "it is a folder" : "not a regular file");
    if (faccessat(r->folder, r->name, W_OK, AT_EACCESS) != 0)
        return lash_file_fail(err, "write", real);
    return LASH_OK;
}

static int open_temporary(struct replacement *r)
{
    uint64_t random;
    if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
        return -1;
    (void)snprintf(r->temporary, sizeof(r->temporary), ".lash-%016llx", (unsigned long long)random);
    int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    return openat(r->folder, r->temporary, flags, r->exists ? 0600 : NEW_FILE);
}

/* The new file gets the owner and the mode of the old one. */
static bool take_over(const struct replacement *r)
{
    struct stat made;
    if (!r->exists)
        return true;
    if (fstat(r->fd, &made) != 0)
        return false;
    if ((made.st_uid != r->old.st_uid || made.st_gid != r->old.st_gid) &&
        fchown(r->fd, r->old.st_uid, r->old.st_gid) != 0)
        return false;
    return fchmod(r->fd, r->old.st_mode & 07777) == 0;
}

static bool sync_folder(int folder)
{
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno == EACCES; /* a folder that may be written, not read */
    bool ok = fsync(fd) == 0 || errno == EINVAL;
    close(fd);
    return ok;
}

static enum lash_code replace(struct replacement *r, const char *real, const char *data, size_t n,
                              struct lash_err *err)
{
    enum lash_code code = look_at_old(r, real, err);
    if (code != LASH_OK)
        return code;
    r->fd = open_temporary(r);
    if (r->fd < 0)
        return lash_file_fail(err, "write", real);
    code = lash_file_write(r->fd, real, data, n, err);
    if (code == LASH_OK && (!take_over(r) || fsync(r->fd) != 0))
        code = lash_file_fail(err, "write", real);
    if (close(r->fd) != 0 && code == LASH_OK)
        code = lash_file_fail(err, "write", real);
    if (code == LASH_OK && renameat(r->folder, r->temporary, r->folder, r->name) != 0)
        code = lash_file_fail(err, "write", real);
    if (code != LASH_OK)
        (void)unlinkat(r->folder, r->temporary, 0);
    else if (!sync_folder(r->folder))
        code = lash_file_fail(err, "write", real);
    return code;
}

enum lash_code lash_place_write(const char *real, const char *data, size_t n, struct lash_err *err)
{
    struct replacement r = {.fd = -1};
    r.folder = open_parent(real, true, r.name);
    if (r.folder < 0)
        return lash_file_fail(err, "write", real);
    enum lash_code code = replace(&r, real, data, n, err);
    close(r.folder);
    return code;
}

/* What the new text has more of is written first: when there is no room for it, or none
 * for a larger file, the old text stands there yet. */
static enum lash_code overwrite(int fd, const char *real, const char *data, size_t n,
                                struct lash_err *err)
{
    struct stat old;
    if (fstat(fd, &old) != 0)
        return lash_file_fail(err, "write", real);
    if (!S_ISREG(old.st_mode))
        return lash_err_set(err, LASH_EIO, "cannot write %s: not a regular file", real);
    size_t both = (size_t)old.st_size < n ? (size_t)old.st_size : n;
    if (n > both) {
        if (lseek(fd, (off_t)both, SEEK_SET) < 0)
            return lash_file_fail(err, "write", real);
        enum lash_code code = lash_file_write(fd, real, data + both, n - both, err);
        if (code == LASH_OK && fsync(fd) != 0)
            code = lash_file_fail(err, "write", real);
        if (code != LASH_OK) {
            (void)!ftruncate(fd, old.st_size);
            return code;
        }
    }
    if (lseek(fd, 0, SEEK_SET) < 0)
        return lash_file_fail(err, "write", real);
    enum lash_code code = lash_file_write(fd, real, data, both, err);
    if (code == LASH_OK && (ftruncate(fd, (off_t)n) != 0 || fsync(fd) != 0))
        code = lash_file_fail(err, "write", real);
    return code;
}

enum lash_code lash_place_overwrite(const char *real, const char *data, size_t n,
                                    struct lash_err *err)
{
    int fd = open_at(real, O_WRONLY);
    if (fd < 0)
        return lash_file_fail(err, "write", real);
    enum lash_code code = overwrite(fd, real, data, n, err);
    if (close(fd) != 0 && code == LASH_OK)
        code = lash_file_fail(err, "write", real);
    return code;
}

/* ---- folders ---- */

static char kind_of(int folder, const struct dirent *e)
{
    struct stat st;
    switch (e->d_type) {
    case DT_DIR: return 'd';
    case DT_REG: return 'f';
    case DT_LNK: return 'l';
    case DT_UNKNOWN:
        if (fstatat(folder, e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            return 'o';
        return S_ISDIR(st.st_mode) ? 'd' : S_ISREG(st.st_mode) ? 'f' : 'l';
    default: return 'o';
    }
}

static enum lash_code add_entry(struct lash_buf *out, int folder, const struct dirent *e)
{
    char kind = kind_of(folder, e);
    size_t before = out->len;
    enum lash_code code = lash_buf_add(out, &kind, 1);
    if (code == LASH_OK)
        code = lash_buf_add(out, e->d_name, strlen(e->d_name) + 1);
    if (code != LASH_OK)
        out->len = before;
    return code;
}

enum lash_code lash_place_list(struct lash_buf *out, bool *complete, const char *real,
                               struct lash_err *err)
{
    bool root = strcmp(real, "/") == 0;
    int flags = O_RDONLY | O_DIRECTORY;
    int fd = root ? open("/", flags | O_CLOEXEC) : open_at(real, flags);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        enum lash_code code = lash_file_fail(err, "list", real);
        if (fd >= 0)
            close(fd);
        return code;
    }
    const struct dirent *e;
    enum lash_code code = LASH_OK;
    while (errno = 0, code == LASH_OK && (e = readdir(dir)))
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            code = add_entry(out, dirfd(dir), e);
    *complete = code == LASH_OK;
    if (code == LASH_ENOMEM)
        (void)lash_err_set(err, code, "cannot list %s: out of memory", real);
    else
        code = *complete && errno != 0 ? lash_file_fail(err, "list", real) : LASH_OK;
    closedir(dir);
    return code;
}

bool lash_place_enter(const char *real)
{
    int fd = strcmp(real, "/") == 0 ? open("/", FOLDER) : open_at(real, FOLDER);
    if (fd < 0)
        return false;
    bool ok = fchdir(fd) == 0;
    int why = errno;
    close(fd);
    errno = why;
    return ok;
}

enum lash_code lash_place_temporary(char real[PATH_MAX], struct lash_err *err)
{
    const char *folder = getenv("TMPDIR");
    if (!folder || *folder != '/')
        folder = "/tmp";
    if (!realpath(folder, real))
        return lash_file_fail(err, "find", folder);
    size_t n = strlen(real);
    int more = snprintf(real + n, PATH_MAX - n, "/lash-XXXXXX");
    if (more < 0 || (size_t)more >= PATH_MAX - n)
        return too_long(folder, err);
    return mkdtemp(real) ? LASH_OK : lash_file_fail(err, "make", real);
}

void lash_place_remove(const char *real)
{
    struct lash_err err;
    (void)!lash_remove(real, LASH_REMOVE_OURS, &err);
}
