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
#include "agent/model/entity-order.h"
#include "agent/model/model-extnet.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model-nve.h"
#include "agent/model/model-touch.h"
#include "agent/model/model.h"
#include "agent/node/local.h"
#include "agent/remotes/gateway-affected.h"
#include "agent/remotes/gateway-bfd.h"
#include "agent/remotes/gateway-nat.h"
#include "agent/switch/ct-limits.h"
#include "agent/switch/ofctrl.h"
#include "agent/write-gate.h"
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
    sset_init(&gs->peers);
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
    sset_init(&g->better);
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
    sset_destroy(&g->better);
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
    sset_destroy(&gs->peers);
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
            struct gateway *g = gateway_create(gw);

            g->affected = true;
            shash_add(&gs->all, gw->up.name, g);
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

/* Fills 'better' with those that come before us.  Returns whether we are one
 * of the candidates. */
static bool
find_better(const struct m_gateway *gw, struct sset *better)
{
    for (size_t i = 0; i < gw->n_candidates; i++) {
        if (gw->nodes[i].is_self) {
            return true;
        }
        sset_add(better, gw->nodes[i].nve->up.name);
    }
    sset_clear(better);
    return false;
}

/* One that was before us is not any more, or we have become a candidate: then
 * we wait.  After a start of the agent nothing of the kind is known. */
static void
update_rank(const struct agent *agent, struct gateway *g)
{
    struct sset better = SSET_INITIALIZER(&better);
    bool has_rank = find_better(g->gw, &better);
    bool rises = !g->has_rank;
    const char *name;

    SSET_FOR_EACH (name, &g->better) {
        rises |= !sset_contains(&better, name);
    }
    if (has_rank && rises && write_gate_is_open(agent->gate, WRITE_SWITCH)) {
        g->claim_until = time_msec() + CHANGE_TIME;
    }
    sset_swap(&g->better, &better);
    sset_destroy(&better);
    g->has_rank = has_rank;
}

/* Witnesses. */

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
        if (gateway_bfd_is_peer(agent, share->nve)) {
            all[n++] = share->nve;
            sources |= share->n_endpoints > 0;
        }
    }
    entity_order_sort(all, n);
    n = sources ? MIN(n, GATEWAY_MAX_WITNESSES) : 0;
    memcpy(nves, all, n * sizeof *all);
    free(all);
    return n;
}

/* Who is active. */

