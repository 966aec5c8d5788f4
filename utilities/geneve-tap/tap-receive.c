/* From the remotes to the devices.
 *
 * A batch of messages is received; with UDP_GRO each may be several datagrams
 * of equal size.  Packets of one flow that follow each other become one large
 * packet for the device (tap-merge.c), which is written at the end of the
 * batch or when another packet comes in between, so the order within a tunnel
 * stays. */

#include <config.h>

#include "utilities/geneve-tap/tap-receive.h"

#include <errno.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "utilities/geneve-tap/tap-alloc.h"
#include "utilities/geneve-tap/tap-learn.h"
#include "utilities/geneve-tap/tap-merge.h"
#include "utilities/geneve-tap/tap-remote.h"
#include "utilities/geneve-tap/tap.h"

#ifndef UDP_GRO
#define UDP_GRO 104
#endif

#define MAX_BATCH 32
/* Not a power of two, so that the beginnings of all do not share a few lines
 * of the cache. */
#define BUFFER_SIZE (65536 + 192)

struct slot {
    struct sockaddr_storage address;
    struct iovec iov;
    union {
        char space[2 * CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
};

struct tap_receive {
    struct tap *tap;
    struct tap_merge *merges;       /* One for each tunnel. */
    struct mmsghdr mmsgs[MAX_BATCH];
    struct slot slots[MAX_BATCH];
    uint8_t buffers[MAX_BATCH][BUFFER_SIZE];
};

struct tap_receive *
tap_receive_create(struct tap *tap)
{
    struct tap_receive *rx = tap_alloc(1, sizeof *rx);

    rx->tap = tap;
    rx->merges = tap_alloc(tap->n_tunnels, sizeof *rx->merges);
    for (size_t i = 0; i < tap->n_tunnels; i++) {
        rx->merges[i].ethernet = (tap->tunnels[i].config->mode
                                  == TAP_MODE_ETHERNET);
        rx->merges[i].udp = tap->tunnels[i].device.udp;
    }
    return rx;
}

void
tap_receive_destroy(struct tap_receive *rx)
{
    if (rx) {
        free(rx->merges);
        free(rx);
    }
}

/* Writes a packet, or one that is 'n'. */
static void
write_packet(struct tap *tap, size_t tunnel, const struct iovec *iov,
             unsigned int n_iov, unsigned int n)
{
    tap->writes++;
    if (writev(tap->tunnels[tunnel].device.fd, iov, n_iov) < 0) {
        tap->drops[TAP_DROP_DEVICE] += n;
    }
}

static void
write_merged(struct tap_receive *rx, size_t tunnel)
{
    struct tap_merge *m = &rx->merges[tunnel];
    unsigned int n = m->n;
    unsigned int n_iov = tap_merge_finish(m);

    if (n_iov) {
        write_packet(rx->tap, tunnel, m->iov, n_iov, n);
    }
}

static void
deliver(struct tap_receive *rx, size_t tunnel, const uint8_t *packet,
        size_t len)
{
    struct tap_tunnel *t = &rx->tap->tunnels[tunnel];

    if (!t->device.vnet) {
        struct iovec iov = { (void *) packet, len };

        write_packet(rx->tap, tunnel, &iov, 1, 1);
    } else if (!tap_merge_add(&rx->merges[tunnel], packet, len)) {
        write_merged(rx, tunnel);
        tap_merge_add(&rx->merges[tunnel], packet, len);
    }
}

/* Handles one datagram; 'ecn' is that of the outer header. */
static void
handle(struct tap_receive *rx, struct tap_remote *remote, uint8_t *datagram,
       size_t len, unsigned int ecn)
{
    struct tap *tap = rx->tap;
    size_t tunnel, payload;

    enum tap_drop drop = tap_admit(&tap->admit, datagram, len, &tunnel,
                                   &payload);
    if (drop == TAP_DROP_NONE && ecn == TAP_ECN_CE
        && !tap_packet_mark_congestion(datagram + payload, len - payload,
                                       rx->merges[tunnel].ethernet)) {
        drop = TAP_DROP_CONGESTION;
    }
    if (drop != TAP_DROP_NONE) {
        tap->drops[drop]++;
        return;
    }
    remote->received.packets++;
    remote->received.bytes += len - payload;
    tap->tunnels[tunnel].received.packets++;
    tap->tunnels[tunnel].received.bytes += len - payload;
    if (tap->learn && rx->merges[tunnel].ethernet) {
        tap_learn_add(tap->learn, tunnel, datagram + payload + 6,
                      remote - tap->remotes, tap->now);
    }
    deliver(rx, tunnel, datagram + payload, len - payload);
}

/* What the kernel says of a message besides its bytes. */
struct note {
    size_t segment;                 /* How long each datagram in it is, but
                                     * the last, which may be shorter. */
    unsigned int ecn;               /* Of the outer header. */
};

static struct note
read_note(struct msghdr *hdr, size_t len)
{
    struct note note = { .segment = len };

    for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(hdr); cmsg;
         cmsg = CMSG_NXTHDR(hdr, cmsg)) {
        const uint8_t *data = CMSG_DATA(cmsg);
        int value;

        if (cmsg->cmsg_level == IPPROTO_IP && cmsg->cmsg_type == IP_TOS) {
            note.ecn = *data & TAP_ECN_CE;
            continue;
        }
        memcpy(&value, data, sizeof value);
        if (cmsg->cmsg_level == IPPROTO_IPV6) {
            note.ecn = value & TAP_ECN_CE;
        } else if (cmsg->cmsg_level == IPPROTO_UDP
                   && cmsg->cmsg_type == UDP_GRO && value > 0
                   && (size_t) value < len) {
            note.segment = value;
        }
    }
    return note;
}

static void
handle_message(struct tap_receive *rx, struct msghdr *hdr, size_t len)
{
    struct tap_remote *remote = tap_remote_find(rx->tap, hdr->msg_name);
    struct note note = read_note(hdr, len);
    uint8_t *p = hdr->msg_iov->iov_base;

    if (!remote) {
        rx->tap->drops[TAP_DROP_REMOTE] +=
            len ? (len + note.segment - 1) / note.segment : 1;
        return;
    }
    rx->tap->last_received = rx->tap->now;
    do {
        size_t n = len < note.segment ? len : note.segment;

        handle(rx, remote, p, n, note.ecn);
        p += n;
        len -= n;
    } while (len);
}

static void
reset(struct tap_receive *rx, int batch)
{
    for (int i = 0; i < batch; i++) {
        struct slot *slot = &rx->slots[i];

        slot->iov = (struct iovec) { rx->buffers[i], BUFFER_SIZE };
        rx->mmsgs[i] = (struct mmsghdr) {
            .msg_hdr = {
                .msg_name = &slot->address,
                .msg_namelen = sizeof slot->address,
                .msg_iov = &slot->iov,
                .msg_iovlen = 1,
                .msg_control = &slot->control,
                .msg_controllen = sizeof slot->control.space,
            },
        };
    }
}

void
tap_receive_run(struct tap_receive *rx, int fd)
{
    int batch = rx->tap->config.simple_loop ? 1 : MAX_BATCH;

    reset(rx, batch);
    rx->tap->receives++;
    int n = recvmmsg(fd, rx->mmsgs, batch, MSG_DONTWAIT, NULL);
    for (int i = 0; i < n; i++) {
        handle_message(rx, &rx->mmsgs[i].msg_hdr, rx->mmsgs[i].msg_len);
    }
    for (size_t i = 0; i < rx->tap->n_tunnels; i++) {
        write_merged(rx, i);
    }
}
