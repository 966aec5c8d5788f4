/* Packets that the switch hands over, with what endpoints have put into them:
 * an OpenFlow message, but for its header, whose version is the input's first
 * byte. */

#include <config.h>

#include "agent/answers/packet-in.h"

#include <stdlib.h>
#include <string.h>

#include "lib/icmp-error.h"
#include "openflow/openflow-common.h"
#include "openvswitch/ofp-msgs.h"
#include "tests/fuzz/fuzz.h"
#include "util.h"

static void
check(const struct ofp_header *oh, size_t n)
{
    const uint8_t *start = (const uint8_t *) oh;
    struct icmp_offender offender;
    struct packet_in p;
    char *name;

    if (!packet_in_decode(oh, &p, &name)) {
        ovs_assert(p.reason > 0 && p.reason < CONTROLLER_STAGE_N_REASONS);
        ovs_assert(p.endpoint == name && p.mtu <= UINT32_MAX);
        ovs_assert(!p.len || (p.frame >= start
                              && p.frame + p.len <= start + n));
        icmp_offender_parse(p.frame, p.len, &offender);
    }
    free(name);
}

void
fuzz_one(const uint8_t *data, size_t n)
{
    struct ofp_header *oh;
    enum ofptype type;
    size_t length;

    if (n < 2 || n > UINT16_MAX - sizeof *oh) {
        return;
    }
    length = sizeof *oh + n - 1;
    oh = xzalloc(length);
    oh->version = data[0] & 1 ? OFP15_VERSION : OFP14_VERSION;
    oh->type = data[0] & 2 ? 10 : 4;    /* Packet-in, or experimenter's. */
    oh->length = htons(length);
    memcpy(oh + 1, data + 1, n - 1);
    if (!ofptype_decode(&type, oh) && type == OFPTYPE_PACKET_IN) {
        check(oh, length);
    }
    free(oh);
}