/* What flows would say, in words of the agent. */
static bool
compute_active(const struct agent *agent, const struct gateway *g)
{
    const struct m_nve *witnesses[GATEWAY_MAX_WITNESSES];
    const struct m_gateway *gw = g->gw;
    size_t n;

    if (agent->gateways->place.state != GATEWAY_IN || !gw->self || g->problem
        || !g->has_rank || time_msec() < g->claim_until) {
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

        if (!g->has_rank || !net) {
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
    facts.n_peers = sset_count(&gs->peers);
    facts.n_heard = gateway_bfd_count_heard(agent);
    SHASH_FOR_EACH (node, &gs->all) {
        const struct gateway *g = node->data;

        if (!g->has_rank) {
            continue;
        }
        facts.detect_time = MAX(facts.detect_time,
                                gateway_get_detect_time(g));
        for (size_t i = 0; i < g->gw->n_candidates; i++) {
            const struct m_gateway_node *other = &g->gw->nodes[i];

            if (!other->is_self) {
                rivals = true;
                facts.heard_candidates &= (gateway_bfd_get(agent, other->nve)
                                           != TUNNEL_BFD_DOWN);
            }
        }
    }
    if (!rivals) {
        facts.n_peers = 0;
    }
    return facts;
}

/* Until the switch has been read, nothing is known.  One that had no flows of
 * ours has been restarted: we come back.  Returns whether our place is another
 * one. */
static bool
run_place(struct agent *agent)
{
    struct gateways *gs = agent->gateways;
    struct gateway_place before = gs->place;
    struct gateway_facts facts;
    bool new_connection;

    if (!ofctrl_is_read(agent->ofctrl)) {
        gs->place_known = false;
        return false;
    }
    new_connection = !gs->place_known;
    gs->place_known = true;
    if (new_connection && !ofctrl_had_flows(agent->ofctrl)) {
        gs->place = (struct gateway_place) { .state = GATEWAY_OUT };
    }
    facts = get_facts(agent);
    while (gateway_place_run(&gs->place, &facts, time_msec())) {
        if (gs->place.state != GATEWAY_JOINING) {
            break;
        }
    }
    return (gs->place.state != before.state
            || gs->place.alone != before.alone);
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
        bool out = (g->has_rank
                    && agent->gateways->place.state == GATEWAY_OUT);
        char *object;

        if (!g->problem && !g->exhausted && !out) {
            continue;
        }
        object = xasprintf("gateway %s", node->name);

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
        if (out) {
            alarms_raise(agent->alarms, ALARM_GROUP, object, "out",
                         "this node has given up its place: the uplink of "
                         "its network has no link or is not there, or the "
                         "switch has no flows yet");
        }
        free(object);
    }
    alarms_end(agent->alarms, ALARM_GROUP);
}

/* Follows what has changed for 'g'. */
static void
update_active(struct agent *agent, struct gateway *g)
{
    bool was_active = g->active;

    g->active = compute_active(agent, g);
    g->n_changes += g->active && !was_active;
    g->gw->active = g->active && agent->gateways->place_known;
    g->gw->exhausted = g->exhausted;
    g->flows_dirty = true;
    model_touch_gateway(agent->model, g->gw);
}

static void
note_wakes(struct gateways *gs)
{
    const struct shash_node *node;

    gs->wake_at = 0;
    SHASH_FOR_EACH (node, &gs->all) {
        const struct gateway *g = node->data;

        if (time_msec() < g->claim_until) {
            note_wake(gs, g->claim_until);
        }
    }
    if (gs->place.until) {
        note_wake(gs, gs->place.until);
    }
}

/* What changed. */

/* Whether it may be about all gateways: BFD, an attachment, time, or the
 * connection to the switch. */
static bool
all_are_affected(const struct agent *agent)
{
    const struct gateways *gs = agent->gateways;

    return (gs->dirty
            || (gs->wake_at && time_msec() >= gs->wake_at)
            || ofctrl_is_read(agent->ofctrl) != gs->place_known
            || !ofctrl_get_confirmed(agent->ofctrl) != !gs->confirmed);
}

/* Whether the objects themselves changed, or the networks that they are in. */
static bool
objects_changed(const struct model *model)
{
    return (!hmapx_is_empty(&model->changed_gateways)
            || !hmapx_is_empty(&model->changed_extnets)
            || !hmapx_is_empty(&model->changed_vpcs));
}

/* Of those that are affected, whatever does not depend on the node's place. */
static void
update_affected(struct agent *agent)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &agent->gateways->all) {
        struct gateway *g = node->data;

        if (g->affected) {
            update_rank(agent, g);
            gateway_nat_update(agent, g);
            set_problem(agent, g);
        }
    }
}

static void
finish_affected(struct agent *agent)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &agent->gateways->all) {
        struct gateway *g = node->data;

        if (g->affected) {
            g->affected = false;
            update_active(agent, g);
        }
    }
    agent->gateways->flows_dirty = true;
}

void
gateways_run(struct agent *agent)
{
    struct gateways *gs = agent->gateways;
    bool all = all_are_affected(agent);
    bool objects = objects_changed(agent->model);
    bool peers, moved = false;

    gateway_nat_run(agent);
    if (!all && !objects && hmapx_is_empty(&agent->model->changed_nves)) {
        return;
    }
    gs->dirty = false;
    gs->confirmed = ofctrl_get_confirmed(agent->ofctrl) != 0;
    if (all || objects) {
        sync_set(agent);
    }
    if (all) {
        gateway_affected_mark_all(gs);
    } else {
        gateway_affected_mark(gs, agent->model);
    }
    peers = gateway_bfd_find_peers(agent, all);
    update_affected(agent);
    if (all || objects || peers) {
        moved = run_place(agent);
    }
    if (moved) {
        gateway_affected_mark_all(gs);
    }
    if (peers || !sset_is_empty(&gs->peers)) {
        gateway_bfd_update(agent, all || moved);
    }
    finish_affected(agent);
    note_wakes(gs);
    raise_alarms(agent);
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
