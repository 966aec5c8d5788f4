/* A condition is believed when it has held for PATIENCE: a restart of
 * ovs-vswitchd, or a tool that takes an address away and gives it back, is
 * over sooner.  That it is gone is believed at once.
 *
 * Conditions are looked for when something may have changed that they come
 * from, and in each turn while there is any: see must_look(). */

#include <config.h>

#include "agent/remotes/node-health.h"

#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/alarms.h"
#include "agent/model/model-nve.h"
#include "agent/model/model-touch.h"
#include "agent/model/model.h"
#include "agent/node/local.h"
#include "agent/node/underlay.h"
#include "agent/plans/plans.h"
#include "agent/plans/send-plan.h"
#include "agent/remotes/remote-address.h"
#include "agent/remotes/remote-paths.h"
#include "agent/switch/ofctrl.h"
#include "agent/write-gate.h"
#include "lib/nullable-string.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/shash.h"
#include "packets.h"
#include "sset.h"
#include "timeval.h"
#include "util.h"

#define PATIENCE 5000               /* ms. */
#define GROUP "node"

struct condition {
    long long int since;            /* time_msec(). */
    bool seen;                      /* In this turn. */
    bool believed;
};

struct node_health {
    struct shash conditions;        /* Object -> "struct condition *". */
    char *problem;                  /* Or NULL. */
    char *next_problem;             /* The same, while it is being found. */
    struct shash ports;             /* OpenFlow port of the integration bridge
                                     * -> what is wrong with it, a "char *". */
    struct shash next_ports;
    struct sset unknown;            /* Endpoints that are plugged in, and have
                                     * no object. */
    struct seqnos {                 /* As of the last look. */
        unsigned int local, underlay;
        uint64_t ports;
    } seen;
};

struct node_health *
node_health_create(void)
{
    struct node_health *health = xzalloc(sizeof *health);

    shash_init(&health->conditions);
    shash_init(&health->ports);
    shash_init(&health->next_ports);
    sset_init(&health->unknown);
    return health;
}

void
node_health_destroy(struct node_health *health)
{
    if (health) {
        shash_destroy_free_data(&health->conditions);
        shash_destroy_free_data(&health->ports);
        shash_destroy_free_data(&health->next_ports);
        sset_destroy(&health->unknown);
        free(health->problem);
        free(health);
    }
}

/* Notes that something is wrong with 'object', and raises an alarm once that
 * is believed.  Returns whether it is. */
static bool
note_as(struct agent *agent, const char *object, const char *reason,
        const char *message)
{
    struct node_health *health = agent->node_health;
    struct condition *c = shash_find_data(&health->conditions, object);

    if (!c) {
        c = xzalloc(sizeof *c);
        c->since = time_msec();
        shash_add(&health->conditions, object, c);
    }
    c->seen = true;
    c->believed = time_msec() >= c->since + PATIENCE;
    if (c->believed) {
        alarms_raise(agent->alarms, GROUP, object, reason, "%s", message);
    }
    return c->believed;
}

/* The same about the node itself.  'is_outage' means that this alone keeps all
 * endpoints of the node from being reached. */
static void
note(struct agent *agent, const char *object, bool is_outage,
     const char *message)
{
    struct node_health *health = agent->node_health;

    if (note_as(agent, object, "outage", message) && is_outage
        && !health->next_problem) {
        health->next_problem = xasprintf("%s: %s", object, message);
    }
}

static void
note_outage(const char *object, const char *message, void *agent)
{
    note(agent, object, true, message);
}

/* Returns what is wrong with the underlay address 'ip', for the caller to
 * free, or NULL. */
static char *
check_address(const struct agent *agent, const struct in6_addr *ip)
{
    char *message = NULL;
    char *device;

    underlay_get_mtu(agent->underlay, ip, &device);
    if (!device) {
        message = xstrdup("no device of this node has this address, so "
                          "tunnels cannot use it: add it to a device, or "
                          "correct nve-encap-ip");
    } else if (!underlay_is_up(agent->underlay, ip)) {
        message = xasprintf("device %s, which has this address, is down or "
                            "has no carrier: look at its cable, or set it up "
                            "with `ip link set %s up'", device, device);
    }
    free(device);
    return message;
}

/* One of several addresses may fail without an outage. */
static void
check_addresses(struct agent *agent)
{
    size_t n = agent->n_encap_ips;
    char **messages = xcalloc(MAX(n, 1), sizeof *messages);
    size_t n_bad = 0;

    for (size_t i = 0; i < n; i++) {
        messages[i] = check_address(agent, &agent->encap_ips[i]);
        n_bad += messages[i] != NULL;
    }
    for (size_t i = 0; i < n; i++) {
        if (messages[i]) {
            char s[INET6_ADDRSTRLEN];
            char *object = xasprintf("underlay %s", ipv6_string_mapped(
                                         s, &agent->encap_ips[i]));

            note(agent, object, n_bad == n, messages[i]);
            free(object);
            free(messages[i]);
        }
    }
    free(messages);
    if (!n) {
        note(agent, "underlay", true, "this node has no underlay address, so "
             "it has no tunnels: set external_ids:nve-encap-ip");
    }
}

