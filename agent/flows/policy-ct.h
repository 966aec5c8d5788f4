/* What policies and connection tracking have in common in both directions:
 * actions and matches of endpoints' zones.
 *
 * The zone of an endpoint is in the low half of FLOW_REG_OUT.  Bit 0 of a
 * connection's ct_mark says that its policies refused a packet of it; then
 * answers do not pass any more, until a packet of it is allowed again. */
#ifndef GA_POLICY_CT_H
#define GA_POLICY_CT_H 1

#include <stdbool.h>
#include <stdint.h>

struct flow_list;
struct match;
struct ofpbuf;

/* Flows that allow packets: above the clauses of conjunctions, which may match
 * the same packets. */
#define POLICY_CT_PRI_ALLOW (FLOW_PRI_NORMAL + 1)
/* An endpoint's own drop flow: below all flows that let packets through. */
#define POLICY_CT_PRI_DENY 50

/* Appends ct(): the packet goes on in 'table' with its connection's state. */
void policy_ct_put_lookup(struct ofpbuf *ofpacts, uint8_t table);

/* Appends ct(commit) for an IP packet, which goes on as it is.
 *
 * Without nat(): ovs-vswitchd 3.1 aborts when a packet comes for a connection
 * that was translated to itself and has expired a moment ago.  So connections
 * that are translated must have zones of their own. */
void policy_ct_put_commit(struct ofpbuf *ofpacts);

/* Appends ct(commit) that sets or clears the mark of a connection that is
 * there. */
void policy_ct_put_mark(struct ofpbuf *ofpacts, bool refused);

/* Makes 'match' match packets that conntrack considers valid, with those bits
 * of ct_state in 'state' and none of those in 'no_state', and whose other end
 * is known (FLOW_FLAG_UNKNOWN_PEER). */
void policy_ct_init_match(struct match *, uint32_t state, uint32_t no_state);

/* Makes 'match' match IP packets of one family of endpoints that have all
 * 'bits' of FLOW_REG_OUT, and none of 'no_bits'. */
void policy_ct_init_bits(struct match *, bool ipv6, uint32_t bits,
                         uint32_t no_bits);

/* Adds the static flows of the tables 'acl' and 'accept': answers go on in
 * 'next', what is accepted is committed and goes on there. */
void policy_ct_add_flows(struct flow_list *, uint8_t acl, uint8_t accept,
                         uint8_t next);

/* Adds the static flows of FLOW_REFUSE. */
void policy_ct_add_refuse_flows(struct flow_list *);

#endif /* agent/flows/policy-ct.h */
