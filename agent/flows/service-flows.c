/* Flows and groups of services: see service-flows.h, and service-stage.c for
 * the way that packets take.
 *
 * A service has a flow for its address in FLOW_EGRESS, one that answers ARP or
 * neighbour discovery, and for each of its ports one in FLOW_SERVICE_TO and a
 * group, whose buckets are its backends.  One with a single UDP port has a
 * flow for connections that begin with fragments.  Flows do not depend on who
 * the backends are: a backend that comes or goes is a change of groups.  A
 * port for which there is no backend has neither flow nor group, so that what
 * is sent to it is refused.
 *
 * A group chooses by a hash of the client's address and port (or of the
 * address alone), and a bucket is known by its backend's name: so every node
 * chooses the same way, and when a backend comes or goes only its own share
 * moves.  Connections that are open do not come by the group at all.
 *
 * When a backend is gone, or not healthy, its connections are forgotten as
 * soon as the switch has the groups without it.  So their next packets choose
 * again.  What went while no agent ran is not known: such connections end by
 * themselves. */

#include <config.h>

#include "agent/flows/service-flows.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/flows/neighbor.h"
#include "agent/flows/pipeline.h"
#include "agent/flows/service-private.h"
#include "agent/flows/service-stage.h"
#include "agent/model/entity-order.h"
#include "agent/model/model-lb.h"
#include "agent/model/model.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/nat-zones.h"
#include "agent/switch/ofctrl.h"
#include "flow.h"
#include "hash.h"
#include "lib/resource-load-balancer.h"
#include "openvswitch/match.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

/* In FLOW_EGRESS: before connections are tracked there. */
#define PRI_ADDRESS (FLOW_PRI_HIGH + 10)

/* In FLOW_SERVICE_TO: after what is translated, before what is refused. */
#define PRI_FRAGMENT (FLOW_PRI_NORMAL + 10)
#define PRI_PORT FLOW_PRI_NORMAL

/* Group ids: see gateway-flows.c.  Bit 0 is clear in ours. */
#define GROUP_SERVICE_BIT (UINT32_C(1) << 23)
#define GROUP_ID_MASK (GROUP_SERVICE_BIT - 2)

struct services *
services_create(void)
{
    struct services *s = xzalloc(sizeof *s);

    shash_init(&s->all);
    hmap_init(&s->group_ids);
    hmap_init(&s->tunnels);
    service_ports_init(&s->ports);
    return s;
}

/* Ids. */

static bool
id_is_used(const struct services *services, uint32_t id)
{
    return hmap_first_with_hash(&services->group_ids, id) != NULL;
}

static struct service_group *
group_create(struct services *services, const struct m_lb *lb,
             const struct lb_port *port)
{
    struct service_group *g = xzalloc(sizeof *g);
    uint32_t n = hash_2words(lb->up.id, port->protocol << 16 | port->port);

    g->protocol = port->protocol;
    g->port = port->port;
    g->target_port = port->target_port;
    do {
        g->id = (FLOW_OWNER_GROUP_FIRST | GROUP_SERVICE_BIT
                 | (n & GROUP_ID_MASK));
        n += 2;
    } while (id_is_used(services, g->id));
    hmap_insert(&services->group_ids, &g->node, g->id);
    return g;
}

/* What a service has now. */

static int
compare_ips(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct in6_addr));
}

static bool
has_backend(const struct service *s, const struct in6_addr *ip)
{
    return bsearch(ip, s->backends, s->n_backends, sizeof *ip, compare_ips);
}

static bool
has_group(const struct service *s, const struct service_group *other)
{
    for (size_t i = 0; i < s->n_groups; i++) {
        const struct service_group *g = s->groups[i];

        if (g->protocol == other->protocol && g->port == other->port
            && g->target_port == other->target_port) {
            return true;
        }
    }
    return false;
}

static struct service_port_key
get_key(const struct service *s, const struct service_group *g)
{
    return (struct service_port_key) {
        .vni = s->vni,
        .port = g->target_port,
        .protocol = g->protocol,
        .ipv6 = !IN6_IS_ADDR_V4MAPPED(&s->address),
    };
}