/* An NVE object that somebody else wrote, or that was made before nve-encap-ip
 * changed, may say that we are elsewhere. */
static void
check_published(struct agent *agent)
{
    char *message = remote_address_check_own(agent);

    if (message) {
        char *object = xasprintf("NVE %s", agent->model->self);

        note(agent, object, true, message);
        free(object);
        free(message);
    }
}

static void
check_openflow(struct agent *agent)
{
    if (!ofctrl_is_connected(agent->ofctrl)) {
        char *object = xasprintf("OpenFlow of %s", local_get_settings(
                                     agent->local)->bridge);

        note(agent, object, true, "the agent cannot program the bridge: see "
             "whether ovs-vswitchd runs and what its log says");
        free(object);
    }
}

/* Nobody reaches a node that reaches nobody, whatever the reason of each. */
static void
check_remotes(struct agent *agent)
{
    size_t n = remote_paths_count_lost(agent);

    if (n) {
        char *message = xasprintf(
            "packets get to none of the %"PRIuSIZE" NVEs that share a VPC "
            "with this node: `agentctl remote list' and the alarms of each "
            "say why", n);

        note(agent, "remotes", true, message);
        free(message);
    }
}

/* An iface-id that is misspelled looks like this.  Not told before all is
 * known, nor from the last known state. */
static void
check_unknown(struct agent *agent)
{
    struct sset *unknown = &agent->node_health->unknown;
    const struct hmapx_node *node;
    const char *name;

    HMAPX_FOR_EACH (node, &agent->model->changed_endpoints) {
        const struct m_endpoint *ep = node->data;

        if (ep->plugged && !ep->up.object) {
            sset_add(unknown, ep->up.name);
        } else {
            sset_find_and_delete(unknown, ep->up.name);
        }
    }
    if (!write_gate_is_open(agent->gate, WRITE_OBJECTS)) {
        return;
    }
    SSET_FOR_EACH (name, unknown) {
        char *object = xasprintf("endpoint %s", name);

        note_as(agent, object, "unknown", "an interface here has it as its "
                "external_ids:iface-id, and there is no Endpoint of that "
                "name: correct that, or make the object");
        free(object);
    }
}

/* Ports. */

static bool
is_endpoints_port(const struct agent *agent, ofp_port_t port)
{
    const struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &agent->model->plugged) {
        const struct m_endpoint *ep = node->data;

        if (ep->ofport == port) {
            return true;
        }
    }
    return false;
}

static char *
describe_fault(enum port_fault fault, const char *bridge, const char *name)
{
    switch (fault) {
    case PORT_FAULT_NO_FORWARD:
        return xasprintf("somebody has set it to no-forward, so that nothing "
                         "is sent out of it: take that back with `ovs-ofctl "
                         "mod-port %s %s forward'", bridge, name);
    case PORT_FAULT_NO_RECEIVE:
        return xasprintf("somebody has set it to no-receive, so that what "
                         "comes in by it is dropped: take that back with "
                         "`ovs-ofctl mod-port %s %s receive'", bridge, name);
    case PORT_FAULT_DOWN:
        return xasprintf("the device is down: set it up with `ip link set %s "
                         "up'", name);
    case PORT_FAULT_NONE:
    default:
        OVS_NOT_REACHED();
    }
}

/* What a faulty port is on. */
struct faulty_bridge {
    struct agent *agent;
    const char *name;
    bool is_integration;
};

/* Of ports that are down only those of endpoints matter.  Tunnels do not
 * mind, and the bridge's own port is down as a rule. */
static void
note_port(ofp_port_t port, const char *name, enum port_fault fault,
          void *bridge_)
{
    const struct faulty_bridge *bridge = bridge_;
    struct agent *agent = bridge->agent;
    char *object, *message;

    if (fault == PORT_FAULT_DOWN
        && !(bridge->is_integration && is_endpoints_port(agent, port))) {
        return;
    }
    object = xasprintf("port %s of bridge %s", name, bridge->name);
    message = describe_fault(fault, bridge->name, name);
    if (note_as(agent, object, "port", message) && bridge->is_integration) {
        char *key = xasprintf("%"PRIu32, port);

        shash_add(&agent->node_health->next_ports, key,
                  xasprintf("%s: %s", object, message));
        free(key);
    }
    free(message);
    free(object);
}

static void
check_ports(struct agent *agent)
{
    struct faulty_bridge bridge = {
        .agent = agent,
        .name = local_get_settings(agent->local)->bridge,
        .is_integration = true,
    };
    struct send_plan *sp;

    ofctrl_for_each_port_fault(agent->ofctrl, note_port, &bridge);
    bridge.is_integration = false;
    LIST_FOR_EACH (sp, node, &agent->plans->plans) {
        if (sp->ofctrl) {
            char name[16];

            snprintf(name, sizeof name, "br-tx%u", sp->k);
            bridge.name = name;
            ofctrl_for_each_port_fault(sp->ofctrl, note_port, &bridge);
        }
    }
}

