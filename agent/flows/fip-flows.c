/* Floating IPs: see fip-flows.h.  Those on the node of their endpoint go this
 * way; of those at a gateway fip-gateway.c makes the flows.
 *
 *      FLOW_ROUTE      from the endpoint, and to no subnet: FLOW_REG_GATEWAY
 *      FLOW_FORWARD    fits the external network?
 *      FLOW_EXT_OUT    its MAC, ct(commit,nat(src=FIP))
 *      FLOW_EXT_SNAT   what was translated: to FLOW_EXT_ROUTE
 *
 *      FLOW_EXT_ADDRESS  ARP and ND answered; packets: fit the endpoint?
 *      FLOW_EXT_BACK     ct(commit,nat(dst=IP)); then to FLOW_DELIVER
 *
 * One zone has both directions, so that the answer to what came in goes out by
 * the same connection.  What was not translated goes no further, either way.
 *
 * A packet for a floating IP from this same node takes the way of one that
 * came in (FLOW_EXT_ROUTE): the request for its MAC would get no answer, as no
 * bridge sends back what it was sent.  Each side is translated in its own
 * zone.  If both are one, as an endpoint calls its own floating IP, the zone
 * has two connections: to the address, whose source is translated, and from
 * the address to it, whose destination is.  What the endpoint answers belongs
 * to the second one first, then to the first.  It may have to go out where it
 * came in, so it is from no port from then on.
 *
 * What comes in has no label: policies take it for what it is, external. */

#include <config.h>

#include "agent/flows/fip-flows.h"

#include <stdlib.h>

#include "agent/agent.h"
#include "agent/flows/controller-stage.h"
#include "agent/flows/ext-flows.h"
#include "agent/flows/fip-answers.h"
#include "agent/flows/fip-errors.h"
#include "agent/flows/fip-gateway.h"
#include "agent/flows/pipeline.h"
#include "agent/flows/return-stage.h"
#include "agent/flows/router.h"
#include "agent/model/entity-order.h"
#include "agent/model/model-extnet.h"
#include "agent/model/model-fip.h"
#include "agent/model/model.h"
#include "agent/remotes/gateways.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/nat-zones.h"
#include "agent/switch/ofctrl.h"
#include "flow.h"
#include "lib/virtual-mac.h"
#include "openvswitch/match.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

#define PRI_ROUTE 47                /* Before a gateway's and no route. */
#define PRI_LEAVES 260              /* In FLOW_FORWARD. */
#define PRI_OWN 300                 /* In FLOW_EXT_ROUTE. */
#define PRI_FITS 50                 /* In FLOW_TOO_BIG: after what does not. */

/* In FLOW_EXT_BACK, FLOW_EXT_SNAT. */
enum {
    PRI_TRANSLATED = 300,
    PRI_TTL = 295,
    PRI_TOO_BIG = 290,
    PRI_TRANSLATE = 280,
    PRI_UNTRANSLATED = 270,
};

static const uint32_t fip_flag = 1u << FLOW_FLAG_FIP;

struct eth_addr
fip_flows_get_mac(const struct m_fip *fip)
{
    return virtual_mac("fip", fip->up.name);
}

/* Whether the endpoint is here, and can send. */
static bool
is_here(const struct m_fip *fip)
{
    return (m_fip_get_def(fip) && fip->local && fip->ep->attached
            && m_vpc_is_active(fip->ep->vpc));
}

/* Whether this node is that of the endpoint, and translates. */
static bool
is_distributed(const struct agent *agent, const struct m_fip *fip)
{
    return (is_here(fip) && fip->mode == FLOATING_IP_DISTRIBUTED
            && ext_flows_get_attachment(agent, fip->extnet));
}

bool
fip_flows_has(const struct agent *agent, const struct m_fip *fip)
{
    return is_distributed(agent, fip) || fip_gateway_find(agent, fip);
}

static const struct in6_addr *
get_address(const struct m_fip *fip)
{
    return &m_fip_get_def(fip)->address;
}

static bool
is_ipv6(const struct m_fip *fip)
{
    return !IN6_IS_ADDR_V4MAPPED(&fip->ip);
}

static void
match_init_fip(struct match *match, const struct m_fip *fip)
{
    pipeline_init_gateway(match, fip->up.id);
    match_set_dl_type(match, htons(is_ipv6(fip) ? ETH_TYPE_IPV6
                                                : ETH_TYPE_IP));
}

/* Out. */

