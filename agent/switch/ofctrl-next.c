/* The steps from what the switch has to what is wanted, one at a time.
 *
 * The order that a change of the TLV map needs is not written down anywhere.
 * It follows from three rules: the flow table deletes flows whose index is not
 * mapped as wanted; a step of the TLV map waits until none of our flows uses
 * its index; flows wait until their indices are ready. */

#include <config.h>

#include "agent/switch/ofctrl-next.h"

#include "agent/switch/ofctrl-monitor.h"
#include "agent/switch/ofctrl-msg.h"
#include "agent/switch/ofctrl-state.h"
#include "agent/switch/old-flows.h"
#include "coverage.h"
#include "openvswitch/ofp-util.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(ofctrl);

COVERAGE_DEFINE(ofctrl_tlv_mod);

/* A bundle that is begun early is given up when nothing could be added to it
 * for so long: msec.  The switch does it after 10 s. */
#define MAX_IDLE 5000

/* Changes of meters that are under way at once, at most. */
#define MAX_METER_MODS 100

void
ofctrl_next_start(struct ofctrl *of)
{
    ofctrl_monitor_start(of);
    of->xid = bridge_link_send(&of->link,
                               ofctrl_msg_tlv_request(of->link.version));
    of->state = S_READ_TLV;
}

/* Steps. */

static void
begin_purge(struct ofctrl *of, uint64_t indices)
{
    of->purge = indices;
    of->purge_ticket = of->purger ? old_flows_ask(of->purger) : 0;
    of->state = S_PURGE;
}

static bool
purge_is_over(const struct ofctrl *of)
{
    return !of->purger || old_flows_are_gone(of->purger, of->purge_ticket);
}

static void
change_tlv(struct ofctrl *of, struct tlv_step step)
{
    of->step = step.del | step.add;
    for (uint64_t m = of->step; m; m = zero_rightmost_1bit(m)) {
        int i = rightmost_1bit_idx(m);
        bool del = step.del & (UINT64_C(1) << i);

        VLOG_DBG("%s: %s tun_metadata%d", of->link.bridge,
                 del ? "unmapping" : "mapping", i);
        of->step_xids[i] = bridge_link_send(
            &of->link, ofctrl_msg_tlv_mod(
                of->link.version, del ? NXTTMC_DELETE : NXTTMC_ADD, i,
                del ? &of->tlv.installed.slots[i] : &of->tlv.wanted.slots[i]));
        of->n_tlv_mods++;
        COVERAGE_INC(ofctrl_tlv_mod);
    }
    of->xid = bridge_link_send(&of->link,
                               ofctrl_msg_tlv_request(of->link.version));
    of->touch = true;
    of->state = S_CHANGE_TLV;
}

/* Adds and modifies meters, or deletes some. */
static void
change_meters(struct ofctrl *of, bool delete)
{
    struct meter *meter;

    for (int i = 0; i < MAX_METER_MODS
                    && (meter = meter_sync_take(&of->meters, delete)); i++) {
        enum ofp13_meter_mod_command command
            = (delete ? OFPMC13_DELETE
               : meter->installed.rate ? OFPMC13_MODIFY : OFPMC13_ADD);

        meter->xid = bridge_link_send(
            &of->link, ofctrl_msg_meter_mod(of->link.version, command,
                                            meter->id, &meter->wanted));
        of->n_meter_mods++;
    }
    of->xid = bridge_link_send(
        &of->link, ofputil_encode_barrier_request(of->link.version));
    of->state = S_CHANGE_METERS;
}

/* Whether flows may go out that will be wanted, for all that is known so far.
 * If the switch has none of ours, as when it has just started, nothing can go
 * wrong: a commit comes later, and so does what is not there yet. */
static bool
may_send_early(const struct ofctrl *of)
{
    return (of->state == S_STEADY && !of->no_early
            && !write_gate_is_open(of->gate, of->target)
            && !of->flows.slots.n_installed);
}

