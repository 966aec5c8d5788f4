/* Connections of endpoints that policies apply to: see policy-ct.h.
 *
 * Every packet in the direction in which a connection was opened is checked
 * against the rules, not only the first.  Answers follow the connection: they
 * pass as long as it has not been refused. */

#include <config.h>

#include "agent/flows/policy-ct.h"

#include <netinet/in.h>

#include "agent/flows/pipeline.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "flow.h"
#include "openvswitch/match.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

#define ZONE_BITS 16                /* FLOW_REG_OUT's low half. */

/* Starts ct() in the zone that FLOW_REG_OUT has.  Returns the offset for
 * put_ct_end(). */
static size_t
policy_ct_begin(struct ofpbuf *ofpacts, uint16_t flags, uint8_t table)
{
    size_t begin = ofpacts->size;
    struct ofpact_conntrack *ct = ofpact_put_CT(ofpacts);

    ct->flags = flags;
    ct->zone_src.field = mf_from_id(FLOW_REG_OUT);
    ct->zone_src.ofs = 0;
    ct->zone_src.n_bits = ZONE_BITS;
    ct->recirc_table = table;
    return begin;
}

void
policy_ct_put_lookup(struct ofpbuf *ofpacts, uint8_t table)
{
    put_ct_end(ofpacts, policy_ct_begin(ofpacts, 0, table));
}

void
policy_ct_put_commit(struct ofpbuf *ofpacts)
{
    put_ct_end(ofpacts, policy_ct_begin(ofpacts, NX_CT_F_COMMIT,
                                        NX_CT_RECIRC_NONE));
}

void
policy_ct_put_mark(struct ofpbuf *ofpacts, bool refused)
{
    size_t begin = policy_ct_begin(ofpacts, NX_CT_F_COMMIT,
                                   NX_CT_RECIRC_NONE);

    put_load_bits(ofpacts, MFF_CT_MARK, refused, 0, 1);
    put_ct_end(ofpacts, begin);
}

void
policy_ct_init_match(struct match *match, uint32_t state, uint32_t no_state)
{
    match_init_catchall(match);
    match_set_ct_state_masked(match, CS_TRACKED | state,
                              CS_TRACKED | CS_INVALID | state | no_state);
    match_set_reg_masked(match, FLOW_REG_FLAGS - MFF_REG0, 0,
                         1u << FLOW_FLAG_UNKNOWN_PEER);
}

void
policy_ct_init_bits(struct match *match, bool ipv6, uint32_t bits,
                    uint32_t no_bits)
{
    match_init_catchall(match);
    match_set_dl_type(match, htons(ipv6 ? ETH_TYPE_IPV6 : ETH_TYPE_IP));
    match_set_reg_masked(match, FLOW_REG_OUT - MFF_REG0, bits,
                         bits | no_bits);
}

static void
add_accept_flow(struct flow_list *flows, uint8_t table, uint8_t next,
                bool ipv6, bool marked)
{
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 64);
    match_init_catchall(&match);
    match_set_dl_type(&match, htons(ipv6 ? ETH_TYPE_IPV6 : ETH_TYPE_IP));
    if (marked) {
        match_set_ct_state_masked(&match, CS_TRACKED | CS_ESTABLISHED,
                                  CS_TRACKED | CS_ESTABLISHED);
        match_set_ct_mark_masked(&match, 1, 1);
        policy_ct_put_mark(&actions, false);
    } else {
        match_set_ct_state_masked(&match, CS_TRACKED | CS_NEW,
                                  CS_TRACKED | CS_NEW);
        policy_ct_put_commit(&actions);
    }
    put_goto(&actions, next);
    flow_list_add(flows, table, FLOW_PRI_NORMAL, &match, &actions);
    ofpbuf_uninit(&actions);
}

void
policy_ct_add_flows(struct flow_list *flows, uint8_t acl, uint8_t accept,
                    uint8_t next)
{
    static const uint32_t states[] = { CS_ESTABLISHED | CS_REPLY_DIR,
                                       CS_RELATED };
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 64);
    match_init_catchall(&match);
    flow_list_add(flows, acl, FLOW_PRI_DEFAULT, &match, &actions);

    put_goto(&actions, next);
    flow_list_add(flows, accept, FLOW_PRI_DEFAULT, &match, &actions);
    for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
        policy_ct_init_match(&match, states[i], 0);
        match_set_ct_mark_masked(&match, 0, 1);
        flow_list_add(flows, acl, FLOW_PRI_HIGH, &match, &actions);
    }
    ofpbuf_uninit(&actions);

    for (int i = 0; i < 4; i++) {
        add_accept_flow(flows, accept, next, i & 1, i & 2);
    }
}

/* A refused packet of a connection that is there marks it.  Packets of others
 * are just dropped. */
void
policy_ct_add_refuse_flows(struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 64);
    match_init_catchall(&match);
    flow_list_add(flows, FLOW_REFUSE, FLOW_PRI_DEFAULT, &match, &actions);
    policy_ct_put_mark(&actions, true);
    for (int ipv6 = 0; ipv6 < 2; ipv6++) {
        policy_ct_init_match(&match, CS_ESTABLISHED, CS_REPLY_DIR);
        match_set_ct_mark_masked(&match, 0, 1);
        match_set_dl_type(&match, htons(ipv6 ? ETH_TYPE_IPV6 : ETH_TYPE_IP));
        flow_list_add(flows, FLOW_REFUSE, FLOW_PRI_NORMAL, &match, &actions);
    }
    ofpbuf_uninit(&actions);
}
