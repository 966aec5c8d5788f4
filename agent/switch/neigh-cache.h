/* Open vSwitch's cache of underlay neighbours (userspace datapath), watched
 * and healed.
 *
 * ovs-vswitchd learns the MAC of a tunnel's sender from any Geneve packet that
 * has its address.  So whoever can forge one takes all traffic to that NVE
 * until the cache asks again, minutes later.  A MAC that changes is doubted:
 * the cache is flushed, and ovs-vswitchd asks by ARP or neighbour
 * discovery. */
#ifndef GA_NEIGH_CACHE_H
#define GA_NEIGH_CACHE_H 1

#include <stdbool.h>
#include <stdint.h>

struct neigh_cache;

/* 'rundir' is the directory with ovs-vswitchd's control socket. */
struct neigh_cache *neigh_cache_create(const char *rundir);
void neigh_cache_destroy(struct neigh_cache *);

/* 'enabled': there are tunnels. */
void neigh_cache_run(struct neigh_cache *, bool enabled);
void neigh_cache_wait(struct neigh_cache *);

/* Calls 'cb' for each address that had a wrong MAC in the last ten minutes:
 * 'problem' says which, and what to do. */
void neigh_cache_for_each_problem(const struct neigh_cache *,
                                  void (*cb)(const char *address,
                                             const char *problem, void *aux),
                                  void *aux);

/* Returns how often the cache was flushed. */
uint64_t neigh_cache_get_n_flushes(const struct neigh_cache *);

#endif /* agent/switch/neigh-cache.h */
