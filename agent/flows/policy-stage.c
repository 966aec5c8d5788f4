/* Flows of policies: see policy-stage.h.
 *
 * What holds:
 *
 * - Closed unless opened.  A packet reaches an endpoint that a policy selects
 *   only through a flow of FLOW_ACL.  If the switch refuses a flow (its
 *   datapath has no conntrack), or the option that carries the label is not
 *   mapped, fewer packets get through, never more.
 * - Every packet in the direction in which a connection was opened is checked
 *   against the rules, not only the first: a connection that is no longer
 *   allowed ends at once.  Answers follow the connection.
 * - No flow of a group mentions an endpoint or an address. */

#include <config.h>

#include "agent/flows/policy-stage.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>

#include "agent/agent.h"
#include "agent/flows/pipeline.h"
#include "agent/model/model-label.h"
#include "agent/model/model-policy.h"
#include "agent/model/model-share.h"
#include "agent/model/model-vpc.h"
#include "agent/remotes/enforce.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/ofctrl.h"
#include "flow.h"
#include "lib/tlv-plan.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

#define ZONE_BITS 16                /* FLOW_REG_OUT's low half. */
#define SELECTED (UINT32_C(1) << FLOW_OUT_SELECTED)

/* Flows that allow packets: above the clauses of conjunctions, which may match
 * the same packets. */
#define PRI_ALLOW (FLOW_PRI_NORMAL + 1)
/* A receiver's own drop flow: below all flows that let packets through. */
#define PRI_DENY 50
/* In FLOW_POLICY, above ARP and ND. */
#define PRI_TAGGED (FLOW_PRI_HIGH + 1)

static const uint16_t ip_types[] = { ETH_TYPE_IP, ETH_TYPE_IPV6 };

/* Appends ct() in the zone that FLOW_REG_OUT has.  The packet goes on in
 * 'table' with its connection's state, unless that is NX_CT_RECIRC_NONE. */
static void
put_ct(struct ofpbuf *ofpacts, uint16_t flags, uint8_t table)
{
    struct ofpact_conntrack *ct = ofpact_put_CT(ofpacts);

    ct->flags = flags;
    ct->zone_src.field = mf_from_id(FLOW_REG_OUT);
    ct->zone_src.ofs = 0;
    ct->zone_src.n_bits = ZONE_BITS;
    ct->recirc_table = table;
    ofpact_finish(ofpacts, &ct->ofpact);
}

static void
match_set_selected(struct match *match, bool selected)
{
    match_set_reg_masked(match, FLOW_REG_OUT - MFF_REG0,
                         selected ? SELECTED : 0, SELECTED);
}

static uint32_t
m_endpoint_get_out(const struct m_endpoint *ep)
{
    return ofp_to_u16(ep->ofport) | (ep->group ? SELECTED : 0);
}

void
policy_stage_put_sender(const struct m_endpoint *ep, struct ofpbuf *actions)
{
    uint32_t label = m_label_get_number(ep);

    if (label) {
        put_load_imm(actions, FLOW_REG_SRC_LABEL, label, 0);
    }
    if (ep->group) {
        put_load_imm(actions, FLOW_REG_OUT, m_endpoint_get_out(ep), 0);
    }
}

void
policy_stage_put_receiver(const struct m_endpoint *ep, struct ofpbuf *actions)
{
    put_load_imm(actions, FLOW_REG_OUT, m_endpoint_get_out(ep), 0);
    if (ep->group) {
        put_load_imm(actions, FLOW_REG_POLICY, ep->group->id, 0);
    }
}

/* Static flows. */

static void
add_egress_flows(struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 64);
    put_ct(&actions, NX_CT_F_COMMIT, NX_CT_RECIRC_NONE);
    put_goto(&actions, FLOW_NEIGHBOR);
    for (size_t i = 0; i < ARRAY_SIZE(ip_types); i++) {
        match_init_catchall(&match);
        match_set_selected(&match, true);
        match_set_dl_type(&match, htons(ip_types[i]));
        flow_list_add(flows, FLOW_EGRESS, FLOW_PRI_NORMAL, &match, &actions);
    }
    ofpbuf_uninit(&actions);
}

