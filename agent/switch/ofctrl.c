/* The OpenFlow connection to a bridge, and what is done with it when.
 *
 *   ofctrl-state.[ch]   the states, and where each leads
 *   ofctrl-handle.[ch]  what comes from the switch
 *   ofctrl-next.[ch]    what is done next
 *   ofctrl-monitor.[ch] what others do
 *   ofctrl.c            what others want and ask
 *
 *   flow-table.[ch], tlv-sync.[ch], meter-sync.[ch], group-sync.[ch]
 *                       what is wanted, what the switch has, the difference:
 *                       of flows, of the TLV map, of meters, of groups
 *   ofctrl-bundle.[ch]  changes of flows and groups on their way
 *   ofctrl-msg.[ch]     the messages, encoded and decoded
 *   bridge-link.[ch]    the connection */

#include <config.h>

#include "agent/switch/ofctrl.h"

#include <limits.h>
#include <stdlib.h>

#include "agent/switch/desired-group.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/ofctrl-handle.h"
#include "agent/switch/ofctrl-monitor.h"
#include "agent/switch/ofctrl-msg.h"
#include "agent/switch/ofctrl-next.h"
#include "agent/switch/ofctrl-state.h"
#include "lib/option-json.h"
#include "openvswitch/json.h"
#include "openvswitch/ofp-errors.h"
#include "openvswitch/ofpbuf.h"
#include "timeval.h"
#include "util.h"

/* Messages that one call of ofctrl_run() reads at most; a part of a flow dump
 * takes about a millisecond. */
#define MAX_RECV 20

/* How long what nobody waits for may go unread: msec. */
#define PATIENCE 20

/* How long something may be unconfirmed until the switch is heard at once:
 * msec.  In a row of changes each is confirmed only when the next one is
 * there, and some wait for a moment in which all are. */
#define MAX_PATIENCE 100

struct ofctrl *
ofctrl_create(const struct write_gate *gate, enum write_target target)
{
    struct ofctrl *of = xzalloc(sizeof *of);

    of->gate = gate;
    of->target = target;
    bridge_link_init(&of->link);
    flow_table_init(&of->flows);
    tlv_sync_init(&of->tlv);
    meter_sync_init(&of->meters);
    port_faults_init(&of->ports);
    group_sync_init(&of->groups);
    counter_queries_init(&of->queries);
    return of;
}

void
ofctrl_set_purger(struct ofctrl *of, struct old_flows *purger)
{
    of->purger = purger;
}

/* The connection. */

void
ofctrl_set_bridge(struct ofctrl *of, const char *bridge)
{
    if (bridge_link_set_bridge(&of->link, bridge)) {
        ofctrl_state_forget_connection(of);
        of->tlv.have_installed = false;
    }
}

void
ofctrl_destroy(struct ofctrl *of)
{
    if (of) {
        ofctrl_set_bridge(of, NULL);
        counter_queries_destroy(&of->queries);
        flow_table_destroy(&of->flows);
        meter_sync_destroy(&of->meters);
        port_faults_destroy(&of->ports);
        group_sync_destroy(&of->groups);
        bridge_link_destroy(&of->link);
        free(of);
    }
}

/* Notes how long something has been unconfirmed. */
static void
update_patience(struct ofctrl *of)
{
    if (of->confirmed == of->revision) {
        of->patience_ends = LLONG_MAX;
    } else if (of->patience_ends == LLONG_MAX) {
        of->patience_ends = time_msec() + MAX_PATIENCE;
    }
}

void
ofctrl_run(struct ofctrl *of)
{
    counter_queries_run(&of->queries);
    if (bridge_link_run(&of->link)) {
        ofctrl_state_forget_connection(of);
        if (of->link.is_up) {
            ofctrl_next_start(of);
        }
    }
    for (int i = 0; i < MAX_RECV; i++) {
        struct ofpbuf *msg = bridge_link_recv(&of->link);

        if (!msg) {
            break;
        }
        of->n_received++;
        if (of->state != S_DISCONNECTED) {
            ofctrl_handle_message(of, msg->data);
        }
        ofpbuf_delete(msg);
    }
    ofctrl_next_run(of);
    update_patience(of);
}

