/* Flows on the bridges of further plans: see plan-flows.h.
 *
 *   table          owner     what
 *    0 FLOW_INPUT  endpoint  from the integration bridge, by the endpoint's
 *                            port in pkt_mark: VNI, profile, options, class
 *                  gateway   from outside, by the gateway's number there: the
 *                            same, as of a sender of type gateway; for a
 *                            service's backend, with its option (vip-send.h)
 *   60 FLOW_DSCP   static    as on the integration bridge (packet-values.c)
 *   30 FLOW_ENCAP  leg       (remote, profile): takes away the options that
 *                            were not negotiated, and sends (encap-flows.c)
 *   31 FLOW_CLASS_OUT
 *                  classes   by the tunnel port of their DSCP, as on the
 *                            integration bridge (plan-class-flows.c)
 *
 * A patch port keeps nothing of a packet's metadata but pkt_mark.  Its high
 * half has the endpoint's port on the integration bridge, or the number that
 * stands for a gateway (gateway-in.h), its low half the remote's number. */

#include <config.h>

#include "agent/flows/plan-flows.h"

#include "agent/agent.h"
#include "agent/flows/encap-stage.h"
#include "agent/flows/gateway-in.h"
#include "agent/flows/packet-values.h"
#include "agent/flows/pipeline.h"
#include "agent/flows/plan-class-flows.h"
#include "agent/flows/qos-stage.h"
#include "agent/flows/source-stage.h"
#include "agent/flows/vip-return.h"
#include "agent/flows/vip-send.h"
#include "agent/model/encap.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model.h"
#include "agent/node/local.h"
#include "agent/plans/plans.h"
#include "agent/plans/send-plan.h"
#include "agent/remotes/gateways.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/ofctrl.h"
#include "agent/write-gate.h"
#include "flow.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/vlog.h"
#include "svec.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(plan_flows);

/* If a plan has more remotes than this, its bridge's external_ids say only how
 * many. */
#define MAX_REMOTES_NOTED 64

static void
add_input_flow(struct agent *agent, struct send_plan *sp,
              const struct m_endpoint *ep, struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 256);
    put_load_imm(&actions, FLOW_REG_PROFILE, ep->vpc->sent->up.id, 0);
    put_set_tun_id(&actions, ep->vpc->vni);
    put_move(&actions, MFF_PKT_MARK, 0, FLOW_REG_NVE, 0, 16);
    if (source_stage_build(agent, &sp->order, ep, &actions)) {
        qos_stage_put_sender(agent, ep, &actions);
        put_goto(&actions, FLOW_ENCAP);
        match_init_catchall(&match);
        match_set_in_port(&match, sp->ports.peer);
        match_set_pkt_mark_masked(&match,
                                  (uint32_t) ofp_to_u16(ep->ofport) << 16,
                                  0xffff0000);
        flow_list_add(flows, FLOW_INPUT, FLOW_PRI_NORMAL, &match, &actions);
    }
    ofpbuf_uninit(&actions);
}

