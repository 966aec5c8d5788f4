/* Answers to connections that another candidate had: see gateway-lost.h.
 *
 * A candidate that takes over learns a connection from the first packet that
 * the endpoint sends.  But an endpoint that only receives, as in a download,
 * sends nothing while nothing comes.  The server sends again what was not
 * acknowledged, to the new candidate, which does not know whose it is.
 *
 * The endpoint's node knows: it notes outgoing TCP as the candidate would
 * translate it, in a zone of its own, without translating it.  So the
 * candidate sends a copy of such a packet to each node that has endpoints of
 * the VPC.  There the zone says whether it is an answer, and to whom; it is
 * delivered, and acknowledged, and by that the candidate learns the
 * connection.
 *
 * A SYN is not noted.  The zone never sees it answered, so that for Linux'
 * conntrack the connection would go on being one that begins, and the ACKs
 * that follow would be invalid.  That counts where the endpoint's node is a
 * candidate itself: the zone is the one in which it then translates.
 *
 *      FLOW_GATEWAY   TCP, not SYN: noted in a clone, ct(commit,nat); then
 *                     the group
 *      FLOW_EXT_BACK  TCP to the external address, of no connection: a meter,
 *                     and the group of copies
 *        bucket       FLOW_REG_NVE; to FLOW_MTU
 *      FLOW_DELIVER   a copy: ct(nat)
 *      FLOW_EXT_LOST  an answer: to FLOW_ROUTE, for endpoints here alone
 *
 * Anybody outside can send packets that look like this.  The meter bounds what
 * that costs, and a VPC at more than MAX_COPIES nodes does without. */

#include <config.h>

#include "agent/flows/gateway-lost.h"

#include <stdlib.h>

#include "agent/agent.h"
#include "agent/flows/gateway-flows.h"
#include "agent/flows/gateway-in.h"
#include "agent/flows/pipeline.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model-vpc.h"
#include "agent/model/model.h"
#include "agent/node/local.h"
#include "agent/remotes/gateways.h"
#include "agent/switch/desired-group.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/flow-owner.h"
#include "agent/switch/ofctrl.h"
#include "openvswitch/match.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

#define MAX_COPIES 64

/* For all gateways together: packets a second.  No OpenFlow port is so large
 * that an endpoint's meter had this id (meter-stage.c). */
#define METER_ID (FLOW_OWNER_METER_FIRST + 0x1ffff)
#define METER_RATE 500
#define METER_OWNER "gateways"

/* FLOW_REG_GATEWAY of a copy that has been recognized. */
#define RECOGNIZED UINT32_MAX

/* In FLOW_GATEWAY: the length of the prefix is added. */
#define PRI_NOTED 200

/* In FLOW_EXT_BACK, before what drops all that was not translated. */
#define PRI_LOST 260

/* In FLOW_DELIVER, before what is to leave. */
#define PRI_COPY 300

bool
gateway_lost_is_wanted(const struct gateway *g)
{
    return g->gw->n_nodes > 1 && m_gateway_get_def(g->gw)->n_snat && g->zone;
}

void
gateway_lost_set_meter(struct agent *agent, bool wanted)
{
    if (wanted) {
        ofctrl_set_meter(agent->ofctrl, METER_ID,
                         meter_band_packets(METER_RATE), METER_OWNER);
    } else {
        ofctrl_unset_meter(agent->ofctrl, METER_ID, METER_OWNER);
    }
}

/* The copies. */

static void
add_copy(const struct agent *agent, const struct m_nve *nve,
         struct group_spec *group)
{
    struct ofpbuf actions;

    if (nve->n_tunnels
        && local_tunnel_get_ofport(agent->local, &nve->tunnels[0])) {
        ofpbuf_init(&actions, 64);
        put_load_imm(&actions, FLOW_REG_NVE, nve->up.id, 0);
        put_resubmit(&actions, FLOW_MTU);
        group_spec_add(group, nve->up.id & INT32_MAX, 0, OFPP_ANY, &actions);
        ofpbuf_uninit(&actions);
    }
}

void
gateway_lost_set_group(struct agent *agent, struct gateway *g, uint32_t id)
{
    size_t n;
    const struct m_nve **nves = m_vpc_get_remotes(g->gw->vpc, &n);
    struct group_spec group;

    group_spec_init(&group, OFPGT11_ALL);
    for (size_t i = 0; i < n && n <= MAX_COPIES; i++) {
        add_copy(agent, nves[i], &group);
    }
    free(nves);
    ofctrl_set_group(agent->ofctrl, id, &group, &g->flows);
}

/* Matches TCP to an external address of 'g'. */
static void
match_set_external(struct match *match, const struct in6_addr *ip)
{
    match_set_nw_proto(match, IPPROTO_TCP);
    match_set_ip(match, ip, true);
}

