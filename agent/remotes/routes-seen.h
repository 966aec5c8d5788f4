/* Whether ovs-vswitchd's routing table is the one that has been seen before.
 * Then so are the ways to all remotes. */
#ifndef GA_ROUTES_SEEN_H
#define GA_ROUTES_SEEN_H 1

#include <stdbool.h>

#include "openvswitch/types.h"

struct local;

struct routes_seen {
    bool any;                       /* Else no table has been seen. */
    ovs_u128 hash;                  /* Of the last one. */
};

/* Notes the table 'text', as `ovs/route/show' writes it.  Returns whether it
 * is another one than the last, or 'local' has others of its devices. */
bool routes_seen_update(struct routes_seen *, const struct local *,
                        const char *text);

#endif /* agent/remotes/routes-seen.h */
