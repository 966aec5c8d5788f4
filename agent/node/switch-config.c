/* ovs-vswitchd takes each of these settings without a word, and forwards
 * nothing. */

#include <config.h>

#include "agent/node/switch-config.h"

#include <string.h>

#include "schemas/vswitch-idl.h"
#include "smap.h"
#include "util.h"

static bool
contains(char *const *strings, size_t n, const char *string)
{
    for (size_t i = 0; i < n; i++) {
        if (!strcmp(strings[i], string)) {
            return true;
        }
    }
    return false;
}

/* A bridge of a type that ovs-vswitchd does not have has no datapath at
 * all. */
static char *
check_datapath(const struct vswrec_open_vswitch *ovs,
               const struct vswrec_bridge *bridge)
{
    const char *type = (bridge->datapath_type[0] ? bridge->datapath_type
                        : "system");

    if (!ovs->n_datapath_types
        || contains(ovs->datapath_types, ovs->n_datapath_types, type)) {
        return NULL;
    }
    return xasprintf("it is %s, which this ovs-vswitchd does not have, so the "
                     "bridge forwards nothing: set one that `ovs-vsctl get "
                     "Open_vSwitch . datapath_types' lists", type);
}

bool
switch_config_has_protocol(const struct vswrec_bridge *bridge)
{
    /* None at all stands for every one. */
    return (!bridge->n_protocols
            || contains(bridge->protocols, bridge->n_protocols, "OpenFlow14")
            || contains(bridge->protocols, bridge->n_protocols,
                        "OpenFlow15"));
}

static char *
check_protocols(const struct vswrec_bridge *bridge)
{
    if (switch_config_has_protocol(bridge)) {
        return NULL;
    }
    return xasprintf("they have neither OpenFlow14 nor OpenFlow15, so the "
                     "agent cannot program the bridge: add one with "
                     "`ovs-vsctl add bridge %s protocols OpenFlow15'",
                     bridge->name);
}

void
switch_config_for_each_problem(const struct rows *rows, rows_problem_cb *cb,
                               void *aux)
{
    if (!rows->ovs) {
        return;
    }
    if (smap_get_bool(&rows->ovs->other_config, "flow-restore-wait", false)) {
        cb("other_config:flow-restore-wait", "it is true, so ovs-vswitchd "
           "forwards nothing new: remove it with `ovs-vsctl remove "
           "Open_vSwitch . other_config flow-restore-wait'", aux);
    }
    if (rows->bridge) {
        rows_report_bridge(rows->bridge, "datapath_type",
                           check_datapath(rows->ovs, rows->bridge), cb, aux);
        rows_report_bridge(rows->bridge, "protocols",
                           check_protocols(rows->bridge), cb, aux);
    }
}
