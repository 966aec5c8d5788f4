/* Conntrack zones for NAT: one for each external address of this node, and
 * two for each VPC with services.
 *
 * An external address belongs to one zone: two would give two connections the
 * same port.  A zone is known by the name of what has it, and stays the same
 * for as long as that name wants one, over restarts of the agent too, so that
 * its connections go on.  What has been given back is flushed, and is given to
 * another name only after all other zones have had their turn. */
#ifndef GA_NAT_ZONES_H
#define GA_NAT_ZONES_H 1

#include <stdbool.h>
#include <stdint.h>

#include "lib/port-space.h"

#define NAT_ZONES_FIRST PORT_SPACE_ZONES
#define NAT_ZONES_LAST (PORT_SPACE_TUNNELS - 1)

struct nat_zones;

/* 'rundir' is the directory with ovs-vswitchd's control socket. */
struct nat_zones *nat_zones_create(const char *rundir);
void nat_zones_destroy(struct nat_zones *);

/* What an earlier run had, as nat_zones_to_string() said; to be called before
 * anything is taken.  Faults in it are passed over. */
void nat_zones_load(struct nat_zones *, const char *);

/* "NAME=ZONE NAME=ZONE ...", sorted by name; for the caller to free. */
char *nat_zones_to_string(const struct nat_zones *);

/* Sets '*changed' to true if nat_zones_to_string() differs since the last
 * call. */
void nat_zones_take_changes(struct nat_zones *, bool *changed);

/* The zone of 'name' (no space, no '='), which has one from now on.  0: there
 * is none left. */
uint16_t nat_zones_take(struct nat_zones *, const char *name);

/* 'name' needs none any more; if it has one, that is flushed as soon as no
 * flow uses it.  Before nat_zones_prune() that may be a mistake, so the zone
 * stays until then. */
void nat_zones_release(struct nat_zones *, const char *name);

/* Flushes some connections of 'zone': see ct_zones_flush(). */
void nat_zones_flush(struct nat_zones *, uint16_t zone, const char *tuple,
                     const char *answer);

/* All that want a zone have taken one: those of an earlier run that nobody has
 * taken are released.  Only the first call counts. */
void nat_zones_prune(struct nat_zones *);

/* 'revision' is that of the flows that are wanted now, 'confirmed' that of the
 * flows that the switch has: see ofctrl.h. */
void nat_zones_run(struct nat_zones *, uint64_t revision, uint64_t confirmed);
void nat_zones_wait(struct nat_zones *);

#endif /* agent/switch/nat-zones.h */
