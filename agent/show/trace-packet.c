/* The packet is as the stack of SRC would make it: it goes to the MAC of the
 * endpoint that has the address, or to the gateway's if the address is in
 * another subnet, and ARP goes to all.  Every field that FLOW has overrides
 * that, so one can ask about packets that an endpoint should not send. */

#include <config.h>

#include "agent/show/trace-packet.h"

#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/model/model-extnet.h"
#include "agent/model/model-lb.h"
#include "agent/model/model.h"
#include "agent/node/attachments.h"
#include "agent/show/trace-arrival.h"
#include "agent/show/trace-outside.h"
#include "flow.h"
#include "lib/ip-address.h"
#include "lib/resource-load-balancer.h"
#include "lib/resource.h"
#include "lib/virtual-mac.h"
#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "sset.h"
#include "util.h"

#define DEFAULT_TTL 64
#define SEPARATORS ", \t"

/* Whether 'flow', such as "tcp,tp_dst=80", has one of 'keys', which are
 * separated by commas. */
static bool
flow_has_key(const char *flow, const char *keys)
{
    struct sset set = SSET_INITIALIZER(&set);
    bool found = false;

    sset_from_delimited_string(&set, keys, ",");
    for (const char *p = flow + strspn(flow, SEPARATORS); *p && !found; ) {
        size_t n = strcspn(p, SEPARATORS);
        char *key = xmemdup0(p, MIN(n, strcspn(p, "=")));

        found = sset_contains(&set, key);
        free(key);
        p += n;
        p += strspn(p, SEPARATORS);
    }
    sset_destroy(&set);
    return found;
}

#define KEYS_IPV4 "ip,tcp,udp,sctp,icmp"
#define KEYS_ARP "arp"
#define KEYS_IPV6 "ipv6,tcp6,udp6,sctp6,icmp6"
#define KEYS_OTHER "rarp,mpls,mplsm,dl_type,eth_type"

static bool
flow_has_ethertype(const char *flow)
{
    return flow_has_key(flow, KEYS_IPV4","KEYS_ARP","KEYS_IPV6","KEYS_OTHER);
}

/* Which family of addresses the packet has. */
enum family { FAMILY_NONE, FAMILY_IPV4, FAMILY_IPV6, FAMILY_ANY };

static enum family
flow_get_family(const char *flow)
{
    if (flow_has_key(flow, KEYS_IPV6)) {
        return FAMILY_IPV6;
    } else if (flow_has_key(flow, KEYS_IPV4","KEYS_ARP)) {
        return FAMILY_IPV4;
    }
    return flow_has_ethertype(flow) ? FAMILY_NONE : FAMILY_ANY;
}

static bool
ip_is_of(const struct in6_addr *ip, enum family family)
{
    return (family == FAMILY_ANY
            || family == (IN6_IS_ADDR_V4MAPPED(ip) ? FAMILY_IPV4
                          : FAMILY_IPV6));
}

const struct m_endpoint *
trace_packet_find_endpoint(const struct agent *agent, const char *name)
{
    struct entity *entity = entity_find(agent->model, MODEL_ENDPOINT, name);

    return entity && entity->object ? M_CAST(m_endpoint, entity) : NULL;
}

/* The first address of 'ep' that is of 'family', or NULL. */
static const struct in6_addr *
m_endpoint_get_ip(const struct m_endpoint *ep, enum family family)
{
    const struct endpoint *def = ep->up.object->endpoint;

    for (size_t i = 0; i < def->n_ips; i++) {
        if (ip_is_of(&def->ips[i], family)) {
            return &def->ips[i];
        }
    }
    return NULL;
}

/* Where the packet goes. */
struct target {
    const struct m_endpoint *ep;    /* Or NULL. */
    struct eth_addr mac;
    bool has_mac;
    struct in6_addr ip;
    bool has_ip;

    struct eth_addr src_mac;        /* Its source, as the switch sees it. */
    unsigned int ttl;
};

/* The endpoint of 'vpc' that has the address 'ip', or 'mac' if 'ip' is NULL;
 * or NULL. */
static const struct m_endpoint *
m_vpc_find_endpoint(const struct m_vpc *vpc, const struct in6_addr *ip,
                    struct eth_addr mac)
{
    const struct m_endpoint *ep;

    LIST_FOR_EACH (ep, vpc_node, &vpc->endpoints) {
        const struct endpoint *def = (ep->up.object ? ep->up.object->endpoint
                                      : NULL);

        for (size_t i = 0; def && ip && i < def->n_ips; i++) {
            if (ipv6_addr_equals(&def->ips[i], ip)) {
                return ep;
            }
        }
        if (def && !ip && eth_addr_equals(def->mac, mac)) {
            return ep;
        }
    }
    return NULL;
}

