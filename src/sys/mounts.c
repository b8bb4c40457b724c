/* mounts.c - the other paths of a file; see mounts.h.
 *
 * A line of /proc/self/mountinfo: id, parent, device, the path within the file
 * system that is its root, the path where that is seen, and more. */
#include "sys/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIST "/proc/self/mountinfo"
#define MAX_LIST (4u << 20) /* bytes */
#define FIELDS 5

struct mount {
    unsigned long long id;
    const char *device; /* as text */
    const char *root, *point;
};

struct lash_mounts {
    struct lash_buf text;
    size_t n;
    struct mount list[];
};

static enum lash_code fail(struct lash_err *err, const char *path)
{
    return lash_err_set(err, LASH_EIO, "cannot find out where else %s is seen: %s", path,
                        strerror(errno));
}

/* ---- the list ---- */

/* A space, say, is "\040". */
static void unescape(char *text)
{
    char *to = text;
    for (const char *p = text; *p; to++) {
        bool octal = p[0] == '\\' && p[1] >= '0' && p[1] <= '3' && p[2] >= '0' && p[2] <= '7' &&
                     p[3] >= '0' && p[3] <= '7';
        *to = *p;
        if (octal)
            *to = (char)(unsigned char)((p[1] - '0') * 64 + (p[2] - '0') * 8 + (p[3] - '0'));
        p += octal ? 4 : 1;
    }
    *to = '\0';
}

static bool read_line(struct mount *m, char *line)
{
    char *fields[FIELDS];
    char *rest = line;
    for (int i = 0; i < FIELDS; i++) {
        fields[i] = strsep(&rest, " ");
        if (!rest)
            return false;
    }
    unescape(fields[3]);
    unescape(fields[4]);
    *m = (struct mount){.id = strtoull(fields[0], NULL, 10),
                        .device = fields[2],
                        .root = fields[3],
                        .point = fields[4]};
    return true;
}

/* All of the list, and a NUL behind it. False with errno. */
static bool read_list(struct lash_buf *text)
{
    static char piece[1 << 14];
    ssize_t n;
    int fd = open(LIST, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool ok = true;
    while (ok && (n = read(fd, piece, sizeof(piece))) != 0) {
        ok = n > 0;
        if (ok && lash_buf_add(text, piece, (size_t)n) != LASH_OK) {
            errno = E2BIG;
            ok = false;
        }
    }
    int why = errno;
    close(fd);
    errno = why;
    if (ok && lash_buf_add(text, "", 1) != LASH_OK) {
        errno = E2BIG;
        ok = false;
    }
    return ok;
}

enum lash_code lash_mounts_read(struct lash_mounts **out, struct lash_err *err)
{
    struct lash_buf text = LASH_BUF_INIT(MAX_LIST);
    if (!read_list(&text)) {
        enum lash_code code = fail(err, "a file");
        lash_buf_free(&text);
        return code;
    }
    size_t lines = 0;
    for (size_t i = 0; i < text.len; i++)
        lines += text.ptr[i] == '\n';
    struct lash_mounts *m = calloc(1, sizeof(*m) + lines * sizeof(*m->list));
    if (!m) {
        lash_buf_free(&text);
        return lash_err_set(err, LASH_ENOMEM, "out of memory");
    }
    m->text = text;
    char *rest = text.ptr;
    while (m->n < lines) {
        if (!read_line(&m->list[m->n++], strsep(&rest, "\n"))) {
            lash_mounts_free(m);
            errno = EINVAL;
            return fail(err, "a file");
        }
    }
    *out = m;
    return LASH_OK;
}

void lash_mounts_free(struct lash_mounts *m)
{
    if (m)
        lash_buf_free(&m->text);
    free(m);
}

/* ---- paths ---- */

/* What of a path follows the folder: "" for itself, "/..."; NULL: it is not in it. */
static const char *rest_of(const char *path, const char *folder)
{
    size_t n = strlen(folder);
    if (n > 0 && folder[n - 1] == '/')
        n--; /* the root */
    bool inside = strncmp(path, folder, n) == 0 && (path[n] == '/' || path[n] == '\0');
    return inside ? path + n : NULL;
}

static bool join(char to[PATH_MAX], const char *folder, const char *rest)
{
    size_t n = strlen(folder);
    if (n > 0 && folder[n - 1] == '/' && *rest == '/')
        n--;
    int all = snprintf(to, PATH_MAX, "%.*s%s", (int)n, folder, rest);
    if (all >= 0 && all < PATH_MAX)
        return true;
    errno = ENAMETOOLONG;
    return false;
}

/* The mount that shows a path. */
static const struct mount *mount_of(const struct lash_mounts *m, const char *path)
{
    struct statx st = {0};
    const struct mount *best = NULL;
    unsigned want = STATX_MNT_ID;
    bool known = statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, want, &st) == 0 &&
                 (st.stx_mask & STATX_MNT_ID);
    for (const struct mount *one = m->list; one < m->list + m->n; one++) {
        if (known && one->id == st.stx_mnt_id)
            return one;
        /* A kernel that does not say it: the last of the deepest. */
        if (!known && rest_of(path, one->point) &&
            (!best || strlen(one->point) >= strlen(best->point)))
            best = one;
    }
    return best;
}

