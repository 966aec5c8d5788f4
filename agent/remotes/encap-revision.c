/* Revisions of encapsulations: see encap-revision.h. */

#include <config.h>

#include "agent/remotes/encap-revision.h"

#include "agent/agent.h"
#include "agent/model/encap.h"
#include "agent/model/model.h"
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

/* Notes the revision of the flows by which 'encap' is sent from now on. */
static void
note(struct agent *agent, struct m_encap *encap)
{
    struct send_plan *plan = encap->applied;
    struct effect *effect = plan ? &plan->effect : agent->effect;

    encap->wire_changed = false;
    encap->wire_plan = plan_serial(plan);
    encap->wire_revision = ofctrl_get_revision(plan ? plan->ofctrl
                                               : agent->ofctrl);
    effect_want(effect, encap->wire_revision);
}

void
encap_revision_note(struct agent *agent)
{
    struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &agent->model->changed_encaps) {
        struct m_encap *encap = node->data;

        if (encap->wire_changed) {
            note(agent, encap);
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

void
encap_revision_need_effect(struct agent *agent, const struct m_encap *encap)
{
    struct send_plan *plan = m_encap_get_target(encap);
    struct effect *effect = plan ? &plan->effect : agent->effect;

    effect_need(agent->effect, encap->flows.revision);
    if (plan && encap->leg) {
        effect_need(effect, encap->leg->flows.revision);
    }
    if (encap->wire_plan == plan_serial(plan)) {
        effect_need(effect, encap->wire_revision);
    }
}