const struct m_endpoint *
trace_packet_find_by_ip(const struct m_vpc *vpc, const struct in6_addr *ip)
{
    return m_vpc_find_endpoint(vpc, ip, eth_addr_zero);
}

bool
trace_packet_parse_translation(char *text, struct in6_addr *ip,
                               const char **port)
{
    char *colon;
    ovs_be32 ip4;

    if (text[0] == '[') {
        char *end = strchr(text, ']');

        if (!end) {
            return false;
        }
        *end = '\0';
        *port = end[1] == ':' ? end + 2 : NULL;
        return ipv6_parse(text + 1, ip);
    }
    colon = strchr(text, ':');
    if (colon) {
        *colon = '\0';
    }
    *port = colon ? colon + 1 : NULL;
    if (!ip_parse(text, &ip4)) {
        return false;
    }
    in6_addr_set_mapped_ipv4(ip, ip4);
    return true;
}

/* Finds what 'dst' is.  Returns NULL or what is wrong, for the caller to
 * free. */
static char *
find_target(const struct agent *agent, const struct m_endpoint *src,
            const char *dst, struct target *t)
{
    const struct m_vpc *vpc = src->vpc;

    memset(t, 0, sizeof *t);
    t->src_mac = src->up.object->endpoint->mac;
    t->ttl = DEFAULT_TTL;
    if (eth_addr_from_string(dst, &t->mac)) {
        t->has_mac = true;
        t->ep = m_vpc_find_endpoint(vpc, NULL, t->mac);
        return NULL;
    }
    t->has_ip = ip_address_from_string(dst, &t->ip);
    if (t->has_ip) {
        t->ep = m_vpc_find_endpoint(vpc, &t->ip, eth_addr_zero);
        return NULL;
    }
    t->ep = trace_packet_find_endpoint(agent, dst);
    if (!t->ep) {
        return xasprintf("%s is neither an address nor an endpoint that this "
                         "node knows; `agentctl endpoint list' shows those",
                         dst);
    }
    if (t->ep->vpc != vpc) {
        return xasprintf("%s is in VPC %s, %s in VPC %s: no packet gets from "
                         "one VPC to another", src->up.name, vpc->up.name,
                         dst, t->ep->vpc ? t->ep->vpc->up.name : "-");
    }
    return NULL;
}

/* Whether 'ip' is the address of a service of 'vpc', which the gateways answer
 * for. */
static bool
is_service(const struct m_vpc *vpc, const struct in6_addr *ip)
{
    const struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &vpc->lbs) {
        const struct load_balancer *def = m_lb_get_def(node->data);

        if (def && ipv6_addr_equals(&def->address, ip)) {
            return true;
        }
    }
    return false;
}

/* Chooses the MAC to send to, as the stack of 'src' would.  'src_ip' and
 * 'dst_ip' are NULL if the packet is not IP.  Returns NULL or what is wrong,
 * for the caller to free. */
static char *
choose_mac(const struct m_endpoint *src, const struct in6_addr *src_ip,
           const struct in6_addr *dst_ip, struct target *t)
{
    const struct vpc *vpc = src->vpc->up.object->vpc;
    const struct subnet *a = src_ip ? vpc_find_subnet(vpc, src_ip) : NULL;
    const struct subnet *b = dst_ip ? vpc_find_subnet(vpc, dst_ip) : NULL;

    if (dst_ip && ((a && a != b) || is_service(src->vpc, dst_ip))) {
        t->mac = (struct eth_addr) GATEWAY_MAC;
    } else if (t->ep) {
        t->mac = t->ep->up.object->endpoint->mac;
    } else if (b && ipv6_addr_equals(&b->gateway, dst_ip)) {
        t->mac = (struct eth_addr) GATEWAY_MAC;
    } else {
        return xasprintf("no endpoint of VPC %s that this node knows has the "
                         "address, so %s finds no MAC to send to",
                         src->vpc->up.name, src->up.name);
    }
    return NULL;
}

/* Decides the addresses of the packet.  Sets '*src_ip' to the address of
 * 'src', or to NULL if the packet is not IP.  Returns NULL or what is wrong,
 * for the caller to free. */
static char *
choose_addresses(const struct m_endpoint *src, const char *flow,
                 struct target *t, const struct in6_addr **src_ip)
{
    enum family family = flow_get_family(flow);
    const struct in6_addr *dst_ip = NULL;

