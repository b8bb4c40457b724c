/* embed.h - the Lua modules that are compiled into the program.
 *
 * The tables are written at build time by cmake/embed.c from the files under
 * lua/. Those that nearly every run needs are kept as they are, and their end is
 * the dictionary with which all others are packed. */
#ifndef LASH_EMBED_H
#define LASH_EMBED_H

#include <stddef.h>
#include <stdint.h>

/* Offsets, because a table of pointers is written to at every start, when it is known
 * where the program is in memory. */
struct lash_embed {
    uint32_t name;   /* in lash_embed_names: "lash.sched" */
    uint32_t code;   /* in lash_embed_code: bytecode of this very Lua, or that packed */
    uint32_t len;    /* bytes of bytecode */
    uint32_t packed; /* bytes of code, or 0: it is not packed */
};

extern const struct lash_embed lash_embeds[]; /* in the order of their names */
extern const size_t lash_embeds_len;
extern const char lash_embed_names[];
extern const unsigned char lash_embed_code[];
extern const size_t lash_embed_plain; /* bytes of code that are not packed, from its beginning */
extern const size_t lash_embed_dictionary_len; /* the end of these */
extern unsigned char lash_embed_scratch[];     /* room for the longest that is packed */

#endif
