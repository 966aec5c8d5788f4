/* Bundles: all changes or none, and which one was at fault.
 *
 * What the switch does, and what follows from it:
 *
 *   - If a message cannot be added to a bundle, the switch only sends an
 *     error; a commit then succeeds with the rest.  So a barrier comes before
 *     the commit, and the bundle is discarded if an error came before the
 *     barrier's reply.
 *   - An error has the transaction id of the message that it is about.  A
 *     bundle's messages get consecutive ids from a range of their own (those
 *     that Open vSwitch's library hands out start at 1), so the culprit is
 *     found without a search.
 *   - The switch drops a bundle to which nothing is added for 10 s, with an
 *     error about its OPEN, and the next ADD silently starts a new one.  So
 *     that error must spoil the bundle.
 *   - bridge_link_send() queues any number of messages.  Filling its queue
 *     only to MAX_QUEUE keeps memory flat and leaves time for others.
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
#include "agent/switch/ofctrl-msg.h"
#include "coverage.h"
#include "openvswitch/match.h"
#include "openvswitch/ofp-bundle.h"
#include "openvswitch/ofp-util.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(ofctrl_bundle);

COVERAGE_DEFINE(ofctrl_flow_mod);
COVERAGE_DEFINE(ofctrl_bundle);

/* Messages that may be queued. */
#define MAX_QUEUE 500

/* Messages that one call encodes at most. */
#define MAX_SLICE 1000

/* Transaction ids of flow_mods have this bit; the two below it are those of
 * send_touch(). */
#define FLOW_MOD_XID (UINT32_C(1) << 31)
#define TOUCH_ADD_XID (FLOW_MOD_XID - 2)
#define TOUCH_DELETE_XID (FLOW_MOD_XID - 1)

/* A table where no flow of ours is: 254 is internal to Open vSwitch. */
#define TOUCH_TABLE 253

void
ofctrl_bundle_open(struct ofctrl_bundle *bundle, struct bridge_link *link,
                   struct flow_change *changes, size_t n, uint64_t revision)
{
    uint32_t id = bundle->id + 1;
    uint32_t first_xid = bundle->first_xid + bundle->n;

    if (!(first_xid & FLOW_MOD_XID) || UINT32_MAX - first_xid < n) {
        first_xid = FLOW_MOD_XID;
    }
    *bundle = (struct ofctrl_bundle) {
        .changes = changes,
        .n = n,
        .id = id,
        .first_xid = first_xid,
        .revision = revision,
    };
    bundle->open_xid = bridge_link_send(
        link, ofctrl_msg_bundle(link->version, id, OFPBCT_OPEN_REQUEST));
    COVERAGE_INC(ofctrl_bundle);
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

bool
ofctrl_bundle_fill(struct ofctrl_bundle *bundle, struct bridge_link *link)
{
    for (int i = 0; i < MAX_SLICE && bundle->n_sent < bundle->n; i++) {
        const struct flow_change *c = &bundle->changes[bundle->n_sent];

        if (!ofctrl_bundle_may_fill(link)) {
            return false;
        }
        bridge_link_send(link, ofctrl_msg_flow_mod(
                             link->version, bundle->id,
                             htonl(bundle->first_xid + bundle->n_sent),
                             c->flow ? OFPFC_ADD : OFPFC_DELETE_STRICT,
                             c->flow ? c->flow : c->old));
        bundle->n_sent++;
        COVERAGE_INC(ofctrl_flow_mod);
    }
    if (bundle->n_sent < bundle->n) {
        return false;
    }
    if (!bundle->n) {
        send_touch(bundle, link);
    }
    bundle->xid = bridge_link_send(
        link, ofputil_encode_barrier_request(link->version));
    return true;
}

void
ofctrl_bundle_end(struct ofctrl_bundle *bundle, struct bridge_link *link,
                  enum ofp14_bundle_ctrl_type type)
{
    bundle->xid = bridge_link_send(
        link, ofctrl_msg_bundle(link->version, bundle->id, type));
}

bool
ofctrl_bundle_handle_error(struct ofctrl_bundle *bundle,
                           struct flow_table *ft, ovs_be32 xid_,
                           enum ofperr error)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 20);
    uint32_t i = ntohl(xid_) - bundle->first_xid;

    if (i < bundle->n) {
        const struct flow_change *c = &bundle->changes[i];

        if (!VLOG_DROP_WARN(&rl)) {
            char *s = desired_flow_describe(c->flow ? c->flow : c->old);

            VLOG_WARN("the switch refuses to %s flow %s: %s",
                      c->flow ? "add" : "delete", s,
                      ofperr_to_string(error));
            free(s);
        }
        if (c->flow) {
            flow_table_refuse(ft, c->flow, ofperr_to_string(error));
            bundle->n_refused++;
        } else {
            bundle->error = error;
        }
        return true;
    }
    if (xid_ == bundle->open_xid || xid_ == bundle->xid
        || ntohl(xid_) == TOUCH_ADD_XID
        || ntohl(xid_) == TOUCH_DELETE_XID) {
        bundle->error = error;
        VLOG_WARN_RL(&rl, "bundle of %"PRIuSIZE" flow changes failed: %s",
                     bundle->n, ofperr_to_string(error));
        return true;
    }
    return false;
}
