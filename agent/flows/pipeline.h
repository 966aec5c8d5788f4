/* The flows of the integration bridge.
 *
 * A packet that an endpoint sent goes through the left column, one that came
 * from a tunnel through the right one.  Both end with the same tables if the
 * packet is for an endpoint here:
 *
 *      FLOW_INPUT                                FLOW_INPUT
 *      FLOW_SPOOF, FLOW_SPOOF_IP: its addresses  FLOW_RECEIVE  VNI, O bit
 *      FLOW_EGRESS    services (below),          FLOW_LABEL    of the sender
 *                     connection tracking
 *      FLOW_NEIGHBOR  ARP and ND answered        FLOW_DELIVER
 *      FLOW_ROUTE     the gateway                     |
 *      FLOW_METER     of broadcast and multicast      |
 *      FLOW_EGRESS_POLICY, FLOW_EGRESS_TO,            |
 *      FLOW_EGRESS_ACL, FLOW_EGRESS_ACCEPT            |
 *      FLOW_FORWARD  ----- for an endpoint here ---->(*)
 *      FLOW_MTU       fits this remote?               |
 *      FLOW_TOO_BIG                              FLOW_POLICY, FLOW_ACL,
 *      FLOW_ENCAP     options, tunnel            FLOW_ACCEPT, FLOW_OUTPUT
 *
 * Each flow belongs to an owner (flow-owner.h), whose flows are replaced
 * together.  The file that makes it is in brackets.
 *
 * A packet of an endpoint to a service of its VPC goes on to one of the
 * service's backends, through tables of its own, before anything else looks
 * at where it goes; what comes back is translated last, in FLOW_OUTPUT:
 *
 *      FLOW_EGRESS   whose address             FLOW_OUTPUT  from a backend's
 *      FLOW_SERVICE  ct: its connection                     port
 *      FLOW_SERVICE_TO  back to FLOW_EGRESS    FLOW_SERVICE_BACK  ct: its
 *        new: FLOW_SERVICE_SHIFT, FLOW_SERVICE_PORT         connection
 *        a bucket: FLOW_SERVICE_CHOSEN         FLOW_OUTPUT
 *
 * A packet that comes from a provider network, or is to leave by one, goes
 * through tables of its own:
 *
 *      FLOW_INPUT   which network                FLOW_EXT_ROUTE     next hop
 *      FLOW_EXT_IN  neighbours heard             FLOW_EXT_NEIGHBOR  its MAC
 *      FLOW_EXT_ADDRESS  whose address           FLOW_EXT_SEND
 *
 * Who goes to FLOW_EXT_ROUTE has set FLOW_REG_EXTNET and the source MAC, and
 * has decremented the TTL.
 *
 *   table           owner     what
 *    0 FLOW_INPUT   endpoint  from an interface: VPC, profile, options;
 *                             or dropped if the endpoint is blocked
 *                             [endpoint-flows.c]
 *                   NVE       from a tunnel, source known: to FLOW_RECEIVE
 *                             [nve-flows.c]
 *                   extnet    from the patch port of its provider bridge, and
 *                             with its VLAN tag: to FLOW_EXT_IN [ext-flows.c]
 *    1 FLOW_SPOOF   static    what no endpoint may send: FLOW_SPOOFED
 *                   endpoint  its MAC, ARP, ND: FLOW_SPOOF_IP or FLOW_EGRESS
 *                             [spoof.c]
 *    2 FLOW_SPOOF_IP endpoint its source addresses: FLOW_EGRESS [spoof.c,
 *                             dhcp-stage.c]
 *    3 FLOW_EGRESS  static    tracks connections of an endpoint to which only
 *                             policies for ingress apply [policy-stage.c]
 *                   endpoint  DHCP, router solicitations: FLOW_CONTROLLER
 *                   VPC       ...and queries to its resolvers [dhcp-stage.c];
 *                             answers to itself by a service [service-stage.c]
 *                   service   to its address: FLOW_SERVICE [service-flows.c]
 *                   endpoint  answers to health checks: to the agent
 *                             [probe-stage.c]
 *    4 FLOW_NEIGHBOR endpoint answers ARP and ND for its addresses
 *                   VPC       ...and for its gateways
 *                   service   ...and for its address [neighbor.c]
 *    5 FLOW_ROUTE   VPC       to a gateway: answered, or an error [router.c]
 *                   VPC       may be an answer to the outside: to FLOW_RETURN
 *                             [return-stage.c]
 *                   endpoint  to the gateway's MAC and its address: routed
 *                   gateway   ...and in no subnet: by it [gateway-flows.c]
 *                   FIP       from its endpoint to no subnet: leaves by it
 *                             [fip-flows.c]
 *    6 FLOW_METER   endpoint  broadcast, multicast: no more than its rate
 *                             [meter-stage.c]
 *                   gateway   brought in by it, and begun outside: its MAC, by
 *                             which answers find back [gateway-in.c]
 *    7 FLOW_EXT_IN  extnet    what neighbours say of themselves: to the agent
 *                             [ext-flows.c, ext-neighbor-flows.c]
 *    8 FLOW_ADVERT  static    the second half of an ND answer [neighbor.c]
 *    9 FLOW_SPOOFED endpoint  what it may not send: dropped, counted
 *                             [spoof.c]
 *   10 FLOW_RECEIVE static    O bit: dropped (RFC 8926, section 3.4)
 *                             [flows.c]
 *                   VPC       VNI known: to FLOW_LABEL [vpc-flows.c]
 *   11 FLOW_SOURCE  VPC       from its subnets, or from an NVE that may bring
 *                             in what is from outside; else dropped
 *                             or, if it says that it is passed on and cannot
 *                             be, to FLOW_DISBELIEVED
 *                   gateway   ...with its MAC: FLOW_FLAG_RETURN
 *                   endpoint  an appliance: from its own address
 *                             [outside-stage.c]
 *   12 FLOW_LABEL   VPC       the label in the packet, or that it has none
 *                   endpoint  ...by the address, of a remote that does not
 *                             send labels [policy-stage.c]
 *   13 FLOW_EXT_ADDRESS       by external address: what this node has
 *                   gateway   its addresses: ARP and ND answered if they are
 *                             ours [gateway-owner.c]; IP: the way back
 *                             [gateway-in.c]
 *                   FIP       ARP and ND answered; packets: to FLOW_EXT_BACK
 *   14 FLOW_EXT_BACK gateway  translated back: VPC, options; to FLOW_ROUTE;
 *                             ICMPv6 errors that the agent has to translate:
 *                             FLOW_CONTROLLER [gateway-in.c]
 *                   FIP       translated to the endpoint's address; ICMPv6
 *                             errors that the agent translated [fip-errors.c]
 *                   static    was it? to FLOW_DELIVER [fip-flows.c]
 *   15 FLOW_DELIVER static    for the next bridge only: dropped [spoof.c]
 *                   endpoint  to a local MAC: FLOW_POLICY
 *                   VPC       broadcast, multicast: to all local endpoints
 *                             [replication.c]
 *                   gateway   to its MAC: FLOW_EXT_OUT [gateway-out.c]
 *   16 FLOW_EGRESS_POLICY     what endpoints send to which policies for egress
 *                             apply [egress-stage.c]
 *                   static    tracked, and to FLOW_EGRESS_TO; what others
 *                             send: FLOW_FORWARD
 *                   VPC       to its subnets: not to the outside
 *   17 FLOW_EGRESS_TO static  from a gateway, or to one, or to a group
 *                   endpoint  to it: its label set in FLOW_REG_TO
 *   18 FLOW_EGRESS_ACL static answers: FLOW_FORWARD
 *                   group     what its policies allow: FLOW_EGRESS_ACCEPT
 *                   endpoint  the rest: counted, to FLOW_REFUSE
 *   19 FLOW_EGRESS_ACCEPT     commits a new connection: FLOW_FORWARD
 *                   static    [policy-ct.c]
 *   20 FLOW_FORWARD FIP       to leave by it: to FLOW_EXT_OUT by way of
 *                             FLOW_TOO_BIG [fip-flows.c]
 *                   endpoint  to a local MAC: FLOW_POLICY; to a remote one:
 *                             which NVE, and to FLOW_MTU
 *                   VPC       broadcast, multicast: to local endpoints, and
 *                             one copy to each remote NVE [replication.c]
 *                   gateway   what is to leave by it: does it fit the network
 *                             outside?  to FLOW_GATEWAY
 *   22 FLOW_GATEWAY gateway   to the best candidate that is up: FLOW_MTU, or
 *                             FLOW_EXT_OUT if that is here; or FLOW_TOO_BIG
 *                             [gateway-flows.c]
 *                   gateway   answers: to FLOW_REG_NVE first [return-stage.c]
 *   21 FLOW_VIA     VPC       called by FLOW_ROUTE: which route is for the
 *                             destination, back to FLOW_METER
 *                   endpoint  ...if it is another one for what this sends
 *                             [route-stage.c]
 *   23 FLOW_HOP     VPC       which of a route's ways, by FLOW_REG_NEXT_HOP
 *                             [route-stage.c]
 *   24 FLOW_EXT_LOST gateway  a copy of an answer that the candidate does not
 *                             know: if it is for one here, to FLOW_ROUTE
 *                             [gateway-lost.c]
 *   25 FLOW_COPIES  VPC       more such copies, a part at a time
 *   26 FLOW_RETURN  gateway, FIP   answers: by which of its nodes they go
 *                   VPC       ...and by which appliance; the rest, back to
 *                             FLOW_ROUTE [return-stage.c]
 *   27 FLOW_DISBELIEVED
 *                   NVE       says of itself what it is not believed: dropped,
 *                             counted [outside-stage.c]
 *   28 FLOW_MTU     encap     (NVE, profile): how large a packet may be, and
 *                             whether this one is larger [mtu-stage.c]
 *   29 FLOW_TOO_BIG static    if it is larger: IP gets an ICMP error, other
 *                             packets are dropped [mtu-stage.c]
 *                   LoadBalancer
 *                             if not: to a backend by Cilium's option, it is
 *                             translated [vip-send.c]
 *   30 FLOW_ENCAP   encap     (NVE, profile): takes away the options that
 *                             were not negotiated, computes those that depend
 *                             on the packet as it leaves, and sends; or drops;
 *                             or hands over to the bridge of a further plan
 *                             (plan-flows.h) [encap-flows.c]
 *   31 FLOW_CLASS_OUT
 *                   classes   by the class's DSCP: the port that sends with
 *                             it; if there is none, the remote's
 *                             [class-flows.c; on the bridge of a further plan
 *                             plan-class-flows.c]
 *   32 FLOW_EXT_OUT gateway   by source: which external address, NAT
 *                   FIP       translated to the external address
 *   33 FLOW_EXT_SNAT gateway  translated: goes on; the rest: dropped, counted
 *                             [gateway-out.c]
 *                   static    the same for FIPs [fip-flows.c]
 *   34 FLOW_EXT_ROUTE
 *                   FIP, gateway   an address of this node: as if it came in
 *                   static    no host's address: dropped
 *                   extnet    which next hop: it is on the link, or behind a
 *                             router [ext-route.c]
 *   35 FLOW_EXT_NEIGHBOR
 *                   extnet    the next hop's MAC; if that is not known, to the
 *                             agent [ext-neighbor-flows.c]
 *   36 FLOW_EXT_SEND
 *                   extnet    VLAN tag, and out by the patch port
 *                             [ext-flows.c]
 *   37 FLOW_VIP     LoadBalancer
 *                             from outside to its external address: to a
 *                             backend, by a group [vip-gateway.c]
 *   38 FLOW_VIP_MASQ LoadBalancer
 *                             translated to a backend: from the gateway's
 *                             address in the VPC
 *   39 FLOW_VIP_IN  LoadBalancer
 *                             ...which then goes into the VPC
 *   54 FLOW_VIP_OPEN LoadBalancer
 *                             of an open connection: to a backend, if that
 *                             knows it, and on to others [vip-open.c]
 *   44 FLOW_VIP_SEND LoadBalancer
 *                             to a backend whose node does all of that:
 *                             options, to FLOW_MTU [vip-send.c]
 *   40 FLOW_POLICY  static    for an endpoint to which policies for ingress
 *                             apply: tracked, and to FLOW_ACL; for others:
 *                             FLOW_OUTPUT [policy-stage.c]
 *                   VPC       from its subnets: not from the outside
 *                   endpoint  the same, if it is in no subnet
 *   41 FLOW_ACL     static    answers: FLOW_OUTPUT
 *                   group     what its policies allow: FLOW_ACCEPT
 *                             [policy-group.c]
 *                   endpoint  the rest: counted, to FLOW_REFUSE
 *   42 FLOW_ACCEPT  static    commits a new connection [policy-ct.c]
 *   43 FLOW_REFUSE  static    dropped; the connection, if there is one, is
 *                             marked [policy-ct.c]
 *   45 FLOW_SERVICE VPC       to a service: in its zones; echo requests are
 *                             answered [service-stage.c]
 *   46 FLOW_SERVICE_TO static translated: back to FLOW_EGRESS; new ones that
 *                             no service takes: to the agent
 *                   endpoint  translated to itself: back to it
 *                             [service-stage.c]
 *                   service   new ones: by port, to a backend
 *                             [service-flows.c]
 *   47 FLOW_SERVICE_SHIFT     called for new ones
 *                   static    which half of the ports theirs is in
 *   48 FLOW_SERVICE_PORT
 *                   endpoint  it gets one of the other half [service-stage.c]
 *   49 FLOW_SERVICE_CHOSEN
 *                   static    a bucket has translated it: FLOW_SERVICE_TO
 *                             [service-stage.c]
 *   50 FLOW_OUTPUT  static    to the port in FLOW_REG_OUT [flows.c]
 *                   VPC       ...with FLOW_FLAG_RETURN: notes where it came
 *                             from [return-stage.c]
 *                   port      from a port of backends: FLOW_SERVICE_BACK
 *                             [service-ports.c]
 *                   VPC       ...and ICMP errors, fragments
 *   53 FLOW_SERVICE_BACK
 *                   VPC       translated as its connection is, if it belongs
 *                             to one of a service: back to FLOW_OUTPUT
 *                             [service-stage.c]
 *                   classes   where there is any: FLOW_SEND [class-flows.c]
 *                   endpoint  if it has limits: FLOW_SEND [limit-stage.c]
 *   51 FLOW_LIMIT   endpoint  called by FLOW_INPUT and FLOW_SEND: no more
 *                             kilobits than a QoSPolicy says [limit-stage.c]
 *   52 FLOW_LIMIT_PACKETS     ...and no more packets
 *                   endpoint  [limit-stage.c]
 *   55 FLOW_SEND    static    to the port in FLOW_REG_OUT [flows.c]
 *                   classes   ...with the class as its mark [class-flows.c]
 *                   endpoint  ...through its meters [limit-stage.c]
 *   58 FLOW_INNER_DSCP
 *                   VPC       called by FLOW_RECEIVE: restores the DSCP that
 *                             an option carries [qos-stage.c]
 *   59 FLOW_CLASS   classes   called by FLOW_RECEIVE: which queue the packets
 *                             of a class wait in [class-flows.c]
 *   56 FLOW_DSR     LoadBalancer
 *                             from a gateway, to a backend here: translated
 *                             to it [vip-backend.c]
 *   57 FLOW_DSR_BACK LoadBalancer
 *                             an answer to such: leaves here, or by the
 *                             gateway
 *                   VPC       what is none: FLOW_ROUTE
 *   62 FLOW_VIP_VIA LoadBalancer
 *                             translated, and to leave by the gateway
 *   60 FLOW_DSCP    static    called by FLOW_INPUT, for options that carry it:
 *                             fills FLOW_REG_DSCP [packet-values.c]
 *   61 FLOW_CONTROLLER
 *                   endpoint  hands its packets over to the agent, which
 *                             answers them for the reason in FLOW_REG_REASON
 *                             [controller-stage.c], no more than its rate
 *                             [meter-stage.c]
 *                   extnet    hands over what has to do with its neighbours,
 *                             and with ICMP errors [ext-flows.c]
 *
 * In FLOW_EGRESS, FLOW_NEIGHBOR, FLOW_ROUTE, FLOW_METER, FLOW_LABEL, FLOW_MTU
 * and FLOW_TOO_BIG, a packet that matches none of these flows goes on to the
 * next table [flows.c].  In all others it is dropped.
 *
 * Nothing that came from a tunnel goes to a tunnel, so an option that was
 * received is never sent on.
 *
 * There is one flow for each remote endpoint, and one for each (remote,
 * profile).  When a remote takes other options than before, only the latter
 * change. */
