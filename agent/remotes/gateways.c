/* Gateways in use here: see gateways.h.
 *
 * Each source and each candidate decides by itself, and without the agent, who
 * is alive: by groups whose buckets watch the tunnels, on which ovs-vswitchd
 * runs BFD (gateway-bfd.c).  What is left to the agent is what changes slowly:
 * which candidates there are and in which order, whether an uplink is dead,
 * and when a node that comes back may serve (gateway-place.h).
 *
 * Two must not answer for the same address.  So a candidate that gets a better
 * rank because the object changed waits for CHANGE_TIME until those that had
 * the address have seen that, too. */

#include <config.h>

#include "agent/remotes/gateways.h"

#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/alarms.h"
#include "agent/model/model-extnet.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model-nve.h"
#include "agent/model/model-touch.h"
#include "agent/model/model.h"
#include "agent/node/local.h"
#include "agent/remotes/gateway-bfd.h"
#include "agent/remotes/gateway-nat.h"
#include "agent/switch/ct-limits.h"
#include "agent/switch/ofctrl.h"
#include "agent/write-gate.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/poll-loop.h"
#include "timeval.h"
#include "util.h"

/* How long another node may take to see a change of an object: ms. */
#define CHANGE_TIME 1500

#define ALARM_GROUP "gateways"

struct gateways *
gateways_create(const char *rundir)
{
    struct gateways *gs = xzalloc(sizeof *gs);

    shash_init(&gs->all);
    gs->place.state = GATEWAY_IN;
    gs->limits = ct_limits_create(rundir);
    gs->dirty = true;
    return gs;
}

static struct gateway *
gateway_create(struct m_gateway *gw)
{
    struct gateway *g = xzalloc(sizeof *g);

    g->gw = gw;
    g->better = xstrdup("");
    simap_init(&g->returns);
    flow_owner_init(&g->flows, gw->up.id, "gateway %s", gw->up.name);
    flow_owner_init(&g->drops, gw->up.id ^ 0x80000000,
                    "drops of gateway %s", gw->up.name);
    flow_owner_init(&g->lost, gw->up.id ^ 0x40000000,
                    "lost answers of gateway %s", gw->up.name);
    return g;
}

static void
gateway_destroy(struct agent *agent, struct gateway *g, const char *name)
{
    const struct simap_node *node;

    gateway_nat_release(agent, g, name);
    for (size_t i = 0; i < ARRAY_SIZE(g->groups); i++) {
        if (g->groups[i]) {
            ofctrl_unset_group(agent->ofctrl, g->groups[i], &g->flows);
        }
    }
    SIMAP_FOR_EACH (node, &g->returns) {
        ofctrl_unset_group(agent->ofctrl, node->data, &g->flows);
    }
    simap_destroy(&g->returns);
    ofctrl_destroy_owner(agent->ofctrl, &g->flows);
    ofctrl_destroy_owner(agent->ofctrl, &g->drops);
    ofctrl_destroy_owner(agent->ofctrl, &g->lost);
    free(g->problem);
    free(g->better);
    free(g);
}

void
gateways_destroy(struct agent *agent)
{
    struct gateways *gs = agent->gateways;
    struct shash_node *node;

    if (!gs) {
        return;
    }
    SHASH_FOR_EACH_SAFE (node, &gs->all) {
        gateway_destroy(agent, node->data, node->name);
        shash_delete(&gs->all, node);
    }
    shash_destroy(&gs->all);
    ct_limits_destroy(gs->limits);
    free(gs);
    agent->gateways = NULL;
}

void
gateways_touch(struct gateways *gs)
{
    gs->dirty = true;
}

struct gateway *
gateways_find(const struct agent *agent, const char *name)
{
    return shash_find_data(&agent->gateways->all, name);
}

/* Which there are. */

static void
sync_set(struct agent *agent)
{
    struct gateways *gs = agent->gateways;
    struct shash_node *node;
    struct entity *entity;

    SHASH_FOR_EACH_SAFE (node, &gs->all) {
        struct m_gateway *gw = m_gateway_find(agent->model, node->name);

        if (!gw || !gw->valid || !m_vpc_is_active(gw->vpc)) {
            gateway_destroy(agent, node->data, node->name);
            shash_delete(&gs->all, node);
        }
    }
    HMAP_FOR_EACH (entity, node, &agent->model->entities[MODEL_GATEWAY]) {
        struct m_gateway *gw = M_CAST(m_gateway, entity);

        if (gw->valid && m_vpc_is_active(gw->vpc)
            && !shash_find(&gs->all, gw->up.name)) {
            shash_add(&gs->all, gw->up.name, gateway_create(gw));
        }
    }
}

