/* `agentctl status': see show.h for the format. */

#include <config.h>

#include "agent/show/show-status.h"

#include <string.h>
#include <unistd.h>

#include "agent/agent.h"
#include "agent/alarms.h"
#include "agent/answers/packet-in.h"
#include "agent/controller/controller.h"
#include "agent/model/model-nve.h"
#include "agent/node/local.h"
#include "agent/poison/poison.h"
#include "agent/publish/own-nve.h"
#include "agent/receive/receive.h"
#include "agent/receive/retained.h"
#include "agent/remotes/remote-states.h"
#include "agent/show/show-reply.h"
#include "agent/switch/ofctrl.h"
#include "agent/write-gate.h"
#include "lib/encapsulation.h"
#include "lib/ga-version.h"
#include "lib/option-json.h"
#include "openvswitch/json.h"
#include "timeval.h"
#include "util.h"

/* The receive table that is published, or is about to be: without options that
 * the TLV map has no room for. */
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
    struct json *json = json_object_create();
    long long int total = 0;

    for (enum remote_state state = 0; state < REMOTE_N_STATES; state++) {
        size_t n = remote_states_count(agent, state);

        total += n;
        json_object_put(json, remote_state_to_string(state),
                        json_integer_create(n));
    }
    json_object_put(json, "total", json_integer_create(total));
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
add_object(const struct object *object, const char *message,
           struct json *list)
{
    struct json *json = json_object_create();

    json_object_put_string(json, "kind",
                           resource_get_class(object->kind)->kind);
    json_object_put_string(json, "name", object->name);
    json_object_put_string(json, "message", message);
    json_array_add(list, json);
}

static void
add_refused(const struct object *object, void *list)
{
    add_object(object, object_get_refused(object), list);
}

static void
add_unknown(const struct object *object, void *list)
{
    char *message = xasprintf("ignored: %s", object_get_unknown(object));

    add_object(object, message, list);
    free(message);
}

/* The names of those that others reach this node by. */
static struct json *
show_encapsulations(const struct agent *agent)
{
    struct json *list = json_array_create_empty();
    const struct encapsulation *e;

    for (size_t i = 0; (e = encapsulation_get(i)) != NULL; i++) {
        if (agent->model->used_encapsulations & encapsulation_set_one(e)) {
            json_array_add(list, json_string_create(e->name));
        }
    }
    return list;
}

void
show_status(struct unixctl_conn *conn, int argc OVS_UNUSED,
            const char *argv[] OVS_UNUSED, void *agent_)
{
    struct agent *agent = agent_;
    struct json *refused = json_array_create_empty();
    struct json *unknown = json_array_create_empty();
    struct json *process = json_object_create();
    struct json *json = json_object_create();

    json_object_put(process, "pid", json_integer_create(getpid()));
    json_object_put(process, "uptime",
                    json_integer_create((time_msec() - agent->started)
                                        / 1000));
    objects_for_each_refused(agent->objects, add_refused, refused);
    objects_for_each_unknown(agent->objects, add_unknown, unknown);

    json_object_put_string(json, "version", GA_VERSION);
    json_object_put(json, "systemId", option_json_string(agent->model->self));
    json_object_put(json, "agent", process);
    json_object_put(json, "complete", json_boolean_create(
                        write_gate_is_open(agent->gate, WRITE_DATABASE)));
    json_object_put(json, "controller",
                    controller_status_json(agent->controller));
    json_object_put(json, "ovsdb", local_status_json(agent->local));
    json_object_put(json, "openflow", ofctrl_status_json(agent->ofctrl));
    json_object_put(json, "packetIns",
                    packet_ins_status_json(agent->packet_ins));
    json_object_put_string(json, "tunnelMode",
                           agent->shared_tunnels
                           ? "shared" : "per-remote");
    json_object_put(json, "encapsulations", show_encapsulations(agent));
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
    json_object_put(json, "unknownMembers", unknown);
    show_reply_json(conn, json);
}
