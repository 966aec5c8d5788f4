/* Flows of QoS classes: see class-flows.h.
 *
 * FLOW_ENCAP comes to FLOW_CLASS_OUT with all of the packet made up but the
 * port that it leaves by.  So there is one flow for each port, however many
 * remotes there are; and if the port is not there, the packet leaves by the
 * remote's own, with another DSCP, and is not lost.
 *
 * What a sender said of its class (FLOW_REG_CLASS) is for those who know the
 * class: FLOW_CLASS sets its queue, and FLOW_SEND makes the class the
 * packet's mark, by which others on this host know it (tc, nftables).  A mark
 * must not get to a tunnel port, so it is set where an endpoint is the only
 * thing that can follow. */

#include <config.h>

#include "agent/flows/class-flows.h"

#include "agent/agent.h"
#include "agent/flows/limit-stage.h"
#include "agent/flows/pipeline.h"
#include "agent/model/model-qos.h"
#include "agent/model/model.h"
#include "agent/remotes/class-ports.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/ofctrl.h"
#include "openvswitch/match.h"
#include "openvswitch/ofpbuf.h"
#include "util.h"

/* Instead of the static flows of FLOW_OUTPUT and FLOW_SEND. */
#define PRI_MARK (FLOW_PRI_DEFAULT + 50)

void
class_flows_add_port(uint32_t way, uint8_t dscp, ofp_port_t port,
                     struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 32);
    put_output(&actions, port);
    match_init_catchall(&match);
    match_set_reg(&match, FLOW_REG_WAY - MFF_REG0, way);
    match_set_reg_masked(&match, FLOW_REG_QOS - MFF_REG0, dscp,
                         (1u << FLOW_QOS_DSCP_BITS) - 1);
    flow_list_add(flows, FLOW_CLASS_OUT, FLOW_PRI_NORMAL, &match, &actions);
    ofpbuf_uninit(&actions);
}

void
class_flows_add_default(struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 32);
    put_output_reg(&actions, FLOW_REG_OUT, 16);
    match_init_catchall(&match);
    flow_list_add(flows, FLOW_CLASS_OUT, FLOW_PRI_DEFAULT, &match, &actions);
    ofpbuf_uninit(&actions);
}

static void
add_port_flows(const struct class_ports *cp, struct flow_list *flows)
{
    for (size_t i = 0; i < cp->n; i++) {
        const struct class_port *port = &cp->ports[i];

        if (port->ofport && !port->retired) {
            class_flows_add_port(port->way, port->key.dscp, port->ofport,
                                 flows);
        }
    }
    class_flows_add_default(flows);
}

static void
add_queue_flows(const struct model *model, struct flow_list *flows)
{
    const struct entity *entity;
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 32);
    HMAP_FOR_EACH (entity, node, &model->entities[MODEL_QOS_CLASS]) {
        const struct qos_class *class = m_qos_class_get_def(
            M_CAST(m_qos_class, entity));

        if (class && class->queue >= 0) {
            ofpbuf_clear(&actions);
            put_set_queue(&actions, class->queue);
            match_init_catchall(&match);
            match_set_reg(&match, FLOW_REG_CLASS - MFF_REG0, class->number);
            flow_list_add(flows, FLOW_CLASS, FLOW_PRI_NORMAL, &match,
                          &actions);
        }
    }
    ofpbuf_uninit(&actions);
}

static void
add_mark_flows(struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 32);
    limit_stage_put_mark(&actions);
    put_output_reg(&actions, FLOW_REG_OUT, 16);
    match_init_catchall(&match);
    flow_list_add(flows, FLOW_SEND, PRI_MARK, &match, &actions);
    ofpbuf_clear(&actions);
    put_goto(&actions, FLOW_SEND);
    flow_list_add(flows, FLOW_OUTPUT, PRI_MARK, &match, &actions);
    ofpbuf_uninit(&actions);
}

void
class_flows_run(struct agent *agent)
{
    struct class_ports *cp = agent->class_ports;
    struct flow_list flows;

    if (!cp->flows_dirty) {
        return;
    }
    cp->flows_dirty = false;
    flow_list_init(&flows);
    if (cp->dscps) {
        add_port_flows(cp, &flows);
    }
    if (cp->marks) {
        add_queue_flows(agent->model, &flows);
        add_mark_flows(&flows);
    }
    ofctrl_replace(agent->ofctrl, &cp->flows, &flows);
    class_ports_note_flows(cp, ofctrl_get_revision(agent->ofctrl));
    flow_list_destroy(&flows);
}
