/* Each command has a file of its own. */

#include <config.h>

#include "agent/show/show.h"

#include "agent/show/explain.h"
#include "agent/show/show-endpoint.h"
#include "agent/show/show-gateway.h"
#include "agent/show/show-nat.h"
#include "agent/show/show-option.h"
#include "agent/show/show-plan.h"
#include "agent/show/show-policy.h"
#include "agent/show/show-qos.h"
#include "agent/show/show-route.h"
#include "agent/show/show-remote.h"
#include "agent/show/show-service.h"
#include "agent/show/show-status.h"
#include "agent/show/trace.h"
#include "unixctl.h"
#include "util.h"

void
show_init(struct agent *agent)
{
    static const struct {
        const char *name, *usage;
        int min_args, max_args;
        unixctl_cb_func *cb;
    } commands[] = {
        { "ga/endpoint-list", "CURSOR", 1, 1, show_endpoint_list },
        { "ga/explain", "REMOTE [OPTION]", 1, 2, explain_cb },
        { "ga/gateway-list", "CURSOR", 1, 1, show_gateway_list },
        { "ga/nat-list", "CURSOR", 1, 1, show_nat_list },
        { "ga/option-list", "", 0, 0, show_option_list },
        { "ga/plan-list", "", 0, 0, show_plan_list },
        { "ga/policy-list", "CURSOR", 1, 1, show_policy_list },
        { "ga/qos-list", "", 0, 0, show_qos_list },
        { "ga/route-list", "CURSOR", 1, 1, show_route_list },
        { "ga/remote-list", "CURSOR", 1, 1, show_remote_list },
        { "ga/remote-show", "NAME", 1, 1, show_remote },
        { "ga/service-list", "CURSOR", 1, 1, show_service_list },
        { "ga/service-show", "NAME", 1, 1, show_service },
        { "ga/status", "", 0, 0, show_status },
        { "ga/trace", "SRC DST [FLOW]", 2, 3, trace_cb },
    };

    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        unixctl_command_register(commands[i].name, commands[i].usage,
                                 commands[i].min_args, commands[i].max_args,
                                 commands[i].cb, agent);
    }
}
