/* Clients behind the gateway's own address: see vip-masquerade.h.
 *
 *      FLOW_VIP         of a known connection: FLOW_VIP_IN
 *                       a bucket: ct(commit,nat(dst=BACKEND)), FLOW_VIP_MASQ
 *      FLOW_VIP_MASQ    by subnet: ct(commit,nat(src=its gateway))
 *      FLOW_VIP_IN      was it? into the VPC, as the gateway's
 *
 *      FLOW_EXT_OUT     to the gateway's address: translated back in both
 *                       zones; to FLOW_EXT_SNAT
 *
 * Two zones, as a connection has one translation in each.  Both directions
 * come by here, so they keep connections where they are when backends change.
 * The client's port stays if it is free: another candidate, which knows
 * nothing of the connection, mostly translates it the same way.  When a
 * backend is gone, or not healthy, its connections are forgotten, and their
 * next packets choose another. */

#include <config.h>

#include "agent/flows/vip-masquerade.h"

#include "agent/agent.h"
#include "agent/flows/gateway-flows.h"
#include "agent/flows/gateway-in.h"
#include "agent/flows/pipeline.h"
#include "agent/flows/vips.h"
#include "agent/model/model-extnet.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model-lb.h"
#include "agent/model/model.h"
#include "agent/remotes/gateways.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/ofctrl.h"
#include "openvswitch/match.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

#define PRI_KNOWN 300               /* In FLOW_VIP. */
#define PRI_LATE 160                /* In FLOW_EXT_SNAT: of no connection; not
                                     * what the gateway failed to
                                     * translate. */
#define PRI_ARP 250                 /* In FLOW_DELIVER: before what is for all
                                     * endpoints here. */
#define PRI_UNMASK 506              /* In FLOW_EXT_OUT: before all by which the
                                     * gateway translates. */

/* What the functions below need. */
struct context {
    struct agent *agent;
    struct vip *vip;
    const struct m_lb *lb;
    const struct gateway *g;
    const uint16_t *zones;
    struct flow_list *flows;
};

static bool
is_ipv6(const struct context *c)
{
    return load_balancer_is_ipv6(m_lb_get_def(c->lb));
}

static void
match_init_lb(struct match *match, const struct context *c)
{
    pipeline_init_gateway(match, c->lb->up.id);
    match_set_dl_type(match, htons(is_ipv6(c) ? ETH_TYPE_IPV6
                                   : ETH_TYPE_IP));
}

static void
add_subnet_flow(const struct context *c, const struct subnet *s)
{
    const uint32_t state = CS_TRACKED | CS_DST_NAT;
    struct ofpbuf actions;
    struct match match;

    match_init_lb(&match, c);
    match_set_prefix(&match, &s->prefix, true);
    match_set_ct_state_masked(&match, state, state);
    ofpbuf_init(&actions, 64);
    put_ct_snat(&actions, c->zones[1], &s->gateway, FLOW_VIP_IN);
    flow_list_add(c->flows, FLOW_VIP_MASQ, s->prefix.plen, &match, &actions);
    ofpbuf_uninit(&actions);
}

/* An answer, to the gateway's address.  It does not depend on the service. */
static void
share_unmask_flow(const struct context *c, const struct subnet *s)
{
    const struct gateway *g = c->g;
    char address[INET6_ADDRSTRLEN];
    struct flow_owner *owner;
    struct flow_list flows;
    struct ofpbuf actions;
    struct match match;

    ipv6_string_mapped(address, &s->gateway);
    owner = vip_share(c->agent, c->vip,
                      xasprintf("masquerading by %s of %s, zones %u and %u, "
                                "network %s", address, g->gw->up.name,
                                c->zones[0], c->zones[1],
                                g->gw->extnet->up.name));
    if (!owner) {
        return;
    }
    pipeline_init_gateway(&match, g->gw->up.id);
    match_set_ip(&match, &s->gateway, true);
    ofpbuf_init(&actions, 128);
    put_load_imm(&actions, FLOW_REG_EXTNET, g->gw->extnet->up.id, 0);
    put_set_eth_src(&actions, gateway_flows_get_mac(g));
    put_ct_nats(&actions, c->zones[1], c->zones[0], CT_ANY, FLOW_EXT_SNAT);
    flow_list_init(&flows);
    flow_list_add(&flows, FLOW_EXT_OUT, PRI_UNMASK, &match, &actions);
    ofpbuf_clear(&actions);
    flow_list_add(&flows, FLOW_EXT_SNAT, PRI_LATE, &match, &actions);
    ofctrl_replace(c->agent->ofctrl, owner, &flows);
    flow_list_destroy(&flows);
    ofpbuf_uninit(&actions);
}

/* A backend without an agent asks by ARP where its clients are, and the active
 * node answers: it is the one whose address that is. */
