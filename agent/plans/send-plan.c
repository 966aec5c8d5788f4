/* A further plan: see send-plan.h.  flows/plan-flows.c makes its flows. */

#include <config.h>

#include "agent/plans/send-plan.h"

#include "agent/agent.h"
#include "agent/model/entity.h"
#include "agent/model/model-nve.h"
#include "agent/model/model-touch.h"
#include "agent/node/local.h"
#include "agent/plans/plans.h"
#include "agent/receive/mapped-options.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/ofctrl.h"
#include "agent/write-gate.h"
#include "flow.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(send_plan);

static unsigned int
get_free_number(const struct agent *agent)
{
    for (unsigned int k = 1; k <= PLAN_BRIDGES_MAX; k++) {
        const struct send_plan *sp;
        bool taken = false;

        LIST_FOR_EACH (sp, node, &agent->plans->plans) {
            taken |= sp->k == k;
        }
        if (!taken) {
            return k;
        }
    }
    return 0;
}

/* Returns how many UDP ports our remotes listen on, and stores them in
 * 'ports'.  The bridge has a tunnel port for each. */
static size_t
get_udp_ports(const struct agent *agent,
              uint16_t ports[PLAN_BRIDGE_MAX_UDP_PORTS])
{
    struct entity *entity;
    size_t n = 0;

    ports[n++] = encapsulation_default()->udp_port;
    HMAP_FOR_EACH (entity, node, &agent->model->entities[MODEL_NVE]) {
        const struct m_nve *nve = M_CAST(m_nve, entity);
        bool known = !nve->plan || !nve->up.object;

        for (size_t i = 0; i < n && !known; i++) {
            known = ports[i] == m_nve_get_udp_port(nve);
        }
        if (!known && n < PLAN_BRIDGE_MAX_UDP_PORTS) {
            ports[n++] = m_nve_get_udp_port(nve);
        }
    }
    return n;
}

void
send_plan_want_bridge(struct agent *agent, struct send_plan *sp)
{
    const struct in6_addr *ip = (agent->n_encap_ips == 1
                                 ? &agent->encap_ips[0] : &in6addr_any);
    uint16_t udp_ports[PLAN_BRIDGE_MAX_UDP_PORTS];
    size_t n = get_udp_ports(agent, udp_ports);

    sp->bridge_stale = false;
    local_plan_set(agent->local, sp->k, ip, udp_ports, n,
                   sp->dscps | sp->old_dscps);
}

struct send_plan *
send_plan_add(struct agent *agent, unsigned int k, enum plan_phase phase)
{
    struct send_plan *sp = xzalloc(sizeof *sp);

    sp->k = k;
    sp->serial = ++agent->plans->last_serial;
    sp->phase = phase;
    tlv_plan_init(&sp->order);
    shash_init(&sp->endpoints);
    shash_init(&sp->gateways);
    hmapx_init(&sp->remotes);
    ovs_list_push_back(&agent->plans->plans, &sp->node);
    if (phase == PLAN_LEFTOVER) {
        local_plan_keep(agent->local, k);
    } else {
        send_plan_want_bridge(agent, sp);
    }
    return sp;
}

struct send_plan *
send_plan_create(struct agent *agent, const struct plan_remote *constraints,
                 char *why)
{
    unsigned int k = get_free_number(agent);
    struct send_plan *sp;

    if (!k) {
        free(why);
        return NULL;
    }
    sp = send_plan_add(agent, k, PLAN_BUILDING);
    sp->ofctrl = ofctrl_create(agent->gate, WRITE_PLANS);
    flow_owner_init(&sp->static_flows, 1, "plan %u", k);
    flow_owner_init(&sp->class_flows, 2, "QoS classes");
    sp->why = why;
    tlv_plan_update(&sp->order, agent->mapped_options->options,
                    agent->mapped_options->n, constraints, 1);
    ofctrl_set_tlv_map(sp->ofctrl, &sp->order.map);
    model_touch_plugged(agent->model);
    VLOG_INFO("plan %u: new, because %s", k, why);
    return sp;
}

ofp_port_t
send_plan_get_tunnel(const struct send_plan *sp, uint16_t udp_port)
{
    for (size_t i = 0; i < sp->ports.n_udp_ports; i++) {
        if (sp->ports.udp_ports[i] == udp_port) {
            return sp->ports.tunnel[i];
        }
    }
    return 0;
}

static void
destroy_owners(struct send_plan *sp, struct shash *owners)
{
    struct shash_node *node;

    SHASH_FOR_EACH_SAFE (node, owners) {
        ofctrl_destroy_owner(sp->ofctrl, node->data);
        free(node->data);
        shash_delete(owners, node);
    }
    shash_destroy(owners);
}

