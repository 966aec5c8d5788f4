/* The OpenFlow connection to a bridge, and what is done with it when.
 *
 * States, and where they lead (losing the connection leads to DISCONNECTED
 * from everywhere):
 *
 *   DISCONNECTED   Nothing is known of the switch.  When the connection is
 *                  there, asks for the TLV map: READ_TLV.
 *   READ_TLV       The map comes.  Asks for all meters, all flows with our
 *                  cookie and the number of all flows: READ_FLOWS.
 *   READ_FLOWS     Meters come, then flows, part by part, straight into the
 *                  flow table, which finds the difference, then the flows'
 *                  number: STEADY.
 *   STEADY         Nothing is under way.  Once the desired state is complete:
 *                  has the datapath purged if the TLV map's next step needs
 *                  that (PURGE), requests that step, if there is one
 *                  (CHANGE_TLV), else makes the meters that flows need
 *                  (CHANGE_METERS), else sends all pending flow changes
 *                  (ADD), else deletes meters (CHANGE_METERS), else the
 *                  newest revision is confirmed.
 *   PURGE          ovs-vswitchd was asked to forget its datapath flows.  When
 *                  it has, or is gone: STEADY, which goes on with the step.
 *   CHANGE_TLV     Errors may come, one for each index that failed; then the
 *                  map as it is now: STEADY.
 *   CHANGE_METERS  Errors may come, then a barrier's reply: STEADY.
 *   ADD            Flow changes go into a bundle as the queue takes them.
 *                  Errors may come.  After the last one a barrier: CHECK.
 *   CHECK          Errors, then the barrier's reply.  No error: COMMIT, else
 *                  DISCARD.
 *   COMMIT         The reply: the changes are installed: STEADY.  Or errors:
 *                  none is, and the culprits are refused: STEADY, and again.
 *   DISCARD        The reply, or an error if the switch has dropped the
 *                  bundle itself: STEADY, and again without the culprits.
 *
 * What comes is handled in ofctrl-handle.c, what is next is done here.
 *
 * The order that a change of the TLV map needs is not written down anywhere:
 * it follows from the flow table deleting flows whose index is not mapped as
 * wanted, from the TLV steps waiting until none of our flows uses an index,
 * and from flows waiting until their indices are ready. */

#include <config.h>

#include "agent/switch/ofctrl-private.h"

#include <stdlib.h>

#include "agent/switch/flow-list.h"
#include "agent/switch/flow-table.h"
#include "agent/switch/ofctrl-bundle.h"
#include "agent/switch/meter-sync.h"
#include "agent/switch/ofctrl-msg.h"
#include "agent/switch/counter-queries.h"
#include "agent/switch/tlv-sync.h"
#include "agent/switch/old-flows.h"
#include "coverage.h"
#include "lib/option-json.h"
#include "openvswitch/json.h"
#include "openvswitch/ofp-bundle.h"
#include "openvswitch/ofp-flow.h"
#include "openvswitch/ofp-msgs.h"
#include "openvswitch/ofp-util.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(ofctrl);

COVERAGE_DEFINE(ofctrl_tlv_mod);

/* Changes of meters that are under way at once, at most. */
#define MAX_METER_MODS 100

/* Messages that one call of ofctrl_run() reads at most; a part of a flow dump
 * takes about a millisecond. */
#define MAX_RECV 20

const char *
ofctrl_state_to_string(enum ofctrl_state state)
{
    static const char *const names[] = {
        [S_DISCONNECTED] = "disconnected",
        [S_READ_TLV] = "reading TLV map",
        [S_READ_FLOWS] = "reading flows",
        [S_STEADY] = "steady",
        [S_PURGE] = "purging the datapath",
        [S_CHANGE_TLV] = "changing TLV map",
        [S_CHANGE_METERS] = "changing meters",
        [S_ADD] = "sending flows",
        [S_CHECK] = "checking flows",
        [S_COMMIT] = "committing flows",
        [S_DISCARD] = "discarding flows",
    };

    return names[state];
}

struct ofctrl *
ofctrl_create(void)
{
    struct ofctrl *of = xzalloc(sizeof *of);

    bridge_link_init(&of->link);
    flow_table_init(&of->flows);
    tlv_sync_init(&of->tlv);
    meter_sync_init(&of->meters);
    counter_queries_init(&of->queries);
    return of;
}

