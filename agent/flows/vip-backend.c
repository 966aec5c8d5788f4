/* From outside to a backend here: see vip-backend.h, and vip-gateway.c for
 * where that comes from.
 *
 *      FLOW_SOURCE    from the gateway: FLOW_REG_SERVICE (vip-source.c)
 *      FLOW_DSR       ct(commit,nat(dst=BACKEND)), with what answers need in
 *                     ct_label; to FLOW_DELIVER.  ICMP errors: ct(nat)
 *                     without the option: ct(nat), and to FLOW_DELIVER if the
 *                     connection is known
 *
 *      FLOW_ROUTE     from a backend's port, to no endpoint: ct
 *      FLOW_DSR_BACK  an answer: FLOW_REG_GATEWAY, and FLOW_REG_NVE unless
 *                     it is direct; the rest: FLOW_ROUTE
 *      FLOW_FORWARD   does it fit the network outside?
 *      FLOW_EXT_OUT   direct: ct(nat), to FLOW_EXT_SNAT
 *                     via: ct(nat)
 *      FLOW_VIP_VIA   ...was it? to FLOW_GATEWAY
 *
 *      FLOW_ROUTE     to the gateway's address, from a backend's port:
 *                     masqueraded, to the gateway
 *
 * Policies see the client's address in both directions, and the backend's own.
 * The port of the service is in the option, as fragments do not tell it.
 * Every packet notes anew how answers go, so they follow what the gateway has
 * negotiated, and a failover.  An answer that leaves here has this node's own
 * MAC: the gateway's belongs to its active node.
 *
 * ct_label: the NVE (32 bits), the LoadBalancer (32), the option's flags (8).
 */

#include <config.h>

#include "agent/flows/vip-backend.h"

#include <netinet/in.h>

#include "agent/agent.h"
#include "agent/flows/ext-flows.h"
#include "agent/flows/icmp-errors.h"
#include "agent/flows/pipeline.h"
#include "agent/flows/router.h"
#include "agent/flows/vip-source.h"
#include "agent/flows/vips.h"
#include "agent/model/model-extnet.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model-lb.h"
#include "agent/model/model.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/ofctrl.h"
#include "flow.h"
#include "lib/service-option.h"
#include "openvswitch/match.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

/* In FLOW_ROUTE: before what is for a gateway itself; after what is for an
 * endpoint, and before all ways out. */
#define PRI_TO_GATEWAY 235
#define PRI_LOOK_UP 75

/* In FLOW_DSR: what is without the option, before it was looked up, and
 * after. */
#define PRI_IF_KNOWN 90
#define PRI_KNOWN 300

/* In FLOW_DSR_BACK, FLOW_FORWARD, FLOW_EXT_OUT. */
#define PRI_DIRECT 280
#define PRI_VIA 270

enum {
    LABEL_NVE_OFS = 0,
    LABEL_LB_OFS = 32,
    LABEL_FLAGS_OFS = 64,
};

/* What the functions below need. */
struct context {
    struct agent *agent;
    struct vip *vip;
    const struct m_lb *lb;
    const struct load_balancer *def;
    uint16_t zone;
    struct flow_list *flows;
};

bool
vip_backend_is_here(const struct m_lb *lb)
{
    const struct m_lb_backend *b;

    if (m_lb_get_def(lb) && lb->gateway && m_vpc_is_active(lb->vpc)) {
        HMAP_FOR_EACH (b, node, &lb->backends) {
            if (b->local && b->ep->up.object) {
                return true;
            }
        }
    }
    return false;
}

static bool
is_ipv6(const struct context *c)
{
    return load_balancer_is_ipv6(c->def);
}

static void
match_init_vpc(struct match *match, const struct context *c)
{
    pipeline_init_match(match, c->lb->vpc->vni);
    match_set_dl_type(match, htons(is_ipv6(c) ? ETH_TYPE_IPV6
                                   : ETH_TYPE_IP));
}

/* In. */

static void
match_init_dsr(struct match *match, const struct context *c,
               const struct m_lb_backend *b)
{
    match_init_vpc(match, c);
    match_set_dl_dst(match, b->ep->up.object->endpoint->mac);
    match_set_ip(match, &c->def->external_address, true);
}

