/* `remote show' asks the switch how many packets went to the remote, or were
 * dropped because it is blocked, so its answer comes when the switch has
 * answered. */

#include <config.h>

#include "agent/show/show-remote.h"

#include "agent/agent.h"
#include "agent/flows/pipeline.h"
#include "agent/model/encap.h"
#include "agent/model/model-nve.h"
#include "agent/node/local.h"
#include "agent/plans/plans.h"
#include "agent/plans/send-plan.h"
#include "agent/receive/retained.h"
#include "agent/remotes/encap-revision.h"
#include "agent/remotes/node-health.h"
#include "agent/remotes/peer-view.h"
#include "agent/remotes/remote-address.h"
#include "agent/remotes/remote-paths.h"
#include "agent/remotes/remote-states.h"
#include "agent/remotes/remotes.h"
#include "agent/show/show-query.h"
#include "agent/show/show-reply.h"
#include "flow.h"
#include "lib/option-json.h"
#include "openvswitch/json.h"
#include "packets.h"
#include "util.h"

const struct m_nve *
show_remote_find(const struct agent *agent, const char *name, char **error)
{
    struct entity *entity = entity_find(agent->model, MODEL_NVE, name);
    const struct m_nve *nve = entity ? M_CAST(m_nve, entity) : NULL;

    *error = NULL;
    if (agent->model->self && !strcmp(name, agent->model->self)) {
        *error = xasprintf("%s is this node itself; see `agentctl status'",
                           name);
    } else if (!nve || !nve->up.object) {
        *error = xasprintf("there is no NVE %s; `agentctl remote list' shows "
                           "those that share a VPC with this node", name);
    } else if (!m_nve_is_remote(nve)) {
        *error = xasprintf("NVE %s has no VPC in common with this node: "
                           "nothing is sent to it", name);
    }
    return *error ? NULL : nve;
}

/* "sendTo": the address that packets would go to, or null; "outOfReach": why
 * none go there. */
static void
show_reach(const struct agent *agent, const struct m_nve *nve,
           struct json *json)
{
    char s[INET6_ADDRSTRLEN];

    json_object_put(json, "sendTo",
                    option_json_string(ipv6_addr_is_set(&nve->tx_ip)
                                       ? ipv6_string_mapped(s, &nve->tx_ip)
                                       : NULL));
    if (m_nve_is_foreign(nve)) {
        char *why = m_nve_explain_foreign(agent->model, nve);

        json_object_put_format(json, "outOfReach", "it %s", why);
        free(why);
    } else if (nve->out_of_reach) {
        char *reason = remote_address_explain(agent, nve);

        json_object_put(json, "outOfReach",
                        json_string_create_nocopy(reason));
    }
}

/* The words for what is wrong with 'nve'. */
static struct json *
show_remote_alarms(const struct agent *agent, const struct m_nve *nve)
{
    const char *reason;
    struct json *alarms = json_array_create_empty();

    for (size_t i = 0; i < nve->receive.alarms.n; i++) {
        json_array_add(alarms,
                       json_string_create(nve->receive.alarms.names[i]));
    }
    if (m_nve_is_foreign(nve)) {
        json_array_add(alarms, json_string_create("encapsulation"));
    }
    if (nve->out_of_reach) {
        json_array_add(alarms, json_string_create("underlay"));
    }
    if (remote_paths_get_problem(agent, nve, &reason)) {
        json_array_add(alarms, json_string_create(reason));
    }
    return alarms;
}

/* The names of the VPCs that 'nve' has in common with this node. */
static struct json *
show_remote_vpcs(const struct m_nve *nve)
{
    struct json *vpcs = json_array_create_empty();
    struct svec names = SVEC_EMPTY_INITIALIZER;
    const struct m_share *share;

    HMAP_FOR_EACH (share, nve_node, &nve->shares) {
        if (m_vpc_is_active(share->vpc)) {
            svec_add(&names, share->vpc->up.name);
        }
    }
    svec_sort(&names);
    for (size_t i = 0; i < names.n; i++) {
        json_array_add(vpcs, json_string_create(names.names[i]));
    }
    svec_destroy(&names);
    return vpcs;
}

/* The members that remote-list and remote-show have in common. */
static struct json *
show_remote_head(const struct agent *agent, const struct m_nve *nve)
{
    const struct nve *def = nve->up.object->nve;
    struct json *json = json_object_create();
    ofp_port_t ofport;

    ofport = (nve->n_tunnels
              ? local_tunnel_get_ofport(agent->local, &nve->tunnels[0]) : 0);
    json_object_put_string(json, "name", nve->up.name);
    json_object_put(json, "underlayIPs",
                    option_json_ips(def->underlay_ips, def->n_underlay_ips));
    json_object_put_string(json, "source",
                           neg_source_to_string(nve->receive.source,
                                                nve->receive.restricted));
    json_object_put(json, "encapsulation",
                    option_json_string(nve->encapsulation
                                       ? nve->encapsulation->name : NULL));
    json_object_put(json, "alarms", show_remote_alarms(agent, nve));
    json_object_put(json, "vpcs", show_remote_vpcs(nve));
    json_object_put(json, "ofport", option_json_integer(ofp_to_u16(ofport)));
    show_reach(agent, nve, json);
    json_object_put(json, "applied",
                    json_boolean_create(retained_is_applied(agent, nve)));
    return json;
}

