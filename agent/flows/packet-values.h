/* Options whose value is taken from each packet: packet.dscp and
 * packet.flowHash. */
#ifndef GA_PACKET_VALUES_H
#define GA_PACKET_VALUES_H 1

#include <stddef.h>

struct flow_list;
struct ofpbuf;
struct value_source;

/* Appends to 'actions' those that set option 'index', of 'length' bytes in the
 * TLV map, to what the packet says.  The source must be one of a packet, and
 * fit, as value_source_from_json() makes sure. */
void packet_value_put(const struct value_source *, unsigned int index,
                      size_t length, struct ofpbuf *actions);

/* Adds the flows that packet_value_put() relies on.  Each bridge that has an
 * action of it needs them. */
void packet_values_add_flows(struct flow_list *);

#endif /* agent/flows/packet-values.h */
