/* Ethernet and IP headers: see ip-frame.h.
 *
 * Frames come from tenants, so every length is checked before it is used. */

#include <config.h>

#include "lib/ip-frame.h"

#include <netinet/ip6.h>
#include <string.h>

#include "csum.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "unaligned.h"
#include "util.h"

/* Parsing. */

static void
set_payload(struct ip_frame *f, const uint8_t *data, size_t n, size_t len)
{
    f->payload = data;
    f->payload_len = len;
    f->present = MIN(n, len);
}

static const char *
parse_ipv4(struct ip_frame *f, const uint8_t *data, size_t n)
{
    struct ip_header ip;
    size_t header_len, len;

    if (n < sizeof ip) {
        return "no IPv4 header";
    }
    memcpy(&ip, data, sizeof ip);
    header_len = IP_IHL(ip.ip_ihl_ver) * 4;
    len = ntohs(ip.ip_tot_len);
    if (IP_VER(ip.ip_ihl_ver) != 4 || header_len < sizeof ip
        || len < header_len || n < header_len) {
        return "bad length in the IPv4 header";
    } else if (ip.ip_frag_off & htons(IP_FRAG_OFF_MASK | IP_MORE_FRAGMENTS)) {
        return "a fragment";
    }
    in6_addr_set_mapped_ipv4(&f->src, get_16aligned_be32(&ip.ip_src));
    in6_addr_set_mapped_ipv4(&f->dst, get_16aligned_be32(&ip.ip_dst));
    f->protocol = ip.ip_proto;
    f->ttl = ip.ip_ttl;
    set_payload(f, data + header_len, n - header_len, len - header_len);
    return NULL;
}

static const char *
parse_ipv6(struct ip_frame *f, const uint8_t *data, size_t n)
{
    struct ovs_16aligned_ip6_hdr ip;

    if (n < sizeof ip || data[0] >> 4 != 6) {
        return "no IPv6 header";
    }
    memcpy(&ip, data, sizeof ip);
    memcpy(&f->src, &ip.ip6_src, sizeof f->src);
    memcpy(&f->dst, &ip.ip6_dst, sizeof f->dst);
    if (IN6_IS_ADDR_V4MAPPED(&f->src) || IN6_IS_ADDR_V4MAPPED(&f->dst)) {
        return "a mapped address";
    }
    f->protocol = ip.ip6_nxt;
    f->ttl = ip.ip6_hlim;
    set_payload(f, data + sizeof ip, n - sizeof ip, ntohs(ip.ip6_plen));
    return NULL;
}

const char *
ip_frame_parse(const uint8_t *frame, size_t len, struct ip_frame *f)
{
    struct eth_header eth;

    memset(f, 0, sizeof *f);
    if (len < sizeof eth) {
        return "no Ethernet header";
    }
    memcpy(&eth, frame, sizeof eth);
    f->eth_src = eth.eth_src;
    f->eth_dst = eth.eth_dst;
    if (eth.eth_type == htons(ETH_TYPE_IP)) {
        return parse_ipv4(f, frame + sizeof eth, len - sizeof eth);
    } else if (eth.eth_type == htons(ETH_TYPE_IPV6)) {
        return parse_ipv6(f, frame + sizeof eth, len - sizeof eth);
    }
    return "neither IPv4 nor IPv6";
}

const char *
ip_frame_cut_fault(const struct ip_frame *f)
{
    return (f->present == f->payload_len ? NULL
            : IN6_IS_ADDR_V4MAPPED(&f->src) ? "bad length in the IPv4 header"
            : "bad length in the IPv6 header");
}

/* Composing. */

static uint32_t
put_ipv4(const struct ip_frame *f, size_t payload_len, struct ofpbuf *out)
{
    struct ip_header ip = {
        .ip_ihl_ver = IP_IHL_VER(5, 4),
        .ip_tos = f->tos,
        .ip_tot_len = htons(sizeof ip + payload_len),
        .ip_frag_off = htons(f->dont_fragment ? IP_DONT_FRAGMENT : 0),
        .ip_ttl = f->ttl,
        .ip_proto = f->protocol,
    };

    put_16aligned_be32(&ip.ip_src, in6_addr_get_mapped_ipv4(&f->src));
    put_16aligned_be32(&ip.ip_dst, in6_addr_get_mapped_ipv4(&f->dst));
    ip.ip_csum = csum(&ip, sizeof ip);
    ofpbuf_put(out, &ip, sizeof ip);
    return packet_csum_pseudoheader(&ip);
}

static uint32_t
put_ipv6(const struct ip_frame *f, size_t payload_len, struct ofpbuf *out)
{
    struct ovs_16aligned_ip6_hdr ip = {
        .ip6_plen = htons(payload_len),
        .ip6_nxt = f->protocol,
    };

    put_16aligned_be32(&ip.ip6_flow,
                       htonl(6u << 28 | (uint32_t) f->tos << 20));
    ip.ip6_hlim = f->ttl;
    memcpy(&ip.ip6_src, &f->src, sizeof ip.ip6_src);
    memcpy(&ip.ip6_dst, &f->dst, sizeof ip.ip6_dst);
    ofpbuf_put(out, &ip, sizeof ip);
    return packet_csum_pseudoheader6(&ip);
}

uint32_t
ip_frame_put(const struct ip_frame *f, size_t payload_len, struct ofpbuf *out)
{
    bool is_ipv4 = IN6_IS_ADDR_V4MAPPED(&f->src);
    struct eth_header eth = {
        .eth_dst = f->eth_dst,
        .eth_src = f->eth_src,
        .eth_type = htons(is_ipv4 ? ETH_TYPE_IP : ETH_TYPE_IPV6),
    };

    ofpbuf_put(out, &eth, sizeof eth);
    return (is_ipv4 ? put_ipv4(f, payload_len, out)
            : put_ipv6(f, payload_len, out));
}
