/* The order of the base plan.
 *
 * The integration bridge receives with the same map, and an index cannot be
 * changed without a moment in which the option is unknown.  So the order
 * changes only while no remote is sent options by this plan.  If an option
 * that may move is critical or required, it changes only while no remote sends
 * to us, either: Open vSwitch drops a packet with a critical option that is
 * not mapped before any flow sees it (RFC 8926, section 3.5).
 *
 * After a restart of the agent, the switch's flows are in use until it has our
 * own. */

#include <config.h>

#include "agent/plans/plan-base-order.h"

#include "agent/agent.h"
#include "agent/model/base-use.h"
#include "agent/model/encap.h"
#include "agent/model/model-touch.h"
#include "agent/model/model.h"
#include "agent/plans/plans.h"
#include "agent/receive/mapped-options.h"
#include "agent/receive/receive.h"
#include "agent/receive/retained.h"
#include "agent/switch/ofctrl.h"
#include "agent/write-gate.h"
#include "lib/order-graph.h"
#include "lib/tlv-plan.h"
#include "util.h"

static bool
has_delicate_options(const struct agent *agent)
{
    const struct recv_table *table = receive_get_table(agent->receive);

    for (size_t i = 0; i < table->n_entries; i++) {
        if (table->entries[i].required
            || opt_key_is_critical(table->entries[i].key)) {
            return true;
        }
    }
    return retained_keeps_critical(agent);
}

bool
plan_base_order_is_free(const struct agent *agent)
{
    if (agent->plans->start_over) {
        return true;
    }
    const struct base_use *use = agent->base_use;

    return (use->idle
            && ofctrl_get_confirmed(agent->ofctrl) >= use->idle_revision
            && (!write_gate_knows(agent->gate, WRITE_FACT_TLV_MAP)
                || write_gate_knows(agent->gate, WRITE_FACT_PLANS))
            && (!use->n_senders || !has_delicate_options(agent)));
}

/* Follows a change of indices, in the map and in all flows that have any. */
static void
base_changed(struct agent *agent)
{
    agent->own_nve_changed = true;
    ofctrl_set_tlv_map(agent->ofctrl, &agent->base_plan->map);
    model_touch_plugged(agent->model);
    model_touch_active_vpcs(agent->model);
    model_touch_all_encaps(agent->model);
}

/* Computes the base plan again, for the constraints of 'remote' if it is not
 * NULL. */
static void
update_base(struct agent *agent, const struct plan_remote *remote)
{
    if (tlv_plan_update(agent->base_plan, agent->mapped_options->options,
                        agent->mapped_options->n, remote, remote ? 1 : 0)) {
        base_changed(agent);
    }
}

void
plan_base_order_adopt(struct agent *agent, const struct index_map *map)
{
    tlv_plan_adopt(agent->base_plan, map);
    base_changed(agent);
}

void
plan_base_order_reorder(struct agent *agent, struct order_group **groups,
                        size_t n)
{
    struct plan_remote all = order_groups_join(groups, n);

    if (agent->plans->start_over) {
        /* Nothing is mapped yet, so indices need not be kept. */
        struct index_map empty;

        index_map_init(&empty);
        tlv_plan_adopt(agent->base_plan, &empty);
    }
    update_base(agent, &all);
    free(CONST_CAST(struct order_constraint *, all.constraints));
}

void
plan_base_order_update_options(struct agent *agent)
{
    update_base(agent, NULL);
}

char *
plan_base_order_describe_conflict(const struct agent *agent,
                                  const struct order_group *group)
{
    const char *name = plans_get_first(group)->up.name;
    struct order_constraint base = {
        RECV_STRICT, CONST_CAST(struct opt_key *, agent->base_plan->order),
        agent->base_plan->n_order
    };
    struct order_graph *graph = order_graph_create();
    struct opt_key a, b;
    bool conflict = false;

    order_graph_add(graph, &base, 1);
    for (size_t i = 0; i < group->n_constraints && !conflict; i++) {
        conflict = order_graph_conflict(graph, &group->constraints[i], &a, &b);
    }
    order_graph_destroy(graph);
    return (conflict
            ? xasprintf("NVE %s wants "OPT_KEY_FMT" before "OPT_KEY_FMT
                        ", plan 0 sends them the other way round", name,
                        OPT_KEY_ARGS(a), OPT_KEY_ARGS(b))
            : xasprintf("for NVE %s", name));
}
