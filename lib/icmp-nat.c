/* ICMP errors and NAT: see icmp-nat.h.
 *
 * The packet that is quoted may be cut off anywhere after its ports: there is
 * a checksum to be mended only where it has not been.  It is changed by the
 * difference (RFC 1624), since it covers what is missing.  That of the error
 * itself is made anew, so it has to be right before. */

#include <config.h>

#include "lib/icmp-nat.h"

#include <netinet/icmp6.h>
#include <netinet/ip6.h>
#include <stdbool.h>
#include <string.h>

#include "csum.h"
#include "packets.h"
#include "unaligned.h"

struct error {
    struct ovs_16aligned_ip6_hdr *ip;
    struct icmp6_data_header *icmp;
    size_t icmp_len;                        /* With what it quotes. */
    struct ovs_16aligned_ip6_hdr *quoted;
    uint8_t *l4;                            /* Of 'quoted'. */
    size_t l4_len;                          /* What there is of it. */
};

static ovs_be16
get_checksum(const struct error *e)
{
    return csum_finish(csum_continue(packet_csum_pseudoheader6(e->ip),
                                     e->icmp, e->icmp_len));
}

static const char *
parse(uint8_t *frame, size_t len, struct error *e)
{
    const struct eth_header *eth = (const void *) frame;
    const size_t min = (ETH_HEADER_LEN + 2 * sizeof *e->ip
                        + sizeof *e->icmp);

    if (len < min || eth->eth_type != htons(ETH_TYPE_IPV6)) {
        return "no ICMPv6 error";
    }
    e->ip = (void *) (frame + ETH_HEADER_LEN);
    e->icmp = (void *) (e->ip + 1);
    e->quoted = (void *) (e->icmp + 1);
    e->l4 = (void *) (e->quoted + 1);
    e->icmp_len = ntohs(e->ip->ip6_plen);
    if (*(uint8_t *) e->ip >> 4 != 6 || *(uint8_t *) e->quoted >> 4 != 6
        || e->ip->ip6_nxt != IPPROTO_ICMPV6
        || e->icmp->icmp6_base.icmp6_type & ICMP6_INFOMSG_MASK) {
        return "no ICMPv6 error";
    }
    if (e->icmp_len > len - ETH_HEADER_LEN - sizeof *e->ip
        || e->icmp_len < sizeof *e->icmp + sizeof *e->quoted) {
        return "its length is wrong";
    }
    e->l4_len = e->icmp_len - sizeof *e->icmp - sizeof *e->quoted;
    if (memcmp(&e->ip->ip6_dst, &e->quoted->ip6_src, sizeof e->ip->ip6_dst)) {
        return "not for the sender of what it quotes";
    }
    return get_checksum(e) ? "its checksum is wrong" : NULL;
}

/* Mends the checksum at 'ofs' in what is quoted, for another source address
 * and, if that is nonzero, another source port. */
static void
mend(struct error *e, size_t ofs, const struct in6_addr *ip, ovs_be16 port)
{
    ovs_be16 sum, old_port;

    if (e->l4_len < ofs + sizeof sum) {
        return;
    }
    memcpy(&sum, e->l4 + ofs, sizeof sum);
    memcpy(&old_port, e->l4, sizeof old_port);
    if (e->quoted->ip6_nxt == IPPROTO_UDP && !sum) {
        return;                             /* It had none. */
    }
    sum = recalc_csum128(sum, e->quoted->ip6_src.be32, ip);
    if (port) {
        sum = recalc_csum16(sum, old_port, port);
    }
    if (e->quoted->ip6_nxt == IPPROTO_UDP && !sum) {
        sum = OVS_BE16_MAX;                 /* RFC 8200, section 8.1. */
    }
    memcpy(e->l4 + ofs, &sum, sizeof sum);
}

/* Changes the source of what is quoted. */
static const char *
translate_quoted(struct error *e, const struct in6_addr *ip, ovs_be16 port)
{
    switch (e->quoted->ip6_nxt) {
    case IPPROTO_TCP:
    case IPPROTO_UDP:
        if (e->l4_len < 2 * sizeof port) {
            return "it quotes no ports";
        }
        mend(e, e->quoted->ip6_nxt == IPPROTO_TCP ? 16 : 6, ip, port);
        if (port) {
            memcpy(e->l4, &port, sizeof port);
        }
        break;
    case IPPROTO_ICMPV6:
        mend(e, offsetof(struct icmp6_header, icmp6_cksum), ip, 0);
        break;
    default:
        return "it quotes an unknown protocol";
    }
    memcpy(&e->quoted->ip6_src, ip, sizeof e->quoted->ip6_src);
    return NULL;
}

const char *
icmp_nat_translate_back(uint8_t *frame, size_t len, const struct in6_addr *ip,
                        ovs_be16 port)
{
    struct error e;
    const char *refusal = parse(frame, len, &e);

    if (!refusal) {
        refusal = translate_quoted(&e, ip, port);
    }
    if (refusal) {
        return refusal;
    }
    memcpy(&e.ip->ip6_dst, ip, sizeof e.ip->ip6_dst);
    e.icmp->icmp6_base.icmp6_cksum = 0;
    e.icmp->icmp6_base.icmp6_cksum = get_checksum(&e);
    return NULL;
}

static void
forget_fragment4(struct ip_header *ip, size_t len)
{
    size_t header_len = len >= sizeof *ip ? IP_IHL(ip->ip_ihl_ver) * 4 : 0;

    if (header_len >= IP_HEADER_LEN && header_len <= len
        && ip->ip_frag_off & htons(IP_MORE_FRAGMENTS)
        && !(ip->ip_frag_off & htons(IP_FRAG_OFF_MASK))) {
        ovs_be16 frag_off = ip->ip_frag_off & htons(IP_DONT_FRAGMENT);

        ip->ip_csum = recalc_csum16(ip->ip_csum, ip->ip_frag_off, frag_off);
        ip->ip_frag_off = frag_off;
    }
}

/* Takes the fragment header away, if it is the first one.  Returns by how much
 * the packet is shorter. */
static size_t
forget_fragment6(struct ovs_16aligned_ip6_hdr *ip, size_t len)
{
    const struct ovs_16aligned_ip6_frag *frag = (const void *) (ip + 1);
    const size_t used = sizeof *ip + sizeof *frag;

    if (len < used || ip->ip6_nxt != IPPROTO_FRAGMENT
        || frag->ip6f_offlg & IP6F_OFF_MASK
        || ntohs(ip->ip6_plen) < sizeof *frag) {
        return 0;
    }
    ip->ip6_nxt = frag->ip6f_nxt;
    ip->ip6_plen = htons(ntohs(ip->ip6_plen) - sizeof *frag);
    memmove(ip + 1, frag + 1, len - used);
    return sizeof *frag;
}

void
icmp_nat_forget_fragment(uint8_t *frame, size_t *len)
{
    const struct eth_header *eth = (const void *) frame;

    if (*len < ETH_HEADER_LEN) {
        return;
    } else if (eth->eth_type == htons(ETH_TYPE_IP)) {
        forget_fragment4((void *) (eth + 1), *len - ETH_HEADER_LEN);
    } else if (eth->eth_type == htons(ETH_TYPE_IPV6)) {
        *len -= forget_fragment6((void *) (eth + 1), *len - ETH_HEADER_LEN);
    }
}