    *src_ip = NULL;
    if (t->has_ip) {
        enum family other = (IN6_IS_ADDR_V4MAPPED(&t->ip) ? FAMILY_IPV4
                             : FAMILY_IPV6);

        if (family != FAMILY_ANY && family != other) {
            return xasprintf("the flow \"%s\" is not of the address's family",
                             flow);
        }
        family = other;
        dst_ip = &t->ip;
    } else if (family == FAMILY_ANY && t->ep) {
        family = (m_endpoint_get_ip(src, FAMILY_IPV4)
                  && m_endpoint_get_ip(t->ep, FAMILY_IPV4)
                  ? FAMILY_IPV4 : FAMILY_IPV6);
    }
    if (!dst_ip && t->ep) {
        dst_ip = m_endpoint_get_ip(t->ep, family);
    }
    if (dst_ip) {
        *src_ip = m_endpoint_get_ip(src, family);
        t->ip = *dst_ip;
        t->has_ip = *src_ip != NULL;
    }
    return t->has_mac ? NULL : choose_mac(src, *src_ip, dst_ip, t);
}

/* Adapts 't' to a packet that comes from another node: if it has to be routed,
 * the other node has done that.  Returns NULL or what is wrong, for the caller
 * to free. */
static char *
target_arrives(const struct agent *agent, const struct m_endpoint *src,
               struct target *t)
{
    const struct eth_addr gateway = GATEWAY_MAC;

    if (t->ep && !m_endpoint_is_local(t->ep)) {
        return xasprintf("neither %s nor %s is on this node, %s: trace on a "
                         "node that has one of them", src->up.name,
                         t->ep->up.name, agent->model->self);
    } else if (t->ep && eth_addr_equals(t->mac, gateway)) {
        t->mac = t->ep->up.object->endpoint->mac;
        t->src_mac = gateway;
        t->ttl--;
    } else if (eth_addr_equals(t->mac, gateway)) {
        return xasprintf("%s uses the gateway of its own node: trace there",
                         src->up.name);
    }
    return NULL;
}

static void
put_ip(struct ds *s, const char *key, const struct in6_addr *ip)
{
    ds_put_format(s, ",%s=", key);
    ipv6_format_mapped(ip, s);
}

static void
put_mac(struct ds *s, const char *key, struct eth_addr mac)
{
    ds_put_format(s, ",%s="ETH_ADDR_FMT, key, ETH_ADDR_ARGS(mac));
}

/* Puts the fields of an ARP request that 'flow' does not have. */
static void
put_arp_fields(struct ds *s, const char *flow, struct eth_addr mac,
               const struct in6_addr *src, const struct in6_addr *dst)
{
    if (!flow_has_key(flow, "arp_op")) {
        ds_put_cstr(s, ",arp_op=1");
    }
    if (!flow_has_key(flow, "arp_sha")) {
        put_mac(s, "arp_sha", mac);
    }
    if (!flow_has_key(flow, "arp_spa")) {
        put_ip(s, "arp_spa", src);
    }
    if (!flow_has_key(flow, "arp_tpa")) {
        put_ip(s, "arp_tpa", dst);
    }
}

/* Puts the IP fields that 'flow' does not have. */
static void
put_ip_fields(struct ds *s, const char *flow, const struct in6_addr *src,
              const struct in6_addr *dst, unsigned int ttl)
{
    bool v4 = IN6_IS_ADDR_V4MAPPED(src);

    if (!flow_has_key(flow, v4 ? "nw_src,ip_src" : "ipv6_src")) {
        put_ip(s, v4 ? "nw_src" : "ipv6_src", src);
    }
    if (!flow_has_key(flow, v4 ? "nw_dst,ip_dst" : "ipv6_dst")) {
        put_ip(s, v4 ? "nw_dst" : "ipv6_dst", dst);
    }
    if (!flow_has_key(flow, "nw_ttl")) {
        ds_put_format(s, ",nw_ttl=%u", ttl);
    }
}

/* Puts where the packet comes from. */
static void
put_origin(struct ds *s, const struct m_endpoint *src,
           const struct trace_arrival *arrival)
{
    if (arrival) {
        trace_arrival_put_flow(arrival, s);
    } else {
        ds_put_format(s, "in_port=%u", ofp_to_u16(src->ofport));
    }
}

/* Returns the flow of a packet.  's', which is taken over, is where it comes
 * from. */
