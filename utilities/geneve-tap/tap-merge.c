/* Merging, as the kernel's generic receive offload does it.
 *
 * A merged packet has a checksum that is still to be made, which the kernel
 * takes for one that is right.  So each packet's own checksum is verified
 * before it becomes part of one; a packet whose checksum is wrong goes on
 * alone, as it came, for the kernel to judge. */

#include <config.h>

#include "utilities/geneve-tap/tap-merge.h"

#include <netinet/in.h>
#include <string.h>

#define TCP_PSH 0x08
#define TCP_ACK 0x10

/* The length of headers if the packet can be merged with others; else 0. */
static size_t
mergeable_header(const struct tap_merge *m, const struct tap_packet *p)
{
    const uint8_t *ip = p->data + p->l3, *l4 = p->data + p->l4;
    size_t ip_header = p->l4 - p->l3, left = p->len - p->l4, header, length;

    if (p->l4 == p->len || p->fragment || p->len - p->l3 > UINT16_MAX) {
        return 0;
    }
    if (p->ethertype == TAP_ETHERTYPE_IP) {
        length = tap_packet_get16(ip + 2);
    } else {
        length = 40 + tap_packet_get16(ip + 4);
    }
    if (length != p->len - p->l3
        || (p->ethertype == TAP_ETHERTYPE_IP && ip_header != 20)) {
        return 0;                       /* Padded, or with options. */
    }
    if (p->protocol == IPPROTO_TCP) {
        header = left >= 20 ? (l4[12] >> 4) * 4 : 0;
        if (header < 20 || (l4[13] & ~TCP_PSH) != TCP_ACK) {
            return 0;
        }
    } else if (p->protocol == IPPROTO_UDP && m->udp) {
        header = 8;
        if (left < 8 || tap_packet_get16(l4 + 4) != left
            || !tap_packet_get16(l4 + 6)) {
            return 0;
        }
    } else {
        return 0;
    }
    return header < left && p->l4 + header <= sizeof m->header
           ? p->l4 + header : 0;
}

static bool
sums_are_right(const struct tap_packet *p)
{
    const uint8_t *ip = p->data + p->l3;
    size_t len = p->len - p->l4;

    if (p->ethertype == TAP_ETHERTYPE_IP
        && tap_packet_sum_finish(tap_packet_sum(0, ip, p->l4 - p->l3))) {
        return false;
    }
    uint64_t sum = tap_packet_sum_pseudo(ip, p->protocol, len);
    return !tap_packet_sum_finish(tap_packet_sum(sum, p->data + p->l4, len));
}

/* Whether the IP headers differ in length, identification and checksum
 * only. */
static bool
ip_matches(const uint8_t *a, const uint8_t *b, bool ip4)
{
    if (ip4) {
        return (!memcmp(a, b, 2) && !memcmp(a + 6, b + 6, 4)
                && !memcmp(a + 12, b + 12, 8));
    }
    return !memcmp(a, b, 4) && !memcmp(a + 6, b + 6, 34);
}

/* Whether the TCP header 'b' follows 'a' after 'total' bytes. */
static bool
tcp_follows(const uint8_t *a, const uint8_t *b, size_t header, uint32_t total)
{
    return (!memcmp(a, b, 4)
            && tap_packet_get32(b + 4) - tap_packet_get32(a + 4) == total
            && !memcmp(a + 8, b + 8, 5)         /* ack, length */
            && !memcmp(a + 14, b + 14, 2)       /* window */
            && !memcmp(a + 18, b + 18, header - 18));
}

/* Whether 'p', with headers of 'header_len', goes on from what is there. */
static bool
follows(const struct tap_merge *m, const struct tap_packet *p,
        size_t header_len)
{
    const struct tap_packet *f = &m->first;
    size_t payload = p->len - header_len;
    bool ip4 = p->ethertype == TAP_ETHERTYPE_IP;

    if (!m->open || !header_len || header_len != m->header_len
        || p->l3 != f->l3 || p->l4 != f->l4 || p->protocol != f->protocol
        || payload > m->size || m->n == TAP_MERGE_MAX
        || header_len - p->l3 + m->total + payload > UINT16_MAX
        || memcmp(p->data, f->data, p->l3)
        || !ip_matches(f->data + f->l3, p->data + p->l3, ip4)) {
        return false;
    }
    return (m->tcp ? tcp_follows(f->data + f->l4, p->data + p->l4,
                                 header_len - p->l4, m->total)
            : !memcmp(f->data + f->l4, p->data + p->l4, 4));
}