#ifndef GA_PIPELINE_H
#define GA_PIPELINE_H 1

#include <stdint.h>

#include "openvswitch/meta-flow.h"

struct match;

enum flow_table_id {
    FLOW_INPUT = 0,
    FLOW_SPOOF = 1,
    FLOW_SPOOF_IP = 2,
    FLOW_EGRESS = 3,
    FLOW_NEIGHBOR = 4,
    FLOW_ROUTE = 5,
    FLOW_METER = 6,
    FLOW_EXT_IN = 7,
    FLOW_ADVERT = 8,
    FLOW_SPOOFED = 9,
    FLOW_RECEIVE = 10,
    FLOW_SOURCE = 11,
    FLOW_LABEL = 12,
    FLOW_EXT_ADDRESS = 13,
    FLOW_EXT_BACK = 14,
    FLOW_DELIVER = 15,
    FLOW_EGRESS_POLICY = 16,
    FLOW_EGRESS_TO = 17,
    FLOW_EGRESS_ACL = 18,
    FLOW_EGRESS_ACCEPT = 19,
    FLOW_FORWARD = 20,
    FLOW_VIA = 21,
    FLOW_GATEWAY = 22,
    FLOW_EXT_LOST = 24,
    FLOW_HOP = 23,
    FLOW_COPIES = 25,
    FLOW_RETURN = 26,
    FLOW_DISBELIEVED = 27,
    FLOW_MTU = 28,
    FLOW_TOO_BIG = 29,
    FLOW_ENCAP = 30,
    FLOW_CLASS_OUT = 31,
    FLOW_EXT_OUT = 32,
    FLOW_EXT_SNAT = 33,
    FLOW_EXT_ROUTE = 34,
    FLOW_EXT_NEIGHBOR = 35,
    FLOW_EXT_SEND = 36,
    FLOW_VIP = 37,
    FLOW_VIP_MASQ = 38,
    FLOW_VIP_IN = 39,
    FLOW_POLICY = 40,
    FLOW_ACL = 41,
    FLOW_ACCEPT = 42,
    FLOW_REFUSE = 43,
    FLOW_VIP_SEND = 44,
    FLOW_SERVICE = 45,
    FLOW_SERVICE_TO = 46,
    FLOW_SERVICE_SHIFT = 47,
    FLOW_SERVICE_PORT = 48,
    FLOW_SERVICE_CHOSEN = 49,
    FLOW_OUTPUT = 50,
    FLOW_SERVICE_BACK = 53,
    FLOW_LIMIT = 51,
    FLOW_LIMIT_PACKETS = 52,
    FLOW_VIP_OPEN = 54,
    FLOW_SEND = 55,
    FLOW_INNER_DSCP = 58,
    FLOW_CLASS = 59,
    FLOW_DSR = 56,
    FLOW_DSR_BACK = 57,
    FLOW_DSCP = 60,
    FLOW_CONTROLLER = 61,
    FLOW_VIP_VIA = 62,
};

