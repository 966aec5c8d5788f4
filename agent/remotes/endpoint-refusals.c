/* Refused flows of endpoints: see endpoint-refusals.h.
 *
 * Who refuses them knows owners of flows, not endpoints; there are few
 * refusals, and mostly none. */

#include <config.h>

#include "agent/remotes/endpoint-refusals.h"

#include <inttypes.h>

#include "agent/agent.h"
#include "agent/model/model-endpoint.h"
#include "agent/plans/plans.h"
#include "agent/plans/send-plan.h"
#include "agent/switch/ofctrl.h"
#include "util.h"

size_t
endpoint_refusals_count(const struct agent *agent, const struct m_endpoint *ep)
{
    size_t n = ep->flows.n_refused;
    const struct send_plan *sp;

    LIST_FOR_EACH (sp, node, &agent->plans->plans) {
        const struct flow_owner *owner = shash_find_data(&sp->endpoints,
                                                         ep->up.name);

        n += owner ? owner->n_refused : 0;
    }
    return n;
}

char *
endpoint_refusals_describe(const struct agent *agent,
                           const struct m_endpoint *ep)
{
    size_t n = endpoint_refusals_count(agent, ep);

    return (n ? xasprintf("the switch refuses %"PRIuSIZE" of its flows, see "
                          "the alarms of %s", n, agent->model->self)
            : NULL);
}

uint64_t
endpoint_refusals_get_seq(const struct agent *agent)
{
    uint64_t seq = ofctrl_get_refusal_seq(agent->ofctrl);
    const struct send_plan *sp;

    /* A plan has its serial number, too, so that one that comes or goes makes
     * another sum. */
    LIST_FOR_EACH (sp, node, &agent->plans->plans) {
        seq += sp->serial << 32;
        seq += sp->ofctrl ? ofctrl_get_refusal_seq(sp->ofctrl) : 0;
    }
    return seq;
}
