/* embed.h - the Lua modules that are compiled into the program.
 *
 * The tables are written at build time by cmake/embed.c from the files under
 * lua/. Those that nearly every run needs are kept as they are, and their end is
 * the dictionary with which all others are packed. */
#ifndef LASH_EMBED_H
#define LASH_EMBED_H

#include <stddef.h>

struct lash_embed {
    const char *name;          /* module name: "lash.sched" */
    const char *chunk;         /* chunk name for messages: "@lash/sched.lua" */
    const unsigned char *code; /* bytecode of this very Lua, or that packed */
    size_t len;                /* bytes of bytecode */
    size_t packed;             /* bytes of code, or 0: it is not packed */
};

extern const struct lash_embed lash_embeds[]; /* in the order of their names */
extern const size_t lash_embeds_len;
extern const unsigned char *const lash_embed_dictionary;
extern const size_t lash_embed_dictionary_len;
extern unsigned char lash_embed_scratch[]; /* room for the longest that is packed */

#endif
