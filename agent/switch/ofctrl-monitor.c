/* Following what others do to the switch.
 *
 * What the switch has is known, not remembered: whoever deletes our flows (or
 * sets a bridge's fail_mode or controller, which makes ovs-vswitchd delete
 * them) does not tell us.  So
 *
 *   - a flow monitor tells of all flows that are added, changed or removed.
 *     Our own changes are left out, but for their number.  (While a monitor is
 *     paused, because much is queued, they come in full, too.  They change
 *     nothing then.)
 *   - "request forward" tells of meters and groups that others add, change or
 *     delete, but not of a flush of meters.  A flush takes flows along; after
 *     each change of flows, meters and groups are read again before anything
 *     is written.
 *   - nothing tells of the TLV map: it is read each second, and before
 *     anything is put back, since a flow that needs a mapping is refused
 *     without it.
 *
 * A switch without such monitors (Open vSwitch before 3.0) is asked each
 * second how many flows of ours it has.  If the number is not what it should
 * be, and every 30 seconds, all of them are read again.
 *
 * Whatever is found out only makes the difference to what is wanted, which
 * STEADY puts right as it does any other. */

#include <config.h>

#include "agent/switch/ofctrl-monitor.h"

#include <stdlib.h>

#include "agent/switch/desired-flow.h"
#include "agent/switch/flow-owner.h"
#include "agent/switch/ofctrl-msg.h"
#include "agent/switch/ofctrl-state.h"
#include "coverage.h"
#include "lib/tick.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(ofctrl_monitor);

COVERAGE_DEFINE(ofctrl_interference);

/* Between two readings of the TLV map, and of all flows without a monitor:
 * msec. */
#define READ_INTERVAL 1000
#define READ_ALL_INTERVAL 30000

void
ofctrl_monitor_start(struct ofctrl *of)
{
    struct ofctrl_watch *w = &of->watch;

    *w = (struct ofctrl_watch) {
        .has_monitor = true,
        .read_at = tick_next(time_msec(), READ_INTERVAL),
    };
    of->interference.hold_until = 0;
    w->async_xid = bridge_link_send(&of->link,
                                    ofctrl_msg_set_async(of->link.version));
    w->monitor_xid = bridge_link_send(
        &of->link, ofctrl_msg_monitor_request(of->link.version));
}

bool
ofctrl_monitor_handle_error(struct ofctrl *of, ovs_be32 xid)
{
    struct ofctrl_watch *w = &of->watch;

    if (xid == w->monitor_xid) {
        VLOG_INFO("%s: there are no flow monitors, flows are read again "
                  "instead", of->link.bridge);
        w->has_monitor = false;
        w->read_all_at = time_msec() + READ_ALL_INTERVAL;
    }
    return xid == w->monitor_xid || xid == w->async_xid;
}

/* Somebody did this to 'n' flows, meters, groups or mappings. */
static void
note(struct ofctrl *of, enum interference_kind kind, unsigned int n)
{
    if (n) {
        interference_note(&of->interference, kind, n, time_msec());
        of->watch.must_read = true;
        COVERAGE_ADD(ofctrl_interference, n);
    }
}

static void
log_flow(const struct ofctrl *of, const struct desired_flow *flow,
         const char *what)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 10);

    if (!VLOG_DROP_INFO(&rl)) {
        char *s = desired_flow_describe(flow);

        VLOG_INFO("%s: somebody %s flow %s", of->link.bridge, what, s);
        free(s);
    }
}

/* 'flow' was removed or is there now.  It is somebody's doing if it makes a
 * difference to what is wanted; else it is as we knew. */
static void
handle_flow(struct desired_flow *flow, bool removed, void *of_)
{
    struct ofctrl *of = of_;
    struct flow_slots *slots = &of->flows.slots;
    size_t n_pending = slots->n_pending;
    size_t n_installed = slots->n_installed;
    bool ours = !flow->foreign;

    if (ours && !removed) {
        flow_slots_add_installed(slots, desired_flow_ref(flow));
    } else if (ours || !removed) {
        flow_slots_remove_installed(slots, flow);
    }
    if (slots->n_pending > n_pending && of->state > S_READ_FLOWS) {
        enum interference_kind kind
            = (removed ? INTERFERENCE_FLOW_DELETED
               : slots->n_installed > n_installed ? INTERFERENCE_FLOW_ADDED
               : INTERFERENCE_FLOW_CHANGED);

        note(of, kind, 1);
        log_flow(of, flow, (kind == INTERFERENCE_FLOW_DELETED ? "deleted"
                            : kind == INTERFERENCE_FLOW_ADDED ? "added"
                            : "changed"));
    }
    desired_flow_unref(flow);
}