/* Rank. */

unsigned int
gateway_get_detect_time(const struct gateway *g)
{
    const struct vpc_gateway *def = m_gateway_get_def(g->gw);

    return def->bfd_interval * def->bfd_multiplier;
}

bool
gateway_has_rank(const struct gateway *g)
{
    return strcmp(g->better, "-") != 0;
}

static char *
list_better(const struct m_gateway *gw)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < gw->n_candidates; i++) {
        if (gw->nodes[i].is_self) {
            return ds_steal_cstr(&s);
        }
        ds_put_format(&s, "%s\n", gw->nodes[i].nve->up.name);
    }
    ds_destroy(&s);
    return xstrdup("-");
}

/* Whether all lines of 'a' are in 'b'. */
static bool
has_all_lines(const char *a, const char *b)
{
    char *copy = xstrdup(a), *save = NULL;
    char *padded = xasprintf("\n%s", b);
    bool all = true;

    for (char *line = strtok_r(copy, "\n", &save); line && all;
         line = strtok_r(NULL, "\n", &save)) {
        char *needle = xasprintf("\n%s\n", line);

        all = strstr(padded, needle) != NULL;
        free(needle);
    }
    free(padded);
    free(copy);
    return all;
}

/* One that was before us is not any more, or we have become a candidate: then
 * we wait.  After a start of the agent nothing of the kind is known. */
static void
update_rank(const struct agent *agent, struct gateway *g)
{
    char *better = list_better(g->gw);
    bool started = write_gate_is_open(agent->gate, WRITE_SWITCH);

    if (strcmp(better, "-") && started
        && (!g->ranked || !gateway_has_rank(g)
            || !has_all_lines(g->better, better))) {
        g->claim_until = time_msec() + CHANGE_TIME;
    }
    free(g->better);
    g->better = better;
    g->ranked = true;
}

/* Witnesses. */

static int
compare_nves(const void *a_, const void *b_)
{
    const struct m_nve *const *a = a_;
    const struct m_nve *const *b = b_;

    return strcmp((*a)->up.name, (*b)->up.name);
}

size_t
gateway_get_witnesses(const struct agent *agent, const struct gateway *g,
                      const struct m_nve *nves[GATEWAY_MAX_WITNESSES])
{
    const struct m_vpc *vpc = g->gw->vpc;
    const struct m_nve **all;
    struct m_share *share;
    bool sources = false;
    size_t n = 0;

    if (agent->shared_tunnels || agent->gateways->place.alone
        || g->gw->n_candidates < 2) {
        return 0;
    }
    all = xmalloc((hmap_count(&vpc->shares) + 1) * sizeof *all);
    HMAP_FOR_EACH (share, vpc_node, &vpc->shares) {
        if (gateway_bfd_is_wanted(agent, share->nve)) {
            all[n++] = share->nve;
            sources |= share->n_endpoints > 0;
        }
    }
    qsort(all, n, sizeof *all, compare_nves);
    n = sources ? MIN(n, GATEWAY_MAX_WITNESSES) : 0;
    memcpy(nves, all, n * sizeof *all);
    free(all);
    return n;
}

/* Who is active. */

static bool
nve_is_heard(const struct agent *agent, const struct m_nve *nve)
{
    return gateway_bfd_get(agent, nve) != TUNNEL_BFD_DOWN;
}

/* What flows would say, in words of the agent. */
static bool
compute_active(const struct agent *agent, const struct gateway *g)
{
    const struct m_nve *witnesses[GATEWAY_MAX_WITNESSES];
    const struct m_gateway *gw = g->gw;
    size_t n;

    if (agent->gateways->place.state != GATEWAY_IN || !gw->self || g->problem
        || !gateway_has_rank(g) || time_msec() < g->claim_until) {
        return false;
    }
    for (size_t i = 0; i < gw->n_candidates && !gw->nodes[i].is_self; i++) {
        enum tunnel_bfd_state state = gateway_bfd_get(agent,
                                                      gw->nodes[i].nve);

        if (state == TUNNEL_BFD_UP || state == TUNNEL_BFD_OFF) {
            return false;
        }
    }
    n = gateway_get_witnesses(agent, g, witnesses);
    for (size_t i = 0; i < n; i++) {
        if (gateway_bfd_get(agent, witnesses[i]) == TUNNEL_BFD_UP) {
            return true;
        }
    }
    return !n;
}

