/* The OpenFlow messages that ofctrl sends and reads, encoded and decoded. */
#ifndef GA_OFCTRL_MSG_H
#define GA_OFCTRL_MSG_H 1

#include <stdbool.h>
#include <stdint.h>

#include "openflow/nicira-ext.h"
#include "openflow/openflow.h"
#include "openvswitch/ofp-errors.h"
#include "openvswitch/types.h"

struct desired_flow;
struct index_map;
struct index_slot;
struct ofpbuf;

/* Of every bundle. */
#define OFCTRL_BUNDLE_FLAGS (OFPBF_ATOMIC | OFPBF_ORDERED)

struct ofpbuf *ofctrl_msg_bundle(enum ofp_version, uint32_t bundle_id,
                                 enum ofp14_bundle_ctrl_type);
struct ofpbuf *ofctrl_msg_flow_mod(enum ofp_version, uint32_t bundle_id,
                                   ovs_be32 xid, enum ofp_flow_mod_command,
                                   const struct desired_flow *);

struct ofpbuf *ofctrl_msg_tlv_request(enum ofp_version);
struct ofpbuf *ofctrl_msg_tlv_mod(enum ofp_version,
                                  enum nx_tlv_table_mod_command,
                                  unsigned int index,
                                  const struct index_slot *);
enum ofperr ofctrl_msg_decode_tlv_reply(const struct ofp_header *,
                                        struct index_map *);

struct ofpbuf *ofctrl_msg_meter_request(enum ofp_version);
struct ofpbuf *ofctrl_msg_meter_mod(enum ofp_version,
                                    enum ofp13_meter_mod_command, uint32_t id,
                                    uint32_t rate);
void ofctrl_msg_decode_meter_reply(const struct ofp_header *,
                                   void (*cb)(uint32_t id, uint32_t rate,
                                              void *aux), void *aux);
struct ofpbuf *ofctrl_msg_meter_stats_request(enum ofp_version, uint32_t id);
bool ofctrl_msg_decode_meter_stats(const struct ofp_header *,
                                   uint64_t *n_dropped,
                                   uint64_t *n_dropped_bytes);

struct ofpbuf *ofctrl_msg_flow_request(enum ofp_version, bool aggregate,
                                       uint64_t cookie, uint64_t cookie_mask,
                                       uint8_t table);
struct ofpbuf *ofctrl_msg_port_request(enum ofp_version, ofp_port_t);
bool ofctrl_msg_decode_port_reply(const struct ofp_header *, uint64_t *rx,
                                  uint64_t *tx);
size_t ofctrl_msg_decode_flow_reply(const struct ofp_header *,
                                    void (*cb)(struct desired_flow *,
                                               void *aux), void *aux);

#endif /* agent/switch/ofctrl-msg.h */
