/* Whether those who get our packets next answer: neighbours of the underlay,
 * gateways among them. */
#ifndef GA_NEXT_HOPS_H
#define GA_NEXT_HOPS_H 1

#include <netinet/in.h>
#include <stdbool.h>

struct kernel_events;
struct next_hop;
struct next_hops;

/* 'kernel_events' must outlive the result. */
struct next_hops *next_hops_create(struct kernel_events *);
/* No hop may be held any more. */
void next_hops_destroy(struct next_hops *);

/* Returns the index of 'device', 0 if there is none of that name.  The kernel
 * is asked once for it between two calls of next_hops_wait(), if nobody asks
 * for another one in between. */
int next_hops_find_device(struct next_hops *, const char *device);

/* Watches 'ip' (IPv4 as a mapped address) on a device from now on, until it is
 * released as often as it was obtained.  NULL if 'if_index' is 0, or if too
 * many are watched. */
struct next_hop *next_hops_obtain(struct next_hops *,
                                  const struct in6_addr *ip, int if_index);
/* NULL is fine. */
void next_hops_release(struct next_hops *, struct next_hop *);

/* Returns a number that is another one once next_hops_obtain() may have room
 * for a hop that it had none for. */
unsigned int next_hops_get_seqno(const struct next_hops *);

/* Returns "192.0.2.1 on eth0", for the caller to free. */
char *next_hops_describe(struct next_hops *, const struct next_hop *);

/* Whether a hop that is watched does not answer. */
bool next_hop_is_dead(const struct next_hop *);

/* Returns true if what next_hop_is_dead() says changed. */
bool next_hops_run(struct next_hops *);
void next_hops_wait(struct next_hops *);

#endif /* agent/node/next-hops.h */
