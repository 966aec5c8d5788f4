/* The flows of QoS classes, which no endpoint and no remote has to itself. */
#ifndef GA_CLASS_FLOWS_H
#define GA_CLASS_FLOWS_H 1

#include <stdint.h>

#include "openvswitch/types.h"

struct agent;
struct flow_list;

/* Makes them again if class_ports_run() found that they may have changed. */
void class_flows_run(struct agent *);

/* For FLOW_CLASS_OUT of any bridge: packets with 'way' in FLOW_REG_WAY and a
 * class with 'dscp' leave by 'port'. */
void class_flows_add_port(uint32_t way, uint8_t dscp, ofp_port_t port,
                          struct flow_list *);

/* The same, of those for which there is no such port. */
void class_flows_add_default(struct flow_list *);

#endif /* agent/flows/class-flows.h */
