/* When a change of flows has taken effect.
 *
 * A commit's reply says that the flow tables are as wanted.  But packets go
 * by datapath flows, which were made from the tables as they were before, and
 * which Open vSwitch's revalidators bring up to date a little later, after
 * milliseconds as a rule.  What we promise to others, "no packet of mine has
 * that option any more", holds only from then on.  struct effect says when
 * that is for one bridge, by a struct old_flows of kind OLD_FLOWS_FOLLOWED. */
#ifndef GA_EFFECT_H
#define GA_EFFECT_H 1

#include <stdint.h>

struct old_flows;

/* All zeros to begin with. */
struct effect {
    uint64_t effective;             /* Revisions of the bridge's ofctrl up to
                                     * this one have taken effect. */
    uint64_t confirmed;             /* By the switch, at the last run. */
    uint64_t wanted;                /* Somebody will want to know of this
                                     * one... */
    uint64_t needed;                /* ...and waits for this one. */
    long long int due;              /* By time_msec(): when the datapath is
                                     * asked about 'wanted'. */
    uint64_t asked;                 /* The revision that 'ticket' is for. */
    uint64_t ticket;                /* Of the old_flows. */
};

/* Somebody may want to know when 'revision' has taken effect: that is known
 * two seconds after the switch has it, or three. */
void effect_want(struct effect *, uint64_t revision);

/* Somebody waits for 'revision': that is known within a second. */
void effect_need(struct effect *, uint64_t revision);

/* Brings the effect up to date.  'confirmed' is the last revision that the
 * bridge's ofctrl has had confirmed.  To be called after that and the
 * old_flows have run. */
void effect_run(struct effect *, uint64_t confirmed, struct old_flows *);
void effect_wait(const struct effect *);

#endif /* agent/switch/effect.h */