/* Receivers that no policy selects take everything.  ARP and ND pass to all
 * receivers: without them no address can be resolved. */
static void
add_open_flows(struct flow_list *flows)
{
    static const uint8_t nd_types[] = { ND_NEIGHBOR_SOLICIT,
                                        ND_NEIGHBOR_ADVERT };
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 64);
    put_goto(&actions, FLOW_OUTPUT);
    match_init_catchall(&match);
    match_set_selected(&match, false);
    flow_list_add(flows, FLOW_POLICY, FLOW_PRI_NORMAL, &match, &actions);
    match_init_catchall(&match);
    match_set_dl_type(&match, htons(ETH_TYPE_ARP));
    flow_list_add(flows, FLOW_POLICY, FLOW_PRI_HIGH, &match, &actions);
    for (size_t i = 0; i < ARRAY_SIZE(nd_types); i++) {
        match_init_catchall(&match);
        match_set_dl_type(&match, htons(ETH_TYPE_IPV6));
        match_set_nw_proto(&match, IPPROTO_ICMPV6);
        match_set_icmp_type(&match, nd_types[i]);
        flow_list_add(flows, FLOW_POLICY, FLOW_PRI_HIGH, &match, &actions);
    }
    ofpbuf_uninit(&actions);
}

/* All other packets for a selected receiver.  Packets that are not IP, or have
 * a VLAN tag, go to FLOW_ACL untracked, and no rule there matches them: a
 * receiver might interpret what is behind a tag in another way. */
static void
add_selected_flows(struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 64);
    put_ct(&actions, 0, FLOW_ACL);
    for (size_t i = 0; i < ARRAY_SIZE(ip_types); i++) {
        match_init_catchall(&match);
        match_set_selected(&match, true);
        match_set_dl_type(&match, htons(ip_types[i]));
        flow_list_add(flows, FLOW_POLICY, FLOW_PRI_NORMAL, &match, &actions);
    }

    ofpbuf_clear(&actions);
    put_goto(&actions, FLOW_ACL);
    match_init_catchall(&match);
    match_set_selected(&match, true);
    flow_list_add(flows, FLOW_POLICY, FLOW_PRI_DEFAULT, &match, &actions);
    match_set_dl_tci_masked(&match, htons(VLAN_CFI), htons(VLAN_CFI));
    flow_list_add(flows, FLOW_POLICY, PRI_TAGGED, &match, &actions);
    ofpbuf_uninit(&actions);
}

/* Makes 'match' match packets that conntrack considers valid, and that have a
 * label if they must have one. */
static void
match_init_tracked(struct match *match, uint32_t state)
{
    match_init_catchall(match);
    match_set_ct_state_masked(match, CS_TRACKED | state,
                              CS_TRACKED | CS_INVALID | state);
    match_set_reg_masked(match, FLOW_REG_FLAGS - MFF_REG0, 0,
                         1u << FLOW_FLAG_LABEL_MISSING);
}

static void
add_acl_flows(struct flow_list *flows)
{
    static const uint32_t states[] = { CS_ESTABLISHED | CS_REPLY_DIR,
                                       CS_RELATED };
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 64);
    put_goto(&actions, FLOW_OUTPUT);
    for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
        match_init_tracked(&match, states[i]);
        flow_list_add(flows, FLOW_ACL, FLOW_PRI_HIGH, &match, &actions);
    }
    match_init_catchall(&match);
    flow_list_add(flows, FLOW_ACCEPT, FLOW_PRI_DEFAULT, &match, &actions);

    ofpbuf_clear(&actions);
    match_init_catchall(&match);
    flow_list_add(flows, FLOW_ACL, FLOW_PRI_DEFAULT, &match, &actions);

    put_ct(&actions, NX_CT_F_COMMIT, NX_CT_RECIRC_NONE);
    put_goto(&actions, FLOW_OUTPUT);
    for (size_t i = 0; i < ARRAY_SIZE(ip_types); i++) {
        match_init_catchall(&match);
        match_set_ct_state_masked(&match, CS_TRACKED | CS_NEW,
                                  CS_TRACKED | CS_NEW);
        match_set_dl_type(&match, htons(ip_types[i]));
        flow_list_add(flows, FLOW_ACCEPT, FLOW_PRI_NORMAL, &match, &actions);
    }
    ofpbuf_uninit(&actions);
}

