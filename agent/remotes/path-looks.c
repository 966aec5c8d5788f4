/* Where packets to a remote go is looked up when routes, rules or our devices
 * change: with the kernel's datapath in the kernel, with the userspace one in
 * ovs-vswitchd, which has a table of its own.  Either is asked about some
 * remotes at a time, so that thousands do not hold up all else, and
 * ovs-vswitchd about all that have got another address in a second: a question
 * for each would cost more than the rest of the change.
 *
 * Nobody says when ovs-vswitchd's table is changed by hand, so its ways are
 * looked at now and then.  With many remotes it is asked for the table first:
 * if that is as it was, so are the ways, and only those are asked for of which
 * there has been no answer.  The kernel is asked about all: it tells of
 * routes, but not of redirects. */

#include <config.h>

#include "agent/remotes/remote-paths-private.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "agent/agent.h"
#include "agent/node/local.h"
#include "agent/node/next-hops.h"
#include "agent/node/routes.h"
#include "agent/switch/route-query.h"
#include "openvswitch/list.h"
#include "packets.h"
#include "timeval.h"
#include "util.h"

/* In ms. */
#define INTERVAL 30000              /* Between two looks at all ways... */
#define BAD_INTERVAL 5000           /* ...and at those that are not there. */

/* With so many remotes ovs-vswitchd's table is less than all their ways; but
 * not if it is too large to be sent: then it is not asked for again for some
 * time (ms). */
#define MANY_REMOTES 50
#define TABLE_PAUSE 600000

/* The kernel is asked that often in a turn, at most: that takes a millisecond
 * or two. */
#define MAX_LOOKUPS 100

static void
set_hop(struct remote_paths *rp, struct path *path, struct next_hop *hop)
{
    next_hops_release(rp->hops, path->hop);
    path->hop = hop;
}

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

void
remote_paths_forget_route(struct remote_paths *rp, struct path *path)
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

    remote_paths_forget_route(rp, path);
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

    path->is_answered = answer != ROUTE_LOST;
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
            remote_paths_update_problem(agent, path->name, path);
        } else {
            route_query_ask(rp->query, &path->to, path->name);
        }
    }
}

void
remote_paths_look(struct agent *agent, struct path *path,
                  long long int ask_at)
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

static void
look_at_all(struct agent *agent)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &agent->remote_paths->paths) {
        struct path *path = node->data;

        path->is_answered = false;
        remote_paths_look(agent, path, time_msec());
    }
}

/* Looks at those whose way is not known, although routes are what they
 * were. */
static void
look_at_unknown(struct agent *agent)
{
    struct remote_paths *rp = agent->remote_paths;
    unsigned int seqno = next_hops_get_seqno(rp->hops);
    struct shash_node *node;

    SHASH_FOR_EACH (node, &rp->paths) {
        struct path *path = node->data;

        if (!path->is_answered
            || (!path->hop && seqno != rp->hops_seqno)) {
            remote_paths_look(agent, path, time_msec());
        }
    }
    rp->hops_seqno = seqno;
}

/* Takes ovs-vswitchd's table; NULL: it cannot be had. */
static void
take_table(struct agent *agent, const char *table)
{
    struct remote_paths *rp = agent->remote_paths;
    bool look_anyway = rp->look_anyway;

    rp->table_asked = rp->look_anyway = false;
    if (!table) {
        rp->seen.any = false;
        rp->next_table = time_msec() + TABLE_PAUSE;
        look_at_all(agent);
    } else if (routes_seen_update(&rp->seen, agent->local, table)
               || look_anyway) {
        rp->hops_seqno = next_hops_get_seqno(rp->hops);
        look_at_all(agent);
    } else {
        look_at_unknown(agent);
    }
}

/* Has ovs-vswitchd's table decide whether to look at all.  Returns false if it
 * is not asked for. */
static bool
ask_table(struct agent *agent)
{
    struct remote_paths *rp = agent->remote_paths;

    if (local_uses_kernel(agent->local)
        || shash_count(&rp->paths) < MANY_REMOTES
        || time_msec() < rp->next_table
        || (!rp->table_asked && !route_query_ask_table(rp->query))) {
        return false;
    }
    rp->table_asked = true;
    rp->look_anyway |= rp->changed;
    return true;
}

/* Looks at those that it is time for.  Returns whether it was for any. */
static bool
look_at_due(struct agent *agent)
{
    struct remote_paths *rp = agent->remote_paths;
    long long int now = time_msec();
    struct shash_node *node;

    if (now < rp->next_look && now < rp->next_bad_look) {
        return false;
    }
    if (now >= rp->next_look) {
        rp->next_look = now + INTERVAL;
        if (!ask_table(agent)) {
            rp->seen.any = false;
            look_at_all(agent);
        }
        rp->changed = false;
    }
    rp->next_bad_look = LLONG_MAX;
    SHASH_FOR_EACH (node, &rp->paths) {
        struct path *path = node->data;

        if (path->no_route) {
            remote_paths_look(agent, path, time_msec());
        }
    }
    return true;
}

static void
run_query(struct agent *agent)
{
    struct remote_paths *rp = agent->remote_paths;
    struct route_found found;
    enum route_answer answer;

    ask_more(agent);
    while ((answer = route_query_run(rp->query, &found)) != ROUTE_NO_ANSWER) {
        struct path *path = (found.name
                             ? shash_find_data(&rp->paths, found.name) : NULL);

        if (!found.name) {
            take_table(agent, found.table);
        }
        /* If its address has changed, another question is about that. */
        if (path && ipv6_addr_equals(&path->to, &found.to)) {
            take_answer(agent, path, answer, &found);
            remote_paths_update_problem(agent, found.name, path);
        }
        free(found.name);
        free(found.table);
    }
    ask_more(agent);
}

bool
remote_paths_run_looks(struct agent *agent)
{
    bool looked;

    agent->remote_paths->n_lookups = 0;
    looked = look_at_due(agent);
    run_query(agent);
    return looked;
}
