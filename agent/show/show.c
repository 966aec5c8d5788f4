/* Show commands: see show.h for what each answers.  Those about remotes are
 * in show-remote.c and explain.c. */

#include <config.h>

#include "agent/show/show.h"

#include <unistd.h>

#include "agent/agent.h"
#include "agent/alarms.h"
#include "agent/controller/controller.h"
#include "agent/model/model-nve.h"
#include "agent/node/local.h"
#include "agent/plans/plans.h"
#include "agent/plans/send-plan.h"
#include "agent/show/explain.h"
#include "agent/answers/packet-in.h"
#include "agent/poison/poison.h"
#include "agent/publish/own-nve.h"
#include "agent/receive/receive.h"
#include "agent/remotes/remotes.h"
#include "agent/show/show-endpoint.h"
#include "agent/switch/ofctrl.h"
#include "lib/tlv-plan.h"
#include "lib/option-json.h"
#include "agent/show/show-policy.h"
#include "agent/show/show-remote.h"
#include "agent/show/trace.h"
#include "agent/receive/retained.h"
#include "flow.h"
#include "lib/ga-version.h"
#include "openvswitch/json.h"
#include "timeval.h"
#include "unixctl.h"
#include "util.h"

/* Answers with 'json', which is taken. */
static void
reply_json(struct unixctl_conn *conn, struct json *json)
{
    char *s = json_to_string(json, JSSF_SORT);

    unixctl_command_reply(conn, s);
    free(s);
    json_destroy(json);
}

/* The entities of a kind that have an object or are in use, by name. */
static const struct shash_node **
get_sorted(const struct agent *agent, enum model_kind kind,
           struct shash *shash)
{
    struct entity *entity;

    shash_init(shash);
    HMAP_FOR_EACH (entity, node, &agent->model->entities[kind]) {
        shash_add(shash, entity->name, entity);
    }
    return shash_sort(shash);
}

/* status. */

/* What is, or is about to be, published: not what the map has no room for. */
static struct json *
show_own_table(const struct agent *agent)
{
    struct recv_table table = RECV_TABLE_INITIALIZER;
    struct json *options = json_array_create_empty();
    struct json *json = json_object_create();

    receive_get_mapped(agent, &table);
    for (size_t i = 0; i < table.n_entries; i++) {
        const struct recv_entry *e = &table.entries[i];
        struct json *entry = json_object_create();

        json_object_put(entry, "option", option_json_from_key(e->key));
        json_object_put(entry, "length", json_integer_create(e->max_len));
        json_object_put(entry, "required", json_boolean_create(e->required));
        json_array_add(options, entry);
    }
    json_object_put(json, "options", options);
    json_object_put_string(json, "order",
                           recv_order_to_string(table.order));
    json_object_put(json, "maxOptions",
                    table.limits.max_options == NEG_NO_LIMIT
                    ? json_null_create()
                    : json_integer_create(table.limits.max_options));
    json_object_put(json, "maxOptionBytes",
                    table.limits.max_option_bytes == NEG_NO_LIMIT
                    ? json_null_create()
                    : json_integer_create(table.limits.max_option_bytes));
    json_object_put(json, "published",
                    json_boolean_create(own_nve_is_current(agent)));
    recv_table_destroy(&table);
    return json;
}

static struct json *
show_remote_counts(const struct agent *agent)
{
    static const char *const statuses[] = {
        "ok", "optionless", "degraded", "blocked", "pending"
    };
    long long int counts[ARRAY_SIZE(statuses)] = { 0 };
    struct json *json = json_object_create();
    long long int total = 0;
    struct entity *entity;

    HMAP_FOR_EACH (entity, node, &agent->model->entities[MODEL_NVE]) {
        const struct m_nve *nve = M_CAST(m_nve, entity);

        if (m_nve_is_remote(nve)) {
            const char *status = show_remote_status(agent, nve);

            total++;
            for (size_t i = 0; i < ARRAY_SIZE(statuses); i++) {
                counts[i] += !strcmp(status, statuses[i]);
            }
        }
    }
    json_object_put(json, "total", json_integer_create(total));
    for (size_t i = 0; i < ARRAY_SIZE(statuses); i++) {
        json_object_put(json, statuses[i], json_integer_create(counts[i]));
    }
    return json;
}

static struct json *
show_endpoint_counts(const struct agent *agent)
{
    const size_t *n = agent->model->n_endpoints;
    struct json *json = json_object_create();

    json_object_put(json, "local", json_integer_create(
                        n[ENDPOINT_LOCAL] + n[ENDPOINT_LOCAL_BLOCKED]));
    json_object_put(json, "remote", json_integer_create(n[ENDPOINT_REMOTE]));
    json_object_put(json, "blocked", json_integer_create(
                        n[ENDPOINT_LOCAL_BLOCKED]));
    return json;
}

