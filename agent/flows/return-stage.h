/* Answers to what came from outside, in flows: they go back by the gateway's
 * node, the appliance or the floating IP that the connection came in by. */
#ifndef GA_RETURN_STAGE_H
#define GA_RETURN_STAGE_H 1

#include <stdbool.h>
#include <stdint.h>

#include "openvswitch/types.h"

struct agent;
struct flow_list;
struct gateway;
struct m_fip;
struct m_vpc;
struct ofpbuf;

/* Adds the flows of the VPC, which must be active, and takes the conntrack
 * zone that they need, if they are needed. */
void return_stage_add_vpc(struct agent *, struct m_vpc *, struct flow_list *);

/* Gives the zone back, if the VPC has one. */
void return_stage_release(struct agent *, struct m_vpc *);

/* Makes the groups of 'g', which is usable here, that its flows name, and adds
 * these flows. */
void return_stage_add_gateway(struct agent *, struct gateway *g,
                              struct flow_list *);

/* 'g' has no such flows: its groups go. */
void return_stage_forget_gateway(struct agent *, struct gateway *g);

/* The same flow for a floating IP that this node translates, if the VPC's
 * answers are led back. */
void return_stage_add_fip(const struct m_fip *, struct eth_addr mac,
                          struct flow_list *);

/* Appends: the packet came in by a gateway or floating IP of this node, or by
 * a remote's, and its source MAC says by which.  Only what began outside may
 * have that. */
void return_stage_put_entered(struct ofpbuf *actions);

/* The same for what an appliance passes on. */
void return_stage_put_passed_on(struct ofpbuf *actions);

#endif /* agent/flows/return-stage.h */
