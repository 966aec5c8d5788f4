/* Packets that the switch hands to the agent, and answers that it sends.
 *
 * What flows cannot do (ICMP errors, and with some datapaths neighbour
 * advertisements) is done here.  A flow that wants a packet
 * answered says why in FLOW_REG_REASON and goes on to FLOW_CONTROLLER, see
 * put_packet_in().  There each local endpoint has one flow, which hands the
 * packet over together with the endpoint's name, within the endpoint's rate:
 * one that floods gets few answers and takes none from its neighbours.
 *
 * The connection to the integration bridge is a second one, next to ofctrl's:
 * packets wait for nothing there, and hold nothing up.  While it is down,
 * packets are dropped; what needs no answer goes on. */
#ifndef GA_PACKET_IN_H
#define GA_PACKET_IN_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/token-bucket.h"
#include "openvswitch/types.h"

struct flow_list;
struct json;
struct m_endpoint;
struct ofpbuf;
struct packet_ins;

/* Why a packet is handed over: the value of FLOW_REG_REASON, 0 for none. */
enum packet_in_reason {
    PACKET_IN_TTL = 1,              /* Time, or the hop limit, is exceeded. */
    PACKET_IN_NO_ROUTE,             /* No subnet has its destination. */
    PACKET_IN_NO_HOST,              /* No endpoint has it. */
    PACKET_IN_NO_PORT,              /* The gateway has no such service. */
    PACKET_IN_TOO_BIG,              /* Larger than FLOW_REG_MTU. */
    PACKET_IN_SOLICITATION,         /* For a neighbour, whose MAC is in the
                                     * place of the sender's. */
    PACKET_IN_N_REASONS
};
const char *packet_in_reason_to_string(enum packet_in_reason);

struct packet_in {
    enum packet_in_reason reason;
    const char *endpoint;           /* That sent it: the Endpoint's name. */
    ofp_port_t in_port;
    uint32_t vni;
    uint32_t mtu;                   /* FLOW_REG_MTU. */
    const uint8_t *frame;           /* The first 'len' bytes of it. */
    size_t len;
};

/* What an endpoint may cause. */
struct packet_in_limit {
    struct token_bucket bucket;
    uint64_t n_dropped;             /* Beyond it. */
};
void packet_in_limit_init(struct packet_in_limit *);
/* Whether one more packet may be answered. */
bool packet_in_limit_admit(struct packet_in_limit *);

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

/* Flows. */

/* Appends: hand the packet over for 'reason', and be done with it. */
void put_packet_in(struct ofpbuf *actions, enum packet_in_reason);

/* The flow of a local endpoint with an OpenFlow port; with a 'meter' (an id;
 * 0: none) it goes before the one without. */
void packet_in_add_flow(const struct m_endpoint *, uint32_t meter,
                        struct flow_list *);

#endif /* agent/answers/packet-in.h */
