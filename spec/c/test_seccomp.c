/* test_seccomp.c - sockets, other processes and privileges of a confined process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/sched.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

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

static int slow_parent(void)
{
    return result(setpriority(PRIO_PROCESS, (id_t)getppid(), 19));
}

static int slow_user(void)
{
    return result(setpriority(PRIO_USER, 0, 19));
}

static int slow_disk_of_parent(void)
{
    return result(syscall(SYS_ioprio_set, 1, getppid(), 3 << 13));
}

static int slow_disk_of_user(void)
{
    return result(syscall(SYS_ioprio_set, 3, 0, 3 << 13));
}

static int place_parent(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof(set), &set) != 0
               ? 0
               : result(sched_setaffinity(getppid(), sizeof(set), &set));
}

static int schedule_parent(void)
{
    struct sched_param none = {0};
    return result(sched_setscheduler(getppid(), SCHED_OTHER, &none));
}

static int move_memory_of_parent(void)
{
    return result(syscall(SYS_move_pages, getppid(), 0L, NULL, NULL, NULL, 0));
}

/* Priorities and processors are its own affair. */
static int schedule_itself(void)
{
    cpu_set_t set;
    struct sched_param none = {0};
    return setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0)) != 0 ||
                   sched_getaffinity(0, sizeof(set), &set) != 0 ||
                   sched_setaffinity(0, sizeof(set), &set) != 0 ||
                   sched_setscheduler(0, SCHED_OTHER, &none) != 0
               ? errno
               : 0;
}

static void test_other_processes_run_when_and_where_they_did(void **state)
{
    (void)state;
    attack *const attacks[] = {slow_parent,          slow_user,    slow_disk_of_parent,
                               slow_disk_of_user,    place_parent, schedule_parent,
                               move_memory_of_parent};
    for (size_t i = 0; i < sizeof(attacks) / sizeof(*attacks); i++)
        if (confined(attacks[i], 2) != EPERM)
            fail_msg("attack %zu", i);
    assert_int_equal(confined(schedule_itself, 2), 0);
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

static int set_attribute(void)
{
    return result(setxattr(out_file, "user.x", "y", 1, 0));
}

static int set_attribute_of_link(void)
{
    return result(lsetxattr(out_file, "user.x", "y", 1, 0));
}

static int remove_attribute(void)
{
    return result(removexattr(out_file, "user.x"));
}

static int set_attribute_of_what_is_only_read(void)
{
    int fd = open(system_file, O_RDONLY | O_CLOEXEC);
    return fd < 0 ? 0 : result(fsetxattr(fd, "user.x", "y", 1, 0));
}

static int remove_own_attribute(void)
{
    int fd = open("file", O_RDONLY | O_CLOEXEC);
    return fd < 0 ? 0 : result(fremovexattr(fd, "user.x"));
}

static void test_no_attributes(void **state)
{
    (void)state;
    assert_int_equal(confined(set_attribute, 2), EOPNOTSUPP);
    assert_int_equal(confined(set_attribute_of_link, 2), EOPNOTSUPP);
    assert_int_equal(confined(remove_attribute, 2), EOPNOTSUPP);
    assert_int_equal(confined(set_attribute_of_what_is_only_read, 2), EOPNOTSUPP);
    assert_int_equal(confined(remove_own_attribute, 2), EOPNOTSUPP);
}

static int kill_parent(void)
{
    return result(kill(getppid(), 0));
}

static int kill_everybody(void)
{
    return result(kill(-1, 0));
}

static int kill_group_of_parent(void)
{
    return result(kill(-getpgid(getppid()), 0));
}

static int kill_thread_of_parent(void)
{
    return result(syscall(SYS_tgkill, getppid(), getppid(), 0));
}

static int kill_any_thread(void)
{
    return result(syscall(SYS_tkill, getppid(), 0));
}

static int queue_for_parent(void)
{
    siginfo_t info = {.si_code = SI_QUEUE};
    return result(syscall(SYS_rt_sigqueueinfo, getppid(), 0, &info));
}

static int queue_for_thread_of_parent(void)
{
    siginfo_t info = {.si_code = SI_QUEUE};
    return result(syscall(SYS_rt_tgsigqueueinfo, getppid(), getppid(), 0, &info));
}

static int kill_by_descriptor(void)
{
    long fd = syscall(SYS_pidfd_open, getppid(), 0);
    return fd < 0 ? errno : result(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0));
}

static int tell_parent_of_input(void)
{
    int ends[2];
    return pipe(ends) != 0 ? 0 : result(fcntl(ends[0], F_SETOWN, getppid()));
}

static int tell_parent_of_messages(void)
{
    int ends[2];
    int owner = getppid();
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return 0;
    return result(ioctl(ends[0], FIOSETOWN, &owner));
}

/* Where Landlock does not keep signals inside, these are kept from lash, which
 * would leave behind what it should remove. */
static void test_lash_is_not_killed(void **state)
{
    (void)state;
    attack *const attacks[] = {
        kill_parent,
        kill_everybody,
        kill_group_of_parent,
        kill_thread_of_parent,
        kill_any_thread,
        queue_for_parent,
        queue_for_thread_of_parent,
        kill_by_descriptor,
        tell_parent_of_input,
        tell_parent_of_messages,
    };
    int most = lash_sandbox_support().landlock;
    for (int abi = 0; abi <= most && abi < 6; abi++)
        for (size_t i = 0; i < sizeof(attacks) / sizeof(*attacks); i++)
            if (confined(attacks[i], abi) != EPERM)
                fail_msg("attack %zu, version %d", i, abi);
}

static int asker;

static int kill_asker(void)
{
    return result(kill(asker, 0));
}

static void test_nor_is_the_one_above_the_supervisor(void **state)
{
    (void)state;
    asker = fork();
    assert_true(asker >= 0);
    if (asker == 0) {
        (void)pause();
        _exit(0);
    }
    struct lash_sandbox spec = {.read = reads, .write = writes};
    struct lash_sandbox_support have = {.landlock = 0, .seccomp = true};
    assert_int_equal(confined_with(kill_asker, &spec, &have), 0);
    spec.lash = asker;
    assert_int_equal(confined_with(kill_asker, &spec, &have), EPERM);
    assert_int_equal(kill(asker, SIGKILL), 0);
    assert_int_equal(waitpid(asker, NULL, 0), asker);
}

static int kill_own_child(void)
{
    pid_t child = fork();
    if (child == 0) {
        (void)pause();
        _exit(0);
    }
    int status = 0;
    if (kill(child, SIGTERM) != 0 || waitpid(child, &status, 0) != child)
        return errno;
    return WIFSIGNALED(status) && raise(0) == 0 && kill(0, 0) == 0 ? 0 : EINVAL;
}

static void test_signals_inside_are_free(void **state)
{
    (void)state;
    int most = lash_sandbox_support().landlock;
    for (int abi = 0; abi <= most; abi++)
        assert_int_equal(confined(kill_own_child, abi), 0);
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
        cmocka_unit_test_setup_teardown(test_other_processes_run_when_and_where_they_did, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_no_attributes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lash_is_not_killed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nor_is_the_one_above_the_supervisor, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_signals_inside_are_free, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_signals_stay_inside_where_the_kernel_can, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
