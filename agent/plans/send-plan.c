/* The bridges of further plans: see plans.h and send-plan.h.
 *
 * On the bridge of a plan:
 *
 *   table          owner     what
 *    0 FLOW_INPUT  endpoint  from the integration bridge, by the endpoint's
 *                            port in pkt_mark: VNI, profile, options
 *   60 FLOW_DSCP   static    as on the integration bridge (packet-values.c)
 *   30 FLOW_ENCAP  leg       (remote, profile): takes away what was not
 *                            negotiated, and sends (plan-legs.c)
 *
 * pkt_mark, the only thing that a patch port keeps, has the endpoint's port
 * on the integration bridge in its high half and the remote's number in its
 * low half. */

#include <config.h>

#include "agent/plans/send-plan.h"

#include "agent/agent.h"
#include "agent/model/model-touch.h"
#include "agent/switch/flow-actions.h"
#include "agent/flows/flows.h"
#include "agent/flows/packet-values.h"
#include "agent/flows/plan-legs.h"
#include "agent/receive/mapped-options.h"
#include "agent/remotes/remotes.h"
#include "agent/flows/source-stage.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/ofctrl.h"
#include "flow.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(send_plan);

/* With more of them, a bridge's external_ids only say how many it has. */
#define MAX_REMOTES_NOTED 64

/* Plans. */

static unsigned int
plans_get_free_number(const struct agent *agent)
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

/* The UDP ports that our remotes listen on, for the bridge's tunnel ports. */
static size_t
get_udp_ports(const struct agent *agent,
              uint16_t ports[PLAN_BRIDGE_MAX_UDP_PORTS])
{
    struct entity *entity;
    size_t n = 0;

    ports[n++] = GENEVE_UDP_PORT;
    HMAP_FOR_EACH (entity, node, &agent->model->entities[MODEL_NVE]) {
        const struct m_nve *nve = M_CAST(m_nve, entity);
        bool known = !nve->plan || !nve->up.object;

        for (size_t i = 0; i < n && !known; i++) {
            known = ports[i] == nve->up.object->nve->udp_port;
        }
        if (!known && n < PLAN_BRIDGE_MAX_UDP_PORTS) {
            ports[n++] = nve->up.object->nve->udp_port;
        }
    }
    return n;
}

static void
send_plan_want_bridge(struct agent *agent, struct send_plan *sp)
{
    const struct in6_addr *ip = (agent->n_encap_ips == 1
                                 ? &agent->encap_ips[0] : &in6addr_any);
    uint16_t udp_ports[PLAN_BRIDGE_MAX_UDP_PORTS];
    size_t n = get_udp_ports(agent, udp_ports);

    sp->bridge_stale = false;
    local_plan_set(agent->local, sp->k, ip, udp_ports, n);
}

struct send_plan *
send_plan_add(struct agent *agent, unsigned int k, enum plan_phase phase)
{
    struct send_plan *sp = xzalloc(sizeof *sp);

    sp->k = k;
    sp->serial = ++agent->plans->last_serial;
    sp->phase = phase;
    tlv_plan_init(&sp->order);
    flow_owner_init(&sp->static_flows, 1, "plan %u", k);
    shash_init(&sp->endpoints);
    hmapx_init(&sp->remotes);
    ovs_list_push_back(&agent->plans->plans, &sp->node);
    send_plan_want_bridge(agent, sp);
    return sp;
}