static void
add_dsr_flow(const struct context *c, const struct m_lb_backend *b,
             const struct lb_port *port)
{
    struct ofpbuf actions;
    struct match match;
    size_t ct;

    match_init_dsr(&match, c, b);
    match_set_nw_proto(&match, port->protocol);
    match_set_reg_masked(&match, FLOW_REG_SERVICE - MFF_REG0, port->port,
                         UINT16_MAX);
    ofpbuf_init(&actions, 256);
    put_load_imm(&actions, FLOW_REG_GATEWAY, c->lb->up.id, 0);
    ct = put_ct_dnat_begin(&actions, c->zone, &b->ip, port->target_port,
                           FLOW_DELIVER);
    put_move(&actions, FLOW_REG_NVE, 0, MFF_CT_LABEL, LABEL_NVE_OFS, 32);
    put_move(&actions, FLOW_REG_GATEWAY, 0, MFF_CT_LABEL, LABEL_LB_OFS, 32);
    put_move(&actions, FLOW_REG_SERVICE, SERVICE_OPTION_FLAGS_OFS,
             MFF_CT_LABEL, LABEL_FLAGS_OFS, SERVICE_OPTION_FLAGS_BITS);
    put_ct_end(&actions, ct);
    flow_list_add(c->flows, FLOW_DSR, FLOW_PRI_NORMAL, &match, &actions);
    ofpbuf_uninit(&actions);
}

/* An ICMP error, if the connection is here: else it still has the service's
 * address, which the endpoint has not. */
static void
add_dsr_error_flows(const struct context *c, const struct m_lb_backend *b)
{
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 64);
    put_ct_nat(&actions, c->zone, CT_ERRORS, FLOW_DELIVER);
    for (size_t i = 0; i < icmp_errors_count(is_ipv6(c)); i++) {
        match_init_dsr(&match, c, b);
        icmp_errors_match(&match, is_ipv6(c), i);
        flow_list_add(c->flows, FLOW_DSR, FLOW_PRI_HIGH, &match, &actions);
    }
    ofpbuf_uninit(&actions);
}

/* Of an open connection, if it is here. */
static void
add_if_known_flow(const struct context *c, const struct m_lb_backend *b)
{
    struct ofpbuf actions;
    struct match match;

    match_init_dsr(&match, c, b);
    match_set_reg(&match, FLOW_REG_SERVICE - MFF_REG0, 0);
    match_set_ct_state_masked(&match, 0, CS_TRACKED);
    ofpbuf_init(&actions, 64);
    put_ct_nat(&actions, c->zone, CT_ANY, FLOW_DSR);
    flow_list_add(c->flows, FLOW_DSR, PRI_IF_KNOWN, &match, &actions);
    ofpbuf_uninit(&actions);
}

/* It was.  The rest is dropped. */
static void
share_known_flow(const struct context *c)
{
    const uint32_t state = CS_TRACKED | CS_DST_NAT;
    struct flow_owner *owner;
    struct flow_list flows;
    struct ofpbuf actions;
    struct match match;

    owner = vip_share(c->agent, c->vip,
                      xasprintf("open connections of VNI %"PRIu32", IPv%d",
                                c->lb->vpc->vni, is_ipv6(c) ? 6 : 4));
    if (owner) {
        flow_list_init(&flows);
        match_init_vpc(&match, c);
        match_set_ct_state_masked(&match, state, state);
        ofpbuf_init(&actions, 16);
        put_resubmit(&actions, FLOW_DELIVER);
        flow_list_add(&flows, FLOW_DSR, PRI_KNOWN, &match, &actions);
        ofctrl_replace(c->agent->ofctrl, owner, &flows);
        flow_list_destroy(&flows);
        ofpbuf_uninit(&actions);
    }
}

/* Back. */

static void
add_look_up(const struct context *c, struct match *match,
            struct flow_list *flows)
{
    struct ofpbuf actions;

    match_set_dl_dst(match, (struct eth_addr) GATEWAY_MAC);
    match_set_reg_masked(match, FLOW_REG_FLAGS - MFF_REG0, 0,
                         1u << FLOW_FLAG_NO_DSR);
    ofpbuf_init(&actions, 64);
    put_ct_find(&actions, c->zone, FLOW_DSR_BACK);
    flow_list_add(flows, FLOW_ROUTE, PRI_LOOK_UP, match, &actions);
    ofpbuf_uninit(&actions);
}