void
gateway_lost_add_candidate(const struct agent *agent, const struct gateway *g,
                           uint32_t id, struct flow_list *flows)
{
    const struct vpc_gateway *def = m_gateway_get_def(g->gw);
    const uint32_t state = CS_TRACKED | CS_NEW;
    struct ofpbuf actions;

    ofpbuf_init(&actions, 256);
    put_meter(&actions, METER_ID);
    gateway_in_put_sender(agent, g, &actions);
    put_set_eth_src(&actions, (struct eth_addr) GATEWAY_MAC);
    put_set_eth_dst(&actions, gateway_flows_get_mac(g));
    put_group(&actions, id);
    for (size_t i = 0; i < def->n_snat; i++) {
        struct match match;

        pipeline_init_gateway(&match, g->gw->up.id);
        match_set_ct_state_masked(&match, state, state);
        match_set_external(&match, &def->snat[i].address);
        match_set_tcp_flags_masked(&match, htons(TCP_ACK),
                                   htons(TCP_ACK | TCP_SYN | TCP_RST));
        flow_list_add(flows, FLOW_EXT_BACK, PRI_LOST, &match, &actions);
    }
    ofpbuf_uninit(&actions);
}

/* Sources. */

static void
add_note_flow(const struct gateway *g, const struct vpc_gateway_snat *snat,
              uint32_t source, struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;
    size_t clone;

    pipeline_init_gateway(&match, g->gw->up.id);
    match_set_nw_proto(&match, IPPROTO_TCP);
    match_set_tcp_flags_masked(&match, 0, htons(TCP_SYN));
    match_set_prefix(&match, &snat->sources, false);
    ofpbuf_init(&actions, 256);
    clone = put_clone_begin(&actions);
    put_ct_snat(&actions, g->zone, &snat->address, NX_CT_RECIRC_NONE);
    put_clone_end(&actions, clone);
    put_set_eth_src(&actions, (struct eth_addr) GATEWAY_MAC);
    put_set_eth_dst(&actions, gateway_flows_get_mac(g));
    put_group(&actions, source);
    flow_list_add(flows, FLOW_GATEWAY, PRI_NOTED + snat->sources.plen,
                  &match, &actions);
    ofpbuf_uninit(&actions);
}

static void
add_copy_flow(const struct gateway *g, const struct in6_addr *ip,
              struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    pipeline_init_match(&match, g->gw->vpc->vni);
    match_set_dl_dst(&match, gateway_flows_get_mac(g));
    match_set_external(&match, ip);
    ofpbuf_init(&actions, 64);
    put_load_imm(&actions, FLOW_REG_GATEWAY, g->gw->up.id, 0);
    put_ct_nat(&actions, g->zone, CT_ANY, FLOW_EXT_LOST);
    flow_list_add(flows, FLOW_DELIVER, PRI_COPY, &match, &actions);
    ofpbuf_uninit(&actions);
}

/* What was not translated back is no answer: it would go out again. */
static void
add_answer_flows(const struct gateway *g, struct flow_list *flows)
{
    const struct vpc_gateway *def = m_gateway_get_def(g->gw);
    const uint32_t state = CS_TRACKED | CS_DST_NAT;
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 64);
    for (size_t i = 0; i < def->n_snat; i++) {
        pipeline_init_gateway(&match, g->gw->up.id);
        match_set_external(&match, &def->snat[i].address);
        flow_list_add(flows, FLOW_EXT_LOST, FLOW_PRI_HIGH, &match, &actions);
    }
    put_load_imm(&actions, FLOW_REG_GATEWAY, RECOGNIZED, 0);
    put_set_eth_dst(&actions, (struct eth_addr) GATEWAY_MAC);
    put_resubmit(&actions, FLOW_ROUTE);
    pipeline_init_gateway(&match, g->gw->up.id);
    match_set_ct_state_masked(&match, state, state);
    flow_list_add(flows, FLOW_EXT_LOST, FLOW_PRI_NORMAL, &match, &actions);
    ofpbuf_uninit(&actions);
}

void
gateway_lost_add_source(const struct gateway *g, uint32_t source,
                        struct flow_list *flows)
{
    const struct vpc_gateway *def = m_gateway_get_def(g->gw);

    for (size_t i = 0; i < def->n_snat; i++) {
        add_note_flow(g, &def->snat[i], source, flows);
        add_copy_flow(g, &def->snat[i].address, flows);
    }
    add_answer_flows(g, flows);
}

/* Nothing that came from a tunnel goes to a tunnel. */
void
gateway_lost_add_static(struct flow_list *flows)
{
    struct match match;

    pipeline_init_gateway(&match, RECOGNIZED);
    flow_list_add_drop(flows, FLOW_MTU, FLOW_PRI_HIGH, &match);
}
