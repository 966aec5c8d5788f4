/* The source stage: what options the packets of a local endpoint carry.
 *
 * Every option of its VPC's profile is set, whatever any remote takes: the
 * encapsulation stage takes away what was not negotiated.  An option that left
 * the profile is set for as long as some flow in force may send it
 * (source-set.h), so that a packet has the old form or the new one. */
#ifndef GA_SOURCE_STAGE_H
#define GA_SOURCE_STAGE_H 1

#include <stdbool.h>

struct agent;
struct tlv_plan;
struct m_endpoint;
struct m_vpc;
struct ofpbuf;

/* Appends to 'actions' those that set the options of the packets of 'ep',
 * which must be running; the plan has their indices.  Returns false if a
 * required option has no index: then these packets must not go out by that
 * plan. */
bool source_stage_build(const struct agent *, const struct tlv_plan *,
                        const struct m_endpoint *ep, struct ofpbuf *actions);

/* The same for packets that come into 'vpc' by a gateway: those of a sender of
 * type gateway, which has no other values. */
bool source_stage_build_gateway(const struct agent *,
                                const struct tlv_plan *,
                                const struct m_vpc *vpc,
                                struct ofpbuf *actions);

#endif /* agent/flows/source-stage.h */
