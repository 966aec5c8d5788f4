/* Where answers go: see return-stage.h.
 *
 * What a gateway's candidate sends into the VPC, and was begun outside, has
 * the gateway's MAC as its source; what answers a connection that SNAT made
 * has GATEWAY_MAC, as all that is routed, and is none of this.  An appliance
 * has its own MAC.  So that MAC and the NVE say where a packet came in, and
 * whose node delivers it notes both with the connection, in a zone that the
 * VPC has for nothing else.  (NAT and plain commits must not share one.)
 *
 *      FLOW_SOURCE    from a tunnel, from an NVE that the gateway names, with
 *                     its MAC: FLOW_FLAG_RETURN
 *      FLOW_METER     brought in by this node's gateway: the MAC, and the flag
 *      FLOW_EXT_BACK  by this node's floating IP: likewise
 *      FLOW_OUTPUT    with the flag: ct(commit), FLOW_REG_NVE and the MAC in
 *                     ct_label; GATEWAY_MAC
 *
 *      FLOW_ROUTE     to no endpoint: ct, FLOW_RETURN
 *      FLOW_RETURN    by ct_label: FLOW_REG_GATEWAY, and FLOW_REG_NVE; to
 *                     FLOW_METER.  The rest: back to FLOW_ROUTE
 *      FLOW_GATEWAY   with FLOW_REG_NVE: a group
 *        bucket       that NVE, while BFD says that it is up; then the others,
 *                     as for what is begun here
 *
 * Only what policies let pass is noted.  Every packet that comes in says anew
 * where the next answer goes, so answers follow a failover.  That an NVE says
 * something about a connection that it is not trusted with does no harm: flows
 * of FLOW_RETURN name just those that could have said it.
 *
 * The state of the connection does not matter, only what was noted.  If that
 * is nothing (the zone has no room, say), answers go by routes, as all else
 * does. */

#include <config.h>

#include "agent/flows/return-stage.h"

#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/flows/gateway-candidates.h"
#include "agent/flows/gateway-flows.h"
#include "agent/flows/pipeline.h"
#include "agent/flows/router.h"
#include "agent/model/model-fip.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model-route.h"
#include "agent/model/model.h"
#include "agent/model/vpc-return.h"
#include "agent/remotes/gateways.h"
#include "agent/switch/desired-group.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/nat-zones.h"
#include "agent/switch/ofctrl.h"
#include "hash.h"
#include "openvswitch/match.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "simap.h"
#include "svec.h"
#include "util.h"

/* In FLOW_ROUTE: after what is for an endpoint, before routes. */
#define PRI_LOOK_UP 70

/* In FLOW_GATEWAY: before what is noted there (gateway-lost.c), after what is
 * too big. */
#define PRI_RETURN 390

/* In ct_label. */
#define LABEL_NVE_BITS 32
#define LABEL_MAC_OFS 32
#define LABEL_MAC_BITS 48

static const uint16_t families[] = { ETH_TYPE_IP, ETH_TYPE_IPV6 };

/* What is noted. */

void
return_stage_put_entered(struct ofpbuf *actions)
{
    put_load_bits(actions, FLOW_REG_FLAGS, 1, FLOW_FLAG_RETURN, 1);
}

void
return_stage_put_passed_on(struct ofpbuf *actions)
{
    put_load_bits(actions, FLOW_REG_FLAGS, 1, FLOW_FLAG_PASSED_ON, 1);
}

static void
add_note_flows(const struct m_vpc *vpc, int flag, struct flow_list *flows)
{
    struct ofpbuf actions;
    size_t ct;

    ofpbuf_init(&actions, 256);
    ct = put_ct_commit_begin(&actions, vpc->return_zone);
    put_move(&actions, FLOW_REG_NVE, 0, MFF_CT_LABEL, 0, LABEL_NVE_BITS);
    put_move(&actions, MFF_ETH_SRC, 0, MFF_CT_LABEL, LABEL_MAC_OFS,
             LABEL_MAC_BITS);
    put_ct_end(&actions, ct);
    if (flag == FLOW_FLAG_RETURN) {
        put_set_eth_src(&actions, (struct eth_addr) GATEWAY_MAC);
    }
    put_goto(&actions, FLOW_SEND);
    for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
        struct match match;

        pipeline_init_match(&match, vpc->vni);
        match_set_dl_type(&match, htons(families[i]));
        match_set_reg_masked(&match, FLOW_REG_FLAGS - MFF_REG0, 1u << flag,
                             1u << flag);
        flow_list_add(flows, FLOW_OUTPUT, FLOW_PRI_NORMAL, &match, &actions);
    }
    ofpbuf_uninit(&actions);
}

/* What is looked up. */

