/* prefault.c - see prefault.h. */
#include "sys/prefault.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__GLIBC__) && !defined(LASH_FULL_CLOSE)

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14; what is older refuses it */
#endif

#define FAR ((uintptr_t)1 << 20) /* bytes; such a block is not in this heap */

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

#else

void *lash_prefault(size_t size)
{
    return malloc(size);
}

#endif
