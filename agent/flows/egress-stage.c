/* Flows of policies for what endpoints send: see egress-stage.h.
 *
 * A packet gets here when it is known where it goes: it has been routed, and
 * what the node answers itself (ARP, neighbour discovery, DHCP, what is for a
 * gateway) has been answered.  So no policy can keep an endpoint from that.
 *
 * What holds:
 *
 * - The node of the sender knows the objects of all receivers.  So a receiver
 *   is known by its label set, which has a number of this node's own, and not
 *   by the policy label that a labeller gives: the number is in no packet.
 * - Who receives a packet is decided by the MAC address, and what a rule is
 *   about is often the IP address.  So the two have to belong together: a
 *   packet to the MAC of an endpoint is for an IP address of that endpoint, or
 *   it is refused.  Else an address that is allowed would be a way to any
 *   endpoint.  Packets that were routed, which have the gateway's MAC on one
 *   end, are right by construction (router.c, route-stage.c, gateway-flows.c);
 *   and what is for a group has a group address in both.
 * - What costs flows: an endpoint one for each address, its link-local one
 *   included, on nodes with endpoints of its VPC to which policies for egress
 *   apply; a subnet of such a VPC one.  Rules are policy-group.c's.
 *
 *   priority in FLOW_EGRESS_TO
 *   PRI_ENDPOINT    an endpoint's MAC, and its address: that label set
 *   PRI_BARE        the MAC of an endpoint without addresses: likewise
 *   PRI_VIA         routed to a gateway or an appliance: no label set
 *   PRI_GROUP       to a group: no label set, and not outside
 *   PRI_UNKNOWN     the rest: refused */

#include <config.h>

#include "agent/flows/egress-stage.h"

#include "agent/flows/pipeline.h"
#include "agent/flows/policy-ct.h"
#include "agent/flows/policy-stage.h"
#include "agent/model/model-label.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "flow.h"
#include "openvswitch/match.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

/* In FLOW_EGRESS_POLICY: packets to addresses in the VPC. */
#define PRI_INSIDE (FLOW_PRI_NORMAL + 10)

enum {
    PRI_ENDPOINT = 200,
    PRI_BARE = 150,
    PRI_VIA = 100,
    PRI_GROUP = 50,
    PRI_UNKNOWN = 0,
};

/* FLOW_EGRESS_POLICY. */

static void
add_policy_flows(struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 64);
    put_goto(&actions, FLOW_FORWARD);
    match_init_catchall(&match);
    match_set_reg_masked(&match, FLOW_REG_OUT - MFF_REG0, 0, FLOW_OUT_EGRESS);
    flow_list_add(flows, FLOW_EGRESS_POLICY, FLOW_PRI_NORMAL, &match,
                  &actions);
    policy_stage_add_passes(flows, FLOW_EGRESS_POLICY, FLOW_FORWARD);

    ofpbuf_clear(&actions);
    put_load_bits(&actions, FLOW_REG_FLAGS, 1, FLOW_FLAG_TO_EXTERNAL, 1);
    policy_ct_put_lookup(&actions, FLOW_EGRESS_TO);
    for (int ipv6 = 0; ipv6 < 2; ipv6++) {
        policy_ct_init_bits(&match, ipv6, FLOW_OUT_EGRESS, 0);
        flow_list_add(flows, FLOW_EGRESS_POLICY, FLOW_PRI_NORMAL, &match,
                      &actions);
    }

    /* What is no IP: no rule can be about it. */
    ofpbuf_clear(&actions);
    put_goto(&actions, FLOW_EGRESS_ACL);
    match_init_catchall(&match);
    flow_list_add(flows, FLOW_EGRESS_POLICY, FLOW_PRI_DEFAULT, &match,
                  &actions);
    ofpbuf_uninit(&actions);
}

/* Packets of 'vpc' whose destination matches 'match' stay inside. */
static void
add_inside_flow(struct match *match, const struct m_vpc *vpc,
                struct flow_list *flows)
{
    struct ofpbuf actions;

    match_set_metadata(match, htonll(vpc->vni));
    match_set_reg_masked(match, FLOW_REG_OUT - MFF_REG0, FLOW_OUT_EGRESS,
                         FLOW_OUT_EGRESS);
    ofpbuf_init(&actions, 64);
    policy_ct_put_lookup(&actions, FLOW_EGRESS_TO);
    flow_list_add(flows, FLOW_EGRESS_POLICY, PRI_INSIDE, match, &actions);
    ofpbuf_uninit(&actions);
}

/* FLOW_EGRESS_TO. */

static void
add_to_flow(struct flow_list *flows, uint16_t priority,
            const struct match *match, const struct ofpbuf *actions)
{
    flow_list_add(flows, FLOW_EGRESS_TO, priority, match, actions);
}

static void
add_via_flows(struct flow_list *flows)
{
    static const struct eth_addr gateway = GATEWAY_MAC;
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 16);
    put_goto(&actions, FLOW_EGRESS_ACL);
    match_init_catchall(&match);
    match_set_dl_src(&match, gateway);
    add_to_flow(flows, PRI_VIA, &match, &actions);
    match_init_catchall(&match);
    match_set_dl_dst(&match, gateway);
    add_to_flow(flows, PRI_VIA, &match, &actions);
    ofpbuf_uninit(&actions);
}