static void
add_payload(struct tap_merge *m, const struct tap_packet *p)
{
    size_t payload = p->len - m->header_len;
    uint8_t flags = m->tcp ? p->data[p->l4 + 13] : 0;

    m->iov[2 + m->n++] = (struct iovec) {
        .iov_base = (void *) (p->data + m->header_len),
        .iov_len = payload,
    };
    m->total += payload;
    m->flags |= flags;
    m->open = payload == m->size && !(flags & TCP_PSH);
}

static void
start(struct tap_merge *m, const struct tap_packet *p, size_t header_len)
{
    bool good = header_len && sums_are_right(p);

    m->first = *p;
    m->total = 0;
    m->flags = 0;
    memset(&m->vnet, 0, sizeof m->vnet);
    if (good) {
        m->vnet.flags = VIRTIO_NET_HDR_F_DATA_VALID;
        m->header_len = header_len;
        m->size = p->len - header_len;
        m->tcp = p->protocol == IPPROTO_TCP;
        add_payload(m, p);
    } else {
        m->n = 1;
        m->open = false;
    }
}

bool
tap_merge_add(struct tap_merge *m, const uint8_t *data, size_t len)
{
    struct tap_packet p;

    tap_packet_parse(data, len, m->ethernet, &p);
    size_t header_len = mergeable_header(m, &p);
    if (!m->n) {
        start(m, &p, header_len);
        return true;
    }
    if (!follows(m, &p, header_len) || !sums_are_right(&p)) {
        return false;
    }
    add_payload(m, &p);
    return true;
}

/* Completes the header of a packet that is several. */
static void
finish_header(struct tap_merge *m)
{
    bool ip4 = m->first.ethertype == TAP_ETHERTYPE_IP;
    size_t l4_len = m->header_len - m->first.l4 + m->total;
    uint8_t *ip, *l4;

    memcpy(m->header, m->first.data, m->header_len);
    ip = m->header + m->first.l3;
    l4 = m->header + m->first.l4;
    if (ip4) {
        tap_packet_put16(ip + 2, m->header_len - m->first.l3 + m->total);
        tap_packet_put16(ip + 10, 0);
        tap_packet_put16(ip + 10, tap_packet_sum_finish(
                             tap_packet_sum(0, ip, 20)));
    } else {
        tap_packet_put16(ip + 4, l4_len);
    }
    if (m->tcp) {
        l4[13] = m->flags;
    } else {
        tap_packet_put16(l4 + 4, l4_len);
    }
    m->vnet = (struct virtio_net_hdr) {
        .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
        .gso_type = (!m->tcp ? VIRTIO_NET_HDR_GSO_UDP_L4
                     : ip4 ? VIRTIO_NET_HDR_GSO_TCPV4
                     : VIRTIO_NET_HDR_GSO_TCPV6),
        .hdr_len = m->header_len,
        .gso_size = m->size,
        .csum_start = m->first.l4,
        .csum_offset = m->tcp ? 16 : 6,
    };
    /* The pseudo header's sum, which is not complemented. */
    tap_packet_put16(l4 + m->vnet.csum_offset, ~tap_packet_sum_finish(
                         tap_packet_sum_pseudo(ip, m->first.protocol,
                                               l4_len)));
}

unsigned int
tap_merge_finish(struct tap_merge *m)
{
    unsigned int n = m->n;

    m->n = 0;
    m->open = false;
    if (!n) {
        return 0;
    }
    m->iov[0] = (struct iovec) { &m->vnet, sizeof m->vnet };
    if (n == 1) {
        m->iov[1] = (struct iovec) { (void *) m->first.data, m->first.len };
        return 2;
    }
    finish_header(m);
    m->iov[1] = (struct iovec) { m->header, m->header_len };
    return 2 + n;
}
