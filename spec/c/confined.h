/* confined.h - attacks in a confined child, and folders to aim them at. */
#ifndef LASH_SPEC_CONFINED_H
#define LASH_SPEC_CONFINED_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/sandbox.h"

#define NOT_CONFINED 200 /* exit status: the sandbox itself failed */
#define KILLED 201

/* A folder "in" that is granted, and one beside it, "out", that is not, each
 * with a file. */
static char base[64];
static char in[80], in_file[96], out_file[96], system_file[96], socket_path[96];
static int listener;

static inline void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static inline void make_path(char *to, size_t n, const char *name)
{
    (void)snprintf(to, n, "%s/%s", base, name);
}

static inline int set_up(void **state)
{
    (void)state;
    (void)snprintf(base, sizeof(base), "/tmp/lash-sandbox-XXXXXX");
    assert_non_null(mkdtemp(base));
    char path[96];
    const char *const folders[] = {"in", "out", "system", "in/deep"};
    for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
        make_path(path, sizeof(path), folders[i]);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    make_path(in, sizeof(in), "in");
    make_path(in_file, sizeof(in_file), "in/file");
    make_path(out_file, sizeof(out_file), "out/file");
    make_path(system_file, sizeof(system_file), "system/file");
    make_path(socket_path, sizeof(socket_path), "in/socket");
    write_file(in_file, "in");
    write_file(out_file, "out");
    write_file(system_file, "system");
    make_path(path, sizeof(path), "in/link");
    assert_int_equal(symlink(out_file, path), 0);
    make_path(path, sizeof(path), "in/deep/key.pem");
    write_file(path, "secret");
    make_path(path, sizeof(path), "in/deep/other");
    write_file(path, "other");

    struct sockaddr_un at = {.sun_family = AF_UNIX};
    (void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", socket_path);
    listener = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof(at)), 0);
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    close(listener);
    char command[96];
    (void)snprintf(command, sizeof(command), "rm -rf %s", base);
    return system(command); // NOLINT(cert-env33-c): a folder of our own
}

/* The result of an attack: 0, or errno. */
typedef int attack(void);

/* Runs it in a confined child; what it said, or why it could not. */
static inline int confined_with(attack *f, const struct lash_sandbox *spec,
                                const struct lash_sandbox_support *have)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct lash_err err;
        if (chdir(in) != 0)
            _exit(NOT_CONFINED);
        if (lash_sandbox_apply(spec, have, &err) != LASH_OK) {
            (void)fprintf(stderr, "%s\n", err.msg);
            _exit(NOT_CONFINED);
        }
        _exit(f());
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : KILLED;
}

static char granted_system[96];
static const char *const reads[] = {"/usr", "/bin",  "/lib",         "/lib64",
                                    "/etc", "/proc", granted_system, NULL};
static const char *const writes[] = {".", NULL};

static inline int confined(attack *f, int abi)
{
    make_path(granted_system, sizeof(granted_system), "system");
    struct lash_sandbox spec = {.read = reads, .write = writes};
    struct lash_sandbox_support have = {.landlock = abi, .seccomp = true};
    return confined_with(f, &spec, &have);
}

/* Opens and closes. */
static inline int try_open(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno;
    close(fd);
    return 0;
}

static inline int result(long rc)
{
    return rc < 0 ? errno : 0;
}

#endif
