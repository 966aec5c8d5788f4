/* ICMP errors.
 *
 * Frames come from tenants: every length is checked before it is used, and
 * a frame that cannot be parsed gets no answer.  When in doubt there is none:
 * errors about errors could circulate for ever. */

#include <config.h>

#include "lib/icmp-error.h"

#include <netinet/icmp6.h>
#include <netinet/ip6.h>
#include <string.h>

#include "csum.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "unaligned.h"
#include "util.h"

/* An error is never a larger IP packet than this. */
#define MAX_ERROR_IPV4 576
#define MAX_ERROR_IPV6 1280

/* How many extension headers of IPv6 are skipped at most. */
#define MAX_EXTENSIONS 8

/* "Internetwork control", RFC 1812, section 4.3.2.5. */
#define ERROR_TOS 0xc0
#define ERROR_TTL 64

/* Parsing. */

/* Neither an error nor a redirect: RFC 792, RFC 950, RFC 1256. */
static bool
icmp4_is_query(uint8_t type)
{
    return (type == ICMP4_ECHO_REPLY || type == ICMP4_ECHO_REQUEST
            || (type >= 9 && type <= 10) || (type >= 13 && type <= 18));
}

/* "...as the result of receiving an ICMPv6 error message" or "an ICMPv6
 * redirect message": RFC 4443, section 2.4 (e). */
static bool
icmp6_is_query(uint8_t type)
{
    return type >= 128 && type != ND_REDIRECT;
}

static bool
ipv4_is_one_host(ovs_be32 ip)
{
    return !ip_is_multicast(ip) && (ip & htonl(0xff000000)) != 0
           && (ip & htonl(0xff000000)) != htonl(0x7f000000)
           && (ip & htonl(0xf0000000)) != htonl(0xf0000000);
}

static const char *
parse_ipv4(struct icmp_offender *o)
{
    const struct ip_header *ip = (const void *) o->ip;
    size_t header_len, total_len;
    ovs_be32 src, dst;

    if (o->ip_len < IP_HEADER_LEN || IP_VER(ip->ip_ihl_ver) != 4) {
        return "no IPv4 header";
    }
    header_len = IP_IHL(ip->ip_ihl_ver) * 4;
    total_len = ntohs(ip->ip_tot_len);
    if (header_len < IP_HEADER_LEN || header_len > o->ip_len
        || total_len < header_len) {
        return "bad length in the IPv4 header";
    }
    if (csum(ip, header_len)) {
        return "bad checksum of the IPv4 header";
    }
    o->ip_len = MIN(o->ip_len, total_len);

    src = get_16aligned_be32(&ip->ip_src);
    dst = get_16aligned_be32(&ip->ip_dst);
    in6_addr_set_mapped_ipv4(&o->src, src);
    in6_addr_set_mapped_ipv4(&o->dst, dst);
    if (!ipv4_is_one_host(src)) {
        return "the source is not one host";
    } else if (ip_is_multicast(dst) || dst == htonl(UINT32_MAX)) {
        return "broadcast or multicast";
    } else if (ip->ip_frag_off & htons(IP_FRAG_OFF_MASK)) {
        return "not the first fragment";
    } else if (ip->ip_proto == IPPROTO_ICMP
               && (o->ip_len <= header_len
                   || !icmp4_is_query(o->ip[header_len]))) {
        return "an ICMP error";
    }
    return NULL;
}

/* Skips the extension headers from 'ofs' on, the first of which is 'next'. */
static const char *
parse_ipv6_payload(const struct icmp_offender *o, uint8_t next, size_t ofs)
{
    for (int i = 0; i < MAX_EXTENSIONS; i++) {
        const uint8_t *ext = o->ip + ofs;

        if (next == IPPROTO_ICMPV6) {
            return (ofs < o->ip_len && icmp6_is_query(*ext) ? NULL
                    : "an ICMPv6 error or redirect");
        } else if (next != IPPROTO_HOPOPTS && next != IPPROTO_ROUTING
                   && next != IPPROTO_DSTOPTS && next != IPPROTO_FRAGMENT
                   && next != IPPROTO_AH) {
            return NULL;
        } else if (o->ip_len - ofs < 8) {
            return "an extension header is cut off";
        }
        if (next == IPPROTO_FRAGMENT) {
            if (ext[2] || ext[3] & 0xf8) {
                return "not the first fragment";
            }
            ofs += 8;
        } else if (next == IPPROTO_AH) {
            ofs += (ext[1] + 2) * 4;
        } else {
            ofs += (ext[1] + 1) * 8;
        }
        next = ext[0];
        if (ofs > o->ip_len) {
            return "an extension header is cut off";
        }
    }
    return "too many extension headers";
}

