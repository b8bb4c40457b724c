/* edit.c - a line that a person types and edits; see edit.h.
 *
 * libedit works one command at a time here (EL_UNBUFFERED), and reads its
 * characters through us, so that signals, a new size and pasted text are ours. What
 * it does only when a key is pressed, we have it do by keys that nobody has. */
#include "sys/edit.h"

#include <limits.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "sys/editline.h"
#include "sys/keys.h"
#include "sys/paste.h"
#include "sys/rows.h"
#include "sys/screen.h"
#include "sys/wide.h"

#define PASTED ((size_t)4 << 20) /* bytes that are pasted into a line */
#define HISTORY 1000             /* lines that the arrow keys find */
#define PASTE_ON "\33[?2004h"
#define PASTE_OFF "\33[?2004l"
/* From the beginning of this row on. A screen that is erased from its first row on is
 * kept by some terminals, to be scrolled back to. */
#define ERASE_BELOW "\r\33[K\0337\33[B\33[J\0338"
#define PASTE_PAUSE 500 /* milliseconds: what comes later is no more of a paste that was left */
#define ESCAPE_PAUSE 50 /* what comes later is another key than Escape */

/* Keys that nobody has: C1 characters. */
#define REFRESH 0x80
#define ESCAPE 0x81 /* the key by itself, which begins no other one */

struct lash_edit {
    EditLine *el;
    HistoryW *history;
    locale_t utf8;
    struct lash_keys keys;
    char *prompt;
    wint_t given; /* a key to be read next, or WEOF */
    wint_t last;  /* key that was read */
    int event;    /* of the command, or -1 */
    bool first;   /* the next key begins a command */
    bool begun;
    bool gone;               /* no more keys */
    bool is_vi;              /* Escape is a key by itself */
    struct lash_paste paste; /* open: what comes next is of it */
    struct lash_buf pasted;  /* into the line */
};

#define EL lash_editline

/* ---- locale ---- */

static locale_t enter(const struct lash_edit *e)
{
    return uselocale(e->utf8 ? e->utf8 : LC_GLOBAL_LOCALE);
}

/* ---- keys ---- */

static struct lash_edit *self_of(EditLine *el)
{
    void *self = NULL;
    (void)EL.el_get(el, EL_CLIENTDATA, &self);
    return self;
}

/* Stops the process in the middle of a line, and shows that again when it goes on. */
static void stop_here(struct lash_edit *e)
{
    (void)EL.el_set(e->el, EL_PREP_TERM, 0);
    lash_screen_stop();
    (void)EL.el_set(e->el, EL_PREP_TERM, 1);
    (void)fputs(PASTE_ON, stdout);
    (void)EL.el_set(e->el, EL_REFRESH);
}

/* What stands of the line is taken away where it is now, to be drawn anew. */
static void resize(struct lash_edit *e)
{
    const LineInfoW *line = EL.el_wline(e->el);
    int up = lash_rows_below(e->prompt, line->buffer, (size_t)(line->cursor - line->buffer),
                             lash_screen_columns());
    if (up > 0)
        (void)fprintf(stdout, "\33[%dA", up);
    (void)fputs(ERASE_BELOW, stdout);
    EL.el_resize(e->el);
    (void)EL.el_set(e->el, EL_REFRESH); /* as if nothing stood there */
}

/* The next key of the terminal. */
static wint_t wait_key(struct lash_edit *e, bool first)
{
    for (;;) {
        int key = lash_keys_read(&e->keys, first);
        if (key >= 0)
            return (wint_t)key;
        if (key == LASH_KEY_SUSPENDED) {
            stop_here(e);
        } else if (key == LASH_KEY_RESIZED) {
            resize(e);
            return REFRESH;
        } else {
            e->gone = key == LASH_KEY_END;
            if (!e->gone)
                e->event = LASH_EDIT_STOPPED;
            return WEOF;
        }
    }
}

/* The next key; WEOF when none comes. */
static wint_t read_key(struct lash_edit *e)
{
    bool first = e->first;
    wint_t key = e->given;
    e->given = WEOF;
    e->first = false;
    if (key == WEOF)
        key = wait_key(e, first);
    if (key == L'\33' && first && e->is_vi && !lash_keys_wait(&e->keys, ESCAPE_PAUSE))
        key = ESCAPE;
    return e->last = key;
}

