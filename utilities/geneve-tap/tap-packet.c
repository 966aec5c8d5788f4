/* Packets: headers, flows, checksums.
 *
 * Packets come from tenants and from the network, so every length is checked
 * before it is used.  Sums are made of native words, 8 bytes a step: the
 * checksum does not mind the order of bytes as long as the result is swapped
 * (RFC 1071, section 2 (B)). */

#include <config.h>

#include "utilities/geneve-tap/tap-packet.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#define MAX_VLANS 2
#define VLAN_HLEN 4

static void
parse_ip4(struct tap_packet *p)
{
    const uint8_t *ip = p->data + p->l3;
    size_t header = (ip[0] & 0xf) * 4;

    if (p->len - p->l3 < 20 || ip[0] >> 4 != 4 || header < 20
        || header > p->len - p->l3) {
        return;
    }
    p->l4 = p->l3 + header;
    p->protocol = ip[9];
    p->fragment = (tap_packet_get16(ip + 6) & 0x3fff) != 0;
}

static void
parse_ip6(struct tap_packet *p)
{
    const uint8_t *ip = p->data + p->l3;

    if (p->len - p->l3 < 40 || ip[0] >> 4 != 6) {
        return;
    }
    p->l4 = p->l3 + 40;
    p->protocol = ip[6];
    p->fragment = ip[6] == IPPROTO_FRAGMENT;
}

static void
parse_ethernet(struct tap_packet *p)
{
    size_t ofs = TAP_ETH_HLEN - 2;

    for (int i = 0; ofs + 2 <= p->len; i++) {
        p->ethertype = tap_packet_get16(p->data + ofs);
        if ((p->ethertype != 0x8100 && p->ethertype != 0x88a8)
            || i == MAX_VLANS) {
            break;
        }
        ofs += VLAN_HLEN;
    }
    if (ofs + 2 < p->len) {
        p->l3 = ofs + 2;
    }
}

void
tap_packet_parse(const uint8_t *data, size_t len, bool ethernet,
                 struct tap_packet *p)
{
    *p = (struct tap_packet) {
        .data = data, .len = len, .l3 = len, .l4 = len,
    };
    if (ethernet) {
        parse_ethernet(p);
    } else if (len) {
        p->l3 = 0;
        p->ethertype = (data[0] >> 4 == 4 ? TAP_ETHERTYPE_IP
                        : data[0] >> 4 == 6 ? TAP_ETHERTYPE_IPV6 : 0);
    }
    if (p->l3 < len) {
        if (p->ethertype == TAP_ETHERTYPE_IP) {
            parse_ip4(p);
        } else if (p->ethertype == TAP_ETHERTYPE_IPV6) {
            parse_ip6(p);
        }
    }
}

static uint32_t
mix(uint32_t hash, const uint8_t *p, size_t n)
{
    for (; n >= 4; p += 4, n -= 4) {
        uint32_t word;

        memcpy(&word, p, sizeof word);
        hash = (hash ^ word) * 0x9e3779b1;
        hash ^= hash >> 15;
    }
    return hash;
}

uint32_t
tap_packet_hash(const struct tap_packet *p)
{
    const uint8_t *ip = p->data + p->l3;
    uint32_t hash = p->ethertype;

    if (p->l4 == p->len) {
        return mix(hash, p->data, p->len < 12 ? p->len : 12);
    }
    hash = (p->ethertype == TAP_ETHERTYPE_IP ? mix(hash, ip + 12, 8)
            : mix(hash, ip + 8, 32)) ^ p->protocol;
    /* All fragments of a packet go one way. */
    if ((p->protocol == IPPROTO_TCP || p->protocol == IPPROTO_UDP)
        && !p->fragment && p->len - p->l4 >= 4) {
        hash = mix(hash, p->data + p->l4, 4);
    }
    return hash * 0x85ebca6b ^ hash >> 13;
}

unsigned int
tap_packet_get_ecn(const struct tap_packet *p)
{
    const uint8_t *ip = p->data + p->l3;

    return (p->l4 == p->len ? 0
            : p->ethertype == TAP_ETHERTYPE_IP ? ip[1] & 3
            : (ip[1] >> 4) & 3);
}

bool
tap_packet_mark_congestion(uint8_t *data, size_t len, bool ethernet)
{
    struct tap_packet p;

    tap_packet_parse(data, len, ethernet, &p);
    if (!tap_packet_get_ecn(&p)) {
        return false;
    }
    uint8_t *ip = data + p.l3;
    if (p.ethertype == TAP_ETHERTYPE_IP) {
        ip[1] |= TAP_ECN_CE;
        tap_packet_put16(ip + 10, 0);
        tap_packet_put16(ip + 10, tap_packet_sum_finish(
                             tap_packet_sum(0, ip, (ip[0] & 0xf) * 4)));
    } else {
        ip[1] |= TAP_ECN_CE << 4;
    }
    return true;
}

uint64_t
tap_packet_sum(uint64_t sum, const void *data, size_t len)
{
    const uint8_t *p = data;
    uint64_t low = 0, high = 0;

    /* Two sums of 32-bit words, which a compiler can do in parallel. */
    for (; len >= 16; p += 16, len -= 16) {
        uint32_t w[4];

        memcpy(w, p, sizeof w);
        low += (uint64_t) w[0] + w[2];
        high += (uint64_t) w[1] + w[3];
    }
    low += high;
    for (; len >= 2; p += 2, len -= 2) {
        uint16_t word;

        memcpy(&word, p, sizeof word);
        low += word;
    }
    if (len) {
        uint8_t last[2] = { *p, 0 };
        uint16_t word;

        memcpy(&word, last, sizeof word);
        low += word;
    }
    low = (low & UINT32_MAX) + (low >> 32);
    return sum + low;
}

uint64_t
tap_packet_sum_word(uint64_t sum, uint16_t host_order)
{
    return sum + htons(host_order);
}

uint16_t
tap_packet_sum_finish(uint64_t sum)
{
    while (sum >> 16) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return ntohs(~sum & 0xffff);
}

uint64_t
tap_packet_sum_pseudo(const uint8_t *ip, uint8_t protocol, size_t len)
{
    uint64_t sum = (ip[0] >> 4 == 4 ? tap_packet_sum(0, ip + 12, 8)
                    : tap_packet_sum(0, ip + 8, 32));

    sum = tap_packet_sum_word(sum, protocol);
    sum = tap_packet_sum_word(sum, len >> 16);
    return tap_packet_sum_word(sum, len & 0xffff);
}
