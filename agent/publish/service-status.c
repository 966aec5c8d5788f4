/* The status of services and of QoS: see service-status.h.
 *
 * All agents see each write, so a status says nothing that changes without
 * need: no counters, and of a QoSPolicy no endpoints. */

#include <config.h>

#include "agent/publish/service-status.h"

#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/controller/objects.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model-label.h"
#include "agent/model/model-lb.h"
#include "agent/model/model-qos.h"
#include "agent/model/model-touch.h"
#include "agent/model/model.h"
#include "agent/publish/keeper.h"
#include "agent/publish/status-queue.h"
#include "agent/remotes/gateways.h"
#include "agent/remotes/refusals.h"
#include "agent/switch/ofctrl.h"
#include "lib/option-json.h"
#include "openvswitch/json.h"
#include "packets.h"
#include "smap.h"
#include "util.h"

/* A status is one object of the API, whose size is bounded. */
#define MAX_BACKENDS_SHOWN 1000

struct service_status {
    struct status_queue lbs, policies;
    struct smap keepers;            /* VPC's name -> that of its keeper. */
    uint64_t refusal_seq;           /* Of refusals_get_seq(). */
};

/* LoadBalancers. */

static bool
keeps(const struct agent *agent, const struct m_vpc *vpc)
{
    return (vpc && agent->model->self
            && nullable_string_is_equal(
                smap_get(&agent->service_status->keepers, vpc->up.name),
                agent->model->self));
}

static bool
is_lb_ours(const struct agent *agent, const struct entity *entity)
{
    const struct m_lb *lb = M_CAST(m_lb, entity);
    const struct m_gateway *gw = lb->gateway;
    const struct object *object = gw ? gw->up.object : NULL;

    if (gw && gw->active) {
        return true;
    }
    if (gw && !agent->gateways->place_known) {
        return false;
    }
    if (object && object->gateway->status_active
        && !nullable_string_is_equal(object->gateway->status_active,
                                     agent->model->self)) {
        return false;               /* The node that it names does. */
    }
    return keeps(agent, lb->vpc);
}

static struct json *
make_backend(const struct agent *agent, const struct m_lb_backend *b)
{
    struct json *json = json_object_create();

    json_object_put_string(json, "endpoint", b->ep->up.name);
    json_object_put(json, "nve", option_json_string(
                        b->nve ? b->nve->up.name : agent->model->self));
    json_object_put(json, "healthy", json_boolean_create(b->healthy));
    if (!b->weight) {
        json_object_put(json, "draining", json_boolean_create(true));
    }
    if (b->has_ret) {
        json_object_put_string(json, "return", lb_return_to_string(b->ret));
    }
    if (b->has_ret && b->option != VALUE_NONE) {
        json_object_put_string(json, "option",
                               value_from_to_string(b->option));
    }
    return json;
}

static struct json *
make_backends(const struct agent *agent, const struct m_lb *lb)
{
    const struct m_lb_backend **sorted = m_lb_sort_backends(lb);
    size_t n = hmap_count(&lb->backends);
    struct json *array = json_array_create_empty();

    for (size_t i = 0; i < MIN(n, MAX_BACKENDS_SHOWN); i++) {
        json_array_add(array, make_backend(agent, sorted[i]));
    }
    free(sorted);
    return array;
}

static void
put_ip(struct json *status, const char *name, const struct in6_addr *ip,
       bool used)
{
    char text[INET6_ADDRSTRLEN];

    if (used) {
        ipv6_string_mapped(text, ip);
        json_object_put_string(status, name, text);
    } else {
        json_object_put(status, name, json_null_create());
    }
}

/* Whether this node, the active gateway, finds that no backend can answer
 * clients outside. */
static bool
lacks_return(const struct m_lb *lb)
{
    const struct m_lb_backend *b;

    HMAP_FOR_EACH (b, node, &lb->backends) {
        if (m_lb_backend_takes(b) && b->has_ret) {
            return false;
        }
    }
    return lb->gateway && lb->gateway->active;
}

/* Says how the service does, in a word and a sentence, which the caller
 * frees.  Returns whether it is ready. */
