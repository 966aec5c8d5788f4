/* What the switch sends, and which state each message leads to: see
 * ofctrl-state.h. */

#include <config.h>

#include "agent/switch/ofctrl-handle.h"

#include <stdlib.h>

#include "agent/switch/desired-group.h"
#include "agent/switch/flow-owner.h"
#include "agent/switch/ofctrl-monitor.h"
#include "agent/switch/ofctrl-msg.h"
#include "agent/switch/ofctrl-state.h"
#include "coverage.h"
#include "openvswitch/ofp-bundle.h"
#include "openvswitch/ofp-flow.h"
#include "openvswitch/ofp-msgs.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(ofctrl_handle);

COVERAGE_DEFINE(ofctrl_read_flow);

/* Until a bundle is sent again that failed, and not because of a certain
 * flow: msec. */
#define BUNDLE_BACKOFF 1000

/* Until what was refused is tried again: msec.  One flow is tried first, and
 * twice as many at once whenever all were taken. */
#define RETRY_INTERVAL 5000
#define MAX_RETRY_WIDTH 1000

static void
request_flows(struct ofctrl *of)
{
    meter_sync_begin_reading(&of->meters);
    bridge_link_send(&of->link, ofctrl_msg_meter_request(of->link.version));
    group_sync_begin_reading(&of->groups);
    bridge_link_send(&of->link, ofctrl_msg_group_request(of->link.version));
    of->xid = bridge_link_send(
        &of->link, ofctrl_msg_flow_request(
            of->link.version, false, FLOW_OWNER_COOKIE_PREFIX,
            FLOW_OWNER_COOKIE_MASK, OFPTT_ALL));
    of->count_xid = bridge_link_send(
        &of->link, ofctrl_msg_flow_request(of->link.version, true, 0, 0,
                                           OFPTT_ALL));
    of->state = S_READ_FLOWS;
}

static void
handle_tlv_reply(struct ofctrl *of, const struct ofp_header *oh)
{
    struct index_map map;
    enum ofperr error;

    if (oh->xid != of->xid
        || (of->state != S_READ_TLV && of->state != S_REREAD
            && of->state != S_CHANGE_TLV)) {
        return;
    }
    error = ofctrl_msg_decode_tlv_reply(oh, &map);
    if (error) {
        VLOG_WARN("%s: cannot decode the TLV map: %s", of->link.bridge,
                  ofperr_to_string(error));
        bridge_link_reconnect(&of->link);
        return;
    }
    if (of->state == S_REREAD && ofctrl_monitor_end_reading(of, &map)) {
        request_flows(of);
    }
    tlv_sync_set_installed(&of->tlv, &map);
    if (of->state == S_READ_TLV) {
        bridge_link_send(&of->link,
                         ofctrl_msg_ports_request(of->link.version));
        request_flows(of);
    } else if (of->state == S_CHANGE_TLV) {
        of->state = S_STEADY;
    }
    ofctrl_state_update_tlv(of);
}

static void
add_installed(struct desired_flow *flow, void *of_)
{
    struct ofctrl *of = of_;

    flow_slots_add_installed(&of->flows.slots, flow);
    COVERAGE_INC(ofctrl_read_flow);
}

static void
handle_flow_reply(struct ofctrl *of, const struct ofp_header *oh)
{
    if (of->state == S_READ_FLOWS && oh->xid == of->xid) {
        ofctrl_msg_decode_flow_reply(oh, add_installed, of);
    }
}

static void
add_meter(uint32_t id, const struct meter_band *band, void *of_)
{
    struct ofctrl *of = of_;

    if (id < FLOW_OWNER_METER_FIRST || id > FLOW_OWNER_METER_LAST) {
        return;
    }
    if (of->state == S_READ_FLOWS) {
        meter_sync_add_installed(&of->meters, id, *band);
    } else {
        ofctrl_monitor_handle_read_meter(of, id, band);
    }
}

static void
handle_meter_reply(struct ofctrl *of, const struct ofp_header *oh)
{
    if (of->state == S_READ_FLOWS || of->state == S_REREAD) {
        ofctrl_msg_decode_meter_reply(oh, add_meter, of);
    }
}

static void
add_group(struct desired_group *group, void *of_)
{
    struct ofctrl *of = of_;

    if (group->id < FLOW_OWNER_GROUP_FIRST
        || group->id > FLOW_OWNER_GROUP_LAST) {
        free(group);
    } else if (of->state == S_READ_FLOWS) {
        group_sync_add_installed(&of->groups, group);
    } else {
        ofctrl_monitor_handle_read_group(of, group);
    }
}

static void
handle_group_reply(struct ofctrl *of, const struct ofp_header *oh)
{
    if (of->state == S_READ_FLOWS || of->state == S_REREAD) {
        ofctrl_msg_decode_group_reply(oh, add_group, of);
    }
}

static void
take_meter_drops(uint32_t id, uint64_t n_packets, void *of_)
{
    struct ofctrl *of = of_;

    if (id >= FLOW_OWNER_METER_FIRST && id <= FLOW_OWNER_METER_LAST) {
        of->all_meters.cb(id, n_packets, of->all_meters.aux);
    }
}