static void
make_endpoint(struct agent *agent, struct send_plan *sp,
                        const struct m_endpoint *ep)
{
    struct flow_owner *owner = shash_find_data(&sp->endpoints, ep->up.name);
    struct flow_list flows;

    flow_list_init(&flows);
    if (sp->have_ports && ep->phase == ENDPOINT_RUNNING) {
        add_input_flow(agent, sp, ep, &flows);
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
drop_endpoints(struct agent *agent, struct send_plan *sp)
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

/* What comes in by gateway 'g': from no port, but with a number like one.
 * 'service': with the option for services' backends, at 'index'; NULL: what is
 * for others. */
static void
add_gateway_flow(const struct agent *agent, const struct send_plan *sp,
                 const struct gateway *g, const struct sender_option *service,
                 unsigned int index, struct flow_list *flows)
{
    struct eth_addr mac, mask;
    uint32_t mark = gateway_in_get_mark(g);
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 256);
    put_load_imm(&actions, FLOW_REG_PROFILE, g->gw->vpc->sent->up.id, 0);
    put_set_tun_id(&actions, g->gw->vpc->vni);
    put_move(&actions, MFF_PKT_MARK, 0, FLOW_REG_NVE, 0, 16);
    if (mark && source_stage_build_gateway(agent, &sp->order, g->gw->vpc,
                                           &actions)) {
        match_init_catchall(&match);
        match_set_in_port(&match, sp->ports.peer);
        match_set_pkt_mark_masked(&match, mark << 16, 0xffff0000);
        if (service) {
            vip_send_put_option(service, index, &actions);
            eth_addr_from_uint64((uint64_t) VIP_SEND_MAC << VIP_SEND_MAC_OFS,
                                 &mac);
            eth_addr_from_uint64(UINT64_C(0xffffff) << VIP_SEND_MAC_OFS,
                                 &mask);
            match_set_dl_src_masked(&match, mac, mask);
        }
        put_goto(&actions, FLOW_ENCAP);
        flow_list_add(flows, FLOW_INPUT,
                      service ? FLOW_PRI_HIGH : FLOW_PRI_NORMAL, &match,
                      &actions);
    }
    ofpbuf_uninit(&actions);
}

static void
make_gateway(struct agent *agent, struct send_plan *sp, const char *name)
{
    const struct gateway *g = gateways_find(agent, name);
    struct flow_owner *owner = shash_find_data(&sp->gateways, name);
    const struct sender_option *option;
    struct flow_list flows;
    unsigned int base_index;
    int index;

    flow_list_init(&flows);
    if (sp->have_ports && g && !g->problem && g->gw->self
        && g->gw->vpc->sent) {
        add_gateway_flow(agent, sp, g, NULL, 0, &flows);
        option = vip_return_find_option(agent, g->gw->vpc, VALUE_SERVICE_VIP,
                                        &base_index);
        index = (option ? tlv_plan_get_index(&sp->order, option->key,
                                             option->length) : -1);
        if (index >= 0) {
            add_gateway_flow(agent, sp, g, option, index, &flows);
        }
    }
    if (flows.n && !owner) {
        owner = xmalloc(sizeof *owner);
        flow_owner_init(owner, hash_string(name, 5), "gateway %s", name);
        shash_add(&sp->gateways, name, owner);
    }
    if (owner) {
        ofctrl_replace(sp->ofctrl, owner, &flows);
    }
    flow_list_destroy(&flows);
}

static void
make_gateways(struct agent *agent, struct send_plan *sp)
{
    struct shash_node *node;

    SHASH_FOR_EACH_SAFE (node, &sp->gateways) {
        if (!gateways_find(agent, node->name)) {
            ofctrl_destroy_owner(sp->ofctrl, node->data);
            free(node->data);
            shash_delete(&sp->gateways, node);
        }
    }
    SHASH_FOR_EACH (node, &agent->gateways->all) {
        make_gateway(agent, sp, node->name);
    }
}

/* The flows that depend on nothing. */
static void
make_static(struct send_plan *sp)
{
    struct flow_list flows;

    flow_list_init(&flows);
    packet_values_add_flows(&flows);
    ofctrl_replace(sp->ofctrl, &sp->static_flows, &flows);
    flow_list_destroy(&flows);
}

/* Follows the ports of the plan's bridge.  If they are others than before,
 * makes all flows again. */
static void
update_ports(struct agent *agent, struct send_plan *sp)
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
    sp->classes_stale = true;
    if (sp->have_ports
        && !memcmp(ports, &sp->ports, offsetof(struct plan_bridge_ports,
                                               class_tunnel))) {
        sp->ports = *ports;
        return;
    }
    sp->ports = *ports;
    sp->have_ports = true;
    ofctrl_set_bridge(sp->ofctrl, ports->bridge);
    make_static(sp);
    HMAPX_FOR_EACH (node, &agent->model->plugged) {
        make_endpoint(agent, sp, node->data);
    }
    make_gateways(agent, sp);
    HMAPX_FOR_EACH (node, &sp->remotes) {
        struct m_nve *nve = node->data;
        struct shash_node *encap_node;

        SHASH_FOR_EACH (encap_node, &nve->encaps) {
            struct m_encap *encap = encap_node->data;

            encap_stage_ports_changed(agent, encap, sp);
        }
    }
}

static void
update_note(struct agent *agent, struct send_plan *sp)
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

/* Follows remotes of the plan that have got another UDP port. */
static void
check_udp_ports(const struct agent *agent, struct send_plan *sp)
{
    struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &agent->model->changed_nves) {
        const struct m_nve *nve = node->data;

        if (nve->plan == sp) {
            sp->bridge_stale |= send_plan_lacks_tunnel(sp, nve);
        }
    }
}

/* A turn of a plan that is not PLAN_LEFTOVER. */
static void
run_plan(struct agent *agent, struct send_plan *sp)
{
    struct hmapx_node *node;

    update_ports(agent, sp);
    plan_class_flows_run(agent, sp);
    if (agent->gateways->plans_dirty || agent->options_changed) {
        make_gateways(agent, sp);
    }
    HMAPX_FOR_EACH (node, &agent->model->changed_endpoints) {
        const struct m_endpoint *ep = node->data;

        if (ep->plugged || shash_find(&sp->endpoints, ep->up.name)) {
            make_endpoint(agent, sp, ep);
        }
    }
    drop_endpoints(agent, sp);
    check_udp_ports(agent, sp);
    ofctrl_run(sp->ofctrl);
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
        update_note(agent, sp);
    }
}

void
plan_flows_run(struct agent *agent)
{
    struct send_plan *sp;

    LIST_FOR_EACH_SAFE (sp, node, &agent->plans->plans) {
        if (sp->phase != PLAN_LEFTOVER) {
            run_plan(agent, sp);
        }
    }
    agent->gateways->plans_dirty = false;
    encap_stage_move(agent);
    LIST_FOR_EACH_SAFE (sp, node, &agent->plans->plans) {
        if (sp->phase == PLAN_ENDING && !sp->n_legs) {
            VLOG_INFO("plan %u: ended", sp->k);
            send_plan_destroy(agent, sp, true);
        } else if (sp->phase == PLAN_LEFTOVER
                   && write_gate_is_open(agent->gate, WRITE_SWITCH)
                   && ofctrl_is_settled(agent->ofctrl)) {
            send_plan_destroy(agent, sp, true);
        }
    }
}

void
plan_flows_wait(const struct agent *agent)
{
    const struct send_plan *sp;

    encap_stage_wait(agent);
    LIST_FOR_EACH (sp, node, &agent->plans->plans) {
        if (sp->ofctrl) {
            ofctrl_wait(sp->ofctrl);
            plan_class_flows_wait(sp);
        }
    }
}
