/* proc.c - one command; see proc.h.
 *
 * Its standard input is a file in memory, so there is nothing to be written
 * while it runs and a command that never reads blocks nobody. Its output comes
 * through pipes (sockets could not be opened again as /dev/stderr). */
#include "sys/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "sys/confine.h"
#include "sys/descendants.h"
#include "sys/file.h"
#include "sys/open_files.h"
#include "sys/spawn.h"

#define PROGRAM "/proc/self/exe"
#define CONTROL 3 /* its number in the supervisor */
#define NOTES 4   /* likewise */
#define NOTES_TEXT "4"
#define BLOCK ((size_t)1 << 16) /* read at a time */
#define BLOCKS 16               /* in one go, so that others have their turn */
#define LAST_BLOCKS 32          /* what pipes hold in the end; more comes from a stranger */
#define KILL_WAIT 1000          /* milliseconds that freeing waits for the end */
#define SIGNALLED 128

/* One end of a pipe, and what came out of it. */
struct outlet {
    uv_poll_t poll;
    int fd;      /* -1: at its end, or closed */
    int failure; /* errno of a read; what came is not all */
    struct lash_excerpt text;
};

struct lash_proc {
    struct lash_source source;
    pid_t supervisor; /* 0: it never began, or was waited for */
    struct outlet outlets[2];
    uv_poll_t report; /* on 'control': it comes before the supervisor ends */
    int control;      /* its end kills */
    bool is_watched;
    int handles; /* that libuv still knows */
    bool freed;  /* by its owner */
    bool ended;
    struct lash_proc_end end;
    char *command; /* names of it, for messages */
    char *cwd;
};

/* What the supervisor is given as its first descriptors; closed here after. */
struct ends {
    int fds[CONTROL + 1];
};

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

static void on_close(uv_handle_t *handle)
{
    struct lash_proc *p = handle->data;
    if (--p->handles == 0 && p->freed)
        free(p);
}

/* ---- output ---- */

static void close_outlet(struct outlet *o)
{
    if (o->fd < 0)
        return;
    uv_close((uv_handle_t *)&o->poll, on_close);
    close_fd(&o->fd);
}

