/* When a change of flows has taken effect.
 *
 * A barrier says that the flow tables are as wanted.  Packets go by datapath
 * flows, though, which were made of the tables of before, and which Open
 * vSwitch's revalidators bring up to date a little later (milliseconds as a
 * rule).  What we promise to others, "no packet of mine has that option any
 * more", holds from then on.
 *
 * struct old_flows asks ovs-vswitchd, over its control socket, when that is
 * (`revalidator/wait'); struct effect says it of one bridge.  Where the socket
 * cannot be used, or does not know (a vswitchd with two kinds of datapath),
 * the barrier has to do; the log says so, once. */
#ifndef GA_EFFECT_H
#define GA_EFFECT_H 1

#include <stdbool.h>
#include <stdint.h>

struct ofctrl;
struct old_flows;

struct old_flows *old_flows_create(const char *rundir);
void old_flows_destroy(struct old_flows *);
void old_flows_run(struct old_flows *);
void old_flows_wait(struct old_flows *);

/* Returns a ticket: old_flows_are_gone() for it once every datapath flow has
 * been looked at since this call. */
uint64_t old_flows_ask(struct old_flows *);
bool old_flows_are_gone(const struct old_flows *, uint64_t ticket);

/* Of one bridge; all zeros to begin with. */
struct effect {
    uint64_t effective;             /* Revision of its ofctrl: what is up to
                                     * that has taken effect. */
    uint64_t asked;                 /* Revision that 'ticket' is for. */
    uint64_t ticket;
};

/* To be called after the ofctrl and 'old_flows' have run. */
void effect_run(struct effect *, const struct ofctrl *, struct old_flows *);

#endif /* agent/effect.h */