static const char *
parse_ipv6(struct icmp_offender *o)
{
    const struct ovs_16aligned_ip6_hdr *ip = (const void *) o->ip;
    size_t total_len;

    if (o->ip_len < sizeof *ip || (o->ip[0] >> 4) != 6) {
        return "no IPv6 header";
    }
    total_len = sizeof *ip + ntohs(ip->ip6_plen);
    o->ip_len = MIN(o->ip_len, total_len);

    memcpy(&o->src, &ip->ip6_src, sizeof o->src);
    memcpy(&o->dst, &ip->ip6_dst, sizeof o->dst);
    if (!ipv6_addr_is_set(&o->src) || ipv6_addr_is_multicast(&o->src)
        || IN6_IS_ADDR_LOOPBACK(&o->src) || IN6_IS_ADDR_V4MAPPED(&o->src)) {
        return "the source is not one host";
    } else if (ipv6_addr_is_multicast(&o->dst)) {
        return "multicast";
    }
    return parse_ipv6_payload(o, ip->ip6_nxt, sizeof *ip);
}

const char *
icmp_offender_parse(const uint8_t *frame, size_t len,
                    struct icmp_offender *o)
{
    const struct eth_header *eth = (const void *) frame;
    size_t ofs = ETH_HEADER_LEN;
    ovs_be16 type;

    memset(o, 0, sizeof *o);
    if (len < ETH_HEADER_LEN) {
        return "no Ethernet header";
    }
    o->eth_src = eth->eth_src;
    type = eth->eth_type;
    if (type == htons(ETH_TYPE_VLAN_8021Q)) {
        if (len < ofs + VLAN_HEADER_LEN) {
            return "no Ethernet header";
        }
        o->has_vlan = true;
        memcpy(&o->vlan_tci, frame + ofs, sizeof o->vlan_tci);
        memcpy(&type, frame + ofs + 2, sizeof type);
        ofs += VLAN_HEADER_LEN;
    }
    o->ip = frame + ofs;
    o->ip_len = len - ofs;
    if (eth_addr_is_multicast(eth->eth_dst)) {
        return "broadcast or multicast";
    } else if (eth_addr_is_multicast(o->eth_src)) {
        return "the source is not one host";
    } else if (type == htons(ETH_TYPE_IP)) {
        return parse_ipv4(o);
    } else if (type == htons(ETH_TYPE_IPV6)) {
        o->is_ipv6 = true;
        return parse_ipv6(o);
    }
    return "neither IPv4 nor IPv6";
}

uint8_t
icmp_offender_get_protocol(const struct icmp_offender *o)
{
    return (o->is_ipv6
            ? ((const struct ovs_16aligned_ip6_hdr *) o->ip)->ip6_nxt
            : ((const struct ip_header *) o->ip)->ip_proto);
}

/* Composing. */

struct icmp_code {
    uint8_t type, code;
};

static struct icmp_code
icmp4_code(enum icmp_error error)
{
    switch (error) {
    case ICMP_ERR_TIME_EXCEEDED: return (struct icmp_code) { 11, 0 };
    case ICMP_ERR_NO_ROUTE: return (struct icmp_code) { 3, 0 };
    case ICMP_ERR_NO_HOST: return (struct icmp_code) { 3, 1 };
    case ICMP_ERR_NO_PORT: return (struct icmp_code) { 3, 3 };
    case ICMP_ERR_TOO_BIG: return (struct icmp_code) { 3, 4 };
    default: OVS_NOT_REACHED();
    }
}

static struct icmp_code
icmp6_code(enum icmp_error error)
{
    switch (error) {
    case ICMP_ERR_TIME_EXCEEDED: return (struct icmp_code) { 3, 0 };
    case ICMP_ERR_NO_ROUTE: return (struct icmp_code) { 1, 0 };
    case ICMP_ERR_NO_HOST: return (struct icmp_code) { 1, 3 };
    case ICMP_ERR_NO_PORT: return (struct icmp_code) { 1, 4 };
    case ICMP_ERR_TOO_BIG: return (struct icmp_code) { 2, 0 };
    default: OVS_NOT_REACHED();
    }
}

