/* What an endpoint sends to many: metered, before it is replicated. */
#ifndef GA_METER_STAGE_H
#define GA_METER_STAGE_H 1

#include <stdbool.h>

struct agent;
struct m_endpoint;
struct model;

/* Makes the meter of 'ep' and the flow of FLOW_METER that leads through it, if
 * 'wanted' and nve-bum-rate says so, or else takes them away. */
void meter_stage_update(struct agent *, struct m_endpoint *ep, bool wanted);

/* 'ep' is about to be freed: gives up its meter. */
void meter_stage_forget(struct model *, struct m_endpoint *ep);

#endif /* agent/meter-stage.h */