/* Whether the last bundle has gone out, and all that is still to come of it is
 * the word that the switch has it.  One that did not go out at once waits for
 * an answer with its commit.  One that puts back, or tries again, what had
 * been confirmed follows no change of a patient owner. */
static bool
is_bundle_done(const struct ofctrl *of)
{
    const struct ofctrl_bundle *b = &of->bundle;

    return ((b->bare || b->at_once)
            && (of->state == S_CHECK || of->state == S_COMMIT)
            && of->confirmed < b->revision);
}

/* Returns until when, by time_msec(), nobody waits for what the switch has to
 * say.  After changes of patient owners it confirms them, and tells of ports
 * that came or went along with them.  A turn for each would cost more than the
 * change itself, so all that is heard in one turn: that of the next change, or
 * of an answer from elsewhere, or the last moment.  Once it has confirmed them
 * it is heard at once.  Likewise with the TLV map, for which it is asked while
 * nothing changes.  What others do to the switch meanwhile is heard as
 * late. */
static long long int
get_lull_end(const struct ofctrl *of)
{
    const struct ofctrl_bundle *b = &of->bundle;

    if (of->awaited > of->confirmed
        || counter_queries_are_open(&of->queries)) {
        return 0;
    } else if (is_bundle_done(of) && of->revision == b->revision) {
        return MIN(b->sent_at + PATIENCE, of->patience_ends);
    }
    return of->revision == of->confirmed ? ofctrl_monitor_get_lull_end(of) : 0;
}

void
ofctrl_wait(struct ofctrl *of)
{
    long long int lull_end = get_lull_end(of);

    if (lull_end > time_msec()) {
        bridge_link_wait_until(&of->link, lull_end);
    } else {
        bridge_link_wait(&of->link);
    }
    counter_queries_wait(&of->queries);
    ofctrl_next_wait(of);
}

/* What is wanted. */

/* 'owner' wants other flows or groups than before. */
static void
note_change(struct ofctrl *of, struct flow_owner *owner)
{
    owner->revision = ++of->revision;
    if (!owner->is_patient) {
        of->awaited = of->revision;
    }
}

void
ofctrl_replace(struct ofctrl *of, struct flow_owner *owner,
               struct flow_list *list)
{
    if (flow_table_replace(&of->flows, owner, list)) {
        note_change(of, owner);
    }
}

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
    if (group_sync_unset_all(&of->groups, owner)) {
        note_change(of, owner);
    }
    flow_owner_uninit(owner);
}

void
ofctrl_set_tlv_map(struct ofctrl *of, const struct index_map *map)
{
    if (tlv_sync_set_wanted(&of->tlv, map)) {
        of->awaited = ++of->revision;
        ofctrl_state_update_tlv(of);
    }
}

