/* Refused flows and groups of objects: see refusals.h.
 *
 * Who refuses them knows owners, not objects; there are few refusals, and
 * mostly none.
 *
 * Flows with meters are refused if their meter is.  With a datapath that has
 * no meters at all everything works without limits, and nothing is blocked;
 * but if the switch has some, and no more room, an object without its limit
 * is told. */

#include <config.h>

#include "agent/remotes/refusals.h"

#include <inttypes.h>
#include <stdlib.h>

#include "agent/agent.h"
#include "agent/model/model-endpoint.h"
#include "agent/model/model-extnet.h"
#include "agent/model/model-fip.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model-lb.h"
#include "agent/model/model-policy.h"
#include "agent/model/model-route.h"
#include "agent/plans/plans.h"
#include "agent/plans/send-plan.h"
#include "agent/remotes/gateways.h"
#include "agent/switch/ofctrl.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

/* Adds "N of WHAT" to 's', which becomes a list. */
static void
add_count(struct ds *s, size_t n, const char *what)
{
    if (n) {
        ds_put_format(s, "%s%"PRIuSIZE" of %s", s->length ? ", " : "", n,
                      what);
    }
}

static void
add_owner(struct ds *s, const struct flow_owner *owner)
{
    if (owner->n_refused) {
        char *name = flow_owner_get_name(owner);

        add_count(s, owner->n_refused, name);
        free(name);
    }
}

static void
add_metered(struct ds *s, const struct agent *agent,
            const struct flow_owner *owner, const char *what)
{
    if (owner->n_refused && ofctrl_has_meters(agent->ofctrl)) {
        add_count(s, owner->n_refused, what);
    }
}

/* 'extnet' may be NULL. */
static void
add_extnet(struct ds *s, const struct agent *agent,
           const struct m_extnet *extnet)
{
    if (extnet) {
        add_count(s, (extnet->flows.n_refused
                      + extnet->neighbor_flows.n_refused),
                  extnet->flows.name);
        add_metered(s, agent, &extnet->meter_flows, "its external network's "
                    "flows with meters");
    }
}

/* Destroys 's', a list of what is refused. */
static char *
describe(const struct agent *agent, struct ds *s)
{
    char *message = (s->length
                     ? xasprintf("the switch refuses %s, see the alarms of %s",
                                 ds_cstr(s), agent->model->self)
                     : NULL);

    ds_destroy(s);
    return message;
}

static size_t
count_own(const struct agent *agent, const struct m_endpoint *ep)
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
refusals_describe_endpoint(const struct agent *agent,
                           const struct m_endpoint *ep)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    add_count(&s, count_own(agent, ep), "its flows");
    if (ep->here) {
        add_metered(&s, agent, &ep->here->meter_flows,
                    "its flows with meters");
    }
    if (ep->vpc) {
        add_owner(&s, &ep->vpc->flows);
    }
    for (int i = 0; i < POLICY_N_DIRECTIONS; i++) {
        if (m_endpoint_get_group(ep, i)) {
            add_owner(&s, &m_endpoint_get_group(ep, i)->flows);
        }
    }
    return describe(agent, &s);
}

char *
refusals_describe_gateway(const struct agent *agent,
                          const struct m_gateway *gw)
{
    const struct gateway *g = gateways_find(agent, gw->up.name);
    struct ds s = DS_EMPTY_INITIALIZER;

    if (g) {
        add_count(&s, g->flows.n_refused + g->drops.n_refused,
                  "its flows and groups");
        add_extnet(&s, agent, gw->extnet);
    }
    return describe(agent, &s);
}

char *
refusals_describe_fip(const struct agent *agent, const struct m_fip *fip)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    add_count(&s, fip->flows.n_refused, "its flows");
    add_extnet(&s, agent, fip->extnet);
    return describe(agent, &s);
}

char *
refusals_describe_route(const struct agent *agent, const struct m_route *route)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    if (route->vpc) {
        add_owner(&s, &route->vpc->flows);
    }
    return describe(agent, &s);
}

char *
refusals_describe_lb(const struct agent *agent, const struct m_lb *lb)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    add_count(&s, lb->flows.n_refused, "its flows and groups");
    if (lb->vpc) {
        add_owner(&s, &lb->vpc->flows);
    }
    return describe(agent, &s);
}

uint64_t
refusals_get_seq(const struct agent *agent)
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
