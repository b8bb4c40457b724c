/* seccomp.c - which system calls this process may make; see seccomp.h.
 *
 * The filter is a table that is compiled into the kernel's BPF here: equality
 * of a number, at most of one argument. libseccomp would do the same and more,
 * but it would have to be there. */
#include "sys/seccomp.h"

#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#else
#error "no table of system calls for this architecture"
#endif

/* Calls above are of kernels that this table does not know, or of x86-64's second
 * numbering, x32: not implemented. */
#define LAST_KNOWN 462

#define IOPRIO_USER 3 /* linux/ioprio.h has an enum of it, of late */

#define OPEN_MODES (O_TRUNC | O_ACCMODE)
#define NEW_NAMESPACE                                                                              \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |  \
     CLONE_NEWNET)

#define ALLOW SECCOMP_RET_ALLOW
#define REFUSE(error) (SECCOMP_RET_ERRNO | (error))

/* The first row that fits decides; a call that none fits is allowed. */
struct rule {
    int call;
    enum { ALWAYS, EQUAL, ANY_BIT } test;
    unsigned arg;
    uint32_t mask, value; /* of EQUAL: argument & mask == value; of ANY_BIT: only mask */
    uint32_t action;
};

#define NEVER(name)                                                                                \
    {                                                                                              \
        SYS_##name, ALWAYS, 0, 0, 0, REFUSE(EPERM)                                                 \
    }
#define MISSING(name)                                                                              \
    {                                                                                              \
        SYS_##name, ALWAYS, 0, 0, 0, REFUSE(ENOSYS)                                                \
    }
#define NOT_SUPPORTED(name)                                                                        \
    {                                                                                              \
        SYS_##name, ALWAYS, 0, 0, 0, REFUSE(EOPNOTSUPP)                                            \
    }
#define WHEN(name, arg, mask, value, action)                                                       \
    {                                                                                              \
        SYS_##name, EQUAL, arg, mask, value, action                                                \
    }
/* An argument that is the process, 0 for whoever calls. */
#define ONLY_ITSELF(name, arg) WHEN(name, arg, UINT32_MAX, 0, ALLOW), NEVER(name)
/* A file opened for reading only is truncated all the same, and one opened with
 * the access mode 3 counts as opened for nothing. */
#define NO_TRUNCATION(name, arg)                                                                   \
    WHEN(name, arg, OPEN_MODES, O_TRUNC | O_RDONLY, REFUSE(EPERM)),                                \
        WHEN(name, arg, OPEN_MODES, O_TRUNC | O_ACCMODE, REFUSE(EPERM))

static const struct rule truncation[] = {
    NEVER(truncate),
    NO_TRUNCATION(openat, 2),
    MISSING(openat2), /* has its flags where no filter can look */
#ifdef __x86_64__
    NO_TRUNCATION(open, 1),
#endif
};

static const struct rule internet[] = {
    WHEN(socket, 0, UINT32_MAX, AF_INET, ALLOW),
    WHEN(socket, 0, UINT32_MAX, AF_INET6, ALLOW),
};