static void
add_refused(const struct object *object, void *list)
{
    struct json *json = json_object_create();

    json_object_put_string(json, "kind",
                           resource_get_class(object->kind)->kind);
    json_object_put_string(json, "name", object->name);
    json_object_put_string(json, "message", object->refused);
    json_array_add(list, json);
}

static void
show_status(struct unixctl_conn *conn, int argc OVS_UNUSED,
            const char *argv[] OVS_UNUSED, void *agent_)
{
    struct agent *agent = agent_;
    struct json *refused = json_array_create_empty();
    struct json *process = json_object_create();
    struct json *json = json_object_create();

    json_object_put(process, "pid", json_integer_create(getpid()));
    json_object_put(process, "uptime",
                    json_integer_create((time_msec() - agent->started)
                                        / 1000));
    objects_for_each_refused(agent->objects, add_refused, refused);

    json_object_put_string(json, "version", GA_VERSION);
    json_object_put(json, "systemId", option_json_string(agent->model->self));
    json_object_put(json, "agent", process);
    json_object_put(json, "complete", json_boolean_create(agent->complete));
    json_object_put(json, "controller",
                    controller_status_json(agent->controller));
    json_object_put(json, "ovsdb", local_status_json(agent->local));
    json_object_put(json, "openflow", ofctrl_status_json(agent->ofctrl));
    json_object_put(json, "packetIns",
                    packet_ins_status_json(agent->packet_ins));
    json_object_put_string(json, "tunnelMode",
                           agent->shared_tunnels
                           ? "shared" : "per-remote");
    json_object_put(json, "encapIPs",
                    option_json_ips(agent->encap_ips, agent->n_encap_ips));
    json_object_put(json, "underlayMTU",
                    option_json_integer(agent->underlay_mtu));
    json_object_put(json, "receive", show_own_table(agent));
    json_object_put(json, "withdrawals", retained_show(agent));
    json_object_put(json, "endpoints", show_endpoint_counts(agent));
    json_object_put(json, "remotes", show_remote_counts(agent));
    json_object_put(json, "poisoning", poison_status_json(agent->poison));
    json_object_put(json, "alarms", alarms_to_json(agent->alarms));
    json_object_put(json, "refused", refused);
    reply_json(conn, json);
}

/* option list. */

static struct json *
show_option_profiles(const struct m_option *option)
{
    struct json *list = json_array_create_empty();
    struct shash names = SHASH_INITIALIZER(&names);
    struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &option->profiles) {
        const struct m_profile *profile = node->data;
        shash_add(&names, profile->up.name, profile);
    }
    const struct shash_node **nodes = shash_sort(&names);
    for (size_t i = 0; i < shash_count(&names); i++) {
        const struct m_profile *profile = nodes[i]->data;
        struct json *json = json_object_create();
        bool required = false;

        for (size_t j = 0; j < profile->n_options; j++) {
            required |= (profile->options[j].sender.required
                         && !strcmp(profile->options[j].name,
                                    option->up.name));
        }
        json_object_put_string(json, "name", profile->up.name);
        json_object_put(json, "required", json_boolean_create(required));
        json_array_add(list, json);
    }
    free(nodes);
    shash_destroy(&names);
    return list;
}

static void
show_option_list(struct unixctl_conn *conn, int argc OVS_UNUSED,
                 const char *argv[] OVS_UNUSED, void *agent_)
{
    struct agent *agent = agent_;
    const struct recv_table *table = receive_get_table(agent->receive);
    struct json *list = json_array_create_empty();
    struct shash entities;
    const struct shash_node **nodes = get_sorted(agent, MODEL_OPTION,
                                                 &entities);

    for (size_t i = 0; i < shash_count(&entities); i++) {
        const struct m_option *option = M_CAST(m_option, nodes[i]->data);
        const struct geneve_option *def;

        if (!option->up.object) {
            continue;
        }
        def = option->up.object->option;

        struct json *json = json_object_create();
        int index = tlv_plan_get_index(agent->base_plan, def->key,
                                       def->length);

        json_object_put_string(json, "name", option->up.name);
        json_object_put(json, "option", option_json_from_key(def->key));
        json_object_put(json, "length", json_integer_create(def->length));
        json_object_put(json, "critical",
                        json_boolean_create(opt_key_is_critical(def->key)));
        json_object_put(json, "value", json_string_create_nocopy(
                            value_source_to_string(&def->value)));
        json_object_put(json, "index", index < 0 ? json_null_create()
                        : json_integer_create(index));
        json_object_put(json, "profiles", show_option_profiles(option));
        json_object_put(json, "advertised", json_boolean_create(
                            index >= 0 && recv_table_find(table, def->key)));
        json_array_add(list, json);
    }
    free(nodes);
    shash_destroy(&entities);
    reply_json(conn, list);
}