/* Takes over what was found in this turn.  Returns whether it is news. */
static bool
take_ports(struct node_health *health)
{
    bool same = (shash_count(&health->ports)
                 == shash_count(&health->next_ports));
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &health->next_ports) {
        const char *old = shash_find_data(&health->ports, node->name);

        same = same && old && !strcmp(old, node->data);
    }
    shash_clear_free_data(&health->ports);
    shash_swap(&health->ports, &health->next_ports);
    return !same;
}

static const char *
get_port_problem(const struct node_health *health, ofp_port_t port)
{
    char key[16];

    if (shash_is_empty(&health->ports)) {
        return NULL;
    }
    snprintf(key, sizeof key, "%"PRIu32, port);
    return shash_find_data(&health->ports, key);
}

static void
forget_unseen(struct node_health *health)
{
    struct shash_node *node;

    SHASH_FOR_EACH_SAFE (node, &health->conditions) {
        struct condition *c = node->data;

        if (!c->seen) {
            shash_delete(&health->conditions, node);
            free(c);
        } else {
            c->seen = false;
        }
    }
}

/* Plans have their serial number, too, so that one that comes or goes makes
 * another sum. */
static uint64_t
get_port_seqno(const struct agent *agent)
{
    uint64_t seqno = ofctrl_get_port_fault_seqno(agent->ofctrl);
    const struct send_plan *sp;

    LIST_FOR_EACH (sp, node, &agent->plans->plans) {
        seqno += sp->serial << 32;
        seqno += sp->ofctrl ? ofctrl_get_port_fault_seqno(sp->ofctrl) : 0;
    }
    return seqno;
}

/* Whether settings, the switch's configuration, our addresses, or ports have
 * changed since the last call. */
static bool
node_changed(struct agent *agent)
{
    struct node_health *health = agent->node_health;
    struct seqnos new = {
        .local = local_get_seqno(agent->local),
        .underlay = underlay_get_seqno(agent->underlay),
        .ports = get_port_seqno(agent),
    };
    bool changed = (new.local != health->seen.local
                    || new.underlay != health->seen.underlay
                    || new.ports != health->seen.ports);

    health->seen = new;
    return changed;
}

/* Whether a condition may have come or gone.  Who owns an address, and which
 * port is an endpoint's, changes with the NVEs and the endpoints. */
static bool
must_look(struct agent *agent)
{
    const struct node_health *health = agent->node_health;
    const struct model *model = agent->model;

    return (node_changed(agent)
            || !shash_is_empty(&health->conditions)
            || !sset_is_empty(&health->unknown)
            || !hmapx_is_empty(&model->changed_nves)
            || !hmapx_is_empty(&model->changed_endpoints)
            || !local_is_connected(agent->local)
            || !ofctrl_is_connected(agent->ofctrl)
            || remote_paths_count_lost(agent));
}

void
node_health_run(struct agent *agent)
{
    struct node_health *health = agent->node_health;
    bool ports, problem;

    if (!local_is_ready(agent->local) || !must_look(agent)) {
        return;
    }
    health->next_problem = NULL;
    alarms_begin(agent->alarms, GROUP);
    local_for_each_outage(agent->local, note_outage, agent);
    check_addresses(agent);
    check_published(agent);
    check_openflow(agent);
    check_remotes(agent);
    check_ports(agent);
    check_unknown(agent);
    alarms_end(agent->alarms, GROUP);
    forget_unseen(health);
    ports = take_ports(health);
    problem = nullable_string_replace(&health->problem, health->next_problem);
    if (ports || problem) {
        model_touch_plugged(agent->model);
        model_touch_all_remotes(agent->model);
    }
}

void
node_health_wait(const struct agent *agent)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &agent->node_health->conditions) {
        const struct condition *c = node->data;

        if (!c->believed) {
            poll_timer_wait_until(c->since + PATIENCE);
        }
    }
}

const char *
node_health_get_problem(const struct agent *agent)
{
    return agent->node_health->problem;
}

const char *
node_health_get_endpoint_problem(const struct agent *agent,
                                 const struct m_endpoint *ep)
{
    const struct node_health *health = agent->node_health;

    return (health->problem ? health->problem
            : ep->ofport ? get_port_problem(health, ep->ofport)
            : NULL);
}

/* Whether packets can get out of the port to 'nve'. */
static bool
tunnel_works(const struct agent *agent, const struct m_nve *nve)
{
    const struct tunnel_key *tunnel = &nve->tunnels[0];

    return (!local_tunnel_is_down(agent->local, tunnel)
            && !get_port_problem(agent->node_health,
                                 local_tunnel_get_ofport(agent->local,
                                                         tunnel)));
}

bool
node_health_reaches(const struct agent *agent, const struct m_nve *nve)
{
    const char *reason;

    return (!agent->node_health->problem
            && !remote_paths_get_problem(agent, nve, &reason)
            && (!nve->n_tunnels || tunnel_works(agent, nve)));
}
