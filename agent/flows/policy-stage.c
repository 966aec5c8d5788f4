/* Flows of policies for what endpoints receive: see policy-stage.h.
 *
 * What holds:
 *
 * - Closed unless opened.  A packet reaches an endpoint to which a policy
 *   applies only through a flow of FLOW_ACL.  If the switch refuses a flow
 *   (its datapath has no conntrack), or the option that carries the label is
 *   not mapped, fewer packets get through, never more.
 * - Every packet in the direction in which a connection was opened is checked
 *   against the rules, not only the first: a connection that is no longer
 *   allowed ends at once.  Answers follow the connection.
 * - No flow of a group mentions an endpoint, and no address but those that
 *   rules name. */

#include <config.h>

#include "agent/flows/policy-stage.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>

#include "agent/agent.h"
#include "agent/flows/pipeline.h"
#include "agent/flows/policy-ct.h"
#include "agent/model/model-label.h"
#include "agent/model/model-policy.h"
#include "agent/model/model-share.h"
#include "agent/model/model-vpc.h"
#include "agent/remotes/enforce.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "flow.h"
#include "lib/tlv-plan.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

/* In FLOW_POLICY: packets from inside of the VPC, and above ARP and ND. */
#define PRI_INSIDE (FLOW_PRI_NORMAL + 10)
#define PRI_TAGGED (FLOW_PRI_HIGH + 1)

uint32_t
policy_stage_get_out(const struct m_endpoint *ep)
{
    return (ofp_to_u16(ep->ofport)
            | (m_endpoint_get_group(ep, POLICY_INGRESS) ? FLOW_OUT_INGRESS : 0)
            | (m_endpoint_get_group(ep, POLICY_EGRESS) ? FLOW_OUT_EGRESS : 0));
}

void
policy_stage_put_sender(const struct m_endpoint *ep, struct ofpbuf *actions)
{
    const struct m_policy_group *group
        = m_endpoint_get_group(ep, POLICY_EGRESS);
    uint32_t label = m_label_get_number(ep);

    if (label) {
        put_load_imm(actions, FLOW_REG_SRC_LABEL, label, 0);
    }
    if (m_endpoint_is_tracked(ep)) {
        put_load_imm(actions, FLOW_REG_OUT, policy_stage_get_out(ep), 0);
    }
    if (group) {
        put_load_imm(actions, FLOW_REG_POLICY, group->id, 0);
    }
}

void
policy_stage_put_receiver(const struct m_endpoint *ep, struct ofpbuf *actions)
{
    const struct m_policy_group *group
        = m_endpoint_get_group(ep, POLICY_INGRESS);

    put_load_imm(actions, FLOW_REG_OUT, policy_stage_get_out(ep), 0);
    if (group) {
        put_load_imm(actions, FLOW_REG_POLICY, group->id, 0);
    }
}

void
policy_stage_add_passes(struct flow_list *flows, uint8_t table, uint8_t next)
{
    static const uint8_t nd_types[] = { ND_NEIGHBOR_SOLICIT,
                                        ND_NEIGHBOR_ADVERT };
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 16);
    put_goto(&actions, next);
    match_init_catchall(&match);
    match_set_dl_type(&match, htons(ETH_TYPE_ARP));
    flow_list_add(flows, table, FLOW_PRI_HIGH, &match, &actions);
    for (size_t i = 0; i < ARRAY_SIZE(nd_types); i++) {
        match_init_catchall(&match);
        match_set_dl_type(&match, htons(ETH_TYPE_IPV6));
        match_set_nw_proto(&match, IPPROTO_ICMPV6);
        match_set_icmp_type(&match, nd_types[i]);
        flow_list_add(flows, table, FLOW_PRI_HIGH, &match, &actions);
    }
    ofpbuf_uninit(&actions);
}

/* Static flows. */

/* An endpoint to which only policies of one direction apply: what goes in the
 * other direction is not checked, but answers to it must be known. */
static void
add_track_flows(struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 64);
    for (int ipv6 = 0; ipv6 < 2; ipv6++) {
        policy_ct_init_bits(&match, ipv6, FLOW_OUT_INGRESS, FLOW_OUT_EGRESS);
        ofpbuf_clear(&actions);
        policy_ct_put_commit(&actions);
        put_goto(&actions, FLOW_NEIGHBOR);
        flow_list_add(flows, FLOW_EGRESS, FLOW_PRI_NORMAL, &match, &actions);

        policy_ct_init_bits(&match, ipv6, FLOW_OUT_EGRESS, FLOW_OUT_INGRESS);
        ofpbuf_clear(&actions);
        policy_ct_put_commit(&actions);
        put_goto(&actions, FLOW_OUTPUT);
        flow_list_add(flows, FLOW_POLICY, FLOW_PRI_NORMAL + 1, &match,
                      &actions);
    }
    ofpbuf_uninit(&actions);
}

