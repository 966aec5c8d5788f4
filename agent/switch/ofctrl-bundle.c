/* Bundles: all changes at the same time, and which one was at fault.
 *
 * Groups come before the flows that name them, and go after those that named
 * them; see group-sync.c.
 *
 * What the switch does, and what follows from it:
 *
 *   - If a message cannot be added to a bundle, the switch only sends an
 *     error; a commit then succeeds with the rest.  The rest is what would be
 *     sent next anyway, so the commit goes out behind the changes, without
 *     waiting: one exchange with the switch, for which the agent sleeps and
 *     wakes up once.  When the commit's reply comes, all errors have come, and
 *     each change counts by itself.  (A flow whose new version is refused
 *     stays for one exchange more, beside what is new; then it is deleted.)
 *   - That is for what goes out in one call of ofctrl_bundle_fill(): MAX_SLICE
 *     messages, or as many as the socket and the queue take.  What is more, or
 *     was begun early, is on its way for so long that the switch may drop it
 *     halfway, see below, and a commit sent on the quiet would then apply the
 *     second half.  So a barrier comes before that commit, and the bundle is
 *     discarded if an error came before the barrier's reply.  An exchange more
 *     is nothing to thousands of flows.
 *   - An error has the transaction id of the message that it is about.  A
 *     bundle's messages get consecutive ids from a range of their own (those
 *     that Open vSwitch's library hands out start at 1), so the culprit is
 *     found without a search.
 *   - The first message that is added opens a bundle (OpenFlow 1.4 and 1.5,
 *     7.3.9.7).  An OPEN before it would be a message more, and its reply
 *     would wake the agent up while the others are still being looked at.
 *   - The switch drops a bundle to which nothing is added for 10 s, with an
 *     error about the message that opened it, OFPBFC_TIMEOUT, and the next one
 *     silently opens a new one.  So that error must spoil the bundle.  If its
 *     commit has been sent and comes true (the switch slept for 10 s between
 *     two messages that lay before it), nobody knows what the switch has: it
 *     is read anew.
 *   - bridge_link_send() queues any number of messages.  Filling its queue
 *     only to MAX_QUEUE keeps memory flat and leaves time for others.
 *   - Most of what a flow costs the switch, it costs when it is added to a
 *     bundle, and has no effect before the commit.  So an agent that starts
 *     sends flows as they are made, while the rest is still being listed: the
 *     bundle is "early" until it is complete.
 *   - A flow_mod is all or nothing by itself.  So one alone needs no bundle.
 *     Nothing answers it but errors; a barrier does.
 *
 * A bundle without changes has a flow that is added and deleted again: after
 * its TLV map was changed, the switch looks at its datapath flows again only
 * when it gets some flow_mod. */

#include <config.h>

#include "agent/switch/ofctrl-bundle.h"

#include <stdlib.h>

#include "agent/switch/bridge-link.h"
#include "agent/switch/desired-flow.h"
#include "agent/switch/flow-owner.h"
#include "agent/switch/flow-table.h"
#include "agent/switch/group-sync.h"
#include "agent/switch/ofctrl-msg.h"
#include "coverage.h"
#include "openvswitch/match.h"
#include "openvswitch/ofp-bundle.h"
#include "openvswitch/ofp-util.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(ofctrl_bundle);

COVERAGE_DEFINE(ofctrl_flow_mod);
COVERAGE_DEFINE(ofctrl_group_mod);
COVERAGE_DEFINE(ofctrl_bundle);

/* Messages that may be queued. */
#define MAX_QUEUE 500

/* Messages that one call encodes at most. */
#define MAX_SLICE 1000

/* Transaction ids of changes have this bit; the two below it are those of
 * send_touch(). */
#define CHANGE_XID (UINT32_C(1) << 31)
#define TOUCH_ADD_XID (CHANGE_XID - 2)
#define TOUCH_DELETE_XID (CHANGE_XID - 1)

/* A table where no flow of ours is: 254 is internal to Open vSwitch. */
#define TOUCH_TABLE 253

/* Transaction ids that a bundle may need at most. */
#define MAX_XIDS (UINT32_C(1) << 28)

/* The number of messages in the bundle. */
static size_t
count_messages(const struct ofctrl_bundle *bundle)
{
    return bundle->changes.n + bundle->n_groups;
}

static void
begin_bundle(struct ofctrl_bundle *bundle)
{
    uint32_t first_xid = bundle->first_xid + count_messages(bundle);

    *bundle = (struct ofctrl_bundle) {
        .id = bundle->id + 1,
        .first_xid = (first_xid & CHANGE_XID
                      && UINT32_MAX - first_xid >= MAX_XIDS
                      ? first_xid : CHANGE_XID),
        .sent_at = time_msec(),
    };
}