static bool
describe_lb(const struct m_lb *lb, const char *refused,
            const char **reason, char **message)
{
    size_t n = hmap_count(&lb->backends);

    if (lb->up.problem || refused) {
        *reason = "Blocked";
        *message = (lb->up.problem ? xstrdup(lb->up.problem)
                    : xstrdup(refused));
    } else if (!n) {
        *reason = "NoBackends";
        *message = xasprintf("spec.backends: selects no endpoint that is at "
                             "a node and has an IPv%d address",
                             load_balancer_is_ipv6(lb->up.object->lb)
                             ? 6 : 4);
    } else if (!lb->n_taking) {
        *reason = "NoBackends";
        *message = xasprintf("none of the %"PRIuSIZE" backends takes "
                             "connections: see status.backends", n);
    } else if (lacks_return(lb)) {
        *reason = "Blocked";
        *message = xasprintf("spec.return: no backend can answer clients "
                             "outside by \"%s\", so spec.externalAddress is "
                             "not served",
                             lb_return_to_string(lb->up.object->lb->ret));
    } else {
        *reason = "Served";
        *message = xasprintf("%"PRIuSIZE" of %"PRIuSIZE" backends take "
                             "connections", lb->n_taking, n);
        return true;
    }
    return false;
}

static struct json *
make_lb_status(const struct agent *agent, const struct entity *entity)
{
    const struct m_lb *lb = M_CAST(m_lb, entity);
    const struct load_balancer *def = entity->object->lb;
    struct json *status;
    const char *reason;
    char *refused, *message;
    bool ready;

    if (!lb->flows.n_refused
        && !ofctrl_owner_is_confirmed(&lb->flows, agent->ofctrl)) {
        return NULL;
    }
    refused = refusals_describe_lb(agent, lb);
    ready = describe_lb(lb, refused, &reason, &message);
    status = json_object_create();
    put_ip(status, "address", &def->address, lb->valid);
    put_ip(status, "externalAddress", &def->external_address,
           lb->gateway != NULL);
    json_object_put(status, "backends", make_backends(agent, lb));
    keeper_put_ready_since(status, reason, message, ready ? NULL : message,
                           def->ready_since, def->was_ready);
    free(message);
    free(refused);
    return status;
}

static const struct status_queue_class lb_queue_class = {
    .kind = MODEL_LB,
    .resource_kind = RES_LOAD_BALANCER,
    .is_ours = is_lb_ours,
    .make_status = make_lb_status,
};

/* QoSPolicies. */

/* Returns a policy that is in the way of 'policy' for some endpoints that it
 * selects, or NULL.  '*all' says whether others are in the way for all of
 * them. */
static const struct m_qos_policy *
find_older(const struct m_qos_policy *policy, bool *all)
{
    const struct m_qos_policy *older = NULL;
    const struct hmapx_node *node;

    *all = true;
    HMAPX_FOR_EACH (node, &policy->selection.selectables) {
        const struct m_label_set *set = CONTAINER_OF(
            node->data, struct m_label_set, selectable);
        const struct m_qos_policy *best = m_qos_find_of_set(set);

        if (best == policy) {
            *all = false;
        } else if (!older || strcmp(best->up.name, older->up.name) < 0) {
            older = best;
        }
    }
    return older;
}

static struct json *
make_policy_status(const struct agent *agent OVS_UNUSED,
                   const struct entity *entity)
{
    const struct m_qos_policy *policy = M_CAST(m_qos_policy, entity);
    struct json *status = json_object_create();
    const char *problem = policy->up.problem;
    bool none = hmapx_is_empty(&policy->selection.selectables);
    bool all;
    const struct m_qos_policy *older = find_older(policy, &all);
    char *message = (!older ? xstrdup(none ? "selects no endpoint"
                                      : "in force")
                     : xasprintf("QoSPolicy %s, which is older, counts for "
                                 "%s the endpoints that it selects",
                                 older->up.name,
                                 all ? "all" : "some of"));

    keeper_put_ready(status, problem ? "Blocked"
                     : older ? all ? "Overridden" : "PartlyOverridden"
                     : "InForce", message,
                     problem ? problem : older && all ? message : NULL);
    free(message);
    return status;
}

static bool
is_policy_ours(const struct agent *agent, const struct entity *entity)
{
    return keeps(agent, M_CAST(m_qos_policy, entity)->vpc);
}

static const struct status_queue_class policy_queue_class = {
    .kind = MODEL_QOS_POLICY,
    .resource_kind = RES_QOS_POLICY,
    .is_ours = is_policy_ours,
    .make_status = make_policy_status,
};

struct service_status *
service_status_create(void)
{
    struct service_status *ss = xzalloc(sizeof *ss);

    status_queue_init(&ss->lbs, &lb_queue_class);
    status_queue_init(&ss->policies, &policy_queue_class);
    smap_init(&ss->keepers);
    return ss;
}

void
service_status_destroy(struct service_status *ss)
{
    if (ss) {
        status_queue_uninit(&ss->lbs);
        status_queue_uninit(&ss->policies);
        smap_destroy(&ss->keepers);
        free(ss);
    }
}

/* What changed. */

