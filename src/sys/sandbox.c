/* sandbox.c - confines this process for ever; see sandbox.h. */
#include "sys/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "sys/hide.h"
#include "sys/landlock.h"
#include "sys/seccomp.h"

/* The first to go when memory runs out, before lash itself. */
#define OOM_SCORE "800"

/* Devices that everybody needs, and that lead nowhere. */
static const char *const devices[] = {"/dev/null",   "/dev/zero",    "/dev/full",
                                      "/dev/random", "/dev/urandom", NULL};
#define MAX_WRITABLE 32

struct lash_sandbox_support lash_sandbox_support(void)
{
    return (struct lash_sandbox_support){
        .landlock = lash_landlock_abi(),
        .seccomp = lash_seccomp_supported(),
    };
}

/* Lowers a limit; one that is lower already stays. */
static bool limit(__rlimit_resource_t what, uint64_t most)
{
    struct rlimit now;
    if (getrlimit(what, &now) != 0)
        return false;
    if (now.rlim_max > most)
        now.rlim_max = most;
    if (now.rlim_cur > now.rlim_max)
        now.rlim_cur = now.rlim_max;
    return setrlimit(what, &now) == 0;
}

/* A user's limit of processes counts every thread that he runs anywhere, so it
 * must leave room for those. */
static uint64_t processes(uint64_t more)
{
    struct sysinfo info;
    return (sysinfo(&info) == 0 ? info.procs : 0) + more;
}

static enum lash_code set_limits(const struct lash_sandbox *s, struct lash_err *err)
{
    const struct {
        __rlimit_resource_t what;
        uint64_t most;
    } limits[] = {
        {RLIMIT_CPU, s->cpu_seconds},
        {RLIMIT_DATA, s->memory_bytes},
        {RLIMIT_FSIZE, s->file_bytes},
        {RLIMIT_NOFILE, s->open_files},
        {RLIMIT_NPROC, s->more_processes ? processes(s->more_processes) : 0},
    };
    for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++)
        if (limits[i].most > 0 && !limit(limits[i].what, limits[i].most))
            return lash_err_set(err, LASH_EIO, "cannot confine: limits: %s", strerror(errno));
    if (!limit(RLIMIT_CORE, 0)) /* a core has what the process had in memory */
        return lash_err_set(err, LASH_EIO, "cannot confine: limits: %s", strerror(errno));
    return LASH_OK;
}

/* Only makes things better where it works. */
static void offer_to_oom_killer(void)
{
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)!write(fd, OOM_SCORE, strlen(OOM_SCORE));
    close(fd);
}

/* Root keeps one: to work on files of others, in the folders that are granted.
 * Anybody else has none, and exec gives none back. */
static enum lash_code drop_capabilities(struct lash_err *err)
{
    for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
        if (cap != CAP_DAC_OVERRIDE)
            (void)prctl(PR_CAPBSET_DROP, cap, 0, 0, 0); /* refused to who has none to lose */
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
    if (syscall(SYS_capset, &header, none) != 0)
        return lash_err_set(err, LASH_EIO, "cannot confine: capabilities: %s", strerror(errno));
    return LASH_OK;
}

static enum lash_code confine_files(const struct lash_sandbox *s, int abi, struct lash_err *err)
{
    const char *write[MAX_WRITABLE];
    size_t n = 0;
    for (const char *const *path = devices; *path; path++)
        if (access(*path, F_OK) == 0)
            write[n++] = *path;
    for (const char *const *path = s->write; path && *path; path++) {
        if (n + 1 == MAX_WRITABLE)
            return lash_err_set(err, LASH_ETOOBIG, "cannot confine: too many writable folders");
        write[n++] = *path;
    }
    write[n] = NULL;
    struct lash_landlock spec = {.abi = abi, .read = s->read, .write = write, .net = s->net};
    return lash_landlock_apply(&spec, err);
}

/* The supervisor and lash must not be killed before they have removed what the
 * command should not leave. */
static enum lash_code confine_calls(const struct lash_sandbox *s, int abi, struct lash_err *err)
{
    const int supervisor = (int)getppid();
    int spared[5] = {supervisor, -(int)getpgid(supervisor)};
    if (s->lash > 0) {
        spared[2] = s->lash;
        spared[3] = -(int)getpgid(s->lash);
    }
    struct lash_seccomp calls = {.net = s->net,
                                 .truncates = abi < LASH_LANDLOCK_TRUNCATES,
                                 .spared = abi < LASH_LANDLOCK_SCOPES ? spared : NULL};
    return lash_seccomp_apply(&calls, err);
}

enum lash_code lash_sandbox_apply(const struct lash_sandbox *spec,
                                  const struct lash_sandbox_support *have, struct lash_err *err)
{
    offer_to_oom_killer();
    struct lash_hide hide = {
        .in = spec->hide_in,
        .search = {.names = spec->hide_names,
                   .files = spec->hide_files,
                   .texts = spec->hide_texts,
                   .notes = spec->notes ? spec->notes : -1},
        .paths = spec->hide,
    };
    enum lash_code code = lash_hide(&hide, err);
    if (code == LASH_OK)
        code = drop_capabilities(err);
    if (code == LASH_OK && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        code = lash_err_set(err, LASH_EIO, "cannot confine: %s", strerror(errno));
    if (code == LASH_OK && have->landlock > 0)
        code = confine_files(spec, have->landlock, err);
    if (code == LASH_OK && have->seccomp)
        code = confine_calls(spec, have->landlock, err);
    /* Last: what this process itself has taken may be more than they allow. */
    return code == LASH_OK ? set_limits(spec, err) : code;
}
