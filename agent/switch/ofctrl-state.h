/* The state of one ofctrl.  Only for ofctrl.c, ofctrl-next.c and
 * ofctrl-handle.c. */
#ifndef GA_OFCTRL_STATE_H
#define GA_OFCTRL_STATE_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/switch/bridge-link.h"
#include "agent/switch/counter-queries.h"
#include "agent/switch/flow-table.h"
#include "agent/switch/group-sync.h"
#include "agent/switch/interference.h"
#include "agent/switch/meter-sync.h"
#include "agent/switch/port-faults.h"
#include "agent/switch/ofctrl-bundle.h"
#include "agent/switch/tlv-sync.h"
#include "agent/write-gate.h"
#include "lib/index-map.h"

struct old_flows;

/* What is under way, and what ends it.  Losing the connection leads to
 * DISCONNECTED from everywhere. */
enum ofctrl_state {
    /* There is no connection and nothing is known of the switch.
     *
     * A new connection: asks to be told of what others change from now on
     * (ofctrl-monitor.c), and for the TLV map, READ_TLV. */
    S_DISCONNECTED,

    /* Waits for the TLV map, which has to be known before flows are: it says
     * which flows may stay.
     *
     * The map: asks for all meters, for all groups, for all flows with our
     * cookie and for the number of all flows, READ_FLOWS. */
    S_READ_TLV,

    /* Meters and groups arrive, then flows, part by part.  They go straight
     * into 'meters', 'groups' and 'flows', which find the difference to what
     * is wanted.
     *
     * The number of all flows, which is the last answer: STEADY. */
    S_READ_FLOWS,

    /* Nothing is under way, but that an empty switch gets flows while the gate
     * is closed, in a bundle that is completed in ADD, or else: DISCARD.
     *
     * Once the gate is open, the first of these that is due begins
     * (ofctrl-next.c):
     *
     *   - Somebody changed something, or a second is over: REREAD.
     *   - The TLV map's next step needs a purge of the datapath: PURGE.
     *   - The TLV map has a next step: CHANGE_TLV.
     *   - Meters that flows may need are missing or wrong: CHANGE_METERS.
     *   - Flows or groups differ, or the switch has to be told of a changed
     *     map: ADD.
     *   - Meters are there that nobody wants: CHANGE_METERS.
     *
     * If none is due, the newest revision is confirmed. */
    S_STEADY,

    /* The TLV map was asked for again, and all meters and groups if somebody
     * changed something.  A switch without flow monitors was also asked for
     * the number of our flows.
     *
     * The TLV map, which is the last answer: STEADY, or READ_FLOWS if the
     * number is not what it should be. */
    S_REREAD,

    /* ovs-vswitchd was asked to delete its datapath flows.
     *
     * They are gone, or ovs-vswitchd is: STEADY, which goes on with the step
     * of the TLV map that needed it. */
    S_PURGE,

    /* Requests to delete and to add mappings were sent, one for each index,
     * and then one for the whole map.  Errors may come, each of one index.
     *
     * The map as it is now: STEADY. */
    S_CHANGE_TLV,

    /* Requests to add, modify or delete meters were sent.  Errors may come,
     * each of one meter.
     *
     * The reply to the barrier behind them: STEADY. */
    S_CHANGE_METERS,

    /* Changes of flows and groups go into a bundle as fast as the queue takes
     * them.  Errors may come, each of one change or of the bundle as a
     * whole.
     *
     * All are sent, and the commit, too, since one call was enough: COMMIT.
     * All are sent, and a barrier request behind them: CHECK. */
    S_ADD,

    /* As ADD, but all has been sent.
     *
     * The barrier's reply: COMMIT if there was no error, else DISCARD. */
    S_CHECK,

    /* The bundle was told to take effect, all at the same time.  Errors may
     * come as in ADD, if it was sent at once.
     *
     * The reply: its changes are installed, but for those that errors were
     * about, STEADY.  An error: none is, and the culprits are refused, STEADY,
     * which tries again without them.  The reply, after the bundle was torn:
     * DISCONNECTED. */
    S_COMMIT,

    /* The bundle was given up.
     *
     * The reply, or an error, since the switch may have dropped the bundle by
     * itself: STEADY, which tries again without the culprits. */
    S_DISCARD,
};

