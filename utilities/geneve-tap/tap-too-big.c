/* ICMP errors about packets that are too big.
 *
 * lib/icmp-error.c does the same for Open vSwitch, on its packet buffers,
 * which this program is not linked with. */

#include <config.h>

#include "utilities/geneve-tap/tap-too-big.h"

#include <netinet/in.h>
#include <string.h>

#define MAX_ERROR_IPV4 576
#define MAX_ERROR_IPV6 1280
#define ICMP_HLEN 8
#define TTL 64

/* Whether it is from one host to another, and no ICMP error. */
static bool
deserves_error(const struct tap_packet *p)
{
    const uint8_t *ip = p->data + p->l3, *l4 = p->data + p->l4;

    if (p->l4 == p->len || p->fragment
        || (p->l3 >= TAP_ETH_HLEN && (p->data[0] | p->data[6]) & 1)) {
        return false;
    }
    if (p->ethertype == TAP_ETHERTYPE_IP) {
        return (ip[6] & 0x40 && ip[12] && ip[12] < 224 && ip[12] != 127
                && ip[16] < 224
                && (p->protocol != IPPROTO_ICMP || *l4 == 0 || *l4 == 8));
    }
    static const uint8_t none[16];
    return (ip[8] != 0xff && ip[24] != 0xff && memcmp(ip + 8, none, 16)
            && (p->protocol != IPPROTO_ICMPV6
                || (*l4 >= 128 && *l4 != 137)));
}

static size_t
compose_ip4(const uint8_t *offender, size_t len, unsigned int mtu,
            uint8_t *ip)
{
    size_t quote = (len < MAX_ERROR_IPV4 - 20 - ICMP_HLEN ? len
                    : MAX_ERROR_IPV4 - 20 - ICMP_HLEN);
    uint8_t *icmp = ip + 20;

    memset(ip, 0, 20 + ICMP_HLEN);
    ip[0] = 0x45;
    ip[1] = 0xc0;
    tap_packet_put16(ip + 2, 20 + ICMP_HLEN + quote);
    ip[8] = TTL;
    ip[9] = IPPROTO_ICMP;
    memcpy(ip + 12, offender + 16, 4);
    memcpy(ip + 16, offender + 12, 4);
    tap_packet_put16(ip + 10,
                     tap_packet_sum_finish(tap_packet_sum(0, ip, 20)));

    icmp[0] = 3;
    icmp[1] = 4;
    tap_packet_put16(icmp + 6, mtu < UINT16_MAX ? mtu : UINT16_MAX);
    memcpy(icmp + ICMP_HLEN, offender, quote);
    tap_packet_put16(icmp + 2, tap_packet_sum_finish(
                         tap_packet_sum(0, icmp, ICMP_HLEN + quote)));
    return 20 + ICMP_HLEN + quote;
}

static size_t
compose_ip6(const uint8_t *offender, size_t len, unsigned int mtu,
            uint8_t *ip)
{
    size_t quote = (len < MAX_ERROR_IPV6 - 40 - ICMP_HLEN ? len
                    : MAX_ERROR_IPV6 - 40 - ICMP_HLEN);
    uint8_t *icmp = ip + 40;

    memset(ip, 0, 40 + ICMP_HLEN);
    ip[0] = 0x60;
    tap_packet_put16(ip + 4, ICMP_HLEN + quote);
    ip[6] = IPPROTO_ICMPV6;
    ip[7] = TTL;
    memcpy(ip + 8, offender + 24, 16);
    memcpy(ip + 24, offender + 8, 16);

    icmp[0] = 2;
    tap_packet_put32(icmp + 4, mtu);
    memcpy(icmp + ICMP_HLEN, offender, quote);
    uint64_t sum = tap_packet_sum_pseudo(ip, IPPROTO_ICMPV6,
                                         ICMP_HLEN + quote);
    tap_packet_put16(icmp + 2, tap_packet_sum_finish(
                         tap_packet_sum(sum, icmp, ICMP_HLEN + quote)));
    return 40 + ICMP_HLEN + quote;
}

size_t
tap_too_big_compose(const struct tap_packet *p, unsigned int mtu,
                    uint8_t out[TAP_TOO_BIG_MAX])
{
    const uint8_t *ip = p->data + p->l3;

    if (!deserves_error(p)) {
        return 0;
    }
    if (p->l3) {
        memcpy(out, p->data, p->l3);    /* VLAN tags, too. */
        memcpy(out, p->data + 6, 6);
        memcpy(out + 6, p->data, 6);
    }
    return p->l3 + (p->ethertype == TAP_ETHERTYPE_IP
                    ? compose_ip4(ip, p->len - p->l3, mtu, out + p->l3)
                    : compose_ip6(ip, p->len - p->l3, mtu, out + p->l3));
}
