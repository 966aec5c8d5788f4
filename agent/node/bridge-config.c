/* What such a setting does to flows is put back by whoever writes the flows
 * (agent/switch/interference.h).  The setting itself is left alone, since a
 * person has made it, but it is an alarm for as long as it is there. */

#include <config.h>

#include "agent/node/bridge-config.h"

#include "openvswitch/dynamic-string.h"
#include "schemas/vswitch-idl.h"
#include "smap.h"
#include "util.h"

static char *
describe_controllers(const struct vswrec_bridge *bridge)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    if (!bridge->n_controller) {
        return NULL;
    }
    for (size_t i = 0; i < bridge->n_controller; i++) {
        ds_put_format(&s, "%s%s", i ? ", " : "",
                      bridge->controller[i]->target);
    }
    ds_put_format(&s, " may change what the agent has programmed, which is "
                  "put back: remove it with `ovs-vsctl del-controller %s'",
                  bridge->name);
    return ds_steal_cstr(&s);
}

/* Says what is wrong with a spanning tree, if there 'is' one. */
static char *
describe_stp(const struct vswrec_bridge *bridge, const char *column, bool is)
{
    return (is ? xasprintf("a spanning tree may block ports of this bridge, "
                           "tunnels and endpoints alike: turn it off with "
                           "`ovs-vsctl set bridge %s %s=false'",
                           bridge->name, column) : NULL);
}

void
bridge_config_for_each_problem(const struct vswrec_bridge *bridge,
                               rows_problem_cb *cb, void *aux)
{
    rows_report_bridge(bridge, "controller", describe_controllers(bridge), cb,
                       aux);
    rows_report_bridge(bridge, "stp_enable",
                       describe_stp(bridge, "stp_enable", bridge->stp_enable),
                       cb, aux);
    rows_report_bridge(bridge, "rstp_enable",
                       describe_stp(bridge, "rstp_enable",
                                    bridge->rstp_enable), cb, aux);
}

void
bridge_configs_for_each_problem(const struct rows *rows, rows_problem_cb *cb,
                                void *aux)
{
    const struct vswrec_bridge *bridge;

    VSWREC_BRIDGE_FOR_EACH (bridge, rows->idl) {
        if (bridge == rows->bridge
            || smap_get(&bridge->external_ids, ROWS_PLAN_KEY)) {
            bridge_config_for_each_problem(bridge, cb, aux);
        }
    }
}