/* Nobody gets to a path when a folder above it is closed to this user, and is not
 * his: he could open it. */
static bool is_closed(char path[PATH_MAX])
{
    struct stat st;
    char *slash;
    while ((slash = strrchr(path, '/')) && slash > path) {
        *slash = '\0';
        if (lstat(path, &st) == 0)
            return st.st_uid != geteuid();
        if (errno != EACCES)
            return false;
    }
    return false;
}

/* Is it the same file? False with errno when that cannot be told; with 0: it is not. */
static bool is_same(const char *path, const char *file)
{
    struct stat a, b;
    if (lstat(file, &b) != 0)
        return false;
    if (lstat(path, &a) == 0) {
        errno = 0;
        return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
    }
    char above[PATH_MAX];
    (void)snprintf(above, sizeof(above), "%s", path);
    if (errno == ENOENT || errno == ENOTDIR || (errno == EACCES && is_closed(above)))
        errno = 0;
    return false;
}

/* Where another mount shows the file, or something in it; "inner" is what of it. */
static bool other_path(char to[PATH_MAX], char inner[PATH_MAX], const struct mount *other,
                       const char *path, const char *in_system)
{
    const char *below = rest_of(in_system, other->root);
    if (below)
        return join(to, other->point, below) && join(inner, path, "");
    const char *within = rest_of(other->root, in_system);
    if (within)
        return join(to, other->point, "") && join(inner, path, within);
    errno = 0;
    return false;
}

enum lash_code lash_mounts_others(struct lash_buf *others, const struct lash_mounts *m,
                                  const char *path, struct lash_err *err)
{
    const struct mount *own = mount_of(m, path);
    const char *rest = own ? rest_of(path, own->point) : NULL;
    char in_system[PATH_MAX], to[PATH_MAX], inner[PATH_MAX];
    errno = ENOENT;
    if (!rest || !join(in_system, own->root, rest))
        return access(path, F_OK) != 0 && errno == ENOENT ? LASH_OK : fail(err, path);
    for (const struct mount *other = m->list; other < m->list + m->n; other++) {
        if (other == own || strcmp(other->device, own->device) != 0)
            continue;
        if (other_path(to, inner, other, path, in_system) && is_same(to, inner)) {
            if (lash_buf_add(others, to, strlen(to) + 1) != LASH_OK)
                return lash_err_set(err, LASH_ETOOBIG, "too many files to hide: %s", to);
        } else if (errno != 0 && errno != ENOENT) {
            return fail(err, path);
        }
    }
    return LASH_OK;
}
