/* measure.c - runs commands by turns and tells what each run of each took.
 *
 * usage: measure ROUNDS [NAME=VALUE...] COMMAND... [--- [NAME=VALUE...] COMMAND...]...
 *
 * A round is a run of every command: what slows the machine for a while slows
 * them all. Their order is another one in every round, the same each time this is
 * run: what a command leaves in the caches is met by all others. The first round is
 * not told; it fills caches. A line a run: the number
 * of the command, seconds of wall time, seconds of CPU (user and system, with
 * those of its children that it waited for), KB of resident memory at the peak.
 * What the commands print is dropped; one that fails ends it.
 *
 * A program in C, because the peak of a process that is started counts what its
 * parent had: here next to nothing. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_COMMANDS 16

_Noreturn static void die(const char *what, int code)
{
    (void)fprintf(stderr, "measure: %s: %s\n", what, strerror(code));
    exit(EXIT_FAILURE);
}

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static void run(int index, char **argv, const posix_spawn_file_actions_t *actions, int tell)
{
    pid_t pid;
    int status;
    struct rusage used;
    char **variable = argv;
    for (; *argv && strchr(*argv, '='); argv++)
        if (putenv(*argv) != 0)
            die(*argv, errno);
    if (!*argv)
        die("an empty command", EINVAL);
    double began = now();
    int rc = posix_spawnp(&pid, argv[0], actions, NULL, argv, environ);
    if (rc != 0)
        die(argv[0], rc);
    if (wait4(pid, &status, 0, &used) != pid)
        die("wait4", errno);
    double wall = now() - began;
    for (; variable < argv; variable++) { /* the next command does not have it */
        char name[64];
        (void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(*variable, "="), *variable);
        (void)unsetenv(name);
    }
    if (status != 0) {
        (void)fprintf(stderr, "measure: command %d (%s) failed: status %d, signal %d\n", index,
                      argv[0], WEXITSTATUS(status), WIFSIGNALED(status) ? WTERMSIG(status) : 0);
        exit(EXIT_FAILURE);
    }
    if (tell)
        (void)printf("%d %.6f %.6f %ld\n", index, wall,
                     seconds(used.ru_utime) + seconds(used.ru_stime), used.ru_maxrss);
}

/* Fisher and Yates's. */
static void shuffle(int *order, int count)
{
    for (int i = count - 1; i > 0; i--) {
        int j = rand() % (i + 1); /* NOLINT(*-rand*,*-msc*): any order will do */
        int other = order[i];
        order[i] = order[j];
        order[j] = other;
    }
}

int main(int argc, char **argv)
{
    char **commands[MAX_COMMANDS];
    int order[MAX_COMMANDS];
    int count = 0;
    long rounds = argc > 2 ? strtol(argv[1], NULL, 10) : 0;
    if (rounds < 1)
        die("usage: measure ROUNDS COMMAND... [--- COMMAND...]...", EINVAL);
    commands[count++] = argv + 2;
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "---") != 0)
            continue;
        argv[i] = NULL;
        if (count == MAX_COMMANDS || i + 1 == argc)
            die("too many commands, or an empty one", EINVAL);
        commands[count++] = argv + i + 1;
    }
    posix_spawn_file_actions_t actions;
    if (posix_spawn_file_actions_init(&actions) != 0 ||
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0) != 0 ||
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0) != 0)
        die("posix_spawn", ENOMEM);
    for (int i = 0; i < count; i++)
        order[i] = i;
    for (long round = 0; round <= rounds; round++) {
        shuffle(order, count);
        for (int i = 0; i < count; i++)
            run(order[i] + 1, commands[order[i]], &actions, round > 0);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    return EXIT_SUCCESS;
}
