/* Groups of services: a select group for each port of a service, with a bucket
 * for each backend that takes connections.
 *
 * A change of backends is a new version of the groups, a message for each
 * port, and none for flows.  A bucket says by the port of its tunnel whether
 * its backend can be reached: with BFD there, no connection is begun with a
 * backend whose node is dead. */

#include <config.h>

#include <inttypes.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/flows/pipeline.h"
#include "agent/flows/service-flows.h"
#include "agent/flows/service-private.h"
#include "agent/model/model-lb.h"
#include "agent/model/model.h"
#include "agent/node/local.h"
#include "agent/switch/desired-group.h"
#include "agent/switch/flow-actions.h"
#include "agent/switch/ofctrl.h"
#include "flow.h"
#include "hash.h"
#include "lib/resource-load-balancer.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(service_groups);

/* The buckets of a group have to fit in one message, of 64 KiB. */
#define MAX_BUCKETS 650

/* Returns the backends that take connections, in the order of their names.
 * One that has the service's own address would be a translation to itself, by
 * which ovs-vswitchd aborts (policy-ct.h). */
static const struct m_lb_backend **
get_takers(const struct m_lb *lb, size_t *n)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);
    const struct m_lb_backend **takers = m_lb_sort_backends(lb);

    *n = 0;
    for (size_t i = 0; i < hmap_count(&lb->backends); i++) {
        const struct m_lb_backend *b = takers[i];

        if (m_lb_backend_takes(b)
            && !ipv6_addr_equals(&b->ip, &m_lb_get_def(lb)->address)) {
            takers[(*n)++] = b;
        }
    }
    if (*n > MAX_BUCKETS) {
        VLOG_WARN_RL(&rl, "LoadBalancer %s: of %"PRIuSIZE" backends, the "
                     "first %d by name take connections", lb->up.name, *n,
                     MAX_BUCKETS);
        *n = MAX_BUCKETS;
    }
    return takers;
}

/* The port of the tunnel to 'nve', 0 if it has none of its own. */
static ofp_port_t
get_tunnel_port(const struct agent *agent, const struct m_nve *nve)
{
    return (nve->n_tunnels && !agent->shared_tunnels
            ? local_tunnel_get_ofport(agent->local, &nve->tunnels[0]) : 0);
}

/* The port that says whether the backend can be reached. */
static ofp_port_t
get_watch_port(const struct agent *agent, const struct m_lb_backend *b)
{
    ofp_port_t ofport = (!b->local && b->nve
                         ? get_tunnel_port(agent, b->nve) : 0);

    return ofport ? ofport : OFPP_ANY;
}

/* Returns whether 'nve' has another port than was noted, and notes it. */
static bool
note_tunnel(struct agent *agent, const struct m_nve *nve)
{
    struct hmap *tunnels = &agent->services->tunnels;
    struct hmap_node *node = hmap_first_with_hash(tunnels, nve->up.id);
    struct service_tunnel *tunnel
        = node ? CONTAINER_OF(node, struct service_tunnel, node) : NULL;
    ofp_port_t ofport = get_tunnel_port(agent, nve);

    if (ofport == (tunnel ? tunnel->ofport : 0)) {
        return false;
    } else if (!ofport) {
        hmap_remove(tunnels, &tunnel->node);
        free(tunnel);
        return true;
    } else if (!tunnel) {
        tunnel = xmalloc(sizeof *tunnel);
        hmap_insert(tunnels, &tunnel->node, nve->up.id);
    }
    tunnel->ofport = ofport;
    return true;
}

void
service_note_tunnels(struct agent *agent, struct hmapx *vpcs)
{
    const struct hmapx_node *node;
    const struct m_share *share;

    HMAPX_FOR_EACH (node, &agent->model->changed_nves) {
        const struct m_nve *nve = node->data;

        if (note_tunnel(agent, nve)) {
            HMAP_FOR_EACH (share, nve_node, &nve->shares) {
                hmapx_add(vpcs, share->vpc);
            }
        }
    }
}

uint32_t
service_get_watched(const struct agent *agent, const struct m_lb *lb)
{
    const struct m_lb_backend *b;
    uint32_t hash = 0;

    HMAP_FOR_EACH (b, node, &lb->backends) {
        hash ^= hash_2words(hash_string(b->ep->up.name, 0),
                            ofp_to_u16(get_watch_port(agent, b)));
    }
    return hash;
}

static void
set_hash(struct group_spec *spec, const struct load_balancer *def,
         uint8_t protocol)
{
    enum mf_field_id fields[] = {
        load_balancer_is_ipv6(def) ? MFF_IPV6_SRC : MFF_IPV4_SRC,
        (protocol == IPPROTO_TCP ? MFF_TCP_SRC
         : protocol == IPPROTO_UDP ? MFF_UDP_SRC : MFF_SCTP_SRC),
    };

    group_spec_set_hash(spec, fields,
                        def->affinity == LB_AFFINITY_CLIENT_IP ? 1 : 2);
}

/* Returns an id for the bucket of 'name' that none of the 'n' buckets so far
 * has. */
static uint32_t
choose_bucket_id(const uint32_t *ids, size_t n, const char *name)
{
    uint32_t id = hash_string(name, 0) & INT32_MAX;

    for (size_t i = 0; i < n; i++) {
        if (ids[i] == id) {
            id = (id + 1) & INT32_MAX;
            i = -1;
        }
    }
    return id;
}

static void
set_group(struct agent *agent, struct m_lb *lb, const struct service *s,
          const struct service_group *g,
          const struct m_lb_backend *const *takers, const uint32_t *ids,
          size_t n)
{
    struct group_spec spec;

    group_spec_init(&spec, OFPGT11_SELECT);
    set_hash(&spec, m_lb_get_def(lb), g->protocol);
    for (size_t i = 0; i < n; i++) {
        struct ofpbuf actions;

        ofpbuf_init(&actions, 128);
        put_ct_dnat_port(&actions, s->zone, &takers[i]->ip, g->target_port,
                         FLOW_SERVICE_CHOSEN);
        group_spec_add(&spec, ids[i], takers[i]->weight,
                       get_watch_port(agent, takers[i]), &actions);
        ofpbuf_uninit(&actions);
    }
    ofctrl_set_group(agent->ofctrl, g->id, &spec, &lb->flows);
}

void
service_set_groups(struct agent *agent, struct m_lb *lb, struct service *s)
{
    size_t n;
    const struct m_lb_backend **takers = get_takers(lb, &n);
    uint32_t *ids = xmalloc(n * sizeof *ids);

    for (size_t i = 0; i < n; i++) {
        ids[i] = choose_bucket_id(ids, i, takers[i]->ep->up.name);
    }
    s->n_takers = n;
    for (size_t i = 0; n && i < s->n_groups; i++) {
        set_group(agent, lb, s, s->groups[i], takers, ids, n);
    }
    free(ids);
    free(takers);
}

void
service_unset_groups(struct agent *agent, struct m_lb *lb,
                     const struct service *old, const struct service *new)
{
    for (size_t i = 0; i < old->n_groups; i++) {
        uint32_t id = old->groups[i]->id;
        bool wanted = false;

        for (size_t j = 0; new && new->n_takers && j < new->n_groups; j++) {
            wanted |= new->groups[j]->id == id;
        }
        if (!wanted) {
            ofctrl_unset_group(agent->ofctrl, id, &lb->flows);
        }
    }
}