static const char *
describe_candidate(const struct agent *agent,
                   const struct m_gateway_node *node)
{
    if (node->is_self) {
        return (gateway_place_says_down(&agent->gateways->place) ? "Out"
                : "Standby");
    }
    switch (gateway_bfd_get(agent, node->nve)) {
    case TUNNEL_BFD_DOWN:
        return "Unreachable";
    case TUNNEL_BFD_PATH_DOWN:
        return "Out";
    case TUNNEL_BFD_OFF:
    case TUNNEL_BFD_UP:
    default:
        return "Standby";
    }
}

/* Of those that could be active, the first one is. */
const char *
gateway_describe_node(const struct agent *agent, const struct m_gateway *gw,
                      const struct m_gateway_node *node)
{
    const char *state = describe_candidate(agent, node);

    if (!m_nve_get_def(node->nve)) {
        return "Absent";
    } else if (!node->attached) {
        return "NotAttached";
    } else if (!node->priority) {
        return "Drained";
    } else if (strcmp(state, "Standby")) {
        return state;
    }
    for (const struct m_gateway_node *n = gw->nodes; n < node; n++) {
        if (!strcmp(describe_candidate(agent, n), "Standby")) {
            return "Standby";
        }
    }
    return "Active";
}

/* This node's place. */

/* Whether packets of all gateways that we are a candidate for could go out:
 * their networks' patch ports are there, and no uplink is known to be dead. */
static bool
uplinks_work(const struct agent *agent)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &agent->gateways->all) {
        const struct gateway *g = node->data;
        const struct external_network *net = m_extnet_get_def(g->gw->extnet);
        const struct attachment *a;

        if (!gateway_has_rank(g) || !net) {
            continue;
        }
        a = local_attachment_find(agent->local, net->physical_network);
        if (!a || !a->ofport || a->uplink == UPLINK_DOWN) {
            return false;
        }
    }
    return true;
}

static struct gateway_facts
get_facts(const struct agent *agent)
{
    const struct gateways *gs = agent->gateways;
    struct gateway_facts facts = { .heard_candidates = true };
    const struct shash_node *node;
    bool rivals = false;

    facts.works = (uplinks_work(agent)
                   && (gs->place.state != GATEWAY_OUT
                       || ofctrl_get_confirmed(agent->ofctrl)));
    gateway_bfd_count(agent, &facts.n_peers, &facts.n_heard);
    SHASH_FOR_EACH (node, &gs->all) {
        const struct gateway *g = node->data;

        if (!gateway_has_rank(g)) {
            continue;
        }
        facts.detect_time = MAX(facts.detect_time,
                                gateway_get_detect_time(g));
        for (size_t i = 0; i < g->gw->n_candidates; i++) {
            const struct m_gateway_node *other = &g->gw->nodes[i];

            rivals |= !other->is_self;
            facts.heard_candidates &= (other->is_self
                                       || nve_is_heard(agent, other->nve));
        }
    }
    if (!rivals) {
        facts.n_peers = 0;
    }
    return facts;
}

/* Until the switch has been read, nothing is known.  One that had no flows of
 * ours has been restarted: we come back. */
static void
run_place(struct agent *agent)
{
    struct gateways *gs = agent->gateways;
    struct gateway_facts facts;
    bool new_connection;

    if (!ofctrl_is_read(agent->ofctrl)) {
        gs->place_known = false;
        return;
    }
    new_connection = !gs->place_known;
    gs->place_known = true;
    if (new_connection && !ofctrl_had_flows(agent->ofctrl)) {
        gs->place = (struct gateway_place) { .state = GATEWAY_OUT };
        gs->flows_dirty = true;
    }
    facts = get_facts(agent);
    while (gateway_place_run(&gs->place, &facts, time_msec())) {
        gs->flows_dirty = true;
        if (gs->place.state != GATEWAY_JOINING) {
            break;
        }
    }
    gateway_bfd_update(agent);
}

