/* Packets that flows hand to the agent for an answer.
 *
 * What flows cannot do (ICMP errors, DHCP, router advertisements, names, and
 * with some datapaths neighbour advertisements), the agent does.  A flow that
 * wants a packet answered writes why into FLOW_REG_REASON and goes on to
 * FLOW_CONTROLLER, see controller_stage_put().  There each local endpoint has
 * one flow, which hands the packet over together with the endpoint's name,
 * within the endpoint's rate: an endpoint that floods gets few answers and
 * takes none from its neighbours.  agent/answers/packet-in.h receives what was
 * handed over. */
#ifndef GA_CONTROLLER_STAGE_H
#define GA_CONTROLLER_STAGE_H 1

#include <stdint.h>

struct flow_list;
struct m_endpoint;
struct ofpbuf;

/* Tells this agent from other controllers of the bridge: "ge". */
#define CONTROLLER_STAGE_ID 0x6765

/* Why a packet is handed over: the value of FLOW_REG_REASON, 0 for none. */
enum controller_stage_reason {
    CONTROLLER_STAGE_TTL = 1,       /* TTL or hop limit exceeded. */
    CONTROLLER_STAGE_NO_ROUTE,      /* No subnet has its destination. */
    CONTROLLER_STAGE_NO_HOST,       /* No endpoint has its destination. */
    CONTROLLER_STAGE_NO_PORT,       /* The gateway has no such service. */
    CONTROLLER_STAGE_TOO_BIG,       /* Larger than FLOW_REG_MTU. */
    CONTROLLER_STAGE_SOLICITATION,  /* Of a neighbour.  The source MAC has
                                     * been replaced by that neighbour's. */
    CONTROLLER_STAGE_EXT_HEARD,     /* ARP or ND: a neighbour on a provider
                                     * network says what its MAC is. */
    CONTROLLER_STAGE_EXT_UNKNOWN,   /* For a neighbour there whose MAC is not
                                     * known, see FLOW_REG_NEXT_HOP. */
    CONTROLLER_STAGE_DHCP4,         /* To a DHCP server. */
    CONTROLLER_STAGE_DHCP6,
    CONTROLLER_STAGE_ROUTER,        /* A router solicitation. */
    CONTROLLER_STAGE_DNS,           /* To a gateway that is a resolver. */
    CONTROLLER_STAGE_EXT_TOO_BIG,   /* From there, to a floating IP, and larger
                                     * than FLOW_REG_MTU. */
    CONTROLLER_STAGE_EXT_TTL,       /* The same, and TTL exceeded. */
    CONTROLLER_STAGE_EXT_SOLICITATION, /* Of an external address.  The source
                                     * MAC has been replaced by its. */
    CONTROLLER_STAGE_NAT_ERROR,     /* An ICMPv6 error that the datapath would
                                     * spoil by translating it. */
    CONTROLLER_STAGE_NO_SERVICE,    /* The service has no such port, or no
                                     * backends. */
    CONTROLLER_STAGE_PROBE,         /* An answer to a health check. */
    CONTROLLER_STAGE_N_REASONS
};

/* Returns "ttl", "noRoute" and so on, or "unknown". */
const char *controller_stage_reason_to_string(enum controller_stage_reason);

/* Appends to 'actions': hand the packet over for the given reason.  No actions
 * may follow. */
void controller_stage_put(struct ofpbuf *actions,
                          enum controller_stage_reason);

/* Adds the flow that hands over the packets of a local endpoint, which must
 * have an OpenFlow port.  'meter' is the id of a meter, or 0 for none.  The
 * flow with a meter takes precedence over the one without. */
void controller_stage_add_flow(const struct m_endpoint *, uint32_t meter,
                               struct flow_list *);

/* Appends to 'actions', which are empty: hand over what 'ep' has sent for the
 * given reason, past FLOW_CONTROLLER and the endpoint's rate there.  'meter'
 * as above. */
void controller_stage_put_directly(struct ofpbuf *actions,
                                   enum controller_stage_reason,
                                   uint32_t meter, const struct m_endpoint *);

#endif /* agent/flows/controller-stage.h */
