/* Cuts the large packets that a TUN device gives (virtio's segmentation
 * offload) into packets that fit a tunnel.  Pure. */
#ifndef GA_TAP_SEGMENT_H
#define GA_TAP_SEGMENT_H 1

#include <linux/virtio_net.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "utilities/geneve-tap/tap-packet.h"

/* Linux 6.2; not in the headers of Debian 12. */
#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

/* The longest headers that are handled: Ethernet with two tags, IPv4 with
 * options, TCP with options. */
#define TAP_SEGMENT_MAX_HEADER 160

struct tap_segment {
    struct tap_packet packet;
    size_t header_len;              /* Up to the payload. */
    size_t size;                    /* Of a segment's payload. */
    bool tcp;                       /* Else UDP. */
    size_t next;                    /* Offset of the next one's payload. */
    unsigned int index;
};

/* Starts with a packet that has the virtio header 'vnet', whose fields are in
 * host order.  Returns false if it cannot be cut. */
bool tap_segment_init(struct tap_segment *, const struct tap_packet *,
                      const struct virtio_net_hdr *vnet);

/* Makes the headers of the next segment, 'header_len' bytes with all
 * checksums, and says where its payload is.  Returns false if there is none
 * left. */
bool tap_segment_next(struct tap_segment *, uint8_t *header,
                      const uint8_t **payload, size_t *payload_len);

/* Completes the checksum that 'vnet' leaves to hardware in a packet that is
 * sent as it is.  Returns false if it would be outside the packet. */
bool tap_segment_finish_sum(uint8_t *data, size_t len,
                            const struct virtio_net_hdr *vnet);

#endif /* utilities/geneve-tap/tap-segment.h */
