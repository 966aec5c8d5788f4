/* Services, as far as all services of a VPC share it: see service-stage.h.
 *
 * A packet from an endpoint here to a service's address is translated before
 * anything else looks at where it goes: policies, routing and options are
 * those for the backend.  Answers are translated after the last of these, just
 * before the client gets them.
 *
 *      FLOW_EGRESS      to a service's address             service-flows.c
 *      FLOW_SERVICE     ct(source,nat), ct(destination,nat)
 *      FLOW_SERVICE_TO    translated: back to FLOW_EGRESS
 *                         new: by port                     service-flows.c
 *                           FLOW_SERVICE_SHIFT, FLOW_SERVICE_PORT:
 *                             ct(commit,source,nat(src=CLIENT:range))
 *                           group: a bucket does
 *                             ct(commit,destination,nat(dst=BACKEND:port))
 *                             FLOW_SERVICE_CHOSEN: FLOW_SERVICE_TO again
 *
 *      FLOW_OUTPUT        from a backend's port            service-ports.c
 *      FLOW_SERVICE_BACK  ct(destination,nat), ct(source,nat); FLOW_OUTPUT
 *
 * Why two zones.  A client may speak to a backend by the service and directly,
 * from the same port: then two connections have the same answers.  So a
 * connection to a service gets a port from the other half of all ports, above
 * or below 32768, and direct ones need not be tracked at all.  (Open vSwitch
 * 3.1 can either change the source of a connection in a zone, or its
 * destination.)  Clients take ports above 32768 as a rule, so the ports that
 * we choose are mostly those that nobody uses.
 *
 * A connection whose backend has gone is forgotten in the destination zone
 * only.  Its next packet gets its port in the source zone, and a new backend,
 * which answers with a reset if it is TCP.  So that it is not given a third
 * port, two bits note which half the client's port is in, and which half the
 * port is in now.
 *
 * No translation leaves both address and port as they are: by such a one
 * ovs-vswitchd 3.1 aborts (policy-ct.h).
 *
 * SCTP keeps its port: the userspace datapath of Open vSwitch 3.1 knows no
 * ports of SCTP, and would translate a connection to itself.  There, a client
 * has one connection with a service at a time, and a backend sees the port of
 * the service.
 *
 * Fragments have no ports for flows.  A connection that begins with fragments
 * keeps its port, and gets a backend of the service's only UDP port.
 *
 * A client that is its own backend.  The packet goes back with a source that
 * no endpoint has, SERVICE_SELF, so that the answer comes by here and not by
 * the endpoint's own loopback.  Policies do not see either: nobody is kept
 * from himself. */

#include <config.h>

#include "agent/flows/service-stage.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>

#include "agent/agent.h"
#include "agent/flows/controller-stage.h"
#include "agent/flows/echo-answer.h"
#include "agent/flows/icmp-errors.h"
#include "agent/flows/neighbor.h"
#include "agent/flows/pipeline.h"
#include "agent/model/model.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/nat-zones.h"
#include "flow.h"
#include "lib/resource.h"
#include "openvswitch/match.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(service_stage);

/* In FLOW_EGRESS: before connections are tracked there. */
#define PRI_SELF (FLOW_PRI_HIGH + 10)

/* In FLOW_SERVICE. */
enum {
    PRI_FRAGMENT = 200,
    PRI_ECHO = 150,
    PRI_PROTOCOL = 100,
    PRI_OTHER = 50,
};

/* In FLOW_SERVICE_TO: before the services' (service-flows.c). */
enum {
    PRI_HAIRPIN = 310,
    PRI_TRANSLATED = 300,
    PRI_RELATED = 290,
    PRI_REFUSED = 10,
};

/* In FLOW_OUTPUT. */
#define PRI_HAIRPIN_OUT 300
#define PRI_BACK FLOW_PRI_HIGH

/* What an endpoint sees as the client if that is itself. */
#define SERVICE_SELF_IPV4 "169.254.64.1"
#define SERVICE_SELF_IPV6 "fd69:a9fe:4001::1"