/* FLOW_PRI_DEFAULT: what no other flow of a table matches.  FLOW_PRI_HIGH:
 * an exception to FLOW_PRI_NORMAL. */
enum {
    FLOW_PRI_DEFAULT = 0,
    FLOW_PRI_NORMAL = 100,
    FLOW_PRI_HIGH = 200,
};

#define FLOW_REG_VNI MFF_METADATA   /* The VPC, as its VNI. */
#define FLOW_REG_NVE MFF_REG0       /* The remote, as its entity's 'id'. */
#define FLOW_REG_PROFILE MFF_REG1   /* The profile, as its entity's 'id'. */
#define FLOW_REG_COPIES MFF_REG2    /* Which part of the copies FLOW_COPIES
                                     * makes. */
#define FLOW_REG_TO MFF_REG2        /* Up to FLOW_FORWARD: the label set of the
                                     * receiver, by its 'id' (model-label.h);
                                     * 0: none. */
#define FLOW_REG_FLAGS MFF_REG3     /* FLOW_FLAG_*. */
#define FLOW_REG_MTU MFF_REG4       /* Of the way to the remote, bytes. */
#define FLOW_REG_WAY MFF_REG4       /* From FLOW_ENCAP on: by which of our
                                     * addresses, and to which UDP port; see
                                     * class_ports_get_way(). */
