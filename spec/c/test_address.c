/* test_address.c - which addresses are public. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "sys/address.h"

static struct sockaddr_storage parse(const char *text)
{
    struct sockaddr_storage out = {0};
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(80)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(80)};
    if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
        memcpy(&out, &in, sizeof(in));
    else if (inet_pton(AF_INET6, text, &in6.sin6_addr) == 1)
        memcpy(&out, &in6, sizeof(in6));
    else
        fail_msg("%s is no address", text);
    return out;
}

static bool is_public(const char *text)
{
    struct sockaddr_storage address = parse(text);
    return lash_address_is_public((const struct sockaddr *)&address);
}

/* The ends of the special blocks, and their neighbours. */
static const struct {
    const char *text;
    bool is_public;
} cases[] = {
    {"0.0.0.0", false},
    {"0.255.255.255", false},
    {"1.0.0.0", true},
    {"8.8.8.8", true},
    {"9.255.255.255", true},
    {"10.0.0.0", false},
    {"10.255.255.255", false},
    {"11.0.0.0", true},
    {"100.63.255.255", true},
    {"100.64.0.0", false},
    {"100.100.100.200", false}, /* Alibaba Cloud's metadata */
    {"100.127.255.255", false},
    {"100.128.0.0", true},
    {"126.255.255.255", true},
    {"127.0.0.1", false},
    {"127.255.255.255", false},
    {"128.0.0.0", true},
    {"168.63.129.15", true},
    {"168.63.129.16", false}, /* Azure's metadata */
    {"168.63.129.17", true},
    {"169.253.255.255", true},
    {"169.254.169.254", false}, /* everybody else's */
    {"169.255.0.0", true},
    {"172.15.255.255", true},
    {"172.16.0.0", false},
    {"172.31.255.255", false},
    {"172.32.0.0", true},
    {"192.0.0.192", false}, /* Oracle's metadata */
    {"192.0.1.0", true},
    {"192.0.2.1", false},
    {"192.88.98.255", true},
    {"192.88.99.1", false},
    {"192.167.255.255", true},
    {"192.168.0.0", false},
    {"192.169.0.0", true},
    {"198.17.255.255", true},
    {"198.18.0.0", false},
    {"198.19.255.255", false},
    {"198.20.0.0", true},
    {"198.51.100.1", false},
    {"203.0.113.1", false},
    {"223.255.255.255", true},
    {"224.0.0.1", false},
    {"239.255.255.255", false},
    {"240.0.0.1", false},
    {"255.255.255.255", false},

    {"::", false},
    {"::1", false},
    {"::8.8.8.8", false},     /* IPv4-compatible, long gone */
    {"::ffff:8.8.8.8", true}, /* mapped */
    {"::ffff:127.0.0.1", false},
    {"::ffff:10.0.0.1", false},
    {"::ffff:0:127.0.0.1", false}, /* translated */
    {"64:ff9b::8.8.8.8", true},    /* NAT64 */
    {"64:ff9b::192.168.1.1", false},
    {"64:ff9b::169.254.169.254", false},
    {"64:ff9b:1::8.8.8.8", false}, /* NAT64 of a site */
    {"100::1", false},             /* discarded */
    {"1fff:ffff::1", false},
    {"2000::1", true},
    {"2001::1", false}, /* Teredo */
    {"2001:1ff:ffff::1", false},
    {"2001:200::1", true},
    {"2001:4860:4860::8888", true},
    {"2001:db8::1", false},
    {"2001:db9::1", true},
    {"2002:808:808::1", true}, /* 6to4 of 8.8.8.8 */
    {"2002:7f00:1::1", false},
    {"2002:a9fe:a9fe::1", false},
    {"2002:c0a8:101::", false},
    {"2400:3200::1", true},
    {"3ffe:ffff::1", true},
    {"3fff:fff::1", false},
    {"3fff:1000::1", true},
    {"4000::1", false},
    {"5f00::1", false},
    {"fc00::1", false},
    {"fd00:ec2::254", false}, /* Amazon's metadata */
    {"fe80::1", false},
    {"fec0::1", false},
    {"ff02::1", false},
};

static void test_blocks(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        if (is_public(cases[i].text) != cases[i].is_public)
            fail_msg("%s", cases[i].text);
}

static void test_other_families(void **state)
{
    (void)state;
    const struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "/run/docker.sock"};
    char text[INET6_ADDRSTRLEN] = "x";
    assert_false(lash_address_is_public((const struct sockaddr *)&un));
    lash_address_text((const struct sockaddr *)&un, text, sizeof(text));
    assert_string_equal(text, "");
}

static void test_text(void **state)
{
    (void)state;
    static const char *const texts[] = {"127.0.0.1", "::1",
                                        "2001:db8:1234:5678:9abc:def0:1234:5678"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct sockaddr_storage address = parse(texts[i]);
        char text[INET6_ADDRSTRLEN];
        lash_address_text((const struct sockaddr *)&address, text, sizeof(text));
        assert_string_equal(text, texts[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_other_families),
        cmocka_unit_test(test_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
