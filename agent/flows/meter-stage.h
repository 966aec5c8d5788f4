/* Meters for what an endpoint can make others do: replicate its broadcasts and
 * multicasts, and answer it with ICMP errors. */
#ifndef GA_METER_STAGE_H
#define GA_METER_STAGE_H 1

#include <stdbool.h>

struct agent;
struct m_endpoint;

/* If 'wanted', makes the meters of 'ep', which must have an OpenFlow port, and
 * the flows that lead through them; otherwise takes both away. */
void meter_stage_update(struct agent *, struct m_endpoint *ep, bool wanted);

#endif /* agent/flows/meter-stage.h */
