/* prefault.h - memory that is about to be used is asked for at once.
 *
 * The system gives a process its memory page by page, at the first write to each: a
 * fault of about a microsecond, of which a short run has hundreds. Pages that are
 * certain to be written cost a fraction of that when they are taken together. */
#ifndef LASH_SYS_PREFAULT_H
#define LASH_SYS_PREFAULT_H

#include <stddef.h>

/* malloc, which also takes the pages of the block and of what the heap has behind it:
 * with glibc 128 KB and more, once a heap has grown. What is free at the end of the heap
 * goes back to the system, so the block is to be freed when the rest is in use. Nothing
 * but malloc where the system does not know how, or allocations are watched. */
void *lash_prefault(size_t size);

/* Makes one large page of the small ones that the heap has got since the first call, if it
 * has got enough for one. To find the place of a page takes time where there are
 * thousands, and each is needed seldom. Costs a millisecond, or some where memory is
 * short, so it is for a process that goes on for a while; what the heap had before keeps
 * its pages. Nothing where the system does not know how, or gives large pages anyway. */
void lash_large_pages(void);

#endif
