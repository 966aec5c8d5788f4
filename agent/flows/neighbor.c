/* Answers to ARP and neighbour discovery: see neighbor.h.
 *
 * Requests come from endpoints of this node and have passed FLOW_SPOOF, so the
 * sender's addresses in them are right.  The request is turned into the answer
 * in place, whether it was sent to all or, to see whether a neighbour is still
 * there, to that neighbour alone.
 *
 * - An endpoint that asks for its own address, to see whether somebody else
 *   has it (RFC 5227, section 2.1.1; RFC 4862, section 5.4), gets no answer.
 * - An endpoint that has the address of a gateway is the gateway of that
 *   subnet: its flow has the higher priority.
 * - A request for an address that no object has is replicated to the VPC:
 *   behind an NVE without an agent there may be an endpoint of which only the
 *   MAC is known.
 *
 * Open vSwitch can set the link-layer address of an advertisement only in a
 * flow that matches an advertisement, and the request is a solicitation.  So
 * FLOW_NEIGHBOR sets the type, and FLOW_ADVERT, which matches the result, sets
 * the rest.  It can change an option, but not add one.  So a solicitation
 * without a link-layer address, as a host sends it for an address that it only
 * tries, gets an answer without one.
 *
 * The kernel's datapath cannot set flags and option type at all, and Open
 * vSwitch refuses such a flow.  With that datapath, a flow still finds the
 * neighbour, but hands the solicitation over to the agent, which answers it
 * (neighbor-advert.c).  While the agent is down, nobody is answered there.
 *
 * Open vSwitch has no datapath action that changes ARP or neighbour discovery,
 * so each answer is made by ovs-vswitchd itself; a host asks for a neighbour
 * once or twice a minute. */

#include <config.h>

#include "agent/flows/neighbor.h"

#include <netinet/icmp6.h>

#include "agent/agent.h"
#include "agent/flows/controller-stage.h"
#include "agent/flows/endpoint-stencils.h"
#include "agent/flows/neighbor-answer.h"
#include "agent/flows/pipeline.h"
#include "agent/model/model.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "openvswitch/match.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

/* An endpoint with a gateway's address takes its place.  Nobody answers an
 * endpoint for its own address. */
#define PRI_GATEWAY FLOW_PRI_NORMAL
#define PRI_ENDPOINT (FLOW_PRI_NORMAL + 10)
#define PRI_OWN FLOW_PRI_HIGH

/* ARP. */

static void
match_arp_request(struct match *match, uint32_t vni, ovs_be32 target)
{
    pipeline_init_match(match, vni);
    match_set_dl_type(match, htons(ETH_TYPE_ARP));
    match_set_nw_proto(match, ARP_OP_REQUEST);
    match_set_nw_dst(match, target);
}

static void
build_arp_answer(struct eth_addr mac, uint32_t vni, uint32_t ip,
                 struct match *match, struct ofpbuf *actions)
{
    neighbor_answer_put_arp(actions, mac, htonl(ip));
    put_output_in_port(actions);
    match_arp_request(match, vni, htonl(ip));
}

/* Turns an ARP request into the answer "'ip' is at 'mac'". */
static void
add_arp_answer(const struct agent *agent, struct flow_list *flows,
               uint16_t priority, uint32_t vni, ovs_be32 ip,
               struct eth_addr mac)
{
    endpoint_stencils_add(&agent->stencils->arp, FLOW_NEIGHBOR, priority,
                          build_arp_answer, mac, vni, ntohl(ip), flows);
}

/* Drops the ARP requests of 'ep' for its own address 'ip'. */
static void
add_arp_silence(struct flow_list *flows, const struct m_endpoint *ep,
                ovs_be32 ip)
{
    struct match match;

    match_arp_request(&match, ep->vpc->vni, ip);
    match_set_in_port(&match, ep->ofport);
    flow_list_add_drop(flows, FLOW_NEIGHBOR, PRI_OWN, &match);
}

/* Neighbour discovery. */

static void
match_solicitation(struct match *match, uint32_t vni,
                   const struct in6_addr *target)
{
    pipeline_init_match(match, vni);
    neighbor_answer_match_nd(match, ND_NEIGHBOR_SOLICIT);
    match_set_nd_target(match, target);
}

/* Turns a solicitation into the advertisement "'ip' is at 'mac'", or hands it
 * over to the agent. */
static void
add_nd_answer(struct flow_list *flows, uint16_t priority, uint32_t vni,
              const struct in6_addr *ip, struct eth_addr mac, uint32_t flags,
              bool by_agent)
{
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 256);
    if (by_agent) {
        put_set_eth_src(&actions, mac);
        controller_stage_put(&actions, CONTROLLER_STAGE_SOLICITATION);
    } else {
        neighbor_answer_put_advert(&actions, mac, ip, flags);
        put_goto(&actions, FLOW_ADVERT);
    }
    match_solicitation(&match, vni, ip);
    flow_list_add(flows, FLOW_NEIGHBOR, priority, &match, &actions);
    ofpbuf_uninit(&actions);
}

