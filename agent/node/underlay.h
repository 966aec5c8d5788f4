/* The underlay's devices: which one has an address, and its MTU. */
#ifndef GA_UNDERLAY_H
#define GA_UNDERLAY_H 1

#include <netinet/in.h>
#include <stdbool.h>

struct kernel_events;
struct underlay;

/* 'kernel_events' must outlive the result. */
struct underlay *underlay_create(struct kernel_events *);
void underlay_destroy(struct underlay *);

/* Returns true if what the functions below say may have changed since the last
 * call.  Nothing is known before the first call.  underlay_wait() wakes up
 * when an address comes or goes or a device that has one changes. */
bool underlay_run(struct underlay *);
void underlay_wait(struct underlay *);

/* Counts the calls of underlay_run() that returned true. */
unsigned int underlay_get_seqno(const struct underlay *);

/* Returns the MTU of the device that has 'ip' (IPv4 as a mapped address), or 0
 * if no device has it.  If 'device' is nonnull, stores the device's name, for
 * the caller to free, or NULL. */
int underlay_get_mtu(const struct underlay *, const struct in6_addr *ip,
                     char **device);

/* Whether a device that has 'ip' is up, and has a carrier. */
bool underlay_is_up(const struct underlay *, const struct in6_addr *ip);

#endif /* agent/node/underlay.h */