static void read_outlet(struct outlet *o, int blocks)
{
    static char block[BLOCK];
    for (int i = 0; i < blocks && o->fd >= 0; i++) {
        ssize_t n = read(o->fd, block, sizeof(block));
        if (n > 0)
            lash_excerpt_add(&o->text, block, (size_t)n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return;
        o->failure = n < 0 ? errno : o->failure;
        if (n <= 0)
            close_outlet(o);
    }
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    struct lash_proc *p = poll->data;
    read_outlet(poll == &p->outlets[0].poll ? &p->outlets[0] : &p->outlets[1], BLOCKS);
}

/* ---- the end ---- */

static void describe_failure(struct lash_proc *p, const struct lash_launch_report *r)
{
    struct lash_err *err = &p->end.err;
    bool missing = r->error == ENOENT || r->error == ENOTDIR;
    enum lash_code code = missing ? LASH_EMISSING : LASH_EIO;
    const char *reason = strerror(r->error);
    switch ((enum lash_launch_stage)r->stage) {
    case LASH_LAUNCH_FOLDER:
        (void)lash_err_set(err, code, "cannot enter the folder %s: %s", p->cwd, reason);
        break;
    case LASH_LAUNCH_CONFINE:
        (void)lash_err_set(err, LASH_EIO, "%s: %.*s", p->command, (int)sizeof(r->text) - 1,
                           r->text);
        break;
    case LASH_LAUNCH_EXEC:
        (void)lash_err_set(err, code, "cannot run %s: %s", p->command, reason);
        break;
    default: (void)lash_err_set(err, LASH_EIO, "cannot start %s: %s", p->command, reason); break;
    }
}

static void take_report(struct lash_proc *p)
{
    struct lash_launch_report r;
    ssize_t n = recv(p->control, &r, sizeof(r), MSG_DONTWAIT);
    if (n != (ssize_t)sizeof(r)) {
        lash_session_kill(p->supervisor); /* nobody else does */
        p->end.stage = LASH_LAUNCH_PREPARE;
        (void)lash_err_set(&p->end.err, LASH_EIO, "the supervisor of %s ended before it",
                           p->command);
        return;
    }
    p->end.stage = (enum lash_launch_stage)r.stage;
    p->end.strays = r.strays;
    p->end.seconds = (double)r.microseconds / 1e6;
    int failure = p->outlets[0].failure ? p->outlets[0].failure : p->outlets[1].failure;
    if (p->end.stage == LASH_LAUNCH_RAN && failure) {
        p->end.stage = LASH_LAUNCH_PREPARE;
        (void)lash_err_set(&p->end.err, LASH_EIO, "cannot read what %s prints: %s", p->command,
                           strerror(failure));
    } else if (p->end.stage != LASH_LAUNCH_RAN) {
        describe_failure(p, &r);
    } else if (WIFSIGNALED(r.status)) {
        p->end.signal = WTERMSIG(r.status);
        p->end.code = SIGNALLED + p->end.signal;
    } else {
        p->end.code = WEXITSTATUS(r.status);
    }
}

/* A command may have stopped its supervisor. Before every order, never behind it:
 * at its end a leak checker may have stopped it for a moment, and would wait for
 * ever for a stop that was taken back. */
static void wake(const struct lash_proc *p)
{
    if (p->supervisor > 0)
        (void)kill(p->supervisor, SIGCONT);
}

/* Waits for the end of a supervisor that is about to end. */
static void await_supervisor(struct lash_proc *p)
{
    int fd = pidfd_open(p->supervisor, 0);
    struct pollfd gone = {.fd = fd, .events = POLLIN};
    while (fd >= 0 && poll(&gone, 1, KILL_WAIT) < 0 && errno == EINTR)
        ;
    close_fd(&fd);
    if (waitpid(p->supervisor, NULL, WNOHANG) != 0) /* 0: later, when it is freed */
        p->supervisor = 0;
}

static void close_control(struct lash_proc *p)
{
    if (p->is_watched)
        uv_close((uv_handle_t *)&p->report, on_close);
    p->is_watched = false;
    close_fd(&p->control);
}

static void on_report(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    struct lash_proc *p = poll->data;
    for (int i = 0; i < 2; i++) {
        read_outlet(&p->outlets[i], LAST_BLOCKS);
        close_outlet(&p->outlets[i]);
    }
    take_report(p);
    close_control(p);
    await_supervisor(p);
    p->ended = true;
    lash_source_mark(&p->source);
}

/* The supervisor kills all when the control ends. Its own end is awaited, so
 * that nothing is left when the caller goes on. */
static void kill_now(struct lash_proc *p)
{
    wake(p);
    close_control(p);
    if (p->supervisor > 0)
        await_supervisor(p);
}

void lash_proc_free(struct lash_proc *p)
{
    if (!p)
        return;
    lash_source_drop(&p->source);
    for (int i = 0; i < 2; i++) {
        close_outlet(&p->outlets[i]);
        lash_excerpt_free(&p->outlets[i].text);
    }
    if (!p->ended)
        kill_now(p);
    else if (p->supervisor > 0)
        await_supervisor(p);
    free(p->command);
    free(p->cwd);
    p->freed = true;
    if (p->handles == 0)
        free(p);
}

/* ---- the beginning ---- */

static enum lash_code fail_start(struct lash_err *err, const char *what)
{
    return lash_err_set(err, LASH_EIO, "cannot start a process: %s: %s", what, strerror(errno));
}

/* A pipe whose reading end this process keeps, and polls. */
static enum lash_code open_outlet(struct lash_proc *p, struct outlet *o, int *writes,
                                  struct lash_err *err)
{
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) != 0)
        return fail_start(err, "pipe");
    *writes = fds[1];
    int rc = uv_poll_init(lash_loop_uv(p->source.loop), &o->poll, fds[0]);
    if (rc != 0) {
        (void)close(fds[0]);
        return lash_err_set(err, LASH_EIO, "cannot start a process: %s", uv_strerror(rc));
    }
    o->fd = fds[0];
    o->poll.data = p;
    p->handles++;
    rc = uv_poll_start(&o->poll, UV_READABLE, on_readable);
    if (rc != 0)
        return lash_err_set(err, LASH_EIO, "cannot start a process: %s", uv_strerror(rc));
    return LASH_OK;
}