void
ofctrl_monitor_handle_flows(struct ofctrl *of, const struct ofp_header *oh)
{
    ofctrl_msg_decode_flow_update(oh, handle_flow, of);
}

void
ofctrl_monitor_handle_request(struct ofctrl *of)
{
    of->watch.must_read = true;
}

/* Reading again. */

bool
ofctrl_monitor_must_read(const struct ofctrl *of, long long int now)
{
    return of->watch.must_read || now >= of->watch.read_at;
}

long long int
ofctrl_monitor_get_read_time(const struct ofctrl *of)
{
    return of->watch.read_at;
}

void
ofctrl_monitor_begin_reading(struct ofctrl *of)
{
    enum ofp_version version = of->link.version;
    struct ofctrl_watch *w = &of->watch;

    w->reads_meters = w->must_read;
    w->reads_flows = !w->has_monitor && time_msec() >= w->read_all_at;
    w->must_read = false;
    w->asked_at = time_msec();
    w->read_at = tick_next(w->asked_at, READ_INTERVAL);
    if (w->reads_meters) {
        meter_sync_begin_reading(&of->meters);
        bridge_link_send(&of->link, ofctrl_msg_meter_request(version));
        group_sync_begin_reading(&of->groups);
        bridge_link_send(&of->link, ofctrl_msg_group_request(version));
    }
    if (!w->has_monitor) {
        of->count_xid = bridge_link_send(
            &of->link, ofctrl_msg_flow_request(
                version, true, FLOW_OWNER_COOKIE_PREFIX,
                FLOW_OWNER_COOKIE_MASK, OFPTT_ALL));
    }
    of->xid = bridge_link_send(&of->link, ofctrl_msg_tlv_request(version));
    of->state = S_REREAD;
}

long long int
ofctrl_monitor_get_lull_end(const struct ofctrl *of)
{
    const struct ofctrl_watch *w = &of->watch;
    bool is_awaited = (of->state != S_REREAD || w->reads_meters
                       || w->reads_flows || w->must_read);

    return is_awaited ? 0 : w->asked_at + TICK_PATIENCE;
}

void
ofctrl_monitor_handle_read_meter(struct ofctrl *of, uint32_t id,
                                 const struct meter_band *band)
{
    if (of->watch.reads_meters
        && meter_sync_add_installed(&of->meters, id, *band)) {
        note(of, INTERFERENCE_METER, 1);
    }
}

void
ofctrl_monitor_handle_read_group(struct ofctrl *of,
                                 struct desired_group *group)
{
    if (!of->watch.reads_meters) {
        free(group);
    } else if (group_sync_add_installed(&of->groups, group)) {
        note(of, INTERFERENCE_GROUP, 1);
    }
}

void
ofctrl_monitor_handle_count(struct ofctrl *of, uint64_t n)
{
    of->watch.reads_flows |= n != of->flows.slots.n_installed;
}

bool
ofctrl_monitor_end_reading(struct ofctrl *of, const struct index_map *map)
{
    struct ofctrl_watch *w = &of->watch;

    if (w->reads_meters) {
        w->reads_meters = false;
        note(of, INTERFERENCE_METER, meter_sync_end_reading(&of->meters));
        note(of, INTERFERENCE_GROUP, group_sync_end_reading(&of->groups));
    }
    note(of, INTERFERENCE_TLV, index_map_count_differences(&of->tlv.installed,
                                                           map));
    w->must_read = false;
    if (w->reads_flows) {
        w->read_all_at = time_msec() + READ_ALL_INTERVAL;
        w->n_pending = of->flows.slots.n_pending;
        flow_slots_forget_installed(&of->flows.slots);
        return true;
    }
    of->state = S_STEADY;
    return false;
}

void
ofctrl_monitor_end_reading_flows(struct ofctrl *of)
{
    struct ofctrl_watch *w = &of->watch;
    size_t n_pending = of->flows.slots.n_pending;

    w->reads_flows = false;
    if (n_pending > w->n_pending) {
        note(of, INTERFERENCE_FLOW_CHANGED, n_pending - w->n_pending);
    }
}
