/* Back into a VPC: see gateway-in.h.
 *
 *      FLOW_EXT_ADDRESS  to an address of the gateway: ct(nat), the way back
 *      FLOW_EXT_BACK     answers, and what a floating IP or the agent has
 *                        translated: VPC, options; to FLOW_ROUTE
 *
 * From FLOW_ROUTE on, the packet is one that the VPC's gateway routes to an
 * endpoint, so nothing here is made for each endpoint.  Its options are those
 * of a sender of type gateway, which is this node: constants, as those of an
 * endpoint here (source-stage.c).  It has no policy label, since its sender is
 * no endpoint.
 *
 * The bridges of further plans know a sender by its port, which FLOW_ENCAP
 * puts into pkt_mark (plan-flows.c).  A gateway has none, and the patch port
 * is that of all gateways, so its packets get its conntrack zone for in_port:
 * no port has such a number, and no other gateway.
 *
 * What belongs to no connection, or is not translated back, goes no further:
 * FLOW_ROUTE would send it out again.  What is translated back goes on though
 * its TCP sequence numbers be invalid: a candidate that had the connection
 * before, or that is the endpoint's node, has seen but a part of it, and would
 * never let it go on.  Who is connected looks at these numbers itself. */

#include <config.h>

#include "agent/flows/gateway-in.h"

#include <netinet/icmp6.h>

#include "agent/agent.h"
#include "agent/flows/controller-stage.h"
#include "agent/flows/gateway-flows.h"
#include "agent/flows/pipeline.h"
#include "agent/flows/return-stage.h"
#include "agent/flows/source-stage.h"
#include "agent/model/base-use.h"
#include "agent/model/model-extnet.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model.h"
#include "agent/model/vpc-return.h"
#include "agent/node/local.h"
#include "agent/remotes/gateways.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "flow.h"
#include "openvswitch/match.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

/* In FLOW_EXT_ADDRESS: after what has an address of its own there. */
#define PRI_TOO_BIG 160
#define PRI_ADDRESS 150
#define PRI_ROUTED 90

/* In FLOW_EXT_ROUTE. */
#define PRI_OWN 300

/* In FLOW_EXT_BACK. */
enum {
    PRI_FOR_AGENT = 260,
    PRI_UNTRANSLATED = 250,
    PRI_BACK_OUTSIDE = 110,
    PRI_BACK = 100,
};

static void
match_init_outside(struct match *match, const struct gateway *g)
{
    pipeline_init_extnet(match, g->gw->extnet->up.id);
    match_set_dl_dst(match, gateway_flows_get_mac(g));
}

static void
add_address_flow(const struct gateway *g, const struct in6_addr *ip,
                 struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    match_init_outside(&match, g);
    match_set_ip(&match, ip, true);
    ofpbuf_init(&actions, 64);
    put_load_imm(&actions, FLOW_REG_GATEWAY, g->gw->up.id, 0);
    put_ct_nat(&actions, g->zone, CT_ANY, FLOW_EXT_BACK);
    flow_list_add(flows, FLOW_EXT_ADDRESS, PRI_ADDRESS, &match, &actions);
    ofpbuf_uninit(&actions);
}

/* The userspace datapath would spoil the MTU in an ICMPv6 error when it
 * translates it (gateway-out.c): the agent does, by the connection. */
static void
add_too_big_flows(const struct gateway *g, const struct in6_addr *ip,
                  struct flow_list *flows)
{
    const uint32_t related = CS_TRACKED | CS_RELATED;
    struct ofpbuf actions;
    struct match match;

    match_init_outside(&match, g);
    match_set_ip(&match, ip, true);
    match_set_nw_proto(&match, IPPROTO_ICMPV6);
    match_set_icmp_type(&match, ICMP6_PACKET_TOO_BIG);
    ofpbuf_init(&actions, 64);
    put_load_imm(&actions, FLOW_REG_GATEWAY, g->gw->up.id, 0);
    put_ct_find(&actions, g->zone, FLOW_EXT_BACK);
    flow_list_add(flows, FLOW_EXT_ADDRESS, PRI_TOO_BIG, &match, &actions);

