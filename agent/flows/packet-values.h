/* Options whose value is taken from each packet: packet.dscp and
 * packet.flowHash. */
#ifndef GA_PACKET_VALUES_H
#define GA_PACKET_VALUES_H 1

#include <stddef.h>

struct flow_list;
struct ofpbuf;
struct value_source;

/* Appends to 'actions' those that set the option at 'index' of the TLV map, of
 * 'length' bytes, to a value of the packet.  The source must be "packet.*" and
 * fit the length; value_source_from_json() makes sure of both. */
void packet_value_put(const struct value_source *, unsigned int index,
                      size_t length, struct ofpbuf *actions);

/* The same for an option that packet_value_put() has set already, where
 * nothing changes a packet any more before it is sent: appends what has to
 * wait for that.  Any source will do. */
void packet_value_put_last(const struct value_source *, unsigned int index,
                           struct ofpbuf *actions);

/* Adds the flows that the actions of packet_value_put() rely on, on each
 * bridge that has such actions. */
void packet_values_add_flows(struct flow_list *);

#endif /* agent/flows/packet-values.h */