static void
add_nd_silence(struct flow_list *flows, const struct m_endpoint *ep,
               const struct in6_addr *ip)
{
    struct match match;

    match_solicitation(&match, ep->vpc->vni, ip);
    match_set_in_port(&match, ep->ofport);
    flow_list_add_drop(flows, FLOW_NEIGHBOR, PRI_OWN, &match);
}

/* Completes an advertisement and sends it.  'to_all': the solicitation came
 * from a host that has no address yet and only tries one, so the answer goes
 * to all nodes (RFC 4861, section 7.2.4). */
static void
add_advert_flow(struct flow_list *flows, bool to_all)
{
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 256);
    match_init_catchall(&match);
    neighbor_answer_match_nd(&match, ND_NEIGHBOR_ADVERT);
    put_move(&actions, MFF_ETH_SRC, 0, MFF_ND_TLL, 0, 48);
    put_load_imm(&actions, MFF_ND_OPTIONS_TYPE, ND_OPT_TARGET_LINKADDR, 0);
    if (to_all) {
        neighbor_answer_put_to_all(&match, &actions);
    }
    put_output_in_port(&actions);
    flow_list_add(flows, FLOW_ADVERT,
                  to_all ? FLOW_PRI_HIGH : FLOW_PRI_NORMAL, &match, &actions);
    ofpbuf_uninit(&actions);
}

void
neighbor_add_static(const struct agent *agent, struct flow_list *flows)
{
    if (!agent->nd_by_agent) {
        add_advert_flow(flows, false);
        add_advert_flow(flows, true);
    }
}

static void
add_endpoint_ipv6(const struct m_endpoint *ep, const struct in6_addr *ip,
                  bool by_agent, struct flow_list *flows)
{
    add_nd_answer(flows, PRI_ENDPOINT, ep->vpc->vni, ip,
                  ep->up.object->endpoint->mac, NEIGHBOR_ANSWER_HOST,
                  by_agent);
    if (m_endpoint_is_local(ep)) {
        add_nd_silence(flows, ep, ip);
    }
}

/* Owners. */

void
neighbor_add_endpoint(const struct agent *agent, const struct m_endpoint *ep,
                      struct flow_list *flows)
{
    const struct endpoint *def = ep->up.object->endpoint;
    bool has_ipv6 = false, has_lla = false;
    struct in6_addr lla;

    in6_generate_lla(def->mac, &lla);
    for (size_t i = 0; i < def->n_ips; i++) {
        if (IN6_IS_ADDR_V4MAPPED(&def->ips[i])) {
            ovs_be32 ip = in6_addr_get_mapped_ipv4(&def->ips[i]);

            add_arp_answer(agent, flows, PRI_ENDPOINT, ep->vpc->vni, ip,
                           def->mac);
            if (m_endpoint_is_local(ep)) {
                add_arp_silence(flows, ep, ip);
            }
        } else {
            add_endpoint_ipv6(ep, &def->ips[i], agent->nd_by_agent, flows);
            has_ipv6 = true;
            has_lla |= ipv6_addr_equals(&def->ips[i], &lla);
        }
    }
    if (has_ipv6 && !has_lla) {
        add_endpoint_ipv6(ep, &lla, agent->nd_by_agent, flows);
    }
}

void
neighbor_add_gateways(const struct agent *agent, const struct m_vpc *vpc,
                      struct flow_list *flows)
{
    static const struct eth_addr mac = GATEWAY_MAC;
    const struct vpc *def = vpc->up.object->vpc;
    bool has_ipv6 = false;

    for (size_t i = 0; i < def->n_subnets; i++) {
        const struct in6_addr *gateway = &def->subnets[i].gateway;

        if (IN6_IS_ADDR_V4MAPPED(gateway)) {
            add_arp_answer(agent, flows, PRI_GATEWAY, vpc->vni,
                           in6_addr_get_mapped_ipv4(gateway), mac);
        } else if (ipv6_addr_is_set(gateway)) {
            add_nd_answer(flows, PRI_GATEWAY, vpc->vni, gateway, mac,
                          NEIGHBOR_ANSWER_ROUTER, agent->nd_by_agent);
            has_ipv6 = true;
        }
    }
    if (has_ipv6) {
        struct in6_addr lla;

        in6_generate_lla(mac, &lla);
        add_nd_answer(flows, PRI_GATEWAY, vpc->vni, &lla, mac,
                      NEIGHBOR_ANSWER_ROUTER, agent->nd_by_agent);
    }
}

void
neighbor_add_gateway_for(const struct agent *agent, uint32_t vni,
                         const struct in6_addr *ip, struct flow_list *flows)
{
    static const struct eth_addr mac = GATEWAY_MAC;

    if (IN6_IS_ADDR_V4MAPPED(ip)) {
        add_arp_answer(agent, flows, PRI_GATEWAY, vni,
                       in6_addr_get_mapped_ipv4(ip), mac);
    } else {
        add_nd_answer(flows, PRI_GATEWAY, vni, ip, mac, NEIGHBOR_ANSWER_HOST,
                      agent->nd_by_agent);
    }
}
