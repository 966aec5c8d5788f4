/* When datapath flows are gone that were made before something changed.
 *
 * Asks ovs-vswitchd over its control socket, without waiting for the answer.
 * If the socket cannot be used, or the command does not work (as in an
 * ovs-vswitchd with two kinds of datapath), they count as gone, and the log
 * says so, once. */
#ifndef GA_OLD_FLOWS_H
#define GA_OLD_FLOWS_H 1

#include <stdbool.h>
#include <stdint.h>

struct old_flows;

enum old_flows_kind {
    OLD_FLOWS_FOLLOWED,             /* Each has been revalidated: it does what
                                     * the flow tables say now. */
    OLD_FLOWS_PURGED                /* Each has been deleted; the next packet
                                     * makes a new one. */
};

/* 'rundir' is the directory with ovs-vswitchd's control socket. */
struct old_flows *old_flows_create(const char *rundir, enum old_flows_kind);
void old_flows_destroy(struct old_flows *);
void old_flows_run(struct old_flows *);
void old_flows_wait(struct old_flows *);

/* Returns a ticket for the datapath flows that there are now. */
uint64_t old_flows_ask(struct old_flows *);

/* Whether what the kind says is true of all flows of the ticket. */
bool old_flows_are_gone(const struct old_flows *, uint64_t ticket);

#endif /* agent/switch/old-flows.h */
