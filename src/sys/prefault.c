/* prefault.c - see prefault.h. */
#include "sys/prefault.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__GLIBC__) && !defined(LASH_FULL_CLOSE)

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14; what is older refuses it */
#endif

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 /* Linux 6.1 */
#endif

#define LARGE_PAGE ((ptrdiff_t)2 << 20) /* bytes, where a small one has 4 KB */
#define FAR ((uintptr_t)1 << 20)        /* bytes; such a block is not in this heap */

void *lash_prefault(size_t size)
{
    static uintptr_t end; /* of the heap, when its pages were taken last */
    char *block = malloc(size);
    uintptr_t now = (uintptr_t)sbrk(0);
    uintptr_t length = now - (uintptr_t)block;
    if (!block || now == end || length > FAR)
        return block;
    end = now;
    size_t into = (uintptr_t)block & ((uintptr_t)sysconf(_SC_PAGESIZE) - 1);
    (void)madvise(block - into, length + into, MADV_POPULATE_WRITE);
    return block;
}

void lash_large_pages(void)
{
    static char *next; /* where the first page would begin that nobody asked for yet */
    char *end = sbrk(0);
    if (!next)
        next = end + (-(uintptr_t)end & (LARGE_PAGE - 1));
    if (end - next < LARGE_PAGE)
        return;
    (void)madvise(next, LARGE_PAGE, MADV_COLLAPSE);
    next += LARGE_PAGE; /* where it could not be had, it is not asked for again */
}

#else

void *lash_prefault(size_t size)
{
    return malloc(size);
}

void lash_large_pages(void)
{
}

#endif
