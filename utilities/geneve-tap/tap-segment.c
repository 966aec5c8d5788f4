/* Segmentation of TCP and UDP, as a network card does it.
 *
 * Only headers are made; payloads stay where they are, and the kernel gathers
 * both.  So a byte of payload is touched once, for the checksum. */

#include <config.h>

#include "utilities/geneve-tap/tap-segment.h"

#include <netinet/in.h>
#include <string.h>

#define TCP_FIN 0x01
#define TCP_PSH 0x08
#define TCP_CWR 0x80

bool
tap_segment_init(struct tap_segment *s, const struct tap_packet *packet,
                 const struct virtio_net_hdr *vnet)
{
    uint8_t type = vnet->gso_type & ~VIRTIO_NET_HDR_GSO_ECN;
    const uint8_t *l4 = packet->data + vnet->csum_start;
    size_t left = packet->len - vnet->csum_start;

    *s = (struct tap_segment) {
        .packet = *packet,
        .size = vnet->gso_size,
        .tcp = type != VIRTIO_NET_HDR_GSO_UDP_L4,
    };
    if (!(vnet->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) || !vnet->gso_size
        || vnet->csum_start > packet->len || packet->l4 == packet->len
        || vnet->csum_start < packet->l4 || left < (s->tcp ? 20 : 8)) {
        return false;
    }
    bool ip4 = packet->ethertype == TAP_ETHERTYPE_IP;
    if ((type == VIRTIO_NET_HDR_GSO_TCPV4 && !ip4)
        || (type == VIRTIO_NET_HDR_GSO_TCPV6 && ip4)
        || (type != VIRTIO_NET_HDR_GSO_TCPV4
            && type != VIRTIO_NET_HDR_GSO_TCPV6 && s->tcp)) {
        return false;
    }

    /* There may be IPv6 extension headers, which packet.l4 does not skip. */
    s->packet.l4 = vnet->csum_start;
    s->header_len = vnet->csum_start + (s->tcp ? (l4[12] >> 4) * 4 : 8);
    s->next = s->header_len;
    return (s->header_len - vnet->csum_start >= (s->tcp ? 20 : 8)
            && s->header_len < packet->len
            && s->header_len <= TAP_SEGMENT_MAX_HEADER);
}

static void
fix_ip(const struct tap_segment *s, uint8_t *ip, size_t len)
{
    if (s->packet.ethertype == TAP_ETHERTYPE_IP) {
        tap_packet_put16(ip + 2, len);
        tap_packet_put16(ip + 4, tap_packet_get16(ip + 4) + s->index);
        tap_packet_put16(ip + 10, 0);
        tap_packet_put16(ip + 10, tap_packet_sum_finish(
                             tap_packet_sum(0, ip, (ip[0] & 0xf) * 4)));
    } else {
        tap_packet_put16(ip + 4, len - 40);
    }
}

/* 'n' bytes of payload follow the header 'l4'. */
static void
fix_l4(const struct tap_segment *s, const uint8_t *ip, uint8_t *l4,
       const uint8_t *payload, size_t n)
{
    size_t header = s->header_len - s->packet.l4;
    uint8_t *check = l4 + (s->tcp ? 16 : 6);

    if (s->tcp) {
        tap_packet_put32(l4 + 4, tap_packet_get32(l4 + 4)
                                 + s->index * s->size);
        if (s->next < s->packet.len) {
            l4[13] &= ~(TCP_FIN | TCP_PSH);
        }
        if (s->index) {
            l4[13] &= ~TCP_CWR;
        }
    } else {
        tap_packet_put16(l4 + 4, header + n);
    }
    tap_packet_put16(check, 0);

    uint64_t sum = tap_packet_sum_pseudo(
        ip, s->tcp ? IPPROTO_TCP : IPPROTO_UDP, header + n);
    sum = tap_packet_sum(sum, l4, header);
    uint16_t value = tap_packet_sum_finish(tap_packet_sum(sum, payload, n));
    tap_packet_put16(check, value || s->tcp ? value : 0xffff);
}

bool
tap_segment_next(struct tap_segment *s, uint8_t *header,
                 const uint8_t **payload, size_t *payload_len)
{
    size_t left = s->packet.len - s->next;
    size_t n = left < s->size ? left : s->size;

    if (!n) {
        return false;
    }
    *payload = s->packet.data + s->next;
    *payload_len = n;
    s->next += n;
    memcpy(header, s->packet.data, s->header_len);
    fix_ip(s, header + s->packet.l3, s->header_len - s->packet.l3 + n);
    fix_l4(s, header + s->packet.l3, header + s->packet.l4, *payload, n);
    s->index++;
    return true;
}

bool
tap_segment_finish_sum(uint8_t *data, size_t len,
                       const struct virtio_net_hdr *vnet)
{
    size_t at = (size_t) vnet->csum_start + vnet->csum_offset;

    if (vnet->csum_start > len || at + 2 > len) {
        return false;
    }
    /* The field holds the pseudo header's sum already. */
    uint16_t sum = tap_packet_sum_finish(tap_packet_sum(
        0, data + vnet->csum_start, len - vnet->csum_start));
    /* 0 would mean "none" in UDP (RFC 768). */
    tap_packet_put16(data + at, sum || vnet->csum_offset != 6 ? sum : 0xffff);
    return true;
}
