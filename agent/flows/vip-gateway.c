/* From outside to a service: see vip-gateway.h, and vip-return.c for the ways
 * back.
 *
 *      FLOW_EXT_ADDRESS  ARP and ND, by the gateway's group; packets, if
 *                        spec.sourceRanges has the client: their connections
 *                        in two zones, if some backends are masqueraded
 *      FLOW_VIP          of a known connection: FLOW_VIP_IN
 *                        by port: a group
 *        bucket          direct, via: FLOW_REG_NVE, the backend's MAC, what
 *                        the option says; FLOW_VIP_SEND
 *                        masquerade: ct(commit,nat(dst=BACKEND))
 *                        FLOW_VIP_MASQ, FLOW_VIP_IN: vip-masquerade.c
 *      FLOW_VIP_SEND     as the gateway's, untranslated; to FLOW_MTU
 *
 *      FLOW_SOURCE       from a backend's node, with the service's address
 *      FLOW_EXT_OUT      that: leaves as it is
 *
 * Every candidate chooses the same backend: a bucket is known by the backend's
 * name, and the hash is of what the client sends.  So nothing is noted of
 * connections that are direct or via, and a failover moves none.  Conntrack
 * would see but one direction of those that are direct, and break them.  UDP
 * is hashed by addresses alone, since later fragments have no ports.
 *
 * What is from the VPC's own addresses does not come from outside: dropped.
 * It could be translated to itself, by which ovs-vswitchd 3.1 aborts. */

#include <config.h>

#include "agent/flows/vip-gateway.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/flows/controller-stage.h"
#include "agent/flows/gateway-flows.h"
#include "agent/flows/gateway-in.h"
#include "agent/flows/gateway-owner.h"
#include "agent/flows/icmp-errors.h"
#include "agent/flows/pipeline.h"
#include "agent/flows/vip-masquerade.h"
#include "agent/flows/vip-past.h"
#include "agent/flows/vip-private.h"
#include "agent/flows/vip-return.h"
#include "agent/flows/vips.h"
#include "agent/model/model-extnet.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model-lb.h"
#include "agent/model/model-touch.h"
#include "agent/model/model.h"
#include "agent/node/local.h"
#include "agent/remotes/gateways.h"
#include "agent/switch/desired-group.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/ofctrl.h"
#include "flow.h"
#include "hash.h"
#include "lib/service-option.h"
#include "openvswitch/match.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

/* In FLOW_EXT_ADDRESS: questions for the address come before. */
enum {
    PRI_INSIDE = 122,
    PRI_ADDRESS_ERROR = 121,
    PRI_ADDRESS = 120,
    PRI_NOBODY = 118,               /* Dropped, and counted. */
};

/* In FLOW_VIP: after connections that are known (vip-masquerade.c). */
enum {
    PRI_ERROR = 250,
    PRI_FRAGMENT = 110,
    PRI_NEW = 105,                  /* Which begins a connection. */
    PRI_PORT = 100,
    PRI_REFUSED = 20,
    PRI_REST = 10,                  /* Dropped, and counted. */
};

#define PRI_OWN 300                 /* In FLOW_EXT_ROUTE. */

struct gateway *
vip_gateway_find(const struct agent *agent, const struct m_lb *lb)
{
    struct gateway *g;

    if (!m_lb_get_def(lb) || !lb->gateway) {
        return NULL;
    }
    g = gateways_find(agent, lb->gateway->up.name);
    return g && !g->problem && g->gw->self ? g : NULL;
}

/* Backends. */

static int
compare_takers(const void *a_, const void *b_)
{
    const struct vip_taker *a = a_, *b = b_;

    return strcmp(a->b->ep->up.name, b->b->ep->up.name);
}

/* Gives each an id that follows from its name, and that no other has. */
static void
choose_ids(struct vip_context *c)
{
    for (size_t i = 0; i < c->n_takers; i++) {
        struct vip_taker *t = &c->takers[i];

        t->id = hash_string(t->b->ep->up.name, 0) & INT32_MAX;
        for (size_t j = 0; j < i; j++) {
            if (c->takers[j].id == t->id) {
                t->id = (t->id + 1) & INT32_MAX;
                j = -1;
            }
        }
    }
}