/* The half of the ports above. */
#define PORT_HIGH_BIT 15
#define PORT_LOW_MIN 1024
#define PORT_HIGH_MIN (1 << PORT_HIGH_BIT)

/* Those whose connections get another port. */
static const struct {
    uint8_t protocol;
    enum mf_field_id src;
} protocols[] = {
    { IPPROTO_TCP, MFF_TCP_SRC },
    { IPPROTO_UDP, MFF_UDP_SRC },
};

/* Zones. */

/* Two names, for the caller to free. */
static void
get_zone_names(const struct m_vpc *vpc, char *names[2])
{
    names[0] = xasprintf("service-source/%s", vpc->up.name);
    names[1] = xasprintf("service-destination/%s", vpc->up.name);
}

static bool
has_services(const struct m_vpc *vpc)
{
    return vpc->n_lbs && m_vpc_is_active(vpc);
}

bool
service_stage_get_zones(struct agent *agent, const struct m_vpc *vpc,
                        struct service_zones *zones)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);
    char *names[2];

    if (!has_services(vpc)) {
        return false;
    }
    get_zone_names(vpc, names);
    zones->source = nat_zones_take(agent->nat_zones, names[0]);
    zones->destination = nat_zones_take(agent->nat_zones, names[1]);
    for (int i = 0; i < 2; i++) {
        free(names[i]);
    }
    if (!zones->source || !zones->destination) {
        VLOG_WARN_RL(&rl, "VPC %s: no conntrack zones are left for its "
                     "services", vpc->up.name);
        return false;
    }
    return true;
}

void
service_stage_release(struct agent *agent, const struct m_vpc *vpc)
{
    if (!has_services(vpc)) {
        char *names[2];

        get_zone_names(vpc, names);
        for (int i = 0; i < 2; i++) {
            nat_zones_release(agent->nat_zones, names[i]);
            free(names[i]);
        }
    }
}

/* Matches and actions. */

static void
match_init_ip(struct match *match, bool ipv6)
{
    match_init_catchall(match);
    match_set_dl_type(match, htons(ipv6 ? ETH_TYPE_IPV6 : ETH_TYPE_IP));
}

static void
match_init_vpc(struct match *match, const struct m_vpc *vpc, bool ipv6)
{
    pipeline_init_match(match, vpc->vni);
    match_set_dl_type(match, htons(ipv6 ? ETH_TYPE_IPV6 : ETH_TYPE_IP));
}

static void
match_set_flags(struct match *match, uint32_t value, uint32_t mask)
{
    match_set_reg_masked(match, FLOW_REG_FLAGS - MFF_REG0, value, mask);
}

static void
put_flag(struct ofpbuf *actions, unsigned int bit)
{
    put_load_bits(actions, FLOW_REG_FLAGS, 1, bit, 1);
}

/* FLOW_SERVICE. */

static void
add_lookup(const struct match *match, uint16_t priority,
           const struct service_zones *zones, enum mf_field_id port,
           struct flow_list *flows)
{
    struct ofpbuf actions;

    ofpbuf_init(&actions, 256);
    if (port) {
        put_move(&actions, port, PORT_HIGH_BIT, FLOW_REG_FLAGS,
                 FLOW_FLAG_SERVICE_HIGH, 1);
    }
    put_ct_nats(&actions, zones->source, zones->destination, CT_ANY,
                FLOW_SERVICE_TO);
    flow_list_add(flows, FLOW_SERVICE, priority, match, &actions);
    ofpbuf_uninit(&actions);
}

static void
add_error_lookups(const struct m_vpc *vpc, bool ipv6,
                  const struct service_zones *zones, struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 256);
    put_ct_nats(&actions, zones->source, zones->destination, CT_ERRORS,
                       FLOW_SERVICE_TO);
    for (size_t i = 0; i < icmp_errors_count(ipv6); i++) {
        match_init_vpc(&match, vpc, ipv6);
        icmp_errors_match(&match, ipv6, i);
        flow_list_add(flows, FLOW_SERVICE, PRI_PROTOCOL, &match, &actions);
    }
    ofpbuf_uninit(&actions);
}