static void
handle_meter_stats(struct ofctrl *of, const struct ofp_header *oh)
{
    if (of->all_meters.xid && oh->xid == of->all_meters.xid) {
        ofctrl_msg_decode_all_meter_stats(oh, take_meter_drops, of);
        return;
    }

    uint64_t packets = 0, bytes = 0;
    bool ok = ofctrl_msg_decode_meter_stats(oh, &packets, &bytes);

    counter_queries_answer(&of->queries, oh->xid, ok, packets, bytes);
}

/* All flows have been read; the switch has 'n' of them, those of others
 * included. */
static void
finish_reading(struct ofctrl *of, size_t n)
{
    size_t n_ours = of->flows.slots.n_installed;

    meter_sync_end_reading(&of->meters);
    group_sync_end_reading(&of->groups);
    of->n_foreign = n > n_ours ? n - n_ours : 0;
    of->state = S_STEADY;
    if (of->watch.reads_flows) {
        ofctrl_monitor_end_reading_flows(of);
        return;
    }
    of->is_read = true;
    of->had_flows = n_ours > 0;
    VLOG_INFO("%s: connected, has %"PRIuSIZE" flows of ours, %"PRIuSIZE" of "
              "others; %"PRIuSIZE" to change", of->link.bridge, n_ours,
              of->n_foreign, of->flows.slots.n_pending);
}

static void
handle_aggregate_reply(struct ofctrl *of, const struct ofp_header *oh)
{
    struct ofputil_aggregate_stats as = { .flow_count = 0 };
    enum ofperr error = ofputil_decode_aggregate_stats_reply(&as, oh);

    if (of->state == S_READ_FLOWS && oh->xid == of->count_xid) {
        finish_reading(of, as.flow_count);
    } else if (of->state == S_REREAD && oh->xid == of->count_xid) {
        ofctrl_monitor_handle_count(of, as.flow_count);
    } else {
        counter_queries_answer(&of->queries, oh->xid, !error,
                               as.packet_count, as.byte_count);
    }
}

static void
handle_port_reply(struct ofctrl *of, const struct ofp_header *oh)
{
    uint64_t rx = 0, tx = 0;
    bool ok = ofctrl_msg_decode_port_reply(oh, &rx, &tx);

    counter_queries_answer(&of->queries, oh->xid, ok, rx, tx);
}

/* Something was refused. */
static void
retry_later(struct ofctrl *of)
{
    of->retry_at = time_msec() + RETRY_INTERVAL;
    of->retry_width = 1;
}

/* The bundle was committed.  Returns how many flows that had been refused
 * before were accepted: those that were refused again are not being tried any
 * more. */
static size_t
accept_flows(struct ofctrl *of)
{
    const struct ofctrl_bundle *b = &of->bundle;
    size_t n = 0;

    for (size_t i = 0; i < b->changes.n; i++) {
        if (b->changes.array[i].flow) {
            n += flow_table_accept(&of->flows, b->changes.array[i].flow);
        }
    }
    return n;
}

/* 'n' of what was refused before were accepted: the next may be, too. */
static void
retry_more(struct ofctrl *of, size_t n)
{
    if (n) {
        of->retry_at = time_msec();
        of->retry_width = MIN(of->retry_width * 2, MAX_RETRY_WIDTH);
    }
}

/* The switch has answered the commit or the discard.  If it has refused
 * something, what remains to be done is found by ofctrl-next.c, which then
 * confirms the revision. */
static void
finish_bundle(struct ofctrl *of, bool committed)
{
    struct ofctrl_bundle *b = &of->bundle;
    bool whole = committed && !b->n_refused && !b->error;
    size_t n_accepted = 0;

    if (committed) {
        interference_note_restored(&of->interference, time_msec());
        n_accepted = accept_flows(of);
        of->bundle_error = 0;
    }
    if (whole) {
        of->confirmed = MAX(of->confirmed, b->revision);
    } else {
        of->touch |= of->bundle_touches;
        if (b->n_refused) {
            retry_later(of);
        } else if (b->error) {
            of->bundle_error = b->error;
            of->bundle_retry_at = time_msec() + BUNDLE_BACKOFF;
        }
    }
    n_accepted += ofctrl_state_end_bundle(of, committed);
    retry_more(of, n_accepted);
    if (!of->retry_at && (!ovs_list_is_empty(&of->flows.refusals)
                          || of->groups.n_refused)) {
        retry_later(of);
    }
    of->state = S_STEADY;
}

static void
handle_barrier_reply(struct ofctrl *of, const struct ofp_header *oh)
{
    struct ofctrl_bundle *b = &of->bundle;

    if (of->state == S_CHANGE_METERS && oh->xid == of->xid) {
        meter_sync_finish(&of->meters);
        of->state = S_STEADY;
    } else if (of->state == S_CHECK && oh->xid == b->xid) {
        bool good = !b->n_refused && !b->error;

        if (b->bare) {
            finish_bundle(of, good);
            return;
        }
        ofctrl_bundle_end(b, &of->link, (good ? OFPBCT_COMMIT_REQUEST
                                         : OFPBCT_DISCARD_REQUEST));
        of->state = good ? S_COMMIT : S_DISCARD;
    }
}

