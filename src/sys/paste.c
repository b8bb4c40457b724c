/* paste.c - a text that is pasted; see paste.h. */
#include "sys/paste.h"

#include "sys/wide.h"

#define LONGEST ((size_t)1 << 20) /* bytes of a text */

static const wchar_t end_mark[] = L"\33[201~";

void lash_paste_begin(struct lash_paste *paste)
{
    lash_paste_free(paste);
    *paste = (struct lash_paste){.open = true, .fits = true, .text = LASH_BUF_INIT(LONGEST)};
}

void lash_paste_free(struct lash_paste *paste)
{
    lash_buf_free(&paste->text);
    paste->open = false;
}

bool lash_paste_note(const struct lash_paste *paste, struct lash_buf *all)
{
    return lash_buf_add(all, "\n", 1) == LASH_OK &&
           lash_buf_add(all, paste->text.ptr, paste->text.len) == LASH_OK;
}

static void add(struct lash_paste *paste, const wchar_t *from, const wchar_t *to)
{
    paste->fits = paste->fits && lash_wide_narrow(&paste->text, from, to) == LASH_OK;
}

/* Does it go on with the end? */
static bool matches(struct lash_paste *paste, wint_t key)
{
    if (key != (wint_t)end_mark[paste->matched])
        return false;
    paste->open = end_mark[++paste->matched] != 0;
    return true;
}

/* \n ends a line, whatever the terminal sends for it. */
static void take(struct lash_paste *paste, wint_t key)
{
    wchar_t c = key == L'\r' ? L'\n' : (wchar_t)key;
    if (key != 0 && !(key == L'\n' && paste->last == L'\r'))
        add(paste, &c, &c + 1);
    paste->last = key;
}

void lash_paste_take(struct lash_paste *paste, wint_t key)
{
    if (!matches(paste, key)) {
        add(paste, end_mark, end_mark + paste->matched); /* it was not the end */
        paste->last = paste->matched > 0 ? (wint_t)end_mark[0] : paste->last;
        paste->matched = 0;
        if (!matches(paste, key))
            take(paste, key);
    }
    struct lash_buf *text = &paste->text;
    while (!paste->open && text->len > 0 && text->ptr[text->len - 1] == '\n')
        text->ptr[--text->len] = '\0'; /* the last line end is not wanted */
}