static struct service *
service_create(struct agent *agent, const struct m_lb *lb,
               const struct service_zones *zones)
{
    const struct load_balancer *def = m_lb_get_def(lb);
    struct service *s = xzalloc(sizeof *s);
    const struct m_lb_backend *b;

    s->address = def->address;
    s->vni = lb->vpc->vni;
    s->zone = zones->destination;
    s->groups = xmalloc(def->n_ports * sizeof *s->groups);
    for (size_t i = 0; i < def->n_ports; i++) {
        struct service_group *g = group_create(agent->services, lb,
                                               &def->ports[i]);
        struct service_port_key key = get_key(s, g);

        s->groups[s->n_groups++] = g;
        service_ports_ref(&agent->services->ports, agent->ofctrl, &key);
    }
    s->backends = xmalloc(hmap_count(&lb->backends) * sizeof *s->backends);
    HMAP_FOR_EACH (b, node, &lb->backends) {
        if (b->healthy) {
            s->backends[s->n_backends++] = b->ip;
        }
    }
    qsort(s->backends, s->n_backends, sizeof *s->backends, compare_ips);
    return s;
}

/* Its group ids must have been given back. */
static void
service_destroy(struct agent *agent, struct service *s)
{
    for (size_t i = 0; i < s->n_groups; i++) {
        struct service_port_key key = get_key(s, s->groups[i]);

        service_ports_unref(&agent->services->ports, agent->ofctrl, &key);
        free(s->groups[i]);
    }
    free(s->groups);
    free(s->backends);
    free(s);
}

static void
give_ids_back(struct services *services, struct service *s)
{
    for (size_t i = 0; i < s->n_groups; i++) {
        hmap_remove(&services->group_ids, &s->groups[i]->node);
    }
}

/* Connections that end. */

static void
flush(struct agent *agent, const struct service *s,
      const struct service_group *g, const struct in6_addr *backend)
{
    const char *family = IN6_IS_ADDR_V4MAPPED(&s->address) ? "nw" : "ipv6";
    char service_ip[INET6_ADDRSTRLEN], backend_ip[INET6_ADDRSTRLEN];
    char *tuple, *answer;

    ipv6_string_mapped(service_ip, &s->address);
    ipv6_string_mapped(backend_ip, backend);
    tuple = xasprintf("ct_%s_dst=%s,ct_nw_proto=%u,ct_tp_dst=%u", family,
                      service_ip, g->protocol, g->port);
    answer = xasprintf("ct_%s_src=%s,ct_nw_proto=%u,ct_tp_src=%u", family,
                       backend_ip, g->protocol, g->target_port);
    nat_zones_flush(agent->nat_zones, s->zone, tuple, answer);
    free(answer);
    free(tuple);
}

/* Flushes what 'old' had and 'new', which may be NULL, has not. */
static void
flush_gone(struct agent *agent, const struct service *old,
           const struct service *new)
{
    bool same = (new && new->zone == old->zone
                 && ipv6_addr_equals(&new->address, &old->address));

    for (size_t i = 0; i < old->n_groups; i++) {
        bool keep = same && has_group(new, old->groups[i]);

        for (size_t j = 0; j < old->n_backends; j++) {
            if (!keep || !has_backend(new, &old->backends[j])) {
                flush(agent, old, old->groups[i], &old->backends[j]);
            }
        }
    }
}

/* Flows. */

static void
match_init_service(struct match *match, const struct service *s)
{
    pipeline_init_match(match, s->vni);
    match_set_ip(match, &s->address, true);
}

static void
add_address_flow(const struct service *s, struct flow_list *flows)
{
    struct match match;

    match_init_service(&match, s);
    match_set_reg_masked(&match, FLOW_REG_FLAGS - MFF_REG0, 0,
                         1u << FLOW_FLAG_SERVED);
    flow_list_add_goto(flows, FLOW_EGRESS, PRI_ADDRESS, &match, FLOW_SERVICE);
}

static void
add_port_flow(const struct service *s, const struct service_group *g,
              struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    match_init_service(&match, s);
    match_set_nw_proto(&match, g->protocol);
    match_set_tp_dst(&match, htons(g->port));
    match_set_ct_state_masked(&match, CS_TRACKED | CS_NEW,
                              CS_TRACKED | CS_NEW);
    ofpbuf_init(&actions, 32);
    if (g->protocol != IPPROTO_SCTP) {
        put_resubmit(&actions, FLOW_SERVICE_SHIFT);
    }
    put_group(&actions, g->id);
    flow_list_add(flows, FLOW_SERVICE_TO, PRI_PORT, &match, &actions);
    ofpbuf_uninit(&actions);
}

