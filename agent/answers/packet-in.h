/* Packets that flows hand to the agent (see controller-stage.h), and answers
 * that it sends.
 *
 * They have a connection to the integration bridge of their own, next to
 * ofctrl's: packets do not wait for changes of flows, nor the other way round.
 * While the connection is down, packets are dropped, and whatever needs no
 * answer goes on. */
#ifndef GA_PACKET_IN_H
#define GA_PACKET_IN_H 1

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/flows/controller-stage.h"
#include "openvswitch/types.h"

struct json;
struct ofp_header;
struct packet_ins;

struct packet_in {
    enum controller_stage_reason reason;
    const char *endpoint;           /* Name of the Endpoint that sent it, or
                                     * of the ExternalNetwork. */
    ofp_port_t in_port;
    uint32_t vni;
    uint32_t mtu;                   /* FLOW_REG_MTU. */
    struct in6_addr next_hop;       /* FLOW_REG_NEXT_HOP, mapped, or
                                     * FLOW_REG_NEXT_HOP6; by the packet's
                                     * family. */
    uint32_t extnet;                /* FLOW_REG_EXTNET, 0: it is in none. */
    uint32_t gateway;               /* FLOW_REG_GATEWAY. */
    struct in6_addr ct_src;         /* Who began the connection that it belongs
                                     * to, or "::", and from which port. */
    ovs_be16 ct_port;
    const uint8_t *frame;           /* The first 'len' bytes of it. */
    size_t len;
};

/* Decodes a message of the type OFPTYPE_PACKET_IN.  Returns NULL and fills in
 * '*p', which refers to the message and to '*name'; or else why it is of no
 * use.  '*name' is for the caller to free in any case. */
const char *packet_in_decode(const struct ofp_header *, struct packet_in *p,
                             char **name);

struct packet_ins *packet_ins_create(void);
void packet_ins_destroy(struct packet_ins *);

/* Sets the bridge to take packets from (NULL: none). */
void packet_ins_set_bridge(struct packet_ins *, const char *bridge);

/* Calls 'cb' for the packets that have come; one turn takes a bounded number
 * of them.  Malformed ones are counted and dropped.  'cb' returns true if it
 * dealt with the packet, false if it dropped it, and may call
 * packet_ins_send(). */
void packet_ins_run(struct packet_ins *,
                    bool (*cb)(const struct packet_in *, void *aux),
                    void *aux);
void packet_ins_wait(struct packet_ins *);

/* Sends 'frame' out of 'port', bypassing all flows.  Drops it if there is no
 * connection, or if the switch is slow to take what was sent before. */
void packet_ins_send(struct packet_ins *, ofp_port_t port, const void *frame,
                     size_t len);

/* The same out of each of 'n' ports. */
void packet_ins_send_copies(struct packet_ins *, const ofp_port_t *ports,
                            size_t n, const void *frame, size_t len);

/* Hands 'frame' to the flows of 'table', with 'extnet' in FLOW_REG_EXTNET, as
 * packet_ins_send() would send it. */
void packet_ins_send_ext(struct packet_ins *, uint8_t table, uint32_t extnet,
                         const void *frame, size_t len);

/* The same, with 'gateway' in FLOW_REG_GATEWAY.  Flows know such packets by
 * their ingress port, OFPP_CONTROLLER. */
void packet_ins_send_gateway(struct packet_ins *, uint8_t table,
                             uint32_t extnet, uint32_t gateway,
                             const void *frame, size_t len);

/* Sends 'frame' out of 'port' as an answer from the VPC with that VNI, which
 * must have services: translated back if it is about a connection of one. */
void packet_ins_send_back(struct packet_ins *, uint32_t vni, ofp_port_t port,
                          const void *frame, size_t len);

/* Whether what is sent now will reach the switch. */
bool packet_ins_can_send(const struct packet_ins *);

/* Whether the last packet_ins_run() left no packet for the next one. */
bool packet_ins_is_drained(const struct packet_ins *);

/* Returns a number for the present connection: it changes when that is
 * lost. */
unsigned int packet_ins_get_connection(const struct packet_ins *);

/* {"connected", "received", "handled", "dropped", "sent", "reasons": {name:
 * packets received}} */
struct json *packet_ins_status_json(const struct packet_ins *);

#endif /* agent/answers/packet-in.h */