void
ofctrl_bundle_complete(struct ofctrl_bundle *bundle, struct flow_table *flows,
                       struct group_sync *groups, uint64_t revision)
{
    bool is_open = bundle->early;

    if (!is_open) {
        begin_bundle(bundle);
    }
    bundle->early = false;
    bundle->revision = revision;
    bundle->n_early = bundle->changes.n;
    flow_slots_take_rest(&flows->slots, &bundle->changes);
    bundle->groups = group_sync_take_changes(groups, &bundle->n_group_sets,
                                             &bundle->n_groups);
    bundle->bare = (!is_open && bundle->changes.n == 1 && !bundle->n_groups);
    bundle->at_once = !is_open && !bundle->bare;
    if (bundle->at_once) {
        COVERAGE_INC(ofctrl_bundle);
    }
}

/* Adds a flow and deletes it again. */
static void
send_touch(const struct ofctrl_bundle *bundle, struct bridge_link *link)
{
    struct desired_flow *flow;
    struct match match;

    match_init_catchall(&match);
    flow = desired_flow_create(TOUCH_TABLE, 0,
                               FLOW_OWNER_COOKIE_PREFIX | UINT32_MAX, &match,
                               NULL, 0);
    bridge_link_send(link, ofctrl_msg_flow_mod(
                         link->version, bundle->id, htonl(TOUCH_ADD_XID),
                         OFPFC_ADD, flow));
    bridge_link_send(link, ofctrl_msg_flow_mod(
                         link->version, bundle->id, htonl(TOUCH_DELETE_XID),
                         OFPFC_DELETE_STRICT, flow));
    desired_flow_unref(flow);
}

bool
ofctrl_bundle_may_fill(const struct bridge_link *link)
{
    return bridge_link_n_queued(link) < MAX_QUEUE;
}

/* Sets one of the two to what message 'i' is about, and the other to NULL. */
static void
get_change(const struct ofctrl_bundle *bundle, size_t i,
           struct flow_change **flow, struct group_change **group)
{
    size_t n_early = bundle->early ? bundle->changes.n : bundle->n_early;
    size_t first_late = n_early + bundle->n_group_sets;

    *flow = NULL;
    *group = NULL;
    if (i < n_early) {
        *flow = &bundle->changes.array[i];
    } else if (i < first_late) {
        *group = &bundle->groups[i - n_early];
    } else if (i < bundle->changes.n + bundle->n_group_sets) {
        *flow = &bundle->changes.array[i - bundle->n_group_sets];
    } else {
        *group = &bundle->groups[i - bundle->changes.n];
    }
}

/* Returns the message that 'msg' adds to a bundle, as it is without one. */
static struct ofpbuf *
take_out_of_bundle(struct ofpbuf *msg)
{
    ofpbuf_pull(msg, sizeof(struct ofp_header)
                     + sizeof(struct ofp14_bundle_ctrl_msg));
    return msg;
}

/* Encodes message 'i'. */
static struct ofpbuf *
encode_change(const struct ofctrl_bundle *bundle, enum ofp_version version,
              size_t i)
{
    ovs_be32 xid = htonl(bundle->first_xid + i);
    struct group_change *group;
    struct flow_change *flow;
    struct ofpbuf *msg;

    get_change(bundle, i, &flow, &group);
    if (group) {
        COVERAGE_INC(ofctrl_group_mod);
        return ofctrl_msg_group_mod(version, bundle->id, xid, group->slot->id,
                                    group->group);
    }
    COVERAGE_INC(ofctrl_flow_mod);
    msg = ofctrl_msg_flow_mod(version, bundle->id, xid,
                              flow->flow ? OFPFC_ADD : OFPFC_DELETE_STRICT,
                              flow_change_get_flow(flow));
    return bundle->bare ? take_out_of_bundle(msg) : msg;
}

size_t
ofctrl_bundle_count_sent_flows(const struct ofctrl_bundle *bundle)
{
    size_t n = bundle->n_sent;

    if (!bundle->early && n > bundle->n_early) {
        n -= MIN(n - bundle->n_early, bundle->n_group_sets);
    }
    return MIN(bundle->changes.n, n);
}

/* Sends as far as there is room in the queue.  Returns true once all is
 * sent. */