void
fip_flows_add_route(const struct m_fip *fip, uint32_t id,
                    struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    pipeline_init_match(&match, fip->ep->vpc->vni);
    match_set_dl_dst(&match, (struct eth_addr) GATEWAY_MAC);
    match_set_ip(&match, &fip->ip, false);
    ofpbuf_init(&actions, 64);
    put_dec_ttl(&actions);
    put_load_imm(&actions, FLOW_REG_GATEWAY, id, 0);
    put_goto(&actions, FLOW_METER);
    flow_list_add(flows, FLOW_ROUTE, PRI_ROUTE, &match, &actions);
    ofpbuf_uninit(&actions);
}

static void
put_check_mtu(struct ofpbuf *actions, int mtu)
{
    put_load_imm(actions, FLOW_REG_MTU, mtu, 0);
    put_check_larger(actions, mtu + ETH_HEADER_LEN, FLOW_REG_FLAGS,
                     FLOW_FLAG_TOO_BIG);
}

static void
add_forward_flow(const struct m_fip *fip, struct flow_list *flows)
{
    int mtu = external_network_get_mtu(m_extnet_get_def(fip->extnet));
    struct ofpbuf actions;
    struct match match;

    match_init_fip(&match, fip);
    ofpbuf_init(&actions, 128);
    put_load_bits(&actions, FLOW_REG_FLAGS, 1, FLOW_FLAG_FIP, 1);
    put_check_mtu(&actions, mtu);
    put_goto(&actions, FLOW_TOO_BIG);
    flow_list_add(flows, FLOW_FORWARD, PRI_LEAVES, &match, &actions);
    ofpbuf_uninit(&actions);
}

static void
add_out_flow(const struct m_fip *fip, struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    match_init_fip(&match, fip);
    ofpbuf_init(&actions, 128);
    put_load_imm(&actions, FLOW_REG_EXTNET, fip->extnet->up.id, 0);
    put_set_eth_src(&actions, fip_flows_get_mac(fip));
    put_ct_snat(&actions, fip->zone, get_address(fip), FLOW_EXT_SNAT);
    flow_list_add(flows, FLOW_EXT_OUT, FLOW_PRI_NORMAL, &match, &actions);
    ofpbuf_uninit(&actions);
}

/* In. */

/* To the address from this same node. */
static void
add_own_flow(const struct m_fip *fip, struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    pipeline_init_extnet(&match, fip->extnet->up.id);
    match_set_ip(&match, get_address(fip), true);
    ofpbuf_init(&actions, 64);
    ofpact_put_CT_CLEAR(&actions);
    put_load_imm(&actions, MFF_IN_PORT, ofp_to_u16(OFPP_NONE), 0);
    put_set_eth_dst(&actions, fip_flows_get_mac(fip));
    put_resubmit(&actions, FLOW_EXT_ADDRESS);
    flow_list_add(flows, FLOW_EXT_ROUTE, PRI_OWN, &match, &actions);
    ofpbuf_uninit(&actions);
}

static void
add_address_flow(const struct m_fip *fip, struct flow_list *flows)
{
    const struct m_vpc *vpc = fip->ep->vpc;
    struct ofpbuf actions;
    struct match match;

    pipeline_init_extnet(&match, fip->extnet->up.id);
    match_set_dl_dst(&match, fip_flows_get_mac(fip));
    match_set_ip(&match, get_address(fip), true);
    ofpbuf_init(&actions, 256);
    put_load_imm(&actions, FLOW_REG_GATEWAY, fip->up.id, 0);
    put_load_imm(&actions, FLOW_REG_VNI, vpc->vni, 0);
    put_load_imm(&actions, FLOW_REG_SRC_LABEL, 0, 0);
    put_load_imm(&actions, FLOW_REG_FLAGS, fip_flag, 0);
    if (vpc->iface_mtu) {
        put_check_mtu(&actions, vpc->iface_mtu);
    }
    put_goto(&actions, FLOW_EXT_BACK);
    flow_list_add(flows, FLOW_EXT_ADDRESS, FLOW_PRI_HIGH, &match, &actions);
    ofpbuf_uninit(&actions);
}

static void
add_back_flow(const struct m_fip *fip, struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    match_init_fip(&match, fip);
    match_set_ct_state_masked(&match, 0, CS_TRACKED);
    ofpbuf_init(&actions, 256);
    put_dec_ttl(&actions);
    if (fip->ep->vpc->return_zone) {
        put_set_eth_src(&actions, fip_flows_get_mac(fip));
        return_stage_put_entered(&actions);
    } else {
        put_set_eth_src(&actions, (struct eth_addr) GATEWAY_MAC);
    }
    put_set_eth_dst(&actions, fip->ep->up.object->endpoint->mac);
    put_ct_dnat(&actions, fip->zone, &fip->ip, FLOW_EXT_BACK);
    flow_list_add(flows, FLOW_EXT_BACK, PRI_TRANSLATE, &match, &actions);
    ofpbuf_uninit(&actions);
}

