/* launch.c - lash as launcher and supervisor of one command; see launch.h.
 *
 * One thread and one loop over three descriptors: the socket, the signals (of
 * children and of whoever wants it stopped), and a pipe on which the child says
 * why it could not become the command. */
#include "sys/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "sys/aside.h"
#include "sys/confine.h"
#include "sys/descendants.h"
#include "sys/place.h"

#define EXIT_USAGE 64
#define EXIT_SOFTWARE 70
#define EXIT_NO_COMMAND 127

/* Milliseconds. */
#define SPEC_WAIT 10000  /* for the specification, which lash sends at once */
#define GRACE 3000       /* from SIGTERM to SIGKILL */
#define DRAIN 100        /* from the command's end to that of what it left */
#define SWEEP_PAUSE 5    /* between two looks for what is left */
#define SWEEP_LIMIT 5000 /* then only what no signal ends is left: a hanging disk */

const char *lash_launch_value(const struct lash_launch_spec *spec, const char *key,
                              const char *last)
{
    size_t n = strlen(key);
    const char *end = spec->entries + spec->len;
    const char *entry = last ? last + strlen(last) + 1 : spec->entries;
    for (; entry < end; entry += strlen(entry) + 1)
        if (strncmp(entry, key, n) == 0 && entry[n] == '=')
            return entry + n + 1;
    return NULL;
}

/* ---- the specification ---- */

static bool read_whole(int fd, void *to, size_t n)
{
    for (size_t done = 0; done < n;) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        int rc = poll(&ready, 1, SPEC_WAIT);
        ssize_t got = rc > 0 ? read(fd, (char *)to + done, n - done) : rc;
        if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN))
            return false; /* its end, or nothing for too long */
        if (got > 0)
            done += (size_t)got;
    }
    return true;
}

static bool knows_all(const struct lash_launch_spec *spec)
{
    static const char *const keys[] = {
        "parent=",
        "cwd=",
        "umask=",
        LASH_LAUNCH_REAL_CWD "=",
        LASH_LAUNCH_NOTES "=",
        LASH_LAUNCH_ABSENT "=",
        LASH_LAUNCH_OPEN_FILES "=",
        LASH_CONFINE_KEY,
    };
    const char *end = spec->entries + spec->len;
    for (const char *entry = spec->entries; entry < end; entry += strlen(entry) + 1) {
        bool known = false;
        for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
            known = known || strncmp(entry, keys[i], strlen(keys[i])) == 0;
        if (!known)
            return false;
    }
    return true;
}

/* Fills spec, whose memory stays until the end of the process. */
static bool read_spec(int fd, struct lash_launch_spec *spec)
{
    uint32_t len;
    if (!read_whole(fd, &len, sizeof(len)) || len > LASH_LAUNCH_SPEC_LIMIT)
        return false;
    char *entries = calloc((size_t)len + 1, 1);
    if (!entries)
        return false;
    *spec = (struct lash_launch_spec){.entries = entries, .len = len};
    if (!read_whole(fd, entries, len))
        return false;
    return (len == 0 || entries[len - 1] == '\0') && knows_all(spec);
}

/* Copies the command; its words are wiped from the supervisor's own command
 * line, where "pkill -f" and the like would find them. */
static bool take_command(char ***command, char **argv, int n)
{
    *command = calloc((size_t)n + 1, sizeof(**command));
    for (int i = 0; i < n && *command; i++) {
        (*command)[i] = strdup(argv[i]);
        if (!(*command)[i])
            return false;
        memset(argv[i], 0, strlen(argv[i]));
    }
    return *command != NULL;
}

/* ---- the child, until it is the command ---- */

/* Closes the descriptors from first to last. */
static void close_all(int first, int last)
{
    if (first > last || close_range((unsigned)first, (unsigned)last, 0) == 0)
        return;
    long end = sysconf(_SC_OPEN_MAX); /* a kernel that has no close_range */
    for (int fd = first; fd <= last && fd < end; fd++)
        (void)close(fd);
}

/* Closes all from first on, but for the notes of the search, which no command
 * inherits. */