static int get_key(EditLine *el, wchar_t *key)
{
    wint_t got = read_key(self_of(el));
    if (got == WEOF)
        return -1;
    *key = (wchar_t)got;
    return 1;
}

/* ---- commands of ours ---- */

static unsigned char on_refresh(EditLine *el, wint_t key)
{
    (void)el;
    (void)key;
    return CC_REFRESH;
}

static unsigned char on_complete(EditLine *el, wint_t key)
{
    (void)key;
    self_of(el)->event = LASH_EDIT_COMPLETE;
    return CC_NORM;
}

static unsigned char on_search(EditLine *el, wint_t key)
{
    (void)key;
    self_of(el)->event = LASH_EDIT_SEARCH;
    return CC_NORM;
}

/* Ctrl-D: the end, in an empty line; else the next character goes. */
static unsigned char on_end(EditLine *el, wint_t key)
{
    const LineInfoW *line = EL.el_wline(el);
    (void)key;
    if (line->lastchar == line->buffer) {
        self_of(el)->event = LASH_EDIT_END;
        return CC_NORM;
    }
    if (line->cursor == line->lastchar)
        return CC_ERROR;
    (void)EL.el_cursor(el, 1);
    EL.el_deletestr(el, 1);
    return CC_REFRESH;
}

/* A line end of the text. */
static unsigned char on_newline(EditLine *el, wint_t key)
{
    (void)key;
    self_of(el)->last = WEOF; /* it was not Enter */
    return EL.el_winsertstr(el, L"\n") == 0 ? CC_REFRESH : CC_REFRESH_BEEP;
}

/* A paste goes into the line as it is. */
static unsigned char on_paste(EditLine *el, wint_t key)
{
    struct lash_edit *e = self_of(el);
    struct lash_paste *paste = &e->paste;
    (void)key;
    lash_paste_begin(paste);
    while (paste->open) {
        wint_t next = read_key(e);
        if (next == WEOF)
            return CC_REFRESH_BEEP;
        lash_paste_take(paste, next);
    }
    bool fits = paste->fits && (paste->text.len == 0 || lash_paste_note(paste, &e->pasted));
    wchar_t *wide = fits && paste->text.len > 0 ? lash_wide_new(paste->text.ptr) : NULL;
    bool put = fits && (paste->text.len == 0 || (wide && EL.el_winsertstr(el, wide) == 0));
    free(wide);
    lash_paste_free(paste);
    return put ? CC_REFRESH : CC_REFRESH_BEEP;
}

/* What still comes of a paste that Ctrl-C ended is not typed. Its end may never come:
 * the terminal drops what was on its way. */
static void skip_paste(struct lash_edit *e)
{
    while (e->paste.open && lash_keys_wait(&e->keys, PASTE_PAUSE)) {
        wint_t key = read_key(e);
        if (key == WEOF)
            return;
        lash_paste_take(&e->paste, key);
    }
    lash_paste_free(&e->paste);
}

static char *prompt_of(EditLine *el)
{
    return self_of(el)->prompt;
}

/* Has libedit carry out one command. */
static const wchar_t *step(struct lash_edit *e, int *n)
{
    e->first = true;
    e->event = -1;
    return EL.el_wgets(e->el, n);
}

static void press(struct lash_edit *e, wint_t key)
{
    int n;
    wint_t given = e->given;
    e->given = key;
    (void)step(e, &n);
    e->given = given;
}

/* ---- the editor ---- */