static void
add_look_up_flows(const struct m_vpc *vpc, struct flow_list *flows)
{
    struct ofpbuf actions;

    ofpbuf_init(&actions, 64);
    put_ct_find(&actions, vpc->return_zone, FLOW_RETURN);
    for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
        struct match match;

        if (!router_has_gateway(vpc, families[i] == ETH_TYPE_IPV6)) {
            continue;
        }
        pipeline_init_match(&match, vpc->vni);
        match_set_dl_dst(&match, (struct eth_addr) GATEWAY_MAC);
        match_set_dl_type(&match, htons(families[i]));
        match_set_reg_masked(&match, FLOW_REG_FLAGS - MFF_REG0, 0,
                             1u << FLOW_FLAG_NO_RETURN);
        flow_list_add(flows, FLOW_ROUTE, PRI_LOOK_UP, &match, &actions);
    }
    ofpbuf_uninit(&actions);
}

/* Whatever was not noted goes by routes. */
static void
add_rest_flow(const struct m_vpc *vpc, struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    pipeline_init_match(&match, vpc->vni);
    ofpbuf_init(&actions, 64);
    ofpact_put_CT_CLEAR(&actions);
    put_load_bits(&actions, FLOW_REG_FLAGS, 1, FLOW_FLAG_NO_RETURN, 1);
    put_resubmit(&actions, FLOW_ROUTE);
    flow_list_add(flows, FLOW_RETURN, FLOW_PRI_DEFAULT + 1, &match, &actions);
    ofpbuf_uninit(&actions);
}

/* Matches answers to what came by 'mac', and by 'nve' if that is nonnull. */
static void
match_init_answer(struct match *match, const struct m_vpc *vpc,
                  struct eth_addr mac, const struct m_nve *nve)
{
    uint64_t bits = eth_addr_to_uint64(mac);
    ovs_u128 value = { .u64 = { .lo = bits << LABEL_MAC_OFS,
                                .hi = bits >> (64 - LABEL_MAC_OFS) } };
    ovs_u128 mask = { .u64 = { .lo = UINT64_MAX << LABEL_MAC_OFS,
                               .hi = UINT16_MAX } };

    if (nve) {
        value.u64.lo |= nve->up.id;
        mask.u64.lo = UINT64_MAX;
    }
    pipeline_init_match(match, vpc->vni);
    match_set_ct_state_masked(match, CS_TRACKED, CS_TRACKED);
    match_set_ct_label_masked(match, value, mask);
}

/* On as a routed packet. */
static void
put_routed(struct ofpbuf *actions)
{
    ofpact_put_CT_CLEAR(actions);
    put_dec_ttl(actions);
    put_resubmit(actions, FLOW_METER);
}

/* Adds flows for answers to what came by 'mac', and by 'nve' if that is
 * nonnull: they leave by the gateway or floating IP with that 'id'. */
static void
add_exit_flows(const struct m_vpc *vpc, struct eth_addr mac,
               const struct m_nve *nve, uint32_t id, struct flow_list *flows)
{
    struct ofpbuf actions;

    ofpbuf_init(&actions, 128);
    put_load_imm(&actions, FLOW_REG_GATEWAY, id, 0);
    if (nve) {
        put_load_imm(&actions, FLOW_REG_NVE, nve->up.id, 0);
    }
    put_routed(&actions);
    for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
        struct match match;

        match_init_answer(&match, vpc, mac, nve);
        match_set_dl_type(&match, htons(families[i]));
        flow_list_add(flows, FLOW_RETURN, FLOW_PRI_NORMAL, &match, &actions);
    }
    ofpbuf_uninit(&actions);
}

/* Wherever the appliance is now, but only to where routes lead through it: it
 * could not send the next answer from elsewhere. */
static void
add_appliance_flows(const struct m_vpc *vpc, const struct m_endpoint *ep,
                    struct flow_list *flows)
{
    struct eth_addr mac = ep->up.object->endpoint->mac;
    const struct hmapx_node *node;
    struct ofpbuf actions;

    ofpbuf_init(&actions, 128);
    put_set_eth_src(&actions, (struct eth_addr) GATEWAY_MAC);
    put_set_eth_dst(&actions, mac);
    put_routed(&actions);
    HMAPX_FOR_EACH (node, &m_endpoint_get_users(ep)->routes) {
        const struct m_route *route = node->data;
        struct match match;

        if (m_route_has_via(route, ep)) {
            match_init_answer(&match, vpc, mac, NULL);
            match_set_prefix(&match, &m_route_get_def(route)->destination,
                             true);
            flow_list_add(flows, FLOW_RETURN, FLOW_PRI_NORMAL, &match,
                          &actions);
        }
    }
    ofpbuf_uninit(&actions);
}

static void
add_appliances(const struct m_vpc *vpc, struct flow_list *flows)
{
    struct hmapx eps = HMAPX_INITIALIZER(&eps);
    const struct hmapx_node *node;

    vpc_return_get_appliances(vpc, &eps);
    HMAPX_FOR_EACH (node, &eps) {
        add_appliance_flows(vpc, node->data, flows);
    }
    if (!hmapx_is_empty(&eps)) {
        add_note_flows(vpc, FLOW_FLAG_PASSED_ON, flows);
    }
    hmapx_destroy(&eps);
}

