/* Frames that endpoints send and the switch hands over. */

#include <config.h>

#include "lib/icmp-error.h"

#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "tests/fuzz/fuzz.h"
#include "util.h"

/* An error is a frame that no error may be sent about. */
static void
check_error(const struct icmp_offender *o, enum icmp_error error)
{
    static const struct eth_addr mac = ETH_ADDR_C(0a,00,00,00,00,01);
    struct icmp_offender ours;
    struct ofpbuf frame;

    ofpbuf_init(&frame, 0);
    icmp_error_compose(o, error, 1400, mac, &o->dst, &frame);
    ovs_assert(frame.size <= ETH_HEADER_LEN + VLAN_HEADER_LEN
                             + (o->is_ipv6 ? 1280 : 576));
    ovs_assert(icmp_offender_parse(frame.data, frame.size, &ours));
    ofpbuf_uninit(&frame);
}

void
fuzz_one(const uint8_t *data, size_t n)
{
    struct icmp_offender o;

    if (icmp_offender_parse(data, n, &o)) {
        return;
    }
    ovs_assert(o.ip >= data && o.ip + o.ip_len <= data + n);
    for (int error = ICMP_ERR_TIME_EXCEEDED; error <= ICMP_ERR_TOO_BIG;
         error++) {
        check_error(&o, error);
    }
}
