/* html.c - what a person would read of a page; see html.h. */
#include "sys/html.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/prose.h"
#include "sys/markup.h"

#define MEMORY ((size_t)256 << 20) /* of the tree */
#define MOST_DEEP 1024             /* elements in one another; what is deeper is left out */
#define MOST_LISTS 16
#define LONGEST_LINK 2000 /* bytes; longer ones carry data */

struct writer {
    struct lash_prose prose;
    int preformatted;        /* elements */
    int numbers[MOST_LISTS]; /* of the last item; -1: a list without */
    int lists;
    int cells;        /* of the row; 0: no row */
    bool inner;       /* the cell has lines of its own */
    size_t row_from;  /* where the text of the row begins */
    size_t link_from; /* likewise of the link */
};

/* ---- elements ---- */

enum kind {
    INLINE,
    LEFT_OUT, /* with all that is in it */
    LINE,     /* has lines of its own */
    BLOCK,    /* and blank lines around them */
    HEADING,
    LIST,
    ITEM,
    DETAIL, /* indented */
    QUOTE,
    PREFORMATTED,
    TABLE,
    ROW,
    CELL,
    LINK,
    BASE,
    IMAGE,
    BREAK,
    RULE,
};

static const unsigned char kinds[GUMBO_TAG_LAST + 1] = {
    [GUMBO_TAG_SCRIPT] = LEFT_OUT,
    [GUMBO_TAG_STYLE] = LEFT_OUT,
    [GUMBO_TAG_TEMPLATE] = LEFT_OUT,
    [GUMBO_TAG_NAV] = LEFT_OUT,
    [GUMBO_TAG_SVG] = LEFT_OUT,
    [GUMBO_TAG_IFRAME] = LEFT_OUT,
    [GUMBO_TAG_OBJECT] = LEFT_OUT,
    [GUMBO_TAG_EMBED] = LEFT_OUT,
    [GUMBO_TAG_APPLET] = LEFT_OUT,
    [GUMBO_TAG_CANVAS] = LEFT_OUT,
    [GUMBO_TAG_VIDEO] = LEFT_OUT,
    [GUMBO_TAG_AUDIO] = LEFT_OUT,
    [GUMBO_TAG_BUTTON] = LEFT_OUT,
    [GUMBO_TAG_SELECT] = LEFT_OUT,
    [GUMBO_TAG_TEXTAREA] = LEFT_OUT,
    [GUMBO_TAG_DATALIST] = LEFT_OUT,
    [GUMBO_TAG_NOEMBED] = LEFT_OUT,
    [GUMBO_TAG_NOFRAMES] = LEFT_OUT,
    [GUMBO_TAG_DIV] = LINE,
    [GUMBO_TAG_SECTION] = LINE,
    [GUMBO_TAG_ARTICLE] = BLOCK,
    [GUMBO_TAG_MAIN] = BLOCK,
    [GUMBO_TAG_ASIDE] = BLOCK,
    [GUMBO_TAG_HEADER] = LINE,
    [GUMBO_TAG_FOOTER] = BLOCK,
    [GUMBO_TAG_ADDRESS] = LINE,
    [GUMBO_TAG_CENTER] = LINE,
    [GUMBO_TAG_FORM] = LINE,
    [GUMBO_TAG_FIELDSET] = LINE,
    [GUMBO_TAG_LEGEND] = LINE,
    [GUMBO_TAG_DETAILS] = BLOCK,
    [GUMBO_TAG_SUMMARY] = LINE,
    [GUMBO_TAG_FIGURE] = BLOCK,
    [GUMBO_TAG_FIGCAPTION] = LINE,
    [GUMBO_TAG_CAPTION] = LINE,
    [GUMBO_TAG_DT] = LINE,
    [GUMBO_TAG_DD] = DETAIL,
    [GUMBO_TAG_DL] = BLOCK,
    [GUMBO_TAG_P] = BLOCK,
    [GUMBO_TAG_TITLE] = BLOCK,
    [GUMBO_TAG_NOSCRIPT] = LINE,
    [GUMBO_TAG_HGROUP] = LINE,
    [GUMBO_TAG_H1] = HEADING,
    [GUMBO_TAG_H2] = HEADING,
    [GUMBO_TAG_H3] = HEADING,
    [GUMBO_TAG_H4] = HEADING,
    [GUMBO_TAG_H5] = HEADING,
    [GUMBO_TAG_H6] = HEADING,
    [GUMBO_TAG_UL] = LIST,
    [GUMBO_TAG_OL] = LIST,
    [GUMBO_TAG_MENU] = LIST,
    [GUMBO_TAG_DIR] = LIST,
    [GUMBO_TAG_LI] = ITEM,
    [GUMBO_TAG_BLOCKQUOTE] = QUOTE,
    [GUMBO_TAG_PRE] = PREFORMATTED,
    [GUMBO_TAG_LISTING] = PREFORMATTED,
    [GUMBO_TAG_XMP] = PREFORMATTED,
    [GUMBO_TAG_PLAINTEXT] = PREFORMATTED,
    [GUMBO_TAG_TABLE] = TABLE,
    [GUMBO_TAG_TR] = ROW,
    [GUMBO_TAG_TD] = CELL,
    [GUMBO_TAG_TH] = CELL,
    [GUMBO_TAG_A] = LINK,
    [GUMBO_TAG_BASE] = BASE,
    [GUMBO_TAG_IMG] = IMAGE,
    [GUMBO_TAG_BR] = BREAK,
    [GUMBO_TAG_HR] = RULE,
};

