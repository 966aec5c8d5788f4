/* The option "service" (value service.vip): a packet that a gateway sends to a
 * backend of a service, and what the backend's node is to do with answers.
 *
 * The packet is as the client has sent it: its destination is the service's
 * address, and its MAC the backend's.  The option has 4 bytes:
 *
 *      flags (8 bits)  zero (8 bits)  port of the service (16 bits)
 *
 * The port is there because later fragments have none. */
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

#endif /* lib/service-option.h */
