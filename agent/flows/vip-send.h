/* How packets for services' backends say to the bridge of a further plan what
 * the option "service" is to be: by their source MAC.
 *
 *      06:67:73 (24 bits)  flags (8 bits)  port of the service (16 bits) */
#ifndef GA_VIP_SEND_H
#define GA_VIP_SEND_H 1

struct ofpbuf;
struct sender_option;

/* The first half, which no virtual_mac() has, and where it is in the MAC as a
 * number. */
#define VIP_SEND_MAC 0x066773
#define VIP_SEND_MAC_OFS 24

/* Appends what makes such a packet one with the option at 'index', 'o', and
 * with the gateway's MAC again. */
void vip_send_put_option(const struct sender_option *o, unsigned int index,
                         struct ofpbuf *actions);

#endif /* agent/flows/vip-send.h */
