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
#include "agent/remotes/remotes.h"
#include "agent/model/source-set.h"
#include "agent/switch/ofctrl.h"
#include "lib/tlv-plan.h"
#include "lib/value-encode.h"
#include "lib/value.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/poll-loop.h"
#include "util.h"

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
