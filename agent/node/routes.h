/* Routes to underlay addresses, as the kernel has them. */
#ifndef GA_ROUTES_H
#define GA_ROUTES_H 1

#include <netinet/in.h>
#include <stdbool.h>

struct kernel_events;
struct routes;

struct route {
    int if_index;                   /* Of the device that they leave by. */
    struct in6_addr hop;            /* Who gets the packets next: a gateway,
                                     * or the address itself. */
};

/* 'kernel_events' must outlive the result. */
struct routes *routes_create(struct kernel_events *);
void routes_destroy(struct routes *);

/* Returns true if routes or rules may have changed since the last call. */
bool routes_run(struct routes *);
void routes_wait(struct routes *);

/* Asks the kernel for the route from 'from' to 'to' (IPv4 as mapped
 * addresses).  Returns 0, or an errno value: ENETUNREACH, EHOSTUNREACH, EACCES
 * or EINVAL if there is none, or one that says that packets are not let
 * through. */
int routes_lookup(const struct in6_addr *to, const struct in6_addr *from,
                  struct route *);

#endif /* agent/node/routes.h */
