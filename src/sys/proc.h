/* proc.h - one command: started, watched, ended with all that it started.
 *
 * The command runs below a supervisor (launch.h) in a session of its own. Its
 * output is read while it runs: beginning and end are kept, the middle is
 * counted. It has ended when its direct process has: what that left behind is
 * killed a moment later, so nobody waits for pipes that a stray holds. */
#ifndef LASH_SYS_PROC_H
#define LASH_SYS_PROC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/excerpt.h"
#include "sys/launch.h"
#include "sys/loop.h"
#include "sys/sandbox.h"

struct lash_proc;

struct lash_proc_spec {
    const char *const *argv;   /* NULL-terminated; the first is looked up in $PATH of env */
    const char *const *env;    /* all of it: "NAME=value", NULL-terminated */
    const char *cwd;           /* NULL: that of this process */
    bool real_cwd;             /* no link in it is followed: place.h */
    const char *const *absent; /* aside.h; seen to should this process be killed */
    const char *input;         /* its standard input; NULL: /dev/null */
    size_t input_len;
    bool shares_output; /* it writes where this process does; nothing is kept */
    size_t max_output;  /* bytes kept of standard output, and as many of standard error */
    const struct lash_sandbox *sandbox; /* NULL: not confined */
};

/* How it ended. err.code is LASH_OK when the command ran; else 'stage' says
 * what of starting it failed, LASH_EMISSING that something was not there. */
struct lash_proc_end {
    struct lash_err err;
    enum lash_launch_stage stage;
    int code;   /* its exit status; 128 + signal */
    int signal; /* 0: none */
    int strays; /* processes that had to be killed after it */
    double seconds;
};

/* Strings are copied, or used up, before it returns. */
LASH_NODISCARD enum lash_code lash_proc_start(struct lash_proc **out, struct lash_loop *loop,
                                              const struct lash_proc_spec *spec,
                                              struct lash_err *err);

/* Ends what still runs with SIGKILL, and waits for that: a second at most. */
void lash_proc_free(struct lash_proc *p);

/* Marked when the command has ended. */
const struct lash_source *lash_proc_source(const struct lash_proc *p);

/* SIGTERM to its group, SIGKILL to all after 3 seconds. */
void lash_proc_stop(struct lash_proc *p);

/* SIGKILL to all, now. */
void lash_proc_kill(struct lash_proc *p);

/* NULL while it runs. */
const struct lash_proc_end *lash_proc_end(const struct lash_proc *p);

/* What it has written so far, to standard output or else to standard error. */
const struct lash_excerpt *lash_proc_output(const struct lash_proc *p, bool standard_error);

#endif
