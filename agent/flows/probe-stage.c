/* Answers to health checks: see probe-stage.h.
 *
 * They do not share the endpoint's meter in FLOW_CONTROLLER: an endpoint that
 * has many names resolved, or causes many ICMP errors, must not become
 * unhealthy by that. */

#include <config.h>

#include "agent/flows/probe-stage.h"

#include <netinet/icmp6.h>

#include "agent/flows/controller-stage.h"
#include "agent/flows/pipeline.h"
#include "agent/model/model.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "openvswitch/match.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

/* Above what takes packets to services' addresses. */
#define PRI_ANSWER (FLOW_PRI_HIGH + 20)
#define PRI_METERED (PRI_ANSWER + 1)

#define N_PORTS (PROBE_STAGE_LAST_PORT - PROBE_STAGE_FIRST_PORT + 1)
BUILD_ASSERT_DECL(IS_POW2(N_PORTS) && PROBE_STAGE_FIRST_PORT % N_PORTS == 0);

static void
match_init_answer(struct match *match, const struct m_endpoint *ep,
                  const struct probe_answer *a)
{
    bool is_ipv4 = IN6_IS_ADDR_V4MAPPED(&a->from);

    match_init_catchall(match);
    match_set_in_port(match, ep->ofport);
    match_set_ip(match, &a->from, false);
    match_set_ip(match, &a->to, true);
    if (a->is_echo) {
        match_set_nw_proto(match, is_ipv4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
        match_set_icmp_type(match, is_ipv4 ? ICMP4_ECHO_REPLY
                                           : ICMP6_ECHO_REPLY);
    } else {
        match_set_nw_proto(match, IPPROTO_TCP);
        match_set_tp_src(match, htons(a->port));
        match_set_tp_dst_masked(match, htons(PROBE_STAGE_FIRST_PORT),
                                htons(UINT16_MAX - (N_PORTS - 1)));
    }
}

void
probe_stage_add(const struct m_endpoint *ep, const struct probe_answer *a,
                uint32_t meter, struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 128);
    controller_stage_put_directly(&actions, CONTROLLER_STAGE_PROBE, meter,
                                  ep);
    match_init_answer(&match, ep, a);
    flow_list_add(flows, FLOW_EGRESS, meter ? PRI_METERED : PRI_ANSWER,
                  &match, &actions);
    ofpbuf_uninit(&actions);
}