static void set_up(struct lash_edit *e)
{
    static const struct {
        const char *key, *name;
        const wchar_t *wide;
        unsigned char (*fn)(EditLine *, wint_t);
    } commands[] = {
        {"\\200", "lash-refresh", L"lash-refresh", on_refresh},
        {"^I", "lash-complete", L"lash-complete", on_complete},
        {"^R", "lash-search", L"lash-search", on_search},
        {"^D", "lash-end", L"lash-end", on_end},
        {"\\e[200~", "lash-paste", L"lash-paste", on_paste},
        {"\\e^M", "lash-newline", L"lash-newline", on_newline},
        {"\\e^J", "lash-newline", L"lash-newline", on_newline},
    };
    static const char *const keys[][2] = {
        {"\\e[1~", "ed-move-to-beg"},      {"\\e[4~", "ed-move-to-end"},
        {"\\e[H", "ed-move-to-beg"},       {"\\e[F", "ed-move-to-end"},
        {"\\e[3~", "ed-delete-next-char"}, {"\\e[1;5C", "em-next-word"},
        {"\\e[1;5D", "ed-prev-word"},
    };
    EditLine *el = e->el;
    (void)EL.el_set(el, EL_CLIENTDATA, e);
    (void)EL.el_set(el, EL_GETCFN, get_key);
    (void)EL.el_set(el, EL_PROMPT_ESC, prompt_of, '\1');
    (void)EL.el_wset(el, EL_HIST, EL.history_w, e->history);
    (void)EL.el_set(el, EL_EDITOR, "emacs");
    (void)EL.el_set(el, EL_SIGNAL, 0);
    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
        (void)EL.el_set(el, EL_BIND, keys[i][0], keys[i][1], NULL);
    (void)EL.el_source(el, NULL); /* a person's own ~/.editrc, for "bind -v" */
    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
        (void)EL.el_wset(el, EL_ADDFN, commands[i].wide, L"of lash", commands[i].fn);
        (void)EL.el_set(el, EL_BIND, commands[i].key, commands[i].name, NULL);
        (void)EL.el_set(el, EL_BIND, "-a", commands[i].key, commands[i].name, NULL);
    }
    const char *editor = NULL;
    e->is_vi = EL.el_get(el, EL_EDITOR, &editor) == 0 && editor && strcmp(editor, "vi") == 0;
    (void)EL.el_set(el, EL_BIND, "\\201", "vi-command-mode", NULL);
    (void)EL.el_set(el, EL_BIND, "-a", "\\201", "lash-refresh", NULL);
}

enum lash_code lash_edit_new(struct lash_edit **out, const volatile sig_atomic_t *stop,
                             struct lash_err *err)
{
    enum lash_code code = lash_editline_open(err);
    if (code != LASH_OK)
        return code;
    struct lash_edit *e = calloc(1, sizeof(*e));
    if (!e)
        return lash_err_set(err, LASH_ENOMEM, "out of memory");
    e->keys.stop = stop;
    e->given = WEOF;
    e->pasted = LASH_BUF_INIT(PASTED);
    e->utf8 = lash_keys_locale();
    e->prompt = calloc(1, 1);
    locale_t before = enter(e);
    e->history = EL.history_winit();
    e->el = e->history && e->prompt ? EL.el_init("lash", stdin, stdout, stderr) : NULL;
    if (e->el) {
        HistEventW event;
        (void)EL.history_w(e->history, &event, H_SETSIZE, HISTORY);
        (void)EL.history_w(e->history, &event, H_SETUNIQUE, 1);
        lash_screen_keep();
        set_up(e);
    }
    (void)uselocale(before);
    if (!e->el) {
        lash_edit_free(e);
        return lash_err_set(err, LASH_ENOMEM, "libedit cannot begin");
    }
    *out = e;
    return LASH_OK;
}

void lash_edit_free(struct lash_edit *e)
{
    if (!e)
        return;
    lash_edit_finish(e, "");
    lash_paste_free(&e->paste);
    lash_buf_free(&e->pasted);
    locale_t before = enter(e);
    if (e->el)
        EL.el_end(e->el);
    if (e->history)
        EL.history_wend(e->history);
    (void)uselocale(before);
    if (e->utf8)
        freelocale(e->utf8);
    free(e->prompt);
    free(e);
}

enum lash_code lash_edit_add(struct lash_edit *e, const char *text)
{
    locale_t before = enter(e);
    wchar_t *wide = lash_wide_new(text);
    HistEventW event;
    bool added = wide && EL.history_w(e->history, &event, H_ENTER, wide) >= 0;
    free(wide);
    (void)uselocale(before);
    return added ? LASH_OK : LASH_ENOMEM;
}

static enum lash_code set_prompt(struct lash_edit *e, const char *prompt)
{
    char *copy = strdup(prompt);
    if (!copy)
        return LASH_ENOMEM;
    free(e->prompt);
    e->prompt = copy;
    return LASH_OK;
}