#define FLOW_REG_OUT MFF_REG5       /* Low half: an OpenFlow port, also used
                                     * as conntrack zone; above: FLOW_OUT_*.
                                     * Up to FLOW_FORWARD those of the sender,
                                     * or 0 if no policy selects it; from then
                                     * on those of a local receiver; in
                                     * FLOW_CLASS_OUT the remote's tunnel. */
#define FLOW_REG_SRC_LABEL MFF_REG6 /* Policy label of the sender, 0: none. */
#define FLOW_REG_POLICY MFF_REG7    /* Policies of the receiver, up to
                                     * FLOW_FORWARD of the sender: their group,
                                     * by its 'id' (model-policy.h). */
#define FLOW_REG_REASON MFF_REG8    /* Why FLOW_CONTROLLER hands it over. */
#define FLOW_REG_EXTNET MFF_REG9    /* The ExternalNetwork, as its entity's
                                     * 'id'. */
#define FLOW_REG_GATEWAY MFF_REG10  /* The VPCGateway or FloatingIP by which it
                                     * leaves, or is to leave or come in, as
                                     * its entity's 'id'. */
#define FLOW_REG_NEXT_HOP MFF_REG11 /* From FLOW_EXT_ROUTE on: a neighbour's
                                     * address, IPv4... */
