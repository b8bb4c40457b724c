/* memory.c - an allocator that fails, for a program that is started with this
 * library in LD_PRELOAD. Not for programs with a sanitizer, whose allocator is
 * their own.
 *
 *   FAULT_PROGRAM=NAME  acts in processes of this name alone
 *   FAULT_MEMORY=N      the N-th allocation fails; "N+": and all that follow
 *   FAULT_COUNT=FILE    gets the number of allocations, at the end
 *
 * An allocation is a call of malloc, calloc, realloc, memalign and their like,
 * whoever makes it: Lua, libcurl, SQLite, yajl, the C library, ours. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-*,readability-*): the C library's names */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *ptr, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static atomic_long count;
static long first;    /* that fails; 0: none */
static bool for_good; /* and all that follow */
static bool counting; /* begins with the program's own code, not with the loader's */
static const char *told;

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
    told = getenv("FAULT_COUNT");
    counting = true;
}

static bool fails(void)
{
    if (!counting)
        return false;
    long n = atomic_fetch_add(&count, 1) + 1;
    if (first == 0 || n < first || (n > first && !for_good))
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *ptr, size_t size)
{
    return size > 0 && fails() ? NULL : __libc_realloc(ptr, size);
}

void *memalign(size_t alignment, size_t size)
{
    return fails() ? NULL : __libc_memalign(alignment, size);
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

static void tell(void)
{
    if (!counting || !told)
        return;
    char text[32];
    int n = snprintf(text, sizeof(text), "%ld\n", atomic_load(&count));
    int fd = open(told, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    (void)!write(fd, text, (size_t)n);
    (void)close(fd);
    told = NULL;
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
