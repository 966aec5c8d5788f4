/* The option "service" (value service.vip): a packet that a gateway sends to a
 * backend of a service, and what the backend's node is to do with answers.
 *
 * The packet is as the client has sent it: its destination is the service's
 * address, and its MAC the backend's.  The option has 4 bytes:
 *
 *      flags (8 bits)  zero (8 bits)  port of the service (16 bits)
 *
 * The port is there because later fragments have none.
 *
 * The other one is Cilium's (value service.dsr; 0x014b/0x81, IPv4 only).  The
 * packet is translated to the backend already, and the option has the 8 bytes
 * that answers must come from:
 *
 *      address of the service (32 bits)  port (16 bits)  zero (16 bits)
 *
 * It says nothing of the way of answers: the backend's node answers itself. */
#ifndef GA_SERVICE_OPTION_H
#define GA_SERVICE_OPTION_H 1

#include <stdint.h>

/* Answer by the node's own attachment to the external network... */
#define SERVICE_OPTION_DIRECT 0x01
/* ...or through the gateway that the packet came by. */
#define SERVICE_OPTION_VIA 0x02

/* Where the flags are, in the option as a number of 32 bits. */
#define SERVICE_OPTION_FLAGS_OFS 24
#define SERVICE_OPTION_FLAGS_BITS 8

/* The option as a number: in network byte order it is what is sent. */
static inline uint32_t
service_option_encode(uint8_t flags, uint16_t port)
{
    return (uint32_t) flags << SERVICE_OPTION_FLAGS_OFS | port;
}

/* Where the members of Cilium's option are, as a number of 64 bits. */
#define SERVICE_DSR_IP_OFS 32
#define SERVICE_DSR_PORT_OFS 16

static inline uint64_t
service_option_encode_dsr(uint32_t ip, uint16_t port)
{
    return ((uint64_t) ip << SERVICE_DSR_IP_OFS
            | (uint64_t) port << SERVICE_DSR_PORT_OFS);
}

#endif /* lib/service-option.h */