void
return_stage_release(struct agent *agent, struct m_vpc *vpc)
{
    if (vpc->return_zone) {
        char *name = xasprintf("return/%s", vpc->up.name);

        nat_zones_release(agent->nat_zones, name);
        vpc->return_zone = 0;
        free(name);
    }
}

void
return_stage_add_vpc(struct agent *agent, struct m_vpc *vpc,
                     struct flow_list *flows)
{
    char *name;

    if (!vpc_return_is_wanted(vpc) || hmapx_is_empty(&vpc->local)) {
        return_stage_release(agent, vpc);
        return;
    }
    name = xasprintf("return/%s", vpc->up.name);
    vpc->return_zone = nat_zones_take(agent->nat_zones, name);
    free(name);
    if (vpc->return_zone) {
        add_note_flows(vpc, FLOW_FLAG_RETURN, flows);
        add_look_up_flows(vpc, flows);
        add_rest_flow(vpc, flows);
        add_appliances(vpc, flows);
    }
}

void
return_stage_add_fip(const struct m_fip *fip, struct eth_addr mac,
                     struct flow_list *flows)
{
    if (fip->ep->vpc->return_zone) {
        add_exit_flows(fip->ep->vpc, mac, NULL, fip->up.id, flows);
    }
}

/* Gateways. */

static bool
id_is_used(const struct agent *agent, uint32_t id)
{
    const struct shash_node *node;
    const struct simap_node *used;

    SHASH_FOR_EACH (node, &agent->gateways->all) {
        const struct gateway *g = node->data;

        SIMAP_FOR_EACH (used, &g->returns) {
            if (used->data == id) {
                return true;
            }
        }
    }
    return false;
}

/* The group of 'g' for answers to what came by 'nve'.  Its id follows from
 * both; two hardly ever want the same. */
static uint32_t
obtain_group(const struct agent *agent, struct gateway *g,
             const struct m_nve *nve)
{
    uint32_t id = simap_get(&g->returns, nve->up.name);

    for (uint32_t n = hash_2words(g->gw->up.id, nve->up.id); !id; n++) {
        uint32_t wanted = gateway_flows_group_id(GATEWAY_N_GROUPS, n);

        if (!id_is_used(agent, wanted)) {
            id = wanted;
            simap_put(&g->returns, nve->up.name, id);
        }
    }
    return id;
}

static void
add_group_flow(const struct gateway *g, const struct m_nve *nve, uint32_t id,
               struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    pipeline_init_gateway(&match, g->gw->up.id);
    match_set_reg(&match, FLOW_REG_NVE - MFF_REG0, nve->up.id);
    ofpbuf_init(&actions, 64);
    put_set_eth_src(&actions, (struct eth_addr) GATEWAY_MAC);
    put_set_eth_dst(&actions, gateway_flows_get_mac(g));
    put_group(&actions, id);
    flow_list_add(flows, FLOW_GATEWAY, PRI_RETURN, &match, &actions);
    ofpbuf_uninit(&actions);
}

/* The first one is the node that the packet came by; then as ever. */
static void
set_group(struct agent *agent, struct gateway *g,
          const struct m_gateway_node *first, uint32_t id)
{
    struct group_spec group;

    group_spec_init(&group, OFPGT11_FF);
    gateway_candidates_add(agent, g, first, &group);
    for (size_t i = 0; i < g->gw->n_candidates; i++) {
        if (&g->gw->nodes[i] != first) {
            gateway_candidates_add(agent, g, &g->gw->nodes[i], &group);
        }
    }
    ofctrl_set_group(agent->ofctrl, id, &group, &g->flows);
}

/* Takes away the groups of nodes that are not in 'nves'. */
static void
forget_nodes(struct agent *agent, struct gateway *g, const struct svec *nves)
{
    struct simap_node *node;

    SIMAP_FOR_EACH_SAFE (node, &g->returns) {
        if (!svec_contains(nves, node->name)) {
            ofctrl_unset_group(agent->ofctrl, node->data, &g->flows);
            simap_delete(&g->returns, node);
        }
    }
}

void
return_stage_add_gateway(struct agent *agent, struct gateway *g,
                         struct flow_list *flows)
{
    const struct m_gateway *gw = g->gw;
    struct svec nves = SVEC_EMPTY_INITIALIZER;

    if (gw->vpc->return_zone && vpc_return_gateway_lets_in(gw)) {
        for (size_t i = 0; i < gw->n_candidates; i++) {
            const struct m_nve *nve = gw->nodes[i].nve;
            uint32_t id = obtain_group(agent, g, nve);

            svec_add(&nves, nve->up.name);
            set_group(agent, g, &gw->nodes[i], id);
            add_group_flow(g, nve, id, flows);
            add_exit_flows(gw->vpc, gateway_flows_get_mac(g), nve,
                           gw->up.id, flows);
        }
    }
    svec_sort(&nves);
    forget_nodes(agent, g, &nves);
    svec_destroy(&nves);
}

void
return_stage_forget_gateway(struct agent *agent, struct gateway *g)
{
    struct svec none = SVEC_EMPTY_INITIALIZER;

    forget_nodes(agent, g, &none);
}