/* The protocol is not matched: a later fragment of IPv6 has none. */
static void
add_fragment_flow(const struct service *s, struct flow_list *flows)
{
    const struct service_group *udp = NULL;
    struct ofpbuf actions;
    struct match match;
    size_t n = 0;

    for (size_t i = 0; i < s->n_groups; i++) {
        if (s->groups[i]->protocol == IPPROTO_UDP) {
            udp = s->groups[i];
            n++;
        }
    }
    if (n == 1) {
        match_init_service(&match, s);
        match_set_nw_frag_masked(&match, FLOW_NW_FRAG_ANY, FLOW_NW_FRAG_ANY);
        match_set_ct_state_masked(&match, CS_TRACKED | CS_NEW,
                                  CS_TRACKED | CS_NEW);
        ofpbuf_init(&actions, 16);
        put_group(&actions, udp->id);
        flow_list_add(flows, FLOW_SERVICE_TO, PRI_FRAGMENT, &match, &actions);
        ofpbuf_uninit(&actions);
    }
}

static void
add_flows(const struct agent *agent, const struct service *s,
          struct flow_list *flows)
{
    add_address_flow(s, flows);
    neighbor_add_gateway_for(agent, s->vni, &s->address, flows);
    if (s->n_takers) {
        for (size_t i = 0; i < s->n_groups; i++) {
            add_port_flow(s, s->groups[i], flows);
        }
        add_fragment_flow(s, flows);
    }
}

/* Owners. */

static void
service_flows_make(struct agent *agent, struct m_lb *lb)
{
    struct services *services = agent->services;
    struct service *old = shash_find_and_delete(&services->all, lb->up.name);
    struct service *new = NULL;
    struct service_zones zones;
    struct flow_list flows;

    if (old) {
        give_ids_back(services, old);
    }
    flow_list_init(&flows);
    if (m_lb_get_def(lb) && lb->vpc
        && service_stage_get_zones(agent, lb->vpc, &zones)) {
        new = service_create(agent, lb, &zones);
        new->watched = service_get_watched(agent, lb);
        shash_add(&services->all, lb->up.name, new);
        service_set_groups(agent, lb, new);
        add_flows(agent, new, &flows);
    }
    ofctrl_replace(agent->ofctrl, &lb->flows, &flows);
    flow_list_destroy(&flows);
    if (old) {
        service_unset_groups(agent, lb, old, new);
        flush_gone(agent, old, new);
        service_destroy(agent, old);
    }
}

/* Adds to 'lbs' those whose buckets watch other ports of tunnels now. */
static void
add_with_other_ports(struct agent *agent, struct hmapx *lbs)
{
    struct hmapx vpcs = HMAPX_INITIALIZER(&vpcs);
    const struct hmapx_node *node, *lb_node;

    service_note_tunnels(agent, &vpcs);
    HMAPX_FOR_EACH (node, &vpcs) {
        const struct m_vpc *vpc = node->data;

        HMAPX_FOR_EACH (lb_node, &vpc->lbs) {
            struct m_lb *lb = lb_node->data;
            const struct service *s
                = shash_find_data(&agent->services->all, lb->up.name);

            if (s && s->watched != service_get_watched(agent, lb)) {
                hmapx_add(lbs, lb);
            }
        }
    }
    hmapx_destroy(&vpcs);
}

/* In the order of names, so that ids do not depend on chance. */
void
service_flows_run(struct agent *agent)
{
    struct hmapx lbs = HMAPX_INITIALIZER(&lbs);
    const struct hmapx_node *node;
    void **sorted;

    HMAPX_FOR_EACH (node, &agent->model->changed_lbs) {
        hmapx_add(&lbs, node->data);
    }
    add_with_other_ports(agent, &lbs);
    if (hmapx_is_empty(&lbs)) {
        return;
    }
    sorted = entity_order_list(&lbs);
    for (size_t i = 0; i < hmapx_count(&lbs); i++) {
        service_flows_make(agent, sorted[i]);
    }
    free(sorted);
    hmapx_destroy(&lbs);
}

void
services_destroy(struct agent *agent)
{
    struct services *services = agent->services;
    struct service_tunnel *tunnel;
    struct shash_node *node;

    if (services) {
        HMAP_FOR_EACH_POP (tunnel, node, &services->tunnels) {
            free(tunnel);
        }
        hmap_destroy(&services->tunnels);
        SHASH_FOR_EACH (node, &services->all) {
            give_ids_back(services, node->data);
            service_destroy(agent, node->data);
        }
        shash_destroy(&services->all);
        hmap_destroy(&services->group_ids);
        service_ports_destroy(&services->ports);
        free(services);
    }
}
