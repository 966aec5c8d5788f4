/* Limits of conntrack zones: no endpoint fills the connection table, which all
 * endpoints of the node share.
 *
 * Each zone in use (see ct-zones.h) may have so many connections, and no more:
 * the datapath takes packets that would begin another for invalid ones. */
#ifndef GA_CT_LIMITS_H
#define GA_CT_LIMITS_H 1

#include <stdbool.h>
#include <stdint.h>

struct ct_limits;

/* 'rundir' is the directory with ovs-vswitchd's control socket. */
struct ct_limits *ct_limits_create(const char *rundir);
void ct_limits_destroy(struct ct_limits *);

/* The endpoint 'name' uses 'zone', in place of whoever did. */
void ct_limits_take(struct ct_limits *, uint16_t zone, const char *name);

/* The same for a zone with a limit of its own, 0 being none; to be called
 * again when that changes. */
void ct_limits_take_own(struct ct_limits *, uint16_t zone, const char *name,
                        uint32_t limit);

/* The endpoint 'name' does not use 'zone' any more.  Does nothing if another
 * one has taken it. */
void ct_limits_release(struct ct_limits *, uint16_t zone, const char *name);

/* 'limit' is how many connections a zone may have; 0: any number.  Returns
 * true if ct_limits_is_used_up() and ct_limits_for_each_full() have news. */
bool ct_limits_run(struct ct_limits *, uint32_t limit);
void ct_limits_wait(struct ct_limits *);

/* Whether 'zone' had all connections that it may have when the switch was
 * asked last: it refused those that wanted to begin. */
bool ct_limits_is_used_up(const struct ct_limits *, uint16_t zone);

/* Calls 'cb' for each zone that has nearly all connections that it may have,
 * as the switch said last. */
void ct_limits_for_each_full(const struct ct_limits *,
                             void (*cb)(const char *name, uint16_t zone,
                                        uint32_t n_connections,
                                        uint32_t limit, void *aux),
                             void *aux);

#endif /* agent/switch/ct-limits.h */
