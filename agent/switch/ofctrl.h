/* OpenFlow: makes the flows, meters, groups and TLV map of a bridge what they
 * should be.
 *
 * Whoever wants flows has a struct flow_owner (one for each endpoint, remote
 * and so on) and replaces its flows as a whole.  ofctrl finds the difference
 * to what the switch has and sends everything that is pending in one bundle.
 * The work is in proportion to the owner's flows, not to the table.
 *
 * Only flows with our cookie prefix, and meters and groups with our ids, are
 * touched; those of others stay. */
#ifndef GA_OFCTRL_H
#define GA_OFCTRL_H 1

#include <stdbool.h>
#include <stdint.h>

#include "agent/switch/flow-owner.h"
#include "agent/switch/meter-band.h"
#include "agent/switch/port-faults.h"
#include "agent/write-gate.h"
#include "openvswitch/types.h"

struct flow_list;
struct group_spec;
struct index_map;
struct json;
struct ofctrl;
struct old_flows;

/* The gate says whether 'target', which is the bridge, may be written; until
 * then the switch is only read, so that what forwards goes on forwarding.  It
 * must outlive the ofctrl. */
struct ofctrl *ofctrl_create(const struct write_gate *,
                             enum write_target target);

/* All owners must have been destroyed before. */
void ofctrl_destroy(struct ofctrl *);

/* Connects to the management socket of 'bridge' in Open vSwitch's run
 * directory.  NULL, or another name than before: disconnects, and forgets what
 * was installed. */
void ofctrl_set_bridge(struct ofctrl *, const char *bridge);

void ofctrl_run(struct ofctrl *);

/* After changes of patient owners (flow-owner.h), and of no others, what the
 * switch says is no reason to wake up for some milliseconds. */
void ofctrl_wait(struct ofctrl *);

/* Flows. */

/* Makes 'owner' want just the flows in 'flows', which is emptied.  Flows that
 * need a tunnel option wait until the TLV map has it.  Two owners may not want
 * flows of the same table, priority and match: the second one's is refused
 * until the first one's goes, see ofctrl_for_each_error(). */
void ofctrl_replace(struct ofctrl *, struct flow_owner *owner,
                    struct flow_list *flows);

/* Makes the owner want no flows. */
void ofctrl_clear(struct ofctrl *, struct flow_owner *);

/* The same, makes it want no groups, and frees what flow_owner_init()
 * allocated. */
void ofctrl_destroy_owner(struct ofctrl *, struct flow_owner *);

/* The TLV map. */

/* Sets the TLV map that is wanted.  ofctrl orders the steps: flows that use an
 * index whose option changes are deleted first, then the map is changed (with
 * the retries that a deletion needs), then flows are added.  A change of the
 * map is always followed by a flow_mod, without which it has no effect on
 * traffic. */
void ofctrl_set_tlv_map(struct ofctrl *, const struct index_map *);

/* Sets who purges the datapath before a mapping is deleted that datapath flows
 * may not survive (see tlv-sync.c): of kind OLD_FLOWS_PURGED, and stays the
 * caller's.  A bridge that receives nothing needs none (NULL). */
void ofctrl_set_purger(struct ofctrl *, struct old_flows *);

/* Returns the map that the switch has, as read when we connected and after
 * each change of ours; NULL until it was read.  It stays while the connection
 * is lost. */
const struct index_map *ofctrl_get_installed_tlv_map(const struct ofctrl *);

/* Meters. */

/* Wants meter 'id' (FLOW_OWNER_METER_FIRST to _LAST), which drops what is
 * beyond 'rate' (more than 0) packets a second after as many at once, for
 * 'owner', a name.  It takes the meter over if another owner has it.  Meters
 * are there before the flows that are wanted in the same turn, and go after
 * those that are not wanted any more. */
void ofctrl_set_meter(struct ofctrl *, uint32_t id, struct meter_band,
                      const char *owner);

/* 'owner' wants meter 'id' no longer.  Does nothing if another owner has taken
 * it over. */
void ofctrl_unset_meter(struct ofctrl *, uint32_t id, const char *owner);

/* Whether the switch has meters of ours: if it has none, and refuses them, its
 * datapath probably knows none. */
bool ofctrl_has_meters(const struct ofctrl *);

/* Groups. */

/* Wants group 'id' (FLOW_OWNER_GROUP_FIRST to _LAST) to be 'spec', which is
 * freed, for 'owner'.  It takes the group over if another owner has it.
 * Groups change together with flows: one is there before the flows that are
 * wanted in the same turn, and goes after those that are not wanted any more.
 * No flow that is wanted may name a group that is not: the switch would delete
 * it without a word.
 *
 * A group that the switch refuses is not confirmed for its owner, and what was
 * there before stays; flows that name one that is not there are refused.  It
 * is tried again with other things that were refused. */
void ofctrl_set_group(struct ofctrl *, uint32_t id, struct group_spec *spec,
                      struct flow_owner *owner);

