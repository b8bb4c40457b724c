/* seen.h - what a search (search.h) saw in folders, for the next one.
 *
 * To list 20,000 files takes the kernel 5 ms, to say that 200 folders are as they
 * were a tenth of it. A folder has the same entries as long as its inode and the
 * time of its last change are the same; no call sets
 * that time, it is what the clock says at the change (who sets the clock back to the
 * very tick of an earlier change could deceive us: only root). It counts only on
 * file systems that are known to keep it, for folders of one layer, and only when it
 * was long past already when the folder was read: several changes within one tick of
 * the clock have the same.
 *
 * The notes are kept in a file in memory. Nothing here fails: what cannot be
 * noted, or read, is searched again. */
#ifndef LASH_SYS_SEEN_H
#define LASH_SYS_SEEN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/buf.h"

struct lash_seen {
    int fd; /* of the file; -1: nothing is noted */
    struct lash_buf old, now;
    uint32_t *table; /* where in 'old' a folder is, by its inode */
    size_t mask;     /* of the table */
    size_t at;       /* of the folder in 'now' that is being noted; 0: none */
};

/* Takes over the notes of the last search that was for the same, as the key says.
 * The file stays the caller's. */
void lash_seen_load(struct lash_seen *s, int fd, const struct lash_buf *key);

/* The entries that were noted of a folder that has not changed: n bytes, each a
 * kind and a name, ended by a NUL. They are noted again. NULL: it is to be read. */
const char *lash_seen_entries(struct lash_seen *s, const struct stat *st, size_t *n);

/* Notes a folder that was opened and is about to be read; then its entries. */
void lash_seen_begin(struct lash_seen *s, int folder);
void lash_seen_add(struct lash_seen *s, char kind, const char *name);

/* Keeps what was noted, unless somebody else is about it. */
void lash_seen_save(struct lash_seen *s);

void lash_seen_free(struct lash_seen *s);

#endif