/* How we hear of what others change, see ofctrl-monitor.c. */
struct ofctrl_watch {
    bool has_monitor;               /* The switch tells of changes of flows. */
    ovs_be32 monitor_xid;           /* Of the request for that. */
    ovs_be32 async_xid;             /* Of the request for those of meters. */
    bool must_read;                 /* Something was changed: to be looked at
                                     * before anything is put back. */
    long long int read_at;          /* When it is looked at anyway: msec. */
    long long int asked_at;         /* REREAD: msec. */
    long long int read_all_at;      /* Without a monitor: when all flows are
                                     * read again: msec. */
    bool reads_meters;              /* REREAD: meters and groups, too. */
    bool reads_flows;               /* REREAD and then READ_FLOWS: likewise. */
    size_t n_pending;               /* READ_FLOWS again: what was to be sent
                                     * before. */
};

struct ofctrl {
    struct bridge_link link;
    enum ofctrl_state state;
    ovs_be32 xid;                   /* Of the request whose answer ends the
                                     * state; of bundles see 'bundle'. */
    const struct write_gate *gate;  /* Whether it may be written. */
    enum write_target target;       /* What the gate calls it. */

    /* What is wanted and what the switch has. */
    struct flow_table flows;
    struct tlv_sync tlv;
    struct meter_sync meters;
    struct group_sync groups;
    uint64_t revision;              /* Of what is wanted. */
    uint64_t confirmed;             /* The last one that the switch has. */
    uint64_t awaited;               /* The last one that somebody may wait
                                     * for. */
    long long int patience_ends;    /* When the switch is to be heard at once:
                                     * msec; LLONG_MAX if all is
                                     * confirmed. */
    ovs_be32 count_xid;             /* Of the request for all flows' number. */
    size_t n_foreign;               /* Flows of others, when we connected. */
    bool is_read;                   /* READ_FLOWS was completed. */
    bool had_flows;                 /* ...and found some of ours. */

    struct ofctrl_watch watch;
    struct interference interference;

    /* PURGE. */
    struct old_flows *purger;       /* Not ours; NULL: nothing is purged. */
    uint64_t purge_ticket;          /* Of 'purger'. */
    uint64_t purge;                 /* The indices that need it. */

    /* CHANGE_TLV. */
    uint64_t step;                  /* Indices in 'step_xids'. */
    ovs_be32 step_xids[INDEX_MAP_SLOTS];

    /* ADD, CHECK, COMMIT, DISCARD. */
    struct ofctrl_bundle bundle;
    bool touch;                     /* The TLV map was changed, and no bundle
                                     * was committed since. */
    bool bundle_touches;            /* 'touch' when 'bundle' was begun. */
    bool no_early;                  /* Until the gate is open, no further
                                     * bundle is begun. */
    long long int bundle_retry_at;  /* msec, or 0. */
    enum ofperr bundle_error;       /* Of the last bundle, or 0. */

    /* What the switch refused is tried again: a little at first. */
    long long int retry_at;         /* When, if there is anything: msec. */
    size_t retry_width;             /* That many flows. */

    struct port_faults ports;
    struct counter_queries queries;
    struct {                        /* ofctrl_query_all_meters(). */
        ovs_be32 xid;               /* Of the last one; 0: none. */
        void (*cb)(uint32_t id, uint64_t n_packets, void *aux);
        void *aux;
    } all_meters;

    /* Statistics. */
    uint64_t n_received;            /* Messages. */
    uint64_t n_flow_mods, n_group_mods, n_bundles, n_tlv_mods, n_meter_mods;
};

/* Returns what ofctrl_status_json() calls the state. */
const char *ofctrl_state_to_string(enum ofctrl_state);

/* Whether the switch may be changed now: nothing is under way, and the gate is
 * open. */
bool ofctrl_state_may_write(const struct ofctrl *);

/* The TLV map that is wanted or the one that the switch has changed: tells the
 * flow table which flows may be installed. */
void ofctrl_state_update_tlv(struct ofctrl *);

/* The changes in 'bundle', but for those that were refused, were applied if
 * 'committed', else none.  Returns how many groups that had been refused
 * before were accepted. */
size_t ofctrl_state_end_bundle(struct ofctrl *, bool committed);

/* Goes to DISCONNECTED, forgetting what the switch has. */
void ofctrl_state_forget_connection(struct ofctrl *);

#endif /* agent/switch/ofctrl-state.h */
