/* Router solicitations and advertisements. */

#include <config.h>

#include "lib/nd-ra.h"

#include <netinet/icmp6.h>
#include <netinet/ip6.h>
#include <string.h>

#include "csum.h"
#include "lib/dns-name.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "unaligned.h"
#include "util.h"

#define HOP_LIMIT 255               /* Says that no router was between. */
#define CUR_HOP_LIMIT 64            /* That hosts are told to use. */

/* Options come in units of 8 bytes. */
enum {
    OPT_SOURCE_LLA = 1,
    OPT_PREFIX = 3,
    OPT_MTU = 5,
    OPT_RDNSS = 25,                 /* RFC 8106. */
    OPT_DNSSL = 31,
};

enum { FLAG_MANAGED = 0x80, FLAG_OTHER = 0x40 };
enum { FLAG_ON_LINK = 0x80, FLAG_AUTONOMOUS = 0x40 };

/* Parsing. */

static const char *
check_options(const uint8_t *data, size_t n, bool from_nobody)
{
    while (n) {
        size_t len = n >= 2 ? data[1] * 8 : 0;

        if (!len || len > n) {
            return "bad length of an option";
        } else if (data[0] == OPT_SOURCE_LLA && from_nobody) {
            return "an address of a host that has none";
        }
        data += len;
        n -= len;
    }
    return NULL;
}

const char *
nd_rs_parse(const uint8_t *frame, size_t len, struct nd_rs *rs)
{
    const size_t header_len = 8;
    struct ovs_16aligned_ip6_hdr ip;
    const uint8_t *icmp;
    struct eth_header eth;
    size_t n;

    memset(rs, 0, sizeof *rs);
    if (len < sizeof eth + sizeof ip + header_len) {
        return "too short";
    }
    memcpy(&eth, frame, sizeof eth);
    memcpy(&ip, frame + sizeof eth, sizeof ip);
    icmp = frame + sizeof eth + sizeof ip;
    n = ntohs(ip.ip6_plen);
    if (eth.eth_type != htons(ETH_TYPE_IPV6)
        || frame[sizeof eth] >> 4 != 6 || ip.ip6_nxt != IPPROTO_ICMPV6
        || icmp[0] != ND_ROUTER_SOLICIT) {
        return "not a solicitation";
    } else if (n < header_len || n > len - sizeof eth - sizeof ip) {
        return "bad length in the IPv6 header";
    } else if (ip.ip6_hlim != HOP_LIMIT || icmp[1] != 0) {
        return "bad hop limit or code";
    }
    memcpy(&rs->src, &ip.ip6_src, sizeof rs->src);
    return check_options(icmp + header_len, n - header_len,
                         !ipv6_addr_is_set(&rs->src));
}

/* Composing. */

static void
put_u32(struct ofpbuf *b, uint32_t value)
{
    ovs_be32 be32 = htonl(value);

    ofpbuf_put(b, &be32, sizeof be32);
}

static void
put_prefix(struct ofpbuf *b, const struct nd_ra_prefix *p)
{
    uint8_t header[] = {
        OPT_PREFIX, 4, p->plen,
        FLAG_ON_LINK | (p->autonomous ? FLAG_AUTONOMOUS : 0)
    };

    ofpbuf_put(b, header, sizeof header);
    put_u32(b, p->valid);
    put_u32(b, p->preferred);
    put_u32(b, 0);
    ofpbuf_put(b, &p->prefix, sizeof p->prefix);
}

static void
put_dns(struct ofpbuf *b, const struct nd_ra *ra)
{
    uint8_t header[] = { OPT_RDNSS, 1 + 2 * ra->n_dns, 0, 0 };

    ofpbuf_put(b, header, sizeof header);
    put_u32(b, ra->dns_lifetime);
    ofpbuf_put(b, ra->dns, ra->n_dns * sizeof ra->dns[0]);
}

static void
put_domains(struct ofpbuf *b, const struct nd_ra *ra)
{
    uint8_t header[] = { OPT_DNSSL, 0, 0, 0 };
    size_t ofs = b->size;

    ofpbuf_put(b, header, sizeof header);
    put_u32(b, ra->dns_lifetime);
    for (size_t i = 0; i < ra->n_domains; i++) {
        dns_name_put(b, ra->domains[i]);
    }
    ofpbuf_put_zeros(b, -(b->size - ofs) & 7);
    ((uint8_t *) b->data)[ofs + 1] = (b->size - ofs) / 8;
}

static void
put_message(struct ofpbuf *b, const struct nd_ra *ra)
{
    uint8_t header[] = {
        ND_ROUTER_ADVERT, 0, 0, 0, CUR_HOP_LIMIT,
        (ra->managed ? FLAG_MANAGED : 0) | (ra->other ? FLAG_OTHER : 0),
        ra->router_lifetime >> 8, ra->router_lifetime & 0xff
    };
    uint8_t lla[] = { OPT_SOURCE_LLA, 1 };
    uint8_t mtu[] = { OPT_MTU, 1, 0, 0 };

    ofpbuf_put(b, header, sizeof header);
    put_u32(b, 0);                  /* Reachable time: not said. */
    put_u32(b, 0);                  /* Retransmission timer: not said. */
    ofpbuf_put(b, lla, sizeof lla);
    ofpbuf_put(b, &ra->eth_src, sizeof ra->eth_src);
    if (ra->mtu) {
        ofpbuf_put(b, mtu, sizeof mtu);
        put_u32(b, ra->mtu);
    }
    for (size_t i = 0; i < ra->n_prefixes; i++) {
        put_prefix(b, &ra->prefixes[i]);
    }
    if (ra->n_dns) {
        put_dns(b, ra);
    }
    if (ra->n_domains) {
        put_domains(b, ra);
    }
}

void
nd_ra_compose(const struct nd_ra *ra, struct ofpbuf *out)
{
    struct eth_header eth = {
        .eth_dst = ra->eth_dst,
        .eth_src = ra->eth_src,
        .eth_type = htons(ETH_TYPE_IPV6),
    };
    struct ovs_16aligned_ip6_hdr ip = { .ip6_nxt = IPPROTO_ICMPV6 };
    struct ofpbuf icmp;
    ovs_be16 sum;

    ofpbuf_init(&icmp, 512);
    put_message(&icmp, ra);
    put_16aligned_be32(&ip.ip6_flow, htonl(6u << 28));
    ip.ip6_plen = htons(icmp.size);
    ip.ip6_hlim = HOP_LIMIT;
    memcpy(&ip.ip6_src, &ra->src, sizeof ip.ip6_src);
    memcpy(&ip.ip6_dst, &ra->dst, sizeof ip.ip6_dst);
    sum = csum_finish(csum_continue(packet_csum_pseudoheader6(&ip), icmp.data,
                                    icmp.size));
    memcpy((uint8_t *) icmp.data + 2, &sum, sizeof sum);
    ofpbuf_put(out, &eth, sizeof eth);
    ofpbuf_put(out, &ip, sizeof ip);
    ofpbuf_put(out, icmp.data, icmp.size);
    ofpbuf_uninit(&icmp);
}