void
policy_stage_add_static(struct flow_list *flows)
{
    add_egress_flows(flows);
    add_open_flows(flows);
    add_selected_flows(flows);
    add_acl_flows(flows);
}

/* VPCs. */

/* A label is the last 32 bits of its option.  A packet that has none, though
 * the profile requires one, gets FLOW_FLAG_LABEL_MISSING. */
void
policy_stage_add_vpc(const struct agent *agent, const struct m_vpc *vpc,
                     struct flow_list *flows)
{
    const struct resolved_option *option = m_vpc_get_label_option(vpc);
    struct ofpbuf actions;
    struct match match;
    int index;

    if (!vpc->n_selected || !option) {
        return;
    }
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
        put_load_bits(&actions, FLOW_REG_FLAGS, 1, FLOW_FLAG_LABEL_MISSING, 1);
        put_goto(&actions, FLOW_DELIVER);
        pipeline_init_match(&match, vpc->vni);
        flow_list_add(flows, FLOW_LABEL, FLOW_PRI_NORMAL, &match, &actions);
    }
    ofpbuf_uninit(&actions);
}

/* Endpoints. */

static void
add_deny_flow(const struct m_endpoint *ep, struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 0);
    match_init_catchall(&match);
    match_set_reg(&match, FLOW_REG_OUT - MFF_REG0, m_endpoint_get_out(ep));
    flow_list_add(flows, FLOW_ACL, PRI_DENY, &match, &actions);
    ofpbuf_uninit(&actions);
}

static void
match_set_ip_src(struct match *match, const struct in6_addr *ip)
{
    if (IN6_IS_ADDR_V4MAPPED(ip)) {
        match_set_dl_type(match, htons(ETH_TYPE_IP));
        match_set_nw_src(match, in6_addr_get_mapped_ipv4(ip));
    } else {
        match_set_dl_type(match, htons(ETH_TYPE_IPV6));
        match_set_ipv6_src(match, ip);
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
        match_set_ip_src(&match, &def->ips[i]);
        flow_list_add(flows, FLOW_LABEL, FLOW_PRI_NORMAL, &match, &actions);
    }
    ofpbuf_uninit(&actions);
}

void
policy_stage_add_endpoint(const struct m_endpoint *ep, struct flow_list *flows)
{
    const struct m_share *share = ep->nve ? m_share_get(ep->vpc, ep->nve)
                                          : NULL;

    if (ep->group) {
        add_deny_flow(ep, flows);
    } else if (share && share->by_address && m_label_get_number(ep)) {
        add_address_flows(ep, flows);
    }
}

/* Groups. */

static void
match_init_group(struct match *match, const struct m_policy_group *group)
{
    match_init_tracked(match, 0);
    match_set_reg(match, FLOW_REG_POLICY - MFF_REG0, group->id);
}

/* Matches protocol and port.  They are taken from the connection, not from the
 * packet: Open vSwitch takes the ports of a first fragment to be 0, but knows
 * those of its connection.  (The packet goes in the direction in which the
 * connection was opened, so they are the same.)  For later fragments it takes
 * both to be 0, so these have a clause of their own.  The kernel's datapath
 * goes on with whole packets.
 *
 * For SCTP the port is taken from the packet, as connections of the userspace
 * datapath have no SCTP ports.  Then a first fragment matches no port. */
