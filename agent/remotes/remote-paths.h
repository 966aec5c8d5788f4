/* The way through the underlay to each remote: whether there is a route,
 * whether the next hop answers, whether packets with options fit.
 *
 * Flows do not depend on it.  Like node-health.h it is there to be shown. */
#ifndef GA_REMOTE_PATHS_H
#define GA_REMOTE_PATHS_H 1

#include <stdbool.h>
#include <stddef.h>

struct agent;
struct kernel_events;
struct m_nve;
struct remote_paths;

/* 'rundir' is the directory with ovs-vswitchd's control socket. */
struct remote_paths *remote_paths_create(const char *rundir,
                                         struct kernel_events *);
void remote_paths_destroy(struct remote_paths *);

/* Follows routes and next hops, and touches the remotes for which something
 * changed. */
void remote_paths_run(struct agent *);
void remote_paths_wait(const struct agent *);

/* Takes over the addresses and MTUs of the remotes that changed in this
 * turn. */
void remote_paths_follow(struct agent *);

/* What is wrong with the way to 'nve', and what to do, in one sentence for
 * people, with a word for it in '*reason': "route", "neighbor" or "mtu".  NULL
 * if nothing is. */
const char *remote_paths_get_problem(const struct agent *,
                                     const struct m_nve *nve,
                                     const char **reason);

/* If no remote can be reached, for whatever reason, returns how many there
 * are; else, or if there are none, 0. */
size_t remote_paths_count_lost(const struct agent *);

#endif /* agent/remotes/remote-paths.h */
