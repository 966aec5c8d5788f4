/* An endpoint sends from its own addresses only: FLOW_SPOOF, FLOW_SPOOF_IP,
 * FLOW_SPOOFED.
 *
 * Its own are its MAC, its IP addresses and the link-local address that EUI-64
 * makes of its MAC.  This holds in ARP and neighbour discovery, too, where it
 * may also send nothing unsolicited.  It is neither a DHCP server nor a router
 * to others, and sends no tags, no MPLS, and nothing that is for the next
 * bridge only.  Each endpoint has a counter of what is dropped. */
#ifndef GA_SPOOF_H
#define GA_SPOOF_H 1

struct flow_list;
struct m_endpoint;

/* Adds the flows that are the same for all endpoints. */
void spoof_add_static(struct flow_list *);

/* Adds the flows that let pass what an endpoint may send.  It must be local,
 * with an object and an OpenFlow port. */
void spoof_add_endpoint(const struct m_endpoint *, struct flow_list *);

#endif /* agent/flows/spoof.h */