/* Owners. */

/* Another address, on either side, is another zone: connections of the one
 * before would go on with it. */
static char *
get_zone_name(const struct m_fip *fip)
{
    char outside[INET6_ADDRSTRLEN], inside[INET6_ADDRSTRLEN];

    ipv6_string_mapped(outside, get_address(fip));
    ipv6_string_mapped(inside, &fip->ip);
    return xasprintf("fip/%s/%s/%s", fip->up.name, outside, inside);
}

/* Gives 'fip' a zone if this node has it, else takes its zone away.  Returns
 * whether it has one. */
static bool
set_zone(struct agent *agent, struct m_fip *fip)
{
    char *name = fip_flows_has(agent, fip) ? get_zone_name(fip) : NULL;

    if (!nullable_string_is_equal(name, fip->zone_name)) {
        if (fip->zone_name) {
            nat_zones_release(agent->nat_zones, fip->zone_name);
        }
        free(fip->zone_name);
        fip->zone_name = nullable_xstrdup(name);
        fip->announced = false;
    }
    fip->zone = name ? nat_zones_take(agent->nat_zones, name) : 0;
    free(name);
    return fip->zone != 0;
}

static void
fip_flows_make(struct agent *agent, struct m_fip *fip)
{
    const struct gateway *g = fip_gateway_find(agent, fip);
    struct flow_list flows;

    flow_list_init(&flows);
    fip->group = g ? g->groups[GATEWAY_GROUP_OWNER] : 0;
    if (is_here(fip) && fip->mode == FLOATING_IP_GATEWAY) {
        fip_gateway_add_route(agent, fip, &flows);
    }
    if (!set_zone(agent, fip)) {
        /* No flows. */
    } else if (g) {
        fip_gateway_add_flows(agent, fip, g, &flows);
    } else {
        fip_flows_add_route(fip, fip->up.id, &flows);
        add_forward_flow(fip, &flows);
        add_out_flow(fip, &flows);
        add_own_flow(fip, &flows);
        add_address_flow(fip, &flows);
        add_back_flow(fip, &flows);
        return_stage_add_fip(fip, fip_flows_get_mac(fip), &flows);
        fip_answers_add_flow(fip, agent->nd_by_agent, &flows);
        fip_errors_add_flows(agent, fip, fip->up.id, fip_flows_get_mac(fip),
                             &flows);
    }
    ofctrl_replace(agent->ofctrl, &fip->flows, &flows);
    flow_list_destroy(&flows);
}

static void
add_fips(struct hmapx *fips, const struct hmapx *members)
{
    const struct hmapx_node *node;

    HMAPX_FOR_EACH (node, members) {
        hmapx_add(fips, node->data);
    }
}

static void
add_fips_of_gateways(const struct model *model, struct hmapx *fips)
{
    const struct entity *entity;

    HMAP_FOR_EACH (entity, node, &model->entities[MODEL_FIP]) {
        struct m_fip *fip = M_CAST(m_fip, entity);

        if (fip->gateway
            && hmapx_contains(&model->changed_gateways, fip->gateway)) {
            hmapx_add(fips, fip);
        }
    }
}

/* Adds those whose gateway has come to be usable here, or not to be, without a
 * change of its object. */
static void
add_fips_with_other_group(const struct agent *agent, struct hmapx *fips)
{
    const struct entity *entity;

    HMAP_FOR_EACH (entity, node, &agent->model->entities[MODEL_FIP]) {
        struct m_fip *fip = M_CAST(m_fip, entity);
        const struct gateway *g = fip_gateway_find(agent, fip);

        if (fip->group != (g ? g->groups[GATEWAY_GROUP_OWNER] : 0)) {
            hmapx_add(fips, fip);
        }
    }
}