/* What is no such answer, and what may be one and has no port to tell. */
static void
share_rest_flows(const struct context *c)
{
    struct flow_owner *owner;
    struct flow_list flows;
    struct ofpbuf actions;
    struct match match;

    owner = vip_share(c->agent, c->vip,
                      xasprintf("answers of VNI %"PRIu32", IPv%d, zone %u",
                                c->lb->vpc->vni, is_ipv6(c) ? 6 : 4,
                                c->zone));
    if (!owner) {
        return;
    }
    flow_list_init(&flows);
    match_init_vpc(&match, c);
    ofpbuf_init(&actions, 64);
    ofpact_put_CT_CLEAR(&actions);
    put_load_bits(&actions, FLOW_REG_FLAGS, 1, FLOW_FLAG_NO_DSR, 1);
    put_resubmit(&actions, FLOW_ROUTE);
    flow_list_add(&flows, FLOW_DSR_BACK, FLOW_PRI_DEFAULT + 1, &match,
                  &actions);
    ofpbuf_uninit(&actions);
    match_init_vpc(&match, c);
    match_set_nw_frag_masked(&match, FLOW_NW_FRAG_ANY, FLOW_NW_FRAG_ANY);
    add_look_up(c, &match, &flows);
    for (size_t i = 0; i < icmp_errors_count(is_ipv6(c)); i++) {
        match_init_vpc(&match, c);
        icmp_errors_match(&match, is_ipv6(c), i);
        add_look_up(c, &match, &flows);
    }
    ofctrl_replace(c->agent->ofctrl, owner, &flows);
    flow_list_destroy(&flows);
}

/* To 'address', the gateway's in a subnet, which stands for clients. */
static void
add_to_gateway_flow(const struct context *c, const struct lb_port *port,
                    const struct in6_addr *address, struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    match_init_vpc(&match, c);
    match_set_dl_dst(&match, (struct eth_addr) GATEWAY_MAC);
    match_set_ip(&match, address, true);
    match_set_nw_proto(&match, port->protocol);
    match_set_tp_src(&match, htons(port->target_port));
    ofpbuf_init(&actions, 64);
    put_load_imm(&actions, FLOW_REG_GATEWAY, c->lb->gateway->up.id, 0);
    put_goto(&actions, FLOW_METER);
    flow_list_add(flows, FLOW_ROUTE, PRI_TO_GATEWAY, &match, &actions);
    ofpbuf_uninit(&actions);
}

static void
share_port_flows(const struct context *c, const struct lb_port *port)
{
    const struct vpc *vpc = c->lb->vpc->up.object->vpc;
    struct flow_owner *owner;
    struct flow_list flows;
    struct match match;

    owner = vip_share(c->agent, c->vip,
                      xasprintf("answers of VNI %"PRIu32", IPv%d, zone %u, "
                                "protocol %u, port %u, by %s, %08"PRIx32,
                                c->lb->vpc->vni, is_ipv6(c) ? 6 : 4, c->zone,
                                port->protocol, port->target_port,
                                c->lb->gateway->up.name,
                                c->lb->vpc->subnet_gateways));
    if (!owner) {
        return;
    }
    flow_list_init(&flows);
    match_init_vpc(&match, c);
    match_set_nw_proto(&match, port->protocol);
    match_set_tp_src(&match, htons(port->target_port));
    add_look_up(c, &match, &flows);
    for (size_t i = 0; i < vpc->n_subnets; i++) {
        const struct subnet *s = &vpc->subnets[i];

        if (s->prefix.is_ipv6 == is_ipv6(c)
            && ipv6_addr_is_set(&s->gateway)) {
            add_to_gateway_flow(c, port, &s->gateway, &flows);
        }
    }
    ofctrl_replace(c->agent->ofctrl, owner, &flows);
    flow_list_destroy(&flows);
}

static void
match_init_answer(struct match *match, const struct context *c, uint8_t flag)
{
    const uint32_t state = CS_TRACKED | CS_REPLY_DIR;
    ovs_u128 value = { .u64 = { .lo = (uint64_t) c->lb->up.id
                                      << LABEL_LB_OFS, .hi = flag } };
    ovs_u128 mask = { .u64 = { .lo = (uint64_t) UINT32_MAX << LABEL_LB_OFS,
                               .hi = flag } };

    match_init_vpc(match, c);
    match_set_ct_state_masked(match, state, state);
    match_set_ct_label_masked(match, value, mask);
}

static void
add_answer_flow(const struct context *c, bool direct)
{
    struct ofpbuf actions;
    struct match match;

    match_init_answer(&match, c, direct ? SERVICE_OPTION_DIRECT : 0);
    ofpbuf_init(&actions, 128);
    put_load_imm(&actions, FLOW_REG_GATEWAY, c->lb->up.id, 0);
    if (direct) {
        put_load_imm(&actions, FLOW_REG_NVE, 0, 0);
    } else {
        put_move(&actions, MFF_CT_LABEL, LABEL_NVE_OFS, FLOW_REG_NVE, 0, 32);
    }
    ofpact_put_CT_CLEAR(&actions);
    put_dec_ttl(&actions);
    put_resubmit(&actions, FLOW_METER);
    flow_list_add(c->flows, FLOW_DSR_BACK, direct ? PRI_DIRECT : PRI_VIA,
                  &match, &actions);
    ofpbuf_uninit(&actions);
}