/* 'owner' wants group 'id' no longer.  Does nothing if another owner has taken
 * it over.  An owner that wants groups may not be destroyed. */
void ofctrl_unset_group(struct ofctrl *, uint32_t id, struct flow_owner *);

/* What became of it. */

/* Each change of what is wanted makes a new revision.  Those up to
 * ofctrl_get_confirmed() are in the switch: it said so on the present
 * connection (0 while there is none).  Refused flows and groups do not hold
 * the number back, but their owner is not confirmed. */
uint64_t ofctrl_get_revision(const struct ofctrl *);
uint64_t ofctrl_get_confirmed(const struct ofctrl *);

/* Returns the revision, for somebody who waits until it is confirmed, although
 * only patient owners may have changed. */
uint64_t ofctrl_await_revision(struct ofctrl *);

/* Whether the switch has all flows that the owner wants. */
static inline bool
ofctrl_owner_is_confirmed(const struct flow_owner *owner,
                          const struct ofctrl *ofctrl)
{
    return (!owner->n_refused
            && owner->revision <= ofctrl_get_confirmed(ofctrl));
}

/* Returns how many messages have come, ever. */
uint64_t ofctrl_get_n_received(const struct ofctrl *);

bool ofctrl_is_connected(const struct ofctrl *);

/* Whether it has been read what the switch has, on the present connection. */
bool ofctrl_is_read(const struct ofctrl *);

/* Whether it had flows of ours then: if not, it has been restarted, or is
 * new. */
bool ofctrl_had_flows(const struct ofctrl *);

/* Whether all that was wanted so far is in the switch or refused. */
bool ofctrl_is_settled(const struct ofctrl *);

/* Calls 'cb' for all that is wanted and not in the switch: 'name' is the
 * owner's, or "TLV map", "meter ID of OWNER", or "OpenFlow" if a bundle failed
 * as a whole; 'error' says why.  Of a refused flow the old version is deleted,
 * too.  It is tried again when its owner replaces it, when an option that it
 * uses is mapped anew, and on reconnection. */
void ofctrl_for_each_error(const struct ofctrl *,
                           void (*cb)(const char *name, const char *error,
                                      void *aux), void *aux);

/* Returns a number that changes whenever a flow or group is refused, or is
 * refused no longer. */
uint64_t ofctrl_get_refusal_seq(const struct ofctrl *);

/* Calls 'cb' for each port of the bridge that does not let all packets
 * through. */
void ofctrl_for_each_port_fault(const struct ofctrl *, port_faults_cb *cb,
                                void *aux);

/* Returns a number that changes whenever that does. */
unsigned int ofctrl_get_port_fault_seqno(const struct ofctrl *);

/* Calls 'cb' if somebody else changed or deleted flows, meters, groups or
 * mappings of ours on more than one occasion, and not long ago: 'what' says
 * what was done, "83 flows were deleted by somebody else, for the 2nd time".
 * All that is put back, what has our cookie and is not wanted is deleted. */
void ofctrl_for_each_interference(const struct ofctrl *,
                                  void (*cb)(const char *bridge,
                                             const char *what, void *aux),
                                  void *aux);

/* Counters.  'cb' is called exactly once, from a later ofctrl_run() or from
 * ofctrl_destroy(); 'ok' is false if the connection was lost or if the switch
 * does not have what was asked for. */

/* Asks for the packets and bytes counted by the flows of one cookie (low half)
 * in 'table' (or 255: all). */
void ofctrl_query_counters(struct ofctrl *, uint32_t cookie, uint8_t table,
                           void (*cb)(bool ok, uint64_t n_packets,
                                      uint64_t n_bytes, void *aux),
                           void *aux);

/* Asks for the packets that the switch received on a port and sent there. */
void ofctrl_query_port(struct ofctrl *, ofp_port_t,
                       void (*cb)(bool ok, uint64_t n_received,
                                  uint64_t n_sent, void *aux), void *aux);

/* Asks for what meter 'id' has dropped. */
void ofctrl_query_meter(struct ofctrl *, uint32_t id,
                        void (*cb)(bool ok, uint64_t n_packets,
                                   uint64_t n_bytes, void *aux), void *aux);

/* Asks for what all meters of ours have dropped.  'cb' is called once for each
 * by a later ofctrl_run(), or, if the connection is lost, not for all of them.
 * What an earlier such request still brings is ignored. */
void ofctrl_query_all_meters(struct ofctrl *,
                             void (*cb)(uint32_t id, uint64_t n_packets,
                                        void *aux), void *aux);

/* {"bridge", "state", "connected", "flows": wanted, "installed", "flowMods":
 * sent so far, "bundles", "tlvMods", "meterMods", "errors", "foreignFlows",
 * "groupMods", "interference": as interference_to_json(),
 * "tlvMap": [{"index", "option", "length"}]} */
struct json *ofctrl_status_json(const struct ofctrl *);

#endif /* agent/switch/ofctrl.h */
