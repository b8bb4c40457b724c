/* page.h - lash as a reader of one document from the network.
 *
 *     lash --page html|text CHARSET < document > text
 *
 * What strangers wrote is decoded and parsed in a process of its own: it may take
 * too long, need too much, or find a fault in a library, and nobody but this
 * process suffers. Whoever starts it ends it in time. */
#ifndef LASH_SYS_PAGE_H
#define LASH_SYS_PAGE_H

#define LASH_PAGE_FLAG "--page"

/* The whole of main for "--page"; ends the process. A failure is a line on
 * standard error. */
_Noreturn void lash_page(int argc, char **argv);

#endif
