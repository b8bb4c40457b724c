/* search.c - files and folders by their names; see search.h.
 *
 * Folders that are still to be read wait in a list, by their paths: no tree, deep
 * or wide, needs more than one of them open. What is too deep for a path is in a
 * folder that counts as one that cannot be read. */
#include "sys/search.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/seen.h"

#define MAX_ENTRIES 1000000      /* looked at; half a second, of what the kernel has at hand */
#define MAX_WAITING (16u << 20)  /* bytes of paths */
#define MAX_CONTENT (16u << 20)  /* bytes of a file that are looked at */
#define MAX_CONTENTS (64u << 20) /* of all files together */
#define MAX_TEXT 256             /* bytes that are looked for in it */
#define MAX_KEY 65536            /* bytes of the names together */
#define AT_ONCE (1u << 16)       /* bytes of a listing, or of a file */

#define FOLDER (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
#define CONTENT (O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

/* A name with wildcards, and what there is of it in front of the first one and
 * behind the last. */
struct pattern {
    const char *text;
    const char *tail;
    size_t head_len, tail_len;
    bool negated;
    bool exact; /* no wildcards: head is all of it */
    bool star;  /* one star and no other: head and tail decide */
};

/* Which patterns, as bits, a name may fit that begins or ends with a byte. */
struct patterns {
    struct pattern list[LASH_SEARCH_NAMES];
    uint64_t always;
    uint64_t by_first[UCHAR_MAX + 1];
    uint64_t by_last[UCHAR_MAX + 1];
};

/* What of a folder's entries is noted for the next search. */
enum { SUBFOLDER = 'd', WANTED = 'w', MAYBE = 'm' };

struct search {
    const struct lash_search *wanted;
    struct lash_seen seen;
    struct patterns names;
    struct lash_buf *found;
    struct lash_buf waiting; /* folders, each ended by a NUL; the last is the next */
    long entries_seen;
    uint64_t contents;       /* bytes that were read */
    size_t root_len;         /* of the path of the folder in which is searched */
    int folder;              /* that is being read */
    char path[PATH_MAX + 1]; /* of it, with a slash, and then of an entry in it */
    size_t path_len;         /* with its slash */
    bool folder_taken;       /* it has been found itself */
    _Alignas(struct dirent64) char entries[AT_ONCE];
    char content[AT_ONCE + MAX_TEXT];
};

/* ---- names ---- */

static struct pattern read_pattern(const char *text)
{
    struct pattern p = {.negated = *text == '!'};
    p.text = text + p.negated;
    size_t n = strlen(p.text);
    p.head_len = strcspn(p.text, "*?[\\");
    p.exact = p.head_len == n;
    size_t behind = n; /* where the tail begins; "[*-z]" and "\\x" end with what is none */
    while (!strpbrk(p.text, "[\\") && behind > p.head_len && p.text[behind - 1] != '*' &&
           p.text[behind - 1] != '?')
        behind--;
    p.tail = p.text + behind;
    p.tail_len = n - behind;
    p.star = !p.exact && p.text[p.head_len] == '*' && behind == p.head_len + 1;
    return p;
}

static bool read_patterns(struct patterns *all, const char *const *names)
{
    for (size_t i = 0; names && names[i]; i++) {
        if (i == LASH_SEARCH_NAMES)
            return false;
        struct pattern *p = &all->list[i];
        *p = read_pattern(names[i]);
        uint64_t bit = (uint64_t)1 << i;
        if (p->head_len > 0)
            all->by_first[(unsigned char)p->text[0]] |= bit;
        else if (p->tail_len > 0)
            all->by_last[(unsigned char)p->tail[p->tail_len - 1]] |= bit;
        else
            all->always |= bit;
    }
    return true;
}

static bool fits(const struct pattern *p, const char *name, size_t n)
{
    if (p->exact)
        return n == p->head_len && memcmp(name, p->text, n) == 0;
    if (n < p->head_len + p->tail_len || memcmp(name, p->text, p->head_len) != 0 ||
        memcmp(name + n - p->tail_len, p->tail, p->tail_len) != 0)
        return false;
    return p->star || fnmatch(p->text, name, 0) == 0;
}

static bool is_wanted(const struct patterns *all, const char *name, size_t n)
{
    uint64_t may = all->always | all->by_first[(unsigned char)name[0]] |
                   all->by_last[(unsigned char)name[n - 1]];
    for (; may; may &= may - 1) { /* without its lowest bit: the first decides */
        const struct pattern *p = &all->list[__builtin_ctzll(may)];
        if (fits(p, name, n))
            return !p->negated;
    }
    return false;
}

/* ---- contents ---- */