static void
match_set_ports(struct match *match, const struct policy_match *m)
{
    if (m->protocol == IPPROTO_SCTP) {
        match_set_nw_proto(match, m->protocol);
        if (m->mask) {
            match_set_tp_dst_masked(match, htons(m->port), htons(m->mask));
        }
    } else {
        match_set_ct_nw_proto(match, m->protocol);
        if (m->mask) {
            match_set_ct_tp_dst_masked(match, htons(m->port), htons(m->mask));
        }
    }
}

/* Adds the flow of a clause's match, or one for IPv4 and one for IPv6. */
static void
add_match(const struct m_policy_group *group, const struct policy_match *m,
          uint16_t priority, const struct ofpbuf *actions,
          struct flow_list *flows)
{
    struct match match;

    match_init_group(&match, group);
    if (m->has_label) {
        match_set_reg(&match, FLOW_REG_SRC_LABEL - MFF_REG0, m->label);
    }
    if (!m->protocol) {
        flow_list_add(flows, FLOW_ACL, priority, &match, actions);
        return;
    }
    match_set_ports(&match, m);
    if (m->fragment) {
        match_set_nw_frag_masked(&match, FLOW_NW_FRAG_MASK, FLOW_NW_FRAG_MASK);
    }
    if (m->protocol != IPPROTO_ICMPV6) {
        match_set_dl_type(&match, htons(ETH_TYPE_IP));
        flow_list_add(flows, FLOW_ACL, priority, &match, actions);
    }
    if (m->protocol != IPPROTO_ICMP) {
        match_set_dl_type(&match, htons(ETH_TYPE_IPV6));
        flow_list_add(flows, FLOW_ACL, priority, &match, actions);
    }
}

static void
put_conjunction(struct ofpbuf *ofpacts, uint32_t id, unsigned int part)
{
    struct ofpact_conjunction *oc = ofpact_put_CONJUNCTION(ofpacts);

    oc->id = id;
    oc->clause = part;
    oc->n_clauses = 2;
}

/* Adds the flows of the group's program.  Clauses of several conjunctions that
 * have the same match become one flow with several actions.  Two groups may
 * use the same conjunction ids, as no packet meets flows of both. */
static void
add_program(const struct m_policy_group *group, struct flow_list *flows)
{
    const struct policy_program *program = &group->program;
    struct ofpbuf accept, actions;
    struct match match;
    size_t end;

    ofpbuf_init(&accept, 16);
    put_goto(&accept, FLOW_ACCEPT);
    ofpbuf_init(&actions, 64);
    for (size_t i = 0; i < program->n; i = end) {
        const struct policy_clause *c = &program->clauses[i];

        ofpbuf_clear(&actions);
        for (end = i; end < program->n
             && !program->clauses[end].id == !c->id
             && policy_match_equals(&program->clauses[end].match, &c->match);
             end++) {
            if (c->id) {
                put_conjunction(&actions, program->clauses[end].id,
                                c->match.has_label ? 0 : 1);
            }
        }
        if (c->id) {
            add_match(group, &c->match, FLOW_PRI_NORMAL, &actions, flows);
        } else {
            add_match(group, &c->match, PRI_ALLOW, &accept, flows);
        }
    }
    for (uint32_t id = 1; id <= program->n_conjunctions; id++) {
        match_init_group(&match, group);
        match_set_conj_id(&match, id);
        flow_list_add(flows, FLOW_ACL, PRI_ALLOW, &match, &accept);
    }
    ofpbuf_uninit(&actions);
    ofpbuf_uninit(&accept);
}

void
policy_stage_make_group(struct agent *agent, struct m_policy_group *group)
{
    struct flow_list flows;

    flow_list_init(&flows);
    add_program(group, &flows);
    ofctrl_replace(agent->ofctrl, &group->flows, &flows);
    flow_list_destroy(&flows);
}