/* Whether the bundle that was begun early is of no use: the switch forgets one
 * that nothing is added to for a while, or has found something wrong. */
static bool
must_give_up_early(const struct ofctrl *of)
{
    const struct ofctrl_bundle *b = &of->bundle;

    return (of->state == S_STEADY && b->early
            && (b->error || b->n_refused
                || time_msec() >= b->sent_at + MAX_IDLE));
}

static void
run_early(struct ofctrl *of)
{
    size_t n = ofctrl_bundle_count_sent_flows(&of->bundle);

    n = of->bundle.early ? n : 0;
    ofctrl_bundle_run_early(&of->bundle, &of->link, &of->flows);
    of->n_flow_mods += ofctrl_bundle_count_sent_flows(&of->bundle) - n;
}

static void
give_up_early(struct ofctrl *of)
{
    VLOG_INFO("%s: %"PRIuSIZE" flows that were sent before all was known are "
              "given up, and sent again later", of->link.bridge,
              ofctrl_bundle_count_sent_flows(&of->bundle));
    ofctrl_bundle_end(&of->bundle, &of->link, OFPBCT_DISCARD_REQUEST);
    of->no_early = true;
    of->bundle_touches = false;
    of->state = S_DISCARD;
}

static void
open_bundle(struct ofctrl *of)
{
    ofctrl_bundle_complete(&of->bundle, &of->flows, &of->groups,
                           (tlv_sync_is_settled(&of->tlv) ? of->revision
                            : of->confirmed));
    VLOG_DBG("%s: changing %"PRIuSIZE" flows and %"PRIuSIZE" groups; "
             "%"PRIuSIZE" flows wait for the TLV map", of->link.bridge,
             of->bundle.changes.n, of->bundle.n_groups,
             ovs_list_size(&of->flows.slots.waiting));
    of->n_group_mods += of->bundle.n_groups;
    of->n_bundles++;
    of->bundle_touches = of->touch;
    of->touch = false;
    of->state = S_ADD;
}

static void
fill_bundle(struct ofctrl *of)
{
    size_t n = ofctrl_bundle_count_sent_flows(&of->bundle);

    if (ofctrl_bundle_fill(&of->bundle, &of->link)) {
        of->state = of->bundle.at_once ? S_COMMIT : S_CHECK;
    }
    of->n_flow_mods += ofctrl_bundle_count_sent_flows(&of->bundle) - n;
}

/* The choice between them. */

enum step {
    STEP_NONE,
    STEP_READ,
    STEP_PURGE,
    STEP_TLV,
    STEP_MAKE_METERS,
    STEP_FLOWS,
    STEP_DELETE_METERS,
    STEP_CONFIRM
};

/* Whether all flows had better stay as they are for the moment.  A flow that
 * needs an index which is not ready is deleted (flow-slots.c), and packets are
 * lost until it is back.  If the index will be ready within milliseconds,
 * waiting loses none. */
static bool
must_wait_for_map(const struct ofctrl *of)
{
    return (!ovs_list_is_empty(&of->flows.slots.waiting)
            && tlv_sync_is_waiting(&of->tlv, of->flows.slots.n_using));
}

static bool
has_flows_to_send(const struct ofctrl *of)
{
    return (of->flows.slots.n_pending || group_sync_may_take(&of->groups)
            || of->touch || of->bundle.early);
}

/* Wants again what the switch refused, if it is time. */
static void
retry_refused(struct ofctrl *of)
{
    if (of->retry_at && time_msec() >= of->retry_at) {
        of->retry_at = 0;
        meter_sync_retry(&of->meters);
        group_sync_retry(&of->groups);
        flow_table_retry(&of->flows, of->retry_width);
    }
}

/* Returns the time (msec) before which nothing is to be done. */
static long long int
get_hold(const struct ofctrl *of)
{
    return interference_get_hold(&of->interference);
}

/* Returns the step that is due; '*tlv' is what STEP_PURGE and STEP_TLV are
 * about. */