static enum lash_code share_outlet(int *writes, int own, struct lash_err *err)
{
    *writes = fcntl(own, F_DUPFD_CLOEXEC, 0);
    return *writes >= 0 ? LASH_OK : fail_start(err, "output");
}

static enum lash_code open_input(int *fd, const struct lash_proc_spec *spec, struct lash_err *err)
{
    *fd =
        spec->input ? memfd_create("stdin", MFD_CLOEXEC) : open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (*fd < 0)
        return fail_start(err, "standard input");
    if (!spec->input)
        return LASH_OK;
    enum lash_code code = lash_file_write(*fd, "standard input", spec->input, spec->input_len, err);
    if (code != LASH_OK)
        return code;
    return lseek(*fd, 0, SEEK_SET) == 0 ? LASH_OK : fail_start(err, "standard input");
}

static enum lash_code add_entry(struct lash_buf *b, const char *key, const char *value)
{
    enum lash_code code = lash_buf_add(b, key, strlen(key));
    if (code == LASH_OK)
        code = lash_buf_add(b, "=", 1);
    return code == LASH_OK ? lash_buf_add(b, value, strlen(value) + 1) : code;
}

/* Where the searches for what a sandbox hides note what they have seen (seen.h):
 * one file for all commands of this process. -1: there is none. */
static int notes_for(const struct lash_proc_spec *spec)
{
    static int fd = -1;
    if (!spec->sandbox || !spec->sandbox->hide_names)
        return -1;
    if (fd < 0)
        fd = memfd_create("notes", MFD_CLOEXEC);
    return fd;
}

/* Puts the specification into the socket, where it waits for the supervisor. */
static enum lash_code send_spec(struct lash_proc *p, const struct lash_proc_spec *spec,
                                struct lash_err *err)
{
    struct lash_buf text = LASH_BUF_INIT(LASH_LAUNCH_SPEC_LIMIT);
    char pid[16];
    (void)snprintf(pid, sizeof(pid), "%ld", (long)getpid());
    uint32_t len = 0;
    enum lash_code code = lash_buf_add(&text, &len, sizeof(len));
    if (code == LASH_OK)
        code = add_entry(&text, "parent", pid);
    if (code == LASH_OK && spec->cwd)
        code = add_entry(&text, spec->real_cwd ? LASH_LAUNCH_REAL_CWD : "cwd", spec->cwd);
    for (const char *const *path = spec->absent; code == LASH_OK && path && *path; path++)
        code = add_entry(&text, LASH_LAUNCH_ABSENT, *path);
    if (code == LASH_OK && lash_open_files_before() > 0) {
        char limit[24];
        (void)snprintf(limit, sizeof(limit), "%lu", lash_open_files_before());
        code = add_entry(&text, LASH_LAUNCH_OPEN_FILES, limit);
    }
    if (code == LASH_OK && spec->sandbox)
        code = lash_confine_write(&text, spec->sandbox);
    if (code == LASH_OK && notes_for(spec) >= 0)
        code = add_entry(&text, LASH_LAUNCH_NOTES, NOTES_TEXT);
    if (code != LASH_OK) {
        (void)lash_err_set(err, code, "cannot start a process: its specification is too large");
    } else {
        len = (uint32_t)(text.len - sizeof(len));
        memcpy(text.ptr, &len, sizeof(len));
        ssize_t sent = send(p->control, text.ptr, text.len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent != (ssize_t)text.len)
            code = fail_start(err, "socket");
    }
    lash_buf_free(&text);
    return code;
}

static enum lash_code open_ends(struct lash_proc *p, struct ends *ends,
                                const struct lash_proc_spec *spec, struct lash_err *err)
{
    enum lash_code code = open_input(&ends->fds[STDIN_FILENO], spec, err);
    for (int i = 0; i < 2 && code == LASH_OK; i++) {
        int *fd = &ends->fds[STDOUT_FILENO + i];
        code = spec->shares_output ? share_outlet(fd, STDOUT_FILENO + i, err)
                                   : open_outlet(p, &p->outlets[i], fd, err);
    }
    if (code != LASH_OK)
        return code;
    int sockets[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0)
        return fail_start(err, "socket");
    p->control = sockets[0];
    ends->fds[CONTROL] = sockets[1];
    return send_spec(p, spec, err);
}

