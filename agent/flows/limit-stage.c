/* Limits of endpoints: see limit-stage.h.
 *
 * A meter counts kilobits or packets, not both, and a flow can have one meter,
 * so that each direction has up to two meters, in two tables.  What is sent is
 * metered in FLOW_INPUT, before anything else is done for it; what is received
 * at the very end, when it is known that it is let in.
 *
 * A meter drops the packet, and with it all that the packet would go through
 * after that.  For copies of a broadcast that would be the other receivers, so
 * such a copy (FLOW_FLAG_COPY) is a clone in the datapath, too.
 *
 * Meters drop, they do not shape: a burst has to have room for the largest
 * thing that comes at once.  That is 64 KiB where an endpoint's network device
 * leaves segmentation to the host, so no burst is smaller than that.
 *
 * The flows have the owner of other flows with meters (meter-stage.c): without
 * them packets take the same way without limits.  If the switch refuses them,
 * an alarm says so; see remotes/refusals.c. */

#include <config.h>

#include "agent/flows/limit-stage.h"

#include "agent/agent.h"
#include "agent/flows/meter-stage.h"
#include "agent/flows/pipeline.h"
#include "agent/model/model-qos.h"
#include "agent/model/model-touch.h"
#include "agent/model/model.h"
#include "agent/remotes/class-ports.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "flow.h"
#include "openvswitch/match.h"
#include "openvswitch/ofpbuf.h"
#include "util.h"

#define PRI_COPY FLOW_PRI_HIGH

/* In FLOW_OUTPUT: after those for whom the packet is more than that. */
#define PRI_OUTPUT (FLOW_PRI_NORMAL - 40)

/* Kilobits: 64 KiB. */
#define MIN_BURST 525

/* Which meter of an endpoint. */
static size_t
get_meter(enum qos_direction direction, bool packets)
{
    return direction * 2 + packets;
}

BUILD_ASSERT_DECL(2 * QOS_N_DIRECTIONS == METER_STAGE_N_LIMITS);

static bool
has_limits(const struct m_endpoint *ep, enum qos_direction direction)
{
    const struct m_here *here = ep->here;

    return here && (here->limit_meters[get_meter(direction, false)]
                    || here->limit_meters[get_meter(direction, true)]);
}

static struct meter_band
make_band(const struct qos_limits *limits, bool packets)
{
    if (packets) {
        return meter_band_packets(limits->pps);
    }
    return (struct meter_band) {
        .rate = limits->kbps,
        .burst = MAX(limits->burst ? limits->burst : limits->kbps, MIN_BURST),
        .kbits = true,
    };
}

void
limit_stage_update_meters(struct agent *agent, struct m_endpoint *ep,
                          bool wanted)
{
    const struct qos_policy *policy
        = wanted ? m_qos_policy_get_def(m_qos_find(ep)) : NULL;
    bool had_ingress = has_limits(ep, QOS_INGRESS);

    for (size_t i = 0; ep->here && i < ARRAY_SIZE(ep->here->limit_meters);
         i++) {
        struct meter_band band = { .rate = 0 };
        uint32_t id = 0;

        if (policy) {
            band = make_band(&policy->limits[i / 2], i % 2);
            id = band.rate ? meter_stage_get_limit_id(ep->ofport, i) : 0;
        }
        meter_stage_replace_of(agent->ofctrl, ep, &ep->here->limit_meters[i],
                               id, band);
    }
    if (ep->vpc && has_limits(ep, QOS_INGRESS) != had_ingress) {
        model_touch_vpc(agent->model, ep->vpc); /* Copies of broadcasts. */
    }
}

bool
limit_stage_has_ingress(const struct m_endpoint *ep)
{
    return has_limits(ep, QOS_INGRESS);
}

void
limit_stage_put_sender(const struct m_endpoint *ep, struct ofpbuf *actions)
{
    if (has_limits(ep, QOS_EGRESS)) {
        put_resubmit(actions, FLOW_LIMIT);
    }
}

void
limit_stage_put_mark(struct ofpbuf *actions)
{
    put_move(actions, FLOW_REG_CLASS, 0, MFF_PKT_MARK, 0, 32);
}

/* Matches what 'ep' sends, before it is known who is to get it, or what it
 * gets. */
static void
init_match(struct match *match, const struct m_endpoint *ep,
           enum qos_direction direction)
{
    uint16_t port = ofp_to_u16(ep->ofport);

    match_init_catchall(match);
    if (direction == QOS_EGRESS) {
        match_set_in_port(match, ep->ofport);
    }
    match_set_reg_masked(match, FLOW_REG_OUT - MFF_REG0,
                         direction == QOS_EGRESS ? 0 : port, UINT16_MAX);
}

static void
add_meter_flows(const struct m_endpoint *ep, enum qos_direction direction,
                struct flow_list *flows)
{
    const uint32_t *meters = ep->here->limit_meters;
    uint32_t kilobits = meters[get_meter(direction, false)];
    uint32_t packets = meters[get_meter(direction, true)];
    struct ofpbuf actions;
    struct match match;

    init_match(&match, ep, direction);
    ofpbuf_init(&actions, 32);
    if (kilobits && packets) {
        put_meter(&actions, packets);
        flow_list_add(flows, FLOW_LIMIT_PACKETS, FLOW_PRI_NORMAL, &match,
                      &actions);
        ofpbuf_clear(&actions);
        put_meter(&actions, kilobits);
        put_goto(&actions, FLOW_LIMIT_PACKETS);
    } else if (kilobits || packets) {
        put_meter(&actions, kilobits | packets);
    }
    if (actions.size) {
        flow_list_add(flows, FLOW_LIMIT, FLOW_PRI_NORMAL, &match, &actions);
    }
    ofpbuf_uninit(&actions);
}

static void
add_output_flows(const struct agent *agent, const struct m_endpoint *ep,
                 struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    for (int copy = 0; copy < 2; copy++) {
        size_t clone = 0;

        ofpbuf_init(&actions, 64);
        clone = copy ? put_clone_begin(&actions) : 0;
        if (agent->class_ports->marks) {
            limit_stage_put_mark(&actions);
        }
        put_resubmit(&actions, FLOW_LIMIT);
        if (copy) {
            put_output_copy(&actions, ep->ofport);
            put_clone_end(&actions, clone);
        } else {
            put_output_reg(&actions, FLOW_REG_OUT, 16);
        }
        init_match(&match, ep, QOS_INGRESS);
        if (copy) {
            match_set_reg_masked(&match, FLOW_REG_FLAGS - MFF_REG0,
                                 1u << FLOW_FLAG_COPY, 1u << FLOW_FLAG_COPY);
        }
        flow_list_add(flows, FLOW_SEND, copy ? PRI_COPY : FLOW_PRI_NORMAL,
                      &match, &actions);
        ofpbuf_uninit(&actions);
    }
    ofpbuf_init(&actions, 16);
    put_goto(&actions, FLOW_SEND);
    init_match(&match, ep, QOS_INGRESS);
    flow_list_add(flows, FLOW_OUTPUT, PRI_OUTPUT, &match, &actions);
    ofpbuf_uninit(&actions);
}

void
limit_stage_add_flows(const struct agent *agent, const struct m_endpoint *ep,
                      struct flow_list *flows)
{
    for (int i = 0; i < QOS_N_DIRECTIONS; i++) {
        add_meter_flows(ep, i, flows);
    }
    if (has_limits(ep, QOS_INGRESS)) {
        add_output_flows(agent, ep, flows);
    }
}