static enum vip_taker_kind
get_kind(const struct vip_taker *t)
{
    bool masquerades = t->ret == LB_RETURN_MASQUERADE;

    return (t->knows && !t->takes ? VIP_TAKER_DRAINING
            : t->knows && !lb_return_is_by_backend(t->ret) ? VIP_TAKER_FADING
            : (t->knows || masquerades) && vip_past_is_young(t->past)
            ? VIP_TAKER_YOUNG : VIP_TAKER_OLD);
}

/* Notes backend 'b', whose answers go by 'ret' (LB_RETURN_AUTO: they
 * cannot). */
static void
take(struct vip_context *c, const struct m_lb_backend *b, enum lb_return ret,
     enum value_from option)
{
    const struct vip_past *past = vip_past_note(c->agent, c->vip, b, ret);
    bool translates = lb_return_is_by_backend(ret);
    struct vip_taker t = {
        .b = b, .past = past, .ret = ret, .option = option,
        .takes = ret != LB_RETURN_AUTO && m_lb_backend_takes(b),
        .knows = (b->healthy && b->ep->up.object && vip_return_has_agent(b)
                  && (translates || past->translated)),
    };

    t.kind = get_kind(&t);
    if (t.takes || t.kind != VIP_TAKER_OLD) {
        c->takers[c->n_takers++] = t;
        c->n_takes += t.takes;
        c->asks |= t.kind != VIP_TAKER_OLD;
    }
    if (ret == LB_RETURN_MASQUERADE || past->masqueraded) {
        c->masquerades = true;
        if (b->healthy) {
            vip_masquerade_note(c->vip, c->lb, b, c->zones[0]);
        }
    }
    c->sends |= translates;
}

/* Finds out how answers of each backend go, and which ones take new
 * connections. */
static void
find_takers(struct vip_context *c, struct m_lb *lb)
{
    struct m_lb_backend *b;
    bool changed = false;

    c->takers = xmalloc(hmap_count(&lb->backends) * sizeof *c->takers);
    HMAP_FOR_EACH (b, node, &lb->backends) {
        enum value_from option = VALUE_NONE;
        enum lb_return ret = LB_RETURN_AUTO;
        bool can = (b->ep->up.object
                    && !ipv6_addr_equals(&b->ip, &c->def->external_address)
                    && vip_return_negotiate(c->agent, lb, b, &ret, &option));

        changed |= (b->has_ret != can || b->option != option
                    || (can && b->ret != ret));
        b->has_ret = can;
        b->ret = ret;
        b->option = option;
        take(c, b, can ? ret : LB_RETURN_AUTO, option);
    }
    vip_past_forget(c->vip, lb);
    qsort(c->takers, c->n_takers, sizeof *c->takers, compare_takers);
    choose_ids(c);
    if (changed) {
        model_touch_lb(c->agent->model, lb);
    }
}

/* Matches. */

static bool
is_ipv6(const struct vip_context *c)
{
    return load_balancer_is_ipv6(c->def);
}

void
vip_context_init_match(struct match *match, const struct vip_context *c)
{
    pipeline_init_gateway(match, c->lb->up.id);
    match_set_dl_type(match, htons(is_ipv6(c) ? ETH_TYPE_IPV6
                                   : ETH_TYPE_IP));
}

static void
match_init_outside(struct match *match, const struct vip_context *c)
{
    pipeline_init_extnet(match, c->g->gw->extnet->up.id);
    match_set_dl_dst(match, gateway_flows_get_mac(c->g));
    match_set_ip(match, &c->def->external_address, true);
}

/* FLOW_EXT_ADDRESS. */

