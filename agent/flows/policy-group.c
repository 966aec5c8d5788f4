/* Flows of groups: see policy-group.h.
 *
 * Both directions have the same flows in two tables.  What differs is by what
 * a flow knows the peer: the register that has its label, the address that is
 * its, and the flag that says that it is outside.
 *
 * A clause is one flow; one that is about ports and does not say of which
 * family is two.  So a rule costs a flow for each label set that it selects
 * and each prefix that it names, and two for each port or block of ports
 * (lib/policy.h). */

#include <config.h>

#include "agent/flows/policy-group.h"

#include <netinet/in.h>

#include "agent/agent.h"
#include "agent/flows/pipeline.h"
#include "agent/flows/policy-ct.h"
#include "agent/model/model-policy.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/ofctrl.h"
#include "flow.h"
#include "openvswitch/match.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

static const struct direction {
    uint8_t acl, accept;            /* Tables. */
    enum mf_field_id label;         /* Of the peer. */
    unsigned int external;          /* Bit of FLOW_REG_FLAGS. */
    bool peer_is_dst;
} directions[] = {
    [POLICY_INGRESS] = { FLOW_ACL, FLOW_ACCEPT, FLOW_REG_SRC_LABEL,
                         FLOW_FLAG_FROM_EXTERNAL, false },
    [POLICY_EGRESS] = { FLOW_EGRESS_ACL, FLOW_EGRESS_ACCEPT, FLOW_REG_TO,
                        FLOW_FLAG_TO_EXTERNAL, true },
};

/* Answers are matched by other flows: those that get here belong to a
 * connection that was refused. */
static void
match_init_group(struct match *match, const struct m_policy_group *group)
{
    policy_ct_init_match(match, 0, CS_REPLY_DIR);
    match_set_reg(match, FLOW_REG_POLICY - MFF_REG0, group->id);
}

/* A peer that has a label is in the VPC, wherever its address is. */
static void
match_set_peer(struct match *match, const struct direction *d,
               const struct policy_match *m)
{
    switch (m->peer) {
    case POLICY_MATCH_ANY:
        break;
    case POLICY_MATCH_LABEL:
        match_set_reg(match, d->label - MFF_REG0, m->label);
        break;
    case POLICY_MATCH_PREFIX:
        match_set_prefix(match, &m->prefix, d->peer_is_dst);
        break;
    case POLICY_MATCH_EXTERNAL:
        match_set_reg(match, d->label - MFF_REG0, 0);
        match_set_reg_masked(match, FLOW_REG_FLAGS - MFF_REG0,
                             1u << d->external,
                             1u << d->external | 1u << FLOW_FLAG_UNKNOWN_PEER);
        break;
    }
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

/* Whether packets of that family can match 'm'. */
static bool
policy_match_has_family(const struct policy_match *m, bool ipv6)
{
    return (m->protocol != (ipv6 ? IPPROTO_ICMP : IPPROTO_ICMPV6)
            && (m->peer != POLICY_MATCH_PREFIX
                || m->prefix.is_ipv6 == ipv6));
}

/* Adds the flow of a clause's match, or one for IPv4 and one for IPv6. */
static void
add_match(const struct m_policy_group *group, const struct policy_match *m,
          uint16_t priority, const struct ofpbuf *actions,
          struct flow_list *flows)
{
    const struct direction *d = &directions[group->direction];

    for (int ipv6 = 0; ipv6 < (m->protocol ? 2 : 1); ipv6++) {
        struct match match;

        if (m->protocol && !policy_match_has_family(m, ipv6)) {
            continue;
        }
        match_init_group(&match, group);
        if (m->protocol) {
            match_set_dl_type(&match, htons(ipv6 ? ETH_TYPE_IPV6
                                                 : ETH_TYPE_IP));
            match_set_ports(&match, m);
            if (m->fragment) {
                match_set_nw_frag_masked(&match, FLOW_NW_FRAG_MASK,
                                         FLOW_NW_FRAG_MASK);
            }
        }
        match_set_peer(&match, d, m);
        flow_list_add(flows, d->acl, priority, &match, actions);
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
 * use the same conjunction ids, as no packet meets flows of both in one
 * table. */
static void
add_program(const struct m_policy_group *group, struct flow_list *flows)
{
    const struct policy_program *program = &group->program;
    const struct direction *d = &directions[group->direction];
    struct ofpbuf accept, actions;
    struct match match;
    size_t end;

    ofpbuf_init(&accept, 16);
    put_goto(&accept, d->accept);
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
                                c->match.peer == POLICY_MATCH_ANY);
            }
        }
        if (c->id) {
            add_match(group, &c->match, FLOW_PRI_NORMAL, &actions, flows);
        } else {
            add_match(group, &c->match, POLICY_CT_PRI_ALLOW, &accept, flows);
        }
    }
    for (uint32_t id = 1; id <= program->n_conjunctions; id++) {
        match_init_group(&match, group);
        match_set_conj_id(&match, id);
        flow_list_add(flows, d->acl, POLICY_CT_PRI_ALLOW, &match, &accept);
    }
    ofpbuf_uninit(&actions);
    ofpbuf_uninit(&accept);
}

void
policy_group_make(struct agent *agent, struct m_policy_group *group)
{
    struct flow_list flows;

    flow_list_init(&flows);
    add_program(group, &flows);
    ofctrl_replace(agent->ofctrl, &group->flows, &flows);
    flow_list_destroy(&flows);
}