static void close_rest(const struct lash_launch_spec *spec, int first)
{
    const char *text = lash_launch_value(spec, LASH_LAUNCH_NOTES, NULL);
    long notes = text ? strtol(text, NULL, 10) : -1;
    if (notes >= first && notes < INT_MAX && fcntl((int)notes, F_SETFD, FD_CLOEXEC) == 0) {
        close_all(first, (int)notes - 1);
        first = (int)notes + 1;
    }
    close_all(first, INT_MAX);
}

/* What lash ignores or blocks, the command must not: it never asked for it. */
static void reset_signals(void)
{
    for (int number = 1; number <= SIGRTMAX; number++)
        (void)signal(number, SIG_DFL);
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Who calls select() can take no more than the usual soft limit. */
static bool limit_open_files(const struct lash_launch_spec *spec)
{
    const char *text = lash_launch_value(spec, LASH_LAUNCH_OPEN_FILES, NULL);
    struct rlimit limit;
    if (!text)
        return true;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return false;
    rlim_t soft = strtoul(text, NULL, 10);
    limit.rlim_cur = soft < limit.rlim_max ? soft : limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

static void fail_stage(struct lash_launch_report *r, enum lash_launch_stage stage)
{
    r->stage = stage;
    r->error = errno;
}

/* Never returns to its caller when it succeeds. */
static void become_command(const struct lash_launch_spec *spec, char **command, pid_t supervisor,
                           struct lash_launch_report *r)
{
    (void)setpgid(0, 0);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || !limit_open_files(spec)) {
        fail_stage(r, LASH_LAUNCH_PREPARE);
        return;
    }
    if (getppid() != supervisor)
        _exit(EXIT_SOFTWARE); /* it died before we asked to be told */
    reset_signals();
    const char *mask = lash_launch_value(spec, "umask", NULL);
    if (mask)
        (void)umask((mode_t)strtoul(mask, NULL, 8));
    const char *folder = lash_launch_value(spec, "cwd", NULL);
    const char *real = lash_launch_value(spec, LASH_LAUNCH_REAL_CWD, NULL);
    if ((folder && chdir(folder) != 0) || (real && !lash_place_enter(real))) {
        fail_stage(r, LASH_LAUNCH_FOLDER);
        return;
    }
    struct lash_err err;
    if (lash_confine_apply(spec, &err) != LASH_OK) {
        fail_stage(r, LASH_LAUNCH_CONFINE);
        (void)snprintf(r->text, sizeof(r->text), "%.*s", (int)sizeof(r->text) - 1, err.msg);
        return;
    }
    (void)execvp(command[0], command);
    fail_stage(r, LASH_LAUNCH_EXEC);
}

/* Descriptor 3 is the pipe on which failure is told; a command that begins
 * closes it, and has 0, 1 and 2 alone. */
_Noreturn static void run_child(const struct lash_launch_spec *spec, char **command,
                                pid_t supervisor, int failure)
{
    struct lash_launch_report r = {.stage = LASH_LAUNCH_PREPARE};
    int pipe = STDERR_FILENO + 1;
    if (failure != pipe)
        pipe = dup3(failure, pipe, O_CLOEXEC);
    if (pipe < 0) {
        r.error = errno;
        pipe = failure;
    } else {
        close_rest(spec, pipe + 1);
        become_command(spec, command, supervisor, &r);
    }
    (void)!write(pipe, &r, sizeof(r)); /* less than a pipe holds: whole, and at once */
    _exit(EXIT_NO_COMMAND);
}

/* ---- the supervisor ---- */

/* Points in time are milliseconds of the monotonic clock; 0: never. */
struct supervisor {
    int control; /* -1: lash is gone */
    int signals;
    int failure; /* -1: the child has become the command, or has said why not */
    pid_t child;
    uint64_t began_us;
    bool ended;        /* the child has */
    bool alone;        /* nothing else is left */
    uint64_t kill_at;  /* the end of the grace */
    uint64_t sweep_at; /* when what is left is killed, once more */
    uint64_t give_up_at;
    struct lash_launch_report report;
    struct lash_aside absent[LASH_LAUNCH_ABSENT_MOST];
    int absents; /* how many */
};

static uint64_t now_us(void)
{
    return (uint64_t)(lash_clock_now() * 1e6);
}

static void stop(struct supervisor *s)
{
    if (s->kill_at || s->ended)
        return;
    s->kill_at = lash_clock_ms() + GRACE;
    (void)kill(-s->child, SIGTERM);
    (void)kill(-s->child, SIGCONT); /* one that is stopped would not hear of it */
}

static void sweep_now(struct supervisor *s)
{
    s->sweep_at = lash_clock_ms();
    if (!s->give_up_at) { /* the first time */
        s->give_up_at = s->sweep_at + SWEEP_LIMIT;
        (void)kill(-s->child, SIGKILL); /* all at once: no fork can be faster */
    }
}

static void take_order(struct supervisor *s)
{
    char order;
    ssize_t n = read(s->control, &order, 1);
    if (n > 0 && order == LASH_LAUNCH_KILL) {
        sweep_now(s);
    } else if (n > 0) {
        stop(s);
    } else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
        s->control = -1;
        sweep_now(s);
    }
}

