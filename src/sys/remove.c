/* remove.c - removes files and folders; see remove.h.
 *
 * Every step is relative to the descriptor of a folder that was opened without
 * following a link. At most DEPTH folders are open at a time: one that is deeper is
 * moved to the top, and is emptied from there. */
#include "sys/remove.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/file.h"

#define DEPTH 32
#define MOVE_TRIES 100 /* names that may be taken at the top */

#define FOLDER (O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* A tree that is removed. levels[0] is the folder that is to go. */
struct tree {
    const char *path; /* of it, for messages */
    enum lash_remove how;
    struct {
        DIR *dir;
        char name[NAME_MAX + 1];
    } levels[DEPTH];
    int depth;      /* how many are open */
    bool moved;     /* something was put at the top */
    unsigned moves; /* makes names */
    enum lash_code code;
    struct lash_err *err;
};

static enum lash_code fail(struct lash_err *err, const char *path)
{
    return lash_file_fail(err, "remove", path);
}

/* Notes a failure at an entry of the innermost folder; the first one counts. */
static void note_failure(struct tree *t, const char *name)
{
    if (t->code != LASH_OK)
        return;
    int why = errno;
    char path[PATH_MAX];
    size_t n = 0;
    for (int i = 0; i <= t->depth && n < sizeof(path); i++) {
        const char *part = i == 0 ? t->path : i < t->depth ? t->levels[i].name : name;
        n += (size_t)snprintf(path + n, sizeof(path) - n, "%s%s", i == 0 ? "" : "/", part);
    }
    errno = why;
    t->code = fail(t->err, path);
}

/* Opens a folder to empty it. */
static int open_folder(int parent, const char *name, enum lash_remove how)
{
    int fd = openat(parent, name, O_RDONLY | FOLDER);
    if (how != LASH_REMOVE_OURS)
        return fd;
    if (fd >= 0) {
        (void)fchmod(fd, 0700);
    } else if (errno == EACCES) {
        int handle = openat(parent, name, O_PATH | FOLDER); /* fchmodat would follow a link */
        if (handle < 0)
            return -1;
        char self[32];
        (void)snprintf(self, sizeof(self), "/proc/self/fd/%d", handle);
        (void)chmod(self, 0700);
        close(handle);
        fd = openat(parent, name, O_RDONLY | FOLDER);
    }
    return fd;
}

/* False, with errno, when it cannot be opened. */
static bool enter(struct tree *t, int parent, const char *name)
{
    int fd = open_folder(parent, name, t->how);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        int why = errno;
        if (fd >= 0)
            close(fd);
        errno = why;
        return false;
    }
    t->levels[t->depth].dir = dir;
    (void)snprintf(t->levels[t->depth].name, sizeof(t->levels->name), "%s", name);
    t->depth++;
    return true;
}

/* The innermost folder has been read to its end. */
static void leave(struct tree *t)
{
    t->depth--;
    closedir(t->levels[t->depth].dir);
    const char *name = t->levels[t->depth].name;
    if (t->depth > 0 && unlinkat(dirfd(t->levels[t->depth - 1].dir), name, AT_REMOVEDIR) != 0 &&
        errno != ENOENT)
        note_failure(t, name);
}

static void move_to_top(struct tree *t, int parent, const char *name)
{
    char to[32];
    for (int i = 0; i < MOVE_TRIES; i++) {
        (void)snprintf(to, sizeof(to), ".lash-removed-%u", t->moves++);
        if (renameat(parent, name, dirfd(t->levels[0].dir), to) == 0) {
            t->moved = true;
            return;
        }
        if (errno != EEXIST && errno != ENOTEMPTY && errno != ENOTDIR)
            break;
    }
    note_failure(t, name);
}

static void remove_entry(struct tree *t, const char *name)
{
    int parent = dirfd(t->levels[t->depth - 1].dir);
    if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
        return;
    int why = errno;
    if (why == EISDIR || why == EPERM) { /* EPERM: a folder, as POSIX has it */
        if (t->depth == DEPTH) {
            move_to_top(t, parent, name);
            return;
        }
        if (enter(t, parent, name))
            return;
        if (errno != ENOTDIR)
            why = errno;
    }
    errno = why;
    note_failure(t, name);
}

static bool is_itself(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Empties a folder, and what was moved to its top meanwhile. */
static enum lash_code empty(struct tree *t, int parent, const char *name)
{
    do {
        t->moved = false;
        if (!enter(t, parent, name))
            return fail(t->err, t->path);
        while (t->depth > 0) {
            errno = 0;
            const struct dirent *e = readdir(t->levels[t->depth - 1].dir);
            if (e && !is_itself(e->d_name)) {
                remove_entry(t, e->d_name);
            } else if (!e) {
                if (errno != 0)
                    note_failure(t, ".");
                leave(t);
            }
        }
    } while (t->moved && t->code == LASH_OK);
    return t->code;
}

static enum lash_code remove_at(int parent, const char *name, const char *path,
                                enum lash_remove how, struct lash_err *err)
{
    if (unlinkat(parent, name, 0) == 0)
        return LASH_OK;
    int why = errno;
    if (why != EISDIR && why != EPERM)
        return fail(err, path);
    if (how != LASH_REMOVE_ONE) {
        struct stat st;
        if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            return fail(err, path);
        if (S_ISDIR(st.st_mode)) {
            struct tree t = {.path = path, .how = how, .err = err};
            enum lash_code code = empty(&t, parent, name);
            if (code != LASH_OK)
                return code;
        }
    }
    if (unlinkat(parent, name, AT_REMOVEDIR) == 0)
        return LASH_OK;
    if (errno == ENOTDIR)
        errno = why;
    return fail(err, path);
}

enum lash_code lash_remove(const char *path, enum lash_remove how, struct lash_err *err)
{
    char folder[PATH_MAX];
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/') /* behind a link it would mean where that leads */
        n--;
    if (n >= sizeof(folder)) {
        errno = ENAMETOOLONG;
        return fail(err, path);
    }
    memcpy(folder, path, n);
    folder[n] = '\0';
    char *slash = strrchr(folder, '/');
    const char *from = slash ? slash + 1 : folder;
    char name[NAME_MAX + 1];
    if (*from == '\0' || is_itself(from))
        return lash_err_set(err, LASH_EUSAGE, "cannot remove '%s': no name of a file or folder",
                            path);
    if (strlen(from) >= sizeof(name)) {
        errno = ENAMETOOLONG;
        return fail(err, path);
    }
    memcpy(name, from, strlen(from) + 1);
    if (slash)
        slash[slash == folder] = '\0';
    int parent = open(slash ? folder : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (parent < 0)
        return fail(err, path);
    enum lash_code code = remove_at(parent, name, path, how, err);
    close(parent);
    return code;
}
