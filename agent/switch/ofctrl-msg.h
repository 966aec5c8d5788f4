/* The OpenFlow messages that ofctrl sends and reads, encoded and decoded.
 *
 * Nothing here knows the state of the connection.  Messages that are returned
 * are the caller's to send or free. */
#ifndef GA_OFCTRL_MSG_H
#define GA_OFCTRL_MSG_H 1

#include <stdbool.h>
#include <stdint.h>

#include "agent/switch/meter-band.h"
#include "agent/switch/port-faults.h"
#include "openflow/nicira-ext.h"
#include "openflow/openflow.h"
#include "openvswitch/ofp-errors.h"
#include "openvswitch/types.h"

struct desired_flow;
struct desired_group;
struct index_map;
struct index_slot;
struct ofpbuf;

/* Bundles, and the flow_mods and group_mods in them. */

/* The flags of every bundle. */
#define OFCTRL_BUNDLE_FLAGS (OFPBF_ATOMIC | OFPBF_ORDERED)

struct ofpbuf *ofctrl_msg_bundle(enum ofp_version, uint32_t bundle_id,
                                 enum ofp14_bundle_ctrl_type);

/* Encodes a flow_mod inside of the message that adds it to a bundle; 'xid' is
 * for both.  The command is OFPFC_ADD or OFPFC_DELETE_STRICT; the latter
 * deletes the flow only if its cookie is still the one that we know. */
struct ofpbuf *ofctrl_msg_flow_mod(enum ofp_version, uint32_t bundle_id,
                                   ovs_be32 xid, enum ofp_flow_mod_command,
                                   const struct desired_flow *);

/* The same of a group_mod: makes group 'id' be 'group', or deletes it if that
 * is NULL. */
struct ofpbuf *ofctrl_msg_group_mod(enum ofp_version, uint32_t bundle_id,
                                    ovs_be32 xid, uint32_t id,
                                    const struct desired_group *group);

/* TLV maps. */

/* Asks for the map. */
struct ofpbuf *ofctrl_msg_tlv_request(enum ofp_version);

/* Returns 0 and fills in the map, or returns an error. */
enum ofperr ofctrl_msg_decode_tlv_reply(const struct ofp_header *,
                                        struct index_map *);

/* Adds or deletes one mapping. */
struct ofpbuf *ofctrl_msg_tlv_mod(enum ofp_version,
                                  enum nx_tlv_table_mod_command,
                                  unsigned int index,
                                  const struct index_slot *);

/* Meters. */

/* Asks for all meters. */
struct ofpbuf *ofctrl_msg_meter_request(enum ofp_version);

/* Calls 'cb' for each meter in the reply.  The rate of one that is not as
 * ofctrl_msg_meter_mod() makes them is METER_OTHER. */
void ofctrl_msg_decode_meter_reply(const struct ofp_header *,
                                   void (*cb)(uint32_t id,
                                              const struct meter_band *,
                                              void *aux), void *aux);

/* Adds, modifies or deletes a meter that drops what is beyond its band. */
struct ofpbuf *ofctrl_msg_meter_mod(enum ofp_version,
                                    enum ofp13_meter_mod_command, uint32_t id,
                                    const struct meter_band *);

/* Asks for the counters of one meter. */
struct ofpbuf *ofctrl_msg_meter_stats_request(enum ofp_version, uint32_t id);

/* Calls 'cb' for each meter in a reply that is about several, with the packets
 * that its first band has dropped. */
void ofctrl_msg_decode_all_meter_stats(const struct ofp_header *,
                                       void (*cb)(uint32_t id,
                                                  uint64_t n_packets,
                                                  void *aux), void *aux);

/* Sets the two numbers to what the one meter in the reply has dropped.
 * Returns false if there is none. */
bool ofctrl_msg_decode_meter_stats(const struct ofp_header *,
                                   uint64_t *n_dropped,
                                   uint64_t *n_dropped_bytes);

/* Groups. */

/* Asks for all groups. */
struct ofpbuf *ofctrl_msg_group_request(enum ofp_version);

/* Calls 'cb' for each group in the reply, which is the callee's to free. */
void ofctrl_msg_decode_group_reply(const struct ofp_header *,
                                   void (*cb)(struct desired_group *,
                                              void *aux), void *aux);

/* Flows and ports. */

/* Asks for the flows of 'table' (255: all) whose cookie is 'cookie' where
 * 'cookie_mask' has 1-bits, or, with 'aggregate', for their sums. */
struct ofpbuf *ofctrl_msg_flow_request(enum ofp_version, bool aggregate,
                                       uint64_t cookie, uint64_t cookie_mask,
                                       uint8_t table);

/* Calls 'cb' for each flow in the reply, with a reference that is the
 * callee's.  Returns how many there were.  A flow that cannot be decoded is
 * logged and left out; it is overwritten if its place is wanted. */
size_t ofctrl_msg_decode_flow_reply(const struct ofp_header *,
                                    void (*cb)(struct desired_flow *,
                                               void *aux), void *aux);

/* Flows as others change them. */

/* Asks to be told of all changes of flows.  Those that come over the same
 * connection are only mentioned. */
struct ofpbuf *ofctrl_msg_monitor_request(enum ofp_version);

/* Calls 'cb' for each change in the message that is told in full, with a
 * reference that is the callee's: the flow that was removed if 'removed', else
 * the one that is there now. */
void ofctrl_msg_decode_flow_update(const struct ofp_header *,
                                   void (*cb)(struct desired_flow *,
                                              bool removed, void *aux),
                                   void *aux);

/* Asks to be told of changes of meters and groups that others make, of ports,
 * and of nothing else without being asked. */
struct ofpbuf *ofctrl_msg_set_async(enum ofp_version);

/* Asks what all ports are like. */
struct ofpbuf *ofctrl_msg_ports_request(enum ofp_version);

/* Takes over what such a reply, or a message about one port, says. */
void ofctrl_msg_decode_ports(const struct ofp_header *, struct port_faults *);

/* Asks for the counters of one port. */
struct ofpbuf *ofctrl_msg_port_request(enum ofp_version, ofp_port_t);

/* Sets '*rx' and '*tx' to the packets that the port received and sent.
 * Returns false if the reply has none, or does not count them. */
bool ofctrl_msg_decode_port_reply(const struct ofp_header *, uint64_t *rx,
                                  uint64_t *tx);

#endif /* agent/switch/ofctrl-msg.h */
