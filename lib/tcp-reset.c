/* TCP resets: see tcp-reset.h.
 *
 * The segment comes from a tenant: every length is checked before it is used.
 * What follows the TCP header need not be there; how long it was is known
 * from the IP header. */

#include <config.h>

#include "lib/tcp-reset.h"

#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <string.h>

#include "csum.h"
#include "lib/icmp-error.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "unaligned.h"
#include "util.h"

#define RESET_TTL 64

/* Of a segment. */
struct segment {
    const struct tcp_header *tcp;
    uint16_t flags;
    uint32_t len;                   /* Sequence numbers that it takes. */
};

static bool
segment_parse(const struct icmp_offender *o, struct segment *s)
{
    size_t ip_header, total, tcp_header;

    if (o->is_ipv6) {
        const struct ovs_16aligned_ip6_hdr *ip = (const void *) o->ip;

        ip_header = sizeof *ip;
        total = sizeof *ip + ntohs(ip->ip6_plen);
    } else {
        const struct ip_header *ip = (const void *) o->ip;

        ip_header = IP_IHL(ip->ip_ihl_ver) * 4;
        total = ntohs(ip->ip_tot_len);
    }
    if (icmp_offender_get_protocol(o) != IPPROTO_TCP
        || o->ip_len < ip_header + TCP_HEADER_LEN) {
        return false;
    }
    s->tcp = (const void *) (o->ip + ip_header);
    s->flags = TCP_FLAGS(s->tcp->tcp_ctl);
    tcp_header = TCP_OFFSET(s->tcp->tcp_ctl) * 4;
    if (tcp_header < TCP_HEADER_LEN || total < ip_header + tcp_header) {
        return false;
    }
    s->len = (total - ip_header - tcp_header
              + !!(s->flags & TCP_SYN) + !!(s->flags & TCP_FIN));
    return !(s->flags & TCP_RST);
}

/* "If the incoming segment has an ACK field, the reset takes its sequence
 * number from the ACK field of the segment; otherwise, the reset has sequence
 * number zero and the ACK field is set to the sum of the sequence number and
 * segment length of the incoming segment." */
static void
make_header(const struct segment *s, struct tcp_header *tcp)
{
    memset(tcp, 0, sizeof *tcp);
    tcp->tcp_src = s->tcp->tcp_dst;
    tcp->tcp_dst = s->tcp->tcp_src;
    if (s->flags & TCP_ACK) {
        put_16aligned_be32(&tcp->tcp_seq,
                           get_16aligned_be32(&s->tcp->tcp_ack));
        tcp->tcp_ctl = TCP_CTL(TCP_RST, TCP_HEADER_LEN / 4);
    } else {
        uint32_t seq = ntohl(get_16aligned_be32(&s->tcp->tcp_seq));

        put_16aligned_be32(&tcp->tcp_ack, htonl(seq + s->len));
        tcp->tcp_ctl = TCP_CTL(TCP_RST | TCP_ACK, TCP_HEADER_LEN / 4);
    }
}

static uint32_t
put_ipv4(const struct icmp_offender *o, struct ofpbuf *out)
{
    struct ip_header ip = {
        .ip_ihl_ver = IP_IHL_VER(5, 4),
        .ip_tot_len = htons(IP_HEADER_LEN + TCP_HEADER_LEN),
        .ip_frag_off = htons(IP_DF),
        .ip_ttl = RESET_TTL,
        .ip_proto = IPPROTO_TCP,
    };

    put_16aligned_be32(&ip.ip_src, in6_addr_get_mapped_ipv4(&o->dst));
    put_16aligned_be32(&ip.ip_dst, in6_addr_get_mapped_ipv4(&o->src));
    ip.ip_csum = csum(&ip, sizeof ip);
    ofpbuf_put(out, &ip, sizeof ip);
    return packet_csum_pseudoheader(&ip);
}

static uint32_t
put_ipv6(const struct icmp_offender *o, struct ofpbuf *out)
{
    struct ovs_16aligned_ip6_hdr ip = { .ip6_nxt = IPPROTO_TCP };

    put_16aligned_be32(&ip.ip6_flow, htonl(6u << 28));
    ip.ip6_plen = htons(TCP_HEADER_LEN);
    ip.ip6_hlim = RESET_TTL;
    memcpy(&ip.ip6_src, &o->dst, sizeof ip.ip6_src);
    memcpy(&ip.ip6_dst, &o->src, sizeof ip.ip6_dst);
    ofpbuf_put(out, &ip, sizeof ip);
    return packet_csum_pseudoheader6(&ip);
}

bool
tcp_reset_compose(const struct icmp_offender *o, struct eth_addr eth_src,
                  struct ofpbuf *out)
{
    struct tcp_header tcp;
    struct segment s;
    uint32_t sum;

    if (!segment_parse(o, &s)) {
        return false;
    }
    make_header(&s, &tcp);
    icmp_offender_put_ethernet(o, eth_src, out);
    sum = o->is_ipv6 ? put_ipv6(o, out) : put_ipv4(o, out);
    tcp.tcp_csum = csum_finish(csum_continue(sum, &tcp, sizeof tcp));
    ofpbuf_put(out, &tcp, sizeof tcp);
    return true;
}