static void
add_lookups(const struct m_vpc *vpc, bool ipv6,
            const struct service_zones *zones, struct flow_list *flows)
{
    struct match match;

    for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
        match_init_vpc(&match, vpc, ipv6);
        match_set_nw_proto(&match, protocols[i].protocol);
        add_lookup(&match, PRI_PROTOCOL, zones, protocols[i].src, flows);
    }
    add_error_lookups(vpc, ipv6, zones, flows);
    match_init_vpc(&match, vpc, ipv6);
    add_lookup(&match, PRI_OTHER, zones, 0, flows);
    match_set_nw_frag_masked(&match, FLOW_NW_FRAG_ANY, FLOW_NW_FRAG_ANY);
    add_lookup(&match, PRI_FRAGMENT, zones, 0, flows);
}

/* A service answers echo requests, whatever its backends do.
 * FLOW_REG_NEXT_HOP is not used yet. */
static void
add_echo_flow(const struct m_vpc *vpc, bool ipv6, struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    match_init_vpc(&match, vpc, ipv6);
    echo_answer_match(&match, ipv6);
    ofpbuf_init(&actions, 256);
    echo_answer_put(&actions, ipv6, NULL);
    flow_list_add(flows, FLOW_SERVICE, PRI_ECHO, &match, &actions);
    ofpbuf_uninit(&actions);
}

/* FLOW_SERVICE_TO and FLOW_SERVICE_CHOSEN. */

static void
add_state_flow(struct flow_list *flows, uint8_t table, uint16_t priority,
               uint32_t state, uint8_t next)
{
    struct ofpbuf actions;
    struct match match;

    match_init_catchall(&match);
    match_set_ct_state_masked(&match, CS_TRACKED | state,
                              CS_TRACKED | state);
    ofpbuf_init(&actions, 64);
    if (table == FLOW_SERVICE_TO) {
        put_flag(&actions, FLOW_FLAG_SERVED);
    }
    put_resubmit(&actions, next);
    flow_list_add(flows, table, priority, &match, &actions);
    ofpbuf_uninit(&actions);
}

static void
add_refuse_flows(struct flow_list *flows)
{
    static const uint8_t refused[] = { IPPROTO_TCP, IPPROTO_UDP,
                                       IPPROTO_SCTP };
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 64);
    controller_stage_put(&actions, CONTROLLER_STAGE_NO_SERVICE);
    for (size_t i = 0; i < 2 * ARRAY_SIZE(refused); i++) {
        match_init_ip(&match, i % 2);
        match_set_nw_proto(&match, refused[i / 2]);
        match_set_ct_state_masked(&match, CS_TRACKED | CS_NEW,
                                  CS_TRACKED | CS_NEW);
        flow_list_add(flows, FLOW_SERVICE_TO, PRI_REFUSED, &match, &actions);
    }
    ofpbuf_uninit(&actions);
}

/* FLOW_SERVICE_SHIFT and FLOW_SERVICE_PORT. */

static void
add_shift_flows(struct flow_list *flows)
{
    for (size_t i = 0; i < 2 * ARRAY_SIZE(protocols); i++) {
        struct ofpbuf actions;
        struct match match;

        match_init_ip(&match, i % 2);
        match_set_nw_proto(&match, protocols[i / 2].protocol);
        ofpbuf_init(&actions, 64);
        put_move(&actions, protocols[i / 2].src, PORT_HIGH_BIT,
                 FLOW_REG_FLAGS, FLOW_FLAG_SERVICE_HIGH_NOW, 1);
        put_goto(&actions, FLOW_SERVICE_PORT);
        flow_list_add(flows, FLOW_SERVICE_SHIFT, FLOW_PRI_NORMAL, &match,
                      &actions);
        ofpbuf_uninit(&actions);
    }
}

/* Connections from 'ip' whose port is in the upper half, if 'high', get one of
 * the lower half, else the other way round. */
