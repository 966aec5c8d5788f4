/* Ethernet frames that probe a host.
 *
 * What is parsed comes from tenants, so every length is checked before it is
 * used.  What is composed is the least that a host answers: a SYN announces
 * the size of segments and no other option, and the window has room for one
 * segment, as nobody reads more. */

#include <config.h>

#include "lib/probe-frame.h"

#include <netinet/icmp6.h>
#include <string.h>

#include "csum.h"
#include "lib/ip-frame.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "unaligned.h"
#include "util.h"

/* "Network control", as routing protocols and BFD have it (RFC 4594, section
 * 3.1). */
#define PROBE_TOS 0xc0
#define PROBE_TTL 64

#define ECHO_LEN 8                  /* Header of an ICMP echo message. */
#define MSS_LEN 4                   /* TCP's option. */

/* Parsing. */

static void
set_payload(struct probe_frame *f, const uint8_t *data, size_t present,
            size_t said)
{
    f->payload = data;
    f->payload_len = MIN(present, said);
    f->cut = said > present;
}

/* 'n' bytes at 'data' are there, of 'len' that there are as IP says. */
static const char *
parse_tcp(struct probe_frame *f, const uint8_t *data, size_t n, size_t len)
{
    struct tcp_header tcp;
    size_t header_len;

    if (n < sizeof tcp) {
        return "no TCP header";
    }
    memcpy(&tcp, data, sizeof tcp);
    header_len = TCP_OFFSET(tcp.tcp_ctl) * 4;
    if (header_len < sizeof tcp || header_len > n || header_len > len) {
        return "bad length in the TCP header";
    }
    f->sport = ntohs(tcp.tcp_src);
    f->dport = ntohs(tcp.tcp_dst);
    f->flags = TCP_FLAGS(tcp.tcp_ctl);
    f->seq = ntohl(get_16aligned_be32(&tcp.tcp_seq));
    f->ack = ntohl(get_16aligned_be32(&tcp.tcp_ack));
    set_payload(f, data + header_len, n - header_len, len - header_len);
    return NULL;
}

static const char *
parse_echo(struct probe_frame *f, const uint8_t *data, size_t n, size_t len,
           uint8_t reply)
{
    if (n < ECHO_LEN || len < ECHO_LEN) {
        return "no ICMP header";
    } else if (data[0] != reply || data[1]) {
        return "no echo reply";
    }
    f->is_echo = true;
    f->id = data[4] << 8 | data[5];
    f->seq = data[6] << 8 | data[7];
    set_payload(f, data + ECHO_LEN, n - ECHO_LEN, len - ECHO_LEN);
    return NULL;
}

const char *
probe_frame_parse(const uint8_t *frame, size_t len, struct probe_frame *f)
{
    struct ip_frame ip;
    const char *fault = ip_frame_parse(frame, len, &ip);
    bool is_ipv4 = !fault && IN6_IS_ADDR_V4MAPPED(&ip.src);

    memset(f, 0, sizeof *f);
    if (fault) {
        return fault;
    }
    f->eth_src = ip.eth_src;
    f->eth_dst = ip.eth_dst;
    f->src = ip.src;
    f->dst = ip.dst;
    if (ip.protocol == IPPROTO_TCP) {
        return parse_tcp(f, ip.payload, ip.present, ip.payload_len);
    } else if (ip.protocol == (is_ipv4 ? IPPROTO_ICMP : IPPROTO_ICMPV6)) {
        return parse_echo(f, ip.payload, ip.present, ip.payload_len,
                          is_ipv4 ? ICMP4_ECHO_REPLY : ICMP6_ECHO_REPLY);
    }
    return "neither TCP nor ICMP";
}

/* Composing. */

