/* Flows of the encapsulation stage: see encap-flows.h.
 *
 * They match registers.  On the integration bridge the stages before have
 * filled them; on the bridge of a further plan they come from pkt_mark.
 *
 * Where a QoSClass has a DSCP, packets of a class have a flow of their own
 * (PRI_CLASS), which leaves the port to FLOW_CLASS_OUT; and where its model is
 * "uniform" and the remote restores the inner DSCP, another one, in which that
 * becomes the class's.  Since FLOW_ENCAP is the last to touch a packet, the
 * option that carries the DSCP has the one that the endpoint sent. */

#include <config.h>

#include "agent/flows/encap-flows.h"

#include "agent/agent.h"
#include "agent/flows/mtu-stage.h"
#include "agent/flows/packet-values.h"
#include "agent/flows/pipeline.h"
#include "agent/model/base-use.h"
#include "agent/model/encap.h"
#include "agent/model/model-nve.h"
#include "agent/model/model.h"
#include "agent/model/source-set.h"
#include "agent/node/local.h"
#include "agent/plans/send-leg.h"
#include "agent/plans/send-plan.h"
#include "agent/remotes/class-ports.h"
#include "agent/switch/effect.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/ofctrl.h"
#include "flow.h"
#include "lib/tlv-plan.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

#define PRI_CLASS (FLOW_PRI_NORMAL + 10)
#define PRI_UNIFORM (FLOW_PRI_NORMAL + 20)

/* The source stage has set every option of the profile.  Appends actions that
 * delete all but the 'n' options 'sent', and complete these; 'plan' has their
 * indices. */
static void
finish_options(const struct m_encap *encap, const struct opt_key *sent,
               size_t n, const struct tlv_plan *plan, struct ofpbuf *actions)
{
    const struct source_set *set = encap->profile->source;

    for (size_t i = 0; i < set->n; i++) {
        const struct sender_option *o = &set->options[i].up.sender;
        int index = tlv_plan_get_index(plan, o->key, o->length);
        bool is_sent = false;

        for (size_t j = 0; j < n && !is_sent; j++) {
            is_sent = opt_key_equals(sent[j], o->key);
        }
        if (index >= 0 && is_sent) {
            packet_value_put_last(&set->options[i].up.value, index, actions);
        } else if (index >= 0) {
            put_delete_option(actions, index);
        }
    }
}

/* Appends that FLOW_CLASS_OUT finds a port by 'way' and the packet's class, or
 * else takes 'ofport'. */
static void
put_class_out(uint32_t way, ofp_port_t ofport, struct ofpbuf *actions)
{
    put_load_bits(actions, FLOW_REG_OUT, ofp_to_u16(ofport), 0, 16);
    put_load_imm(actions, FLOW_REG_WAY, way, 0);
    put_goto(actions, FLOW_CLASS_OUT);
}

/* Appends how packets to 'nve' leave: by its own tunnel port, 'ofport', or by
 * what FLOW_CLASS_OUT finds for their class. */
static void
put_exit(const struct agent *agent, const struct m_nve *nve,
         ofp_port_t ofport, bool by_class, struct ofpbuf *actions)
{
    if (by_class || !ipv6_addr_is_set(&nve->tunnels[0].remote)) {
        put_set_tun_dst(actions, &nve->tx_ip);
    }
    if (by_class) {
        put_class_out(class_ports_get_way(agent, nve), ofport, actions);
    } else {
        put_output(actions, ofport);
    }
}

/* 'remote': the number in FLOW_REG_NVE; 'qos': bits of FLOW_REG_QOS, all of
 * which the packet has. */
static void
init_match(const struct m_encap *encap, uint32_t remote, uint32_t qos,
           struct match *match)
{
    match_init_catchall(match);
    match_set_reg(match, FLOW_REG_NVE - MFF_REG0, remote);
    match_set_reg(match, FLOW_REG_PROFILE - MFF_REG0, encap->profile->up.id);
    if (qos) {
        match_set_reg_masked(match, FLOW_REG_QOS - MFF_REG0, qos, qos);
    }
}

/* Whether the remote restores the inner DSCP: it is one of the 'n' options
 * 'sent'. */
static bool
restores_dscp(const struct m_encap *encap, const struct opt_key *sent,
              size_t n)
{
    const struct source_set *set = encap->profile->source;

    for (size_t i = 0; i < set->n; i++) {
        const struct resolved_option *o = &set->options[i].up;

        for (size_t j = 0; j < n; j++) {
            if (opt_key_equals(sent[j], o->sender.key)
                && o->value.from == VALUE_PACKET_DSCP
                && set->options[i].state != SOURCE_FADING) {
                return true;
            }
        }
    }
    return false;
}

/* Adds the flows for packets of a class with a DSCP, to which 'remote' is the
 * number of 'encap->nve': 'options' completes the 'n' options 'sent', and
 * 'leave' ends in FLOW_CLASS_OUT.  'split': other packets go there anyway, so
 * most of a class need no flow. */
static void
add_class_flows(const struct m_encap *encap, uint32_t remote, bool split,
                const struct opt_key *sent, size_t n,
                const struct ofpbuf *options, const struct ofpbuf *leave,
                struct flow_list *flows)
{
    static const uint16_t types[] = { ETH_TYPE_IP, ETH_TYPE_IPV6 };
    const uint32_t has_dscp = 1u << FLOW_QOS_HAS_DSCP;
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 256);
    if (!split) {
        ofpbuf_put(&actions, options->data, options->size);
        ofpbuf_put(&actions, leave->data, leave->size);
        init_match(encap, remote, has_dscp, &match);
        flow_list_add(flows, FLOW_ENCAP, PRI_CLASS, &match, &actions);
    }
    if (restores_dscp(encap, sent, n)) {
        ofpbuf_clear(&actions);
        ofpbuf_put(&actions, options->data, options->size);
        put_move(&actions, FLOW_REG_QOS, 0, MFF_IP_DSCP_SHIFTED, 0,
                 FLOW_QOS_DSCP_BITS);
        ofpbuf_put(&actions, leave->data, leave->size);
        for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
            init_match(encap, remote, has_dscp | 1u << FLOW_QOS_UNIFORM,
                       &match);
            match_set_dl_type(&match, htons(types[i]));
            flow_list_add(flows, FLOW_ENCAP, PRI_UNIFORM, &match, &actions);
        }
    }
    ofpbuf_uninit(&actions);
}

