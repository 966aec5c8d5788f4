/* Out of a VPC: see gateway-out.h.
 *
 *      FLOW_DELIVER   from a tunnel, to the gateway's MAC
 *      FLOW_EXT_OUT   by source: its external address, and ct(commit,nat)
 *      FLOW_EXT_SNAT  what was translated goes on by the group of
 *                     gateway-owner.c, the rest is dropped
 *
 * The port stays as it is if it is free ('nat' without a range), so that
 * another candidate, which knows nothing of the connection, translates it the
 * same way.
 *
 * With the userspace datapath, translation that fails lets the packet on as it
 * is: because all ports are in use (+inv), or because the zone is full (not
 * even that).  So only what has +snat goes on, at any time: between two flows
 * there is no state in which something else could.  Of the rest, what could
 * not begin a connection is counted; other invalid packets are late ones of
 * connections that have ended.
 *
 * Any candidate translates what comes to it, whoever has the addresses: a
 * source sends to the one that it believes to be alive, and for the time that
 * this differs, or that a candidate is drained, packets go on. */

#include <config.h>

#include "agent/flows/gateway-out.h"

#include "agent/agent.h"
#include "agent/flows/gateway-flows.h"
#include "agent/flows/icmp-errors.h"
#include "agent/flows/pipeline.h"
#include "agent/model/model-extnet.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model.h"
#include "agent/remotes/gateways.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "openvswitch/match.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

/* In FLOW_EXT_OUT.  The length of the prefix is added to the first two. */
enum {
    PRI_SOURCE = 100,
    PRI_ERROR = 300,
    PRI_AGENT = 500,
};

enum {
    PRI_TRANSLATED = 200,
    PRI_INVALID_NEW = 150,          /* Dropped, and counted. */
    PRI_INVALID = 140,
    PRI_REST = 100,                 /* Dropped, and counted. */
};

static void
add_deliver_flow(const struct gateway *g, struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    pipeline_init_match(&match, g->gw->vpc->vni);
    match_set_dl_dst(&match, gateway_flows_get_mac(g));
    ofpbuf_init(&actions, 64);
    put_load_imm(&actions, FLOW_REG_GATEWAY, g->gw->up.id, 0);
    put_goto(&actions, FLOW_EXT_OUT);
    flow_list_add(flows, FLOW_DELIVER, FLOW_PRI_NORMAL, &match, &actions);
    ofpbuf_uninit(&actions);
}

static void
put_outside(const struct gateway *g, struct ofpbuf *actions)
{
    put_load_imm(actions, FLOW_REG_EXTNET, g->gw->extnet->up.id, 0);
    put_set_eth_src(actions, gateway_flows_get_mac(g));
}

/* To FLOW_EXT_ROUTE, with the MAC that it is to have outside. */
static void
put_send(const struct gateway *g, struct ofpbuf *actions)
{
    put_group(actions, g->groups[GATEWAY_GROUP_SENDER]);
}

static void
add_snat_flow(const struct gateway *g, const struct vpc_gateway_snat *snat,
              struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    pipeline_init_gateway(&match, g->gw->up.id);
    match_set_prefix(&match, &snat->sources, false);
    ofpbuf_init(&actions, 128);
    put_outside(g, &actions);
    put_ct_snat(&actions, g->zone, &snat->address, FLOW_EXT_SNAT);
    flow_list_add(flows, FLOW_EXT_OUT, PRI_SOURCE + snat->sources.plen,
                  &match, &actions);
    ofpbuf_uninit(&actions);
}

/* The agent's own ICMP errors come from the external address.  The connection
 * that they are about says how the quoted packet is translated. */
static void
add_agent_flow(const struct gateway *g, const struct vpc_gateway_snat *snat,
               struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    pipeline_init_gateway(&match, g->gw->up.id);
    match_set_in_port(&match, OFPP_CONTROLLER);
    match_set_ip(&match, &snat->address, false);
    ofpbuf_init(&actions, 128);
    put_outside(g, &actions);
    put_ct_snat(&actions, g->zone, &snat->address, FLOW_EXT_SNAT);
    flow_list_add(flows, FLOW_EXT_OUT, PRI_AGENT, &match, &actions);
    ofpbuf_uninit(&actions);
}

/* The userspace datapath spoils ICMPv6 errors when it changes their source: it
 * mends a checksum as if they were packets of the connection's own protocol,
 * which is in the middle of something else.  Where the source is the external
 * address already, it changes nothing. */