    pipeline_init_gateway(&match, g->gw->up.id);
    match_set_ip(&match, ip, true);
    match_set_nw_proto(&match, IPPROTO_ICMPV6);
    match_set_icmp_type(&match, ICMP6_PACKET_TOO_BIG);
    match_set_ct_state_masked(&match, related, related);
    ofpbuf_clear(&actions);
    controller_stage_put(&actions, CONTROLLER_STAGE_NAT_ERROR);
    flow_list_add(flows, FLOW_EXT_BACK, PRI_FOR_AGENT, &match, &actions);
    ofpbuf_uninit(&actions);
}

/* Without NAT, the subnets of the VPC are addresses of the gateway. */
static void
add_routed_flow(const struct gateway *g, const struct ip_prefix *prefix,
                struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    match_init_outside(&match, g);
    match_set_prefix(&match, prefix, true);
    ofpbuf_init(&actions, 64);
    put_load_imm(&actions, FLOW_REG_GATEWAY, g->gw->up.id, 0);
    put_goto(&actions, FLOW_EXT_BACK);
    flow_list_add(flows, FLOW_EXT_ADDRESS, PRI_ROUTED, &match, &actions);
    ofpbuf_uninit(&actions);
}

static void
add_guards(const struct gateway *g, struct flow_list *flows)
{
    const struct vpc_gateway *def = m_gateway_get_def(g->gw);
    struct match match;

    for (size_t i = 0; i < def->n_snat; i++) {
        pipeline_init_gateway(&match, g->gw->up.id);
        match_set_ip(&match, &def->snat[i].address, true);
        flow_list_add_drop(flows, FLOW_EXT_BACK, PRI_UNTRANSLATED, &match);
    }
}

uint16_t
gateway_in_get_mark(const struct gateway *g)
{
    return g->zone;
}

bool
gateway_in_put_sender(const struct agent *agent, const struct gateway *g,
                      struct ofpbuf *actions)
{
    const struct m_vpc *vpc = g->gw->vpc;
    struct ofpbuf options;
    bool ok;

    ofpbuf_init(&options, 256);
    ok = source_stage_build_gateway(agent, agent->base_plan, vpc, &options);
    if (ok) {
        put_load_imm(actions, FLOW_REG_VNI, vpc->vni, 0);
        put_load_imm(actions, FLOW_REG_PROFILE, vpc->sent->up.id, 0);
        put_set_tun_id(actions, vpc->vni);
        if (!agent->base_use->idle) {
            ofpbuf_put(actions, options.data, options.size);
        }
        put_load_imm(actions, FLOW_REG_GATEWAY, 0, 0);
        if (gateway_in_get_mark(g)) {
            put_load_imm(actions, MFF_IN_PORT, gateway_in_get_mark(g), 0);
        }
    }
    ofpbuf_uninit(&options);
    return ok;
}

/* Into the VPC: packets that match 'match', too.  'outside': if what is there
 * comes of connections that were begun outside. */
static void
add_back_flow(const struct agent *agent, const struct gateway *g,
              uint16_t priority, struct match *match, bool outside,
              struct flow_list *flows)
{
    struct ofpbuf actions;

    ofpbuf_init(&actions, 256);
    if (gateway_in_put_sender(agent, g, &actions)) {
        put_set_eth_dst(&actions, (struct eth_addr) GATEWAY_MAC);
        if (outside) {
            put_load_bits(&actions, FLOW_REG_FLAGS, 1,
                          FLOW_FLAG_BEGUN_OUTSIDE, 1);
        }
        put_resubmit(&actions, FLOW_ROUTE);
    }
    match_set_reg(match, FLOW_REG_GATEWAY - MFF_REG0, g->gw->up.id);
    flow_list_add(flows, FLOW_EXT_BACK, priority, match, &actions);
    ofpbuf_uninit(&actions);
}

/* Into the VPC: what was translated back, by the datapath or the agent. */
static void
add_back_flows(const struct agent *agent, const struct gateway *g,
               struct flow_list *flows)
{
    static const uint32_t states[] = {
        CS_TRACKED | CS_ESTABLISHED, CS_TRACKED | CS_RELATED,
        CS_TRACKED | CS_DST_NAT
    };
    struct match match;

