/* The connections of gateways here: their conntrack zones, how many there may
 * be, and whether there were too many. */
#ifndef GA_GATEWAY_NAT_H
#define GA_GATEWAY_NAT_H 1

struct agent;
struct gateway;

/* Takes or gives back the zone of 'g', and sets its limit. */
void gateway_nat_update(struct agent *, struct gateway *);

/* Gives it back.  'name' is the gateway's, which may be gone. */
void gateway_nat_release(struct agent *, struct gateway *, const char *name);

/* Why this node cannot translate for 'g', for the caller to free; or NULL. */
char *gateway_nat_get_fault(const struct agent *, const struct gateway *);

/* Sets limits, and reads counters now and then. */
void gateway_nat_run(struct agent *);
void gateway_nat_wait(const struct agent *);

#endif /* agent/remotes/gateway-nat.h */
