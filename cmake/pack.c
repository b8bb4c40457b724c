/* pack.c - LZ4's block format, as small as it gets; see pack.h.
 *
 * Looks up the longest copy for every byte, then goes backwards to find the
 * cheapest way from each byte to the end. Slow, but a build does it once. */
#include "pack.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SHORTEST 4     /* bytes that a copy has at least */
#define FARTHEST 65535 /* what two bytes of distance reach */
#define LONG 15        /* a length that has more bytes */
#define BUCKETS (1u << 16)
#define NOWHERE SIZE_MAX

struct place {
    size_t before;   /* the place before with the same hash */
    size_t distance; /* of the longest copy, */
    size_t longest;  /* and its length */
    size_t length;   /* of the copy that is made here; 0: a literal */
    size_t cost;     /* bytes from here to the end */
};

static size_t bucket_of(const unsigned char *at)
{
    uint32_t word;
    memcpy(&word, at, sizeof(word));
    return word * 2654435761u >> 16;
}

static size_t same(const unsigned char *a, const unsigned char *b, const unsigned char *end)
{
    const unsigned char *from = b;
    for (; b < end && *a == *b; a++, b++)
        ;
    return (size_t)(b - from);
}

/* Finds the longest copy for every place from `first` on. */
static void look_up(struct place *places, size_t *latest, const unsigned char *text, size_t first,
                    size_t end)
{
    for (size_t i = 0; i < BUCKETS; i++)
        latest[i] = NOWHERE;
    for (size_t i = 0; i + SHORTEST <= end; i++) {
        size_t *bucket = &latest[bucket_of(text + i)];
        places[i].before = *bucket;
        *bucket = i;
        for (size_t j = places[i].before;
             i >= first && j != NOWHERE && i - j <= FARTHEST && places[i].longest < end - i;
             j = places[j].before) {
            size_t n = same(text + j, text + i, text + end);
            if (n >= SHORTEST && n > places[i].longest) {
                places[i].longest = n;
                places[i].distance = i - j;
            }
        }
    }
}

/* Bytes that a length needs beside its four bits. */
static size_t more(size_t n)
{
    return n < LONG ? 0 : 1 + (n - LONG) / 255;
}

static void choose(struct place *places, size_t first, size_t end)
{
    places[end].cost = 0;
    for (size_t i = end; i-- > first;) {
        places[i].cost = places[i + 1].cost + 1;
        for (size_t n = SHORTEST; n <= places[i].longest; n++) {
            size_t cost = places[i + n].cost + 3 + more(n - SHORTEST);
            if (cost < places[i].cost) {
                places[i].cost = cost;
                places[i].length = n;
            }
        }
    }
}

static unsigned char *put_length(unsigned char *out, size_t n)
{
    if (n < LONG)
        return out;
    for (n -= LONG; n >= 255; n -= 255)
        *out++ = 255;
    *out++ = (unsigned char)n;
    return out;
}

static unsigned char *put(unsigned char *out, const unsigned char *literals, size_t n,
                          const struct place *copy)
{
    size_t length = copy ? copy->length - SHORTEST : 0;
    *out++ = (unsigned char)((n < LONG ? n : LONG) << 4 | (length < LONG ? length : LONG));
    out = put_length(out, n);
    memcpy(out, literals, n);
    out += n;
    if (!copy)
        return out;
    *out++ = (unsigned char)(copy->distance & 255);
    *out++ = (unsigned char)(copy->distance >> 8);
    return put_length(out, length);
}

size_t pack(unsigned char *out, const unsigned char *text, size_t dictionary, size_t n)
{
    size_t end = dictionary + n, literals = dictionary;
    unsigned char *to = out;
    struct place *places = calloc(end + 1, sizeof(*places));
    size_t *latest = malloc(BUCKETS * sizeof(*latest));
    if (places && latest) {
        look_up(places, latest, text, dictionary, end);
        choose(places, dictionary, end);
        for (size_t i = dictionary; i < end;) {
            if (places[i].length == 0) {
                i++;
                continue;
            }
            to = put(to, text + literals, i - literals, &places[i]);
            i += places[i].length;
            literals = i;
        }
        if (literals < end)
            to = put(to, text + literals, end - literals, NULL);
    }
    free(latest);
    free(places);
    return (size_t)(to - out);
}
