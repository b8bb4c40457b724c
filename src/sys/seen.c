/* seen.c - what a search saw in folders; see seen.h.
 *
 * The file: the length of the key, the key, a record for each folder with its
 * entries behind it. It is ours alone: who is confined cannot reach it. */
#include "sys/seen.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#define MAX_NOTES (8u << 20) /* bytes */
#define PAST_NSEC 100000000  /* a tick of the clock is 10 ms at most */
#define XFS_MAGIC 0x58465342

struct record {
    uint64_t dev, ino;
    int64_t sec, nsec; /* of its last change */
    uint32_t len;      /* of the entries */
};

static struct record record_at(const struct lash_buf *b, size_t at)
{
    struct record r;
    memcpy(&r, b->ptr + at, sizeof(r));
    return r;
}

/* Where the record begins that follows; 0 when this one is not whole: whoever
 * wrote it was killed meanwhile. */
static size_t next_record(const struct lash_buf *b, size_t at)
{
    if (b->len - at < sizeof(struct record))
        return 0;
    size_t len = record_at(b, at).len;
    return len <= b->len - at - sizeof(struct record) ? at + sizeof(struct record) + len : 0;
}

static size_t slot_of(const struct lash_seen *s, uint64_t ino)
{
    return (ino * UINT64_C(0x9E3779B97F4A7C15) >> 32) & s->mask;
}

static bool make_table(struct lash_seen *s, size_t first)
{
    size_t folders = 0, size = 16;
    for (size_t at = first; at < s->old.len; folders++) {
        at = next_record(&s->old, at);
        if (at == 0)
            return false;
    }
    while (size < 2 * folders)
        size *= 2;
    s->table = calloc(size, sizeof(*s->table));
    s->mask = size - 1;
    for (size_t at = first; s->table && at < s->old.len; at = next_record(&s->old, at)) {
        size_t slot = slot_of(s, record_at(&s->old, at).ino);
        while (s->table[slot])
            slot = (slot + 1) & s->mask;
        s->table[slot] = (uint32_t)at;
    }
    return s->table != NULL;
}

/* A description of its own, for the lock, which closing it frees. -1: there is
 * none, or somebody else is about it. */
static int reopen(int fd, int flags, short lock)
{
    char path[32];
    struct flock all = {.l_type = lock, .l_whence = SEEK_SET};
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    int own = open(path, flags | O_CLOEXEC);
    if (own >= 0 && fcntl(own, F_OFD_SETLK, &all) != 0) {
        close(own);
        return -1;
    }
    return own;
}

static bool read_all(struct lash_buf *b, int fd)
{
    static char piece[1 << 16];
    ssize_t n;
    while ((n = read(fd, piece, sizeof(piece))) > 0)
        if (lash_buf_add(b, piece, (size_t)n) != LASH_OK)
            return false;
    return n == 0;
}

void lash_seen_load(struct lash_seen *s, int fd, const struct lash_buf *key)
{
    uint32_t len = (uint32_t)key->len;
    *s = (struct lash_seen){
        .fd = fd, .old = LASH_BUF_INIT(MAX_NOTES), .now = LASH_BUF_INIT(MAX_NOTES)};
    if (fd < 0)
        return;
    if (lash_buf_add(&s->now, &len, sizeof(len)) != LASH_OK ||
        lash_buf_add(&s->now, key->ptr, key->len) != LASH_OK) {
        s->fd = -1;
        return;
    }
    int own = reopen(fd, O_RDONLY, F_RDLCK);
    if (own < 0)
        return;
    size_t first = s->now.len;
    if (!read_all(&s->old, own) || s->old.len < first ||
        memcmp(s->old.ptr, s->now.ptr, first) != 0 || !make_table(s, first))
        lash_buf_reset(&s->old);
    close(own);
}

const char *lash_seen_entries(struct lash_seen *s, const struct stat *st, size_t *n)
{
    s->at = 0;
    if (s->old.len == 0)
        return NULL;
    for (size_t slot = slot_of(s, st->st_ino); s->table[slot]; slot = (slot + 1) & s->mask) {
        size_t at = s->table[slot];
        struct record r = record_at(&s->old, at);
        if (r.ino != st->st_ino || r.dev != st->st_dev)
            continue;
        if (r.sec != st->st_ctim.tv_sec || r.nsec != st->st_ctim.tv_nsec)
            return NULL;
        if (s->fd >= 0 && lash_buf_add(&s->now, s->old.ptr + at, sizeof(r) + r.len) != LASH_OK)
            s->fd = -1;
        *n = r.len;
        return s->old.ptr + at + sizeof(r);
    }
    return NULL;
}

/* Does its file system keep the time of a change, and to the tick? Not an overlay:
 * a merged folder has the time of one of its layers. */
static bool keeps_time(int folder)
{
    static const long known[] = {EXT4_SUPER_MAGIC, XFS_MAGIC, BTRFS_SUPER_MAGIC, TMPFS_MAGIC,
                                 F2FS_SUPER_MAGIC};
    struct statfs fs;
    if (fstatfs(folder, &fs) != 0)
        return false;
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if ((long)fs.f_type == known[i])
            return true;
    return false;
}

/* Old inodes of ext4 have whole seconds only. */
static bool is_past(const struct timespec *change)
{
    struct timespec now;
    if (change->tv_nsec == 0 || clock_gettime(CLOCK_REALTIME, &now) != 0 ||
        change->tv_sec > now.tv_sec) /* a clock that was set back; no difference of it fits */
        return false;
    return now.tv_sec - change->tv_sec > 1 ||
           (now.tv_sec - change->tv_sec) * 1000000000 + now.tv_nsec - change->tv_nsec > PAST_NSEC;
}

void lash_seen_begin(struct lash_seen *s, int folder)
{
    struct stat st;
    s->at = 0;
    if (s->fd < 0 || fstat(folder, &st) != 0 || !is_past(&st.st_ctim) || !keeps_time(folder))
        return;
    struct record r = {
        .dev = st.st_dev, .ino = st.st_ino, .sec = st.st_ctim.tv_sec, .nsec = st.st_ctim.tv_nsec};
    size_t at = s->now.len;
    if (lash_buf_add(&s->now, &r, sizeof(r)) == LASH_OK)
        s->at = at;
    else
        s->fd = -1;
}

void lash_seen_add(struct lash_seen *s, char kind, const char *name)
{
    if (s->at == 0)
        return;
    size_t n = strlen(name) + 1;
    struct record r = record_at(&s->now, s->at);
    if (lash_buf_add(&s->now, &kind, 1) != LASH_OK || lash_buf_add(&s->now, name, n) != LASH_OK) {
        s->fd = -1; /* notes without an entry would be wrong ones */
        s->at = 0;
        return;
    }
    r.len += 1 + (uint32_t)n;
    memcpy(s->now.ptr + s->at, &r, sizeof(r));
}

void lash_seen_save(struct lash_seen *s)
{
    if (s->fd < 0 || (s->old.len == s->now.len && memcmp(s->old.ptr, s->now.ptr, s->old.len) == 0))
        return;
    int own = reopen(s->fd, O_WRONLY, F_WRLCK);
    if (own < 0)
        return;
    if (ftruncate(own, 0) == 0 && write(own, s->now.ptr, s->now.len) != (ssize_t)s->now.len)
        (void)!ftruncate(own, 0);
    close(own);
}

void lash_seen_free(struct lash_seen *s)
{
    lash_buf_free(&s->old);
    lash_buf_free(&s->now);
    free(s->table);
    *s = (struct lash_seen){.fd = -1};
}