/* plan list. */

/* The name of the definition of 'key', or NULL. */
static const char *
find_option_name(const struct agent *agent, struct opt_key key)
{
    struct entity *entity;

    HMAP_FOR_EACH (entity, node, &agent->model->entities[MODEL_OPTION]) {
        if (entity->object && !entity->problem
            && opt_key_equals(entity->object->option->key, key)) {
            return entity->name;
        }
    }
    return NULL;
}

static struct json *
show_plan_order(const struct agent *agent, const struct tlv_plan *plan)
{
    struct json *order = json_array_create_empty();

    for (size_t i = 0; i < INDEX_MAP_SLOTS; i++) {
        const struct index_slot *slot = &plan->map.slots[i];

        if (slot->used) {
            struct json *entry = json_object_create();

            json_object_put(entry, "option", option_json_from_key(slot->key));
            json_object_put(entry, "name", option_json_string(
                                find_option_name(agent, slot->key)));
            json_object_put(entry, "index", json_integer_create(i));
            json_object_put(entry, "length",
                            json_integer_create(slot->length));
            json_array_add(order, entry);
        }
    }
    return order;
}

/* 'sp' is NULL for the base plan. */
static struct json *
show_plan(const struct agent *agent, const struct send_plan *sp)
{
    static const char *const phases[] = {
        [PLAN_BUILDING] = "building", [PLAN_READY] = "ready",
        [PLAN_ENDING] = "ending", [PLAN_LEFTOVER] = "leftover",
    };
    const struct tlv_plan *plan = sp ? &sp->order : agent->base_plan;
    struct json *remotes = json_array_create_empty();
    struct json *json = json_object_create();
    struct shash entities;
    const struct shash_node **nodes = get_sorted(agent, MODEL_NVE, &entities);

    for (size_t i = 0; i < shash_count(&entities); i++) {
        const struct m_nve *nve = M_CAST(m_nve, nodes[i]->data);

        if (m_nve_is_remote(nve) && nve->plan == sp) {
            json_array_add(remotes, json_string_create(nve->up.name));
        }
    }
    free(nodes);
    shash_destroy(&entities);

    json_object_put(json, "plan", json_integer_create(sp ? sp->k : 0));
    json_object_put(json, "bridge", sp
                    ? json_string_create_nocopy(xasprintf("br-tx%u", sp->k))
                    : json_string_create(
                        local_get_settings(agent->local)->bridge));
    json_object_put_string(json, "state", sp ? phases[sp->phase] : "ready");
    json_object_put(json, "order", show_plan_order(agent, plan));
    json_object_put(json, "remotes", remotes);
    json_object_put_string(json, "reason", !sp
                           ? "the base plan always exists"
                           : sp->why ? sp->why
                           : "left by an earlier run of the agent");
    return json;
}

static void
show_plan_list(struct unixctl_conn *conn, int argc OVS_UNUSED,
               const char *argv[] OVS_UNUSED, void *agent_)
{
    struct agent *agent = agent_;
    struct json *list = json_array_create_empty();
    const struct send_plan *sp;

    json_array_add(list, show_plan(agent, NULL));
    LIST_FOR_EACH (sp, node, &agent->plans->plans) {
        json_array_add(list, show_plan(agent, sp));
    }
    reply_json(conn, list);
}

/* Registers the commands; to be called once. */
void
show_init(struct agent *agent)
{
    unixctl_command_register("ga/status", "", 0, 0, show_status, agent);
    unixctl_command_register("ga/remote-list", "", 0, 0, show_remote_list,
                             agent);
    unixctl_command_register("ga/remote-show", "NAME", 1, 1, show_remote,
                             agent);
    unixctl_command_register("ga/option-list", "", 0, 0, show_option_list,
                             agent);
    unixctl_command_register("ga/plan-list", "", 0, 0, show_plan_list, agent);
    unixctl_command_register("ga/endpoint-list", "", 0, 0,
                             show_endpoint_list, agent);
    unixctl_command_register("ga/trace", "SRC DST [FLOW]", 2, 3, trace_cb,
                             agent);
    unixctl_command_register("ga/policy-list", "", 0, 0, show_policy_list,
                             agent);
    unixctl_command_register("ga/explain", "REMOTE [OPTION]", 1, 2,
                             explain_cb, agent);
}
