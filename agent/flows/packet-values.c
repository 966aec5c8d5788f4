/* Values from the packet: see packet-values.h.
 *
 * The bridge of a further plan sets options anew, behind a patch port, and
 * their values must be those of the integration bridge.
 *
 *   packet.dscp      The 6 bits of an IPv4 or IPv6 header (RFC 2474), 0 for
 *                    any other packet: a required option must not keep ARP
 *                    from passing.  Open vSwitch takes an action that reads
 *                    the DSCP only in a flow that matches IP, so a table of
 *                    its own puts it into a register.  The source stage reads
 *                    it: no stage changes it.
 *   packet.flowHash  A 32-bit hash of addresses, protocol and the ports of
 *                    TCP, UDP and SCTP; of MACs and type if it is no IP
 *                    packet.  For fragments the ports are left out, so that
 *                    all fragments of a packet have one value.  The value is
 *                    the same in both directions.  One action yields at most
 *                    16 bits, so two are used, with different bases.
 *
 * An answer is to have the hash of what it answers, and the receiver answers
 * to the addresses that it has seen.  So the hash is that of the packet as it
 * leaves, after all translation of addresses: the source stage only makes
 * room for it, and the encapsulation stage computes it.  This also spares
 * packets that leave by no tunnel a datapath flow for each connection. */

#include <config.h>

#include "agent/flows/packet-values.h"

#include <netinet/in.h>

#include "agent/flows/pipeline.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "lib/value.h"
#include "openvswitch/match.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

static void
put_dscp(unsigned int index, struct ofpbuf *actions)
{
    put_resubmit(actions, FLOW_DSCP);
    put_move(actions, FLOW_REG_DSCP, 0, MFF_TUN_METADATA0 + index, 0,
             VALUE_DSCP_BITS);
}

static void
put_flow_hash(unsigned int index, struct ofpbuf *actions)
{
    for (int i = 0; i < VALUE_FLOW_HASH_BITS / 16; i++) {
        put_multipath_hash(actions, i + 1, MFF_TUN_METADATA0 + index, i * 16);
    }
}

void
packet_value_put(const struct value_source *source, unsigned int index,
                 size_t length, struct ofpbuf *actions)
{
    static const uint8_t zeros[GENEVE_OPT_MAX_DATA];

    /* The value may be shorter than the option: the other bytes are 0. */
    put_set_option(actions, index, zeros, length);
    if (source->from == VALUE_PACKET_DSCP) {
        put_dscp(index, actions);
    } else {
        ovs_assert(source->from == VALUE_PACKET_FLOW_HASH);
    }
}

void
packet_value_put_last(const struct value_source *source, unsigned int index,
                      struct ofpbuf *actions)
{
    if (source->from == VALUE_PACKET_FLOW_HASH) {
        put_flow_hash(index, actions);
    }
}

static void
add_dscp_flow(struct flow_list *flows, uint16_t eth_type)
{
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 32);
    match_init_catchall(&match);
    if (eth_type) {
        match_set_dl_type(&match, htons(eth_type));
        put_move(&actions, MFF_IP_DSCP_SHIFTED, 0, FLOW_REG_DSCP, 0,
                 VALUE_DSCP_BITS);
    } else {
        put_load_imm(&actions, FLOW_REG_DSCP, 0, 0);
    }
    flow_list_add(flows, FLOW_DSCP,
                  eth_type ? FLOW_PRI_NORMAL : FLOW_PRI_DEFAULT, &match,
                  &actions);
    ofpbuf_uninit(&actions);
}

void
packet_values_add_flows(struct flow_list *flows)
{
    add_dscp_flow(flows, ETH_TYPE_IP);
    add_dscp_flow(flows, ETH_TYPE_IPV6);
    add_dscp_flow(flows, 0);
}