/* Receivers to which no policy applies take everything.  ARP and ND pass to
 * all receivers: without them no address can be resolved. */
static void
add_open_flows(struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 16);
    put_goto(&actions, FLOW_OUTPUT);
    match_init_catchall(&match);
    match_set_reg_masked(&match, FLOW_REG_OUT - MFF_REG0, 0,
                         FLOW_OUT_INGRESS);
    flow_list_add(flows, FLOW_POLICY, FLOW_PRI_NORMAL, &match, &actions);
    policy_stage_add_passes(flows, FLOW_POLICY, FLOW_OUTPUT);
    ofpbuf_uninit(&actions);
}

/* All other packets for receivers to which policies apply.  Packets that are
 * not IP, or have a VLAN tag, go to FLOW_ACL untracked, and no rule there
 * matches them: a receiver might interpret what is behind a tag in another
 * way. */
static void
add_selected_flows(struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 64);
    put_load_bits(&actions, FLOW_REG_FLAGS, 1, FLOW_FLAG_FROM_EXTERNAL, 1);
    policy_ct_put_lookup(&actions, FLOW_ACL);
    for (int ipv6 = 0; ipv6 < 2; ipv6++) {
        policy_ct_init_bits(&match, ipv6, FLOW_OUT_INGRESS, 0);
        flow_list_add(flows, FLOW_POLICY, FLOW_PRI_NORMAL, &match, &actions);
    }

    ofpbuf_clear(&actions);
    put_goto(&actions, FLOW_ACL);
    match_init_catchall(&match);
    match_set_reg_masked(&match, FLOW_REG_OUT - MFF_REG0, FLOW_OUT_INGRESS,
                         FLOW_OUT_INGRESS);
    flow_list_add(flows, FLOW_POLICY, FLOW_PRI_DEFAULT, &match, &actions);
    match_set_dl_tci_masked(&match, htons(VLAN_CFI), htons(VLAN_CFI));
    flow_list_add(flows, FLOW_POLICY, PRI_TAGGED, &match, &actions);
    ofpbuf_uninit(&actions);
}

void
policy_stage_add_static(struct flow_list *flows)
{
    add_track_flows(flows);
    add_open_flows(flows);
    add_selected_flows(flows);
    policy_ct_add_flows(flows, FLOW_ACL, FLOW_ACCEPT, FLOW_OUTPUT);
    policy_ct_add_refuse_flows(flows);
}

/* VPCs. */

/* Packets whose source address matches 'match' are from inside. */
static void
add_inside_flow(struct match *match, uint32_t vni, struct flow_list *flows)
{
    struct ofpbuf actions;

    match_set_metadata(match, htonll(vni));
    match_set_reg_masked(match, FLOW_REG_OUT - MFF_REG0, FLOW_OUT_INGRESS,
                         FLOW_OUT_INGRESS);
    ofpbuf_init(&actions, 64);
    policy_ct_put_lookup(&actions, FLOW_ACL);
    flow_list_add(flows, FLOW_POLICY, PRI_INSIDE, match, &actions);
    ofpbuf_uninit(&actions);
}

/* Nothing comes from outside of a VPC that has no subnets: then every address
 * may be one of its endpoints. */
static void
add_inside_flows(const struct m_vpc *vpc, struct flow_list *flows)
{
    const struct vpc *def = vpc->up.object->vpc;
    struct match match;

    for (size_t i = 0; i < def->n_subnets; i++) {
        match_init_catchall(&match);
        match_set_prefix(&match, &def->subnets[i].prefix, false);
        add_inside_flow(&match, vpc->vni, flows);
    }
    for (int ipv6 = 0; !def->n_subnets && ipv6 < 2; ipv6++) {
        match_init_catchall(&match);
        match_set_dl_type(&match, htons(ipv6 ? ETH_TYPE_IPV6 : ETH_TYPE_IP));
        add_inside_flow(&match, vpc->vni, flows);
    }
}

