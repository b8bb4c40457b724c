/* memory.c - an allocator that fails, for a program that is started with this
 * library in LD_PRELOAD. A program with the address sanitizer keeps the sanitizer's
 * allocator, behind this one (ASAN_OPTIONS=verify_asan_link_order=0).
 *
 *   FAULT_PROGRAM=NAME  acts in processes of this name alone
 *   FAULT_MEMORY=N      the N-th allocation fails; "N+": and all that follow
 *   FAULT_SITE=SITE     the N-th of this site
 *   FAULT_COUNT=FILE    gets the number of allocations, at the end
 *   FAULT_SITES=FILE    gets lines of "SITE COUNT"
 *
 * An allocation is a call of malloc, calloc, realloc, memalign and their like,
 * whoever makes it: Lua, libcurl, SQLite, yajl, the C library, ours. Its site is the
 * innermost calls that led to it, as a number that is the same in every run. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <unwind.h>

#define DEPTH 10        /* calls that make a site, with our own two or three */
#define MOST (1u << 16) /* sites, a power of two */

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-*,readability-*): the C library's names */
static struct {
    void *(*malloc)(size_t size);
    void *(*calloc)(size_t n, size_t size);
    void *(*realloc)(void *ptr, size_t size);
    void *(*memalign)(size_t alignment, size_t size);
} next; /* of who has them without us */

static atomic_long count;
static long first;    /* that fails; 0: none */
static bool for_good; /* and all that follow */
static bool counting; /* begins with the program's own code, not with the loader's */
static uint64_t site; /* the one that is counted; 0: all are */
static const char *told;

static atomic_flag busy = ATOMIC_FLAG_INIT;
static struct {
    uint64_t site;
    long count;
} * sites; /* NULL: nobody wants to know */
static const char *told_sites;

static void find_next(void)
{
    if (next.malloc)
        return;
    *(void **)&next.calloc = dlsym(RTLD_NEXT, "calloc");
    *(void **)&next.realloc = dlsym(RTLD_NEXT, "realloc");
    *(void **)&next.memalign = dlsym(RTLD_NEXT, "memalign");
    *(void **)&next.malloc = dlsym(RTLD_NEXT, "malloc");
}

__attribute__((constructor)) static void read_environment(void)
{
    const char *program = getenv("FAULT_PROGRAM");
    if (program && strcmp(program, program_invocation_short_name) != 0)
        return;
    const char *memory = getenv("FAULT_MEMORY");
    if (memory) {
        first = strtol(memory, NULL, 10);
        for_good = strchr(memory, '+') != NULL;
    }
    const char *only = getenv("FAULT_SITE");
    if (only)
        site = strtoull(only, NULL, 16);
    told = getenv("FAULT_COUNT");
    told_sites = getenv("FAULT_SITES");
    if (told_sites)
        sites = calloc(MOST, sizeof(*sites));
    counting = true;
}

struct walk {
    uint64_t hash;
    int depth;
};

static _Unwind_Reason_Code on_call(struct _Unwind_Context *context, void *ctx)
{
    struct walk *w = ctx;
    struct dl_find_object object;
    uintptr_t at = _Unwind_GetIP(context);
    void *place;
    memcpy(&place, &at, sizeof(place));
    if (_dl_find_object(place, &object) == 0)
        at -= (uintptr_t)object.dlfo_map_start; /* which is another one in each run */
    w->hash = (w->hash ^ at) * 0x100000001B3u;
    return ++w->depth < DEPTH ? _URC_NO_REASON : _URC_END_OF_STACK;
}

static uint64_t find_site(void)
{
    struct walk w = {.hash = 0xCBF29CE484222325u};
    (void)_Unwind_Backtrace(on_call, &w);
    return w.hash | 1;
}

static void count_site(uint64_t key)
{
    while (atomic_flag_test_and_set(&busy))
        ;
    size_t at = (key >> 8) % MOST;
    while (sites[at].site != 0 && sites[at].site != key)
        at = (at + 1) % MOST;
    sites[at].site = key;
    sites[at].count++;
    atomic_flag_clear(&busy);
}

static bool fails(void)
{
    if (!counting)
        return false;
    bool all = for_good && first > 0 && atomic_load(&count) >= first;
    uint64_t key = sites || (site != 0 && !all) ? find_site() : 0;
    if (sites)
        count_site(key);
    if (site != 0 && !all && key != site)
        return false;
    long n = atomic_fetch_add(&count, 1) + 1;
    if (first == 0 || n < first || (n > first && !for_good))
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    find_next();
    return fails() ? NULL : next.malloc(size);
}

void *calloc(size_t n, size_t size)
{
    find_next();
    return fails() ? NULL : next.calloc(n, size);
}

void *realloc(void *ptr, size_t size)
{
    find_next();
    return size > 0 && fails() ? NULL : next.realloc(ptr, size);
}

void *memalign(size_t alignment, size_t size)
{
    find_next();
    return fails() ? NULL : next.memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
    void *ptr = memalign(alignment, size);
    if (!ptr)
        return ENOMEM;
    *out = ptr;
    return 0;
}

static void write_line(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void write_line(int fd, const char *format, ...)
{
    char text[64];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    (void)!write(fd, text, (size_t)n);
}

static int create(const char *path)
{
    return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

static void tell(void)
{
    if (!counting)
        return;
    counting = false;
    int fd = told ? create(told) : -1;
    if (fd >= 0)
        write_line(fd, "%ld\n", atomic_load(&count));
    fd = told_sites ? create(told_sites) : -1;
    for (size_t i = 0; fd >= 0 && i < MOST; i++)
        if (sites[i].site != 0)
            write_line(fd, "%llx %ld\n", (unsigned long long)sites[i].site, sites[i].count);
}

__attribute__((destructor)) static void at_exit(void)
{
    tell();
}

_Noreturn void _exit(int status)
{
    tell();
    (void)syscall(SYS_exit_group, status);
    abort();
}
/* NOLINTEND(bugprone-reserved-identifier,cert-*,readability-*) */