enum lash_code lash_edit_begin(struct lash_edit *e, const char *prompt)
{
    enum lash_code code = set_prompt(e, prompt);
    if (code != LASH_OK)
        return code;
    locale_t before = enter(e);
    lash_screen_edits(true);
    e->begun = true;
    e->gone = false;
    lash_buf_reset(&e->pasted);
    (void)EL.el_set(e->el, EL_UNBUFFERED, 1);
    (void)fputs(PASTE_ON, stdout);
    (void)fflush(stdout);
    (void)uselocale(before);
    return LASH_OK;
}

enum lash_edit_event lash_edit_read(struct lash_edit *e)
{
    locale_t before = enter(e);
    lash_keys_begin(&e->keys);
    e->event = -1;
    e->first = false;
    skip_paste(e);
    int event = e->event;
    while (event < 0) {
        int n = 0;
        const wchar_t *line = step(e, &n);
        bool entered =
            line && n > 0 && line[n - 1] == L'\n' && (e->last == L'\r' || e->last == L'\n');
        event = e->event;
        if (event < 0 && e->gone)
            event = LASH_EDIT_END;
        else if (event < 0 && entered)
            event = LASH_EDIT_LINE;
    }
    lash_keys_end(&e->keys);
    (void)uselocale(before);
    return (enum lash_edit_event)event;
}

int lash_edit_key(struct lash_edit *e)
{
    locale_t before = enter(e);
    lash_keys_begin(&e->keys);
    e->event = -1;
    e->first = false;
    wint_t key = read_key(e);
    lash_keys_end(&e->keys);
    (void)uselocale(before);
    return key == WEOF ? -1 : (int)key;
}

void lash_edit_unread(struct lash_edit *e, int key)
{
    e->given = (wint_t)key;
}

enum lash_code lash_edit_text(struct lash_edit *e, struct lash_buf *before, struct lash_buf *behind)
{
    locale_t locale = enter(e);
    const LineInfoW *line = EL.el_wline(e->el);
    enum lash_code code = lash_wide_narrow(before, line->buffer, line->cursor);
    if (code == LASH_OK)
        code = lash_wide_narrow(behind, line->cursor, line->lastchar);
    (void)uselocale(locale);
    return code;
}

const struct lash_buf *lash_edit_pasted(const struct lash_edit *e)
{
    return &e->pasted;
}

enum lash_code lash_edit_replace(struct lash_edit *e, int chars, const char *text)
{
    locale_t before = enter(e);
    enum lash_code code = LASH_ENOMEM;
    wchar_t *wide = lash_wide_new(text);
    if (wide) {
        EL.el_deletestr(e->el, chars);
        if (!wide[0] || EL.el_winsertstr(e->el, wide) == 0)
            code = LASH_OK;
        press(e, REFRESH);
    }
    free(wide);
    (void)uselocale(before);
    return code;
}

enum lash_code lash_edit_show(struct lash_edit *e, const char *prompt, const char *text)
{
    enum lash_code code = set_prompt(e, prompt);
    if (code != LASH_OK)
        return code;
    locale_t before = enter(e);
    (void)EL.el_cursor(e->el, INT_MAX / 2);
    const LineInfoW *line = EL.el_wline(e->el);
    int chars = (int)(line->cursor - line->buffer);
    (void)uselocale(before);
    return lash_edit_replace(e, chars, text);
}

/* Goes to the end of the line on the screen; how far back the cursor was. */
static int go_to_end(struct lash_edit *e)
{
    const LineInfoW *line = EL.el_wline(e->el);
    int back = (int)(line->lastchar - line->cursor);
    (void)EL.el_cursor(e->el, back);
    press(e, REFRESH);
    return back;
}

void lash_edit_print(struct lash_edit *e, const char *text)
{
    locale_t before = enter(e);
    int back = go_to_end(e);
    (void)fprintf(stdout, "\n%s", text);
    (void)EL.el_cursor(e->el, -back);
    (void)EL.el_set(e->el, EL_REFRESH);
    (void)fflush(stdout);
    (void)uselocale(before);
}

void lash_edit_finish(struct lash_edit *e, const char *mark)
{
    if (!e->begun)
        return;
    locale_t before = enter(e);
    e->begun = false;
    if (mark && mark[0])
        (void)go_to_end(e);
    (void)EL.el_set(e->el, EL_UNBUFFERED, 0);
    (void)fputs(PASTE_OFF, stdout);
    if (mark)
        (void)fprintf(stdout, "%s\n", mark);
    (void)fflush(stdout);
    lash_screen_edits(false);
    (void)uselocale(before);
}