#define FLOW_REG_SERVICE MFF_REG11  /* For a service's backend: the option
                                     * "service" (lib/service-option.h). */
#define FLOW_REG_NEXT_HOP6 MFF_XXREG3 /* ...or IPv6. */
#define FLOW_REG_CLASS MFF_REG13    /* QoS class of the sender, 0: none. */
#define FLOW_REG_QOS MFF_REG14      /* Up to FLOW_EXT_ROUTE: FLOW_QOS_*. */
#define FLOW_REG_DSCP MFF_REG15     /* The packet's DSCP, from FLOW_DSCP. */

/* Bits of FLOW_REG_QOS. */
#define FLOW_QOS_DSCP_BITS 6        /* From bit 0 on: outer DSCP... */
#define FLOW_QOS_HAS_DSCP 6         /* ...which is not 0. */
#define FLOW_QOS_UNIFORM 7          /* It is the inner one, too, where that is
                                     * restored. */

/* Bits of FLOW_REG_FLAGS. */
#define FLOW_FLAG_TOO_BIG 0         /* Larger than FLOW_REG_MTU. */
#define FLOW_FLAG_UNKNOWN_PEER 1    /* No policy can allow it: it must have a
                                     * label and has none, or its MAC and IP
                                     * addresses are not of one receiver. */
