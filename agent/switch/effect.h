/* When a change of flows has taken effect.
 *
 * A barrier says that the flow tables are as wanted.  Packets go by datapath
 * flows, though, which were made of the tables of before, and which Open
 * vSwitch's revalidators bring up to date a little later (milliseconds as a
 * rule).  What we promise to others, "no packet of mine has that option any
 * more", holds from then on: struct effect says when that is, of one bridge,
 * with a struct old_flows of kind OLD_FLOWS_FOLLOWED. */
#ifndef GA_EFFECT_H
#define GA_EFFECT_H 1

#include <stdint.h>

struct ofctrl;
struct old_flows;

/* Of one bridge; all zeros to begin with. */
struct effect {
    uint64_t effective;             /* Revision of its ofctrl: what is up to
                                     * that has taken effect. */
    uint64_t asked;                 /* Revision that 'ticket' is for. */
    uint64_t ticket;
};

/* To be called after the ofctrl and 'old_flows' have run. */
void effect_run(struct effect *, const struct ofctrl *, struct old_flows *);

#endif /* agent/switch/effect.h */
