/* Switching profiles: see profile-switch.h.
 *
 * Until then, each remote that shares the VPC has an m_encap for each of the
 * two profiles, and both go from plan to plan with it.  We wait until none of
 * them moves.  Then every bridge has flows for packets of both profiles, so it
 * does not matter in which order the bridges are told: each packet has the
 * form of the old profile or that of the new one.
 *
 * We do not wait for ever: a plan whose bridge cannot be made must not keep
 * the other remotes from what they need. */

#include <config.h>

#include "agent/remotes/profile-switch.h"

#include "agent/agent.h"
#include "agent/model/encap.h"
#include "agent/model/model-nve.h"
#include "agent/model/model-vpc.h"
#include "agent/plans/plans.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "timeval.h"

VLOG_DEFINE_THIS_MODULE(profile_switch);

#define PROFILE_SWITCH_TIMEOUT 5000 /* ms */

static bool
m_nve_is_ready(const struct agent *agent, const struct m_nve *nve,
               const struct m_vpc *vpc)
{
    const struct m_profile *profiles[] = { vpc->sent, vpc->profile };

    for (size_t i = 0; i < ARRAY_SIZE(profiles); i++) {
        struct m_encap *encap = shash_find_data(&nve->encaps,
                                                profiles[i]->up.name);

        if (!encap || encap->applied != m_encap_get_target(encap)
            || hmapx_contains(&agent->plans->moving, encap)) {
            return false;
        }
    }
    return true;
}

static bool
m_vpc_can_switch(const struct agent *agent, const struct m_vpc *vpc)
{
    const struct m_share *share;

    if (!m_vpc_is_active(vpc)) {
        return true;
    }
    HMAP_FOR_EACH (share, vpc_node, &vpc->shares) {
        if (m_nve_get_def(share->nve)
            && !m_nve_is_ready(agent, share->nve, vpc)) {
            return false;
        }
    }
    return true;
}

static void
profile_switch(struct agent *agent, struct m_vpc *vpc)
{
    VLOG_DBG("VPC %s: profile %s instead of %s", vpc->up.name,
             vpc->profile->up.name, vpc->sent->up.name);
    m_vpc_switch_profile(agent->model, vpc);
}

void
profile_switch_run(struct agent *agent)
{
    struct hmapx_node *node;

    HMAPX_FOR_EACH_SAFE (node, &agent->model->switching) {
        struct m_vpc *vpc = node->data;

        if (!vpc->switch_until) {
            vpc->switch_until = time_msec() + PROFILE_SWITCH_TIMEOUT;
        }
        if (m_vpc_can_switch(agent, vpc)) {
            profile_switch(agent, vpc);
        } else if (time_msec() >= vpc->switch_until) {
            VLOG_WARN("VPC %s: switching to profile %s, though not all "
                      "remotes are ready for it after %d s", vpc->up.name,
                      vpc->profile->up.name, PROFILE_SWITCH_TIMEOUT / 1000);
            profile_switch(agent, vpc);
        }
    }
}

void
profile_switch_wait(const struct agent *agent)
{
    const struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &agent->model->switching) {
        const struct m_vpc *vpc = node->data;

        if (m_vpc_can_switch(agent, vpc)) {
            poll_immediate_wake();
        } else {
            poll_timer_wait_until(vpc->switch_until);
        }
    }
}