static bool contains(const char *const *texts, const char *bytes, size_t n)
{
    for (; texts && *texts; texts++)
        if (memmem(bytes, n, *texts, strlen(*texts)))
            return true;
    return false;
}

/* True also when it cannot be told, or would take too long: a command might read it
 * after a chmod. */
static bool has_text(struct search *s)
{
    struct stat st;
    if (s->contents >= MAX_CONTENTS)
        return true;
    int fd = open(s->path, CONTENT);
    if (fd < 0)
        return errno != ENOENT && errno != ELOOP;
    bool found = fstat(fd, &st) != 0 || (S_ISREG(st.st_mode) && st.st_size > MAX_CONTENT);
    size_t kept = 0, all = 0;
    while (!found && S_ISREG(st.st_mode) && all <= MAX_CONTENT) {
        ssize_t got = read(fd, s->content + kept, AT_ONCE);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            found = got < 0;
            break;
        }
        all += (size_t)got;
        size_t n = kept + (size_t)got;
        found = contains(s->wanted->texts, s->content, n);
        kept = n < MAX_TEXT ? n : MAX_TEXT; /* where a text may begin that goes on */
        memmove(s->content, s->content + n - kept, kept);
    }
    close(fd);
    s->contents += all;
    return found || all > MAX_CONTENT;
}

