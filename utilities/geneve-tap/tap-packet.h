/* What geneve-tap has to know of a packet in a tunnel: where its headers are,
 * and to which flow it belongs.  Pure. */
#ifndef GA_TAP_PACKET_H
#define GA_TAP_PACKET_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TAP_ETH_HLEN 14
#define TAP_ETHERTYPE_IP 0x0800
#define TAP_ETHERTYPE_IPV6 0x86dd
#define TAP_ETHERTYPE_ETHERNET 0x6558   /* Of Geneve: a frame follows. */

struct tap_packet {
    const uint8_t *data;            /* The frame, or the IP packet. */
    size_t len;
    uint16_t ethertype;             /* 0 if there is none. */
    size_t l3;                      /* Offset of the IP header, or 'len'. */
    size_t l4;                      /* Offset of what follows it, or 'len'. */
    uint8_t protocol;               /* What that is; IPv6 extension headers
                                     * are not skipped. */
    bool fragment;                  /* First or later. */
};

/* Parses 'len' bytes: an Ethernet frame with at most two VLAN tags, or an IP
 * packet.  Never fails: what cannot be made out has the offset 'len'. */
void tap_packet_parse(const uint8_t *, size_t len, bool ethernet,
                      struct tap_packet *);

/* A hash of the flow: addresses and ports, or the frame's addresses. */
uint32_t tap_packet_hash(const struct tap_packet *);

/* Explicit Congestion Notification (RFC 3168): 3 means "congestion was met", 0
 * that the packet's ends do not speak of it. */
#define TAP_ECN_CE 3

/* The ECN of a packet; 0 if it is no IP packet. */
unsigned int tap_packet_get_ecn(const struct tap_packet *);

/* Says in a packet, the 'len' bytes at 'data', that congestion was met (RFC
 * 6040, section 4.2).  Returns false if it has to be dropped instead, because
 * its ends would not understand. */
bool tap_packet_mark_congestion(uint8_t *data, size_t len, bool ethernet);

/* The Internet checksum (RFC 1071), piece by piece: starts with 0; only the
 * last piece may have an odd length. */
uint64_t tap_packet_sum(uint64_t sum, const void *, size_t len);
uint64_t tap_packet_sum_word(uint64_t sum, uint16_t host_order);

/* Folds a sum to 16 bits and complements it, in host order. */
uint16_t tap_packet_sum_finish(uint64_t sum);

/* The sum of the pseudo header for 'len' bytes of 'protocol' behind the IP
 * header at 'ip'. */
uint64_t tap_packet_sum_pseudo(const uint8_t *ip, uint8_t protocol,
                               size_t len);

static inline uint16_t
tap_packet_get16(const uint8_t *p)
{
    return (p[0] << 8) | p[1];
}

static inline uint32_t
tap_packet_get32(const uint8_t *p)
{
    return ((uint32_t) p[0] << 24) | (p[1] << 16) | (p[2] << 8) | p[3];
}

static inline void
tap_packet_put16(uint8_t *p, uint16_t value)
{
    p[0] = value >> 8;
    p[1] = value & 0xff;
}

static inline void
tap_packet_put32(uint8_t *p, uint32_t value)
{
    tap_packet_put16(p, value >> 16);
    tap_packet_put16(p + 2, value & 0xffff);
}

#endif /* utilities/geneve-tap/tap-packet.h */
