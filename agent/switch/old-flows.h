/* Datapath flows that were made before something changed: when are they gone?
 *
 * Asks ovs-vswitchd over its control socket, without waiting for it.  Where
 * the socket cannot be used, or the command does not work there (a vswitchd
 * with two kinds of datapath), they count as gone; the log says so, once. */
#ifndef GA_OLD_FLOWS_H
#define GA_OLD_FLOWS_H 1

#include <stdbool.h>
#include <stdint.h>

struct old_flows;

enum old_flows_kind {
    OLD_FLOWS_FOLLOWED,             /* Every one has been made what the flow
                                     * tables say now. */
    OLD_FLOWS_PURGED                /* Every one has been deleted; the next
                                     * packet makes a new one. */
};

/* 'rundir' is ovs-vswitchd's. */
struct old_flows *old_flows_create(const char *rundir, enum old_flows_kind);
void old_flows_destroy(struct old_flows *);
void old_flows_run(struct old_flows *);
void old_flows_wait(struct old_flows *);

/* Returns a ticket: old_flows_are_gone() for it once what the kind says is
 * true of every datapath flow that there is at the time of this call. */
uint64_t old_flows_ask(struct old_flows *);
bool old_flows_are_gone(const struct old_flows *, uint64_t ticket);

#endif /* agent/switch/old-flows.h */