static void reap(struct supervisor *s)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0 || (pid < 0 && errno == EINTR)) {
        if (pid < 0)
            continue;
        if (pid == s->child) {
            s->ended = true;
            s->report.status = status;
            s->report.microseconds = (int64_t)(now_us() - s->began_us);
            if (!s->sweep_at)
                s->sweep_at = lash_clock_ms() + DRAIN;
        } else if (s->give_up_at) {
            s->report.strays++;
        }
    }
    s->alone = pid < 0 && errno == ECHILD;
}

static void take_signals(struct supervisor *s)
{
    struct signalfd_siginfo info;
    while (read(s->signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
        if (info.ssi_signo != SIGCHLD)
            stop(s);
    reap(s);
}

static void take_failure(struct supervisor *s)
{
    struct lash_launch_report r;
    if (read(s->failure, &r, sizeof(r)) == (ssize_t)sizeof(r)) {
        s->report.stage = r.stage;
        s->report.error = r.error;
        memcpy(s->report.text, r.text, sizeof(r.text));
    }
    (void)close(s->failure);
    s->failure = -1;
}

static int time_left(const struct supervisor *s)
{
    uint64_t next = UINT64_MAX;
    if (s->kill_at && !s->ended)
        next = s->kill_at;
    if (s->sweep_at && s->sweep_at < next)
        next = s->sweep_at;
    if (next == UINT64_MAX)
        return -1;
    uint64_t now = lash_clock_ms();
    return next > now ? (int)(next - now) : 0;
}

/* False when what is left cannot be killed. */
static bool act(struct supervisor *s)
{
    uint64_t now = lash_clock_ms();
    bool grace_over = s->kill_at && now >= s->kill_at && !s->ended;
    if (grace_over || (s->sweep_at && now >= s->sweep_at)) {
        sweep_now(s);
        if (now >= s->give_up_at)
            return false;
        lash_descendants_kill();
        s->sweep_at = now + SWEEP_PAUSE;
    }
    return true;
}

/* What lash would see to itself; the folders are opened before the command may
 * put others in their place. False with errno. */
static bool open_absent(struct supervisor *s, const struct lash_launch_spec *spec)
{
    const char *path = NULL;
    while ((path = lash_launch_value(spec, LASH_LAUNCH_ABSENT, path))) {
        if (s->absents == LASH_LAUNCH_ABSENT_MOST) {
            errno = E2BIG;
            return false;
        }
        if (!lash_aside_open(&s->absent[s->absents++], path))
            return false;
    }
    return true;
}

static void set_absent_aside(const struct supervisor *s)
{
    char from[PATH_MAX], to[PATH_MAX];
    struct lash_err err;
    for (int i = 0; i < s->absents; i++)
        for (int where = LASH_ASIDE_OPENED; where <= LASH_ASIDE_AT_PATH; where++)
            if (lash_aside_take(&s->absent[i], (enum lash_aside_where)where, from, to, &err) !=
                LASH_OK)
                continue; /* most often: it was not made; and there is nobody to be told */
}

static void watch(struct supervisor *s)
{
    do {
        struct pollfd fds[] = {
            {.fd = s->control, .events = POLLIN},
            {.fd = s->signals, .events = POLLIN},
            {.fd = s->failure, .events = POLLIN},
        };
        if (poll(fds, 3, time_left(s)) > 0) {
            if (fds[2].revents)
                take_failure(s);
            if (fds[1].revents)
                take_signals(s);
            if (fds[0].revents)
                take_order(s);
        }
    } while (!(s->ended && s->alone) && act(s));
    if (s->failure >= 0)
        take_failure(s);
}

/* Signals as a descriptor; the child unblocks them again. */
static int open_signals(void)
{
    sigset_t set;
    (void)sigemptyset(&set);
    const int numbers[] = {SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
        (void)sigaddset(&set, numbers[i]);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return -1;
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

/* Whoever reads the command's output waits for its end, not for ours. */
static bool leave_standard_descriptors(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0)
        return false;
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (dup2(null, fd) < 0)
            return false;
    (void)close(null);
    return true;
}

/* False with errno. */
static bool begin(struct supervisor *s, const struct lash_launch_spec *spec, char **command)
{
    int pipes[2];
    s->signals = open_signals();
    if (s->signals < 0 || pipe2(pipes, O_CLOEXEC) != 0)
        return false;
    s->failure = pipes[0];
    s->began_us = now_us();
    pid_t self = getpid();
    s->child = fork();
    if (s->child == 0)
        run_child(spec, command, self, pipes[1]);
    (void)close(pipes[1]);
    if (s->child < 0)
        return false;
    (void)setpgid(s->child, s->child); /* as the child does: who is first does not matter */
    if (!leave_standard_descriptors())
        sweep_now(s);
    return true;
}

/* Its own session, a death sentence from lash, and every orphan below it. */
static bool become_supervisor(const struct lash_launch_spec *spec)
{
    (void)prctl(PR_SET_NAME, "lash-launch");
    if (getsid(0) != getpid() && setsid() < 0)
        return false;
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0 || prctl(PR_SET_PDEATHSIG, SIGTERM) != 0)
        return false;
    const char *parent = lash_launch_value(spec, "parent", NULL);
    return !parent || strtol(parent, NULL, 10) == (long)getppid();
}

int lash_launch(int argc, char **argv)
{
    static struct lash_launch_spec spec; /* static: their memory is that of the process */
    static char **command;
    static struct supervisor s;
    s.failure = -1; /* now, or the executable would carry all of it */
    char *end = NULL;
    long fd = argc > 4 ? strtol(argv[2], &end, 10) : 0;
    errno = 0;
    if (fd <= STDERR_FILENO || fd > INT_MAX || *end || strcmp(argv[3], "--") != 0 ||
        !read_spec((int)fd, &spec)) {
        if (errno == ENOMEM) { /* else it is nobody that asks */
            fail_stage(&s.report, LASH_LAUNCH_PREPARE);
            (void)send((int)fd, &s.report, sizeof(s.report), MSG_NOSIGNAL);
            return EXIT_SOFTWARE;
        }
        (void)fputs("lash: usage: " LASH_LAUNCH_FLAG " is how lash itself starts commands\n",
                    stderr);
        return EXIT_USAGE;
    }
    s.control = (int)fd;
    close_all(STDERR_FILENO + 1, s.control - 1); /* a lock of lash, say, is none of ours */
    close_rest(&spec, s.control + 1);
    if (take_command(&command, argv + 4, argc - 4) && become_supervisor(&spec) &&
        open_absent(&s, &spec) && begin(&s, &spec, command))
        watch(&s);
    else
        fail_stage(&s.report, LASH_LAUNCH_PREPARE);
    if (s.control < 0)
        set_absent_aside(&s);
    (void)send((int)fd, &s.report, sizeof(s.report), MSG_NOSIGNAL);
    return s.report.stage == LASH_LAUNCH_RAN ? EXIT_SUCCESS : EXIT_SOFTWARE;
}