static const struct rule common[] = {
    /* Sockets: pairs, but none that could be pointed at a path afterwards. */
    {SYS_socket, ALWAYS, 0, 0, 0, REFUSE(EACCES)},
    WHEN(socketpair, 1, 0xf, SOCK_DGRAM, REFUSE(EACCES)),
    WHEN(socketpair, 1, 0xf, SOCK_RAW, REFUSE(EACCES)),
    WHEN(socketpair, 0, UINT32_MAX, AF_UNIX, ALLOW),
    {SYS_socketpair, ALWAYS, 0, 0, 0, REFUSE(EACCES)},
    MISSING(io_uring_setup), /* has system calls of its own, which no filter sees */
    MISSING(io_uring_enter),
    MISSING(io_uring_register),
    /* Other processes. */
    NEVER(ptrace),
    NEVER(process_vm_readv),
    NEVER(process_vm_writev),
    NEVER(process_madvise),
    NEVER(pidfd_getfd),
    NEVER(kcmp),
    ONLY_ITSELF(prlimit64, 0),
    /* When and where they run; 0 is who asks, or its group. */
    WHEN(setpriority, 0, UINT32_MAX, PRIO_USER, REFUSE(EPERM)),
    ONLY_ITSELF(setpriority, 1),
    WHEN(ioprio_set, 0, UINT32_MAX, IOPRIO_USER, REFUSE(EPERM)),
    ONLY_ITSELF(ioprio_set, 1),
    ONLY_ITSELF(sched_setaffinity, 0),
    ONLY_ITSELF(sched_setattr, 0),
    ONLY_ITSELF(sched_setparam, 0),
    ONLY_ITSELF(sched_setscheduler, 0),
    NEVER(migrate_pages),
    NEVER(move_pages),
    NEVER(perf_event_open),
    NEVER(userfaultfd),
    NEVER(bpf),
    NEVER(keyctl),
    NEVER(add_key),
    NEVER(request_key),
    /* Shared memory, semaphores and queues that have numbers or names of their own. */
    NEVER(shmget),
    NEVER(shmat),
    NEVER(shmctl),
    NEVER(semget),
    NEVER(semctl),
    NEVER(semop),
    NEVER(semtimedop),
    NEVER(msgget),
    NEVER(msgsnd),
    NEVER(msgrcv),
    NEVER(msgctl),
    NEVER(mq_open),
    NEVER(mq_unlink),
    /* Attributes, access lists among them: by a path of files anywhere, else of all that
     * may be read. Who copies files takes this for a file system without. */
    NOT_SUPPORTED(setxattr),
    NOT_SUPPORTED(lsetxattr),
    NOT_SUPPORTED(removexattr),
    NOT_SUPPORTED(lremovexattr),
    NOT_SUPPORTED(fsetxattr),
    NOT_SUPPORTED(fremovexattr),
    /* Namespaces and mounts: a new user namespace gives back every capability. */
    NEVER(unshare),
    NEVER(setns),
    {SYS_clone, ANY_BIT, 0, NEW_NAMESPACE, 0, REFUSE(EPERM)},
    MISSING(clone3), /* has its flags where no filter can look; all fall back to clone */
    NEVER(mount),
    NEVER(umount2),
    NEVER(mount_setattr),
    NEVER(move_mount),
    NEVER(open_tree),
    NEVER(fsopen),
    NEVER(fsconfig),
    NEVER(fsmount),
    NEVER(fspick),
    NEVER(pivot_root),
    NEVER(chroot),
    NEVER(open_by_handle_at),
    NEVER(fanotify_init),
    NEVER(quotactl),
    NEVER(quotactl_fd),
    /* The machine. */
    NEVER(init_module),
    NEVER(finit_module),
    NEVER(delete_module),
    NEVER(kexec_load),
#ifdef SYS_kexec_file_load
    NEVER(kexec_file_load),
#endif
    NEVER(reboot),
    NEVER(swapon),
    NEVER(swapoff),
    NEVER(acct),
    NEVER(syslog),
    NEVER(settimeofday),
    NEVER(clock_settime),
    NEVER(clock_adjtime),
    NEVER(sethostname),
    NEVER(setdomainname),
    NEVER(vhangup),
#ifdef __x86_64__
    NEVER(iopl),
    NEVER(ioperm),
    NEVER(modify_ldt),
#endif
    /* Typing into a terminal: it would answer our own questions. */
    WHEN(ioctl, 1, UINT32_MAX, TIOCSTI, REFUSE(EPERM)),
    WHEN(ioctl, 1, UINT32_MAX, TIOCLINUX, REFUSE(EPERM)),
};

/* Signals whose receivers no filter can see. */
static const struct rule hidden_signals[] = {
    NEVER(tkill), /* a thread of anybody */
    NEVER(pidfd_send_signal),
    WHEN(kill, 0, UINT32_MAX, UINT32_MAX, REFUSE(EPERM)), /* -1: everybody */
    WHEN(fcntl, 1, UINT32_MAX, F_SETOWN, REFUSE(EPERM)),  /* what is told by SIGIO */
    WHEN(fcntl, 1, UINT32_MAX, F_SETOWN_EX, REFUSE(EPERM)),
    WHEN(ioctl, 1, UINT32_MAX, FIOSETOWN, REFUSE(EPERM)),
    WHEN(ioctl, 1, UINT32_MAX, SIOCSPGRP, REFUSE(EPERM)),
};

