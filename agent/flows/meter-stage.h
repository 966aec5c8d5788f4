/* What an endpoint can make others do, metered: replicate what it sends to a
 * group, and answer it with ICMP errors. */
#ifndef GA_METER_STAGE_H
#define GA_METER_STAGE_H 1

#include <stdbool.h>

struct agent;
struct m_endpoint;

/* Makes the meters of 'ep', which has an OpenFlow port, and the flows that
 * lead through them; or, unless 'wanted', takes them away. */
void meter_stage_update(struct agent *, struct m_endpoint *ep, bool wanted);

#endif /* agent/flows/meter-stage.h */