static void
handle_bundle_reply(struct ofctrl *of, const struct ofp_header *oh)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 10);

    if (oh->xid == of->bundle.xid) {
        if (of->state == S_COMMIT && of->bundle.torn) {
            VLOG_WARN_RL(&rl, "%s: a part of a bundle was committed, reading "
                         "which", of->link.bridge);
            bridge_link_reconnect(&of->link);
        } else if (of->state == S_COMMIT) {
            finish_bundle(of, true);
        } else if (of->state == S_DISCARD) {
            finish_bundle(of, false);
        }
    }
}

/* Returns false if the error is not about a change of the TLV map. */
static bool
handle_step_error(struct ofctrl *of, ovs_be32 xid, enum ofperr error)
{
    for (uint64_t m = of->step; m; m = zero_rightmost_1bit(m)) {
        int i = rightmost_1bit_idx(m);

        if (of->step_xids[i] == xid) {
            static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 10);

            tlv_sync_report_error(&of->tlv, i, error, time_msec());
            if (error == OFPERR_NXTTMFC_INVALID_TLV_DEL) {
                VLOG_DBG_RL(&rl, "%s: tun_metadata%d is still in use",
                            of->link.bridge, i);
            } else {
                VLOG_WARN_RL(&rl, "%s: cannot change tun_metadata%d: %s",
                             of->link.bridge, i, ofperr_to_string(error));
            }
            return true;
        }
    }
    return false;
}

static void
handle_error(struct ofctrl *of, const struct ofp_header *oh)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 10);
    enum ofperr error = ofperr_decode_msg(oh, NULL);

    if (of->state == S_CHANGE_TLV && handle_step_error(of, oh->xid, error)) {
        return;
    }
    if (of->state == S_CHANGE_METERS
        && meter_sync_report_error(&of->meters, oh->xid, error)) {
        retry_later(of);
        VLOG_WARN_RL(&rl, "%s: cannot change a meter: %s", of->link.bridge,
                     ofperr_to_string(error));
        return;
    }
    if (of->state >= S_ADD || of->bundle.early) {
        bool last = oh->xid == of->bundle.xid;

        if (error == OFPERR_NXFMFC_INVALID_TLV_FIELD) {
            /* The TLV map is not as we knew. */
            of->watch.must_read = true;
        }
        if (ofctrl_bundle_handle_error(&of->bundle, &of->flows,
                                       &of->groups, oh->xid, error)) {
            if (last && (of->state == S_COMMIT || of->state == S_DISCARD)) {
                finish_bundle(of, false);
            }
            return;
        }
    }
    if (counter_queries_answer(&of->queries, oh->xid, false, 0, 0)
        || ofctrl_monitor_handle_error(of, oh->xid)
        || (of->all_meters.xid && oh->xid == of->all_meters.xid)) {
        return;
    }
    VLOG_WARN_RL(&rl, "%s: unexpected error while %s: %s", of->link.bridge,
                 ofctrl_state_to_string(of->state), ofperr_to_string(error));
    if (of->state < S_STEADY
        && (oh->xid == of->xid || oh->xid == of->count_xid)) {
        bridge_link_reconnect(&of->link);
    }
}

void
ofctrl_handle_message(struct ofctrl *of, const struct ofp_header *oh)
{
    enum ofptype type;

    if (ofptype_decode(&type, oh)) {
        return;
    }
    switch ((int) type) {
    case OFPTYPE_ERROR:
        handle_error(of, oh);
        break;
    case OFPTYPE_NXT_TLV_TABLE_REPLY:
        handle_tlv_reply(of, oh);
        break;
    case OFPTYPE_FLOW_STATS_REPLY:
        handle_flow_reply(of, oh);
        break;
    case OFPTYPE_AGGREGATE_STATS_REPLY:
        handle_aggregate_reply(of, oh);
        break;
    case OFPTYPE_PORT_STATS_REPLY:
        handle_port_reply(of, oh);
        break;
    case OFPTYPE_METER_CONFIG_STATS_REPLY:
        handle_meter_reply(of, oh);
        break;
    case OFPTYPE_GROUP_DESC_STATS_REPLY:
        handle_group_reply(of, oh);
        break;
    case OFPTYPE_METER_STATS_REPLY:
        handle_meter_stats(of, oh);
        break;
    case OFPTYPE_PORT_DESC_STATS_REPLY:
    case OFPTYPE_PORT_STATUS:
        ofctrl_msg_decode_ports(oh, &of->ports);
        break;
    case OFPTYPE_BARRIER_REPLY:
        handle_barrier_reply(of, oh);
        break;
    case OFPTYPE_FLOW_MONITOR_STATS_REPLY:
        ofctrl_monitor_handle_flows(of, oh);
        break;
    case OFPTYPE_REQUESTFORWARD:
        ofctrl_monitor_handle_request(of);
        break;
    case OFPTYPE_BUNDLE_CONTROL:
        handle_bundle_reply(of, oh);
        break;
    default:
        break;
    }
}
