/* Which gateways a turn's changes may be about. */
#ifndef GA_GATEWAY_AFFECTED_H
#define GA_GATEWAY_AFFECTED_H 1

struct gateways;
struct model;

/* Sets 'affected' of those that the model's changes may be about. */
void gateway_affected_mark(struct gateways *, const struct model *);

/* Sets it of all. */
void gateway_affected_mark_all(struct gateways *);

#endif /* agent/remotes/gateway-affected.h */
