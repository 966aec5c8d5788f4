/* The status of endpoints: see endpoint-status.h.
 *
 * What is decided here is written by the object writer, as often as it
 * takes. */

#include <config.h>

#include "agent/publish/endpoint-status.h"

#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/controller/controller.h"
#include "agent/controller/object-writer.h"
#include "agent/controller/objects.h"
#include "agent/model/endpoint-phase.h"
#include "agent/model/model-lb.h"
#include "agent/model/model-policy.h"
#include "agent/model/model.h"
#include "agent/remotes/node-health.h"
#include "agent/remotes/refusals.h"
#include "agent/switch/ofctrl.h"
#include "agent/write-gate.h"
#include "lib/json-util.h"
#include "lib/option-json.h"
#include "openvswitch/json.h"
#include "packets.h"
#include "sset.h"
#include "util.h"

struct endpoint_status {
    /* Names of those to be looked at.  Names, as endpoints may go. */
    struct sset pending;

    uint64_t refusal_seq;           /* Of refusals_get_seq(). */
};

struct endpoint_status *
endpoint_status_create(void)
{
    struct endpoint_status *es = xmalloc(sizeof *es);

    sset_init(&es->pending);
    return es;
}

void
endpoint_status_destroy(struct endpoint_status *es)
{
    if (es) {
        sset_destroy(&es->pending);
        free(es);
    }
}

/* Says which addresses are in use: nobody takes them away who claims them
 * later (claims.h).  'def' is the endpoint if it is here, else NULL. */
static void
put_addresses(struct json *status, const struct endpoint *def)
{
    if (def) {
        json_object_put_format(status, "mac", ETH_ADDR_FMT,
                               ETH_ADDR_ARGS(def->mac));
    } else {
        json_object_put(status, "mac", json_null_create());
    }
    json_object_put(status, "ips", def && def->n_ips
                    ? option_json_ips(def->ips, def->n_ips)
                    : json_null_create());
}

static struct json *
make_names(const struct sset *names)
{
    const char **sorted = sset_sort(names);
    struct json *array = json_array_create_empty();

    for (size_t i = 0; i < sset_count(names); i++) {
        json_array_add(array, json_string_create(sorted[i]));
    }
    free(sorted);
    return array;
}

/* Says whose health checks an endpoint passes: 'ep' if it is here, else
 * NULL. */
static void
put_healthy_for(struct json *status, const struct m_endpoint *ep)
{
    struct sset names = SSET_INITIALIZER(&names);
    const struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &m_endpoint_get_users(ep)->lbs) {
        const struct m_lb *lb = node->data;
        const struct load_balancer *def = m_lb_get_def(lb);

        if (def && def->has_check && m_lb_find_backend(lb, ep)->healthy) {
            sset_add(&names, lb->up.name);
        }
    }
    json_object_put(status, "healthyFor", sset_is_empty(&names)
                    ? json_null_create() : make_names(&names));
    sset_destroy(&names);
}

/* 'nve' and 'message' may be NULL, 'mtu' 0; for 'def' see put_addresses(). */
static struct json *
make_status(const char *nve, const char *phase, const char *message, int mtu,
            const struct endpoint *def)
{
    struct json *status = json_object_create();

    json_object_put(status, "nve", option_json_string(nve));
    json_object_put_string(status, "phase", phase);
    json_object_put(status, "message", option_json_string(message));
    json_object_put(status, "mtu", mtu ? json_integer_create(mtu)
                                       : json_null_create());
    put_addresses(status, def);
    if (!def) {
        json_object_put(status, "healthyFor", json_null_create());
    }
    return status;
}

/* Whether the status of 'object', which may be NULL, says that the endpoint is
 * here. */
static bool
says_here(const struct agent *agent, const struct object *object)
{
    const char *at = (object ? endpoint_get_status(object->endpoint)->nve
                      : NULL);

    return at && agent->model->self && !strcmp(at, agent->model->self);
}

/* The switch has refused flows of 'ep', as 'message' says.  It is asked again
 * now and then. */
static void
publish_refused(struct agent *agent, const struct m_endpoint *ep,
                const char *message)
{
    struct object_writer *writer = controller_get_writer(agent->controller);
    struct json *status = make_status(
        agent->model->self, endpoint_phase_to_string(ENDPOINT_BLOCKED),
        message, ep->vpc->mtu, ep->up.object->endpoint);

    put_healthy_for(status, ep);
    object_writer_set_status(writer, RES_ENDPOINT, ep->up.name, status);
}

/* Whether the switch has the flows of the policies that apply to 'ep'.  What
 * it refused counts as under way after each change. */
