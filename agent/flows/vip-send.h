/* The source MACs of packets for services' backends at other nodes.
 *
 * Those that leave tell packets with a service's option from those for who
 * knows the connection, and both from all else that the gateway's node sends
 * to a backend.  The option alone does not on the kernel's datapath: a
 * datapath flow that ovs-vswitchd makes of a packet without options takes
 * packets with any.  So what the receiver does with packets that have no
 * options must depend on something else.  It gives them GATEWAY_MAC again.
 *
 * To the bridge of a further plan the source MAC says what the option
 * "service" is to be:
 *
 *      06:67:73 (24 bits)  flags (8 bits)  port of the service (16 bits) */
#ifndef GA_VIP_SEND_H
#define GA_VIP_SEND_H 1

struct ofpbuf;
struct sender_option;

/* No virtual_mac() is one of these. */
#define VIP_SEND_OPTION_MAC ETH_ADDR_C(06,67,65,6e,65,01)
#define VIP_SEND_IF_KNOWN_MAC ETH_ADDR_C(06,67,65,6e,65,02)

/* The first half, which no virtual_mac() has, and where it is in the MAC as a
 * number. */
#define VIP_SEND_MAC 0x066773
#define VIP_SEND_MAC_OFS 24

/* Appends what makes such a packet one with the option at 'index', 'o', and
 * with VIP_SEND_OPTION_MAC. */
void vip_send_put_option(const struct sender_option *o, unsigned int index,
                         struct ofpbuf *actions);

#endif /* agent/flows/vip-send.h */
