/* From the devices to the remotes.
 *
 * A batch of packets is read, and leaves in as few system calls as possible:
 * packets of equal size to the same remote from the same port become one
 * message, which the kernel cuts again (UDP_SEGMENT), and all messages go with
 * one sendmmsg().  Nothing is copied but headers: the kernel gathers the
 * pieces.
 *
 * What a message points to (packets in 'packets', headers in 'headers')
 * stays until flush(). */

#include <config.h>

#include "utilities/geneve-tap/tap-send.h"

#include <errno.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <syslog.h>
#include <unistd.h>

#include "utilities/geneve-tap/tap-alloc.h"
#include "utilities/geneve-tap/tap-learn.h"
#include "utilities/geneve-tap/tap-remote.h"
#include "utilities/geneve-tap/tap-segment.h"
#include "utilities/geneve-tap/tap-too-big.h"
#include "utilities/geneve-tap/tap.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

#define MAX_PACKET (65536 + 64)     /* As a device gives it. */
#define PACKETS_SIZE (16 * MAX_PACKET)
#define HEADERS_SIZE (1 << 18)
#define MAX_BATCH 64                /* Packets read in a row. */
#define MAX_MESSAGES 64
#define MAX_PIECES 4096
#define MAX_SEGMENTS 64             /* Of a message: UDP_MAX_SEGMENTS. */
#define MAX_MESSAGE 65000           /* Bytes: UDP over either IP takes it. */

