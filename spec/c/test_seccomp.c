/* test_seccomp.c - sockets, other processes and privileges of a confined process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/sched.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/syscall.h>

#include "confined.h"

/* ---- sockets ---- */

static int tcp(void)
{
    return result(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int udp(void)
{
    return result(socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

static int unix_by_path(void)
{
    return result(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

static int netlink(void)
{
    return result(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0));
}

/* One of a pair of datagram sockets could be pointed at any path. */
static int pair_to_path(void)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) != 0)
        return errno;
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    (void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", socket_path);
    return result(sendto(ends[0], "x", 1, 0, (struct sockaddr *)&at, sizeof(at)));
}

static int stream_pair_to_path(void)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return 0;
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    (void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", socket_path);
    return result(connect(ends[0], (struct sockaddr *)&at, sizeof(at)));
}

static int raw_pair(void)
{
    int ends[2];
    return result(socketpair(AF_UNIX, SOCK_RAW | SOCK_CLOEXEC, 0, ends));
}

static int io_uring(void)
{
    return result(syscall(SYS_io_uring_setup, 1, NULL));
}

static void test_no_sockets(void **state)
{
    (void)state;
    attack *const attacks[] = {
        tcp, udp, unix_by_path, netlink, pair_to_path, stream_pair_to_path, raw_pair, io_uring};
    for (size_t i = 0; i < sizeof(attacks) / sizeof(*attacks); i++) {
        assert_int_not_equal(confined(attacks[i], 2), 0);
        assert_int_not_equal(confined(attacks[i], lash_sandbox_support().landlock), 0);
    }
    char byte;
    assert_int_equal(recv(listener, &byte, 1, MSG_DONTWAIT), -1); /* nothing came through */
}

static void test_the_net_is_no_unix_socket(void **state)
{
    (void)state;
    struct lash_sandbox spec = {.read = reads, .write = writes, .net = true};
    struct lash_sandbox_support have = lash_sandbox_support();
    assert_int_equal(confined_with(tcp, &spec, &have), 0);
    assert_int_equal(confined_with(udp, &spec, &have), 0);
    assert_int_equal(confined_with(unix_by_path, &spec, &have), EACCES);
    assert_int_equal(confined_with(netlink, &spec, &have), EACCES);
    assert_int_equal(confined_with(pair_to_path, &spec, &have), EACCES);
}

/* ---- other processes, privileges ---- */

static int trace(void)
{
    return result(ptrace(PTRACE_SEIZE, getppid(), NULL, NULL));
}

static int limit_parent(void)
{
    struct rlimit none = {0};
    return result(prlimit(getppid(), RLIMIT_FSIZE, &none, NULL));
}

static int limit_itself(void)
{
    struct rlimit now;
    return result(prlimit(0, RLIMIT_CORE, NULL, &now));
}

static int new_user_namespace(void)
{
    return result(syscall(SYS_unshare, CLONE_NEWUSER));
}

static int clone_into_namespace(void)
{
    long child = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);
    if (child == 0)
        _exit(0);
    return result(child);
}

static int clone_by_structure(void)
{
    uint64_t args[11] = {CLONE_NEWUSER};
    long child = syscall(SYS_clone3, args, sizeof(args));
    if (child == 0)
        _exit(0);
    return result(child);
}

static int shared_memory(void)
{
    return result(shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600));
}

static int type_into_terminal(void)
{
    return ioctl(0, TIOCSTI, "y") < 0 && errno == EPERM ? EPERM : 0;
}

static int change_root(void)
{
    return result(chroot("."));
}

static int become_nobody(void)
{
    return result(syscall(SYS_setuid, geteuid() == 0 ? 65534 : 0));
}

static int give_away(void)
{
    uid_t other = geteuid() == 0 ? 65534 : 0;
    return result(chown(in_file, other, (gid_t)-1));
}

/* To the kernel, a call of its own beside that of the same number. */
static int foreign_numbering(void)
{
    return result(syscall(0x40000000L | SYS_getpid));
}

static int future_call(void)
{
    return result(syscall(5000));
}

static void test_other_processes_and_privileges(void **state)
{
    (void)state;
    attack *const attacks[] = {trace,         limit_parent,       new_user_namespace,
                               change_root,   clone_by_structure, clone_into_namespace,
                               shared_memory, type_into_terminal, give_away,
                               become_nobody, foreign_numbering,  future_call};
    for (size_t i = 0; i < sizeof(attacks) / sizeof(*attacks); i++)
        if (confined(attacks[i], 2) == 0)
            fail_msg("attack %zu", i);
    assert_int_equal(confined(limit_itself, 2), 0);
}

static int kill_parent(void)
{
    return result(kill(getppid(), 0));
}

static void test_signals_stay_inside_where_the_kernel_can(void **state)
{
    (void)state;
    int abi = lash_sandbox_support().landlock;
    if (abi < 6)
        skip();
    assert_int_equal(confined(kill_parent, abi), EPERM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_no_sockets, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_net_is_no_unix_socket, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_other_processes_and_privileges, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_signals_stay_inside_where_the_kernel_can, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
