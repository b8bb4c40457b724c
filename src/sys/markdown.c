/* markdown.c - the inline structure of Markdown, read by md4c; see markdown.h. */
#include "sys/markdown.h"

#include <md4c.h>
#include <string.h>

#include "sys/dl.h"

#define LONGEST ((size_t)64 << 10)      /* bytes of a text */
#define MOST_COLUMNS 256                /* of a table */
#define TEXT_LIMIT ((size_t)1 << 20)    /* of what becomes of it: a URL is there once more */
#define EVENTS_LIMIT ((size_t)16 << 20) /* bytes */

#define FLAGS                                                                                      \
    (MD_FLAG_PERMISSIVEURLAUTOLINKS | MD_FLAG_STRIKETHROUGH | MD_FLAG_TABLES |                     \
     MD_FLAG_NOHTMLBLOCKS | MD_FLAG_NOINDENTEDCODEBLOCKS)

static __typeof__(md_parse) *parse;

static enum lash_code open_library(struct lash_err *err)
{
    if (parse)
        return LASH_OK;
    static const char *const sonames[] = {"libmd4c.so.0", NULL};
    const struct lash_symbol symbols[] = {{"md_parse", (void *)&parse}};
    return lash_dl_open(sonames, symbols, 1, "md4c", "libmd4c0", err);
}

struct reader {
    struct lash_markdown *out;
    enum lash_code code; /* why a callback ended the parse */
    const char *doc;     /* what md4c reads: a beginning of ours, then the text */
    size_t len;
    size_t from;          /* where the text begins */
    size_t read;          /* where the last piece of text ended */
    bool in_body;         /* of a table */
    size_t brackets;      /* that are open */
    size_t parens;        /* open since "](" */
    size_t after_bracket; /* where the last "]" ended; 0: there is none */
};

static int add(struct reader *r, enum lash_markdown_kind kind, const char *text, size_t n)
{
    struct lash_markdown_event event = {kind, r->out->text.len, n};
    r->code = lash_buf_add(&r->out->text, text, n);
    if (r->code == LASH_OK)
        r->code = lash_buf_add(&r->out->events, &event, sizeof(event));
    return r->code == LASH_OK ? 0 : 1;
}

static int add_word(struct reader *r, enum lash_markdown_kind kind, const char *word)
{
    return add(r, kind, word, strlen(word));
}

static bool is_space(unsigned char c)
{
    return c == ' ' || c == '\t' || c == '\0';
}