static void
add_port_flow(const struct m_vpc *vpc, const struct in6_addr *ip, bool high,
              uint16_t zone, struct flow_list *flows)
{
    const uint32_t bits = (1u << FLOW_FLAG_SERVICE_HIGH
                           | 1u << FLOW_FLAG_SERVICE_HIGH_NOW);
    struct ofpbuf actions;
    struct match match;

    pipeline_init_match(&match, vpc->vni);
    match_set_ip(&match, ip, false);
    match_set_flags(&match, high ? bits : 0, bits);
    ofpbuf_init(&actions, 128);
    if (high) {
        put_ct_snat_ports(&actions, zone, ip, PORT_LOW_MIN,
                          PORT_HIGH_MIN - 1);
    } else {
        put_ct_snat_ports(&actions, zone, ip, PORT_HIGH_MIN, UINT16_MAX);
    }
    flow_list_add(flows, FLOW_SERVICE_PORT, FLOW_PRI_NORMAL, &match,
                  &actions);
    ofpbuf_uninit(&actions);
}

/* An endpoint that is its own backend. */

static void
get_self(bool ipv6, struct in6_addr *ip)
{
    struct ip_prefix p;

    ovs_assert(ip_prefix_from_string(ipv6 ? SERVICE_SELF_IPV6 "/128"
                                     : SERVICE_SELF_IPV4 "/32", &p));
    *ip = p.addr;
}

static void
add_hairpin_flow(const struct m_endpoint *ep, const struct in6_addr *ip,
                 struct flow_list *flows)
{
    struct in6_addr self;
    struct ofpbuf actions;
    struct match match;

    get_self(!IN6_IS_ADDR_V4MAPPED(ip), &self);
    pipeline_init_match(&match, ep->vpc->vni);
    match_set_in_port(&match, ep->ofport);
    match_set_ip(&match, ip, true);
    match_set_ct_state_masked(&match, CS_TRACKED | CS_DST_NAT,
                              CS_TRACKED | CS_DST_NAT);
    ofpbuf_init(&actions, 128);
    put_set_eth_src(&actions, (struct eth_addr) GATEWAY_MAC);
    put_set_eth_dst(&actions, ep->up.object->endpoint->mac);
    put_set_ip_src(&actions, &self);
    put_output_in_port(&actions);
    flow_list_add(flows, FLOW_SERVICE_TO, PRI_HAIRPIN, &match, &actions);
    ofpbuf_uninit(&actions);
}

/* The answer: whoever sends to SERVICE_SELF is who gets it. */
static void
add_self_flow(const struct m_vpc *vpc, bool ipv6, struct flow_list *flows)
{
    struct in6_addr self;
    struct ofpbuf actions;
    struct match match;

    get_self(ipv6, &self);
    pipeline_init_match(&match, vpc->vni);
    match_set_ip(&match, &self, true);
    ofpbuf_init(&actions, 128);
    if (ipv6) {
        put_move(&actions, MFF_IPV6_SRC, 0, MFF_IPV6_DST, 0, 128);
    } else {
        put_move(&actions, MFF_IPV4_SRC, 0, MFF_IPV4_DST, 0, 32);
    }
    put_move(&actions, MFF_ETH_SRC, 0, MFF_ETH_DST, 0, 48);
    put_set_eth_src(&actions, (struct eth_addr) GATEWAY_MAC);
    put_flag(&actions, FLOW_FLAG_HAIRPIN);
    put_goto(&actions, FLOW_SERVICE_BACK);
    flow_list_add(flows, FLOW_EGRESS, PRI_SELF, &match, &actions);
    ofpbuf_uninit(&actions);
}

static void
add_hairpin_out_flow(struct flow_list *flows)
{
    const uint32_t bit = 1u << FLOW_FLAG_HAIRPIN;
    struct ofpbuf actions;
    struct match match;

    match_init_catchall(&match);
    match_set_flags(&match, bit, bit);
    ofpbuf_init(&actions, 16);
    put_output_in_port(&actions);
    flow_list_add(flows, FLOW_OUTPUT, PRI_HAIRPIN_OUT, &match, &actions);
    ofpbuf_uninit(&actions);
}

