/* Answers to ARP: see neighbor.h.
 *
 * Who asks is an endpoint of this node that has passed FLOW_SPOOF, so its own
 * addresses in the request are right.  The request becomes the answer in
 * place.  Whether it was broadcast or sent to the neighbour alone (hosts do
 * that to see whether it is still there) makes no difference.
 *
 * - An endpoint that asks for its own address, to see whether somebody has it
 *   (RFC 5227, section 2.1.1), gets no answer.
 * - An endpoint that has the address of a gateway is the gateway of that
 *   subnet: its flow has the higher priority.
 * - What is asked for an address that no object has goes on, by ingress
 *   replication and metered: behind an NVE without an agent there may be an
 *   endpoint of which only the MAC is known.
 *
 * Open vSwitch has no datapath action that changes ARP, so each answer is made
 * by ovs-vswitchd itself; hosts ask once a minute at most. */

#include <config.h>

#include "agent/neighbor.h"

#include "agent/flow-actions.h"
#include "agent/flows.h"
#include "agent/flows-private.h"
#include "agent/model.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

/* A gateway yields to an endpoint. */
#define PRI_GATEWAY FLOW_PRI_NORMAL
#define PRI_ENDPOINT (FLOW_PRI_NORMAL + 10)
#define PRI_OWN FLOW_PRI_HIGH

static void
match_arp_request(struct match *match, uint32_t vni, ovs_be32 target)
{
    match_init_vni(match, vni);
    match_set_dl_type(match, htons(ETH_TYPE_ARP));
    match_set_nw_proto(match, ARP_OP_REQUEST);
    match_set_nw_dst(match, target);
}

/* The request becomes the answer "'ip' is at 'mac'". */
static void
add_arp_answer(struct flow_list *flows, uint16_t priority, uint32_t vni,
               ovs_be32 ip, struct eth_addr mac)
{
    uint64_t mac64 = eth_addr_to_uint64(mac);
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 256);
    put_move(&actions, MFF_ETH_SRC, 0, MFF_ETH_DST, 0, 48);
    put_load_imm(&actions, MFF_ETH_SRC, mac64, 0);
    put_load_imm(&actions, MFF_ARP_OP, ARP_OP_REPLY, 0);
    put_move(&actions, MFF_ARP_SHA, 0, MFF_ARP_THA, 0, 48);
    put_load_imm(&actions, MFF_ARP_SHA, mac64, 0);
    put_move(&actions, MFF_ARP_SPA, 0, MFF_ARP_TPA, 0, 32);
    put_load_imm(&actions, MFF_ARP_SPA, ntohl(ip), 0);
    put_output_in_port(&actions);
    match_arp_request(&match, vni, ip);
    flow_list_add(flows, FLOW_NEIGHBOR, priority, &match, &actions);
    ofpbuf_uninit(&actions);
}

/* Nobody answers 'ep' for its own address. */
static void
add_arp_silence(struct flow_list *flows, const struct m_endpoint *ep,
                ovs_be32 ip)
{
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 0);
    match_arp_request(&match, ep->vpc->vni, ip);
    match_set_in_port(&match, ep->ofport);
    flow_list_add(flows, FLOW_NEIGHBOR, PRI_OWN, &match, &actions);
    ofpbuf_uninit(&actions);
}

void
neighbor_add_endpoint(const struct m_endpoint *ep, struct flow_list *flows)
{
    const struct endpoint *def = ep->up.object->endpoint;

    for (size_t i = 0; i < def->n_ips; i++) {
        if (IN6_IS_ADDR_V4MAPPED(&def->ips[i])) {
            ovs_be32 ip = in6_addr_get_mapped_ipv4(&def->ips[i]);

            add_arp_answer(flows, PRI_ENDPOINT, ep->vpc->vni, ip, def->mac);
            if (m_endpoint_is_local(ep)) {
                add_arp_silence(flows, ep, ip);
            }
        }
    }
}

void
neighbor_add_gateways(const struct m_vpc *vpc, struct flow_list *flows)
{
    static const struct eth_addr mac = GATEWAY_MAC;
    const struct vpc *def = vpc->up.object->vpc;

    for (size_t i = 0; i < def->n_subnets; i++) {
        const struct in6_addr *gateway = &def->subnets[i].gateway;

        if (IN6_IS_ADDR_V4MAPPED(gateway)) {
            add_arp_answer(flows, PRI_GATEWAY, vpc->vni,
                           in6_addr_get_mapped_ipv4(gateway), mac);
        }
    }
}