void
ofctrl_set_meter(struct ofctrl *of, uint32_t id, struct meter_band band,
                 const char *owner)
{
    ovs_assert(id >= FLOW_OWNER_METER_FIRST && id <= FLOW_OWNER_METER_LAST);
    ovs_assert(band.rate);
    if (meter_sync_set(&of->meters, id, band, owner)) {
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

bool
ofctrl_has_meters(const struct ofctrl *of)
{
    return meter_sync_has_installed(&of->meters);
}

void
ofctrl_set_group(struct ofctrl *of, uint32_t id, struct group_spec *spec,
                 struct flow_owner *owner)
{
    ovs_assert(id >= FLOW_OWNER_GROUP_FIRST && id <= FLOW_OWNER_GROUP_LAST);
    if (group_sync_set(&of->groups, desired_group_create(id, spec), owner)) {
        note_change(of, owner);
    }
    group_spec_destroy(spec);
}

void
ofctrl_unset_group(struct ofctrl *of, uint32_t id, struct flow_owner *owner)
{
    if (group_sync_unset(&of->groups, id, owner)) {
        note_change(of, owner);
    }
}

/* Questions about counters. */

/* Sends 'msg', or answers "no" if there is none because there is no
 * connection. */
static void
send_query(struct ofctrl *of, struct ofpbuf *msg, counter_queries_cb *cb,
           void *aux)
{
    if (msg) {
        counter_queries_add(&of->queries, bridge_link_send(&of->link, msg),
                            cb, aux);
    } else {
        counter_queries_add_lost(&of->queries, cb, aux);
    }
}

void
ofctrl_query_counters(struct ofctrl *of, uint32_t cookie, uint8_t table,
                      counter_queries_cb *cb, void *aux)
{
    send_query(of, (ofctrl_is_connected(of)
                    ? ofctrl_msg_flow_request(
                        of->link.version, true,
                        FLOW_OWNER_COOKIE_PREFIX | cookie, UINT64_MAX, table)
                    : NULL), cb, aux);
}

void
ofctrl_query_port(struct ofctrl *of, ofp_port_t port, counter_queries_cb *cb,
                  void *aux)
{
    send_query(of, (ofctrl_is_connected(of)
                    ? ofctrl_msg_port_request(of->link.version, port)
                    : NULL), cb, aux);
}

void
ofctrl_query_meter(struct ofctrl *of, uint32_t id, counter_queries_cb *cb,
                   void *aux)
{
    send_query(of, (ofctrl_is_connected(of)
                    ? ofctrl_msg_meter_stats_request(of->link.version, id)
                    : NULL), cb, aux);
}

void
ofctrl_query_all_meters(struct ofctrl *of,
                        void (*cb)(uint32_t id, uint64_t n_packets, void *aux),
                        void *aux)
{
    of->all_meters.cb = cb;
    of->all_meters.aux = aux;
    of->all_meters.xid = 0;
    if (ofctrl_is_connected(of)) {
        of->all_meters.xid = bridge_link_send(
            &of->link, ofctrl_msg_meter_stats_request(of->link.version,
                                                      OFPM13_ALL));
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
ofctrl_await_revision(struct ofctrl *of)
{
    return of->awaited = of->revision;
}

uint64_t
ofctrl_get_confirmed(const struct ofctrl *of)
{
    return of->confirmed;
}

uint64_t
ofctrl_get_n_received(const struct ofctrl *of)
{
    return of->n_received;
}

bool
ofctrl_is_connected(const struct ofctrl *of)
{
    return of->state != S_DISCONNECTED;
}

bool
ofctrl_is_read(const struct ofctrl *of)
{
    return of->is_read;
}

bool
ofctrl_had_flows(const struct ofctrl *of)
{
    return of->had_flows;
}

bool
ofctrl_is_settled(const struct ofctrl *of)
{
    return ((of->state == S_STEADY || of->state == S_REREAD)
            && write_gate_is_open(of->gate, of->target)
            && !of->flows.slots.n_pending && !of->touch && !of->bundle.early
            && !group_sync_may_take(&of->groups)
            && of->confirmed == of->revision);
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
    group_sync_for_each_error(&of->groups, cb, aux);
    flow_table_for_each_error(&of->flows, cb, aux);
}

uint64_t
ofctrl_get_refusal_seq(const struct ofctrl *of)
{
    return of->flows.refusal_seq + of->groups.refusal_seq;
}

unsigned int
ofctrl_get_port_fault_seqno(const struct ofctrl *of)
{
    return of->ports.seqno;
}

void
ofctrl_for_each_port_fault(const struct ofctrl *of, port_faults_cb *cb,
                           void *aux)
{
    port_faults_for_each(&of->ports, cb, aux);
}

void
ofctrl_for_each_interference(const struct ofctrl *of,
                             void (*cb)(const char *bridge,
                                        const char *what, void *aux),
                             void *aux)
{
    char *s = interference_describe(&of->interference, time_msec());

    if (s && of->link.bridge) {
        cb(of->link.bridge, s, aux);
    }
    free(s);
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
    put_count(json, "groupMods", of->n_group_mods);
    put_count(json, "errors", ovs_list_size(&of->flows.refusals));
    put_count(json, "foreignFlows", of->n_foreign);
    json_object_put(json, "interference",
                    interference_to_json(&of->interference));
    json_object_put(json, "tlvMap", index_map_to_json(&of->tlv.installed));
    return json;
}