struct send_plan *
send_plan_create(struct agent *agent, const struct plan_remote *constraints,
                 char *why)
{
    unsigned int k = plans_get_free_number(agent);
    struct send_plan *sp;

    if (!k) {
        free(why);
        return NULL;
    }
    sp = send_plan_add(agent, k, PLAN_BUILDING);
    sp->ofctrl = ofctrl_create();
    sp->why = why;
    tlv_plan_update(&sp->order, agent->mapped_options->options,
                     agent->mapped_options->n, constraints,
                     1);
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

void
send_plan_destroy(struct agent *agent, struct send_plan *sp, bool remove)
{
    struct shash_node *node;
    struct hmapx_node *remote;

    HMAPX_FOR_EACH (remote, &sp->remotes) {
        struct m_nve *nve = remote->data;
        nve->plan = NULL;
    }
    SHASH_FOR_EACH_SAFE (node, &sp->endpoints) {
        ofctrl_destroy_owner(sp->ofctrl, node->data);
        free(node->data);
        shash_delete(&sp->endpoints, node);
    }
    shash_destroy(&sp->endpoints);
    hmapx_destroy(&sp->remotes);
    if (sp->ofctrl) {
        ofctrl_destroy_owner(sp->ofctrl, &sp->static_flows);
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
send_plan_mark_changed(struct send_plan *sp, const struct m_nve *joined)
{
    sp->note_stale = true;
    if (joined && joined->up.object) {
        uint16_t udp_port = joined->up.object->nve->udp_port;

        sp->bridge_stale |= !send_plan_get_tunnel(sp, udp_port);
    }
}

/* Whether an option that 'a' maps is elsewhere in 'b', or gone. */
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
    struct index_map old = sp->order.map;
    struct hmapx_node *node;

    if (tlv_plan_covers(&sp->order, agent->mapped_options->options,
                     agent->mapped_options->n)
        || !tlv_plan_update(&sp->order, agent->mapped_options->options,
                     agent->mapped_options->n,
                             NULL, 0)) {
        return;
    }
    if (map_moved(&old, &sp->order.map)) {
        /* There is no room between two indices. */
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

/* Endpoints. */

static void
add_mark_flow(struct agent *agent, struct send_plan *sp,
              const struct m_endpoint *ep, struct flow_list *flows)
{
    const char *phase;
    char *message = NULL;
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 256);
    put_load_imm(&actions, FLOW_REG_PROFILE, ep->vpc->sent->up.id, 0);
    put_set_tun_id(&actions, ep->vpc->vni);
    put_move(&actions, MFF_PKT_MARK, 0, FLOW_REG_NVE, 0, 16);
    if (source_stage_build(agent, &sp->order, ep, &actions, &phase,
                           &message)) {
        put_goto(&actions, FLOW_ENCAP);
        match_init_catchall(&match);
        match_set_in_port(&match, sp->ports.peer);
        match_set_pkt_mark_masked(&match,
                                  (uint32_t) ofp_to_u16(ep->ofport) << 16,
                                  0xffff0000);
        flow_list_add(flows, FLOW_INPUT, FLOW_PRI_NORMAL, &match, &actions);
    }
    free(message);
    ofpbuf_uninit(&actions);
}

static void
send_plan_make_endpoint(struct agent *agent, struct send_plan *sp,
                        const struct m_endpoint *ep)
{
    struct flow_owner *owner = shash_find_data(&sp->endpoints, ep->up.name);
    struct flow_list flows;

    flow_list_init(&flows);
    if (sp->have_ports && m_endpoint_is_local(ep) && ep->ofport && ep->vpc
        && m_vpc_is_active(ep->vpc)) {
        add_mark_flow(agent, sp, ep, &flows);
    }
    if (flows.n && !owner) {
        owner = xmalloc(sizeof *owner);
        flow_owner_init(owner, hash_string(ep->up.name, 4), "endpoint %s",
                        ep->up.name);
        shash_add(&sp->endpoints, ep->up.name, owner);
    }
    if (owner) {
        ofctrl_replace(sp->ofctrl, owner, &flows);
    }
    flow_list_destroy(&flows);
}

/* An endpoint's entity may be gone before its flows are. */
static void
send_plan_drop_endpoints(struct agent *agent, struct send_plan *sp)
{
    struct shash_node *node;

    SHASH_FOR_EACH_SAFE (node, &sp->endpoints) {
        if (!entity_find(agent->model, MODEL_ENDPOINT, node->name)) {
            ofctrl_destroy_owner(sp->ofctrl, node->data);
            free(node->data);
            shash_delete(&sp->endpoints, node);
        }
    }
}

/* The turn. */

bool
send_plan_is_settled(const struct send_plan *sp)
{
    return (sp->have_ports
            && ofctrl_get_confirmed(sp->ofctrl)
               >= ofctrl_get_revision(sp->ofctrl));
}

/* The flows that depend on nothing. */
static void
send_plan_make_static(struct send_plan *sp)
{
    struct flow_list flows;

    flow_list_init(&flows);
    packet_values_add_flows(&flows);
    ofctrl_replace(sp->ofctrl, &sp->static_flows, &flows);
    flow_list_destroy(&flows);
}

/* Takes up new ports of the plan's bridge, and makes all flows for them. */
static void
send_plan_update_ports(struct agent *agent, struct send_plan *sp)
{
    const struct plan_bridge_ports *ports = local_plan_get(agent->local,
                                                           sp->k);
    struct hmapx_node *node;

    if (!ports) {
        sp->have_ports = false;
        return;
    }
    if (sp->have_ports && !memcmp(ports, &sp->ports, sizeof *ports)) {
        return;
    }
    sp->ports = *ports;
    sp->have_ports = true;
    ofctrl_set_bridge(sp->ofctrl, ports->bridge);
    send_plan_make_static(sp);
    HMAPX_FOR_EACH (node, &agent->model->plugged) {
        send_plan_make_endpoint(agent, sp, node->data);
    }
    HMAPX_FOR_EACH (node, &sp->remotes) {
        struct m_nve *nve = node->data;
        struct shash_node *encap_node;

        SHASH_FOR_EACH (encap_node, &nve->encaps) {
            struct m_encap *encap = encap_node->data;

            plan_legs_ports_changed(agent, encap, sp);
        }
    }
}

static void
send_plan_update_note(struct agent *agent, struct send_plan *sp)
{
    struct ds order = DS_EMPTY_INITIALIZER;
    struct svec names = SVEC_EMPTY_INITIALIZER;
    struct hmapx_node *node;
    char *remotes;

    for (size_t i = 0; i < sp->order.n_order; i++) {
        ds_put_format(&order, "%s"OPT_KEY_FMT, i ? "," : "",
                      OPT_KEY_ARGS(sp->order.order[i]));
    }
    if (hmapx_count(&sp->remotes) > MAX_REMOTES_NOTED) {
        remotes = xasprintf("%"PRIuSIZE" remotes",
                            hmapx_count(&sp->remotes));
    } else {
        HMAPX_FOR_EACH (node, &sp->remotes) {
            const struct m_nve *nve = node->data;
            svec_add(&names, nve->up.name);
        }
        svec_sort(&names);
        remotes = svec_join(&names, ",", "");
    }
    local_plan_set_note(agent->local, sp->k, ds_cstr(&order), remotes,
                        sp->why);
    free(remotes);
    svec_destroy(&names);
    ds_destroy(&order);
    sp->note_stale = false;
}

void
send_plan_run(struct agent *agent, struct send_plan *sp)
{
    struct hmapx_node *node;

    send_plan_update_ports(agent, sp);
    HMAPX_FOR_EACH (node, &agent->model->changed_endpoints) {
        const struct m_endpoint *ep = node->data;

        if (ep->plugged || shash_find(&sp->endpoints, ep->up.name)) {
            send_plan_make_endpoint(agent, sp, ep);
        }
    }
    send_plan_drop_endpoints(agent, sp);
    ofctrl_run(sp->ofctrl, sp->have_ports);
    if (sp->phase == PLAN_BUILDING && send_plan_is_settled(sp)) {
        sp->phase = PLAN_READY;
    }
    if (sp->phase != PLAN_ENDING && hmapx_is_empty(&sp->remotes)) {
        sp->phase = PLAN_ENDING;
    }
    if (sp->bridge_stale && sp->phase != PLAN_ENDING) {
        send_plan_want_bridge(agent, sp);
    }
    if (sp->note_stale && sp->phase != PLAN_ENDING) {
        send_plan_update_note(agent, sp);
    }
}
