/* Source stage: see source-stage.h.
 *
 * A value that does not fit refuses the endpoint, a required option without a
 * value blocks it, an optional one is left out.  The values of a local
 * endpoint are all known here, so its flow sets constants, except where they
 * depend on the packet itself (packet-values.h). */

#include <config.h>

#include "agent/flows/source-stage.h"

#include "agent/agent.h"
#include "agent/model/model-nve.h"
#include "agent/model/model-touch.h"
#include "agent/model/model.h"
#include "agent/switch/flow-actions.h"
#include "agent/flows/packet-values.h"
#include "agent/flows/plan-legs.h"
#include "agent/remotes/remotes.h"
#include "agent/plans/send-plan.h"
#include "agent/model/source-set.h"
#include "agent/switch/ofctrl.h"
#include "lib/value-encode.h"
#include "lib/value.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/poll-loop.h"
#include "util.h"

static bool
profile_is_leaving(const struct m_profile *profile)
{
    return (source_set_has(profile->source, SOURCE_KEPT)
            || source_set_has(profile->source, SOURCE_FADING));
}

/* Whether every bridge has all flows of the turns before. */
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

static const struct nve *
agent_get_self_def(const struct agent *agent)
{
    const struct m_nve *self = model_get_self(agent->model);

    return m_nve_get_def(self);
}

static char *
describe_absent(const struct resolved_option *option)
{
    char *source = value_source_to_string(&option->value);
    char *message;

    message = xasprintf("required option %s ("OPT_KEY_FMT") has no value: "
                        "set %s", option->name,
                        OPT_KEY_ARGS(option->sender.key), source);
    free(source);
    return message;
}

bool
source_stage_build(const struct agent *agent, const struct tlv_plan *plan,
                   const struct m_endpoint *ep, struct ofpbuf *actions,
                   const char **phase, char **message)
{
    const struct source_set *set = ep->vpc->sent->source;
    const struct nve *self = agent_get_self_def(agent);

    for (size_t i = 0; i < set->n; i++) {
        const struct resolved_option *o = &set->options[i].up;
        bool current = set->options[i].state == SOURCE_CURRENT;
        int index = tlv_plan_get_index(plan, o->sender.key,
                                        o->sender.length);
        uint8_t data[GENEVE_OPT_MAX_DATA];
        enum value_result result;
        char *error = NULL;

        if (set->options[i].state == SOURCE_FADING) {
            continue;
        }
        result = value_encode(&o->value, o->sender.length,
                              ep->up.object->endpoint,
                              ep->vpc->up.object->vpc, self, data, &error);
        if (result == VALUE_BAD && current) {
            *phase = "Refused";
            *message = xasprintf("option %s: %s", o->name, error);
            free(error);
            return false;
        } else if (o->sender.required && result == VALUE_ABSENT) {
            *phase = "Blocked";
            *message = describe_absent(o);
            return false;
        } else if (o->sender.required && index < 0) {
            *phase = "Blocked";
            *message = xasprintf("required option %s ("OPT_KEY_FMT") has no "
                                 "place in the TLV map", o->name,
                                 OPT_KEY_ARGS(o->sender.key));
            return false;
        } else if (result == VALUE_OK && index >= 0) {
            put_set_option(actions, index, data, o->sender.length);
        } else if (result == VALUE_PER_PACKET && index >= 0) {
            packet_value_put(&o->value, index, o->sender.length, actions);
        }
        free(error);
    }
    return true;
}

/* The flows of everything that has to do with 'profile' are to be made again:
 * those of endpoints (if 'endpoints') and of remotes. */
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
    if (profile_is_leaving(profile)) {
        hmapx_add(&agent->model->leaving, profile);
    }
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

        if (encap->profile == need->profile && plan_legs_need(encap, key)) {
            return true;
        }
    }
    return false;
}

/* Lets go of the options of 'profile' that can go. */
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
source_stage_run(struct agent *agent)
{
    struct hmapx_node *node;

    HMAPX_FOR_EACH_SAFE (node, &agent->model->leaving) {
        struct m_profile *profile = node->data;

        let_go(agent, profile);
        if (!profile_is_leaving(profile)) {
            hmapx_delete(&agent->model->leaving, node);
        }
    }
    HMAPX_FOR_EACH (node, &agent->model->changed_vpcs) {
        const struct m_vpc *vpc = node->data;

        if (vpc->profile) {
            follow_profile(agent, vpc->profile);
            follow_profile(agent, vpc->sent);
        }
    }
}

/* An option that left in this turn may perhaps fade in the next one. */
void
source_stage_wait(const struct agent *agent)
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