static enum lash_code watch_report(struct lash_proc *p, struct lash_err *err)
{
    int rc = uv_poll_init(lash_loop_uv(p->source.loop), &p->report, p->control);
    if (rc == 0) {
        p->report.data = p;
        p->is_watched = true;
        p->handles++;
        rc = uv_poll_start(&p->report, UV_READABLE | UV_DISCONNECT, on_report);
    }
    if (rc == 0)
        return LASH_OK;
    return lash_err_set(err, LASH_EIO, "cannot start a process: %s", uv_strerror(rc));
}

static enum lash_code spawn(struct lash_proc *p, const struct ends *ends,
                            const struct lash_proc_spec *spec, struct lash_err *err)
{
    static const char *const launch[] = {"lash", LASH_LAUNCH_FLAG, "3", "--"};
    const size_t first = sizeof(launch) / sizeof(*launch);
    size_t n = 0;
    while (spec->argv[n])
        n++;
    const char **args = calloc(first + n + 1, sizeof(*args));
    if (!args)
        return lash_err_set(err, LASH_ENOMEM, "out of memory");
    memcpy(args, launch, sizeof(launch));
    memcpy(args + first, spec->argv, n * sizeof(*args));

    int fds[NOTES + 1];
    memcpy(fds, ends->fds, sizeof(ends->fds));
    fds[NOTES] = notes_for(spec);
    int rc = lash_spawn(&p->supervisor, PROGRAM, fds, fds[NOTES] >= 0 ? NOTES + 1 : NOTES, args,
                        spec->env);
    free(args);
    if (rc == 0)
        return watch_report(p, err);
    p->supervisor = 0;
    return lash_err_set(err, rc == E2BIG ? LASH_ETOOBIG : LASH_EIO, "cannot run %s: %s", p->command,
                        strerror(rc));
}

enum lash_code lash_proc_start(struct lash_proc **out, struct lash_loop *loop,
                               const struct lash_proc_spec *spec, struct lash_err *err)
{
    struct lash_proc *p = calloc(1, sizeof(*p));
    if (!p)
        return lash_err_set(err, LASH_ENOMEM, "out of memory");
    lash_source_init(&p->source, loop);
    p->control = -1;
    for (int i = 0; i < 2; i++) {
        p->outlets[i].fd = -1;
        p->outlets[i].text = LASH_EXCERPT_INIT(spec->max_output);
    }
    struct ends ends = {{-1, -1, -1, -1}};
    enum lash_code code = LASH_ENOMEM;
    p->command = strdup(spec->argv[0]);
    p->cwd = strdup(spec->cwd ? spec->cwd : ".");
    if (!p->command || !p->cwd)
        (void)lash_err_set(err, code, "out of memory");
    else
        code = open_ends(p, &ends, spec, err);
    if (code == LASH_OK)
        code = spawn(p, &ends, spec, err);
    for (int i = 0; i <= CONTROL; i++)
        close_fd(&ends.fds[i]);
    if (code != LASH_OK) {
        lash_proc_free(p);
        return code;
    }
    *out = p;
    return LASH_OK;
}

const struct lash_source *lash_proc_source(const struct lash_proc *p)
{
    return &p->source;
}

static void send_order(const struct lash_proc *p, char order)
{
    if (p->ended)
        return;
    wake(p);
    (void)send(p->control, &order, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void lash_proc_stop(struct lash_proc *p)
{
    send_order(p, LASH_LAUNCH_STOP);
}

void lash_proc_kill(struct lash_proc *p)
{
    send_order(p, LASH_LAUNCH_KILL);
}

const struct lash_proc_end *lash_proc_end(const struct lash_proc *p)
{
    return p->ended ? &p->end : NULL;
}

const struct lash_excerpt *lash_proc_output(const struct lash_proc *p, bool standard_error)
{
    return &p->outlets[standard_error ? 1 : 0].text;
}
