/* Peer view: see peer-view.h. */

#include <config.h>

#include "agent/peer-view.h"

#include "agent/agent.h"
#include "agent/remotes.h"
#include "lib/planner.h"

static bool
m_nve_can_be_judged(const struct m_nve *nve)
{
    return nve && nve->up.object && nve->receive_valid;
}

bool
peer_view_get(const struct agent *agent, const struct m_nve *nve,
              const struct m_profile *profile, struct negotiation *n,
              struct opt_key wire[GENEVE_MAX_OPTIONS])
{
    const struct m_nve *self = model_get_self(agent->model);
    struct sender_table sender = profile->sender;
    const struct nve *def;

    if (!m_nve_can_be_judged(self) || !m_nve_can_be_judged(nve)) {
        return false;
    }
    def = nve->up.object->nve;
    sender.limits = def->transmit;
    neg_select(&sender, &self->receive, self->up.object->nve->transit, n);
    if (def->n_transmit_order) {
        planner_restrict(n, &sender, def->transmit_order,
                         def->n_transmit_order);
        negotiation_get_wire_order(n, def->transmit_order,
                                   def->n_transmit_order, wire);
    } else {
        for (size_t i = 0; i < n->n_options; i++) {
            wire[i] = n->options[i].key;
        }
    }
    return true;
}