/* A label is the last 32 bits of its option.  A packet that has none, though
 * the profile requires one, gets FLOW_FLAG_UNKNOWN_PEER. */
static void
add_label_flows(const struct agent *agent, const struct m_vpc *vpc,
                const struct resolved_option *option, struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;
    int index;

    ofpbuf_init(&actions, 64);
    index = tlv_plan_get_index(agent->base_plan, option->sender.key,
                               option->sender.length);
    if (index >= 0 && option->sender.length) {
        put_move(&actions, MFF_TUN_METADATA0 + index, 0, FLOW_REG_SRC_LABEL, 0,
                 MIN(option->sender.length * 8, 32));
        put_goto(&actions, FLOW_DELIVER);
        pipeline_init_match(&match, vpc->vni);
        match_set_option_present(&match, index);
        flow_list_add(flows, FLOW_LABEL, FLOW_PRI_HIGH, &match, &actions);
    }
    if (option->sender.required) {
        ofpbuf_clear(&actions);
        put_load_bits(&actions, FLOW_REG_FLAGS, 1, FLOW_FLAG_UNKNOWN_PEER, 1);
        put_goto(&actions, FLOW_DELIVER);
        pipeline_init_match(&match, vpc->vni);
        flow_list_add(flows, FLOW_LABEL, FLOW_PRI_NORMAL, &match, &actions);
    }
    ofpbuf_uninit(&actions);
}

void
policy_stage_add_vpc(const struct agent *agent, const struct m_vpc *vpc,
                     struct flow_list *flows)
{
    const struct resolved_option *option = m_vpc_get_label_option(vpc);

    if (vpc->n_selected[POLICY_INGRESS]) {
        add_inside_flows(vpc, flows);
        if (option) {
            add_label_flows(agent, vpc, option, flows);
        }
    }
}

/* Endpoints. */

void
policy_stage_add_deny_flow(const struct m_endpoint *ep, uint8_t table,
                           struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 16);
    put_goto(&actions, FLOW_REFUSE);
    match_init_catchall(&match);
    match_set_reg(&match, FLOW_REG_OUT - MFF_REG0, policy_stage_get_out(ep));
    flow_list_add(flows, table, POLICY_CT_PRI_DENY, &match, &actions);
    ofpbuf_uninit(&actions);
}

/* As the subnets do, for addresses that are in none. */
static void
add_inside_addresses(const struct m_endpoint *ep, struct flow_list *flows)
{
    const struct endpoint *def = ep->up.object->endpoint;
    const struct vpc *vpc = ep->vpc->up.object->vpc;
    struct match match;

    for (size_t i = 0; vpc->n_subnets && i < def->n_ips; i++) {
        if (!vpc_find_subnet(vpc, &def->ips[i])) {
            match_init_catchall(&match);
            match_set_ip(&match, &def->ips[i], false);
            add_inside_flow(&match, ep->vpc->vni, flows);
        }
    }
}

/* Finds the label of 'ep' by its source address.  That proves nothing unless
 * the packet came from the NVE where the endpoint is. */
static void
add_address_flows(const struct m_endpoint *ep, struct flow_list *flows)
{
    const struct endpoint *def = ep->up.object->endpoint;
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 64);
    put_load_imm(&actions, FLOW_REG_SRC_LABEL, m_label_get_number(ep), 0);
    put_goto(&actions, FLOW_DELIVER);
    for (size_t i = 0; i < def->n_ips; i++) {
        pipeline_init_match(&match, ep->vpc->vni);
        match_set_reg(&match, FLOW_REG_NVE - MFF_REG0, ep->nve->up.id);
        match_set_ip(&match, &def->ips[i], false);
        flow_list_add(flows, FLOW_LABEL, FLOW_PRI_NORMAL, &match, &actions);
    }
    ofpbuf_uninit(&actions);
}

void
policy_stage_add_endpoint(const struct m_endpoint *ep, struct flow_list *flows)
{
    const struct m_share *share = ep->nve ? m_share_get(ep->vpc, ep->nve)
                                          : NULL;

    if (ep->vpc->n_selected[POLICY_INGRESS]) {
        add_inside_addresses(ep, flows);
    }
    if (m_endpoint_get_group(ep, POLICY_INGRESS)) {
        policy_stage_add_deny_flow(ep, FLOW_ACL, flows);
    }
    if (share && share->by_address && m_label_get_number(ep)) {
        add_address_flows(ep, flows);
    }
}