static void
match_init_leaving(struct match *match, const struct context *c, bool direct)
{
    pipeline_init_gateway(match, c->lb->up.id);
    match_set_dl_type(match, htons(is_ipv6(c) ? ETH_TYPE_IPV6
                                   : ETH_TYPE_IP));
    if (direct) {
        match_set_reg(match, FLOW_REG_NVE - MFF_REG0, 0);
    }
}

/* By FLOW_TOO_BIG to FLOW_EXT_OUT, as floating IPs' packets. */
static void
add_forward_flow(const struct context *c)
{
    int mtu = external_network_get_mtu(m_extnet_get_def(
        c->lb->gateway->extnet));
    struct ofpbuf actions;
    struct match match;

    match_init_leaving(&match, c, false);
    ofpbuf_init(&actions, 128);
    put_load_bits(&actions, FLOW_REG_FLAGS, 1, FLOW_FLAG_FIP, 1);
    put_load_imm(&actions, FLOW_REG_MTU, mtu, 0);
    put_check_larger(&actions, mtu + ETH_HEADER_LEN, FLOW_REG_FLAGS,
                     FLOW_FLAG_TOO_BIG);
    put_goto(&actions, FLOW_TOO_BIG);
    flow_list_add(c->flows, FLOW_FORWARD, PRI_VIA, &match, &actions);
    ofpbuf_uninit(&actions);
}

static void
add_direct_flow(const struct context *c)
{
    struct ofpbuf actions;
    struct match match;

    match_init_leaving(&match, c, true);
    ofpbuf_init(&actions, 128);
    put_load_imm(&actions, FLOW_REG_EXTNET, c->lb->gateway->extnet->up.id, 0);
    put_set_eth_src(&actions, ext_flows_get_mac(c->agent));
    put_ct_nat(&actions, c->zone, CT_ANY, FLOW_EXT_SNAT);
    flow_list_add(c->flows, FLOW_EXT_OUT, PRI_DIRECT, &match, &actions);
    ofpbuf_uninit(&actions);
}

static void
add_via_flows(const struct context *c)
{
    const uint32_t state = CS_TRACKED | CS_SRC_NAT;
    struct ofpbuf actions;
    struct match match;

    match_init_leaving(&match, c, false);
    ofpbuf_init(&actions, 64);
    put_ct_nat(&actions, c->zone, CT_ANY, FLOW_VIP_VIA);
    flow_list_add(c->flows, FLOW_EXT_OUT, PRI_VIA, &match, &actions);

    match_set_ct_state_masked(&match, state, state);
    ofpbuf_clear(&actions);
    ofpact_put_CT_CLEAR(&actions);
    put_load_bits(&actions, FLOW_REG_FLAGS, 0, FLOW_FLAG_FIP, 1);
    put_load_imm(&actions, FLOW_REG_GATEWAY, c->lb->gateway->up.id, 0);
    put_resubmit(&actions, FLOW_GATEWAY);
    flow_list_add(c->flows, FLOW_VIP_VIA, FLOW_PRI_NORMAL, &match, &actions);
    ofpbuf_uninit(&actions);
}

void
vip_backend_add_flows(struct agent *agent, struct vip *vip,
                      const struct m_lb *lb, struct flow_list *flows)
{
    struct context c = { .agent = agent, .vip = vip, .lb = lb,
                         .def = m_lb_get_def(lb), .flows = flows };
    const struct m_lb_backend *b;

    c.zone = vip_get_zone(agent, vip, xasprintf("vip/%s", lb->vpc->up.name));
    if (!c.zone || !router_has_gateway(lb->vpc, is_ipv6(&c))) {
        return;
    }
    vip_source_add_flows(agent, vip, lb, flows);
    HMAP_FOR_EACH (b, node, &lb->backends) {
        if (b->local && b->ep->up.object
            && !ipv6_addr_equals(&b->ip, &c.def->external_address)) {
            for (size_t i = 0; i < c.def->n_ports; i++) {
                add_dsr_flow(&c, b, &c.def->ports[i]);
            }
            add_dsr_error_flows(&c, b);
            add_if_known_flow(&c, b);
        }
    }
    for (size_t i = 0; i < c.def->n_ports; i++) {
        share_port_flows(&c, &c.def->ports[i]);
    }
    share_rest_flows(&c);
    share_known_flow(&c);
    if (ext_flows_get_attachment(agent, lb->gateway->extnet)) {
        add_answer_flow(&c, true);
        add_direct_flow(&c);
    }
    add_answer_flow(&c, false);
    add_forward_flow(&c);
    add_via_flows(&c);
}
