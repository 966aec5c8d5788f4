/* To a service's backend whose node translates: see vip-private.h, and
 * lib/service-option.h for the two options.
 *
 *      FLOW_VIP_SEND     as the gateway's, untranslated, with the option
 *                        "service"; to FLOW_MTU
 *                        to a node that takes only Cilium's: that one
 *      FLOW_TOO_BIG      ...and translated to the backend, if it fits
 *                        by the bridge of a further plan: with a source MAC
 *                        that says what the option is to be, which that bridge
 *                        sets, as it does the MAC (plan-flows.c)
 *
 *      FLOW_SOURCE       from a backend's node, with the service's address
 *      FLOW_EXT_OUT      that: leaves as it is
 *
 * With Cilium's option the addresses are just written, and there is no
 * connection.  So fragments are dropped: the later ones have no port, and
 * ovs-vswitchd 3.1 would mend a checksum in them that they do not have.  ICMP
 * errors go untranslated, as nobody here can tell to what; an agent there
 * can. */

#include <config.h>

#include "agent/agent.h"
#include "agent/flows/controller-stage.h"
#include "agent/flows/gateway-flows.h"
#include "agent/flows/gateway-in.h"
#include "agent/flows/icmp-errors.h"
#include "agent/flows/pipeline.h"
#include "agent/flows/vip-private.h"
#include "agent/flows/vip-return.h"
#include "agent/flows/vip-send.h"
#include "agent/model/base-use.h"
#include "agent/model/model-extnet.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model-lb.h"
#include "agent/model/model.h"
#include "agent/remotes/gateways.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "lib/service-option.h"
#include "openvswitch/match.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

/* In FLOW_VIP_SEND. */
enum {
    PRI_TTL = 200,
    PRI_HERE = 150,
    PRI_IF_KNOWN = 130,
    PRI_DSR = 120,
    PRI_DSR_REST = 110,
    PRI_PLAN = 105,
    PRI_REMOTE = 100,
};

#define PRI_BELIEVED 112            /* In FLOW_SOURCE. */

/* In FLOW_EXT_OUT: before all by which the gateway translates. */
#define PRI_ANSWER 505

/* Appends what sends a packet to the node of 't', with that in
 * FLOW_REG_SERVICE. */
static void
put_send(const struct vip_context *c, const struct vip_taker *t,
         uint32_t service, struct ofpbuf *actions)
{
    const struct m_nve *nve = (t->b->local ? model_get_self(c->agent->model)
                               : t->b->nve);

    put_load_imm(actions, FLOW_REG_NVE, nve->up.id, 0);
    put_load_imm(actions, FLOW_REG_SERVICE, service, 0);
    put_set_eth_dst(actions, t->b->ep->up.object->endpoint->mac);
    put_resubmit(actions, FLOW_VIP_SEND);
}

void
vip_send_put(const struct vip_context *c, const struct vip_taker *t,
             uint16_t port, struct ofpbuf *actions)
{
    uint8_t flags = (t->ret == LB_RETURN_DIRECT ? SERVICE_OPTION_DIRECT
                     : SERVICE_OPTION_VIA);

    put_send(c, t, service_option_encode(flags, port), actions);
}

void
vip_send_put_if_known(const struct vip_context *c, const struct vip_taker *t,
                      struct ofpbuf *actions)
{
    put_send(c, t, 0, actions);
}

static void
add_ttl_flows(const struct vip_context *c)
{
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 64);
    put_load_imm(&actions, FLOW_REG_VNI, c->lb->vpc->vni, 0);
    controller_stage_put(&actions, CONTROLLER_STAGE_TTL);
    for (uint8_t ttl = 0; ttl <= 1; ttl++) {
        vip_context_init_match(&match, c);
        match_set_nw_ttl(&match, ttl);
        flow_list_add(c->flows, FLOW_VIP_SEND, PRI_TTL, &match, &actions);
    }
    ofpbuf_uninit(&actions);
}

