/* The class of packets: see qos-stage.h.
 *
 * A sender's class is known here: its flow sets DSCP and queue as constants.
 * A receiver goes by the option of its VPC's profile that carries the class
 * (value endpoint.qosClass).  Without the option, or if the sender left it
 * out, packets are of no class: nothing is guessed from the outer DSCP, which
 * anybody on the way may have changed.
 *
 * The option whose value is packet.dscp has the DSCP that the inner header had
 * when it was sent.  By the model "uniform" the header has another one on the
 * way (encap-flows.c), and here it gets its own back.  Otherwise it has it
 * already, and the move changes nothing. */

#include <config.h>

#include "agent/flows/qos-stage.h"

#include "agent/agent.h"
#include "agent/flows/pipeline.h"
#include "agent/model/model-qos.h"
#include "agent/model/model-vpc.h"
#include "agent/model/model.h"
#include "agent/remotes/class-ports.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "lib/tlv-plan.h"
#include "lib/value.h"
#include "openvswitch/match.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

#define CLASS_BITS 32

void
qos_stage_put_sender(const struct agent *agent, const struct m_endpoint *ep,
                     struct ofpbuf *actions)
{
    const struct qos_policy *policy = m_qos_policy_get_def(m_qos_find(ep));
    const struct qos_class *class;
    uint32_t number;

    if (!agent->class_ports->marks || !m_qos_get_number(ep, &number)) {
        return;
    }
    put_load_imm(actions, FLOW_REG_CLASS, number, 0);
    class = m_qos_class_get_def(m_qos_find_class(agent->model, number));
    if (!class) {
        return;
    }
    if (class->dscp > 0) {
        uint32_t qos = class->dscp | 1u << FLOW_QOS_HAS_DSCP;

        if (policy && policy->model == QOS_UNIFORM) {
            qos |= 1u << FLOW_QOS_UNIFORM;
        }
        put_load_imm(actions, FLOW_REG_QOS, qos, 0);
    }
    if (class->queue >= 0) {
        put_set_queue(actions, class->queue);
    }
}

/* The index in our TLV map of the option of 'vpc' whose value comes from
 * there; < 0: none, or no class exists, so that nobody acts on it. */
static int
find_index(const struct agent *agent, const struct m_vpc *vpc,
           enum value_from from)
{
    const struct resolved_option *o = m_vpc_find_option(vpc, from);

    return (o && agent->class_ports->marks
            ? tlv_plan_get_index(agent->base_plan, o->sender.key,
                                 o->sender.length) : -1);
}

void
qos_stage_put_received(const struct agent *agent, const struct m_vpc *vpc,
                       struct ofpbuf *actions)
{
    const struct resolved_option *o = m_vpc_find_option(vpc,
                                                        VALUE_EP_QOS_CLASS);
    int index = find_index(agent, vpc, VALUE_EP_QOS_CLASS);

    if (index >= 0) {
        put_move(actions, MFF_TUN_METADATA0 + index, 0, FLOW_REG_CLASS, 0,
                 MIN(o->sender.length * 8, CLASS_BITS));
        put_resubmit(actions, FLOW_CLASS);
    }
    if (find_index(agent, vpc, VALUE_PACKET_DSCP) >= 0) {
        put_resubmit(actions, FLOW_INNER_DSCP);
    }
}

void
qos_stage_add_vpc(const struct agent *agent, const struct m_vpc *vpc,
                  struct flow_list *flows)
{
    static const uint16_t types[] = { ETH_TYPE_IP, ETH_TYPE_IPV6 };
    int index = find_index(agent, vpc, VALUE_PACKET_DSCP);
    struct ofpbuf actions;

    if (index < 0) {
        return;
    }
    ofpbuf_init(&actions, 32);
    put_move(&actions, MFF_TUN_METADATA0 + index, 0, MFF_IP_DSCP_SHIFTED, 0,
             VALUE_DSCP_BITS);
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        struct match match;

        pipeline_init_match(&match, vpc->vni);
        match_set_dl_type(&match, htons(types[i]));
        match_set_option_present(&match, index);
        flow_list_add(flows, FLOW_INNER_DSCP, FLOW_PRI_NORMAL, &match,
                      &actions);
    }
    ofpbuf_uninit(&actions);
}
