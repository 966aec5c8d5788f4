/* What is from outside of a VPC, and came by a tunnel: see outside-stage.h.
 *
 * It is believed only of some NVEs (model/vpc-trust.h), and has no label then:
 * such a packet goes on to FLOW_DELIVER past FLOW_LABEL.  If it has the MAC of
 * a gateway that its NVE can be, or of an appliance that is there, answers are
 * to go back there (return-stage.c).
 *
 * Some remotes' packets have the type of their sender, by an option that was
 * negotiated.  The type gateway says that the packet is passed on for somebody
 * else, which takes an NVE that a gateway names or where an appliance is:
 *
 *                        from such an NVE    from others
 *   type gateway,
 *     from outside       let in              FLOW_DISBELIEVED
 *     from inside        FLOW_DISBELIEVED    FLOW_DISBELIEVED
 *     from its own IP    FLOW_LABEL          FLOW_LABEL
 *   another type or none,
 *     from outside       let in              dropped
 *     from inside        FLOW_LABEL          FLOW_LABEL
 *
 * The third row is what a sender of that type says itself, which needs no
 * belief: an appliance is an endpoint, with a label.  The last two rows are
 * the way by addresses, for remotes that do not send types.
 *
 * Where an endpoint with a floating IP is, an NVE may bring in what is from
 * outside, but has no gateway to pass it on. */

#include <config.h>

#include "agent/flows/outside-stage.h"

#include <stdlib.h>

#include "agent/agent.h"
#include "agent/flows/gateway-flows.h"
#include "agent/flows/pipeline.h"
#include "agent/flows/return-stage.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model-nve.h"
#include "agent/model/model-route.h"
#include "agent/model/model-share.h"
#include "agent/model/vpc-return.h"
#include "agent/model/vpc-trust.h"
#include "agent/remotes/gateways.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "lib/resource-endpoint.h"
#include "lib/tlv-plan.h"
#include "lib/value-encode.h"
#include "lib/value.h"
#include "openvswitch/match.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

/* In FLOW_SOURCE. */
enum {
    PRI_LINK = 150,
    PRI_OWN = 145,
    PRI_CLAIMS_INSIDE = 140,
    PRI_INSIDE = 120,
    PRI_NO_GATEWAY = 118,
    PRI_ENTERED = 115,
    PRI_TRUSTED = 110,
    PRI_CLAIMS = 105,
    PRI_OUTSIDE = 100,
};

/* Sources that are no address of the VPC, but of one that has none yet, or of
 * its link. */
static const char *const link_sources[] = { "0.0.0.0/32", "::/128",
                                            "fe80::/10" };

static const uint16_t families[] = { ETH_TYPE_IP, ETH_TYPE_IPV6 };

/* The NVEs that bring in what is from outside.  It has no label. */
static void
add_trusted(const struct m_vpc *vpc, struct flow_list *flows)
{
    struct hmapx nves = HMAPX_INITIALIZER(&nves);
    const struct hmapx_node *node;

    vpc_trust_get_nves(vpc, &nves);
    HMAPX_FOR_EACH (node, &nves) {
        const struct m_nve *nve = node->data;
        struct match match;

        pipeline_init_match(&match, vpc->vni);
        match_set_reg(&match, FLOW_REG_NVE - MFF_REG0, nve->up.id);
        flow_list_add_goto(flows, FLOW_SOURCE, PRI_TRUSTED, &match,
                           FLOW_DELIVER);
    }
    hmapx_destroy(&nves);
}

static void
add_inside(const struct m_vpc *vpc, const struct ip_prefix *p,
           uint16_t priority, struct flow_list *flows)
{
    struct match match;

    pipeline_init_match(&match, vpc->vni);
    match_set_prefix(&match, p, false);
    flow_list_add_goto(flows, FLOW_SOURCE, priority, &match, FLOW_LABEL);
}

static void
add_source_flows(const struct m_vpc *vpc, struct flow_list *flows)
{
    const struct vpc *def = vpc->up.object->vpc;
    struct match match;

    for (int ipv6 = 0; ipv6 < 2; ipv6++) {
        pipeline_init_match(&match, vpc->vni);
        match_set_dl_type(&match, htons(ipv6 ? ETH_TYPE_IPV6 : ETH_TYPE_IP));
        flow_list_add_drop(flows, FLOW_SOURCE, PRI_OUTSIDE, &match);
    }
    for (size_t i = 0; i < def->n_subnets; i++) {
        add_inside(vpc, &def->subnets[i].prefix, PRI_INSIDE, flows);
    }
    for (size_t i = 0; i < ARRAY_SIZE(link_sources); i++) {
        struct ip_prefix p;

        ovs_assert(ip_prefix_from_string(link_sources[i], &p));
        add_inside(vpc, &p, PRI_LINK, flows);
    }
}

/* Types. */

/* Adds flows for what is of type gateway by the option at 'index', whose
 * 'data' says so, and is not believed. */
