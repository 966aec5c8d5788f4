/* Meters for what an endpoint can make others do: replicate its broadcasts and
 * multicasts, and answer it with ICMP errors. */
#ifndef GA_METER_STAGE_H
#define GA_METER_STAGE_H 1

#include <stdbool.h>
#include <stdint.h>

#include "agent/switch/meter-band.h"
#include "openvswitch/types.h"

struct agent;
struct m_endpoint;
struct ofctrl;

/* If 'wanted', makes the meters of 'ep', which must have an OpenFlow port, and
 * the flows that lead through them; otherwise takes both away. */
void meter_stage_update(struct agent *, struct m_endpoint *ep, bool wanted);

/* Wants meter 'id' with 'band' for 'owner', a name, instead of '*meter', and
 * notes it there.  0 stands for none. */
void meter_stage_replace(struct ofctrl *, uint32_t *meter, uint32_t id,
                         struct meter_band band, const char *owner);

/* The same for a meter of 'ep'. */
void meter_stage_replace_of(struct ofctrl *, const struct m_endpoint *ep,
                            uint32_t *meter, uint32_t id,
                            struct meter_band band);

/* The ids of two meters that belong to a port of the integration bridge. */
#define METER_STAGE_N 2
uint32_t meter_stage_get_id(ofp_port_t, unsigned int i);

/* The ids of further meters of that port: of the limits that a QoSPolicy sets
 * for the endpoint there. */
#define METER_STAGE_N_LIMITS 4
uint32_t meter_stage_get_limit_id(ofp_port_t, unsigned int i);

/* The id of that port's meter for answers to health checks. */
uint32_t meter_stage_get_probe_id(ofp_port_t);

/* Packets a second, and size of a burst, that a port may have handed over to
 * the agent: less than the 100 packets that the switch queues. */
#define METER_STAGE_PACKET_IN_RATE 60

#endif /* agent/flows/meter-stage.h */