static bool is_named(const char *const *names, const char *name)
{
    for (; names && *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

/* ---- folders ---- */

static enum lash_code cannot_search(const struct search *s, struct lash_err *err)
{
    return lash_err_set(err, LASH_EIO, "cannot search %s for secrets: %s", s->path,
                        strerror(errno));
}

static enum lash_code add_path(struct lash_buf *to, const char *path, struct lash_err *err)
{
    if (lash_buf_add(to, path, strlen(path) + 1) == LASH_OK)
        return LASH_OK;
    return lash_err_set(err, LASH_ETOOBIG, "too many files to search or to hide: %s", path);
}

/* An entry of the folder of s->path has too long a path to be looked at, or to be
 * covered. So the folder is. */
static enum lash_code take_folder(struct search *s, struct lash_err *err)
{
    size_t n = s->path_len - 1; /* without its slash */
    if (n <= s->root_len) {
        errno = ENAMETOOLONG;
        return cannot_search(s, err);
    }
    if (s->folder_taken)
        return LASH_OK;
    s->folder_taken = true;
    s->path[n] = '\0';
    enum lash_code code = add_path(s->found, s->path, err);
    s->path[n] = '/';
    return code;
}

/* What is to be done about an entry of the folder of s->path. */
static enum lash_code take(struct search *s, char kind, const char *name, struct lash_err *err)
{
    size_t n = strlen(name);
    if (n >= PATH_MAX - s->path_len)
        return take_folder(s, err);
    memcpy(s->path + s->path_len, name, n + 1);
    enum lash_code code = LASH_OK;
    if (kind == SUBFOLDER)
        code = add_path(&s->waiting, s->path, err);
    else if (kind == WANTED || has_text(s))
        code = add_path(s->found, s->path, err);
    s->path[s->path_len] = '\0';
    return code;
}

/* The type of an entry; of file systems that do not say it in a listing. */
static int type_of(const struct search *s, const struct dirent64 *e)
{
    struct stat st;
    if (e->d_type != DT_UNKNOWN)
        return e->d_type;
    if (fstatat(s->folder, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
        return (int)IFTODT(st.st_mode);
    return errno == ENOENT ? DT_LNK : DT_UNKNOWN; /* it has gone meanwhile */
}

static enum lash_code read_entry(struct search *s, const struct dirent64 *e, struct lash_err *err)
{
    const char *name = e->d_name;
    size_t n = strlen(name);
    if (name[0] == '.' && (n == 1 || (n == 2 && name[1] == '.')))
        return LASH_OK;
    if (s->entries_seen++ == MAX_ENTRIES)
        return lash_err_set(err, LASH_ETOOBIG, "too many files to search for secrets: %s", s->path);
    bool wanted = is_wanted(&s->names, name, n);
    bool maybe = !wanted && is_named(s->wanted->files, name);
    if (!wanted && !maybe && e->d_type != DT_DIR && e->d_type != DT_UNKNOWN)
        return LASH_OK; /* as nearly all: without a system call */
    int type = type_of(s, e);
    if (type == DT_UNKNOWN)
        return cannot_search(s, err);
    char kind = type == DT_DIR ? SUBFOLDER : MAYBE;
    if (wanted && type != DT_LNK)
        kind = WANTED;
    else if (type != DT_DIR && (!maybe || type != DT_REG))
        return LASH_OK;
    lash_seen_add(&s->seen, kind, name);
    return take(s, kind, name, err);
}

static enum lash_code read_entries(struct search *s, struct lash_err *err)
{
    ssize_t n;
    enum lash_code code = LASH_OK;
    while (code == LASH_OK && (n = getdents64(s->folder, s->entries, sizeof(s->entries))) != 0) {
        if (n < 0)
            return errno == ENOENT ? LASH_OK : cannot_search(s, err); /* removed meanwhile */
        for (ssize_t at = 0; at < n && code == LASH_OK;) {
            const struct dirent64 *e = (const struct dirent64 *)(const void *)(s->entries + at);
            at += e->d_reclen;
            code = read_entry(s, e, err);
        }
    }
    return code;
}

/* What follows is an entry of the folder of s->path. */
static void add_slash(struct search *s)
{
    s->folder_taken = false;
    s->path_len = strlen(s->path);
    if (s->path[s->path_len - 1] != '/') {
        s->path[s->path_len++] = '/';
        s->path[s->path_len] = '\0';
    }
}

static enum lash_code read_folder(struct search *s, struct lash_err *err)
{
    s->folder = open(s->path, FOLDER);
    if (s->folder < 0) {
        bool unreadable = errno == EACCES || errno == EPERM; /* until somebody calls chmod */
        if (unreadable && strlen(s->path) > s->root_len)
            return add_path(s->found, s->path, err);
        if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)
            return LASH_OK; /* gone, or something else, meanwhile */
        return cannot_search(s, err);
    }
    add_slash(s);
    lash_seen_begin(&s->seen, s->folder);
    enum lash_code code = read_entries(s, err);
    close(s->folder);
    return code;
}

/* The folder of s->path. */
static enum lash_code search_folder(struct search *s, struct lash_err *err)
{
    struct stat st;
    size_t n = 0;
    const char *known = NULL;
    if (lstat(s->path, &st) == 0 && S_ISDIR(st.st_mode))
        known = lash_seen_entries(&s->seen, &st, &n);
    if (!known)
        return read_folder(s, err);
    add_slash(s);
    enum lash_code code = LASH_OK;
    for (const char *end = known + n; known < end && code == LASH_OK; known += strlen(known) + 1)
        code = take(s, known[0], known + 1, err);
    return code;
}

/* The next folder that waits becomes s->path; false when there is none. */
static bool take_waiting(struct search *s)
{
    struct lash_buf *w = &s->waiting;
    if (w->len == 0)
        return false;
    size_t begin = w->len - 1; /* its NUL */
    while (begin > 0 && w->ptr[begin - 1] != '\0')
        begin--;
    memcpy(s->path, w->ptr + begin, w->len - begin);
    w->len = begin;
    return true;
}

static enum lash_code search_all(struct search *s, const char *root, struct lash_err *err)
{
    if (!realpath(root, s->path))
        return lash_err_set(err, LASH_EIO, "cannot search %s: %s", root, strerror(errno));
    s->root_len = strlen(s->path);
    enum lash_code code = search_folder(s, err);
    while (code == LASH_OK && take_waiting(s))
        code = search_folder(s, err);
    return code;
}

/* Notes are of use to who searches for the same. */
static bool make_key(struct lash_buf *key, const struct lash_search *wanted)
{
    const char *const *const lists[] = {wanted->names, wanted->files};
    for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
        for (const char *const *p = lists[i]; p && *p; p++)
            if (lash_buf_add(key, *p, strlen(*p) + 1) != LASH_OK)
                return false;
        if (lash_buf_add(key, "", 1) != LASH_OK)
            return false;
    }
    return true;
}

enum lash_code lash_search(struct lash_buf *found, const char *const *in,
                           const struct lash_search *wanted, struct lash_err *err)
{
    if (!in || !*in)
        return LASH_OK;
    struct search *s = calloc(1, sizeof(*s));
    if (!s)
        return lash_err_set(err, LASH_ENOMEM, "out of memory");
    s->wanted = wanted;
    s->found = found;
    s->waiting = LASH_BUF_INIT(MAX_WAITING);
    struct lash_buf key = LASH_BUF_INIT(MAX_KEY);
    lash_seen_load(&s->seen, make_key(&key, wanted) ? wanted->notes : -1, &key);
    enum lash_code code = LASH_OK;
    if (!read_patterns(&s->names, wanted->names))
        code = lash_err_set(err, LASH_ETOOBIG, "too many names to search for");
    for (; code == LASH_OK && *in; in++)
        code = search_all(s, *in, err);
    if (code == LASH_OK)
        lash_seen_save(&s->seen);
    lash_seen_free(&s->seen);
    lash_buf_free(&key);
    lash_buf_free(&s->waiting);
    free(s);
    return code;
}
