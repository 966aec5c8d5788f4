/* What others change in the switch, as ofctrl is told of it or finds it out.
 * Only for ofctrl.c, ofctrl-next.c and ofctrl-handle.c. */
#ifndef GA_OFCTRL_MONITOR_H
#define GA_OFCTRL_MONITOR_H 1

#include <stdbool.h>

#include "agent/switch/meter-band.h"
#include "openvswitch/types.h"

struct desired_group;
struct index_map;
struct ofctrl;
struct ofp_header;

/* There is a new connection: asks to be told of changes.  Flows must be read
 * after this. */
void ofctrl_monitor_start(struct ofctrl *);

/* Flows have been changed. */
void ofctrl_monitor_handle_flows(struct ofctrl *, const struct ofp_header *);

/* Somebody has changed a meter or a group. */
void ofctrl_monitor_handle_request(struct ofctrl *);

/* The switch refused the message 'xid'.  Returns false if that was not one of
 * ofctrl_monitor_start(). */
bool ofctrl_monitor_handle_error(struct ofctrl *, ovs_be32 xid);

/* Whether the TLV map and perhaps more is to be read again at 'now',
 * time_msec(), in STEADY. */
bool ofctrl_monitor_must_read(const struct ofctrl *, long long int now);

/* Returns when ofctrl_monitor_must_read() will be true at the latest. */
long long int ofctrl_monitor_get_read_time(const struct ofctrl *);

/* Asks for the TLV map, and for what else is to be read again: REREAD. */
void ofctrl_monitor_begin_reading(struct ofctrl *);

/* Returns the time_msec() before which nobody waits for the answers, 0 if
 * somebody does. */
long long int ofctrl_monitor_get_lull_end(const struct ofctrl *);

/* REREAD: the switch said that it has this meter of ours. */
void ofctrl_monitor_handle_read_meter(struct ofctrl *, uint32_t id,
                                      const struct meter_band *);

/* REREAD: the switch said that it has this group of ours, which is taken
 * over. */
void ofctrl_monitor_handle_read_group(struct ofctrl *,
                                      struct desired_group *);

/* REREAD: the switch said how many flows of ours it has. */
void ofctrl_monitor_handle_count(struct ofctrl *, uint64_t n);

/* REREAD: the TLV map has come, and with it the end of the state.  Returns
 * whether all flows have to be read again; else goes to STEADY. */
bool ofctrl_monitor_end_reading(struct ofctrl *, const struct index_map *);

/* READ_FLOWS, not for the first time, is over. */
void ofctrl_monitor_end_reading_flows(struct ofctrl *);

#endif /* agent/switch/ofctrl-monitor.h */