static bool is_word(unsigned char c)
{
    return c >= 0x80 || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* May the run of delimiters that ends before 'end' begin something that more
 * text would close? 'from' is where the run begins. */
static bool may_open(const struct reader *r, size_t from, size_t end)
{
    char c = r->doc[from];
    if (c == '`')
        return true;
    if (end == r->len || is_space((unsigned char)r->doc[end]))
        return false;
    if (c == '_')
        return from == r->from || !is_word((unsigned char)r->doc[from - 1]);
    return c == '*' || end - from > 1; /* "~5" is a number more often than a deletion */
}

/* A bracket or parenthesis of text: "](" may be the middle of a link. */
static void count_brackets(struct reader *r, size_t at)
{
    char c = r->doc[at];
    if (c == '[') {
        r->brackets++;
    } else if (c == ']') {
        r->brackets -= r->brackets > 0 ? 1 : 0;
        r->after_bracket = at + 1;
    } else if (c == '(' && (r->parens > 0 || r->after_bracket == at)) {
        r->parens++;
    } else if (c == ')' && r->parens > 0) {
        r->parens--;
    }
}

/* Looks at text that md4c took as it stands, for delimiters without a partner. */
static void look(struct reader *r, size_t at, size_t n)
{
    bool escaped = at > r->read && r->doc[at - 1] == '\\';
    for (size_t i = at + (escaped ? 1 : 0); i < at + n; i++) {
        char c = r->doc[i];
        if (c != '*' && c != '_' && c != '~' && c != '`') {
            count_brackets(r, i);
            continue;
        }
        size_t end = i + 1;
        while (end < at + n && r->doc[end] == c)
            end++;
        if (may_open(r, i, end))
            r->out->open = true;
        i = end - 1;
    }
}

static int on_text(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE size, void *user)
{
    struct reader *r = user;
    size_t n = size;
    if (type == MD_TEXT_NULLCHAR)
        return r->in_body ? add(r, LASH_MD_BREAK, "", 0) : 0;
    if (type == MD_TEXT_BR || type == MD_TEXT_SOFTBR)
        return 0; /* the text has no line ends, the beginning of ours does */
    bool ours = text >= r->doc && text < r->doc + r->len;
    if (ours) { /* cut off what belongs to the beginning */
        size_t at = (size_t)(text - r->doc);
        size_t cut = at >= r->from ? 0 : r->from - at < n ? r->from - at : n;
        if (type == MD_TEXT_NORMAL && n > cut)
            look(r, at + cut, n - cut);
        r->read = at + n;
        text += cut;
        n -= cut;
    }
    if (n == 0 || !r->in_body)
        return 0;
    switch (type) {
    case MD_TEXT_CODE: return add(r, LASH_MD_CODE, text, n);
    case MD_TEXT_HTML: return add(r, LASH_MD_HTML, text, n);
    case MD_TEXT_ENTITY: return add(r, LASH_MD_ENTITY, text, n);
    default: return add(r, LASH_MD_TEXT, text, n);
    }
}

static const char *name_of(MD_SPANTYPE type)
{
    switch (type) {
    case MD_SPAN_EM: return "em";
    case MD_SPAN_STRONG: return "strong";
    case MD_SPAN_DEL: return "del";
    case MD_SPAN_CODE: return "code";
    case MD_SPAN_A: return "link";
    case MD_SPAN_IMG: return "image";
    default: return NULL;
    }
}

static int on_enter_span(MD_SPANTYPE type, void *detail, void *user)
{
    (void)detail;
    struct reader *r = user;
    const char *name = name_of(type);
    return name && r->in_body ? add_word(r, LASH_MD_ENTER, name) : 0;
}

static int on_leave_span(MD_SPANTYPE type, void *detail, void *user)
{
    struct reader *r = user;
    const char *name = name_of(type);
    if (!name || !r->in_body)
        return 0;
    const MD_ATTRIBUTE *url = NULL;
    if (type == MD_SPAN_A)
        url = &((const MD_SPAN_A_DETAIL *)detail)->href;
    else if (type == MD_SPAN_IMG)
        url = &((const MD_SPAN_IMG_DETAIL *)detail)->src;
    if (add_word(r, LASH_MD_LEAVE, name))
        return 1;
    return url ? add(r, LASH_MD_URL, url->text, url->size) : 0;
}

static int on_enter_block(MD_BLOCKTYPE type, void *detail, void *user)
{
    (void)detail;
    struct reader *r = user;
    if (type == MD_BLOCK_TBODY || type == MD_BLOCK_P)
        r->in_body = true;
    return type == MD_BLOCK_TD && r->in_body ? add(r, LASH_MD_CELL, "", 0) : 0;
}

static int on_leave_block(MD_BLOCKTYPE type, void *detail, void *user)
{
    (void)detail;
    struct reader *r = user;
    if (type == MD_BLOCK_TBODY || type == MD_BLOCK_P)
        r->in_body = false;
    return 0;
}

static enum lash_code read_text(struct lash_markdown *out, struct lash_buf *doc, size_t from,
                                struct lash_err *err)
{
    static const MD_PARSER parser = {
        .flags = FLAGS,
        .enter_block = on_enter_block,
        .leave_block = on_leave_block,
        .enter_span = on_enter_span,
        .leave_span = on_leave_span,
        .text = on_text,
    };
    struct reader r = {.out = out, .doc = doc->ptr, .len = doc->len, .from = from, .read = from};
    enum lash_code code = open_library(err);
    if (code != LASH_OK)
        return code;
    if (parse(doc->ptr, (MD_SIZE)doc->len, &parser, &r) != 0)
        return lash_err_set(err, r.code != LASH_OK ? r.code : LASH_ENOMEM, "cannot read Markdown");
    out->open = out->open || r.brackets > 0 || r.parens > 0;
    return LASH_OK;
}

static enum lash_code read_after(struct lash_markdown *out, const char *start, size_t columns,
                                 const char *text, size_t n, struct lash_err *err)
{
    *out = (struct lash_markdown){.events = LASH_BUF_INIT(EVENTS_LIMIT),
                                  .text = LASH_BUF_INIT(TEXT_LIMIT)};
    if (n > LONGEST || memchr(text, '\n', n) || memchr(text, '\r', n))
        return lash_err_set(err, LASH_ETOOBIG, "a text of Markdown is too long, or not one line");
    struct lash_buf doc = LASH_BUF_INIT(LONGEST + (size_t)6 * MOST_COLUMNS + 8);
    enum lash_code code = lash_buf_add(&doc, start, strlen(start));
    for (int line = 0; columns > 0 && line < 2 && code == LASH_OK; line++) {
        for (size_t i = 0; i < columns && code == LASH_OK; i++)
            code = lash_buf_add(&doc, line == 0 ? "|x" : "|---", line == 0 ? 2 : 4);
        if (code == LASH_OK)
            code = lash_buf_add(&doc, "|\n", 2);
    }
    size_t from = doc.len;
    if (code == LASH_OK)
        code = lash_buf_add(&doc, text, n);
    if (code == LASH_OK)
        code = read_text(out, &doc, from, err);
    else
        code = lash_err_set(err, code, "out of memory");
    lash_buf_free(&doc);
    return code;
}

enum lash_code lash_markdown_inline(struct lash_markdown *out, const char *text, size_t n,
                                    struct lash_err *err)
{
    /* After a word, nothing at the beginning of the text is the mark of a block. */
    return read_after(out, "x ", 0, text, n, err);
}

enum lash_code lash_markdown_row(struct lash_markdown *out, const char *text, size_t n,
                                 size_t columns, struct lash_err *err)
{
    if (columns == 0 || columns > MOST_COLUMNS) {
        *out = (struct lash_markdown){.open = false};
        return lash_err_set(err, LASH_EUSAGE, "a table has 1 to %d columns", MOST_COLUMNS);
    }
    return read_after(out, "", columns, text, n, err);
}

void lash_markdown_free(struct lash_markdown *out)
{
    lash_buf_free(&out->events);
    lash_buf_free(&out->text);
}