    for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
        match_init_catchall(&match);
        match_set_ct_state_masked(&match, states[i], states[i]);
        add_back_flow(agent, g, PRI_BACK, &match, false, flows);
    }
    match_init_catchall(&match);
    match_set_in_port(&match, OFPP_CONTROLLER);
    add_back_flow(agent, g, PRI_BACK, &match, false, flows);
    if (vpc_return_gateway_lets_in(g->gw)) {
        const uint32_t state = CS_TRACKED | CS_DST_NAT;

        match_init_catchall(&match);
        match_set_ct_state_masked(&match, state, state | CS_REPLY_DIR);
        add_back_flow(agent, g, PRI_BACK_OUTSIDE, &match, true, flows);
    }
}

/* Answers are to come back here: return-stage.c. */
static void
add_entry_flow(const struct agent *agent, const struct gateway *g,
               struct flow_list *flows)
{
    const uint32_t outside = 1u << FLOW_FLAG_BEGUN_OUTSIDE;
    struct ofpbuf actions;
    struct match match;

    if (!gateway_in_get_mark(g) || !vpc_return_gateway_lets_in(g->gw)) {
        return;
    }
    match_init_catchall(&match);
    match_set_in_port(&match, u16_to_ofp(gateway_in_get_mark(g)));
    match_set_reg_masked(&match, FLOW_REG_FLAGS - MFF_REG0, outside, outside);
    ofpbuf_init(&actions, 64);
    put_set_eth_src(&actions, gateway_flows_get_mac(g));
    if (g->gw->vpc->return_zone) {
        put_load_imm(&actions, FLOW_REG_NVE,
                     model_get_self(agent->model)->up.id, 0);
        return_stage_put_entered(&actions);
    }
    put_goto(&actions, FLOW_EGRESS_POLICY);
    flow_list_add(flows, FLOW_METER, FLOW_PRI_HIGH, &match, &actions);
    ofpbuf_uninit(&actions);
}

/* Whether an entry of 'snat' before entry 'i' has the same address. */
static bool
is_repeated(const struct vpc_gateway *def, size_t i)
{
    for (size_t j = 0; j < i; j++) {
        if (ipv6_addr_equals(&def->snat[j].address, &def->snat[i].address)) {
            return true;
        }
    }
    return false;
}

void
gateway_in_add_own(const struct gateway *g, const struct in6_addr *ip,
                   struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    pipeline_init_extnet(&match, g->gw->extnet->up.id);
    match_set_ip(&match, ip, true);
    ofpbuf_init(&actions, 128);
    ofpact_put_CT_CLEAR(&actions);
    put_load_imm(&actions, FLOW_REG_FLAGS, 0, 0);
    put_load_imm(&actions, FLOW_REG_OUT, 0, 0);
    put_load_imm(&actions, FLOW_REG_SRC_LABEL, 0, 0);
    put_set_eth_dst(&actions, gateway_flows_get_mac(g));
    put_resubmit(&actions, FLOW_EXT_ADDRESS);
    flow_list_add(flows, FLOW_EXT_ROUTE, PRI_OWN, &match, &actions);
    ofpbuf_uninit(&actions);
}

void
gateway_in_add_flows(const struct agent *agent, const struct gateway *g,
                     struct flow_list *flows)
{
    const struct vpc_gateway *def = m_gateway_get_def(g->gw);
    const struct vpc *vpc = g->gw->vpc->up.object->vpc;
    struct match match;

    add_entry_flow(agent, g, flows);
    if (!def->n_snat) {
        for (size_t i = 0; i < vpc->n_subnets; i++) {
            add_routed_flow(g, &vpc->subnets[i].prefix, flows);
        }
        match_init_catchall(&match);
        add_back_flow(agent, g, PRI_BACK, &match, true, flows);
        return;
    }
    for (size_t i = 0; i < def->n_snat; i++) {
        add_address_flow(g, &def->snat[i].address, flows);
        if (g->active && !is_repeated(def, i)) {
            gateway_in_add_own(g, &def->snat[i].address, flows);
        }
        if (def->snat[i].sources.is_ipv6
            && !local_uses_kernel(agent->local)) {
            add_too_big_flows(g, &def->snat[i].address, flows);
        }
    }
    add_guards(g, flows);
    add_back_flows(agent, g, flows);
}