void
ofctrl_set_purger(struct ofctrl *of, struct old_flows *purger)
{
    of->purger = purger;
}

/* The connection. */

static bool
is_read(const struct ofctrl *of)
{
    return of->state > S_READ_TLV;
}

void
ofctrl_update_tlv(struct ofctrl *of)
{
    flow_table_set_tlv(&of->flows, tlv_sync_get_usable(&of->tlv),
                       is_read(of) ? tlv_sync_get_ready(&of->tlv) : 0);
}

void
ofctrl_end_bundle(struct ofctrl *of, bool committed)
{
    struct ofctrl_bundle *b = &of->bundle;

    flow_slots_finish_changes(&of->flows.slots, b->changes, b->n, committed);
    b->changes = NULL;
}

static void
forget_connection(struct ofctrl *of)
{
    if (of->state >= S_ADD) {
        ofctrl_end_bundle(of, false);
    }
    of->state = S_DISCONNECTED;
    of->confirmed = 0;
    of->touch = false;
    of->bundle_retry_at = 0;
    of->bundle_error = 0;
    of->n_foreign = 0;
    tlv_sync_restart(&of->tlv);
    ofctrl_update_tlv(of);
    flow_table_forget_installed(&of->flows);
    meter_sync_forget_installed(&of->meters);
    counter_queries_lose(&of->queries);
}

/* Which bridge; see ofctrl.h. */
void
ofctrl_set_bridge(struct ofctrl *of, const char *bridge)
{
    if (bridge_link_set_bridge(&of->link, bridge)) {
        forget_connection(of);
        of->tlv.have_installed = false;
    }
}

/* All flow_owners must have been destroyed before. */
void
ofctrl_destroy(struct ofctrl *of)
{
    if (of) {
        ofctrl_set_bridge(of, NULL);
        counter_queries_destroy(&of->queries);
        flow_table_destroy(&of->flows);
        meter_sync_destroy(&of->meters);
        bridge_link_destroy(&of->link);
        free(of);
    }
}

static void
start(struct ofctrl *of)
{
    of->xid = bridge_link_send(&of->link,
                               ofctrl_msg_tlv_request(of->link.version));
    of->state = S_READ_TLV;
}

/* Doing what is next. */

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
               : meter->installed ? OFPMC13_MODIFY : OFPMC13_ADD);

        meter->xid = bridge_link_send(
            &of->link, ofctrl_msg_meter_mod(of->link.version, command,
                                            meter->id, meter->rate));
        of->n_meter_mods++;
    }
    of->xid = bridge_link_send(
        &of->link, ofputil_encode_barrier_request(of->link.version));
    of->state = S_CHANGE_METERS;
}

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
send_flows(struct ofctrl *of)
{
    size_t n;
    struct flow_change *changes = flow_slots_take_changes(&of->flows.slots,
                                                          &n);

    VLOG_DBG("%s: changing %"PRIuSIZE" flows; %"PRIuSIZE" wait for the TLV "
             "map", of->link.bridge, n,
             ovs_list_size(&of->flows.slots.waiting));
    ofctrl_bundle_open(&of->bundle, &of->link, changes, n,
                       (tlv_sync_is_settled(&of->tlv) ? of->revision
                        : of->confirmed));
    of->n_bundles++;
    of->bundle_touches = of->touch;
    of->touch = false;
    of->state = S_ADD;
}

/* A flow that needs an index which is not ready is taken away, see
 * flow-table.c.  If that is a matter of milliseconds, which packets would not
 * survive, all flows had better stay as they are. */
static bool
must_wait_for_map(const struct ofctrl *of)
{
    return (!ovs_list_is_empty(&of->flows.slots.waiting)
            && tlv_sync_is_waiting(&of->tlv, of->flows.slots.n_using));
}