#define FLOW_FLAG_TO_EXTERNAL 2     /* To an address outside of the VPC. */
#define FLOW_FLAG_FROM_EXTERNAL 3   /* From one. */
#define FLOW_FLAG_FIP 4             /* By a floating IP of this node. */
#define FLOW_FLAG_ADVERT 5          /* An answer to a neighbour outside, to be
                                     * completed. */
#define FLOW_FLAG_NO_VIA 8          /* No route of the VPC is for it. */
#define FLOW_FLAG_RETURN 9          /* Answers go to FLOW_REG_NVE and the
                                     * source MAC, of a gateway or floating
                                     * IP... */
#define FLOW_FLAG_PASSED_ON 10      /* ...or of an appliance. */
#define FLOW_FLAG_NO_RETURN 11      /* It is no such answer. */
#define FLOW_FLAG_BEGUN_OUTSIDE 12  /* Of a connection that was. */
#define FLOW_FLAG_SERVED 13         /* Translated by a service, or found not
                                     * to belong to any. */
#define FLOW_FLAG_SERVICE_HIGH 14   /* To a service: the client's port is in
                                     * the upper half... */
#define FLOW_FLAG_SERVICE_HIGH_NOW 15   /* ...and so is the one that it has
                                     * now. */
#define FLOW_FLAG_HAIRPIN 16        /* Goes back to where it came from. */
#define FLOW_FLAG_COPY 20           /* Not the last copy of a packet. */
#define FLOW_FLAG_NO_DSR 17         /* No answer of a service that has an
                                     * external address. */

/* Bits of FLOW_REG_OUT: which policies apply to the endpoint. */
#define FLOW_OUT_INGRESS (UINT32_C(1) << 16)
#define FLOW_OUT_EGRESS (UINT32_C(1) << 17)

/* Makes 'match' match all packets of the VPC with VNI 'vni', in tables after
 * FLOW_INPUT or FLOW_RECEIVE. */
void pipeline_init_match(struct match *, uint32_t vni);

/* Makes 'match' match all packets of the ExternalNetwork with that 'id', in
 * tables where FLOW_REG_EXTNET is set. */
void pipeline_init_extnet(struct match *, uint32_t id);

/* Makes 'match' match all packets that leave or come in by what has that 'id'
 * (FLOW_REG_GATEWAY), in tables where it is set. */
void pipeline_init_gateway(struct match *, uint32_t id);

#endif /* agent/flows/pipeline.h */
