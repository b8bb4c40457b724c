/* bench_streams.c - what many streams at once cost lash, and what they cost at
 * least.
 *
 * usage: bench_streams SERVER BARE LASH SCRIPT [STREAMS [RUNS]]
 *
 * Runs the bare client and lash by turns against one server, and each of them
 * with a single stream, too. Tells medians: the CPU time of the process (user and
 * system, without the server), its wall time, its peak of resident memory.
 * Memory for a stream is the peak with all streams less that with one, divided
 * by the streams that are more. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

#define CHUNKS "100"
#define WORDS "97" /* all chunks but the first, the last, and that of the usage */
#define EVERY_MS "50"
#define MAX_RUNS 99

struct cost {
    double cpu, wall, kb;
};

/* Of one program. */
struct runs {
    const char *name;
    struct cost all[MAX_RUNS], one[MAX_RUNS];
};

_Noreturn static void die(const char *what)
{
    (void)fprintf(stderr, "bench_streams: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static struct cost run(const char *const *argv)
{
    pid_t pid;
    int status;
    struct rusage used;
    double began = lash_clock_now();
    int rc = posix_spawn(&pid, argv[0], NULL, NULL, (char *const *)argv, environ);
    if (rc != 0 || wait4(pid, &status, 0, &used) != pid)
        die(argv[0]);
    if (status != 0) {
        (void)fprintf(stderr, "bench_streams: %s failed: %d\n", argv[0], status);
        exit(EXIT_FAILURE);
    }
    return (struct cost){
        .cpu = seconds(used.ru_utime) + seconds(used.ru_stime),
        .wall = lash_clock_now() - began,
        .kb = (double)used.ru_maxrss,
    };
}

/* The server ends with the pipe that is its standard input. */
static long start_server(const char *program)
{
    int input[2];
    int output[2];
    char port[16] = "";
    pid_t pid;
    posix_spawn_file_actions_t actions;
    if (pipe2(input, O_CLOEXEC) != 0 || pipe2(output, O_CLOEXEC) != 0 ||
        posix_spawn_file_actions_init(&actions) != 0)
        die("pipe");
    (void)posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
    (void)posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
    const char *argv[] = {program, CHUNKS, EVERY_MS, NULL};
    if (posix_spawn(&pid, program, &actions, NULL, (char *const *)argv, environ) != 0)
        die(program);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(output[1]);
    if (read(output[0], port, sizeof(port) - 1) <= 0)
        die("the server does not start");
    return strtol(port, NULL, 10);
}

/* Nothing of whoever runs this reaches lash. */
static void set_environment(const char *base)
{
    static const char *const foreign[] = {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"};
    for (size_t i = 0; i < sizeof(foreign) / sizeof(*foreign); i++)
        (void)unsetenv(foreign[i]);
    (void)setenv("DASHSCOPE_API_KEY", "sk-1", 1);
    (void)setenv("DASHSCOPE_API_BASE", base, 1);
    (void)setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
}

static int compare(const void *a, const void *b)
{
    const double *x = a;
    const double *y = b;
    return (*x > *y) - (*x < *y);
}

static double median(double *values, size_t n)
{
    qsort(values, n, sizeof(*values), compare);
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static struct cost medians(const struct cost *costs, size_t n)
{
    double cpu[MAX_RUNS];
    double wall[MAX_RUNS];
    double kb[MAX_RUNS];
    for (size_t i = 0; i < n; i++) {
        cpu[i] = costs[i].cpu;
        wall[i] = costs[i].wall;
        kb[i] = costs[i].kb;
    }
    return (struct cost){median(cpu, n), median(wall, n), median(kb, n)};
}

static struct cost tell(const struct runs *r, size_t n, double streams)
{
    struct cost all = medians(r->all, n);
    double more = all.kb - medians(r->one, n).kb;
    double each = streams > 1 ? more / (streams - 1) : 0;
    (void)printf("%-5s cpu %6.3f s   wall %6.3f s   peak %7.0f KB   %5.1f KB a stream\n", r->name,
                 all.cpu, all.wall, all.kb, each);
    return all;
}

int main(int argc, char **argv)
{
    if (argc < 5 || argc > 7)
        die("usage: bench_streams SERVER BARE LASH SCRIPT [STREAMS [RUNS]]");
    const char *streams = argc > 5 ? argv[5] : "1000";
    size_t n = argc > 6 ? strtoul(argv[6], NULL, 10) : 5;
    if (n < 1 || n > MAX_RUNS)
        die("RUNS");
    char base[64];
    char url[96];
    (void)snprintf(base, sizeof(base), "http://127.0.0.1:%ld/v1", start_server(argv[1]));
    (void)snprintf(url, sizeof(url), "%s/chat/completions", base);
    set_environment(base);

    static struct runs bare = {.name = "bare"};
    static struct runs lash = {.name = "lash"};
    for (size_t i = 0; i < n; i++) {
        bare.all[i] = run((const char *[]){argv[2], url, streams, NULL});
        lash.all[i] = run((const char *[]){argv[3], argv[4], streams, WORDS, NULL});
        bare.one[i] = run((const char *[]){argv[2], url, "1", NULL});
        lash.one[i] = run((const char *[]){argv[3], argv[4], "1", WORDS, NULL});
        (void)printf("run %zu: cpu %.3f s, %.3f s: %.2f times\n", i + 1, bare.all[i].cpu,
                     lash.all[i].cpu, lash.all[i].cpu / bare.all[i].cpu);
        (void)fflush(stdout);
    }
    double count = strtod(streams, NULL);
    (void)printf("medians of %zu runs, %s streams of " CHUNKS " chunks, " EVERY_MS " ms apart:\n",
                 n, streams);
    struct cost least = tell(&bare, n, count);
    struct cost ours = tell(&lash, n, count);
    (void)printf("times: cpu %.2f   wall %.2f\n", ours.cpu / least.cpu, ours.wall / least.wall);
    return EXIT_SUCCESS;
}