void
fip_flows_get_changed(const struct model *model, struct hmapx *fips)
{
    const struct hmapx_node *node, *user;

    add_fips(fips, &model->changed_fips);
    HMAPX_FOR_EACH (node, &model->changed_endpoints) {
        add_fips(fips, &m_endpoint_get_users(node->data)->fips);
    }
    HMAPX_FOR_EACH (node, &model->changed_vpcs) {
        const struct m_vpc *vpc = node->data;

        HMAPX_FOR_EACH (user, &vpc->local) {
            add_fips(fips, &m_endpoint_get_users(user->data)->fips);
        }
    }
    HMAPX_FOR_EACH (node, &model->changed_extnets) {
        const struct m_extnet *extnet = node->data;

        HMAPX_FOR_EACH (user, &extnet->users) {
            struct entity *entity = user->data;

            if (entity->class->kind == MODEL_FIP) {
                hmapx_add(fips, M_CAST(m_fip, entity));
            }
        }
    }
    if (!hmapx_is_empty(&model->changed_gateways)) {
        add_fips_of_gateways(model, fips);
    }
}

/* In the order of names, so that zones do not depend on chance. */
void
fip_flows_run(struct agent *agent, bool gateways_changed)
{
    struct hmapx fips = HMAPX_INITIALIZER(&fips);
    void **sorted;

    fip_flows_get_changed(agent->model, &fips);
    if (gateways_changed) {
        add_fips_with_other_group(agent, &fips);
    }
    if (hmapx_is_empty(&fips)) {
        return;
    }
    sorted = entity_order_list(&fips);
    for (size_t i = 0; i < hmapx_count(&fips); i++) {
        fip_flows_make(agent, sorted[i]);
    }
    free(sorted);
    hmapx_destroy(&fips);
}

/* Static flows. */

/* In 'table', packets of floating IPs that are in 'state' go on to 'next', or,
 * if that is 0, no further, where they are counted. */
static void
add_state_flow(struct flow_list *flows, uint8_t table, uint16_t priority,
               uint32_t state, uint8_t next)
{
    struct match match;

    match_init_catchall(&match);
    match_set_reg_masked(&match, FLOW_REG_FLAGS - MFF_REG0, fip_flag,
                         fip_flag);
    match_set_ct_state_masked(&match, state, state);
    flow_list_add_goto(flows, table, priority, &match, next);
}

static void
match_init_arrived(struct match *match)
{
    match_init_catchall(match);
    match_set_reg_masked(match, FLOW_REG_FLAGS - MFF_REG0, fip_flag,
                         fip_flag);
    match_set_ct_state_masked(match, 0, CS_TRACKED);
}

static void
add_error_flow(struct flow_list *flows, uint16_t priority,
               const struct match *match,
               enum controller_stage_reason reason)
{
    struct ofpbuf actions;

    ofpbuf_init(&actions, 32);
    controller_stage_put(&actions, reason);
    flow_list_add(flows, FLOW_EXT_BACK, priority, match, &actions);
    ofpbuf_uninit(&actions);
}

/* What came in and does not fit the endpoint, or has been routed too often. */
static void
add_error_flows(struct flow_list *flows)
{
    static const uint16_t types[] = { ETH_TYPE_IP, ETH_TYPE_IPV6 };
    const uint32_t bits = fip_flag | 1u << FLOW_FLAG_TOO_BIG;
    struct match match;

    match_init_arrived(&match);
    match_set_reg_masked(&match, FLOW_REG_FLAGS - MFF_REG0, bits, bits);
    add_error_flow(flows, PRI_TOO_BIG, &match, CONTROLLER_STAGE_EXT_TOO_BIG);
    for (size_t i = 0; i < 2 * ARRAY_SIZE(types); i++) {
        match_init_arrived(&match);
        match_set_dl_type(&match, htons(types[i / 2]));
        match_set_nw_ttl(&match, i % 2);
        add_error_flow(flows, PRI_TTL, &match, CONTROLLER_STAGE_EXT_TTL);
    }
}

void
fip_flows_add_static(bool nd_by_agent, struct flow_list *flows)
{
    const uint32_t trk = CS_TRACKED;

    add_state_flow(flows, FLOW_TOO_BIG, PRI_FITS, 0, FLOW_EXT_OUT);
    add_state_flow(flows, FLOW_EXT_SNAT, PRI_TRANSLATED, trk | CS_SRC_NAT,
                   FLOW_EXT_ROUTE);
    add_state_flow(flows, FLOW_EXT_SNAT, PRI_UNTRANSLATED, 0, 0);
    add_error_flows(flows);
    add_state_flow(flows, FLOW_EXT_BACK, PRI_TRANSLATED, trk | CS_DST_NAT,
                   FLOW_DELIVER);
    add_state_flow(flows, FLOW_EXT_BACK, PRI_UNTRANSLATED, 0, 0);
    if (!nd_by_agent) {
        fip_answers_add_static(flows);
    }
}
