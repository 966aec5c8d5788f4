/* What a switch that has certain flows would do with a packet.
 *
 * As `ovs-appctl ofproto/trace`, without a switch: a packet is described by
 * its fields and goes through the tables, and one line says what becomes of
 * it.  Only actions that our flows have are known; any other one stops the
 * test.  There is no conntrack: the packet's description has its state. */
#ifndef GA_TESTS_FLOW_EVAL_H
#define GA_TESTS_FLOW_EVAL_H 1

#include "openvswitch/ofp-parse.h"

struct desired_group;
struct flow_eval;
struct index_map;
struct ofpbuf;
struct match;

/* Makes a bridge whose tunnel options are those of 'map'.  Its ports from
 * 'first_tunnel' up to before 'end_tunnels' are tunnels. */
struct flow_eval *flow_eval_create(const struct index_map *map,
                                   uint16_t first_tunnel,
                                   uint16_t end_tunnels);
void flow_eval_destroy(struct flow_eval *);

/* Adds a flow. */
void flow_eval_add(struct flow_eval *, uint8_t table, uint16_t priority,
                   const struct match *, const struct ofpbuf *ofpacts);

/* Adds a group. */
void flow_eval_add_group(struct flow_eval *, const struct desired_group *);

/* Makes 'port' a patch port: packets that are sent to it arrive at 'peer' from
 * its port 'peer_port', with pkt_mark but no other metadata. */
void flow_eval_connect(struct flow_eval *, ofp_port_t port,
                       const struct flow_eval *peer, ofp_port_t peer_port);

/* Returns what becomes of a packet.  The packet is written as ovs-ofctl writes
 * a match, with three more fields in front:
 *
 *     bytes=1500                  its length, with the Ethernet header (100 if
 *                                 left out)
 *     down=1002                   a port that is down: the buckets of groups
 *                                 that watch it are not live
 *     option(0xff01/0x81)=0x65    a tunnel option that it has
 *
 * Its "ct_state" is what conntrack says when it is asked (new|trk if left
 * out), and its "ct_label" what was noted with the connection; it translates
 * to the first address of a range, unless that is "inv".
 *
 * The result says where the packet goes, in the order of actions: "port 2",
 * "port 1002 (tun_id 5200, 0xff01/0x81=0x00000065)", "controller reason 3".
 * If fields of the packet have changed, " as " and the packet follow.  If it
 * goes nowhere: "dropped in table 9".  Of many copies only the first and the
 * last one are shown. */
char *flow_eval_packet(const struct flow_eval *, const char *packet);

#endif /* tests/unit/flow-eval.h */