/* ICMP errors that match 'match', too. */
static void
add_address_error_flows(const struct vip_context *c, struct match *match)
{
    struct ofpbuf actions;

    ofpbuf_init(&actions, 128);
    put_load_imm(&actions, FLOW_REG_GATEWAY, c->lb->up.id, 0);
    put_ct_nats(&actions, c->zones[0], c->zones[1], CT_ERRORS, FLOW_VIP);
    for (size_t i = 0; i < icmp_errors_count(is_ipv6(c)); i++) {
        icmp_errors_match(match, is_ipv6(c), i);
        flow_list_add(c->flows, FLOW_EXT_ADDRESS, PRI_ADDRESS_ERROR, match,
                      &actions);
    }
    ofpbuf_uninit(&actions);
}

/* 'range': of the clients; NULL: any. */
static void
add_range_flows(const struct vip_context *c, const struct ip_prefix *range)
{
    struct ofpbuf actions;
    struct match match;

    match_init_outside(&match, c);
    if (range) {
        match_set_prefix(&match, range, false);
    }
    ofpbuf_init(&actions, 128);
    put_load_imm(&actions, FLOW_REG_GATEWAY, c->lb->up.id, 0);
    if (c->masquerades) {
        put_ct_nats(&actions, c->zones[0], c->zones[1], CT_ANY, FLOW_VIP);
    } else {
        put_goto(&actions, FLOW_VIP);
    }
    flow_list_add(c->flows, FLOW_EXT_ADDRESS, PRI_ADDRESS, &match, &actions);
    ofpbuf_uninit(&actions);
    if (c->masquerades) {
        add_address_error_flows(c, &match);
    }
}

static void
add_address_flows(const struct vip_context *c)
{
    const struct vpc *vpc = c->lb->vpc->up.object->vpc;
    size_t n = c->def->n_source_ranges;
    struct match match;

    for (size_t i = 0; i < n; i++) {
        add_range_flows(c, &c->def->source_ranges[i]);
    }
    if (!n) {
        add_range_flows(c, NULL);
    } else {
        match_init_outside(&match, c);
        flow_list_add_drop(c->flows, FLOW_EXT_ADDRESS, PRI_NOBODY, &match);
    }
    for (size_t i = 0; i < vpc->n_subnets; i++) {
        if (vpc->subnets[i].prefix.is_ipv6 == is_ipv6(c)) {
            match_init_outside(&match, c);
            match_set_prefix(&match, &vpc->subnets[i].prefix, false);
            flow_list_add_drop(c->flows, FLOW_EXT_ADDRESS, PRI_INSIDE, &match);
        }
    }
}

/* From this same node, as it has the address: as if it came in. */
static void
add_own_flow(const struct vip_context *c)
{
    struct ofpbuf actions;
    struct match match;

    pipeline_init_extnet(&match, c->g->gw->extnet->up.id);
    match_set_ip(&match, &c->def->external_address, true);
    ofpbuf_init(&actions, 128);
    ofpact_put_CT_CLEAR(&actions);
    put_load_imm(&actions, FLOW_REG_FLAGS, 0, 0);
    put_load_imm(&actions, FLOW_REG_OUT, 0, 0);
    put_load_imm(&actions, FLOW_REG_SRC_LABEL, 0, 0);
    put_set_eth_dst(&actions, gateway_flows_get_mac(c->g));
    put_resubmit(&actions, FLOW_EXT_ADDRESS);
    flow_list_add(c->flows, FLOW_EXT_ROUTE, PRI_OWN, &match, &actions);
    ofpbuf_uninit(&actions);
}

/* Groups. */

static ofp_port_t
get_watch_port(const struct agent *agent, const struct m_lb_backend *b)
{
    ofp_port_t ofport = 0;

    if (!b->local && b->nve->n_tunnels && !agent->shared_tunnels) {
        ofport = local_tunnel_get_ofport(agent->local, &b->nve->tunnels[0]);
    }
    return ofport ? ofport : OFPP_ANY;
}

static void
init_group(const struct vip_context *c, const struct lb_port *port,
           struct group_spec *spec)
{
    enum mf_field_id fields[] = {
        is_ipv6(c) ? MFF_IPV6_SRC : MFF_IPV4_SRC,
        port->protocol == IPPROTO_TCP ? MFF_TCP_SRC : MFF_SCTP_SRC,
    };