struct message {
    struct tap_remote *remote;
    size_t tunnel;
    int fd;
    size_t segment;                 /* Bytes of each but the last. */
    size_t bytes;                   /* Of all. */
    unsigned int n;                 /* Segments. */
    bool open;                      /* More may be added. */
    int ecn;                        /* Of the outer header. */
    union {
        char space[2 * CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
};

struct tap_send {
    struct tap *tap;
    uint8_t packets[PACKETS_SIZE];
    uint8_t headers[HEADERS_SIZE];
    size_t headers_used;
    struct iovec pieces[MAX_PIECES];
    size_t n_pieces;
    struct message messages[MAX_MESSAGES];
    struct mmsghdr mmsgs[MAX_MESSAGES];
    size_t n_messages;
};

struct tap_send *
tap_send_create(struct tap *tap)
{
    struct tap_send *send = tap_alloc(1, sizeof *send);

    send->tap = tap;
    return send;
}

void
tap_send_destroy(struct tap_send *send)
{
    free(send);
}

/* Sending. */

/* Appends a note to the kernel. */
static void
put_note(struct message *m, struct msghdr *hdr, int level, int type,
         const void *data, size_t len)
{
    struct cmsghdr *cmsg = (void *) (m->control.space + hdr->msg_controllen);

    cmsg->cmsg_level = level;
    cmsg->cmsg_type = type;
    cmsg->cmsg_len = CMSG_LEN(len);
    memcpy(CMSG_DATA(cmsg), data, len);
    hdr->msg_control = m->control.space;
    hdr->msg_controllen += CMSG_SPACE(len);
}

static void
prepare(struct message *m, struct msghdr *hdr)
{
    bool ip4 = m->remote->address.ss_family == AF_INET;
    uint16_t size = m->segment;

    if (m->n > 1) {
        put_note(m, hdr, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof size);
    }
    if (m->ecn) {
        put_note(m, hdr, ip4 ? IPPROTO_IP : IPPROTO_IPV6,
                 ip4 ? IP_TOS : IPV6_TCLASS, &m->ecn, sizeof m->ecn);
    }
}

/* The kernel did not take a message. */
static void
refused(struct tap *tap, struct message *m, int error)
{
    tap->drops[error == EMSGSIZE ? TAP_DROP_TOO_BIG : TAP_DROP_SEND] += m->n;
    if (error == EMSGSIZE || error == EINVAL) {
        tap_remote_update_mtu(m->remote);
    } else if (error == EIO && m->n > 1) {
        syslog(LOG_NOTICE, "no UDP segmentation offload on the way to %s",
               m->remote->config->address);
        tap->sockets.gso = false;
    }
}

static void
sent(struct tap *tap, struct message *m)
{
    size_t bytes = m->bytes - m->n * m->remote->header_len;

    m->remote->sent.packets += m->n;
    m->remote->sent.bytes += bytes;
    tap->tunnels[m->tunnel].sent.packets += m->n;
    tap->tunnels[m->tunnel].sent.bytes += bytes;
}

/* Sends messages from 'first' on that leave by the same socket.  Returns how
 * many are done with. */
static size_t
send_run(struct tap_send *send, size_t first)
{
    int fd = send->messages[first].fd;
    size_t n = 1;

    while (first + n < send->n_messages
           && send->messages[first + n].fd == fd) {
        n++;
    }
    send->tap->sends++;
    int done = sendmmsg(fd, &send->mmsgs[first], n, 0);
    if (done <= 0) {
        refused(send->tap, &send->messages[first], errno);
        return 1;
    }
    for (int i = 0; i < done; i++) {
        sent(send->tap, &send->messages[first + i]);
    }
    return done;
}

static void
flush(struct tap_send *send)
{
    for (size_t i = 0; i < send->n_messages; i++) {
        prepare(&send->messages[i], &send->mmsgs[i].msg_hdr);
    }
    for (size_t i = 0; i < send->n_messages; ) {
        i += send_run(send, i);
    }
    send->n_messages = send->n_pieces = send->headers_used = 0;
}

/* Composing. */

/* What a packet is sent as. */
struct way {
    struct tap_remote *remote;
    size_t tunnel;
    int fd;
    int ecn;                        /* RFC 6040: that of the packet. */
};

static void
start_message(struct tap_send *send, const struct way *way, size_t len)
{
    struct message *m = &send->messages[send->n_messages];

    m->remote = way->remote;
    m->tunnel = way->tunnel;
    m->fd = way->fd;
    m->ecn = way->ecn;
    m->segment = len;
    m->bytes = m->n = 0;
    m->open = send->tap->sockets.gso;
    send->mmsgs[send->n_messages++] = (struct mmsghdr) {
        .msg_hdr = {
            .msg_name = &way->remote->address,
            .msg_namelen = way->remote->address_len,
            .msg_iov = &send->pieces[send->n_pieces],
        },
    };
}

/* Makes room for a segment with 'header_len' bytes of headers, which the
 * caller fills in. */
static uint8_t *
reserve(struct tap_send *send, size_t header_len)
{
    if (send->n_messages == MAX_MESSAGES || send->n_pieces + 2 > MAX_PIECES
        || send->headers_used + header_len > HEADERS_SIZE) {
        flush(send);
    }
    uint8_t *header = send->headers + send->headers_used;
    send->headers_used += header_len;
    return header;
}

/* Adds a segment: headers from reserve(), payload. */
static void
add_segment(struct tap_send *send, const struct way *way,
            const uint8_t *header, size_t header_len,
            const uint8_t *payload, size_t payload_len)
{
    size_t len = header_len + payload_len;
    struct message *m = (send->n_messages
                         ? &send->messages[send->n_messages - 1] : NULL);

    if (!m || !m->open || m->fd != way->fd || m->remote != way->remote
        || m->tunnel != way->tunnel || m->ecn != way->ecn
        || len > m->segment
        || m->n == MAX_SEGMENTS || m->bytes + len > MAX_MESSAGE) {
        start_message(send, way, len);
        m = &send->messages[send->n_messages - 1];
    }
    send->pieces[send->n_pieces++] = (struct iovec) { (void *) header,
                                                      header_len };
    send->pieces[send->n_pieces++] = (struct iovec) { (void *) payload,
                                                      payload_len };
    send->mmsgs[send->n_messages - 1].msg_hdr.msg_iovlen += 2;
    m->bytes += len;
    m->n++;
    m->open = m->open && len == m->segment;
}

static void
put_geneve(const struct tap_send *send, const struct way *way,
           uint16_t ethertype, uint8_t *header)
{
    const struct tap_remote *r = way->remote;

    memcpy(header, tap_remote_header(r, way->tunnel), r->header_len);
    if (send->tap->tunnels[way->tunnel].config->mode != TAP_MODE_ETHERNET) {
        tap_packet_put16(header + 2, ethertype);
    }
}

static void
write_error(struct tap *tap, size_t tunnel, const struct tap_packet *p,
            size_t max)
{
    struct tap_device *device = &tap->tunnels[tunnel].device;
    static const struct virtio_net_hdr vnet;
    uint8_t error[TAP_TOO_BIG_MAX];
    size_t len = max > p->l3 ? tap_too_big_compose(p, max - p->l3, error) : 0;
    struct iovec iov[] = {
        { (void *) &vnet, device->vnet ? sizeof vnet : 0 },
        { error, len },
    };

    if (len && writev(device->fd, iov, 2) > 0) {
        tap->icmp_errors++;
    }
}

/* Whether payloads of 'len' bytes fit; if not, tells the sender. */
static bool
check_size(struct tap *tap, const struct way *way,
           const struct tap_packet *p, size_t len)
{
    if (len <= tap_remote_max_payload(way->remote)) {
        return true;
    }
    /* The way may have become wider. */
    tap_remote_update_mtu(way->remote);
    size_t max = tap_remote_max_payload(way->remote);
    if (len <= max) {
        return true;
    }
    tap->drops[TAP_DROP_TOO_BIG]++;
    write_error(tap, way->tunnel, p, max);
    return false;
}

/* Sends a packet to a remote; 'segment' is NULL if it goes as it is. */
static void
send_to(struct tap_send *send, const struct way *way,
        const struct tap_packet *p, const struct tap_segment *segment)
{
    size_t geneve_len = way->remote->header_len;

    if (way->remote->choice.blocked) {
        send->tap->drops[TAP_DROP_BLOCKED]++;
        return;
    } else if (!segment) {
        if (check_size(send->tap, way, p, p->len)) {
            uint8_t *header = reserve(send, geneve_len);

            put_geneve(send, way, p->ethertype, header);
            add_segment(send, way, header, geneve_len, p->data, p->len);
        }
        return;
    }

    struct tap_segment s = *segment;
    size_t header_len = geneve_len + s.header_len;
    if (check_size(send->tap, way, p, s.header_len + s.size)) {
        const uint8_t *payload;
        uint8_t *header;
        size_t len;

        while (header = reserve(send, header_len),
               tap_segment_next(&s, header + geneve_len, &payload, &len)) {
            put_geneve(send, way, p->ethertype, header);
            add_segment(send, way, header, header_len, payload, len);
        }
        send->headers_used -= header_len;       /* The last was not used. */
    }
}

/* Choosing. */

static bool
mode_carries(enum tap_mode mode, uint16_t ethertype)
{
    return (mode == TAP_MODE_ETHERNET
            || (ethertype == TAP_ETHERTYPE_IP && mode != TAP_MODE_IP6)
            || (ethertype == TAP_ETHERTYPE_IPV6 && mode != TAP_MODE_IP4));
}

/* The remote that a packet goes to; NULL with '*all' for all of them, without
 * for none. */
static struct tap_remote *
choose(struct tap *tap, size_t tunnel, const struct tap_packet *p, bool *all)
{
    *all = false;
    if (tap->tunnels[tunnel].config->mode != TAP_MODE_ETHERNET) {
        return (p->l4 == p->len ? NULL
                : tap_remote_route(tap, p->data + p->l3,
                                   p->ethertype == TAP_ETHERTYPE_IP
                                   ? AF_INET : AF_INET6));
    } else if (tap->n_remotes == 1) {
        return tap->remotes;
    }
    size_t remote = tap_learn_find(tap->learn, tunnel, p->data, tap->now);
    *all = remote == TAP_LEARN_NONE;
    return *all ? NULL : &tap->remotes[remote];
}

static void
send_packet(struct tap_send *send, size_t tunnel, const struct tap_packet *p,
            const struct tap_segment *segment)
{
    struct tap *tap = send->tap;
    uint32_t hash = tap_packet_hash(p);
    bool all;
    struct tap_remote *chosen = choose(tap, tunnel, p, &all);

    if (!chosen && !all) {
        tap->drops[TAP_DROP_NO_REMOTE]++;
    }
    for (size_t i = 0; i < tap->n_remotes; i++) {
        struct tap_remote *r = &tap->remotes[i];

        if (all || r == chosen) {
            struct tap_socket_set *set = tap_socket_get_set(
                &tap->sockets, r->address.ss_family);
            struct way way = {
                r, tunnel, set->sources[hash % set->n_sources],
                tap_packet_get_ecn(p),
            };

            send_to(send, &way, p, segment);
        }
    }
}

/* Handles what was read from a device. */
static void
handle(struct tap_send *send, size_t tunnel, uint8_t *data, size_t len)
{
    enum tap_mode mode = send->tap->tunnels[tunnel].config->mode;
    struct virtio_net_hdr vnet = { .flags = 0 };
    struct tap_segment segment;
    struct tap_packet p;
    bool cut, ok = true;

    if (send->tap->tunnels[tunnel].device.vnet && len >= sizeof vnet) {
        memcpy(&vnet, data, sizeof vnet);
        data += sizeof vnet;
        len -= sizeof vnet;
    }
    tap_packet_parse(data, len, mode == TAP_MODE_ETHERNET, &p);
    cut = vnet.gso_type != VIRTIO_NET_HDR_GSO_NONE;
    if (!mode_carries(mode, p.ethertype)) {
        send->tap->drops[TAP_DROP_PROTOCOL]++;
        return;
    } else if (cut) {
        ok = tap_segment_init(&segment, &p, &vnet);
    } else if (vnet.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
        ok = tap_segment_finish_sum(data, len, &vnet);
    }
    if (!ok || (mode == TAP_MODE_ETHERNET && len < TAP_ETH_HLEN)) {
        send->tap->drops[TAP_DROP_MALFORMED]++;
        return;
    }
    send_packet(send, tunnel, &p, cut ? &segment : NULL);
}

void
tap_send_run(struct tap_send *send, size_t tunnel)
{
    int batch = send->tap->config.simple_loop ? 1 : MAX_BATCH;
    int fd = send->tap->tunnels[tunnel].device.fd;
    size_t used = 0;

    while (batch-- && used + MAX_PACKET <= PACKETS_SIZE) {
        uint8_t *packet = send->packets + used;
        ssize_t n = read(fd, packet, MAX_PACKET);

        send->tap->reads++;
        if (n <= 0) {
            break;
        }
        handle(send, tunnel, packet, n);
        used += (n + 63) & ~63;
    }
    flush(send);
}
