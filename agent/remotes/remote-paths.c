/* Where packets to a remote go is looked up when routes, rules or our devices
 * change: with the kernel's datapath in the kernel, with the userspace one in
 * ovs-vswitchd, which has a table of its own.  Either is asked about some
 * remotes at a time, so that thousands do not hold up all else, and
 * ovs-vswitchd about all that have got another address in a second: a question
 * for each would cost more than the rest of the change.  Nobody says
 * when ovs-vswitchd's table is changed by hand, so all of it is asked for anew
 * now and then.
 *
 * That there is no route is believed when it has been so for PATIENCE: who
 * replaces a route takes the old one away first.  The kernel says that a
 * neighbour does not answer after it has asked for some seconds. */

#include <config.h>

#include "agent/remotes/remote-paths.h"

#include <errno.h>
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
#define INTERVAL 30000              /* Between two looks at all ways... */
#define BAD_INTERVAL 5000           /* ...and at those that are not there. */

/* The kernel is asked that often in a turn, at most: that takes a millisecond
 * or two. */
#define MAX_LOOKUPS 100

/* The least MTU of IPv4 (RFC 791): with less no packet need fit. */
#define MIN_MTU 68

struct path {
    struct ovs_list ask_node;       /* In 'to_ask', or alone. */
    char *name;                     /* Of the NVE. */
    struct in6_addr to;
    struct in6_addr from;

    char *no_route;                 /* Why there is no way, or NULL. */
    long long int no_route_since;   /* time_msec(). */
    struct next_hop *hop;           /* NULL: not known. */
    int mtu;                        /* The smallest, of any profile; 0: not
                                     * known. */
    bool is_lost;                   /* Counted in 'n_lost'. */

    char *problem;                  /* What is told, or NULL. */
    const char *reason;             /* Of 'problem'. */
};

struct remote_paths {
    struct routes *routes;
    struct next_hops *hops;
    struct route_query *query;
    struct shash paths;             /* Name of the NVE -> "struct path". */
    size_t n_lost;

    unsigned int underlay_seqno;    /* At the last run. */
    long long int next_look;        /* time_msec() of a look at all. */
    long long int next_bad_look;    /* The same at those without a route;
                                     * LLONG_MAX: there are none. */
    size_t n_lookups;               /* In this turn. */
    struct ovs_list to_ask;         /* "struct path"s... */
    long long int ask_at;           /* ...and ovs-vswitchd is asked about them
                                     * from this time_msec() on. */
    size_t n_told;                  /* What node-health.c has been told: see
                                     * remote_paths_count_lost(). */
};

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
set_hop(struct remote_paths *rp, struct path *path, struct next_hop *hop)
{
    next_hops_release(rp->hops, path->hop);
    path->hop = hop;
}