/* The names of the profiles whose packets go to 'nve'. */
static struct json *
show_remote_profiles(const struct m_nve *nve)
{
    const struct shash_node **nodes = shash_sort(&nve->encaps);
    struct json *profiles = json_array_create_empty();

    for (size_t i = 0; i < shash_count(&nve->encaps); i++) {
        json_array_add(profiles, json_string_create(
                           option_json_profile_name(nodes[i]->name)));
    }
    free(nodes);
    return profiles;
}

static struct json *
show_remote_row(const struct entity *entity, void *agent_)
{
    const struct m_nve *nve = M_CAST(m_nve, entity);
    const struct agent *agent = agent_;
    struct json *json;

    if (!m_nve_is_remote(nve)) {
        return NULL;
    }
    json = show_remote_head(agent, nve);
    json_object_put(json, "profiles", show_remote_profiles(nve));
    json_object_put_string(json, "status", remote_state_to_string(
                               remote_states_get(agent, nve)));
    return json;
}

void
show_remote_list(struct unixctl_conn *conn, int argc OVS_UNUSED,
                 const char *argv[], void *agent_)
{
    const struct agent *agent = agent_;

    show_reply_list(conn, agent->model, MODEL_NVE, argv[1], show_remote_row,
                    agent_);
}

static struct json *
show_omitted(const struct negotiation *n)
{
    struct json *json = json_array_create_empty();

    for (size_t i = 0; i < n->n_omitted; i++) {
        const struct neg_omitted *o = &n->omitted[i];
        json_array_add(json, json_array_create_2(
                           option_json_from_key(o->key),
                           json_string_create(neg_reason_to_string(
                                                  o->reason))));
    }
    return json;
}

/* An entry of "transmit" or "receive".  Takes 'plan'. */
static struct json *
show_negotiation(const char *profile, const struct negotiation *n,
                 const struct opt_key *wire, const char *status, int mtu,
                 struct json *plan)
{
    struct json *json = json_object_create();

    json_object_put_string(json, "profile", option_json_profile_name(profile));
    json_object_put_string(json, "status", status);
    json_object_put(json, "options",
                    option_json_from_keys(wire, n->n_options));
    json_object_put(json, "omitted", show_omitted(n));
    json_object_put(json, "missingRequired",
                    option_json_from_keys(n->missing_required,
                                 n->n_missing_required));
    json_object_put(json, "plan", plan);
    json_object_put(json, "mtu", option_json_integer(mtu));
    json_object_put_string(json, "order", recv_order_to_string(n->order));
    return json;
}

static struct json *
show_receive(const struct agent *agent, const struct m_nve *nve)
{
    const struct shash_node **nodes = shash_sort(&nve->encaps);
    struct json *list = json_array_create_empty();

    for (size_t i = 0; i < shash_count(&nve->encaps); i++) {
        const struct m_encap *encap = nodes[i]->data;
        struct opt_key wire[GENEVE_MAX_OPTIONS];
        struct negotiation n;

        if (peer_view_get(agent, nve, encap->profile, &n, wire)) {
            int mtu = (n.status == NEG_BLOCKED ? 0
                       : remotes_get_mtu(agent, nve, n.header_bytes));

            json_array_add(list, show_negotiation(nodes[i]->name, &n, wire,
                                                  neg_status_to_string(
                                                      n.status), mtu,
                                                  json_null_create()));
            negotiation_destroy(&n);
        }
    }
    free(nodes);
    return list;
}

/* Whether no packet goes out in an earlier form.  Who asks is likely to ask
 * again until it is so. */
static bool
is_in_effect(struct agent *agent, const struct m_encap *encap)
{
    bool is = encap_revision_is_effective(agent, encap);

    if (!is) {
        encap_revision_need_effect(agent, encap);
    }
    return is;
}

/* Shows what goes to 'nve', with counters that 'query' will fill in. */
static struct json *
show_transmit(struct agent *agent, const struct m_nve *nve,
              struct show_query *query)
{
    const struct shash_node **nodes = shash_sort(&nve->encaps);
    struct json *list = json_array_create_empty();

    for (size_t i = 0; i < shash_count(&nve->encaps); i++) {
        const struct m_encap *encap = nodes[i]->data;
        struct json *entry = show_negotiation(
            nodes[i]->name, &encap->final, encap->wire,
            remote_state_to_string(remote_states_get_encap(agent, encap)),
            encap->mtu,
            json_integer_create(nve->plan ? nve->plan->k : 0));

        json_object_put(entry, "inEffect", json_boolean_create(
                            is_in_effect(agent, encap)));
        json_array_add(list, entry);
        show_query_add(query, agent->ofctrl, encap->flows.cookie, FLOW_ENCAP,
                       entry, "packets");
    }
    free(nodes);
    return list;
}

void
show_remote(struct unixctl_conn *conn, int argc OVS_UNUSED,
            const char *argv[], void *agent_)
{
    struct agent *agent = agent_;
    const struct m_nve *nve;
    struct show_query *query;
    const char *problem, *reason;
    struct json *answer;
    char *error;

    nve = show_remote_find(agent, argv[1], &error);
    if (!nve) {
        show_reply_error(conn, error);
        return;
    }
    answer = show_remote_head(agent, nve);
    problem = node_health_get_problem(agent);
    if (!problem) {
        problem = remote_paths_get_problem(agent, nve, &reason);
    }
    if (problem) {
        json_object_put_string(answer, "unreachable", problem);
    }
    query = show_query_create(conn, answer);
    json_object_put(answer, "transmit", show_transmit(agent, nve, query));
    json_object_put(answer, "receive", show_receive(agent, nve));
    show_query_finish(query);
}
