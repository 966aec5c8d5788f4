/* Which endpoints this node needs to know: those of the VPCs that have an
 * endpoint here.
 *
 * An interface's iface-id names an endpoint.  Until that endpoint is known, it
 * is watched by its name, and from then on all endpoints of its VPC are. */
#ifndef GA_INTEREST_H
#define GA_INTEREST_H 1

struct agent;
struct interest;

struct interest *interest_create(void);

/* Ends no watch.  NULL is fine. */
void interest_destroy(struct interest *);

/* Starts and ends watches as the model's plugged endpoints have it.  To be
 * called after model_run(). */
void interest_run(struct agent *);

#endif /* agent/publish/interest.h */
