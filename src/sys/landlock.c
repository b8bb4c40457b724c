/* landlock.c - what files this process may open from now on; see landlock.h.
 *
 * By raw system calls: the C library has no functions for them, and the kernel
 * headers of Debian 12 end with version 2 of the interface. */
#include "sys/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Rights by the version that brought them. */
#define FS_EXECUTE (1u << 0)
#define FS_WRITE_FILE (1u << 1)
#define FS_READ_FILE (1u << 2)
#define FS_READ_DIR (1u << 3)
#define FS_ALL_1 ((1u << 13) - 1)
#define FS_REFER (1u << 13)     /* 2; before, nothing moves between folders */
#define FS_TRUNCATE (1u << 14)  /* 3 */
#define NET_TCP 3u              /* 4: bind, connect */
#define FS_IOCTL_DEV (1u << 15) /* 5 */
#define SCOPES 3u               /* 6: abstract Unix sockets, signals */

#define FS_READ (FS_EXECUTE | FS_READ_FILE | FS_READ_DIR)
#define FS_OF_A_FILE (FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV)

#define CREATE_VERSION 1u
#define RULE_PATH_BENEATH 1

/* The kernel takes a longer structure than it knows when the rest is zero. */
struct ruleset {
    uint64_t fs, net, scoped;
};

struct path_beneath {
    uint64_t allowed;
    int32_t parent;
} __attribute__((packed));

int lash_landlock_abi(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION);
    return abi > 0 ? (int)abi : 0;
}

/* What the versions up to this one can refuse. */
static struct ruleset handled(int abi, bool net)
{
    return (struct ruleset){
        .fs = FS_ALL_1 | (abi >= 2 ? FS_REFER : 0) |
              (abi >= LASH_LANDLOCK_TRUNCATES ? FS_TRUNCATE : 0) | (abi >= 5 ? FS_IOCTL_DEV : 0),
        .net = abi >= 4 && !net ? NET_TCP : 0,
        .scoped = abi >= LASH_LANDLOCK_SCOPES ? SCOPES : 0,
    };
}

static enum lash_code fail(struct lash_err *err, const char *path)
{
    return lash_err_set(err, LASH_EIO, "cannot confine to %s: %s", path, strerror(errno));
}

/* Grants rights below a path. The rights of folders are none of a file's. */
static enum lash_code grant(int ruleset, const char *path, uint64_t rights, bool must_exist,
                            struct lash_err *err)
{
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0 && !must_exist && (errno == ENOENT || errno == ENOTDIR || errno == EACCES))
        return LASH_OK;
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        enum lash_code code = fail(err, path);
        if (fd >= 0)
            close(fd);
        return code;
    }
    struct path_beneath rule = {.allowed = S_ISDIR(st.st_mode) ? rights : rights & FS_OF_A_FILE,
                                .parent = fd};
    enum lash_code code = LASH_OK;
    if (rule.allowed && syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0) != 0)
        code = fail(err, path);
    close(fd);
    return code;
}

static enum lash_code grant_all(int ruleset, const struct lash_landlock *spec, uint64_t fs,
                                struct lash_err *err)
{
    enum lash_code code = LASH_OK;
    for (const char *const *path = spec->read; code == LASH_OK && path && *path; path++)
        code = grant(ruleset, *path, FS_READ & fs, false, err);
    for (const char *const *path = spec->write; code == LASH_OK && path && *path; path++)
        code = grant(ruleset, *path, fs, true, err);
    return code;
}

enum lash_code lash_landlock_apply(const struct lash_landlock *spec, struct lash_err *err)
{
    struct ruleset attr = handled(spec->abi, spec->net);
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
    if (ruleset < 0)
        return lash_err_set(err, LASH_EIO, "cannot confine: Landlock: %s", strerror(errno));
    enum lash_code code = grant_all(ruleset, spec, attr.fs, err);
    if (code == LASH_OK && syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
        code = lash_err_set(err, LASH_EIO, "cannot confine: Landlock: %s", strerror(errno));
    close(ruleset);
    return code;
}