/* Back. */

static void
add_back_flow(const struct m_vpc *vpc, bool ipv6,
              const struct service_zones *zones, struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    match_init_vpc(&match, vpc, ipv6);
    ofpbuf_init(&actions, 128);
    put_flag(&actions, FLOW_FLAG_SERVED);
    put_ct_nats(&actions, zones->destination, zones->source, CT_ANY,
                FLOW_OUTPUT);
    flow_list_add(flows, FLOW_SERVICE_BACK, FLOW_PRI_NORMAL, &match,
                  &actions);
    ofpbuf_uninit(&actions);
}

void
service_stage_add_output(struct flow_list *flows, const struct match *match_)
{
    struct match match = *match_;

    match_set_flags(&match, 0, 1u << FLOW_FLAG_SERVED);
    flow_list_add_goto(flows, FLOW_OUTPUT, PRI_BACK, &match,
                       FLOW_SERVICE_BACK);
}

/* What may belong to a connection, and has no port to tell. */
static void
add_output_flows(const struct m_vpc *vpc, bool ipv6, struct flow_list *flows)
{
    struct match match;

    match_init_vpc(&match, vpc, ipv6);
    match_set_nw_frag_masked(&match, FLOW_NW_FRAG_ANY, FLOW_NW_FRAG_ANY);
    service_stage_add_output(flows, &match);
    for (size_t i = 0; i < icmp_errors_count(ipv6); i++) {
        match_init_vpc(&match, vpc, ipv6);
        icmp_errors_match(&match, ipv6, i);
        match_set_nw_frag(&match, 0);
        service_stage_add_output(flows, &match);
    }
}

/* Owners. */

void
service_stage_add_static(struct flow_list *flows)
{
    add_state_flow(flows, FLOW_SERVICE_TO, PRI_TRANSLATED, CS_DST_NAT,
                   FLOW_EGRESS);
    /* Without the tracking of FLOW_EGRESS: it begins no connection. */
    add_state_flow(flows, FLOW_SERVICE_TO, PRI_RELATED, CS_RELATED,
                   FLOW_NEIGHBOR);
    add_refuse_flows(flows);
    add_shift_flows(flows);
    add_state_flow(flows, FLOW_SERVICE_CHOSEN, FLOW_PRI_NORMAL, CS_DST_NAT,
                   FLOW_SERVICE_TO);
    add_hairpin_out_flow(flows);
}

void
service_stage_add_vpc(struct agent *agent, const struct m_vpc *vpc,
                      struct flow_list *flows)
{
    struct service_zones zones;

    if (!service_stage_get_zones(agent, vpc, &zones)) {
        return;
    }
    for (int ipv6 = 0; ipv6 < 2; ipv6++) {
        struct in6_addr self;

        add_lookups(vpc, ipv6, &zones, flows);
        add_echo_flow(vpc, ipv6, flows);
        add_back_flow(vpc, ipv6, &zones, flows);
        add_output_flows(vpc, ipv6, flows);
        add_self_flow(vpc, ipv6, flows);
        get_self(ipv6, &self);
        neighbor_add_gateway_for(agent, vpc->vni, &self, flows);
    }
}

void
service_stage_add_endpoint(struct agent *agent, const struct m_endpoint *ep,
                           struct flow_list *flows)
{
    const struct endpoint *def = ep->up.object->endpoint;
    struct service_zones zones;

    if (!service_stage_get_zones(agent, ep->vpc, &zones)) {
        return;
    }
    for (size_t i = 0; i < def->n_ips; i++) {
        const struct in6_addr *ip = &def->ips[i];

        add_port_flow(ep->vpc, ip, false, zones.source, flows);
        add_port_flow(ep->vpc, ip, true, zones.source, flows);
        add_hairpin_flow(ep, ip, flows);
    }
}
