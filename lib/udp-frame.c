/* Ethernet frames that carry a UDP datagram.
 *
 * They come from tenants, so every length is checked before it is used. */

#include <config.h>

#include "lib/udp-frame.h"

#include <netinet/ip6.h>
#include <string.h>

#include "csum.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "unaligned.h"
#include "util.h"

/* Parsing. */

static const char *
parse_udp(struct udp_frame *u, const uint8_t *data, size_t n)
{
    struct udp_header udp;
    size_t len;

    if (n < sizeof udp) {
        return "no UDP header";
    }
    memcpy(&udp, data, sizeof udp);
    len = ntohs(udp.udp_len);
    if (len < sizeof udp || len > n) {
        return "bad length in the UDP header";
    }
    u->sport = ntohs(udp.udp_src);
    u->dport = ntohs(udp.udp_dst);
    u->payload = data + sizeof udp;
    u->payload_len = len - sizeof udp;
    return NULL;
}

static const char *
parse_ipv4(struct udp_frame *u, const uint8_t *data, size_t n)
{
    struct ip_header ip;
    size_t header_len, total_len;

    if (n < sizeof ip) {
        return "no IPv4 header";
    }
    memcpy(&ip, data, sizeof ip);
    header_len = IP_IHL(ip.ip_ihl_ver) * 4;
    total_len = ntohs(ip.ip_tot_len);
    if (IP_VER(ip.ip_ihl_ver) != 4 || header_len < sizeof ip
        || total_len < header_len || total_len > n) {
        return "bad length in the IPv4 header";
    } else if (ip.ip_frag_off & htons(IP_FRAG_OFF_MASK | IP_MORE_FRAGMENTS)) {
        return "a fragment";
    } else if (ip.ip_proto != IPPROTO_UDP) {
        return "not UDP";
    }
    in6_addr_set_mapped_ipv4(&u->src, get_16aligned_be32(&ip.ip_src));
    in6_addr_set_mapped_ipv4(&u->dst, get_16aligned_be32(&ip.ip_dst));
    u->ttl = ip.ip_ttl;
    return parse_udp(u, data + header_len, total_len - header_len);
}

static const char *
parse_ipv6(struct udp_frame *u, const uint8_t *data, size_t n)
{
    struct ovs_16aligned_ip6_hdr ip;
    size_t len;

    if (n < sizeof ip) {
        return "no IPv6 header";
    }
    memcpy(&ip, data, sizeof ip);
    len = ntohs(ip.ip6_plen);
    if (data[0] >> 4 != 6 || len > n - sizeof ip) {
        return "bad length in the IPv6 header";
    } else if (ip.ip6_nxt != IPPROTO_UDP) {
        return "not UDP";
    }
    memcpy(&u->src, &ip.ip6_src, sizeof u->src);
    memcpy(&u->dst, &ip.ip6_dst, sizeof u->dst);
    if (IN6_IS_ADDR_V4MAPPED(&u->src) || IN6_IS_ADDR_V4MAPPED(&u->dst)) {
        return "a mapped address";
    }
    u->ttl = ip.ip6_hlim;
    return parse_udp(u, data + sizeof ip, len);
}

const char *
udp_frame_parse(const uint8_t *frame, size_t len, struct udp_frame *u)
{
    struct eth_header eth;

    memset(u, 0, sizeof *u);
    if (len < sizeof eth) {
        return "no Ethernet header";
    }
    memcpy(&eth, frame, sizeof eth);
    u->eth_src = eth.eth_src;
    u->eth_dst = eth.eth_dst;
    if (eth.eth_type == htons(ETH_TYPE_IP)) {
        return parse_ipv4(u, frame + sizeof eth, len - sizeof eth);
    } else if (eth.eth_type == htons(ETH_TYPE_IPV6)) {
        return parse_ipv6(u, frame + sizeof eth, len - sizeof eth);
    }
    return "neither IPv4 nor IPv6";
}

/* Composing. */

/* A checksum of 0 would mean that there is none (RFC 768), and IPv6 needs
 * one. */
static void
put_udp(const struct udp_frame *u, uint32_t pseudoheader, struct ofpbuf *out)
{
    struct udp_header udp = {
        .udp_src = htons(u->sport),
        .udp_dst = htons(u->dport),
        .udp_len = htons(sizeof udp + u->payload_len),
    };
    uint32_t sum = csum_continue(pseudoheader, &udp, sizeof udp);

    udp.udp_csum = csum_finish(csum_continue(sum, u->payload,
                                             u->payload_len));
    if (!udp.udp_csum) {
        udp.udp_csum = OVS_BE16_MAX;
    }
    ofpbuf_put(out, &udp, sizeof udp);
    if (u->payload_len) {
        ofpbuf_put(out, u->payload, u->payload_len);
    }
}

static void
put_ipv4(const struct udp_frame *u, struct ofpbuf *out)
{
    struct ip_header ip = {
        .ip_ihl_ver = IP_IHL_VER(5, 4),
        .ip_tot_len = htons(sizeof ip + UDP_HEADER_LEN + u->payload_len),
        .ip_ttl = u->ttl,
        .ip_proto = IPPROTO_UDP,
    };

    put_16aligned_be32(&ip.ip_src, in6_addr_get_mapped_ipv4(&u->src));
    put_16aligned_be32(&ip.ip_dst, in6_addr_get_mapped_ipv4(&u->dst));
    ip.ip_csum = csum(&ip, sizeof ip);
    ofpbuf_put(out, &ip, sizeof ip);
    put_udp(u, packet_csum_pseudoheader(&ip), out);
}

static void
put_ipv6(const struct udp_frame *u, struct ofpbuf *out)
{
    struct ovs_16aligned_ip6_hdr ip = {
        .ip6_plen = htons(UDP_HEADER_LEN + u->payload_len),
        .ip6_nxt = IPPROTO_UDP,
    };

    put_16aligned_be32(&ip.ip6_flow, htonl(6u << 28));
    ip.ip6_hlim = u->ttl;
    memcpy(&ip.ip6_src, &u->src, sizeof ip.ip6_src);
    memcpy(&ip.ip6_dst, &u->dst, sizeof ip.ip6_dst);
    ofpbuf_put(out, &ip, sizeof ip);
    put_udp(u, packet_csum_pseudoheader6(&ip), out);
}

void
udp_frame_compose(const struct udp_frame *u, struct ofpbuf *out)
{
    bool is_ipv4 = IN6_IS_ADDR_V4MAPPED(&u->src);
    struct eth_header eth = {
        .eth_dst = u->eth_dst,
        .eth_src = u->eth_src,
        .eth_type = htons(is_ipv4 ? ETH_TYPE_IP : ETH_TYPE_IPV6),
    };

    ofpbuf_put(out, &eth, sizeof eth);
    if (is_ipv4) {
        put_ipv4(u, out);
    } else {
        put_ipv6(u, out);
    }
}