static void
advance(struct ofctrl *of)
{
    if (of->state == S_PURGE && purge_is_over(of)) {
        tlv_sync_set_purged(&of->tlv, of->purge);
        of->state = S_STEADY;
    }
    if (of->state == S_STEADY && of->complete) {
        struct tlv_step step = tlv_sync_get_step(
            &of->tlv, of->flows.slots.n_using, time_msec());

        if (step.purge) {
            begin_purge(of, step.purge);
            return;
        } else if (step.del || step.add) {
            change_tlv(of, step);
            return;
        }
        if (meter_sync_may_take(&of->meters, false)) {
            change_meters(of, false);
            return;
        }
        flow_table_check_waiting(&of->flows);
        if (must_wait_for_map(of)) {
            /* Soon. */
        } else if (of->flows.slots.n_pending || of->touch) {
            if (time_msec() >= of->bundle_retry_at) {
                send_flows(of);
            }
        } else if (meter_sync_may_take(&of->meters, true)) {
            change_meters(of, true);
        } else if (tlv_sync_is_settled(&of->tlv)) {
            of->confirmed = of->revision;
        }
    }
    if (of->state == S_ADD) {
        size_t before = of->bundle.n_sent;
        bool all = ofctrl_bundle_fill(&of->bundle, &of->link);

        of->n_flow_mods += of->bundle.n_sent - before;
        if (all) {
            of->state = S_CHECK;
        }
    }
}

void
ofctrl_run(struct ofctrl *of, bool complete)
{
    of->complete = complete;
    counter_queries_run(&of->queries);
    if (bridge_link_run(&of->link)) {
        forget_connection(of);
        if (of->link.is_up) {
            start(of);
        }
    }
    for (int i = 0; i < MAX_RECV; i++) {
        struct ofpbuf *msg = bridge_link_recv(&of->link);

        if (!msg) {
            break;
        }
        if (of->state != S_DISCONNECTED) {
            ofctrl_handle_message(of, msg->data);
        }
        ofpbuf_delete(msg);
    }
    if (bridge_link_is_connected(&of->link)) {
        advance(of);
    }
}

void
ofctrl_wait(struct ofctrl *of)
{
    bridge_link_wait(&of->link);
    counter_queries_wait(&of->queries);
    if (of->state == S_STEADY && of->complete) {
        struct tlv_step step = tlv_sync_get_step(
            &of->tlv, of->flows.slots.n_using, time_msec());

        if (step.purge || step.del || step.add
            || meter_sync_may_take(&of->meters, false)) {
            poll_immediate_wake();
        } else if (must_wait_for_map(of)) {
            /* For the time of the next attempt, see below. */
        } else if (of->flows.slots.n_pending || of->touch) {
            poll_timer_wait_until(of->bundle_retry_at);
        } else if (meter_sync_may_take(&of->meters, true)) {
            poll_immediate_wake();
        } else if (of->confirmed != of->revision
                   && tlv_sync_is_settled(&of->tlv)) {
            poll_immediate_wake();
        }
        poll_timer_wait_until(tlv_sync_get_retry_time(&of->tlv));
    } else if (of->state == S_PURGE && purge_is_over(of)) {
        poll_immediate_wake();
    } else if (of->state == S_ADD && ofctrl_bundle_may_fill(&of->link)) {
        poll_immediate_wake();
    }
}

/* What is wanted. */

void
ofctrl_replace(struct ofctrl *of, struct flow_owner *owner,
               struct flow_list *list)
{
    if (flow_table_replace(&of->flows, owner, list)) {
        owner->revision = ++of->revision;
    }
}

/* Makes 'owner' want nothing. */
void
ofctrl_clear(struct ofctrl *of, struct flow_owner *owner)
{
    struct flow_list none;

    flow_list_init(&none);
    ofctrl_replace(of, owner, &none);
}

void
ofctrl_destroy_owner(struct ofctrl *of, struct flow_owner *owner)
{
    ofctrl_clear(of, owner);
    hmap_destroy(&owner->flows);
    free(owner->name);
}

void
ofctrl_set_tlv_map(struct ofctrl *of, const struct index_map *map)
{
    if (tlv_sync_set_wanted(&of->tlv, map)) {
        of->revision++;
        ofctrl_update_tlv(of);
    }
}

void
ofctrl_set_meter(struct ofctrl *of, uint32_t id, uint32_t rate,
                 const char *owner)
{
    ovs_assert(id >= OFCTRL_METER_FIRST && id <= OFCTRL_METER_LAST && rate);
    if (meter_sync_set(&of->meters, id, rate, owner)) {
        of->revision++;
    }
}

void
ofctrl_unset_meter(struct ofctrl *of, uint32_t id, const char *owner)
{
    if (meter_sync_unset(&of->meters, id, owner)) {
        of->revision++;
    }
}

