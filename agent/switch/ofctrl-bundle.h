/* Flow changes on their way to the switch, as one bundle. */
#ifndef GA_OFCTRL_BUNDLE_H
#define GA_OFCTRL_BUNDLE_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/switch/flow-slots.h"
#include "openflow/openflow.h"
#include "openvswitch/ofp-errors.h"

struct bridge_link;
struct flow_table;
struct group_change;
struct group_sync;

/* Its messages, in this order, are the first 'n_early' of 'changes', then the
 * first 'n_group_sets' of 'groups', then the other 'changes', then the other
 * 'groups'. */
struct ofctrl_bundle {
    bool early;                     /* Open, but not yet complete. */
    bool bare;                      /* No bundle at all, but one flow_mod. */
    bool at_once;                   /* All sent in one call, the commit
                                     * included. */
    struct flow_changes changes;
    size_t n_early;
    struct group_change *groups;
    size_t n_groups;
    size_t n_group_sets;
    size_t n_sent;                  /* Messages. */
    uint32_t id;
    uint32_t first_xid;             /* Transaction id of the first message, in
                                     * host byte order; the others follow. */
    long long int sent_at;          /* Of the last message: msec. */
    bool torn;                      /* The switch has dropped what it had: if
                                     * it can be committed, then only what came
                                     * after that was. */
    ovs_be32 xid;                   /* Of the last request: barrier, commit or
                                     * discard. */
    uint64_t revision;              /* Confirmed when it is committed. */
    size_t n_refused;               /* Flows and groups that the switch
                                     * refused. */
    enum ofperr error;              /* Of the bundle as a whole, or 0. */
};

/* Takes what may be sent before all is known, and sends some of it.  Begins a
 * bundle for that if none is open. */
void ofctrl_bundle_run_early(struct ofctrl_bundle *, struct bridge_link *,
                             struct flow_table *flows);

/* Whether ofctrl_bundle_run_early() has something to do. */
bool ofctrl_bundle_may_run_early(const struct ofctrl_bundle *,
                                 const struct bridge_link *,
                                 const struct flow_table *flows);

/* Completes the bundle that is open, or begins one, with the changes in
 * 'flows' and 'groups', which stay the caller's to finish.  'revision' is what
 * the switch has when the bundle is committed.  If there is only one change of
 * a flow, the bundle is 'bare': without errors the barrier's reply stands for
 * the commit's, and with errors for that of a discard. */
void ofctrl_bundle_complete(struct ofctrl_bundle *, struct flow_table *flows,
                            struct group_sync *groups, uint64_t revision);

/* Sends changes of a complete bundle as far as there is room in the queue.
 * Returns true once all is sent.  Then, if the bundle is 'at_once', its commit
 * is, too, and what the switch refuses is left out of it.  Else a barrier
 * request is: the barrier's reply, or errors before it, tell whether the
 * changes are good. */
bool ofctrl_bundle_fill(struct ofctrl_bundle *, struct bridge_link *);

/* Returns how many changes of flows that has sent. */
size_t ofctrl_bundle_count_sent_flows(const struct ofctrl_bundle *);

/* Whether ofctrl_bundle_fill() has room for more. */
bool ofctrl_bundle_may_fill(const struct bridge_link *);

/* Requests a commit or a discard. */
void ofctrl_bundle_end(struct ofctrl_bundle *, struct bridge_link *,
                       enum ofp14_bundle_ctrl_type);

/* The switch refused the message 'xid'.  Refuses the flow or group that was at
 * fault, or else sets the bundle's 'error', and maybe 'torn'.  Returns false
 * if the message was none of this bundle's. */
bool ofctrl_bundle_handle_error(struct ofctrl_bundle *, struct flow_table *,
                                struct group_sync *, ovs_be32 xid,
                                enum ofperr);

#endif /* agent/switch/ofctrl-bundle.h */