static void
path_destroy(struct remote_paths *rp, struct path *path)
{
    rp->n_lost -= path->is_lost;
    set_hop(rp, path, NULL);
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

/* Finds out again what is wrong with the way to the NVE 'name'. */
static void
update_problem(struct agent *agent, const char *name, struct path *path)
{
    char *problem = describe(agent->remote_paths, path, &path->reason);

    if (nullable_string_replace(&path->problem, problem)) {
        struct entity *entity = entity_find(agent->model, MODEL_NVE, name);

        if (entity) {
            model_touch_nve(agent->model, M_CAST(m_nve, entity));
        }
    }
}

/* Looking. */

/* There is no way, because of 'why', which is taken. */
static void
take_no_route(struct remote_paths *rp, struct path *path, char *why)
{
    if (!path->no_route) {
        path->no_route_since = time_msec();
    }
    free(path->no_route);
    path->no_route = why;
    set_hop(rp, path, NULL);
    rp->next_bad_look = MIN(rp->next_bad_look, time_msec() + BAD_INTERVAL);
}

/* Nothing is known of the way. */
static void
forget_route(struct remote_paths *rp, struct path *path)
{
    set_hop(rp, path, NULL);
    free(path->no_route);
    path->no_route = NULL;
}

static void
take_route(struct remote_paths *rp, struct path *path, int if_index,
           const struct in6_addr *ip)
{
    struct next_hop *hop = next_hops_obtain(rp->hops, ip, if_index);

    forget_route(rp, path);
    set_hop(rp, path, hop);
}

static char *
describe_no_route(const struct path *path, const char *who, const char *how)
{
    char s[INET6_ADDRSTRLEN];

    ipv6_string_mapped(s, &path->to);
    return xasprintf("%s has no route to %s: add one, and see `%s %s'", who, s,
                     how, s);
}

/* Asks the kernel.  The address being gone is said by others. */
static void
look_up(struct remote_paths *rp, struct path *path)
{
    struct route route;
    int error = routes_lookup(&path->to, &path->from, &route);

    rp->n_lookups++;
    if (!error) {
        take_route(rp, path, route.if_index, &route.hop);
    } else if (error == ENETUNREACH || error == EHOSTUNREACH
               || error == EACCES) {
        take_no_route(rp, path, describe_no_route(path, "the kernel",
                                                  "ip route get"));
    }
}

/* Takes ovs-vswitchd's answer about 'path'. */
static void
take_answer(struct agent *agent, struct path *path, enum route_answer answer,
            const struct route_found *found)
{
    struct remote_paths *rp = agent->remote_paths;

    if (answer == ROUTE_NOT_FOUND) {
        take_no_route(rp, path, describe_no_route(
                          path, "ovs-vswitchd",
                          "ovs-appctl ovs/route/lookup"));
    } else if (answer == ROUTE_FOUND
               && !local_has_interface(agent->local, found->device)) {
        take_no_route(rp, path, xasprintf(
                          "the route to it is by device %s, which is not Open "
                          "vSwitch's: with the userspace datapath the "
                          "underlay has to be a port of a bridge",
                          found->device));
    } else if (answer == ROUTE_FOUND) {
        take_route(rp, path, next_hops_find_device(rp->hops, found->device),
                   &found->hop);
    }
}

/* Whether anybody may be asked for one more now. */
static bool
may_ask(const struct agent *agent)
{
    const struct remote_paths *rp = agent->remote_paths;

    return (local_uses_kernel(agent->local) ? rp->n_lookups < MAX_LOOKUPS
            : time_msec() >= rp->ask_at && !route_query_is_busy(rp->query));
}

/* Asks for as many as may be asked for at once. */
static void
ask_more(struct agent *agent)
{
    struct remote_paths *rp = agent->remote_paths;

    while (!ovs_list_is_empty(&rp->to_ask) && may_ask(agent)) {
        struct path *path = CONTAINER_OF(ovs_list_pop_front(&rp->to_ask),
                                         struct path, ask_node);

        ovs_list_init(&path->ask_node);
        if (local_uses_kernel(agent->local)) {
            look_up(rp, path);
            update_problem(agent, path->name, path);
        } else {
            route_query_ask(rp->query, &path->to, path->name);
        }
    }
}

static void
run_query(struct agent *agent)
{
    struct remote_paths *rp = agent->remote_paths;
    struct route_found found;
    enum route_answer answer;

    ask_more(agent);
    while ((answer = route_query_run(rp->query, &found)) != ROUTE_NO_ANSWER) {
        struct path *path = shash_find_data(&rp->paths, found.name);

        /* If its address has changed, another question is about that. */
        if (path && ipv6_addr_equals(&path->to, &found.to)) {
            take_answer(agent, path, answer, &found);
            update_problem(agent, found.name, path);
        }
        free(found.name);
    }
    ask_more(agent);
}

/* Looks up the way to one remote, or has it asked for; ovs-vswitchd not before
 * 'ask_at', unless that is asked already. */
static void
look(struct agent *agent, struct path *path, long long int ask_at)
{
    struct remote_paths *rp = agent->remote_paths;

    if (!ipv6_addr_is_set(&path->to)
        || !ovs_list_is_empty(&path->ask_node)) {
        return;
    } else if (local_uses_kernel(agent->local) && may_ask(agent)) {
        look_up(rp, path);
    } else {
        if (ovs_list_is_empty(&rp->to_ask) || ask_at < rp->ask_at) {
            rp->ask_at = ask_at;
        }
        ovs_list_push_back(&rp->to_ask, &path->ask_node);
    }
}

/* Looks at those that it is time for.  Returns whether it was for any. */
static bool
look_at_due(struct agent *agent)
{
    struct remote_paths *rp = agent->remote_paths;
    long long int now = time_msec();
    bool all = now >= rp->next_look;
    struct shash_node *node;

    if (!all && now < rp->next_bad_look) {
        return false;
    } else if (all) {
        rp->next_look = now + INTERVAL;
    }
    rp->next_bad_look = LLONG_MAX;
    SHASH_FOR_EACH (node, &rp->paths) {
        struct path *path = node->data;

        if (all || path->no_route) {
            look(agent, path, time_msec());
        }
    }
    return true;
}

static void
update_all_problems(struct agent *agent)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &agent->remote_paths->paths) {
        update_problem(agent, node->name, node->data);
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
        rp->next_look = MIN(rp->next_look, time_msec() + SETTLING);
    }
    rp->n_lookups = 0;
    looked = look_at_due(agent);
    run_query(agent);
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
        forget_route(rp, path);
        path->to = from ? nve->tx_ip : in6addr_any;
        path->from = from ? *from : in6addr_any;
        look(agent, path, time_msec() + GATHERING);
    }
    path->mtu = from ? get_mtu(agent, nve) : 0;
    update_problem(agent, nve->up.name, path);
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