void
ofctrl_query_meter(struct ofctrl *of, uint32_t id, counter_queries_cb *cb,
                   void *aux)
{
    if (of->state == S_DISCONNECTED) {
        counter_queries_add_lost(&of->queries, cb, aux);
    } else {
        ovs_be32 xid = bridge_link_send(
            &of->link, ofctrl_msg_meter_stats_request(of->link.version, id));

        counter_queries_add(&of->queries, xid, cb, aux);
    }
}

void
ofctrl_query_counters(struct ofctrl *of, uint32_t cookie, uint8_t table,
                      counter_queries_cb *cb, void *aux)
{
    if (of->state == S_DISCONNECTED) {
        counter_queries_add_lost(&of->queries, cb, aux);
    } else {
        ovs_be32 xid = bridge_link_send(
            &of->link, ofctrl_msg_flow_request(
                of->link.version, true, FLOW_OWNER_COOKIE_PREFIX | cookie,
                UINT64_MAX, table));

        counter_queries_add(&of->queries, xid, cb, aux);
    }
}

void
ofctrl_query_port(struct ofctrl *of, ofp_port_t port, counter_queries_cb *cb,
                  void *aux)
{
    if (of->state == S_DISCONNECTED) {
        counter_queries_add_lost(&of->queries, cb, aux);
    } else {
        ovs_be32 xid = bridge_link_send(
            &of->link, ofctrl_msg_port_request(of->link.version, port));

        counter_queries_add(&of->queries, xid, cb, aux);
    }
}

/* What is. */

const struct index_map *
ofctrl_get_installed_tlv_map(const struct ofctrl *of)
{
    return of->tlv.have_installed ? &of->tlv.installed : NULL;
}

uint64_t
ofctrl_get_revision(const struct ofctrl *of)
{
    return of->revision;
}

uint64_t
ofctrl_get_confirmed(const struct ofctrl *of)
{
    return of->confirmed;
}

bool
ofctrl_is_connected(const struct ofctrl *of)
{
    return of->state != S_DISCONNECTED;
}

/* Whether all that was wanted so far is in the switch or refused. */
bool
ofctrl_is_settled(const struct ofctrl *of)
{
    return (of->state == S_STEADY && of->complete && !of->flows.slots.n_pending
            && !of->touch && of->confirmed == of->revision);
}

void
ofctrl_for_each_error(const struct ofctrl *of,
                      void (*cb)(const char *name, const char *error,
                                 void *aux), void *aux)
{
    if (of->bundle_error) {
        cb("OpenFlow", ofperr_to_string(of->bundle_error), aux);
    }
    tlv_sync_for_each_error(&of->tlv, cb, aux);
    meter_sync_for_each_error(&of->meters, cb, aux);
    flow_table_for_each_error(&of->flows, cb, aux);
}

static void
put_count(struct json *json, const char *name, uint64_t count)
{
    json_object_put(json, name, json_integer_create(count));
}

static struct json *
index_map_to_json(const struct index_map *map)
{
    struct json *array = json_array_create_empty();

    for (size_t i = 0; i < INDEX_MAP_SLOTS; i++) {
        const struct index_slot *slot = &map->slots[i];

        if (slot->used) {
            struct json *entry = json_object_create();

            json_object_put(entry, "index", json_integer_create(i));
            json_object_put(entry, "option",
                            json_string_create_nocopy(
                                opt_key_to_string(slot->key)));
            json_object_put(entry, "length",
                            json_integer_create(slot->length));
            json_array_add(array, entry);
        }
    }
    return array;
}

struct json *
ofctrl_status_json(const struct ofctrl *of)
{
    struct json *json = json_object_create();

    json_object_put(json, "bridge", option_json_string(of->link.bridge));
    json_object_put_string(json, "state", ofctrl_state_to_string(of->state));
    json_object_put(json, "connected",
                    json_boolean_create(ofctrl_is_connected(of)));
    put_count(json, "flows", of->flows.n_desired);
    put_count(json, "installed", of->flows.slots.n_installed);
    put_count(json, "flowMods", of->n_flow_mods);
    put_count(json, "bundles", of->n_bundles);
    put_count(json, "tlvMods", of->n_tlv_mods);
    put_count(json, "meterMods", of->n_meter_mods);
    put_count(json, "errors", ovs_list_size(&of->flows.refusals));
    put_count(json, "foreignFlows", of->n_foreign);
    json_object_put(json, "tlvMap", index_map_to_json(&of->tlv.installed));
    return json;
}