    group_spec_init(spec, OFPGT11_SELECT);
    group_spec_set_hash(spec, fields,
                        (c->def->affinity == LB_AFFINITY_CLIENT_IP
                         || port->protocol == IPPROTO_UDP) ? 1 : 2);
}

void
vip_gateway_put_bucket(const struct vip_context *c, const struct vip_taker *t,
                       const struct lb_port *port, struct ofpbuf *actions)
{
    if (t->ret == LB_RETURN_MASQUERADE) {
        put_ct_dnat_port(actions, c->zones[0], &t->b->ip, port->target_port,
                         FLOW_VIP_MASQ);
    } else {
        vip_send_put(c, t, port->port, actions);
    }
}

uint32_t
vip_gateway_set_group(const struct vip_context *c, const struct lb_port *port,
                      char *what, vip_bucket_cb *cb, const void *aux)
{
    uint32_t id = vip_get_group(c->agent, c->vip, c->lb, what);
    struct group_spec spec;
    struct ofpbuf actions;

    free(what);
    init_group(c, port, &spec);
    ofpbuf_init(&actions, 128);
    for (size_t i = 0; i < c->n_takers; i++) {
        const struct vip_taker *t = &c->takers[i];

        ofpbuf_clear(&actions);
        if (cb(c, t, port, &actions, aux)) {
            group_spec_add(&spec, t->id, MAX(t->past->weight, 1),
                           get_watch_port(c->agent, t->b), &actions);
        }
    }
    ofctrl_set_group(c->agent->ofctrl, id, &spec, &c->vip->flows);
    ofpbuf_uninit(&actions);
    return id;
}

static bool
put_taking(const struct vip_context *c, const struct vip_taker *t,
           const struct lb_port *port, struct ofpbuf *actions,
           const void *aux OVS_UNUSED)
{
    if (t->takes) {
        vip_gateway_put_bucket(c, t, port, actions);
    }
    return t->takes;
}

/* The group of those that take new connections. */
static uint32_t
set_group(const struct vip_context *c, const struct lb_port *port)
{
    return vip_gateway_set_group(c, port, xasprintf("%u/%u", port->protocol,
                                                    port->port),
                                 put_taking, NULL);
}

/* An ICMP error does not say whose it is without conntrack, which is at the
 * backends' nodes: all get it, and one of them knows the connection. */
static uint32_t
set_error_group(const struct vip_context *c)
{
    uint32_t id = vip_get_group(c->agent, c->vip, c->lb, "errors");
    struct group_spec spec;
    struct ofpbuf actions;

    group_spec_init(&spec, OFPGT11_ALL);
    ofpbuf_init(&actions, 128);
    for (size_t i = 0; i < c->n_takers; i++) {
        if (lb_return_is_by_backend(c->takers[i].ret)) {
            ofpbuf_clear(&actions);
            vip_send_put(c, &c->takers[i], 0, &actions);
            group_spec_add(&spec, c->takers[i].id, 0, OFPP_ANY, &actions);
        }
    }
    ofctrl_set_group(c->agent->ofctrl, id, &spec, &c->vip->flows);
    ofpbuf_uninit(&actions);
    return id;
}

/* FLOW_VIP. */

/* As a host on which nobody listens. */
static void
add_refusal(const struct vip_context *c, uint16_t priority,
            const struct match *match)
{
    struct ofpbuf actions;

    ofpbuf_init(&actions, 64);
    put_load_imm(&actions, FLOW_REG_VNI, c->lb->vpc->vni, 0);
    controller_stage_put(&actions, CONTROLLER_STAGE_NO_SERVICE);
    flow_list_add(c->flows, FLOW_VIP, priority, match, &actions);
    ofpbuf_uninit(&actions);
}

static void
add_group_flow(const struct vip_context *c, uint16_t priority,
               const struct match *match, uint32_t group)
{
    struct ofpbuf actions;

    ofpbuf_init(&actions, 16);
    put_group(&actions, group);
    flow_list_add(c->flows, FLOW_VIP, priority, match, &actions);
    ofpbuf_uninit(&actions);
}