bool
encap_flows_replace_base(struct agent *agent, struct m_encap *encap,
                         bool blocked, const struct opt_key *sent, size_t n,
                         int mtu)
{
    const struct m_nve *nve = encap->nve;
    struct ofpbuf options, leave, actions;
    struct flow_list flows;
    struct match match;
    ofp_port_t ofport;

    flow_list_init(&flows);
    ofpbuf_init(&options, 256);
    ofpbuf_init(&leave, 64);
    ofpbuf_init(&actions, 256);
    ofport = (nve->n_tunnels
              ? local_tunnel_get_number(agent->local, &nve->tunnels[0]) : 0);
    if (ofport && !blocked) {
        if (!agent->base_use->idle) {
            finish_options(encap, sent, n, agent->base_plan, &options);
        }
        ofpbuf_put(&actions, options.data, options.size);
        put_exit(agent, nve, ofport, nve->split, &actions);
        if (class_ports_are_used(agent)) {
            put_exit(agent, nve, ofport, true, &leave);
            add_class_flows(encap, nve->up.id, nve->split, sent,
                            agent->base_use->idle ? 0 : n, &options, &leave,
                            &flows);
        }
    }
    if (ofport || blocked) {
        init_match(encap, nve->up.id, 0, &match);
        flow_list_add(&flows, FLOW_ENCAP, FLOW_PRI_NORMAL, &match, &actions);
    }
    if (ofport && !blocked) {
        mtu_stage_add_flows(encap, mtu, &flows);
    }
    ofpbuf_uninit(&actions);
    ofpbuf_uninit(&leave);
    ofpbuf_uninit(&options);
    encap->has_flows = flows.n > 0;
    encap->flows.is_patient = !encap->leg;
    ofctrl_replace(agent->ofctrl, &encap->flows, &flows);
    effect_want(agent->effect, encap->flows.revision);
    flow_list_destroy(&flows);
    return ofport != 0;
}

/* Adds the flows of a leg that leaves by the tunnel port 'tunnel'. */
static void
add_leg_flows(const struct agent *agent, const struct m_encap *encap,
              const struct send_leg *leg, ofp_port_t tunnel,
              struct flow_list *flows)
{
    const struct m_nve *nve = encap->nve;
    struct ofpbuf options, leave, actions;
    struct match match;

    ofpbuf_init(&options, 256);
    ofpbuf_init(&leave, 64);
    ofpbuf_init(&actions, 256);
    finish_options(encap, leg->wire, leg->n_wire, &leg->plan->order,
                   &options);
    put_load_imm(&options, MFF_PKT_MARK, 0, 0);
    put_set_tun_dst(&options, &nve->tx_ip);
    ofpbuf_put(&actions, options.data, options.size);
    put_output(&actions, tunnel);
    init_match(encap, nve->mark, 0, &match);
    flow_list_add(flows, FLOW_ENCAP, FLOW_PRI_NORMAL, &match, &actions);
    if (class_ports_are_used(agent)) {
        put_class_out(m_nve_get_udp_port(nve), tunnel, &leave);
        add_class_flows(encap, nve->mark, false, leg->wire, leg->n_wire,
                        &options, &leave, flows);
    }
    ofpbuf_uninit(&actions);
    ofpbuf_uninit(&leave);
    ofpbuf_uninit(&options);
}

void
encap_flows_replace_leg(const struct agent *agent,
                        const struct m_encap *encap, struct send_leg *leg)
{
    struct send_plan *sp = leg->plan;
    struct flow_list flows;
    ofp_port_t tunnel;

    tunnel = (sp->have_ports
              ? send_plan_get_tunnel(sp, m_nve_get_udp_port(encap->nve))
              : 0);
    flow_list_init(&flows);
    if (tunnel && ipv6_addr_is_set(&encap->nve->tx_ip) && encap->nve->mark) {
        add_leg_flows(agent, encap, leg, tunnel, &flows);
    }
    ofctrl_replace(sp->ofctrl, &leg->flows, &flows);
    effect_want(&sp->effect, leg->flows.revision);
    flow_list_destroy(&flows);
}

void
encap_flows_replace_handover(struct agent *agent, struct m_encap *encap,
                             const struct send_plan *sp, int mtu)
{
    struct flow_list flows;
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 64);
    put_load_bits(&actions, MFF_PKT_MARK, encap->nve->mark, 0, 16);
    put_move(&actions, MFF_IN_PORT, 0, MFF_PKT_MARK, 16, 16);
    put_output(&actions, sp->ports.patch);
    init_match(encap, encap->nve->up.id, 0, &match);
    flow_list_init(&flows);
    flow_list_add(&flows, FLOW_ENCAP, FLOW_PRI_NORMAL, &match, &actions);
    mtu_stage_add_flows(encap, mtu, &flows);
    ofpbuf_uninit(&actions);
    encap->flows.is_patient = false;
    ofctrl_replace(agent->ofctrl, &encap->flows, &flows);
    effect_want(agent->effect, encap->flows.revision);
    flow_list_destroy(&flows);
    encap->has_flows = true;
}