static void
put_tcp(const struct probe_frame *f, struct ofpbuf *out)
{
    bool has_mss = f->flags & TCP_SYN;
    size_t header_len = TCP_HEADER_LEN + (has_mss ? MSS_LEN : 0);
    struct tcp_header tcp = {
        .tcp_src = htons(f->sport),
        .tcp_dst = htons(f->dport),
        .tcp_ctl = TCP_CTL(f->flags, header_len / 4),
        .tcp_winsz = htons(PROBE_FRAME_MSS),
    };
    uint8_t mss[MSS_LEN] = {
        2, MSS_LEN, PROBE_FRAME_MSS >> 8, PROBE_FRAME_MSS & 0xff
    };

    put_16aligned_be32(&tcp.tcp_seq, htonl(f->seq));
    put_16aligned_be32(&tcp.tcp_ack, htonl(f->ack));
    ofpbuf_put(out, &tcp, sizeof tcp);
    if (has_mss) {
        ofpbuf_put(out, mss, sizeof mss);
    }
    ofpbuf_put(out, f->payload, f->payload_len);
}

static void
put_echo(const struct probe_frame *f, bool is_ipv4, struct ofpbuf *out)
{
    uint8_t header[ECHO_LEN] = {
        is_ipv4 ? ICMP4_ECHO_REQUEST : ICMP6_ECHO_REQUEST, 0, 0, 0,
        f->id >> 8, f->id & 0xff, f->seq >> 8 & 0xff, f->seq & 0xff
    };

    ofpbuf_put(out, header, sizeof header);
    ofpbuf_put(out, f->payload, f->payload_len);
}

/* Where the checksum is in what put_tcp() or put_echo() makes. */
static void
set_checksum(const struct probe_frame *f, uint32_t pseudoheader,
             struct ofpbuf *l4)
{
    ovs_be16 sum = csum_finish(csum_continue(pseudoheader, l4->data,
                                             l4->size));

    memcpy((uint8_t *) l4->data + (f->is_echo ? 2 : 16), &sum, sizeof sum);
}

void
probe_frame_compose(const struct probe_frame *f, struct ofpbuf *out)
{
    bool is_ipv4 = IN6_IS_ADDR_V4MAPPED(&f->src);
    const struct ip_frame ip = {
        .eth_src = f->eth_src,
        .eth_dst = f->eth_dst,
        .src = f->src,
        .dst = f->dst,
        .protocol = (!f->is_echo ? IPPROTO_TCP
                     : is_ipv4 ? IPPROTO_ICMP : IPPROTO_ICMPV6),
        .ttl = PROBE_TTL,
        .tos = PROBE_TOS,
        .dont_fragment = true,
    };
    uint32_t pseudoheader;
    struct ofpbuf l4;

    ofpbuf_init(&l4, 64 + f->payload_len);
    if (f->is_echo) {
        put_echo(f, is_ipv4, &l4);
    } else {
        put_tcp(f, &l4);
    }
    pseudoheader = ip_frame_put(&ip, l4.size, out);
    set_checksum(f, f->is_echo && is_ipv4 ? 0 : pseudoheader, &l4);
    ofpbuf_put(out, l4.data, l4.size);
    ofpbuf_uninit(&l4);
}

void
probe_frame_turn(const struct probe_frame *in, struct probe_frame *out)
{
    out->eth_src = in->eth_dst;
    out->eth_dst = in->eth_src;
    out->src = in->dst;
    out->dst = in->src;
    out->sport = in->dport;
    out->dport = in->sport;
}

bool
probe_frame_reset(const struct probe_frame *in, struct probe_frame *out)
{
    if (in->is_echo || in->flags & TCP_RST) {
        return false;
    }
    memset(out, 0, sizeof *out);
    probe_frame_turn(in, out);
    if (in->flags & TCP_ACK) {
        out->flags = TCP_RST;
        out->seq = in->ack;
    } else {
        out->flags = TCP_RST | TCP_ACK;
        out->ack = in->seq + in->payload_len + !!(in->flags & TCP_SYN)
                   + !!(in->flags & TCP_FIN);
    }
    return true;
}
