/* Which endpoints we need to know: those of the VPCs that have one here.
 *
 * An interface's iface-id names an endpoint.  Until that is known it is
 * watched by its name; from then on its VPC's endpoints are watched, all of
 * them. */
#ifndef GA_INTEREST_H
#define GA_INTEREST_H 1

#include <stdbool.h>

#include "hmapx.h"
#include "sset.h"

struct agent;

struct interest {
    struct sset endpoints;          /* Watched by name. */
    struct sset vpcs;               /* Watched as a whole. */
};

void interest_init(struct interest *);
void interest_destroy(struct interest *);

/* Starts and ends watches. */
void interest_run(struct agent *);

#endif /* agent/publish/interest.h */