/* What looked for masqueraded connections has left its state, which is not
 * that of the backend's zone. */
static void
add_here_flow(const struct vip_context *c)
{
    struct ofpbuf actions;
    struct match match;

    vip_context_init_match(&match, c);
    match_set_reg(&match, FLOW_REG_NVE - MFF_REG0,
                  model_get_self(c->agent->model)->up.id);
    ofpbuf_init(&actions, 128);
    put_load_imm(&actions, FLOW_REG_VNI, c->lb->vpc->vni, 0);
    put_load_imm(&actions, FLOW_REG_GATEWAY, 0, 0);
    put_set_eth_src(&actions, (struct eth_addr) GATEWAY_MAC);
    put_dec_ttl(&actions);
    ofpact_put_CT_CLEAR(&actions);
    put_goto(&actions, FLOW_DSR);
    flow_list_add(c->flows, FLOW_VIP_SEND, PRI_HERE, &match, &actions);
    ofpbuf_uninit(&actions);
}

/* Ends the actions by which a packet leaves for another node. */
static void
put_leave(struct ofpbuf *actions)
{
    put_dec_ttl(actions);
    put_resubmit(actions, FLOW_MTU);
}

static void
put_option_leave(struct ofpbuf *actions)
{
    put_set_eth_src(actions, (struct eth_addr) VIP_SEND_OPTION_MAC);
    put_leave(actions);
}

/* The source MAC that says what the option is to be, which is in
 * FLOW_REG_SERVICE. */
static void
put_plan_leave(struct ofpbuf *actions)
{
    put_load_bits(actions, MFF_ETH_SRC, VIP_SEND_MAC, VIP_SEND_MAC_OFS, 24);
    put_move(actions, FLOW_REG_SERVICE, 0, MFF_ETH_SRC, 0, 16);
    put_move(actions, FLOW_REG_SERVICE, SERVICE_OPTION_FLAGS_OFS, MFF_ETH_SRC,
             16, SERVICE_OPTION_FLAGS_BITS);
    put_leave(actions);
}

void
vip_send_put_option(const struct sender_option *o, unsigned int index,
                    struct ofpbuf *actions)
{
    static const uint8_t zeros[GENEVE_OPT_MAX_DATA];
    const enum mf_field_id field = MFF_TUN_METADATA0 + index;

    put_set_option(actions, index, zeros, o->length);
    put_move(actions, MFF_ETH_SRC, 0, field, 0, 16);
    put_move(actions, MFF_ETH_SRC, 16, field, SERVICE_OPTION_FLAGS_OFS,
             SERVICE_OPTION_FLAGS_BITS);
    put_set_eth_src(actions, (struct eth_addr) VIP_SEND_OPTION_MAC);
}

/* To 'nve', which is served by the bridge of a further plan; NULL: to others.
 * The option is set for both, as what serves a remote may change. */
static void
add_remote_flow(const struct vip_context *c, const struct m_nve *nve)
{
    static const uint8_t zeros[GENEVE_OPT_MAX_DATA];
    const struct sender_option *option;
    struct ofpbuf actions;
    struct match match;
    unsigned int index;

    option = vip_return_find_option(c->agent, c->lb->vpc, VALUE_SERVICE_VIP,
                                    &index);
    ofpbuf_init(&actions, 256);
    if (option && gateway_in_put_sender(c->agent, c->g, &actions)) {
        vip_context_init_match(&match, c);
        if (!c->agent->base_use->idle) {
            put_set_option(&actions, index, zeros, option->length);
            put_move(&actions, FLOW_REG_SERVICE, 0, MFF_TUN_METADATA0 + index,
                     0, 32);
        }
        if (nve) {
            match_set_reg(&match, FLOW_REG_NVE - MFF_REG0, nve->up.id);
            put_plan_leave(&actions);
        } else {
            put_option_leave(&actions);
        }
        flow_list_add(c->flows, FLOW_VIP_SEND, nve ? PRI_PLAN : PRI_REMOTE,
                      &match, &actions);
    }
    ofpbuf_uninit(&actions);
}

