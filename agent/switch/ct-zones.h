/* Conntrack zones of endpoints: no endpoint inherits connections of the one
 * that had its zone before.
 *
 * A zone is the OpenFlow port of its endpoint: no two endpoints have the same,
 * and an agent that restarts finds the zones as they were, so connections
 * survive.  A zone that is given back is flushed.  Open vSwitch gives a port
 * to another interface only an hour after the port became free, so connections
 * that an agent could not flush, because it was not running, have mostly timed
 * out by then.
 *
 * In the kernel's datapath, zones are shared with everybody who uses them in
 * the same network namespace. */
#ifndef GA_CT_ZONES_H
#define GA_CT_ZONES_H 1

#include <stdint.h>

struct ct_zones;

/* 'rundir' is the directory with ovs-vswitchd's control socket. */
struct ct_zones *ct_zones_create(const char *rundir);
void ct_zones_destroy(struct ct_zones *);

/* The endpoint 'name' uses 'zone'.  If it gave the zone back a moment ago and
 * the zone was not flushed yet, it will not be.  A flush because of another
 * endpoint that had the zone stays due. */
void ct_zones_take(struct ct_zones *, uint16_t zone, const char *name);

/* The endpoint 'name' gives 'zone' back.  The zone is flushed as soon as no
 * flow uses it any more, which is when the switch has confirmed what is wanted
 * now. */
void ct_zones_release(struct ct_zones *, uint16_t zone, const char *name);

/* Connections of 'zone' whose packets match 'tuple' one way and 'answer' the
 * other way, both in the words of "ovs-appctl dpctl/flush-conntrack", are
 * flushed as soon as the switch has confirmed what is wanted now. */
void ct_zones_flush(struct ct_zones *, uint16_t zone, const char *tuple,
                    const char *answer);

/* 'revision' is that of the flows that are wanted now, 'confirmed' that of the
 * flows that the switch has: see ofctrl.h. */
void ct_zones_run(struct ct_zones *, uint64_t revision, uint64_t confirmed);
void ct_zones_wait(struct ct_zones *);

#endif /* agent/switch/ct-zones.h */
