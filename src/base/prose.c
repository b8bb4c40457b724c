/* prose.c - text for reading; see prose.h. */
#include "base/prose.h"

#include <string.h>

#define MOST_INDENTED 10
#define MOST_QUOTED 5

void lash_prose_raw(struct lash_prose *p, const char *bytes, size_t n)
{
    if (p->code == LASH_OK)
        p->code = lash_buf_add(p->out, bytes, n);
}

static void put_times(struct lash_prose *p, const char *text, int times, int most)
{
    for (int i = 0; i < times && i < most; i++)
        lash_prose_raw(p, text, strlen(text));
}

/* Writes what is due before a character that is seen. */
static void begin(struct lash_prose *p)
{
    if (p->out->len > 0) /* a line that is still empty is one of them */
        put_times(p, "\n", p->breaks - (p->begun ? 0 : 1), 2);
    bool new_line = !p->begun || p->breaks > 0;
    if (new_line) {
        put_times(p, "> ", p->quoted, MOST_QUOTED);
        put_times(p, "  ", p->indented - (p->bullet ? 1 : 0), MOST_INDENTED);
    }
    if (p->marked > 0) {
        size_t skipped = new_line && p->marks[0] == ' ' ? 1 : 0;
        lash_prose_raw(p, p->marks + skipped, p->marked - skipped);
    } else if (p->space && !new_line) {
        lash_prose_raw(p, " ", 1);
    }
    lash_prose_unmark(p);
    p->breaks = 0;
    p->space = false;
    p->begun = true;
}

void lash_prose_break(struct lash_prose *p, int breaks)
{
    if (breaks > p->most_breaks)
        breaks = p->most_breaks;
    if (p->breaks < breaks && p->marked == 0) /* a mark and its text stay together */
        p->breaks = breaks;
}

void lash_prose_join(struct lash_prose *p)
{
    p->breaks = 0;
    p->space = false;
}

void lash_prose_mark(struct lash_prose *p, const char *mark, bool bullet)
{
    size_t n = strlen(mark);
    if (n > sizeof(p->marks) - p->marked)
        return;
    memcpy(p->marks + p->marked, mark, n);
    p->marked += n;
    p->bullet = p->bullet || bullet;
}

void lash_prose_unmark(struct lash_prose *p)
{
    p->marked = 0;
    p->bullet = false;
}

/* Bytes of a white space; 0: it is none. A no-break space is one too. */
static size_t blank(const char *s)
{
    if (*s == ' ' || *s == '\t' || *s == '\n' || *s == '\r' || *s == '\f')
        return 1;
    return strncmp(s, "\xC2\xA0", 2) == 0 ? 2 : 0;
}

static bool within(unsigned char c, unsigned char first, unsigned char last)
{
    return c >= first && c <= last;
}

/* Bytes of a character that nobody sees: controls, soft hyphens, marks of the
 * direction of writing, and the "tags" that can spell a second text. */
static size_t unseen(const char *s)
{
    const unsigned char *u = (const unsigned char *)s;
    if (u[0] < 0x20 || u[0] == 0x7F)
        return 1;
    if (u[0] == 0xC2)
        return u[1] < 0xA0 || u[1] == 0xAD ? 2 : 0;
    if (u[0] == 0xE2 && u[1] == 0x80) /* U+200B, 200E, 200F, 2028..202E; joiners are letters' */
        return u[2] == 0x8B || within(u[2], 0x8E, 0x8F) || within(u[2], 0xA8, 0xAE) ? 3 : 0;
    if (u[0] == 0xE2 && u[1] == 0x81) /* U+2060..206F */
        return within(u[2], 0xA0, 0xAF) ? 3 : 0;
    if (u[0] == 0xEF && u[1] == 0xBB && u[2] == 0xBF)
        return 3;
    return u[0] == 0xF3 && u[1] == 0xA0 && within(u[2], 0x80, 0x81) ? 4 : 0; /* U+E0000..E007F */
}

/* Bytes of text up to the next character that is one of those. */
static size_t seen(const char *s)
{
    size_t n = 0;
    while (s[n] && !blank(s + n) && !unseen(s + n))
        n++;
    return n;
}

static void put(struct lash_prose *p, const char *bytes, size_t n)
{
    begin(p);
    lash_prose_raw(p, bytes, n);
}

void lash_prose_text(struct lash_prose *p, const char *text)
{
    for (size_t n; *text; text += n) {
        if ((n = blank(text)) > 0)
            p->space = true;
        else if ((n = unseen(text)) == 0)
            put(p, text, n = seen(text));
    }
}

void lash_prose_preformatted(struct lash_prose *p, const char *text)
{
    for (size_t n; *text; text += n) {
        if ((n = seen(text)) > 0) {
            put(p, text, n);
        } else if (*text == '\n') {
            lash_prose_raw(p, "\n", n = 1);
            p->begun = false;
        } else if ((n = blank(text)) > 0) {
            put(p, *text == '\t' ? "\t" : " ", 1);
        } else {
            n = unseen(text);
        }
    }
}
