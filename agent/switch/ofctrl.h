/* OpenFlow: makes the flows and TLV map of a bridge what they should be.
 *
 * Who wants flows has a struct flow_owner (one for each endpoint, remote and
 * so on) and replaces its flows as a whole; ofctrl finds the difference to
 * what the switch has and sends it, everything that is pending in one bundle.
 * The work is proportional to the owner's flows, not to the table.
 *
 * Only flows with our cookie prefix are touched; those of others stay. */
#ifndef GA_OFCTRL_H
#define GA_OFCTRL_H 1

#include <stdbool.h>
#include <stdint.h>

#include "agent/switch/flow-owner.h"
#include "openvswitch/types.h"

struct flow_list;
struct index_map;
struct json;
struct ofctrl;
struct old_flows;

/* Ids of meters that are ours; those of others are never touched. */
#define OFCTRL_METER_FIRST 0x10000
#define OFCTRL_METER_LAST 0x2ffff

struct ofctrl *ofctrl_create(void);
void ofctrl_destroy(struct ofctrl *);

/* Which bridge: connects to its management socket in OVS's run directory.
 * NULL or another name: disconnects, forgets what was installed. */
void ofctrl_set_bridge(struct ofctrl *, const char *bridge);

/* Makes 'owner' want just the flows in 'flows', which is emptied.  Flows that
 * need a tunnel option wait until the TLV map has it.  Two owners
 * may not want flows of the same table, priority and match: the second gets
 * an error, see ofctrl_for_each_error(). */
void ofctrl_replace(struct ofctrl *, struct flow_owner *, struct flow_list *);
void ofctrl_clear(struct ofctrl *, struct flow_owner *);
void ofctrl_destroy_owner(struct ofctrl *, struct flow_owner *);

/* The TLV map wanted.  ofctrl orders the steps: flows that use an index whose
 * option changes are taken away first, then the map is changed (with the
 * retries that a deletion needs), then flows are added; a map change is
 * always followed by a flow_mod, without which it has no effect on traffic. */
void ofctrl_set_tlv_map(struct ofctrl *, const struct index_map *);

/* Who purges the datapath before a mapping is deleted that datapath flows may
 * not survive (see tlv-sync.c): of kind OLD_FLOWS_PURGED, stays the
 * caller's.  A bridge that receives nothing needs none (NULL). */
void ofctrl_set_purger(struct ofctrl *, struct old_flows *);

/* The map that the switch has, as read when we connected and after each change
 * of ours; NULL until known.  It stays while the connection is lost. */
const struct index_map *ofctrl_get_installed_tlv_map(const struct ofctrl *);

/* Wants meter 'id' (OFCTRL_METER_FIRST to _LAST), which drops what is beyond
 * 'rate' (more than 0) packets a second after as many at once, for 'owner', a
 * name.  The last one to set it has it; unsetting what another owner has does
 * nothing.  Meters are there before the flows that are wanted in the same
 * turn, and go after those that are not wanted any more. */
void ofctrl_set_meter(struct ofctrl *, uint32_t id, uint32_t rate,
                      const char *owner);
void ofctrl_unset_meter(struct ofctrl *, uint32_t id, const char *owner);

/* 'complete': the desired state is known in full.  Until then the switch is
 * only read, so that what forwards goes on forwarding. */
void ofctrl_run(struct ofctrl *, bool complete);
void ofctrl_wait(struct ofctrl *);

/* Each replace, clear and set_tlv_map that changes something makes a new
 * revision.  What is up to ofctrl_get_confirmed() is in the switch: it said so
 * on the present connection (0 while there is none).  Refused flows do not
 * hold the number back, but their owner is not confirmed. */
uint64_t ofctrl_get_revision(const struct ofctrl *);
uint64_t ofctrl_get_confirmed(const struct ofctrl *);
static inline bool
ofctrl_owner_is_confirmed(const struct flow_owner *owner,
                          const struct ofctrl *ofctrl)
{
    return (!owner->n_refused
            && owner->revision <= ofctrl_get_confirmed(ofctrl));
}
bool ofctrl_is_connected(const struct ofctrl *);
bool ofctrl_is_settled(const struct ofctrl *);

/* What is not in the switch though it is wanted: name of the owner (or "TLV
 * map", "meter ID of OWNER", or "OpenFlow" if a bundle failed as a whole), and
 * why.  Of a refused flow the old version is deleted too; it is tried again
 * when its owner replaces it, when an option it uses is mapped anew, and on
 * reconnection. */
void ofctrl_for_each_error(const struct ofctrl *,
                           void (*cb)(const char *name, const char *error,
                                      void *aux), void *aux);

/* Asks the switch for the packets and bytes counted by the flows of one
 * cookie (low half) in 'table' (or 255: all).  'cb' is called exactly once,
 * from a later ofctrl_run() or ofctrl_destroy(); 'ok' is false if the
 * connection was lost. */
void ofctrl_query_counters(struct ofctrl *, uint32_t cookie, uint8_t table,
                           void (*cb)(bool ok, uint64_t n_packets,
                                      uint64_t n_bytes, void *aux),
                           void *aux);

/* The same for a port: the packets that the switch received there, and that it
 * sent there. */
void ofctrl_query_port(struct ofctrl *, ofp_port_t,
                       void (*cb)(bool ok, uint64_t n_received,
                                  uint64_t n_sent, void *aux), void *aux);

/* As ofctrl_query_counters(), for what meter 'id' has dropped. */
void ofctrl_query_meter(struct ofctrl *, uint32_t id,
                        void (*cb)(bool ok, uint64_t n_packets,
                                   uint64_t n_bytes, void *aux), void *aux);

/* {"bridge", "state", "connected", "flows": wanted, "installed", "flowMods":
 * sent so far, "bundles", "tlvMods", "meterMods", "errors", "foreignFlows",
 * "tlvMap": [{"index", "option", "length"}]} */
struct json *ofctrl_status_json(const struct ofctrl *);

#endif /* agent/switch/ofctrl.h */