/* A broadcast of IPv4 is a group, too: 224.0.0.0/3 has both. */
static void
add_group_flows(struct flow_list *flows)
{
    static const struct eth_addr mcast = ETH_ADDR_C(01,00,00,00,00,00);
    static const char *const prefixes[] = { "224.0.0.0/3", "ff00::/8" };
    struct ofpbuf actions;

    ofpbuf_init(&actions, 32);
    put_load_bits(&actions, FLOW_REG_FLAGS, 0, FLOW_FLAG_TO_EXTERNAL, 1);
    put_goto(&actions, FLOW_EGRESS_ACL);
    for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
        struct ip_prefix prefix;
        struct match match;

        ovs_assert(ip_prefix_from_string(prefixes[i], &prefix));
        match_init_catchall(&match);
        match_set_dl_dst_masked(&match, mcast, mcast);
        match_set_prefix(&match, &prefix, true);
        add_to_flow(flows, PRI_GROUP, &match, &actions);
    }
    ofpbuf_uninit(&actions);
}

static void
add_unknown_flow(struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 32);
    put_load_bits(&actions, FLOW_REG_FLAGS, 1, FLOW_FLAG_UNKNOWN_PEER, 1);
    put_goto(&actions, FLOW_EGRESS_ACL);
    match_init_catchall(&match);
    add_to_flow(flows, PRI_UNKNOWN, &match, &actions);
    ofpbuf_uninit(&actions);
}

void
egress_stage_add_static(struct flow_list *flows)
{
    add_policy_flows(flows);
    add_via_flows(flows);
    add_group_flows(flows);
    add_unknown_flow(flows);
    policy_ct_add_flows(flows, FLOW_EGRESS_ACL, FLOW_EGRESS_ACCEPT,
                        FLOW_FORWARD);
}

void
egress_stage_add_vpc(const struct m_vpc *vpc, struct flow_list *flows)
{
    const struct vpc *def = vpc->up.object->vpc;
    struct match match;

    if (!vpc->n_selected[POLICY_EGRESS]) {
        return;
    }
    for (size_t i = 0; i < def->n_subnets; i++) {
        match_init_catchall(&match);
        match_set_prefix(&match, &def->subnets[i].prefix, true);
        add_inside_flow(&match, vpc, flows);
    }
    for (int ipv6 = 0; !def->n_subnets && ipv6 < 2; ipv6++) {
        match_init_catchall(&match);
        match_set_dl_type(&match, htons(ipv6 ? ETH_TYPE_IPV6 : ETH_TYPE_IP));
        add_inside_flow(&match, vpc, flows);
    }
}

/* Endpoints. */

static void
match_init_endpoint(struct match *match, const struct m_endpoint *ep)
{
    pipeline_init_match(match, ep->vpc->vni);
    match_set_dl_dst(match, ep->up.object->endpoint->mac);
}

static void
add_address_flow(const struct m_endpoint *ep, const struct in6_addr *ip,
                 const struct ofpbuf *actions, struct flow_list *flows)
{
    struct match match;

    match_init_endpoint(&match, ep);
    match_set_ip(&match, ip, true);
    add_to_flow(flows, PRI_ENDPOINT, &match, actions);
}

static void
add_receiver_flows(const struct m_endpoint *ep, struct flow_list *flows)
{
    const struct endpoint *def = ep->up.object->endpoint;
    struct ofpbuf actions;
    bool has_lla = false;
    struct in6_addr lla;
    struct match match;

    in6_generate_lla(def->mac, &lla);
    ofpbuf_init(&actions, 64);
    put_load_imm(&actions, FLOW_REG_TO, ep->labels->id, 0);
    put_load_bits(&actions, FLOW_REG_FLAGS, 0, FLOW_FLAG_TO_EXTERNAL, 1);
    put_goto(&actions, FLOW_EGRESS_ACL);
    for (size_t i = 0; i < def->n_ips; i++) {
        add_address_flow(ep, &def->ips[i], &actions, flows);
        has_lla = has_lla || ipv6_addr_equals(&def->ips[i], &lla);
    }
    if (!has_lla) {
        add_address_flow(ep, &lla, &actions, flows);
    }
    if (!def->n_ips) {
        match_init_endpoint(&match, ep);
        add_to_flow(flows, PRI_BARE, &match, &actions);
    }
    ofpbuf_uninit(&actions);
}

void
egress_stage_add_endpoint(const struct m_endpoint *ep,
                          struct flow_list *flows)
{
    if (ep->vpc->n_selected[POLICY_EGRESS] && ep->labels) {
        add_receiver_flows(ep, flows);
    }
    if (m_endpoint_get_group(ep, POLICY_EGRESS)) {
        policy_stage_add_deny_flow(ep, FLOW_EGRESS_ACL, flows);
    }
}
