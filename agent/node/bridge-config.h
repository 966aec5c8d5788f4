/* Settings of the agent's own bridges that others have no business to make:
 * they do not stop all traffic, as those of switch-config.h do, but work
 * against the agent.  Pure. */
#ifndef GA_BRIDGE_CONFIG_H
#define GA_BRIDGE_CONFIG_H 1

#include "agent/node/rows.h"

struct vswrec_bridge;

/* Calls 'cb' for each such setting of a bridge.  Objects are
 * "controller of bridge br-int", "stp_enable of bridge br-int" and
 * "rstp_enable of bridge br-int". */
void bridge_config_for_each_problem(const struct vswrec_bridge *,
                                    rows_problem_cb *cb, void *aux);

/* Does so for the integration bridge and the bridges of further plans. */
void bridge_configs_for_each_problem(const struct rows *, rows_problem_cb *cb,
                                     void *aux);

#endif /* agent/node/bridge-config.h */