void
icmp_offender_put_ethernet(const struct icmp_offender *o,
                           struct eth_addr eth_src, struct ofpbuf *out)
{
    ovs_be16 type = htons(o->is_ipv6 ? ETH_TYPE_IPV6 : ETH_TYPE_IP);
    ovs_be16 vlan = htons(ETH_TYPE_VLAN_8021Q);

    ofpbuf_put(out, &o->eth_src, sizeof o->eth_src);
    ofpbuf_put(out, &eth_src, sizeof eth_src);
    if (o->has_vlan) {
        ofpbuf_put(out, &vlan, sizeof vlan);
        ofpbuf_put(out, &o->vlan_tci, sizeof o->vlan_tci);
    }
    ofpbuf_put(out, &type, sizeof type);
}

/* RFC 1191, section 4: the next hop's MTU is in the low 16 bits of a field
 * that was unused before. */
static void
put_ipv4_error(const struct icmp_offender *o, enum icmp_error error,
               unsigned int mtu, const struct in6_addr *src,
               struct ofpbuf *out)
{
    size_t quote = MIN(o->ip_len,
                       MAX_ERROR_IPV4 - IP_HEADER_LEN - ICMP_HEADER_LEN);
    struct icmp_code code = icmp4_code(error);
    struct icmp_header icmp = {
        .icmp_type = code.type,
        .icmp_code = code.code,
    };
    struct ip_header ip = {
        .ip_ihl_ver = IP_IHL_VER(5, 4),
        .ip_tos = ERROR_TOS,
        .ip_tot_len = htons(IP_HEADER_LEN + ICMP_HEADER_LEN + quote),
        .ip_ttl = ERROR_TTL,
        .ip_proto = IPPROTO_ICMP,
    };

    put_16aligned_be32(&ip.ip_src, in6_addr_get_mapped_ipv4(src));
    put_16aligned_be32(&ip.ip_dst, in6_addr_get_mapped_ipv4(&o->src));
    ip.ip_csum = csum(&ip, sizeof ip);
    if (error == ICMP_ERR_TOO_BIG) {
        icmp.icmp_fields.frag.mtu = htons(MIN(mtu, UINT16_MAX));
    }
    icmp.icmp_csum = csum_finish(csum_continue(
        csum_continue(0, &icmp, sizeof icmp), o->ip, quote));
    ofpbuf_put(out, &ip, sizeof ip);
    ofpbuf_put(out, &icmp, sizeof icmp);
    ofpbuf_put(out, o->ip, quote);
}

static void
put_ipv6_error(const struct icmp_offender *o, enum icmp_error error,
               unsigned int mtu, const struct in6_addr *src,
               struct ofpbuf *out)
{
    struct ovs_16aligned_ip6_hdr ip = { .ip6_nxt = IPPROTO_ICMPV6 };
    struct icmp6_data_header icmp;
    struct icmp_code code = icmp6_code(error);
    size_t quote = MIN(o->ip_len, MAX_ERROR_IPV6 - sizeof ip - sizeof icmp);
    uint32_t sum;

    put_16aligned_be32(&ip.ip6_flow, htonl(6u << 28));
    ip.ip6_plen = htons(sizeof icmp + quote);
    ip.ip6_hlim = ERROR_TTL;
    memcpy(&ip.ip6_src, src, sizeof ip.ip6_src);
    memcpy(&ip.ip6_dst, &o->src, sizeof ip.ip6_dst);

    memset(&icmp, 0, sizeof icmp);
    icmp.icmp6_base.icmp6_type = code.type;
    icmp.icmp6_base.icmp6_code = code.code;
    if (error == ICMP_ERR_TOO_BIG) {
        put_16aligned_be32(&icmp.icmp6_data.be32[0], htonl(mtu));
    }
    sum = packet_csum_pseudoheader6(&ip);
    sum = csum_continue(sum, &icmp, sizeof icmp);
    icmp.icmp6_base.icmp6_cksum = csum_finish(csum_continue(sum, o->ip,
                                                            quote));
    ofpbuf_put(out, &ip, sizeof ip);
    ofpbuf_put(out, &icmp, sizeof icmp);
    ofpbuf_put(out, o->ip, quote);
}

void
icmp_error_compose(const struct icmp_offender *o, enum icmp_error error,
                   unsigned int mtu, struct eth_addr eth_src,
                   const struct in6_addr *src, struct ofpbuf *out)
{
    icmp_offender_put_ethernet(o, eth_src, out);
    if (o->is_ipv6) {
        put_ipv6_error(o, error, mtu, src, out);
    } else {
        put_ipv4_error(o, error, mtu, src, out);
    }
}