static void
add_claims(const struct m_vpc *vpc, unsigned int index, const uint8_t *data,
           size_t len, struct flow_list *flows)
{
    const struct vpc *def = vpc->up.object->vpc;
    struct hmapx nves = HMAPX_INITIALIZER(&nves);
    const struct hmapx_node *node;
    struct match match;

    for (size_t i = 0; i < def->n_subnets; i++) {
        pipeline_init_match(&match, vpc->vni);
        match_set_prefix(&match, &def->subnets[i].prefix, false);
        match_set_option(&match, index, data, len);
        flow_list_add_goto(flows, FLOW_SOURCE, PRI_CLAIMS_INSIDE, &match,
                           FLOW_DISBELIEVED);
    }
    vpc_trust_get_nves(vpc, &nves);
    for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
        pipeline_init_match(&match, vpc->vni);
        match_set_dl_type(&match, htons(families[i]));
        match_set_option(&match, index, data, len);
        flow_list_add_goto(flows, FLOW_SOURCE, PRI_CLAIMS, &match,
                           FLOW_DISBELIEVED);
        HMAPX_FOR_EACH (node, &nves) {
            const struct m_nve *nve = node->data;
            const struct entity *by;

            if (vpc_trust_find(vpc, nve, &by) == VPC_TRUST_FIP) {
                match_set_reg(&match, FLOW_REG_NVE - MFF_REG0, nve->up.id);
                flow_list_add_goto(flows, FLOW_SOURCE, PRI_NO_GATEWAY, &match,
                                   FLOW_DISBELIEVED);
            }
        }
    }
    hmapx_destroy(&nves);
}

static void
add_types(const struct agent *agent, const struct m_vpc *vpc,
          struct flow_list *flows)
{
    const struct endpoint sender = { .has_type = true, .type = EP_GATEWAY };

    for (size_t i = 0; vpc->profile && i < vpc->profile->n_options; i++) {
        const struct resolved_option *o = &vpc->profile->options[i];
        int index = tlv_plan_get_index(agent->base_plan, o->sender.key,
                                       o->sender.length);
        uint8_t data[GENEVE_OPT_MAX_DATA];
        char *error;

        if (o->value.from != VALUE_EP_TYPE || index < 0) {
            continue;
        }
        if (value_encode(&o->value, o->sender.length, &sender, NULL, NULL,
                         data, &error) == VALUE_OK) {
            add_claims(vpc, index, data, o->sender.length, flows);
        }
        free(error);
    }
}

void
outside_stage_add_endpoint(const struct m_endpoint *ep,
                           struct flow_list *flows)
{
    const struct endpoint *def = ep->up.object->endpoint;

    for (size_t i = 0; m_route_is_appliance(ep) && i < def->n_ips; i++) {
        struct match match;

        pipeline_init_match(&match, ep->vpc->vni);
        match_set_ip(&match, &def->ips[i], false);
        flow_list_add_goto(flows, FLOW_SOURCE, PRI_OWN, &match, FLOW_LABEL);
    }
}

void
outside_stage_add_nve(const struct m_nve *nve, struct flow_list *flows)
{
    const struct m_share *share;
    struct match match;

    HMAP_FOR_EACH (share, nve_node, &nve->shares) {
        if (vpc_trust_is_needed(share->vpc)) {
            match_init_catchall(&match);
            match_set_reg(&match, FLOW_REG_NVE - MFF_REG0, nve->up.id);
            flow_list_add_drop(flows, FLOW_DISBELIEVED, FLOW_PRI_NORMAL,
                               &match);
            return;
        }
    }
}

/* Answers. */

/* What has 'mac' and came by 'nve' is answered there. */
static void
add_entered(const struct m_vpc *vpc, const struct m_nve *nve,
            struct eth_addr mac, bool appliance, struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 64);
    if (appliance) {
        return_stage_put_passed_on(&actions);
    } else {
        return_stage_put_entered(&actions);
    }
    put_goto(&actions, FLOW_DELIVER);
    for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
        pipeline_init_match(&match, vpc->vni);
        match_set_reg(&match, FLOW_REG_NVE - MFF_REG0, nve->up.id);
        match_set_dl_src(&match, mac);
        match_set_dl_type(&match, htons(families[i]));
        flow_list_add(flows, FLOW_SOURCE, PRI_ENTERED, &match, &actions);
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
        const struct m_endpoint *ep = node->data;

        if (ep->nve) {
            add_entered(vpc, ep->nve, ep->up.object->endpoint->mac, true,
                        flows);
        }
    }
    hmapx_destroy(&eps);
}

void
outside_stage_add_gateway(const struct gateway *g, struct flow_list *flows)
{
    const struct m_gateway *gw = g->gw;

    if (!gw->vpc->return_zone || !vpc_trust_is_needed(gw->vpc)
        || !vpc_return_gateway_lets_in(gw)) {
        return;
    }
    for (size_t i = 0; i < gw->n_candidates; i++) {
        if (!gw->nodes[i].is_self) {
            add_entered(gw->vpc, gw->nodes[i].nve, gateway_flows_get_mac(g),
                        false, flows);
        }
    }
}

void
outside_stage_add_vpc(const struct agent *agent, const struct m_vpc *vpc,
                      struct flow_list *flows)
{
    if (!vpc_trust_is_needed(vpc)) {
        return;
    }
    add_source_flows(vpc, flows);
    add_trusted(vpc, flows);
    add_types(agent, vpc, flows);
    if (vpc->return_zone) {
        add_appliances(vpc, flows);
    }
}

void
outside_stage_add_static(struct flow_list *flows)
{
    struct match match;

    match_init_catchall(&match);
    flow_list_add_goto(flows, FLOW_SOURCE, FLOW_PRI_DEFAULT, &match,
                       FLOW_LABEL);
}
