/* What a switch would do with a packet, by the flows that it is to have.
 *
 * As `ovs-appctl ofproto/trace`, without a switch: a packet is described by
 * its fields, goes through the tables, and what becomes of it is one line.  It
 * knows the actions that our flows have, and stops the test at any other.
 * There is no conntrack: who describes a packet says its state, too. */
#ifndef GA_TESTS_FLOW_EVAL_H
#define GA_TESTS_FLOW_EVAL_H 1

#include "openvswitch/ofp-parse.h"

struct flow_eval;
struct index_map;
struct ofpbuf;
struct match;

/* A bridge, whose tunnel options are those of 'map'.  Its ports from
 * 'first_tunnel' on are tunnels. */
struct flow_eval *flow_eval_create(const struct index_map *map,
                                   uint16_t first_tunnel);
void flow_eval_destroy(struct flow_eval *);

/* A flow of it. */
void flow_eval_add(struct flow_eval *, uint8_t table, uint16_t priority,
                   const struct match *, const struct ofpbuf *ofpacts);

/* What is sent to 'port' comes from port 'peer_port' of 'peer', with its
 * pkt_mark and nothing else that is not in the packet. */
void flow_eval_connect(struct flow_eval *, ofp_port_t port,
                       const struct flow_eval *peer, ofp_port_t peer_port);

/* What becomes of a packet.  It is written as ovs-ofctl writes a match, with
 * two fields more, both in front:
 *
 *     bytes=1500                  its length, with the Ethernet header (100)
 *     option(0xff01/0x81)=0x65    a tunnel option that it has
 *
 * and "ct_state" is what conntrack will say (new|trk), as soon as it is asked.
 *
 * The result is where it goes, in the order of actions: "port 2", "port 1002
 * (tun_id 5200, 0xff01/0x81=0x00000065)", "controller reason 3".  Where fields
 * of the packet are no longer what they were, it goes on with " as " and the
 * packet.  "dropped in table 9" if it goes nowhere.  Of many copies only the
 * first and the last one are shown. */
char *flow_eval_packet(const struct flow_eval *, const char *packet);

#endif /* tests/unit/flow-eval.h */