/* To a port that the service has: new connections, or all packets. */
static void
add_port_flow(const struct vip_context *c, const struct lb_port *port)
{
    bool open = vip_open_is_needed(c, port);
    struct match match;

    vip_context_init_match(&match, c);
    match_set_nw_proto(&match, port->protocol);
    match_set_tp_dst(&match, htons(port->port));
    if (open) {
        add_group_flow(c, PRI_PORT, &match, vip_open_add_flows(c, port));
        match_set_tcp_flags_masked(&match, htons(TCP_SYN), htons(TCP_SYN));
    }
    if (c->n_takes) {
        add_group_flow(c, open ? PRI_NEW : PRI_PORT, &match,
                       set_group(c, port));
    } else if (open) {
        add_refusal(c, PRI_NEW, &match);
    }
}

/* What no port is for, and what is new if there is no backend. */
static void
add_refusals(const struct vip_context *c)
{
    static const uint8_t refused[] = { IPPROTO_TCP, IPPROTO_UDP,
                                       IPPROTO_SCTP };
    struct match match;

    for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
        vip_context_init_match(&match, c);
        match_set_nw_proto(&match, refused[i]);
        match_set_nw_frag_masked(&match, 0, FLOW_NW_FRAG_LATER);
        add_refusal(c, PRI_REFUSED, &match);
    }
    vip_context_init_match(&match, c);
    flow_list_add_drop(c->flows, FLOW_VIP, PRI_REST, &match);
}

static void
add_port_flows(const struct vip_context *c)
{
    const struct lb_port *udp = NULL;
    struct match match;
    size_t n_udp = 0;

    for (size_t i = 0; c->n_takers && i < c->def->n_ports; i++) {
        add_port_flow(c, &c->def->ports[i]);
        if (c->def->ports[i].protocol == IPPROTO_UDP) {
            udp = &c->def->ports[i];
            n_udp++;
        }
    }
    if (c->n_takes && n_udp == 1 && !is_ipv6(c)) {
        vip_context_init_match(&match, c);
        match_set_nw_proto(&match, IPPROTO_UDP);
        match_set_nw_frag_masked(&match, FLOW_NW_FRAG_ANY, FLOW_NW_FRAG_ANY);
        add_group_flow(c, PRI_FRAGMENT, &match, set_group(c, udp));
    }
    add_refusals(c);
}

static void
add_error_flows(const struct vip_context *c)
{
    uint32_t group;

    if (!c->sends) {
        return;
    }
    group = set_error_group(c);
    for (size_t i = 0; i < icmp_errors_count(is_ipv6(c)); i++) {
        struct match match;

        vip_context_init_match(&match, c);
        icmp_errors_match(&match, is_ipv6(c), i);
        add_group_flow(c, PRI_ERROR, &match, group);
    }
}

void
vip_gateway_add_flows(struct agent *agent, struct vip *vip, struct m_lb *lb,
                      const struct gateway *g, struct flow_list *flows)
{
    struct vip_context c = { .agent = agent, .vip = vip, .lb = lb,
                         .def = m_lb_get_def(lb), .g = g, .flows = flows };

    c.zones[0] = vip_get_zone(agent, vip, xasprintf("vip-destination/%s",
                                                    g->gw->up.name));
    c.zones[1] = vip_get_zone(agent, vip, xasprintf("vip-source/%s",
                                                    g->gw->up.name));
    find_takers(&c, lb);
    if (c.zones[0] && c.zones[1]) {
        add_address_flows(&c);
        if (g->active) {
            add_own_flow(&c);
        }
        add_port_flows(&c);
        add_error_flows(&c);
        if (c.masquerades) {
            vip_masquerade_add_flows(agent, vip, lb, g, c.zones, flows);
        }
        vip_send_add_flows(&c);
        gateway_owner_add_address(agent, g, &c.def->external_address, flows);
    }
    free(c.takers);
}
