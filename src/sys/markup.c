/* markup.c - HTML as a tree; see markup.h.
 *
 * libgumbo neither checks what its allocator gives nor frees a deep tree without
 * overflowing the stack. Both is settled by an arena: when it is full a jump
 * leaves the parser, and its memory is given back at once. */
#include "sys/markup.h"

#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>

#include "sys/dl.h"

#define BLOCK ((size_t)1 << 20) /* bytes asked of the system at a time */
#define ALIGNMENT ((size_t)16)

struct block {
    struct block *next;
    size_t size;
    size_t used;
    _Alignas(16) unsigned char bytes[];
};

struct lash_markup {
    struct block *blocks;
    size_t left; /* of the limit */
    jmp_buf full;
    GumboOutput *output;
};

static __typeof__(gumbo_parse_with_options) *parse;

static enum lash_code open_library(struct lash_err *err)
{
    if (parse)
        return LASH_OK;
    /* The tree is read as this version's headers describe it. */
    static const char *const sonames[] = {LASH_GUMBO_SONAME, NULL};
    const struct lash_symbol symbols[] = {{"gumbo_parse_with_options", (void *)&parse}};
    return lash_dl_open(sonames, symbols, 1, "libgumbo", "libgumbo1", err);
}

static struct block *add_block(struct lash_markup *m, size_t size)
{
    size_t wanted = size > BLOCK ? size : BLOCK;
    if (wanted > m->left)
        return NULL;
    struct block *b = malloc(sizeof(*b) + wanted);
    if (!b)
        return NULL;
    *b = (struct block){.next = m->blocks, .size = wanted};
    m->left -= wanted;
    m->blocks = b;
    return b;
}

/* libgumbo's signatures. */
static void *allocate(void *userdata, size_t size)
{
    struct lash_markup *m = userdata;
    if (size > SIZE_MAX - ALIGNMENT)
        longjmp(m->full, 1);
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct block *b = m->blocks;
    if (!b || b->size - b->used < size)
        b = add_block(m, size);
    if (!b)
        longjmp(m->full, 1);
    void *p = b->bytes + b->used;
    b->used += size;
    return p;
}

static void deallocate(void *userdata, void *p)
{
    (void)userdata; /* all goes with the arena */
    (void)p;
}

static GumboOutput *parse_within(struct lash_markup *m, const char *html, size_t n)
{
    const GumboOptions options = {
        .allocator = allocate,
        .deallocator = deallocate,
        .userdata = m,
        .tab_stop = 8,
        .max_errors = 0,
        .fragment_context = GUMBO_TAG_LAST,
        .fragment_namespace = GUMBO_NAMESPACE_HTML,
    };
    if (setjmp(m->full)) /* nothing of this function is used after the jump */
        return NULL;
    return parse(&options, html, n);
}

enum lash_code lash_markup_parse(struct lash_markup **out, const char *html, size_t n,
                                 size_t memory_limit, struct lash_err *err)
{
    enum lash_code code = open_library(err);
    if (code != LASH_OK)
        return code;
    struct lash_markup *m = calloc(1, sizeof(*m));
    if (!m)
        return lash_err_set(err, LASH_ENOMEM, "out of memory");
    m->left = memory_limit;
    m->output = parse_within(m, html, n);
    if (!m->output) {
        lash_markup_free(m);
        return lash_err_set(err, LASH_ETOOBIG, "the page needs too much memory");
    }
    *out = m;
    return LASH_OK;
}

void lash_markup_free(struct lash_markup *m)
{
    if (!m)
        return;
    for (struct block *b = m->blocks, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    free(m);
}

const GumboNode *lash_markup_document(const struct lash_markup *m)
{
    return m->output->document;
}
