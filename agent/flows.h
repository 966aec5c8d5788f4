/* The flows of the integration bridge.
 *
 * Tables and registers; who makes a flow is its owner (see ofctrl.h):
 *
 *   table           owner     what
 *    0 FLOW_INPUT   endpoint  from an interface: VPC, profile, options;
 *                             or dropped if the endpoint is blocked
 *                   NVE       from a tunnel, source known: to FLOW_RECEIVE
 *   10 FLOW_RECEIVE static    O bit: dropped (RFC 8926, section 3.4)
 *                   VPC       VNI known: to FLOW_DELIVER
 *   15 FLOW_DELIVER endpoint  to a local MAC: output
 *                   VPC       broadcast, multicast: to all local endpoints
 *   20 FLOW_FORWARD endpoint  to a local MAC: output; to a remote one: which
 *                             NVE, and to FLOW_ENCAP
 *                   VPC       broadcast, multicast: to local endpoints, and
 *                             one copy to each remote NVE
 *   25 FLOW_COPIES  VPC       more such copies, a part at a time
 *   30 FLOW_ENCAP   remote's  (NVE, profile): takes away the options that
 *                   m_tx      were not negotiated, and sends; or drops; or
 *                             hands over to the bridge of a further plan
 *                             (send-plan.c)
 *
 * What matches nothing is dropped.  Nothing that came from a tunnel goes to a
 * tunnel, so an option that was received is never sent on.
 *
 * There is one flow for each remote endpoint, and one for each (remote,
 * profile): a change of what a remote takes changes only the latter. */
#ifndef GA_FLOWS_H
#define GA_FLOWS_H 1

#include <stddef.h>

#include "lib/option.h"

struct agent;
struct base_plan;
struct m_tx;
struct ofpbuf;

enum flow_table_id {
    FLOW_INPUT = 0,
    FLOW_RECEIVE = 10,
    FLOW_DELIVER = 15,
    FLOW_FORWARD = 20,
    FLOW_COPIES = 25,
    FLOW_ENCAP = 30,
};

enum { FLOW_PRI_NORMAL = 100, FLOW_PRI_OAM = 200 };

#define FLOW_REG_VNI MFF_METADATA   /* The VPC, as its VNI. */
#define FLOW_REG_NVE MFF_REG0       /* The remote, as its entity's 'id'. */
#define FLOW_REG_PROFILE MFF_REG1   /* The profile, as its entity's 'id'. */
#define FLOW_REG_PART MFF_REG2      /* Which part of FLOW_COPIES. */

/* Appends what takes away the options of the profile that are not among the
 * 'n' that are sent to the remote, by the indices of a plan. */
void put_delete_omitted(const struct m_tx *, const struct opt_key *sent,
                        size_t n, const struct base_plan *,
                        struct ofpbuf *actions);

/* What 'tx' is sent by the integration bridge is to stay as it is, though the
 * options of its profile may have changed. */
void flows_refresh_base_tx(struct agent *, struct m_tx *);

/* Takes note that what 'tx' is to be sent is what it is sent. */
void m_tx_set_applied(struct m_tx *);

/* Makes the flows of everything that changed in this turn. */
void flows_run(struct agent *);

#endif /* agent/flows.h */
