/* Frames with UDP that endpoints send and the switch hands over. */

#include <config.h>

#include "lib/udp-frame.h"

#include <string.h>

#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "tests/fuzz/fuzz.h"
#include "util.h"

/* What was parsed can be composed, and is the same then. */
void
fuzz_one(const uint8_t *data, size_t n)
{
    struct udp_frame u, again;
    struct ofpbuf frame;

    if (udp_frame_parse(data, n, &u)) {
        return;
    }
    ovs_assert(u.payload >= data && u.payload + u.payload_len <= data + n);
    if (u.payload_len > 65000) {
        return;
    }
    ofpbuf_init(&frame, 0);
    udp_frame_compose(&u, &frame);
    ovs_assert(!udp_frame_parse(frame.data, frame.size, &again));
    ovs_assert(again.payload_len == u.payload_len
               && (!u.payload_len
                   || !memcmp(again.payload, u.payload, u.payload_len)));
    ovs_assert(ipv6_addr_equals(&again.src, &u.src)
               && ipv6_addr_equals(&again.dst, &u.dst));
    ovs_assert(again.sport == u.sport && again.dport == u.dport);
    ofpbuf_uninit(&frame);
}