static char *
compose_flow(struct ds s, const struct target *t,
             const struct in6_addr *src_ip, const char *flow)
{
    bool arp = flow_has_key(flow, KEYS_ARP);

    if (src_ip && !flow_has_ethertype(flow)) {
        ds_put_cstr(&s, IN6_IS_ADDR_V4MAPPED(src_ip)
                    ? ",icmp,icmp_type=8" : ",icmp6,icmpv6_type=128");
    }
    if (flow[0]) {
        ds_put_format(&s, ",%s", flow);
    }
    if (!flow_has_key(flow, "dl_src,eth_src")) {
        put_mac(&s, "dl_src", t->src_mac);
    }
    if (!flow_has_key(flow, "dl_dst,eth_dst")) {
        put_mac(&s, "dl_dst", arp && !t->has_mac ? eth_addr_broadcast
                              : t->mac);
    }
    if (src_ip && arp) {
        put_arp_fields(&s, flow, t->src_mac, src_ip, &t->ip);
    } else if (src_ip) {
        put_ip_fields(&s, flow, src_ip, &t->ip, t->ttl);
    }
    return ds_steal_cstr(&s);
}

char *
trace_packet_compose(const struct agent *agent, const struct m_endpoint *src,
                     const char *dst, const char *flow,
                     struct trace_packet *packet)
{
    const struct in6_addr *src_ip = NULL;
    struct target target;
    char *error;

    packet->arrival = NULL;
    if (flow_has_key(flow, "in_port")) {
        return xstrdup("in_port is that of SRC: leave it out of FLOW");
    }
    error = find_target(agent, src, dst, &target);
    if (!error) {
        error = choose_addresses(src, flow, &target, &src_ip);
    }
    if (!error && !m_endpoint_is_local(src)) {
        error = target_arrives(agent, src, &target);
        if (!error) {
            error = trace_arrival_create(agent, src, &packet->arrival);
        }
    }
    if (!error) {
        struct ds origin = DS_EMPTY_INITIALIZER;

        put_origin(&origin, src, packet->arrival);
        packet->dst = nullable_xstrdup(target.ep ? target.ep->up.name : NULL);
        packet->flow = compose_flow(origin, &target, src_ip, flow);
    }
    return error;
}

/* Puts how a packet enters from outside. */
static void
put_entry(struct ds *s, const struct trace_outside *o)
{
    int vlan = m_extnet_get_def(o->extnet)->vlan;

    ds_put_format(s, "in_port=%u", ofp_to_u16(o->attachment->ofport));
    if (vlan) {
        ds_put_format(s, ",dl_vlan=%d,dl_vlan_pcp=0", vlan);
    }
}

char *
trace_packet_compose_outside(const struct trace_outside *o, const char *flow,
                             struct trace_packet *packet)
{
    const struct external_network *def = m_extnet_get_def(o->extnet);
    const struct subnet *subnet = external_network_find_subnet(def, &o->ip);
    bool v4 = IN6_IS_ADDR_V4MAPPED(&o->ip);
    const char *key = v4 ? "nw_src" : "ipv6_src";
    struct target target = { .ip = o->ip, .mac = o->mac,
                             .ttl = DEFAULT_TTL };
    struct ds origin = DS_EMPTY_INITIALIZER;
    struct in6_addr src;

    if (flow_has_key(flow, "in_port")) {
        return xstrdup("in_port is that of SRC: leave it out of FLOW");
    } else if (!ip_is_of(&o->ip, flow_get_family(flow))) {
        return xasprintf("the flow \"%s\" is not of the address's family",
                         flow);
    }
    for (size_t i = 0; !subnet && i < def->n_subnets; i++) {
        const struct subnet *s = &def->subnets[i];

        if (s->prefix.is_ipv6 == !v4) {
            subnet = s;
        }
    }
    src = subnet ? subnet->gateway : in6addr_any;
    if (!ipv6_addr_is_set(&src)
        && !flow_has_key(flow, v4 ? "nw_src,ip_src" : "ipv6_src")) {
        return xasprintf("ExternalNetwork %s has no gateway by which it could "
                         "come: say %s=ADDRESS in FLOW", o->extnet->up.name,
                         key);
    } else if (!ipv6_addr_is_set(&src)) {
        src = o->ip;                /* Only says the family. */
    }
    target.src_mac = virtual_mac("outside", o->extnet->up.name);
    put_entry(&origin, o);
    memset(packet, 0, sizeof *packet);
    packet->flow = compose_flow(origin, &target, &src, flow);
    if (flow_has_key(flow, "tcp,tcp6") && !flow_has_key(flow, "tcp_flags")) {
        char *begins = xasprintf("%s,tcp_flags=syn", packet->flow);

        free(packet->flow);
        packet->flow = begins;
    }
    return NULL;
}

void
trace_packet_destroy(struct trace_packet *packet)
{
    free(packet->dst);
    free(packet->flow);
    trace_arrival_destroy(packet->arrival);
}
