/* trim.c - walks over the bytecode of Lua 5.4; see trim.h.
 *
 * Line numbers stay, so messages still say where; names of locals and of upvalues are
 * a third of what all modules take, and a fifth of the time that loading one takes. */
#include "trim.h"

#include <stdbool.h>
#include <string.h>

#define HEADER 31 /* bytes: signature, versions, sizes, samples of numbers */

struct walk {
    unsigned char *code;
    size_t len;
    size_t from; /* what is read next */
    size_t to;   /* where it is kept */
    bool drops;
    bool failed;
};

static unsigned next(struct walk *w)
{
    if (w->from >= w->len) {
        w->failed = true;
        return 0x80; /* ends every number */
    }
    unsigned char byte = w->code[w->from++];
    if (!w->drops)
        w->code[w->to++] = byte;
    return byte;
}

static size_t number(struct walk *w)
{
    size_t n = 0;
    unsigned byte;
    do {
        byte = next(w);
        n = n << 7 | (byte & 0x7F);
    } while (!(byte & 0x80));
    return w->failed ? 0 : n;
}

static void bytes(struct walk *w, size_t n)
{
    for (; n > 0 && !w->failed; n--)
        (void)next(w);
}

static void string(struct walk *w)
{
    size_t n = number(w); /* its length and one, or 0 */
    bytes(w, n ? n - 1 : 0);
}

static void constants(struct walk *w)
{
    for (size_t n = number(w); n > 0 && !w->failed; n--) {
        unsigned type = next(w) & 0x0F;
        if (type == 3) /* numbers */
            bytes(w, 8);
        else if (type == 4) /* strings */
            string(w);
    }
}

/* Drops the names of locals, which have two numbers each, or of upvalues. */
static void names(struct walk *w, int numbers)
{
    w->drops = true;
    for (size_t n = number(w); n > 0 && !w->failed; n--) {
        string(w);
        for (int i = 0; i < numbers; i++)
            (void)number(w);
    }
    w->drops = false;
    w->code[w->to++] = 0x80; /* none; the number that was there took no less */
}

/* NOLINTNEXTLINE(misc-no-recursion): functions in functions, as deep as our sources */
static void function(struct walk *w)
{
    string(w); /* the source */
    (void)number(w);
    (void)number(w); /* its lines */
    bytes(w, 3);     /* parameters, varargs, registers */
    bytes(w, 4 * number(w));
    constants(w);
    bytes(w, 3 * number(w)); /* upvalues */
    for (size_t n = number(w); n > 0 && !w->failed; n--)
        function(w);
    bytes(w, number(w)); /* steps from line to line */
    for (size_t n = number(w); n > 0 && !w->failed; n--) {
        (void)number(w);
        (void)number(w);
    }
    names(w, 2);
    names(w, 0);
}

size_t trim(unsigned char *code, size_t len)
{
    static const unsigned char lua54[] = "\x1bLua\x54\x00\x19\x93\r\n\x1a\n\x04\x08\x08";
    if (len < HEADER || memcmp(code, lua54, sizeof(lua54) - 1) != 0)
        return len;
    struct walk w = {.code = code, .len = len};
    bytes(&w, HEADER + 1); /* and how many upvalues the main function has */
    function(&w);
    return w.failed || w.from != len ? 0 : w.to;
}