static bool
send_changes(struct ofctrl_bundle *bundle, struct bridge_link *link)
{
    size_t n = count_messages(bundle);

    if (bundle->n_sent < n && ofctrl_bundle_may_fill(link)) {
        bundle->sent_at = time_msec();
    }
    for (int i = 0; i < MAX_SLICE && bundle->n_sent < n; i++) {
        if (!ofctrl_bundle_may_fill(link)) {
            return false;
        }
        bridge_link_send(link, encode_change(bundle, link->version,
                                             bundle->n_sent++));
    }
    return bundle->n_sent >= n;
}

void
ofctrl_bundle_run_early(struct ofctrl_bundle *bundle, struct bridge_link *link,
                        struct flow_table *flows)
{
    if (!bundle->early) {
        begin_bundle(bundle);
        bundle->early = true;
        COVERAGE_INC(ofctrl_bundle);
    }
    flow_slots_take_early(&flows->slots, &bundle->changes);
    send_changes(bundle, link);
}

bool
ofctrl_bundle_may_run_early(const struct ofctrl_bundle *bundle,
                            const struct bridge_link *link,
                            const struct flow_table *flows)
{
    return (!ovs_list_is_empty(&flows->slots.early)
            || (bundle->early && bundle->n_sent < bundle->changes.n
                && ofctrl_bundle_may_fill(link)));
}

bool
ofctrl_bundle_fill(struct ofctrl_bundle *bundle, struct bridge_link *link)
{
    if (!send_changes(bundle, link)) {
        bundle->at_once = false;
        return false;
    }
    if (!count_messages(bundle)) {
        send_touch(bundle, link);
    }
    if (bundle->at_once) {
        ofctrl_bundle_end(bundle, link, OFPBCT_COMMIT_REQUEST);
    } else {
        bundle->xid = bridge_link_send(
            link, ofputil_encode_barrier_request(link->version));
    }
    return true;
}

void
ofctrl_bundle_end(struct ofctrl_bundle *bundle, struct bridge_link *link,
                  enum ofp14_bundle_ctrl_type type)
{
    bundle->early = false;
    bundle->xid = bridge_link_send(
        link, ofctrl_msg_bundle(link->version, bundle->id, type));
}

/* The switch refused the change 'c'.  One of a flow that is added or replaced
 * is tried again by itself; a deletion remains to be done. */
static void
refuse_flow(struct ofctrl_bundle *bundle, struct flow_table *ft,
            const struct flow_change *c, enum ofperr error)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 20);

    if (!VLOG_DROP_WARN(&rl)) {
        char *s = desired_flow_describe(flow_change_get_flow(c));

        VLOG_WARN("the switch refuses to %s flow %s: %s",
                  c->flow ? "add" : "delete", s, ofperr_to_string(error));
        free(s);
    }
    flow_slots_refuse_change(&ft->slots, c);
    if (c->flow) {
        flow_table_refuse(ft, c->flow, ofperr_to_string(error));
        bundle->n_refused++;
    } else {
        bundle->error = error;
    }
}

static void
refuse_group(struct ofctrl_bundle *bundle, struct group_sync *groups,
             struct group_change *c, enum ofperr error)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 20);

    VLOG_WARN_RL(&rl, "the switch refuses to %s group %"PRIu32": %s",
                 c->group ? "set" : "delete", c->slot->id,
                 ofperr_to_string(error));
    group_sync_refuse(groups, c, error);
    bundle->n_refused++;
}

bool
ofctrl_bundle_handle_error(struct ofctrl_bundle *bundle,
                           struct flow_table *ft, struct group_sync *groups,
                           ovs_be32 xid_, enum ofperr error)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 20);
    uint32_t i = ntohl(xid_) - bundle->first_xid;
    bool is_change = i < count_messages(bundle);
    bool dropped = error == OFPERR_OFPBFC_TIMEOUT;

    if (is_change && !dropped) {
        struct group_change *group;
        struct flow_change *flow;

        get_change(bundle, i, &flow, &group);
        if (group) {
            refuse_group(bundle, groups, group, error);
        } else {
            refuse_flow(bundle, ft, flow, error);
        }
        return true;
    }
    if (is_change || xid_ == bundle->xid
        || ntohl(xid_) == TOUCH_ADD_XID
        || ntohl(xid_) == TOUCH_DELETE_XID) {
        /* The first one is the cause: if all that was to be added was refused,
         * there is no bundle to be committed. */
        bundle->error = bundle->error ? bundle->error : error;
        bundle->torn |= dropped;
        VLOG_WARN_RL(&rl, "bundle of %"PRIuSIZE" changes failed: %s",
                     count_messages(bundle), ofperr_to_string(error));
        return true;
    }
    return false;
}
