/* The ways to remotes follow the remotes here, and it is said what is wrong
 * with each; path-looks.c looks at them.
 *
 * That there is no route is believed when it has been so for PATIENCE: who
 * replaces a route takes the old one away first.  The kernel says that a
 * neighbour does not answer after it has asked for some seconds. */

#include <config.h>

#include "agent/remotes/remote-paths.h"

#include <limits.h>
#include <stdlib.h>

#include "agent/agent.h"
#include "agent/model/encap.h"
#include "agent/model/model-nve.h"
#include "agent/model/model-touch.h"
#include "agent/model/model.h"
#include "agent/node/local.h"
#include "agent/node/next-hops.h"
#include "agent/node/routes.h"
#include "agent/node/underlay.h"
#include "agent/remotes/remote-address.h"
#include "agent/remotes/remote-paths-private.h"
#include "agent/switch/route-query.h"
#include "lib/nullable-string.h"
#include "openvswitch/list.h"
#include "openvswitch/poll-loop.h"
#include "packets.h"
#include "timeval.h"
#include "util.h"

/* In ms. */
#define PATIENCE 5000
#define SETTLING 1000               /* From a change of routes to a look... */
#define GATHERING 1000              /* ...and from one of a remote. */

/* The least MTU of IPv4 (RFC 791): with less no packet need fit. */
#define MIN_MTU 68

struct remote_paths *
remote_paths_create(const char *rundir, struct kernel_events *events)
{
    struct remote_paths *rp = xzalloc(sizeof *rp);

    rp->routes = routes_create(events);
    rp->hops = next_hops_create(events);
    rp->query = route_query_create(rundir);
    shash_init(&rp->paths);
    rp->next_bad_look = LLONG_MAX;
    ovs_list_init(&rp->to_ask);
    return rp;
}

static void
path_destroy(struct remote_paths *rp, struct path *path)
{
    rp->n_lost -= path->is_lost;
    next_hops_release(rp->hops, path->hop);
    ovs_list_remove(&path->ask_node);
    free(path->name);
    free(path->no_route);
    free(path->problem);
    free(path);
}

void
remote_paths_destroy(struct remote_paths *rp)
{
    struct shash_node *node;

    if (!rp) {
        return;
    }
    SHASH_FOR_EACH (node, &rp->paths) {
        path_destroy(rp, node->data);
    }
    shash_destroy(&rp->paths);
    route_query_destroy(rp->query);
    next_hops_destroy(rp->hops);
    routes_destroy(rp->routes);
    free(rp);
}

/* What is wrong. */

/* Returns what is wrong with 'path', for the caller to free, or NULL. */
static char *
describe(const struct remote_paths *rp, const struct path *path,
         const char **reason)
{
    if (path->no_route && time_msec() >= path->no_route_since + PATIENCE) {
        *reason = "route";
        return xstrdup(path->no_route);
    } else if (path->hop && next_hop_is_dead(path->hop)) {
        char *hop = next_hops_describe(rp->hops, path->hop);
        char *problem;

        problem = xasprintf("%s does not answer ARP or neighbour discovery: "
                            "see whether that host runs, and what is between "
                            "it and this node", hop);
        free(hop);
        *reason = "neighbor";
        return problem;
    } else if (path->mtu && path->mtu < MIN_MTU) {
        *reason = "mtu";
        return xasprintf("the underlay's MTU leaves %d bytes for a packet, "
                         "with its options, and IP needs %d: raise the MTU of "
                         "the device that has nve-encap-ip, or "
                         "spec.underlay.mtu, or take options out of the "
                         "profile", MAX(path->mtu, 0), MIN_MTU);
    }
    *reason = NULL;
    return NULL;
}

void
remote_paths_update_problem(struct agent *agent, const char *name,
                            struct path *path)
{
    char *problem = describe(agent->remote_paths, path, &path->reason);

    if (nullable_string_replace(&path->problem, problem)) {
        struct entity *entity = entity_find(agent->model, MODEL_NVE, name);

        if (entity) {
            model_touch_nve(agent->model, M_CAST(m_nve, entity));
        }
    }
}

static void
update_all_problems(struct agent *agent)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &agent->remote_paths->paths) {
        remote_paths_update_problem(agent, node->name, node->data);
    }
}

