/* embed.h - the Lua modules that are compiled into the program.
 *
 * The table is written at build time by cmake/embed.c from the files under
 * lua/. */
#ifndef LASH_EMBED_H
#define LASH_EMBED_H

#include <stddef.h>

struct lash_embed {
    const char *name;          /* module name: "lash.sched" */
    const char *chunk;         /* chunk name for messages: "@lash/sched.lua" */
    const unsigned char *code; /* bytecode of this very Lua */
    size_t len;
};

extern const struct lash_embed lash_embeds[]; /* ends with a NULL name */

#endif