static enum step
choose_step(const struct ofctrl *of, struct tlv_step *tlv)
{
    long long int now;

    if (!ofctrl_state_may_write(of)) {
        return STEP_NONE;
    }
    now = time_msec();
    if (now < get_hold(of)) {
        return STEP_NONE;
    } else if (ofctrl_monitor_must_read(of, now)) {
        return STEP_READ;
    }
    *tlv = tlv_sync_get_step(&of->tlv, of->flows.slots.n_using, now);
    if (tlv->purge) {
        return STEP_PURGE;
    } else if (tlv->del || tlv->add) {
        return STEP_TLV;
    } else if (meter_sync_may_take(&of->meters, false)) {
        return STEP_MAKE_METERS;
    } else if (must_wait_for_map(of)) {
        return STEP_NONE;
    } else if (has_flows_to_send(of)) {
        return now >= of->bundle_retry_at ? STEP_FLOWS : STEP_NONE;
    } else if (meter_sync_may_take(&of->meters, true)) {
        return STEP_DELETE_METERS;
    } else if (of->confirmed != of->revision
               && tlv_sync_is_settled(&of->tlv)) {
        return STEP_CONFIRM;
    }
    return STEP_NONE;
}

static void
do_step(struct ofctrl *of)
{
    struct tlv_step tlv;

    switch (choose_step(of, &tlv)) {
    case STEP_NONE:
        break;
    case STEP_READ:
        ofctrl_monitor_begin_reading(of);
        break;
    case STEP_PURGE:
        begin_purge(of, tlv.purge);
        break;
    case STEP_TLV:
        change_tlv(of, tlv);
        break;
    case STEP_MAKE_METERS:
        change_meters(of, false);
        break;
    case STEP_FLOWS:
        open_bundle(of);
        break;
    case STEP_DELETE_METERS:
        change_meters(of, true);
        break;
    case STEP_CONFIRM:
        of->confirmed = of->revision;
        break;
    }
}

void
ofctrl_next_run(struct ofctrl *of)
{
    if (!bridge_link_is_connected(&of->link)) {
        return;
    }
    if (of->state == S_PURGE && purge_is_over(of)) {
        tlv_sync_set_purged(&of->tlv, of->purge);
        of->state = S_STEADY;
    }
    if (must_give_up_early(of)) {
        give_up_early(of);
    } else if (may_send_early(of)
               && ofctrl_bundle_may_run_early(&of->bundle, &of->link,
                                              &of->flows)) {
        run_early(of);
    } else if (ofctrl_state_may_write(of)) {
        flow_table_check_waiting(&of->flows);
        retry_refused(of);
        do_step(of);
    }
    if (of->state == S_ADD) {
        fill_bundle(of);
    }
}

void
ofctrl_next_wait(const struct ofctrl *of)
{
    struct tlv_step tlv;

    if (of->state == S_STEADY && of->bundle.early) {
        poll_timer_wait_until(of->bundle.sent_at + MAX_IDLE);
    }

    if (choose_step(of, &tlv) != STEP_NONE
        || (of->state == S_PURGE && purge_is_over(of))
        || (of->state == S_ADD && ofctrl_bundle_may_fill(&of->link))
        || (may_send_early(of)
            && ofctrl_bundle_may_run_early(&of->bundle, &of->link,
                                           &of->flows))) {
        poll_immediate_wake();
    } else if (ofctrl_state_may_write(of)) {
        long long int hold = get_hold(of);

        if (of->retry_at) {
            poll_timer_wait_until(of->retry_at);
        }
        poll_timer_wait_until(MAX(hold, ofctrl_monitor_get_read_time(of)));
        poll_timer_wait_until(MAX(hold, tlv_sync_get_retry_time(&of->tlv)));
        if (hold > time_msec()) {
            poll_timer_wait_until(hold);
        }
        if (has_flows_to_send(of) && of->bundle_retry_at > time_msec()) {
            poll_timer_wait_until(of->bundle_retry_at);
        }
    }
}