/* Those whose first argument says to whom. */
static const int signals[] = {SYS_kill, SYS_tgkill, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo};

#define COUNT(list) (sizeof(list) / sizeof(*(list)))
#define PER_RULE 6
#define MAX_SPARED 8
#define MAX_PROGRAM                                                                                \
    (16 + PER_RULE * (COUNT(truncation) + COUNT(internet) + COUNT(hidden_signals) +                \
                      MAX_SPARED * COUNT(signals) + COUNT(common)))

struct program {
    struct sock_filter code[MAX_PROGRAM];
    unsigned short n;
};

static void emit(struct program *p, uint16_t op, uint32_t k, uint8_t yes, uint8_t no)
{
    p->code[p->n++] = (struct sock_filter){.code = op, .jt = yes, .jf = no, .k = k};
}

static void emit_load(struct program *p, size_t offset)
{
    emit(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void emit_return(struct program *p, uint32_t action)
{
    emit(p, BPF_RET | BPF_K, action, 0, 0);
}

/* The number is in the accumulator before and after. Of an argument the low
 * half counts: those tested are of 32 bits to the kernel. */
static void emit_rule(struct program *p, const struct rule *r)
{
    if (r->test == ALWAYS) {
        emit(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)r->call, 0, 1);
        emit_return(p, r->action);
        return;
    }
    bool equal = r->test == EQUAL;
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)r->call, 0, equal ? 5 : 4);
    emit_load(p, offsetof(struct seccomp_data, args) + r->arg * sizeof(uint64_t));
    if (equal) {
        emit(p, BPF_ALU | BPF_AND | BPF_K, r->mask, 0, 0);
        emit(p, BPF_JMP | BPF_JEQ | BPF_K, r->value, 0, 1);
    } else {
        emit(p, BPF_JMP | BPF_JSET | BPF_K, r->mask, 0, 1);
    }
    emit_return(p, r->action);
    emit_load(p, offsetof(struct seccomp_data, nr));
}

static void emit_rules(struct program *p, const struct rule *rules, size_t n)
{
    for (size_t i = 0; i < n; i++)
        emit_rule(p, &rules[i]);
}

static void emit_signals(struct program *p, const int *spared)
{
    emit_rules(p, hidden_signals, COUNT(hidden_signals));
    for (size_t n = 0; n < MAX_SPARED && spared[n] != 0; n++)
        for (size_t i = 0; i < COUNT(signals); i++) {
            struct rule r = {signals[i], EQUAL, 0, UINT32_MAX, (uint32_t)spared[n], REFUSE(EPERM)};
            emit_rule(p, &r);
        }
}

static void compile(struct program *p, const struct lash_seccomp *spec)
{
    emit_load(p, offsetof(struct seccomp_data, arch));
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0);
    emit_return(p, SECCOMP_RET_KILL_PROCESS);
    emit_load(p, offsetof(struct seccomp_data, nr));
    emit(p, BPF_JMP | BPF_JGT | BPF_K, LAST_KNOWN, 0, 1);
    emit_return(p, REFUSE(ENOSYS));
    if (spec->truncates)
        emit_rules(p, truncation, COUNT(truncation));
    if (spec->net)
        emit_rules(p, internet, COUNT(internet));
    if (spec->spared)
        emit_signals(p, spec->spared);
    emit_rules(p, common, COUNT(common));
    emit_return(p, ALLOW);
}

bool lash_seccomp_supported(void)
{
    uint32_t action = SECCOMP_RET_ERRNO;
    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

enum lash_code lash_seccomp_apply(const struct lash_seccomp *spec, struct lash_err *err)
{
    struct program p = {.n = 0};
    compile(&p, spec);
    struct sock_fprog program = {.len = p.n, .filter = p.code};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        return lash_err_set(err, LASH_EIO, "cannot confine: seccomp: %s", strerror(errno));
    return LASH_OK;
}
