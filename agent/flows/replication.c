/* Ingress replication: see replication.h.
 *
 * A flow has at most 64 KiB of actions, so copies for many remotes are made by
 * several flows, each of which goes on to the next part.  In the datapath,
 * everything that happens to one packet is still one list of actions, which
 * cannot be split: lib/replicas.c says how many remotes it has room for.  The
 * remotes beyond that are the last by name, so that they are always the same
 * ones and can be named in an alarm.  Unicast still reaches them. */

#include <config.h>

#include "agent/flows/replication.h"

#include <stdlib.h>

#include "agent/agent.h"
#include "agent/alarms.h"
#include "agent/flows/limit-stage.h"
#include "agent/flows/pipeline.h"
#include "agent/flows/policy-stage.h"
#include "agent/model/entity-order.h"
#include "agent/model/model-vpc.h"
#include "agent/model/model.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/ofctrl.h"
#include "flow.h"
#include "lib/replicas.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

/* How many copies to remotes one flow makes.  Each takes about 64 bytes of
 * actions. */
#define COPIES_PER_FLOW 256

static const struct eth_addr eth_mcast
    = ETH_ADDR_C(01,00,00,00,00,00);

/* Makes a copy for each local endpoint of 'vpc'.  The sender gets none: Open
 * vSwitch does not send a packet out of the port that it came from.  They are
 * in the order of names, so that an agent that restarts makes the same
 * flow. */
static void
put_local_copies(const struct m_vpc *vpc, struct ofpbuf *actions)
{
    const struct m_endpoint **eps = xcalloc(hmapx_count(&vpc->local) + 1,
                                            sizeof *eps);
    struct hmapx_node *node;
    size_t n = 0;

    HMAPX_FOR_EACH (node, &vpc->local) {
        const struct m_endpoint *ep = node->data;
        if (ep->attached) {
            eps[n++] = ep;
        }
    }
    entity_order_sort(eps, n);
    for (size_t i = 0; i < n; i++) {
        bool limited = limit_stage_has_ingress(eps[i]);

        policy_stage_put_receiver(eps[i], actions);
        if (limited) {
            put_load_bits(actions, FLOW_REG_FLAGS, 1, FLOW_FLAG_COPY, 1);
        }
        put_resubmit(actions, FLOW_POLICY);
        if (limited) {
            put_load_bits(actions, FLOW_REG_FLAGS, 0, FLOW_FLAG_COPY, 1);
        }
    }
    free(eps);
}

/* Makes copies for the remotes from 'first' on, as many as fit a flow, and
 * leaves the rest to FLOW_COPIES. */
static void
put_remote_copies(const struct m_nve **nves, size_t n, size_t first,
                  struct ofpbuf *actions)
{
    size_t end = MIN(n, first + COPIES_PER_FLOW);

    for (size_t i = first; i < end; i++) {
        size_t clone = put_clone_begin(actions);

        put_load_imm(actions, FLOW_REG_NVE, nves[i]->up.id, 0);
        put_resubmit(actions, FLOW_ENCAP);
        put_clone_end(actions, clone);
    }
    if (end < n) {
        put_load_imm(actions, FLOW_REG_COPIES, end / COPIES_PER_FLOW, 0);
        put_resubmit(actions, FLOW_COPIES);
    }
}

static unsigned int
m_vpc_get_option_bytes(const struct m_vpc *vpc)
{
    unsigned int bytes = 0;

    for (size_t i = 0; i < vpc->sent->n_options; i++) {
        bytes += opt_wire_bytes(vpc->sent->options[i].sender.length);
    }
    return MIN(bytes, GENEVE_MAX_OPT_BYTES);
}

static char *
alarm_group(const struct m_vpc *vpc)
{
    return xasprintf("replication %s", vpc->up.name);
}

/* Raises an alarm if 'vpc' has more than 'max' remotes: those from 'max' on
 * get no copies.  Clears it otherwise. */
static void
raise_alarm(struct agent *agent, const struct m_vpc *vpc,
            const struct m_nve **nves, size_t n, size_t max)
{
    char *object = xasprintf("VPC %s", vpc->up.name);
    char *group = alarm_group(vpc);

    alarms_begin(agent->alarms, group);
    if (n > max) {
        alarms_raise(agent->alarms, group, object, "replication-limit",
                     "it has %"PRIuSIZE" remotes, and Open vSwitch can copy "
                     "a packet from this node to %"PRIuSIZE" of them: the "
                     "other %"PRIuSIZE", from %s on by name, get no "
                     "broadcasts or multicasts from here; unicast reaches all",
                     n, max, n - max, nves[max]->up.name);
    }
    alarms_end(agent->alarms, group);
    free(object);
    free(group);
}

void
replication_forget(struct agent *agent, const struct m_vpc *vpc)
{
    char *group = alarm_group(vpc);

    alarms_clear_group(agent->alarms, group);
    free(group);
}

/* Each copy goes through the encapsulation stage by itself, so each receiver
 * gets the options that it wants.  RFC 9638, section 6.7, does without
 * underlay multicast, too. */
void
replication_add_flows(struct agent *agent, const struct m_vpc *vpc,
                      struct flow_list *flows)
{
    size_t max = replicas_max(hmapx_count(&vpc->local),
                              m_vpc_get_option_bytes(vpc));
    const struct m_nve **nves;
    struct ofpbuf actions;
    struct match match;
    size_t n;

    pipeline_init_match(&match, vpc->vni);
    match_set_dl_dst_masked(&match, eth_mcast, eth_mcast);

    ofpbuf_init(&actions, 1024);
    put_local_copies(vpc, &actions);
    flow_list_add(flows, FLOW_DELIVER, FLOW_PRI_NORMAL, &match, &actions);

    nves = m_vpc_get_remotes(vpc, &n);
    raise_alarm(agent, vpc, nves, n, max);
    n = MIN(n, max);
    put_remote_copies(nves, n, 0, &actions);
    flow_list_add(flows, FLOW_FORWARD, FLOW_PRI_NORMAL, &match, &actions);

    for (size_t first = COPIES_PER_FLOW; first < n;
         first += COPIES_PER_FLOW) {
        pipeline_init_match(&match, vpc->vni);
        match_set_reg(&match, FLOW_REG_COPIES - MFF_REG0,
                      first / COPIES_PER_FLOW);
        ofpbuf_clear(&actions);
        put_remote_copies(nves, n, first, &actions);
        flow_list_add(flows, FLOW_COPIES, FLOW_PRI_NORMAL, &match, &actions);
    }
    free(nves);
    ofpbuf_uninit(&actions);
}
