/* width.c - how many columns text takes on a terminal; see width.h. */
#include "sys/width.h"

#include <string.h>
#include <utf8proc.h>

#include "base/utf8.h"
#include "sys/dl.h"

#define ZWJ 0x200D         /* joins two emoji into one */
#define EMOJI_STYLE 0xFE0F /* asks for the picture, which is wide */
#define FLAGS_FROM 0x1F1E6 /* two of these letters are a flag */
#define FLAGS_TO 0x1F1FF

static struct {
    bool tried;
    bool there;
    __typeof__(utf8proc_charwidth) *charwidth;
    __typeof__(utf8proc_grapheme_break_stateful) *grapheme_break;
} lib;

static bool use_library(void)
{
    if (!lib.tried) {
        static const char *const sonames[] = {"libutf8proc.so.2", "libutf8proc.so.3", NULL};
        const struct lash_symbol symbols[] = {
            {"utf8proc_charwidth", (void *)&lib.charwidth},
            {"utf8proc_grapheme_break_stateful", (void *)&lib.grapheme_break},
        };
        lib.tried = true;
        lib.there = lash_dl_open(sonames, symbols, 2, "utf8proc", "libutf8proc2", NULL) == LASH_OK;
    }
    return lib.there;
}

void lash_width_simple(bool simple)
{
    lib.tried = simple;
    lib.there = false;
}

struct range {
    int32_t from;
    int32_t to;
};

static bool is_in(int32_t c, const struct range *ranges, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (c >= ranges[i].from && c <= ranges[i].to)
            return true;
    }
    return false;
}

#define IS_IN(c, ranges) is_in(c, ranges, sizeof(ranges) / sizeof(*(ranges)))

static bool is_flag(int32_t c)
{
    return c >= FLAGS_FROM && c <= FLAGS_TO;
}

static int simple_width(int32_t c)
{
    static const struct range none[] = {
        {0, 0x1F},        {0x7F, 0x9F},     {0x300, 0x36F},   {0x483, 0x489},     {0x591, 0x5BD},
        {0x610, 0x61A},   {0x64B, 0x65F},   {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF},   {0x200B, 0x200F},
        {0x202A, 0x202E}, {0x2060, 0x206F}, {0x20D0, 0x20FF}, {0x302A, 0x302D},   {0x3099, 0x309A},
        {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0xFEFF, 0xFEFF}, {0xE0000, 0xE0FFF},
    };
    static const struct range wide[] = {
        {0x1100, 0x115F},   {0x231A, 0x231B},   {0x23E9, 0x23EC},   {0x25FD, 0x25FE},
        {0x2614, 0x2615},   {0x26A1, 0x26A1},   {0x2705, 0x2705},   {0x274C, 0x274C},
        {0x2753, 0x2757},   {0x2795, 0x2797},   {0x2B50, 0x2B50},   {0x2E80, 0x303E},
        {0x3041, 0xA4CF},   {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},
        {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},   {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF},
        {0x1F7E0, 0x1F7EB}, {0x1F900, 0x1F9FF}, {0x1FA70, 0x1FAFF}, {0x20000, 0x3FFFD},
    };
    if (c < 0x20 || (c >= 0x7F && IS_IN(c, none)))
        return 0;
    return c >= 0x1100 && IS_IN(c, wide) ? 2 : 1;
}

/* Does c belong to the cluster whose last code point is 'last'? */
static bool simple_joins(int32_t last, int32_t c, bool one_flag)
{
    if (last < 0x20 || c < 0x20)
        return false;
    return simple_width(c) == 0 || last == ZWJ || (c >= 0x1F3FB && c <= 0x1F3FF) ||
           (is_flag(last) && is_flag(c) && one_flag);
}

/* What no line begins with, and what none ends with. */
static bool is_closing(int32_t c)
{
    static const struct range closing[] = {
        {')', ')'},       {']', ']'},       {'}', '}'},       {'!', '!'},       {'?', '?'},
        {',', '.'},       {':', ';'},       {0x2019, 0x2019}, {0x201D, 0x201D}, {0x2026, 0x2026},
        {0x3001, 0x3002}, {0x3005, 0x3005}, {0x3009, 0x3009}, {0x300B, 0x300B}, {0x300D, 0x300D},
        {0x300F, 0x300F}, {0x3011, 0x3011}, {0x3015, 0x3015}, {0x30FB, 0x30FC}, {0xFF01, 0xFF01},
        {0xFF09, 0xFF09}, {0xFF0C, 0xFF0C}, {0xFF0E, 0xFF0E}, {0xFF1A, 0xFF1B}, {0xFF1F, 0xFF1F},
        {0xFF3D, 0xFF3D}, {0xFF5D, 0xFF5D},
    };
    return IS_IN(c, closing);
}

static bool is_opening(int32_t c)
{
    static const struct range opening[] = {
        {'(', '('},       {'[', '['},       {'{', '{'},       {0x2018, 0x2018}, {0x201C, 0x201C},
        {0x3008, 0x3008}, {0x300A, 0x300A}, {0x300C, 0x300C}, {0x300E, 0x300E}, {0x3010, 0x3010},
        {0x3014, 0x3014}, {0xFF08, 0xFF08}, {0xFF3B, 0xFF3B}, {0xFF5B, 0xFF5B},
    };
    return IS_IN(c, opening);
}

static bool may_break(const struct lash_cluster *before, const struct lash_cluster *next)
{
    bool wide = (before->width == 2 && before->first >= 0x2E80) ||
                (next->width == 2 && next->first >= 0x2E80);
    return wide && next->width > 0 && !is_closing(next->first) && !is_opening(before->first);
}

struct lash_cluster lash_width_next(const char *s, size_t n, const struct lash_cluster *before)
{
    struct lash_cluster cluster = {0};
    if (n == 0)
        return cluster;
    bool library = use_library();
    utf8proc_int32_t state = 0;
    int32_t last = lash_utf8_point(s, n, &cluster.len);
    cluster.first = last;
    cluster.width = last < 0 ? 1 : library ? lib.charwidth(last) : simple_width(last);
    bool one_flag = is_flag(last);
    while (last >= 0 && cluster.len < n) {
        size_t len;
        int32_t c = lash_utf8_point(s + cluster.len, n - cluster.len, &len);
        if (c < 0 ||
            (library ? lib.grapheme_break(last, c, &state) : !simple_joins(last, c, one_flag)))
            break;
        if (c == EMOJI_STYLE || (one_flag && is_flag(c)))
            cluster.width = 2;
        else if (cluster.width == 0)
            cluster.width = library ? lib.charwidth(c) : simple_width(c);
        one_flag = false;
        cluster.len += len;
        last = c;
    }
    cluster.breaks = before && before->len > 0 && may_break(before, &cluster);
    return cluster;
}

size_t lash_width(const char *s, size_t n)
{
    size_t width = 0;
    while (n > 0) {
        struct lash_cluster cluster = lash_width_next(s, n, NULL);
        width += (size_t)cluster.width;
        s += cluster.len;
        n -= cluster.len;
    }
    return width;
}
