/* Bundles: all or nothing, and who was at fault.
 *
 * What the switch does, and what follows from it:
 *
 *   - A message that cannot be added to a bundle only draws an error; a commit
 *     then succeeds with the rest.  So a barrier comes before the commit, and
 *     the bundle is discarded if an error came first.
 *   - An error has the transaction id of the message it is about.  A bundle's
 *     messages get consecutive ids from a range of their own (those that OVS's
 *     library hands out start at 1), so the culprit is found without a search.
 *   - A bundle to which nothing is added for 10 s is dropped, with an error
 *     about its OPEN, and the next ADD silently starts a new one.  That error
 *     must therefore spoil the bundle.
 *   - bridge_link_send() queues any number of messages.  Filling its queue
 *     only to MAX_QUEUE keeps memory flat and leaves time for others.
 *
 * A bundle without changes has a flow that is added and deleted again: the
 * switch must see some flow_mod to look at its datapath flows again after its
 * TLV map was changed. */

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

#define MAX_QUEUE 500

/* Messages that one call encodes at most. */
#define MAX_SLICE 1000

/* Transaction ids of flow_mods have this bit. */
#define FLOW_MOD_XID (UINT32_C(1) << 31)

/* Where no flow of ours is: 254 is internal to Open vSwitch. */
#define TOUCH_TABLE 253

/* Begins a bundle of 'changes', which stay the caller's to finish. */
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
                         link->version, bundle->id, htonl(FLOW_MOD_XID - 2),
                         OFPFC_ADD, flow));
    bridge_link_send(link, ofctrl_msg_flow_mod(
                         link->version, bundle->id, htonl(FLOW_MOD_XID - 1),
                         OFPFC_DELETE_STRICT, flow));
    desired_flow_unref(flow);
}

/* Whether ofctrl_bundle_fill() has room for more. */
bool
ofctrl_bundle_may_fill(const struct bridge_link *link)
{
    return bridge_link_n_queued(link) < MAX_QUEUE;
}

/* Sends changes as far as there is room in the queue, then a barrier request.
 * Returns true when all are sent; the barrier's reply, or errors before it,
 * tell whether they are good. */
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

/* Commits or discards. */
void
ofctrl_bundle_end(struct ofctrl_bundle *bundle, struct bridge_link *link,
                  enum ofp14_bundle_ctrl_type type)
{
    bundle->xid = bridge_link_send(
        link, ofctrl_msg_bundle(link->version, bundle->id, type));
}

/* Returns false if the error is not about this bundle. */
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

            VLOG_WARN("switch refuses to %s flow %s: %s",
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
        || ntohl(xid_) == FLOW_MOD_XID - 1
        || ntohl(xid_) == FLOW_MOD_XID - 2) {
        bundle->error = error;
        VLOG_WARN_RL(&rl, "bundle of %"PRIuSIZE" flow changes failed: %s",
                     bundle->n, ofperr_to_string(error));
        return true;
    }
    return false;
}