void
send_plan_destroy(struct agent *agent, struct send_plan *sp, bool remove)
{
    struct hmapx_node *remote;

    HMAPX_FOR_EACH (remote, &sp->remotes) {
        struct m_nve *nve = remote->data;
        nve->plan = NULL;
    }
    destroy_owners(sp, &sp->endpoints);
    destroy_owners(sp, &sp->gateways);
    hmapx_destroy(&sp->remotes);
    if (sp->ofctrl) {
        ofctrl_destroy_owner(sp->ofctrl, &sp->static_flows);
        ofctrl_destroy_owner(sp->ofctrl, &sp->class_flows);
        ofctrl_destroy(sp->ofctrl);
    }
    if (remove) {
        local_plan_unset(agent->local, sp->k);
    }
    tlv_plan_destroy(&sp->order);
    ovs_list_remove(&sp->node);
    free(sp->why);
    free(sp);
}

void
send_plan_touch(struct send_plan *sp, const struct m_nve *joined)
{
    sp->note_stale = true;
    if (joined) {
        sp->bridge_stale |= send_plan_lacks_tunnel(sp, joined);
    }
}

bool
send_plan_lacks_tunnel(const struct send_plan *sp, const struct m_nve *nve)
{
    return (nve->up.object
            && !send_plan_get_tunnel(sp, m_nve_get_udp_port(nve)));
}

void
send_plan_addresses_changed(struct agent *agent)
{
    struct send_plan *sp;

    LIST_FOR_EACH (sp, node, &agent->plans->plans) {
        sp->bridge_stale = true;
    }
}

/* Whether 'b' has an option of 'a' at another index, or another option at an
 * index of 'a'. */
static bool
map_moved(const struct index_map *a, const struct index_map *b)
{
    for (size_t i = 0; i < INDEX_MAP_SLOTS; i++) {
        if (a->slots[i].used && b->slots[i].used
            && !opt_key_equals(a->slots[i].key, b->slots[i].key)) {
            return true;
        } else if (a->slots[i].used && !b->slots[i].used
                   && index_map_find(b, a->slots[i].key) >= 0) {
            return true;
        }
    }
    return false;
}

void
send_plan_update_options(struct agent *agent, struct send_plan *sp)
{
    const struct mapped_options *mapped = agent->mapped_options;
    struct index_map old = sp->order.map;
    struct hmapx_node *node;

    if (tlv_plan_covers(&sp->order, mapped->options, mapped->n)
        || !tlv_plan_update(&sp->order, mapped->options, mapped->n,
                            NULL, 0)) {
        return;
    }
    if (map_moved(&old, &sp->order.map)) {
        /* There is no free index where the new option would have to be. */
        tlv_plan_adopt(&sp->order, &old);
        sp->phase = PLAN_ENDING;
        HMAPX_FOR_EACH (node, &sp->remotes) {
            struct m_nve *nve = node->data;
            nve->plan = NULL;
            model_touch_encaps_of(agent->model, nve);
        }
        hmapx_clear(&sp->remotes);
        return;
    }
    ofctrl_set_tlv_map(sp->ofctrl, &sp->order.map);
    model_touch_plugged(agent->model);
    HMAPX_FOR_EACH (node, &sp->remotes) {
        model_touch_encaps_of(agent->model, node->data);
    }
}

bool
send_plan_is_settled(const struct send_plan *sp)
{
    return (sp->have_ports
            && ofctrl_get_confirmed(sp->ofctrl)
               >= ofctrl_get_revision(sp->ofctrl));
}

bool
send_plan_is_open(const struct send_plan *sp)
{
    return sp->phase == PLAN_BUILDING || sp->phase == PLAN_READY;
}

const struct tlv_plan *
send_plan_get_order(const struct agent *agent, const struct m_nve *nve)
{
    return nve->plan ? &nve->plan->order : agent->base_plan;
}

void
send_plan_take_leftovers(struct agent *agent)
{
    unsigned int ks[PLAN_BRIDGES_MAX];
    size_t n;

    if (agent->plans->leftovers_taken || !local_is_ready(agent->local)) {
        return;
    }
    agent->plans->leftovers_taken = true;
    n = local_plan_get_existing(agent->local, ks);
    for (size_t i = 0; i < n; i++) {
        send_plan_add(agent, ks[i], PLAN_LEFTOVER);
    }
}

void
send_plan_destroy_all(struct agent *agent)
{
    struct send_plan *sp;

    LIST_FOR_EACH_SAFE (sp, node, &agent->plans->plans) {
        send_plan_destroy(agent, sp, false);
    }
}
