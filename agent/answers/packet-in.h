/* Packets that the switch hands to the agent (controller-stage.h), and answers
 * that the agent sends.
 *
 * The connection to the integration bridge is a second one, next to ofctrl's:
 * packets wait for nothing there, and hold nothing up.  While it is down,
 * packets are dropped; what needs no answer goes on. */
#ifndef GA_PACKET_IN_H
#define GA_PACKET_IN_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/flows/controller-stage.h"
#include "openvswitch/types.h"

struct json;
struct packet_ins;

struct packet_in {
    enum controller_stage_reason reason;
    const char *endpoint;           /* That sent it: the Endpoint's name. */
    ofp_port_t in_port;
    uint32_t vni;
    uint32_t mtu;                   /* FLOW_REG_MTU. */
    const uint8_t *frame;           /* The first 'len' bytes of it. */
    size_t len;
};

struct packet_ins *packet_ins_create(void);
void packet_ins_destroy(struct packet_ins *);

/* Which bridge; NULL: none. */
void packet_ins_set_bridge(struct packet_ins *, const char *bridge);

/* Calls 'cb' for the packets that have come, of which one turn takes a bounded
 * number.  Malformed ones are counted and dropped.  'cb' says whether it dealt
 * with the packet, or dropped it, and may use packet_ins_send(). */
void packet_ins_run(struct packet_ins *,
                    bool (*cb)(const struct packet_in *, void *aux),
                    void *aux);
void packet_ins_wait(struct packet_ins *);

/* Sends 'frame' out of 'port', past all flows.  Dropped, and counted, if the
 * switch does not take what was sent before. */
void packet_ins_send(struct packet_ins *, ofp_port_t port, const void *frame,
                     size_t len);

/* {"connected", "received", "handled", "dropped", "sent", "reasons": {name:
 * packets received}} */
struct json *packet_ins_status_json(const struct packet_ins *);

#endif /* agent/answers/packet-in.h */
