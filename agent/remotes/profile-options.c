/* Options of profiles: see profile-options.h.
 *
 * Flows go on setting an option that left a profile for as long as some flow
 * in force may send it (source-set.h), so that each packet has the old form or
 * the new one. */

#include <config.h>

#include "agent/remotes/profile-options.h"

#include "agent/agent.h"
#include "agent/model/encap.h"
#include "agent/model/model-profile.h"
#include "agent/model/model-touch.h"
#include "agent/model/source-set.h"
#include "agent/plans/plans.h"
#include "agent/plans/send-leg.h"
#include "agent/plans/send-plan.h"
#include "agent/switch/ofctrl.h"
#include "openvswitch/poll-loop.h"
#include "util.h"

/* Whether every bridge has all flows of the previous turns. */
static bool
bridges_are_settled(const struct agent *agent)
{
    const struct send_plan *sp;

    if (ofctrl_get_confirmed(agent->ofctrl)
        < ofctrl_get_revision(agent->ofctrl)) {
        return false;
    }
    LIST_FOR_EACH (sp, node, &agent->plans->plans) {
        if (sp->have_ports && sp->ofctrl && !send_plan_is_settled(sp)) {
            return false;
        }
    }
    return true;
}

/* Has the flows of remotes that get packets of 'profile' made again and, if
 * 'endpoints', those of the endpoints that send such packets. */
static void
touch_profile(struct agent *agent, struct m_profile *profile, bool endpoints)
{
    struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &profile->vpcs) {
        struct m_vpc *vpc = node->data;
        struct m_share *share;

        if (endpoints) {
            model_touch_local_of(agent->model, vpc);
        }
        HMAP_FOR_EACH (share, vpc_node, &vpc->shares) {
            struct m_encap *encap = shash_find_data(&share->nve->encaps,
                                                    profile->up.name);
            if (encap) {
                model_touch_encap(agent->model, encap);
            }
        }
    }
}

static void
follow_profile(struct agent *agent, struct m_profile *profile)
{
    if (source_set_update(profile->source, profile->options,
                          profile->n_options)) {
        touch_profile(agent, profile, true);
        agent->options_changed = true;
    }
    m_profile_update_leaving(agent->model, profile);
}

struct need {
    const struct agent *agent;
    const struct m_profile *profile;
};

static bool
is_needed(struct opt_key key, const void *need_)
{
    const struct need *need = need_;
    const struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &need->agent->plans->moving) {
        const struct m_encap *encap = node->data;

        if (encap->profile == need->profile && send_legs_need(encap, key)) {
            return true;
        }
    }
    return false;
}

/* Drops the options of 'profile' that can go. */
static void
let_go(struct agent *agent, struct m_profile *profile)
{
    struct need need = { agent, profile };

    if (source_set_has(profile->source, SOURCE_FADING)
        && bridges_are_settled(agent)
        && source_set_forget(profile->source)) {
        touch_profile(agent, profile, false);
        agent->options_changed = true;
    }
    if (source_set_fade(profile->source, is_needed, &need)) {
        touch_profile(agent, profile, true);
    }
}

void
profile_options_run(struct agent *agent)
{
    struct hmapx_node *node;

    HMAPX_FOR_EACH_SAFE (node, &agent->model->leaving) {
        struct m_profile *profile = node->data;

        let_go(agent, profile);
        m_profile_update_leaving(agent->model, profile);
    }
    HMAPX_FOR_EACH (node, &agent->model->changed_vpcs) {
        const struct m_vpc *vpc = node->data;

        if (vpc->profile) {
            follow_profile(agent, vpc->profile);
            follow_profile(agent, vpc->sent);
        }
    }
}

/* An option that left the profile in this turn may fade in the next one. */
void
profile_options_wait(const struct agent *agent)
{
    const struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &agent->model->leaving) {
        const struct m_profile *profile = node->data;
        struct need need = { agent, profile };

        for (size_t i = 0; i < profile->source->n; i++) {
            const struct source_option *o = &profile->source->options[i];

            if (o->state == SOURCE_KEPT
                && !is_needed(o->up.sender.key, &need)) {
                poll_immediate_wake();
            }
        }
    }
}
