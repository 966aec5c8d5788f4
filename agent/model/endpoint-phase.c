/* Phases of endpoints: see endpoint-phase.h.
 *
 * An option whose value does not fit refuses the endpoint.  A required option
 * without a value, or without a place in the base plan's map, blocks it; an
 * optional one is left out.  An endpoint that may not send can be reached all
 * the same. */

#include <config.h>

#include "agent/model/endpoint-phase.h"

#include "agent/agent.h"
#include "agent/model/model-endpoint.h"
#include "agent/model/model-nve.h"
#include "agent/model/model-qos.h"
#include "agent/model/model.h"
#include "agent/model/source-set.h"
#include "lib/tlv-plan.h"
#include "lib/value-encode.h"
#include "lib/value.h"
#include "util.h"

const char *
endpoint_phase_to_string(enum endpoint_phase phase)
{
    switch (phase) {
    case ENDPOINT_PENDING:
        return "Pending";
    case ENDPOINT_RUNNING:
        return "Running";
    case ENDPOINT_BLOCKED:
        return "Blocked";
    case ENDPOINT_REFUSED:
        return "Refused";
    default:
        OVS_NOT_REACHED();
    }
}

static char *
describe_absent(const struct resolved_option *option)
{
    char *source = value_source_to_string(&option->value);
    char *message;

    message = xasprintf("required option %s ("OPT_KEY_FMT") has no value: "
                        "%s %s", option->name,
                        OPT_KEY_ARGS(option->sender.key),
                        value_is_of_service(option->value.from)
                        ? "only packets for services have a"
                        : "set", source);
    free(source);
    return message;
}

/* Returns ENDPOINT_RUNNING if packets of 'ep' can carry 'option', which flows
 * set.  If not, sets '*message' to the reason, for the caller to free. */
static enum endpoint_phase
check_option(const struct agent *agent, const struct m_endpoint *ep,
             const struct source_option *option, char **message)
{
    const struct nve *self = m_nve_get_def(model_get_self(agent->model));
    const struct resolved_option *o = &option->up;
    uint8_t data[GENEVE_OPT_MAX_DATA];
    enum value_result result;
    struct endpoint sender;
    char *error;

    m_qos_get_sender(ep, &sender);
    result = value_encode(&o->value, o->sender.length, &sender,
                          ep->vpc->up.object->vpc, self, data, &error);
    if (result == VALUE_BAD && option->state == SOURCE_CURRENT) {
        *message = xasprintf("option %s: %s", o->name, error);
        free(error);
        return ENDPOINT_REFUSED;
    }
    free(error);
    if (o->sender.required && result == VALUE_ABSENT) {
        *message = describe_absent(o);
        return ENDPOINT_BLOCKED;
    }
    if (o->sender.required
        && tlv_plan_get_index(agent->base_plan, o->sender.key,
                              o->sender.length) < 0) {
        *message = xasprintf("required option %s ("OPT_KEY_FMT") has no place "
                             "in the TLV map", o->name,
                             OPT_KEY_ARGS(o->sender.key));
        return ENDPOINT_BLOCKED;
    }
    return ENDPOINT_RUNNING;
}

/* Returns the phase of 'ep', which is attached. */
static enum endpoint_phase
check_options(const struct agent *agent, const struct m_endpoint *ep,
              char **message)
{
    const struct source_set *set = ep->vpc->sent->source;

    for (size_t i = 0; i < set->n; i++) {
        if (set->options[i].state != SOURCE_FADING) {
            enum endpoint_phase phase = check_option(agent, ep,
                                                     &set->options[i],
                                                     message);
            if (phase != ENDPOINT_RUNNING) {
                return phase;
            }
        }
    }
    return ENDPOINT_RUNNING;
}

/* Returns the phase of 'ep', which is bound here.  Sets '*attached' if packets
 * can be delivered to it. */
static enum endpoint_phase
check_local(const struct agent *agent, const struct m_endpoint *ep,
            bool *attached, char **message)
{
    if (!m_vpc_is_active(ep->vpc)) {
        *message = nullable_xstrdup(ep->vpc->up.problem
                                    ? ep->vpc->up.problem : ep->up.problem);
        return ENDPOINT_BLOCKED;
    } else if (!ep->ofport) {
        *message = xstrdup("its interface has no OpenFlow port yet");
        return ENDPOINT_PENDING;
    } else if (!ep->vpc->policies_known) {
        *message = xstrdup("the policies of its VPC are not known yet");
        return ENDPOINT_PENDING;
    }
    *attached = true;
    return check_options(agent, ep, message);
}

static void
endpoint_phase_update(const struct agent *agent, struct m_endpoint *ep)
{
    bool attached = false;

    free(ep->message);
    ep->message = NULL;
    if (m_endpoint_is_local(ep)) {
        ep->phase = check_local(agent, ep, &attached, &ep->message);
    } else if (ep->vpc && ep->up.problem) {
        ep->phase = ENDPOINT_REFUSED;
        ep->message = xstrdup(ep->up.problem);
    } else {
        ep->phase = ENDPOINT_PENDING;
        if (ep->binding == BINDING_REFUSED) {
            ep->message = xasprintf("its interface has external_ids:nve-claim"
                                    "=hold, and it is at %s",
                                    ep->nve->up.name);
        }
    }
    ep->attached = attached;
    m_endpoint_count(agent->model, ep);
}

void
endpoint_phase_run(struct agent *agent)
{
    struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &agent->model->changed_endpoints) {
        endpoint_phase_update(agent, node->data);
    }
}
