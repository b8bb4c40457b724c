/* rows.c - where a line that is being edited stands on the terminal; see rows.h. */
#include "sys/rows.h"

#include <stdbool.h>
#include <string.h>
#include <wctype.h>

#define TAB 8
#define CONTROL 2 /* columns of ^X */
#define NAMED 7   /* of \U+1234 */

struct place {
    int columns, row, column;
};

static void add(struct place *p, wchar_t c)
{
    int width = wcwidth(c);
    if (c == L'\n') {
        p->row++;
        p->column = 0;
        return;
    }
    if (c == L'\t')
        width = TAB - p->column % TAB;
    else if (width < 0)
        width = c < 0x80 ? CONTROL : NAMED;
    if (p->column + width > p->columns) {
        p->row++;
        p->column = 0;
    }
    p->column += width;
}

int lash_rows_below(const char *prompt, const wchar_t *line, size_t n, int columns)
{
    struct place p = {.columns = columns > 0 ? columns : 1};
    mbstate_t state = {0};
    bool hidden = false;
    wchar_t c;
    size_t left = strlen(prompt);
    while (left > 0) {
        size_t len = mbrtowc(&c, prompt, left, &state);
        if (len == 0 || len > left)
            break;
        prompt += len;
        left -= len;
        if (c == L'\1')
            hidden = !hidden;
        else if (!hidden)
            add(&p, c);
    }
    for (size_t i = 0; i < n; i++)
        add(&p, line[i]);
    return p.row + p.column / p.columns;
}