static void
set_keeper(struct agent *agent, const struct m_vpc *vpc,
           const struct m_nve *keeper)
{
    struct service_status *ss = agent->service_status;
    bool kept = keeps(agent, vpc);

    if (keeper) {
        smap_replace(&ss->keepers, vpc->up.name, keeper->up.name);
    } else {
        smap_remove(&ss->keepers, vpc->up.name);
    }
    if (keeps(agent, vpc) != kept) {
        status_queue_note_set(&ss->lbs, &vpc->lbs);
        status_queue_note_set(&ss->policies, &vpc->qos_policies);
    }
}

/* 'vpc' has another keeper, maybe. */
static void
recheck_keeper(struct agent *agent, const struct m_vpc *vpc)
{
    set_keeper(agent, vpc, keeper_find_for_vpc(agent, vpc));
}

/* 'nve', which has to do with 'vpc', changed.  All others are looked at only
 * if it ceases to be the keeper. */
static void
recheck_keeper_with(struct agent *agent, const struct m_vpc *vpc,
                    const struct m_nve *nve)
{
    const char *old = smap_get(&agent->service_status->keepers, vpc->up.name);
    int order = old ? strcmp(nve->up.name, old) : -1;

    if (!m_vpc_is_here(vpc)) {
        set_keeper(agent, vpc, NULL);
    } else if (order < 0 && keeper_may_be(nve)) {
        set_keeper(agent, vpc, nve);
    } else if (!order && !keeper_may_be(nve)) {
        recheck_keeper(agent, vpc);
    }
}

/* 'nve' may be the keeper of what it has to do with, or no longer. */
static void
recheck_keepers_with(struct agent *agent, const struct m_nve *nve)
{
    const struct m_share *share;

    HMAP_FOR_EACH (share, nve_node, &nve->shares) {
        recheck_keeper_with(agent, share->vpc, nve);
    }
    if (keeper_is_self(agent, nve)) {
        const struct hmapx_node *node;

        HMAPX_FOR_EACH (node, &agent->model->active_vpcs) {
            recheck_keeper(agent, node->data);
        }
    }
}

static void
recheck_keepers(struct agent *agent)
{
    const struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &agent->model->changed_vpcs) {
        recheck_keeper(agent, node->data);
    }
    HMAPX_FOR_EACH (node, &agent->model->changed_nves) {
        recheck_keepers_with(agent, node->data);
    }
}

/* A policy that comes or goes may be in the way of another one; so may one
 * that selects the labels of a new endpoint. */
static void
note_policies(struct agent *agent)
{
    struct status_queue *queue = &agent->service_status->policies;
    struct hmapx vpcs = HMAPX_INITIALIZER(&vpcs);
    const struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &agent->model->changed_qos_policies) {
        const struct m_qos_policy *policy = node->data;

        if (policy->vpc) {
            hmapx_add(&vpcs, policy->vpc);
        }
    }
    HMAPX_FOR_EACH (node, &agent->model->changed_endpoints) {
        const struct m_endpoint *ep = node->data;

        if (ep->vpc) {
            hmapx_add(&vpcs, ep->vpc);
        }
    }
    HMAPX_FOR_EACH (node, &vpcs) {
        const struct m_vpc *vpc = node->data;

        status_queue_note_set(queue, &vpc->qos_policies);
    }
    hmapx_destroy(&vpcs);
}

/* Who is the active node of a gateway writes of what it serves. */
static void
note_gateways(struct agent *agent)
{
    const struct hmapx_node *node, *lb_node;

    HMAPX_FOR_EACH (node, &agent->model->changed_gateways) {
        const struct m_gateway *gw = node->data;

        if (!gw->vpc) {
            continue;
        }
        HMAPX_FOR_EACH (lb_node, &gw->vpc->lbs) {
            const struct m_lb *lb = lb_node->data;

            if (lb->gateway == gw) {
                status_queue_note(&agent->service_status->lbs, lb->up.name);
            }
        }
    }
}

/* The switch may refuse something, or take it, at any time. */
static void
note_refusals(struct agent *agent)
{
    struct service_status *ss = agent->service_status;
    uint64_t seq = refusals_get_seq(agent);

    if (ss->refusal_seq != seq) {
        ss->refusal_seq = seq;
        status_queue_note_all(&ss->lbs, agent->model);
    }
}

void
service_status_run(struct agent *agent)
{
    struct service_status *ss = agent->service_status;

    if (!model_touch_is_none(agent->model)) {
        status_queue_note_set(&ss->lbs, &agent->model->changed_lbs);
        recheck_keepers(agent);
        note_policies(agent);
        note_gateways(agent);
    }
    note_refusals(agent);
    status_queue_run(&ss->lbs, agent);
    status_queue_run(&ss->policies, agent);
}

void
service_status_wait(const struct agent *agent)
{
    status_queue_wait(&agent->service_status->lbs, agent);
    status_queue_wait(&agent->service_status->policies, agent);
}