static void
add_plan_flows(const struct vip_context *c)
{
    struct hmapx nves = HMAPX_INITIALIZER(&nves);
    const struct hmapx_node *node;

    for (size_t i = 0; i < c->n_takers; i++) {
        const struct vip_taker *t = &c->takers[i];

        if (t->option == VALUE_SERVICE_VIP
            && vip_return_get_plan(c->lb->vpc, t->b->nve)) {
            hmapx_add(&nves, t->b->nve);
        }
    }
    HMAPX_FOR_EACH (node, &nves) {
        add_remote_flow(c, node->data);
    }
    hmapx_destroy(&nves);
}

/* "If known": without either option. */
static void
add_if_known_flow(const struct vip_context *c)
{
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 256);
    if (gateway_in_put_sender(c->agent, c->g, &actions)) {
        put_set_eth_src(&actions, (struct eth_addr) VIP_SEND_IF_KNOWN_MAC);
        put_leave(&actions);
        vip_context_init_match(&match, c);
        match_set_reg(&match, FLOW_REG_SERVICE - MFF_REG0, 0);
        flow_list_add(c->flows, FLOW_VIP_SEND, PRI_IF_KNOWN, &match,
                      &actions);
    }
    ofpbuf_uninit(&actions);
}

/* With Cilium's option. */

static void
match_init_dsr(struct match *match, const struct vip_context *c,
               const struct vip_taker *t)
{
    vip_context_init_match(match, c);
    match_set_reg(match, FLOW_REG_NVE - MFF_REG0, t->b->nve->up.id);
    match_set_dl_dst(match, t->b->ep->up.object->endpoint->mac);
}

/* The option, and that fragments are dropped, and counted. */
static void
add_dsr_option_flows(const struct vip_context *c, const struct vip_taker *t,
                     unsigned int index, size_t length)
{
    ovs_be32 ip = in6_addr_get_mapped_ipv4(&c->def->external_address);
    ovs_be64 value = htonll(service_option_encode_dsr(ntohl(ip), 0));
    uint8_t data[GENEVE_OPT_MAX_DATA];
    struct ofpbuf actions;
    struct match match;

    value_put_number((const uint8_t *) &value, sizeof value, data, length);
    ofpbuf_init(&actions, 256);
    match_init_dsr(&match, c, t);
    flow_list_add(c->flows, FLOW_VIP_SEND, PRI_DSR_REST, &match, &actions);
    if (gateway_in_put_sender(c->agent, c->g, &actions)) {
        put_set_option(&actions, index, data, length);
        put_move(&actions, FLOW_REG_SERVICE, 0, MFF_TUN_METADATA0 + index,
                 SERVICE_DSR_PORT_OFS, 16);
        put_option_leave(&actions);
        match_set_nw_frag_masked(&match, 0, FLOW_NW_FRAG_ANY);
        flow_list_add(c->flows, FLOW_VIP_SEND, PRI_DSR, &match, &actions);
    }
    ofpbuf_uninit(&actions);
}

/* The translation, when it is known that the packet fits: if it did not, the
 * client would have to be told by the service's address. */
