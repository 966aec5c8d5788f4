/* What remote-paths.c and path-looks.c share. */
#ifndef GA_REMOTE_PATHS_PRIVATE_H
#define GA_REMOTE_PATHS_PRIVATE_H 1

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "agent/remotes/routes-seen.h"
#include "openvswitch/list.h"
#include "openvswitch/shash.h"

struct agent;
struct next_hop;
struct next_hops;
struct route_query;
struct routes;

struct path {
    struct ovs_list ask_node;       /* In 'to_ask', or alone. */
    char *name;                     /* Of the NVE. */
    struct in6_addr to;
    struct in6_addr from;

    bool is_answered;               /* Since a look at all began. */
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
    bool changed;                   /* Routes or devices did since the last
                                     * look at all. */
    long long int next_look;        /* time_msec() of a look at all. */
    long long int next_bad_look;    /* The same at those without a route;
                                     * LLONG_MAX: there are none. */
    size_t n_lookups;               /* In this turn. */

    /* ovs-vswitchd's table. */
    struct routes_seen seen;        /* At the last look at all. */
    unsigned int hops_seqno;        /* The same: next_hops_get_seqno(). */
    bool table_asked;               /* A question is under way... */
    bool look_anyway;               /* ...whose answer does not matter: there
                                     * was 'changed'. */
    long long int next_table;       /* Not before this time_msec(). */

    struct ovs_list to_ask;         /* "struct path"s... */
    long long int ask_at;           /* ...and ovs-vswitchd is asked about them
                                     * from this time_msec() on. */
    size_t n_told;                  /* What node-health.c has been told: see
                                     * remote_paths_count_lost(). */
};

/* Nothing is known of the way. */
void remote_paths_forget_route(struct remote_paths *, struct path *);

/* Looks up the way to one remote, or has it asked for; ovs-vswitchd not before
 * 'ask_at', unless that is asked already. */
void remote_paths_look(struct agent *, struct path *, long long int ask_at);

/* Looks at those that it is time for, and takes answers.  Returns whether it
 * was time for any. */
bool remote_paths_run_looks(struct agent *);

/* Finds out again what is wrong with the way to the NVE 'name'. */
void remote_paths_update_problem(struct agent *, const char *name,
                                 struct path *);

#endif /* agent/remotes/remote-paths-private.h */
