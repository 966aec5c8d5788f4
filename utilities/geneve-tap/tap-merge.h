/* Merges packets of one flow that follow each other into one large packet for
 * a TUN device (virtio's segmentation offload, the other way round).  Pure:
 * says what to write. */
#ifndef GA_TAP_MERGE_H
#define GA_TAP_MERGE_H 1

#include <linux/virtio_net.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "utilities/geneve-tap/tap-packet.h"
#include "utilities/geneve-tap/tap-segment.h"

#define TAP_MERGE_MAX 128           /* Packets in one. */

struct tap_merge {
    bool ethernet;                  /* Frames, not IP packets. */
    bool udp;                       /* UDP may be merged, too. */

    unsigned int n;                 /* Packets in it. */
    bool open;                      /* More may be added. */
    struct tap_packet first;
    size_t header_len;
    size_t size;                    /* Payload of each but the last. */
    size_t total;                   /* Payload of all. */
    bool tcp;
    uint8_t flags;                  /* TCP's, of all. */

    /* To be written: the virtio header, the headers, the payloads.  The first
     * is native, as TUN devices have it. */
    struct virtio_net_hdr vnet;
    uint8_t header[TAP_SEGMENT_MAX_HEADER];
    struct iovec iov[2 + TAP_MERGE_MAX];
};

/* Adds a packet, whose bytes must stay where they are until the merged one is
 * written.  Returns false if it does not go on from those that are there:
 * write them first (tap_merge_finish()), and add it again, which succeeds
 * then. */
bool tap_merge_add(struct tap_merge *, const uint8_t *, size_t len);

/* Completes 'vnet' and 'header'.  Returns how many elements of 'iov' to write,
 * 0 for none, and forgets the packets. */
unsigned int tap_merge_finish(struct tap_merge *);

#endif /* utilities/geneve-tap/tap-merge.h */