static void
add_error_flows(const struct gateway *g, const struct vpc_gateway_snat *snat,
                struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 128);
    put_outside(g, &actions);
    put_set_ip_src(&actions, &snat->address);
    put_ct_snat(&actions, g->zone, &snat->address, FLOW_EXT_SNAT);
    for (size_t i = 0; i < icmp_errors_count(true); i++) {
        pipeline_init_gateway(&match, g->gw->up.id);
        match_set_prefix(&match, &snat->sources, false);
        icmp_errors_match(&match, true, i);
        flow_list_add(flows, FLOW_EXT_OUT, PRI_ERROR + snat->sources.plen,
                      &match, &actions);
    }
    ofpbuf_uninit(&actions);
}

/* Without NAT, what is from the VPC's subnets goes out as it is. */
static void
add_routed_flows(const struct gateway *g, struct flow_list *flows)
{
    const struct vpc *vpc = g->gw->vpc->up.object->vpc;
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 128);
    put_outside(g, &actions);
    put_send(g, &actions);
    for (size_t i = 0; i < vpc->n_subnets; i++) {
        pipeline_init_gateway(&match, g->gw->up.id);
        match_set_prefix(&match, &vpc->subnets[i].prefix, false);
        flow_list_add(flows, FLOW_EXT_OUT, PRI_SOURCE, &match, &actions);
    }
    ofpbuf_uninit(&actions);
}

static void
add_pass_flow(const struct gateway *g, struct flow_list *flows)
{
    const uint32_t state = CS_TRACKED | CS_SRC_NAT;
    struct ofpbuf actions;
    struct match match;

    pipeline_init_gateway(&match, g->gw->up.id);
    match_set_ct_state_masked(&match, state, state);
    ofpbuf_init(&actions, 16);
    put_send(g, &actions);
    flow_list_add(flows, FLOW_EXT_SNAT, PRI_TRANSLATED, &match, &actions);
    ofpbuf_uninit(&actions);
}

/* Invalid packets that would begin a connection: those of any protocol but
 * TCP, and SYNs. */
static void
add_invalid_flows(const struct gateway *g, struct flow_list *drops)
{
    static const uint8_t protocols[] = {
        IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP
    };
    const uint32_t state = CS_TRACKED | CS_INVALID;
    struct match match;

    for (size_t i = 0; i < 2 * ARRAY_SIZE(protocols); i++) {
        uint8_t protocol = protocols[i / 2];
        bool ipv6 = i % 2;

        pipeline_init_gateway(&match, g->gw->up.id);
        match_set_dl_type(&match, htons(ipv6 ? ETH_TYPE_IPV6 : ETH_TYPE_IP));
        match_set_nw_proto(&match, (ipv6 && protocol == IPPROTO_ICMP
                                    ? IPPROTO_ICMPV6 : protocol));
        match_set_ct_state_masked(&match, state, state);
        if (protocol == IPPROTO_TCP) {
            match_set_tcp_flags_masked(&match, htons(TCP_SYN),
                                       htons(TCP_SYN | TCP_ACK));
        }
        flow_list_add_drop(drops, FLOW_EXT_SNAT, PRI_INVALID_NEW, &match);
    }
}

static void
add_drop_flows(const struct gateway *g, struct flow_list *flows,
               struct flow_list *drops)
{
    const uint32_t state = CS_TRACKED | CS_INVALID;
    struct match match;

    add_invalid_flows(g, drops);
    pipeline_init_gateway(&match, g->gw->up.id);
    match_set_ct_state_masked(&match, state, state);
    flow_list_add_drop(flows, FLOW_EXT_SNAT, PRI_INVALID, &match);
    pipeline_init_gateway(&match, g->gw->up.id);
    flow_list_add_drop(drops, FLOW_EXT_SNAT, PRI_REST, &match);
}

void
gateway_out_add_flows(const struct gateway *g, struct flow_list *flows,
                      struct flow_list *drops)
{
    const struct vpc_gateway *def = m_gateway_get_def(g->gw);

    add_deliver_flow(g, flows);
    if (!def->n_snat) {
        add_routed_flows(g, flows);
        add_pass_flow(g, flows);    /* For floating IPs. */
        return;
    }
    for (size_t i = 0; i < def->n_snat; i++) {
        add_snat_flow(g, &def->snat[i], flows);
        add_agent_flow(g, &def->snat[i], flows);
        if (def->snat[i].sources.is_ipv6) {
            add_error_flows(g, &def->snat[i], flows);
        }
    }
    add_pass_flow(g, flows);
    add_drop_flows(g, flows, drops);
}