static void
note_wake(struct gateways *gs, long long int when)
{
    if (when && (!gs->wake_at || when < gs->wake_at)) {
        gs->wake_at = when;
    }
}

static void
set_problem(const struct agent *agent, struct gateway *g)
{
    free(g->problem);
    g->problem = NULL;
    if (agent->shared_tunnels && g->gw->n_candidates > 1) {
        g->problem = xasprintf("has %"PRIuSIZE" candidates, but with "
                               "nve-tunnel-mode=shared there is no BFD to "
                               "choose one by: leave one, or use a tunnel "
                               "port for each remote",
                               g->gw->n_candidates);
    } else {
        g->problem = gateway_nat_get_fault(agent, g);
    }
}

static void
raise_alarms(struct agent *agent)
{
    const struct shash_node *node;

    alarms_begin(agent->alarms, ALARM_GROUP);
    SHASH_FOR_EACH (node, &agent->gateways->all) {
        const struct gateway *g = node->data;
        char *object = xasprintf("gateway %s", node->name);

        if (g->problem) {
            alarms_raise(agent->alarms, ALARM_GROUP, object, "blocked", "%s",
                         g->problem);
        }
        if (g->exhausted) {
            alarms_raise(agent->alarms, ALARM_GROUP, object, "exhausted",
                         "connections are refused because there is no port "
                         "left for them, or because maxConnections is "
                         "reached; nothing leaves untranslated: add an "
                         "address to spec.snat, or raise maxConnections");
        }
        if (gateway_has_rank(g)
            && agent->gateways->place.state == GATEWAY_OUT) {
            alarms_raise(agent->alarms, ALARM_GROUP, object, "out",
                         "this node has given up its place: the uplink of "
                         "its network has no link or is not there, or the "
                         "switch has no flows yet");
        }
        free(object);
    }
    alarms_end(agent->alarms, ALARM_GROUP);
}

static void
update_all(struct agent *agent)
{
    struct gateways *gs = agent->gateways;
    struct shash_node *node;

    SHASH_FOR_EACH (node, &gs->all) {
        struct gateway *g = node->data;
        bool was_active = g->active;

        g->active = compute_active(agent, g);
        g->n_changes += g->active && !was_active;
        g->gw->active = g->active;
        g->gw->exhausted = g->exhausted;
        model_touch_gateway(agent->model, g->gw);
        if (time_msec() < g->claim_until) {
            note_wake(gs, g->claim_until);
        }
    }
    if (gs->place.until) {
        note_wake(gs, gs->place.until);
    }
    raise_alarms(agent);
}

static bool
has_news(const struct agent *agent)
{
    const struct gateways *gs = agent->gateways;
    const struct model *model = agent->model;

    return (gs->dirty
            || (gs->wake_at && time_msec() >= gs->wake_at)
            || ofctrl_is_read(agent->ofctrl) != gs->place_known
            || !ofctrl_get_confirmed(agent->ofctrl) != !gs->confirmed
            || !hmapx_is_empty(&model->changed_gateways)
            || !hmapx_is_empty(&model->changed_extnets)
            || !hmapx_is_empty(&model->changed_nves)
            || !hmapx_is_empty(&model->changed_vpcs));
}

void
gateways_run(struct agent *agent)
{
    struct gateways *gs = agent->gateways;
    struct shash_node *node;

    gateway_nat_run(agent);
    if (!has_news(agent)) {
        return;
    }
    gs->dirty = false;
    gs->confirmed = ofctrl_get_confirmed(agent->ofctrl) != 0;
    gs->wake_at = 0;
    gs->flows_dirty = true;
    sync_set(agent);
    SHASH_FOR_EACH (node, &gs->all) {
        struct gateway *g = node->data;

        update_rank(agent, g);
        gateway_nat_update(agent, g);
        set_problem(agent, g);
    }
    run_place(agent);
    update_all(agent);
}

void
gateways_wait(const struct agent *agent)
{
    const struct gateways *gs = agent->gateways;

    if (gs->wake_at) {
        poll_timer_wait_until(gs->wake_at);
    }
    gateway_nat_wait(agent);
}
