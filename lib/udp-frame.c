/* Ethernet frames that carry a UDP datagram: see udp-frame.h, and ip-frame.c
 * for what comes before it.
 *
 * They come from tenants, so every length is checked before it is used. */

#include <config.h>

#include "lib/udp-frame.h"

#include <string.h>

#include "csum.h"
#include "lib/ip-frame.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
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

const char *
udp_frame_parse(const uint8_t *frame, size_t len, struct udp_frame *u)
{
    struct ip_frame ip;
    const char *fault;

    memset(u, 0, sizeof *u);
    fault = ip_frame_parse(frame, len, &ip);
    if (!fault) {
        fault = ip_frame_cut_fault(&ip);
    }
    if (fault) {
        return fault;
    } else if (ip.protocol != IPPROTO_UDP) {
        return "not UDP";
    }
    u->eth_src = ip.eth_src;
    u->eth_dst = ip.eth_dst;
    u->src = ip.src;
    u->dst = ip.dst;
    u->ttl = ip.ttl;
    return parse_udp(u, ip.payload, ip.payload_len);
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

void
udp_frame_compose(const struct udp_frame *u, struct ofpbuf *out)
{
    const struct ip_frame ip = {
        .eth_src = u->eth_src,
        .eth_dst = u->eth_dst,
        .src = u->src,
        .dst = u->dst,
        .protocol = IPPROTO_UDP,
        .ttl = u->ttl,
    };

    put_udp(u, ip_frame_put(&ip, UDP_HEADER_LEN + u->payload_len, out), out);
}
