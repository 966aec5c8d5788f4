/* What the numbers mean that OpenFlow ports can have.
 *
 * The pipeline marks packets by their ingress port, and conntrack zones have
 * 16 bits, too.  So some things that are no port stand for one, and real ports
 * must not get their numbers:
 *
 *   from 1          ports that Open vSwitch numbers by itself, endpoints'
 *                   among them (alloc_ofp_port() in ofproto.c).  The conntrack
 *                   zone of an endpoint is its port's number.
 *   from 0x8000     conntrack zones for NAT (agent/switch/nat-zones.h).  That
 *                   of a gateway is the ingress port of what comes in by it
 *                   (agent/flows/gateway-in.h).
 *   from 0xc000     tunnel ports of ours, which ask for these numbers
 *                   (agent/node/tunnel-numbers.h).
 *   from 0xff00     no ports, or reserved ones: OFPP_MAX, and more. */
#ifndef GA_PORT_SPACE_H
#define GA_PORT_SPACE_H 1

#define PORT_SPACE_ZONES 0x8000
#define PORT_SPACE_TUNNELS 0xc000
#define PORT_SPACE_END 0xff00

#endif /* lib/port-space.h */
