/* address.c - which addresses of the network are public; see address.h.
 *
 * Of IPv4 the special blocks are listed (IANA's registry, and what clouds use
 * beside it). Of IPv6 only 2000::/3 has been given out, so what is outside is
 * refused, and the special blocks inside are listed. */
#include "sys/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

struct block4 {
    uint32_t net;
    int bits;
};

#define IP4(a, b, c, d)                                                                            \
    (((uint32_t)(a) << 24) | ((uint32_t)(b) << 16) | ((uint32_t)(c) << 8) | (uint32_t)(d))

static const struct block4 special4[] = {
    {IP4(0, 0, 0, 0), 8},        /* "this" network; 0.0.0.0 connects to loopback */
    {IP4(10, 0, 0, 0), 8},       /* private */
    {IP4(100, 64, 0, 0), 10},    /* shared; Alibaba's metadata 100.100.100.200 */
    {IP4(127, 0, 0, 0), 8},      /* loopback */
    {IP4(168, 63, 129, 16), 32}, /* Azure's metadata */
    {IP4(169, 254, 0, 0), 16},   /* link-local; metadata 169.254.169.254 */
    {IP4(172, 16, 0, 0), 12},    /* private */
    {IP4(192, 0, 0, 0), 24},     /* protocol assignments */
    {IP4(192, 0, 2, 0), 24},     /* documentation */
    {IP4(192, 88, 99, 0), 24},   /* 6to4 relays */
    {IP4(192, 168, 0, 0), 16},   /* private */
    {IP4(198, 18, 0, 0), 15},    /* benchmarks */
    {IP4(198, 51, 100, 0), 24},  /* documentation */
    {IP4(203, 0, 113, 0), 24},   /* documentation */
    {IP4(224, 0, 0, 0), 4},      /* multicast */
    {IP4(240, 0, 0, 0), 4},      /* reserved, broadcast */
};

static bool is_public4(uint32_t address)
{
    for (size_t i = 0; i < sizeof(special4) / sizeof(*special4); i++)
        if ((address ^ special4[i].net) >> (32 - special4[i].bits) == 0)
            return false;
    return true;
}

struct block6 {
    uint8_t net[16];
    int bits;
};

static const struct block6 special6[] = {
    {{0x20, 0x01}, 23},             /* protocol assignments: Teredo, benchmarks, ORCHID */
    {{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation */
    {{0x3f, 0xff}, 20},             /* documentation */
};

/* IPv6 forms of an IPv4 address, and where that stands in them. */
static const struct {
    struct block6 block;
    size_t at;
} embedded[] = {
    {{{[10] = 0xff, [11] = 0xff}, 96}, 12}, /* mapped: ::ffff:0:0/96 */
    {{{0x00, 0x64, 0xff, 0x9b}, 96}, 12},   /* NAT64: 64:ff9b::/96 */
    {{{0x20, 0x02}, 16}, 2},                /* 6to4: 2002::/16 */
};

static bool is_in(const uint8_t *address, const struct block6 *block)
{
    size_t whole = (size_t)block->bits / 8;
    int rest = block->bits % 8;
    return memcmp(address, block->net, whole) == 0 &&
           (rest == 0 || (address[whole] ^ block->net[whole]) >> (8 - rest) == 0);
}

static bool is_public6(const uint8_t *address)
{
    for (size_t i = 0; i < sizeof(embedded) / sizeof(*embedded); i++) {
        const uint8_t *a = address + embedded[i].at;
        if (is_in(address, &embedded[i].block))
            return is_public4(IP4(a[0], a[1], a[2], a[3]));
    }
    for (size_t i = 0; i < sizeof(special6) / sizeof(*special6); i++)
        if (is_in(address, &special6[i]))
            return false;
    return address[0] >> 5 == 1; /* 2000::/3 */
}

bool lash_address_is_public(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof(in));
        return is_public4(ntohl(in.sin_addr.s_addr));
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, address, sizeof(in6));
        return is_public6(in6.sin6_addr.s6_addr);
    }
    return false;
}

void lash_address_text(const struct sockaddr *address, char *out, size_t size)
{
    const void *raw = NULL;
    out[0] = '\0';
    if (address->sa_family == AF_INET)
        raw = &((const struct sockaddr_in *)(const void *)address)->sin_addr;
    else if (address->sa_family == AF_INET6)
        raw = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
    if (raw && !inet_ntop(address->sa_family, raw, out, (socklen_t)size))
        out[0] = '\0';
}
