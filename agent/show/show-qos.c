/* QoS on this node: the policies of its VPCs, and all classes. */

#include <config.h>

#include "agent/show/show-qos.h"

#include <stdlib.h>

#include "agent/agent.h"
#include "agent/model/model-label.h"
#include "agent/model/model-qos.h"
#include "agent/model/model.h"
#include "agent/remotes/class-ports.h"
#include "agent/show/show-reply.h"
#include "lib/label-selector.h"
#include "lib/option-json.h"
#include "openvswitch/json.h"
#include "util.h"

/* null if it is not set. */
static struct json *
show_number(int64_t value, bool is_set)
{
    return is_set ? json_integer_create(value) : json_null_create();
}

static struct json *
show_limits(const struct qos_limits *limits)
{
    struct json *json;

    if (!qos_limits_are_set(limits)) {
        return json_null_create();
    }
    json = json_object_create();
    json_object_put(json, "kbps", show_number(limits->kbps, limits->kbps));
    json_object_put(json, "burst", show_number(limits->burst, limits->burst));
    json_object_put(json, "pps", show_number(limits->pps, limits->pps));
    return json;
}

/* Counts the endpoints of this node that 'policy' selects; of them, '*here'
 * are those that it counts for. */
static size_t
count_selected(const struct m_qos_policy *policy, size_t *here)
{
    const struct hmapx_node *node;
    size_t n = 0;

    *here = 0;
    HMAPX_FOR_EACH (node, &policy->vpc->local) {
        const struct m_endpoint *ep = node->data;

        if (ep->labels && selection_has(&policy->selection,
                                        &ep->labels->selectable)) {
            n++;
            *here += m_qos_find(ep) == policy;
        }
    }
    return n;
}

static struct json *
show_policy(const struct m_qos_policy *policy)
{
    const struct qos_policy *def = m_qos_policy_get_def(policy);
    struct json *json = json_object_create();
    size_t here;
    size_t selected = count_selected(policy, &here);

    json_object_put_string(json, "name", policy->up.name);
    json_object_put_string(json, "vpc", def->vpc);
    json_object_put(json, "selector", json_string_create_nocopy(
                        label_selector_to_string(&def->selector)));
    json_object_put(json, "class", option_json_string(def->class_name));
    json_object_put_string(json, "model", qos_model_to_string(def->model));
    for (int i = 0; i < QOS_N_DIRECTIONS; i++) {
        json_object_put(json, qos_direction_to_string(i),
                        show_limits(&def->limits[i]));
    }
    json_object_put(json, "here", json_integer_create(here));
    json_object_put(json, "selected", json_integer_create(selected));
    json_object_put_string(json, "state",
                           policy->up.problem ? "Blocked"
                           : here || !selected ? "InForce" : "Overridden");
    json_object_put(json, "message", option_json_string(policy->up.problem));
    return json;
}

static struct json *
show_policy_row(const struct entity *entity, void *aux OVS_UNUSED)
{
    const struct m_qos_policy *policy = M_CAST(m_qos_policy, entity);

    return (m_qos_policy_get_def(policy) && policy->vpc
            && m_vpc_is_here(policy->vpc) ? show_policy(policy) : NULL);
}

/* Whether packets of 'class' leave without its DSCP for want of a port. */
static bool
lacks_ports(const struct agent *agent, const struct m_qos_class *class)
{
    const struct qos_class *def = m_qos_class_get_def(class);

    return (def && def->dscp > 0 && agent->class_ports->n
            && !class_ports_are_ready(agent, def->dscp));
}

static struct json *
show_class(const struct agent *agent, const struct m_qos_class *class)
{
    const struct qos_class *def = class->up.object->qos_class;
    const char *message = class->up.problem;
    bool pending = lacks_ports(agent, class);
    struct json *json = json_object_create();

    if (pending && !message) {
        message = "not all tunnel ports that send with its DSCP are there "
                  "yet; until then its packets leave with DSCP 0";
    }
    json_object_put_string(json, "name", class->up.name);
    json_object_put(json, "number", json_integer_create(def->number));
    json_object_put(json, "dscp", show_number(def->dscp, def->dscp >= 0));
    json_object_put(json, "queue", show_number(def->queue, def->queue >= 0));
    json_object_put_string(json, "state", !class->valid ? "Refused"
                           : pending ? "Pending" : "InForce");
    json_object_put(json, "message", option_json_string(message));
    return json;
}

static struct json *
show_class_row(const struct entity *entity, void *agent)
{
    return (entity->object ? show_class(agent, M_CAST(m_qos_class, entity))
            : NULL);
}

void
show_qos_list(struct unixctl_conn *conn, int argc OVS_UNUSED,
              const char *argv[] OVS_UNUSED, void *agent_)
{
    const struct agent *agent = agent_;
    struct json *json = json_object_create();

    json_object_put(json, "policies",
                    show_reply_all(agent->model, MODEL_QOS_POLICY,
                                   show_policy_row, agent_));
    json_object_put(json, "classes",
                    show_reply_all(agent->model, MODEL_QOS_CLASS,
                                   show_class_row, agent_));
    show_reply_json(conn, json);
}
