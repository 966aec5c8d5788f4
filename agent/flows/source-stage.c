/* Source stage: see source-stage.h.
 *
 * endpoint-phase.h has decided whether an endpoint may send, so an option
 * without a value is just left out here.  The values of a local endpoint are
 * all known, so its flow sets constants, except where they depend on the
 * packet itself (packet-values.h). */

#include <config.h>

#include "agent/flows/source-stage.h"

#include "agent/agent.h"
#include "agent/flows/packet-values.h"
#include "agent/model/model-nve.h"
#include "agent/model/model-qos.h"
#include "agent/model/model.h"
#include "agent/model/source-set.h"
#include "agent/switch/flow-actions.h"
#include "lib/tlv-plan.h"
#include "lib/value-encode.h"
#include "lib/value.h"
#include "openvswitch/ofpbuf.h"
#include "util.h"

/* Appends the options of 'sender', in packets of 'vpc'. */
static bool
build(const struct agent *agent, const struct tlv_plan *plan,
      const struct m_vpc *vpc, const struct endpoint *sender,
      struct ofpbuf *actions)
{
    const struct source_set *set = vpc->sent->source;
    const struct nve *self = m_nve_get_def(model_get_self(agent->model));

    for (size_t i = 0; i < set->n; i++) {
        const struct resolved_option *o = &set->options[i].up;
        int index = tlv_plan_get_index(plan, o->sender.key,
                                       o->sender.length);
        uint8_t data[GENEVE_OPT_MAX_DATA];
        enum value_result result;
        char *error;

        if (set->options[i].state == SOURCE_FADING) {
            continue;
        } else if (index < 0) {
            if (o->sender.required) {
                return false;
            }
            continue;
        }
        result = value_encode(&o->value, o->sender.length, sender,
                              vpc->up.object->vpc, self, data, &error);
        if (result == VALUE_OK) {
            put_set_option(actions, index, data, o->sender.length);
        } else if (result == VALUE_PER_PACKET) {
            packet_value_put(&o->value, index, o->sender.length, actions);
        }
        free(error);
    }
    return true;
}

bool
source_stage_build(const struct agent *agent, const struct tlv_plan *plan,
                   const struct m_endpoint *ep, struct ofpbuf *actions)
{
    struct endpoint sender;

    m_qos_get_sender(ep, &sender);
    return build(agent, plan, ep->vpc, &sender, actions);
}

bool
source_stage_build_gateway(const struct agent *agent,
                           const struct tlv_plan *plan,
                           const struct m_vpc *vpc, struct ofpbuf *actions)
{
    const struct endpoint sender = { .has_type = true, .type = EP_GATEWAY };

    return build(agent, plan, vpc, &sender, actions);
}
