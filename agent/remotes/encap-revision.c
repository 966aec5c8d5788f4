/* Revisions of encapsulations: see encap-revision.h. */

#include <config.h>

#include "agent/remotes/encap-revision.h"

#include "agent/agent.h"
#include "agent/model/encap.h"
#include "agent/model/model.h"
#include "agent/plans/plans.h"
#include "agent/plans/send-leg.h"
#include "agent/plans/send-plan.h"
#include "agent/switch/effect.h"
#include "agent/switch/ofctrl.h"
#include "util.h"

/* Never the same for two plans; 'plan' is NULL for the base plan. */
static uint64_t
plan_serial(const struct send_plan *plan)
{
    return plan ? plan->serial : 0;
}

/* What is sent to a remote may be another thing now, on any bridge. */
static void
want_effects(struct agent *agent)
{
    struct send_plan *sp;

    effect_want(agent->effect, ofctrl_get_revision(agent->ofctrl));
    LIST_FOR_EACH (sp, node, &agent->plans->plans) {
        if (sp->ofctrl) {
            effect_want(&sp->effect, ofctrl_get_revision(sp->ofctrl));
        }
    }
}

void
encap_revision_note(struct agent *agent)
{
    struct hmapx_node *node;

    if (!hmapx_is_empty(&agent->model->changed_nves)
        || !hmapx_is_empty(&agent->model->changed_encaps)) {
        want_effects(agent);
    }
    HMAPX_FOR_EACH (node, &agent->model->changed_encaps) {
        struct m_encap *encap = node->data;

        if (encap->wire_changed) {
            encap->wire_changed = false;
            encap->wire_plan = plan_serial(encap->applied);
            encap->wire_revision = ofctrl_get_revision(
                encap->applied ? encap->applied->ofctrl : agent->ofctrl);
        }
    }
}

bool
encap_revision_is_confirmed(const struct agent *agent,
                            const struct m_encap *encap)
{
    const struct send_plan *plan = m_encap_get_target(encap);

    const struct ofctrl *ofctrl = plan ? plan->ofctrl : agent->ofctrl;

    return (encap->applied == plan
            && ofctrl_owner_is_confirmed(&encap->flows, agent->ofctrl)
            && (!plan || ofctrl_owner_is_confirmed(&encap->leg->flows, ofctrl))
            && (encap->wire_plan != plan_serial(plan)
                || ofctrl_get_confirmed(ofctrl) >= encap->wire_revision));
}

bool
encap_revision_is_effective(const struct agent *agent,
                            const struct m_encap *encap)
{
    const struct send_plan *plan = m_encap_get_target(encap);

    return (encap_revision_is_confirmed(agent, encap)
            && encap->flows.revision <= agent->effect->effective
            && (!plan || encap->leg->flows.revision <= plan->effect.effective)
            && (encap->wire_plan != plan_serial(plan)
                || encap->wire_revision <= (plan ? &plan->effect
                                         : agent->effect)->effective));
}