static const char *attribute(const GumboNode *node, const char *name)
{
    const GumboVector *list = &node->v.element.attributes;
    for (unsigned int i = 0; i < list->length; i++) {
        const GumboAttribute *a = list->data[i];
        if (strcmp(a->name, name) == 0)
            return a->value;
    }
    return NULL;
}

static bool is_hidden(const GumboNode *node)
{
    const char *style = attribute(node, "style");
    const char *aria = attribute(node, "aria-hidden");
    if (attribute(node, "hidden") || (aria && strcmp(aria, "true") == 0))
        return true;
    return style && (strstr(style, "display:none") || strstr(style, "display: none") ||
                     strstr(style, "visibility:hidden") || strstr(style, "visibility: hidden"));
}

static enum kind kind_of(const GumboNode *node)
{
    if (node->type == GUMBO_NODE_DOCUMENT)
        return INLINE;
    if (node->type == GUMBO_NODE_TEMPLATE || is_hidden(node))
        return LEFT_OUT;
    return (enum kind)kinds[node->v.element.tag];
}

static void enter_list(struct writer *w, const GumboNode *node)
{
    lash_prose_break(&w->prose, w->lists > 0 ? 1 : 2);
    if (w->lists < MOST_LISTS) {
        const char *start = attribute(node, "start");
        bool numbered = node->v.element.tag == GUMBO_TAG_OL;
        long first = start ? strtol(start, NULL, 10) : 1;
        w->numbers[w->lists] = !numbered ? -1 : first > 0 && first < 1000000 ? (int)first - 1 : 0;
    }
    w->lists++;
    w->prose.indented++;
}

static void enter_item(struct writer *w)
{
    char text[16] = "- ";
    lash_prose_break(&w->prose, 1);
    if (w->lists > 0 && w->lists <= MOST_LISTS && w->numbers[w->lists - 1] >= 0)
        (void)snprintf(text, sizeof(text), "%d. ", ++w->numbers[w->lists - 1]);
    lash_prose_mark(&w->prose, text, w->lists > 0);
}

static void set_row(struct writer *w, int cells)
{
    w->cells = cells;
    w->prose.most_breaks = cells > 0 ? 1 : 2;
}

static void enter_row(struct writer *w)
{
    lash_prose_break(&w->prose, 1);
    set_row(w, 0);
    w->inner = false;
    w->row_from = w->prose.out->len;
}

static void enter_cell(struct writer *w)
{
    set_row(w, w->cells + 1);
    if (w->cells > 1 && !w->inner) {
        if (w->prose.out->len > w->row_from)
            lash_prose_join(&w->prose);
        lash_prose_mark(&w->prose, " | ", false);
    }
    w->inner = false;
}

static void write_image(struct writer *w, const GumboNode *node)
{
    const char *alt = attribute(node, "alt");
    alt = alt ? alt + strspn(alt, " \t\n\r\f") : "";
    if (*alt == '\0')
        return;
    lash_prose_text(&w->prose, "[image: ");
    lash_prose_text(&w->prose, alt);
    lash_prose_join(&w->prose);
    lash_prose_text(&w->prose, "]");
}

static void write_line(struct writer *w, const char *text, int around)
{
    lash_prose_break(&w->prose, around);
    lash_prose_text(&w->prose, text);
    lash_prose_break(&w->prose, around);
}

static void write_target(struct writer *w, char begin, const GumboNode *node)
{
    static const char end = LASH_HTML_END;
    const char *href = attribute(node, "href");
    if (!href || strlen(href) > LONGEST_LINK)
        return;
    lash_prose_raw(&w->prose, &begin, 1);
    for (; *href; href++)
        if ((unsigned char)*href >= ' ' && *href != 0x7F)
            lash_prose_raw(&w->prose, href, 1);
    lash_prose_raw(&w->prose, &end, 1);
}

