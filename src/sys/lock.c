/* lock.c - locks between processes; see lock.h. */
#include "sys/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <string.h>
#include <unistd.h>

#include "base/backoff.h"
#include "sys/file.h"

/* Where a lock stands: names that share a byte would exclude each other, so
 * there are 2^62 of them. */
static off_t place_of(const char *name, size_t n)
{
    SHA2_CTX sha;
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256Init(&sha);
    SHA256Update(&sha, (const uint8_t *)name, n);
    SHA256Final(digest, &sha);
    uint64_t place;
    memcpy(&place, digest, sizeof(place));
    return (off_t)(place >> 2);
}

static struct flock range_of(const char *name, size_t n)
{
    return (struct flock){
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = place_of(name, n), .l_len = 1};
}

enum lash_code lash_lock_take(int *fd, const char *path, const char *name, size_t n,
                              uint64_t deadline_ms, struct lash_err *err)
{
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        return lash_file_fail(err, "lock", path);
    struct flock range = range_of(name, n);
    for (unsigned i = 0; fcntl(file, F_OFD_SETLK, &range) != 0; i++) {
        if (errno == EAGAIN || errno == EACCES) {
            if (lash_backoff(i, deadline_ms))
                continue;
            close(file);
            return lash_err_set(err, LASH_EBUSY, "%s is locked by another process", path);
        }
        enum lash_code code = lash_file_fail(err, "lock", path);
        close(file);
        return code;
    }
    *fd = file;
    return LASH_OK;
}

enum lash_code lash_lock_held(bool *held, const char *path, const char *name, size_t n,
                              struct lash_err *err)
{
    *held = false;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0)
        return errno == ENOENT ? LASH_OK : lash_file_fail(err, "read", path);
    struct flock range = range_of(name, n);
    enum lash_code code = LASH_OK;
    if (fcntl(file, F_OFD_GETLK, &range) != 0)
        code = lash_file_fail(err, "look at", path);
    else
        *held = range.l_type != F_UNLCK;
    close(file);
    return code;
}