static void
add_dsr_translation(const struct vip_context *c, const struct vip_taker *t,
                    const struct lb_port *port)
{
    struct ofpbuf actions;
    struct match match;

    pipeline_init_match(&match, c->lb->vpc->vni);
    match_set_reg(&match, FLOW_REG_NVE - MFF_REG0, t->b->nve->up.id);
    match_set_reg_masked(&match, FLOW_REG_FLAGS - MFF_REG0, 0,
                         1u << FLOW_FLAG_TOO_BIG);
    match_set_reg_masked(&match, FLOW_REG_SERVICE - MFF_REG0, port->port,
                         UINT16_MAX);
    match_set_dl_dst(&match, t->b->ep->up.object->endpoint->mac);
    match_set_ip(&match, &c->def->external_address, true);
    match_set_nw_proto(&match, port->protocol);
    ofpbuf_init(&actions, 64);
    put_load_imm(&actions, MFF_IPV4_DST,
                 ntohl(in6_addr_get_mapped_ipv4(&t->b->ip)), 0);
    put_load_imm(&actions, (port->protocol == IPPROTO_TCP ? MFF_TCP_DST
                            : port->protocol == IPPROTO_UDP ? MFF_UDP_DST
                            : MFF_SCTP_DST), port->target_port, 0);
    put_goto(&actions, FLOW_ENCAP);
    flow_list_add(c->flows, FLOW_TOO_BIG, FLOW_PRI_NORMAL, &match, &actions);
    ofpbuf_uninit(&actions);
}

static void
add_dsr_flows(const struct vip_context *c)
{
    const struct sender_option *option;
    unsigned int index;

    option = vip_return_find_option(c->agent, c->lb->vpc, VALUE_SERVICE_DSR,
                                    &index);
    for (size_t i = 0; option && i < c->n_takers; i++) {
        const struct vip_taker *t = &c->takers[i];

        if (t->option == VALUE_SERVICE_DSR) {
            add_dsr_option_flows(c, t, index, option->length);
            for (size_t j = 0; j < c->def->n_ports; j++) {
                add_dsr_translation(c, t, &c->def->ports[j]);
            }
        }
    }
}

/* Answers that a backend's node has translated. */

static void
add_answer_flow(const struct vip_context *c)
{
    struct ofpbuf actions;
    struct match match;

    pipeline_init_gateway(&match, c->g->gw->up.id);
    match_set_ip(&match, &c->def->external_address, false);
    ofpbuf_init(&actions, 64);
    put_load_imm(&actions, FLOW_REG_EXTNET, c->g->gw->extnet->up.id, 0);
    put_set_eth_src(&actions, gateway_flows_get_mac(c->g));
    put_group(&actions, c->g->groups[GATEWAY_GROUP_SENDER]);
    flow_list_add(c->flows, FLOW_EXT_OUT, PRI_ANSWER, &match, &actions);
    ofpbuf_uninit(&actions);
}

static void
add_believed_flows(const struct vip_context *c)
{
    struct hmapx nves = HMAPX_INITIALIZER(&nves);
    const struct hmapx_node *node;
    const struct m_lb_backend *b;
    struct ofpbuf actions;

    HMAP_FOR_EACH (b, node, &c->lb->backends) {
        if (!b->local && b->nve) {
            hmapx_add(&nves, b->nve);
        }
    }
    ofpbuf_init(&actions, 16);
    put_goto(&actions, FLOW_DELIVER);
    HMAPX_FOR_EACH (node, &nves) {
        const struct m_nve *nve = node->data;
        struct match match;

        pipeline_init_match(&match, c->lb->vpc->vni);
        match_set_reg(&match, FLOW_REG_NVE - MFF_REG0, nve->up.id);
        match_set_dl_dst(&match, gateway_flows_get_mac(c->g));
        match_set_ip(&match, &c->def->external_address, false);
        flow_list_add(c->flows, FLOW_SOURCE, PRI_BELIEVED, &match, &actions);
    }
    ofpbuf_uninit(&actions);
    hmapx_destroy(&nves);
}

void
vip_send_add_flows(const struct vip_context *c)
{
    add_ttl_flows(c);
    add_here_flow(c);
    add_remote_flow(c, NULL);
    add_plan_flows(c);
    if (c->asks) {
        add_if_known_flow(c);
    }
    add_dsr_flows(c);
    add_answer_flow(c);
    add_believed_flows(c);
}
