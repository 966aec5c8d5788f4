/* Conntrack zones of endpoints: which is whose, and that none keeps what it
 * knew of the endpoint that had it before.
 *
 * A zone comes from a name, not from a counter, so that an agent that restarts
 * finds the zones that it would give: connections survive.  A zone that is
 * given back is flushed before another endpoint gets it. */
#ifndef GA_CT_ZONES_H
#define GA_CT_ZONES_H 1

#include <stdint.h>

struct ct_zones;

/* Ours are from here to 65535: half of those that there are. */
#define CT_ZONE_FIRST 0x8000

/* 'rundir' is where ovs-vswitchd's control socket is. */
struct ct_zones *ct_zones_create(const char *rundir);
void ct_zones_destroy(struct ct_zones *);

/* A zone that nobody has, or 0 if there is none left.  'name' is the
 * endpoint's: whoever comes back before its zone was flushed has it again, and
 * it is not flushed. */
uint16_t ct_zones_alloc(struct ct_zones *, const char *name);

/* Gives 'zone' back: it is flushed as soon as no flow uses it any more, which
 * is when the switch has confirmed what is wanted now. */
void ct_zones_release(struct ct_zones *, uint16_t zone, const char *name);

/* 'revision' is that of the flows now wanted, 'confirmed' what the switch has:
 * see ofctrl.h.  Returns without waiting for anything. */
void ct_zones_run(struct ct_zones *, uint64_t revision, uint64_t confirmed);
void ct_zones_wait(struct ct_zones *);

#endif /* agent/ct-zones.h */