void
remote_paths_run(struct agent *agent)
{
    struct remote_paths *rp = agent->remote_paths;
    unsigned int seqno = underlay_get_seqno(agent->underlay);
    bool changed = routes_run(rp->routes) || seqno != rp->underlay_seqno;
    bool looked;

    rp->underlay_seqno = seqno;
    rp->n_told = remote_paths_count_lost(agent);
    if (changed) {
        rp->changed = true;
        rp->next_look = MIN(rp->next_look, time_msec() + SETTLING);
    }
    looked = remote_paths_run_looks(agent);
    if (next_hops_run(rp->hops) || looked) {
        update_all_problems(agent);
    }
}

void
remote_paths_wait(const struct agent *agent)
{
    struct remote_paths *rp = agent->remote_paths;

    routes_wait(rp->routes);
    next_hops_wait(rp->hops);
    route_query_wait(rp->query);
    if (!shash_is_empty(&rp->paths)) {
        poll_timer_wait_until(MIN(rp->next_look, rp->next_bad_look));
    }
    if (remote_paths_count_lost(agent) != rp->n_told) {
        poll_immediate_wake();
    }
    if (!ovs_list_is_empty(&rp->to_ask) && !route_query_is_busy(rp->query)) {
        if (local_uses_kernel(agent->local)) {
            poll_immediate_wake();
        } else {
            poll_timer_wait_until(rp->ask_at);
        }
    }
}

/* Following the remotes. */

/* The smallest MTU of packets to 'nve', of those that are sent at all. */
static int
get_mtu(const struct agent *agent, const struct m_nve *nve)
{
    const struct shash_node *node;
    int mtu = 0;

    SHASH_FOR_EACH (node, &nve->encaps) {
        const struct m_encap *encap = node->data;

        if (agent->underlay_mtu && encap->final.status != NEG_BLOCKED) {
            int this = encap->mtu ? encap->mtu : -1;

            mtu = mtu ? MIN(mtu, this) : this;
        }
    }
    return mtu;
}

static void
remove_path(struct remote_paths *rp, const char *name)
{
    struct path *path = shash_find_and_delete(&rp->paths, name);

    if (path) {
        path_destroy(rp, path);
    }
}

static void
follow(struct agent *agent, const struct m_nve *nve)
{
    struct remote_paths *rp = agent->remote_paths;
    struct path *path = shash_find_data(&rp->paths, nve->up.name);
    const struct in6_addr *from = NULL;
    bool lost;

    if (ipv6_addr_is_set(&nve->tx_ip)) {
        from = remote_address_get_own(agent, &nve->tx_ip);
    }
    if (!m_nve_is_remote(nve)) {
        remove_path(rp, nve->up.name);
        return;
    }
    if (!path) {
        path = xzalloc(sizeof *path);
        ovs_list_init(&path->ask_node);
        path->name = xstrdup(nve->up.name);
        shash_add(&rp->paths, nve->up.name, path);
    }
    if (!ipv6_addr_equals(&path->to, from ? &nve->tx_ip : &in6addr_any)
        || !ipv6_addr_equals(&path->from, from ? from : &in6addr_any)) {
        remote_paths_forget_route(rp, path);
        path->is_answered = false;
        path->to = from ? nve->tx_ip : in6addr_any;
        path->from = from ? *from : in6addr_any;
        remote_paths_look(agent, path, time_msec() + GATHERING);
    }
    path->mtu = from ? get_mtu(agent, nve) : 0;
    remote_paths_update_problem(agent, nve->up.name, path);
    lost = (!from || path->problem
            || (nve->n_tunnels
                && local_tunnel_is_down(agent->local, &nve->tunnels[0])));
    if (lost != path->is_lost) {
        path->is_lost = lost;
        rp->n_lost += lost ? 1 : -1;
    }
}

void
remote_paths_follow(struct agent *agent)
{
    const struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &agent->model->changed_nves) {
        follow(agent, node->data);
    }
}

const char *
remote_paths_get_problem(const struct agent *agent, const struct m_nve *nve,
                         const char **reason)
{
    const struct path *path = shash_find_data(&agent->remote_paths->paths,
                                              nve->up.name);

    *reason = path ? path->reason : NULL;
    return path ? path->problem : NULL;
}

size_t
remote_paths_count_lost(const struct agent *agent)
{
    const struct remote_paths *rp = agent->remote_paths;
    size_t n = shash_count(&rp->paths);

    return n == rp->n_lost ? n : 0;
}
