/* What the configuration of Open vSwitch itself says that keeps the whole node
 * from forwarding.  Pure. */
#ifndef GA_SWITCH_CONFIG_H
#define GA_SWITCH_CONFIG_H 1

#include <stdbool.h>

#include "agent/node/rows.h"

/* Whether 'bridge' speaks a version of OpenFlow that the agent does. */
bool switch_config_has_protocol(const struct vswrec_bridge *bridge);

/* Calls 'cb' for each such setting.  Objects are
 * "other_config:flow-restore-wait", "datapath_type of bridge br-int" and
 * "protocols of bridge br-int".  Before the database has the integration
 * bridge, nothing is said of it. */
void switch_config_for_each_problem(const struct rows *, rows_problem_cb *,
                                    void *aux);

#endif /* agent/node/switch-config.h */