static void
share_arp_flow(const struct context *c, const struct subnet *s)
{
    struct eth_addr mac = gateway_flows_get_mac(c->g);
    ovs_be32 ip = in6_addr_get_mapped_ipv4(&s->gateway);
    struct flow_owner *owner;
    struct flow_list flows;
    struct ofpbuf actions;
    struct match match;

    owner = vip_share(c->agent, c->vip,
                      xasprintf("ARP of VNI %"PRIu32" for "IP_FMT" of %s",
                                c->lb->vpc->vni, IP_ARGS(ip),
                                c->g->gw->up.name));
    if (!owner) {
        return;
    }
    pipeline_init_match(&match, c->lb->vpc->vni);
    match_set_dl_type(&match, htons(ETH_TYPE_ARP));
    match_set_nw_proto(&match, ARP_OP_REQUEST);
    match_set_nw_dst(&match, ip);
    ofpbuf_init(&actions, 256);
    put_move(&actions, MFF_ETH_SRC, 0, MFF_ETH_DST, 0, 48);
    put_set_eth_src(&actions, mac);
    put_load_imm(&actions, MFF_ARP_OP, ARP_OP_REPLY, 0);
    put_move(&actions, MFF_ARP_SHA, 0, MFF_ARP_THA, 0, 48);
    put_load_imm(&actions, MFF_ARP_SHA, eth_addr_to_uint64(mac), 0);
    put_move(&actions, MFF_ARP_SPA, 0, MFF_ARP_TPA, 0, 32);
    put_load_imm(&actions, MFF_ARP_SPA, ntohl(ip), 0);
    flow_list_init(&flows);
    if (gateway_in_put_sender(c->agent, c->g, &actions)) {
        put_resubmit(&actions, FLOW_MTU);
        flow_list_add(&flows, FLOW_DELIVER, PRI_ARP, &match, &actions);
    }
    ofctrl_replace(c->agent->ofctrl, owner, &flows);
    flow_list_destroy(&flows);
    ofpbuf_uninit(&actions);
}

static void
add_in_flows(const struct context *c)
{
    const uint32_t state = CS_TRACKED | CS_SRC_NAT;
    struct ofpbuf actions;
    struct match match;

    match_init_lb(&match, c);
    match_set_ct_state_masked(&match, state, state);
    ofpbuf_init(&actions, 256);
    put_goto(&actions, FLOW_VIP_IN);
    flow_list_add(c->flows, FLOW_VIP, PRI_KNOWN, &match, &actions);

    ofpbuf_clear(&actions);
    if (gateway_in_put_sender(c->agent, c->g, &actions)) {
        put_set_eth_dst(&actions, (struct eth_addr) GATEWAY_MAC);
        put_resubmit(&actions, FLOW_ROUTE);
    }
    flow_list_add(c->flows, FLOW_VIP_IN, FLOW_PRI_NORMAL, &match, &actions);
    ofpbuf_uninit(&actions);
    match_init_lb(&match, c);
    flow_list_add_drop(c->flows, FLOW_VIP_IN, FLOW_PRI_DEFAULT + 1, &match);
}

void
vip_masquerade_add_flows(struct agent *agent, struct vip *vip,
                         const struct m_lb *lb, const struct gateway *g,
                         const uint16_t zones[2], struct flow_list *flows)
{
    const struct context c = { agent, vip, lb, g, zones, flows };
    const struct vpc *vpc = lb->vpc->up.object->vpc;

    for (size_t i = 0; i < vpc->n_subnets; i++) {
        const struct subnet *s = &vpc->subnets[i];

        if (s->prefix.is_ipv6 == is_ipv6(&c)
            && ipv6_addr_is_set(&s->gateway)) {
            add_subnet_flow(&c, s);
            share_unmask_flow(&c, s);
            if (g->active && !s->prefix.is_ipv6) {
                share_arp_flow(&c, s);
            }
        }
    }
    add_in_flows(&c);
}

void
vip_masquerade_note(struct vip *vip, const struct m_lb *lb,
                    const struct m_lb_backend *b, uint16_t zone)
{
    const struct load_balancer *def = m_lb_get_def(lb);
    const char *family = load_balancer_is_ipv6(def) ? "ipv6" : "nw";
    char address[INET6_ADDRSTRLEN], backend[INET6_ADDRSTRLEN];

    ipv6_string_mapped(address, &def->external_address);
    ipv6_string_mapped(backend, &b->ip);
    for (size_t i = 0; i < def->n_ports; i++) {
        const struct lb_port *port = &def->ports[i];

        vip_has_connections(
            vip, zone,
            xasprintf("ct_%s_dst=%s,ct_nw_proto=%u,ct_tp_dst=%u", family,
                      address, port->protocol, port->port),
            xasprintf("ct_%s_src=%s,ct_nw_proto=%u,ct_tp_src=%u", family,
                      backend, port->protocol, port->target_port));
    }
}