static bool
has_policies(const struct agent *agent, const struct m_endpoint *ep)
{
    for (int i = 0; i < POLICY_N_DIRECTIONS; i++) {
        const struct m_policy_group *group = m_endpoint_get_group(ep, i);

        if (group && !ofctrl_owner_is_confirmed(&group->flows,
                                                agent->ofctrl)) {
            return false;
        }
    }
    return true;
}

/* Returns true if flows of 'ep', which is bound here, are under way or
 * refused; the latter is told. */
static bool
lacks_flows(struct agent *agent, const struct m_endpoint *ep)
{
    char *message = refusals_describe_endpoint(agent, ep);
    bool lacks = (message
                  || !ofctrl_owner_is_confirmed(&ep->flows, agent->ofctrl)
                  || !has_policies(agent, ep));

    if (message) {
        publish_refused(agent, ep, message);
        free(message);
    }
    return lacks;
}

/* Returns the status of 'ep', which is bound here.  What may send and be
 * reached by its flows is "Unreachable" if the node itself or its port is. */
static struct json *
make_local_status(const struct agent *agent, const struct m_endpoint *ep)
{
    const char *phase = endpoint_phase_to_string(ep->phase);
    const char *message = ep->message;

    const char *problem = node_health_get_endpoint_problem(agent, ep);
    struct json *status;

    if (ep->phase == ENDPOINT_RUNNING && problem) {
        phase = "Unreachable";
        message = problem;
    }
    status = make_status(agent->model->self, phase, message, ep->vpc->mtu,
                         ep->up.object->endpoint);
    put_healthy_for(status, ep);
    return status;
}

/* Returns true if there is nothing more to be done about 'ep' for now. */
static bool
publish(struct agent *agent, const struct m_endpoint *ep)
{
    struct object_writer *writer = controller_get_writer(agent->controller);
    const char *name = ep->up.name;
    struct json *status;

    if (!ep->up.object || !agent->model->self) {
        object_writer_clear(writer, RES_ENDPOINT, name);
    } else if (m_endpoint_is_local(ep)) {
        if (ep->phase == ENDPOINT_RUNNING
            && !node_health_get_endpoint_problem(agent, ep)
            && lacks_flows(agent, ep)) {
            return false;
        }
        status = make_local_status(agent, ep);
        object_writer_set_status(writer, RES_ENDPOINT, name, status);
    } else if (ep->plugged && ep->binding == BINDING_NONE) {
        status = make_status(NULL, "Refused", ep->up.problem, 0, NULL);
        object_writer_set_status(writer, RES_ENDPOINT, name, status);
    } else if (says_here(agent, ep->up.object)) {
        status = make_status(NULL, "Pending", "not plugged in anywhere", 0,
                             NULL);
        object_writer_release_status(writer, RES_ENDPOINT, name, status);
    } else {
        /* It is another node's, or nobody's and that has been said. */
        object_writer_clear(writer, RES_ENDPOINT, name);
    }
    return true;
}

/* Flows of an endpoint may be refused, or taken, at any time. */
static void
note_refusals(struct agent *agent)
{
    struct endpoint_status *es = agent->endpoint_status;
    uint64_t seq = refusals_get_seq(agent);
    const struct hmapx_node *node;

    if (es->refusal_seq != seq) {
        es->refusal_seq = seq;
        HMAPX_FOR_EACH (node, &agent->model->plugged) {
            const struct m_endpoint *ep = node->data;

            sset_add(&es->pending, ep->up.name);
        }
    }
}

/* Most endpoints are remote ones, and not our business, but one that was ours
 * has to be given up. */
static void
note_changes(struct agent *agent)
{
    struct object_writer *writer = controller_get_writer(agent->controller);
    const struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &agent->model->changed_endpoints) {
        const struct m_endpoint *ep = node->data;

        if (ep->plugged || object_writer_has(writer, RES_ENDPOINT, ep->up.name)
            || says_here(agent, ep->up.object)) {
            sset_add(&agent->endpoint_status->pending, ep->up.name);
        }
    }
}

void
endpoint_status_run(struct agent *agent)
{
    struct sset *pending = &agent->endpoint_status->pending;
    const char *name;

    note_changes(agent);
    note_refusals(agent);
    if (!write_gate_is_open(agent->gate, WRITE_OBJECTS)) {
        return;
    }
    SSET_FOR_EACH_SAFE (name, pending) {
        const struct entity *entity = entity_find(agent->model, MODEL_ENDPOINT,
                                                  name);

        if (!entity || publish(agent, M_CAST(m_endpoint, entity))) {
            sset_find_and_delete(pending, name);
        }
    }
}