/* False: what is in it is left out. */
static bool enter(struct writer *w, const GumboNode *node)
{
    struct lash_prose *p = &w->prose;
    switch (kind_of(node)) {
    case LEFT_OUT: return false;
    case LINE: lash_prose_break(p, 1); break;
    case TABLE:
    case BLOCK: lash_prose_break(p, 2); break;
    case HEADING:
        lash_prose_break(p, 2);
        lash_prose_mark(p, &"###### "[GUMBO_TAG_H6 - node->v.element.tag], false);
        break;
    case LIST: enter_list(w, node); break;
    case ITEM: enter_item(w); break;
    case DETAIL:
        lash_prose_break(p, 1);
        p->indented++;
        break;
    case QUOTE:
        lash_prose_break(p, 2);
        p->quoted++;
        break;
    case PREFORMATTED:
        lash_prose_break(p, 2);
        write_line(w, "```", 1);
        w->preformatted++;
        break;
    case ROW: enter_row(w); break;
    case CELL: enter_cell(w); break;
    case LINK: w->link_from = p->out->len; break;
    case BASE: write_target(w, LASH_HTML_BASE, node); break;
    case IMAGE: write_image(w, node); break;
    case BREAK: lash_prose_break(p, p->breaks + 1); break;
    case RULE: write_line(w, "---", 2); break;
    case INLINE: break;
    }
    return true;
}

static void leave(struct writer *w, const GumboNode *node)
{
    struct lash_prose *p = &w->prose;
    switch (kind_of(node)) {
    case LINE: lash_prose_break(p, 1); break;
    case BLOCK: lash_prose_break(p, 2); break;
    case HEADING:
        lash_prose_unmark(p);
        lash_prose_break(p, 2);
        break;
    case LIST:
        w->lists--;
        p->indented--;
        w->inner = true;
        lash_prose_break(p, w->lists > 0 ? 1 : 2);
        break;
    case ROW:
    case ITEM:
        lash_prose_unmark(p);
        lash_prose_break(p, 1);
        break;
    case DETAIL:
        p->indented--;
        lash_prose_break(p, 1);
        break;
    case QUOTE:
        p->quoted--;
        lash_prose_break(p, 2);
        break;
    case PREFORMATTED:
        w->preformatted--;
        write_line(w, "```", 1);
        lash_prose_break(p, 2);
        break;
    case TABLE:
        set_row(w, 0); /* what is left of a row around it has lines of its own */
        lash_prose_break(p, 2);
        break;
    case LINK:
        if (p->out->len > w->link_from)
            write_target(w, LASH_HTML_LINK, node);
        break;
    default: break;
    }
}

/* ---- the tree ---- */

struct level {
    const GumboNode *node;
    unsigned int next; /* child */
};

static const GumboVector *children_of(const GumboNode *node)
{
    return node->type == GUMBO_NODE_DOCUMENT ? &node->v.document.children
                                             : &node->v.element.children;
}

/* Writes a node that has no children; true: it may have some, and is entered. */
static bool visit(struct writer *w, const GumboNode *node)
{
    switch (node->type) {
    case GUMBO_NODE_TEXT:
    case GUMBO_NODE_CDATA:
    case GUMBO_NODE_WHITESPACE:
        if (w->preformatted > 0)
            lash_prose_preformatted(&w->prose, node->v.text.text);
        else
            lash_prose_text(&w->prose, node->v.text.text);
        return false;
    case GUMBO_NODE_COMMENT: return false;
    default: return enter(w, node);
    }
}

static void walk(struct writer *w, const GumboNode *document)
{
    struct level levels[MOST_DEEP];
    size_t depth = 1;
    levels[0] = (struct level){document, 0};
    while (depth > 0 && w->prose.code == LASH_OK) {
        struct level *level = &levels[depth - 1];
        const GumboVector *children = children_of(level->node);
        if (level->next == children->length) {
            leave(w, level->node);
            depth--;
            continue;
        }
        const GumboNode *child = children->data[level->next++];
        if (depth < MOST_DEEP && visit(w, child))
            levels[depth++] = (struct level){child, 0};
    }
}

enum lash_code lash_html_text(struct lash_buf *out, const char *html, size_t n,
                              struct lash_err *err)
{
    struct lash_markup *m;
    enum lash_code code = lash_markup_parse(&m, html, n, MEMORY, err);
    if (code != LASH_OK)
        return code;
    struct writer w = {.prose = LASH_PROSE_INIT(out)};
    walk(&w, lash_markup_document(m));
    lash_markup_free(m);
    if (w.prose.code == LASH_ENOMEM)
        return lash_err_set(err, LASH_ENOMEM, "out of memory");
    return LASH_OK;
}
