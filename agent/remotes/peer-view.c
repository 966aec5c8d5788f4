/* Peer view: see peer-view.h. */

#include <config.h>

#include "agent/remotes/peer-view.h"

#include "agent/agent.h"
#include "agent/model/model-nve.h"
#include "agent/model/model.h"
#include "lib/plan-restrict.h"
#include "lib/planner.h"
#include "lib/tlv-plan.h"
#include "util.h"

static bool
m_nve_can_be_judged(const struct m_nve *nve)
{
    return nve && nve->up.object && nve->receive_valid;
}

/* Whether the order of the remote's base plan suits us.  If not, the remote
 * has another plan for us, with the order that we asked for. */
static bool
peer_serves_by_base(const struct nve *def, const struct negotiation *n)
{
    struct tlv_plan base;
    struct order_constraint constraint;
    bool fits;

    if (!def->n_transmit_order) {
        return false;
    }
    tlv_plan_init(&base);
    base.n_order = MIN(def->n_transmit_order, INDEX_MAP_SLOTS);
    memcpy(base.order, def->transmit_order,
           base.n_order * sizeof *base.order);
    order_constraint_from_negotiation(&constraint, n);
    fits = tlv_plan_fits(&base, &constraint);
    order_constraint_destroy(&constraint);
    tlv_plan_destroy(&base);
    return fits;
}

bool
peer_view_get(const struct agent *agent, const struct m_nve *nve,
              const struct m_profile *profile, struct negotiation *n,
              struct opt_key wire[GENEVE_MAX_OPTIONS])
{
    const struct m_nve *self = model_get_self(agent->model);
    struct sender_table sender = profile->sender;
    struct neg_receive receive;
    const struct nve *def;

    if (!m_nve_can_be_judged(self) || !m_nve_can_be_judged(nve)) {
        return false;
    }
    def = nve->up.object->nve;
    sender.limits = def->transmit;
    receive = self->receive;
    receive.encapsulation = nve->encapsulation;
    negotiation_select(&sender, &receive, self->up.object->nve->transit, n);
    if (m_nve_is_foreign(nve) || nve->out_of_reach) {
        negotiation_block(n);
    }
    for (size_t i = 0; i < n->n_options; i++) {
        wire[i] = n->options[i].key;
    }
    if (peer_serves_by_base(def, n)) {
        plan_restrict(n, &sender, def->transmit_order,
                      def->n_transmit_order);
        negotiation_get_wire_order(n, def->transmit_order,
                                   def->n_transmit_order, wire);
    }
    return true;
}
