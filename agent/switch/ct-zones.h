/* Conntrack zones of endpoints: that none keeps what it knew of the endpoint
 * that had it before.
 *
 * A zone is the OpenFlow port of its endpoint: two endpoints never have the
 * same, and an agent that restarts finds the zones that were, so connections
 * survive.  A zone that is given back is flushed.  Open vSwitch gives a port
 * to another interface only an hour after it became free, so what an agent
 * that was not running could not flush is mostly gone by then.
 *
 * In the kernel's datapath, zones are shared with whoever else uses them in
 * the same network namespace. */
#ifndef GA_CT_ZONES_H
#define GA_CT_ZONES_H 1

#include <stdint.h>

struct ct_zones;

/* 'rundir' is where ovs-vswitchd's control socket is. */
struct ct_zones *ct_zones_create(const char *rundir);
void ct_zones_destroy(struct ct_zones *);

/* 'name', an endpoint, uses 'zone'.  If it gave it back a moment ago and it
 * was not flushed yet, it will not be. */
void ct_zones_take(struct ct_zones *, uint16_t zone, const char *name);

/* 'name' gives 'zone' back: it is flushed as soon as no flow uses it any more,
 * which is when the switch has confirmed what is wanted now. */
void ct_zones_release(struct ct_zones *, uint16_t zone, const char *name);

/* 'revision' is that of the flows now wanted, 'confirmed' what the switch has:
 * see ofctrl.h.  Returns without waiting for anything. */
void ct_zones_run(struct ct_zones *, uint64_t revision, uint64_t confirmed);
void ct_zones_wait(struct ct_zones *);

#endif /* agent/switch/ct-zones.h */
