/* See fake-ofctrl.h. */

#include <config.h>

#include "tests/unit/fake-ofctrl.h"

#include <stdlib.h>
#include <string.h>

#include "agent/switch/desired-group.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/flow-table.h"
#include "agent/switch/group-sync.h"
#include "agent/switch/ofctrl.h"
#include "lib/index-map.h"
#include "openvswitch/json.h"
#include "openvswitch/list.h"
#include "sset.h"
#include "util.h"

struct fake_meter {
    uint32_t id;
    struct meter_band band;
    char *owner;
};

struct ofctrl {
    struct ovs_list node;           /* In 'bridges'. */
    char *name;                     /* Of the bridge, or NULL. */
    struct flow_table flows;
    struct index_map map;           /* Wanted. */
    struct index_map installed;
    struct fake_meter *meters;      /* Sorted by id. */
    size_t n_meters;
    struct group_sync groups;
    uint64_t revision;
    uint64_t confirmed;
};

static struct ovs_list bridges = OVS_LIST_INITIALIZER(&bridges);
static struct sset busy = SSET_INITIALIZER(&busy);  /* Names of bridges. */

struct ofctrl *
ofctrl_create(const struct write_gate *gate OVS_UNUSED,
              enum write_target target OVS_UNUSED)
{
    struct ofctrl *of = xzalloc(sizeof *of);

    ovs_list_push_back(&bridges, &of->node);
    flow_table_init(&of->flows);
    group_sync_init(&of->groups);
    index_map_init(&of->map);
    index_map_init(&of->installed);
    return of;
}

void
ofctrl_destroy(struct ofctrl *of)
{
    if (of) {
        ovs_list_remove(&of->node);
        flow_table_destroy(&of->flows);
        group_sync_destroy(&of->groups);
        for (size_t i = 0; i < of->n_meters; i++) {
            free(of->meters[i].owner);
        }
        free(of->meters);
        free(of->name);
        free(of);
        if (ovs_list_is_empty(&bridges)) {
            sset_clear(&busy);
        }
    }
}

/* For tests. */

const struct ofctrl *
fake_ofctrl_find(const char *bridge)
{
    const struct ofctrl *of;

    LIST_FOR_EACH (of, node, &bridges) {
        if (nullable_string_is_equal(of->name, bridge)) {
            return of;
        }
    }
    return NULL;
}

void
fake_ofctrl_set_busy(const char *bridge, bool is_busy)
{
    if (is_busy) {
        sset_add(&busy, bridge);
    } else {
        sset_find_and_delete(&busy, bridge);
    }
}

const struct flow_table *
fake_ofctrl_get_flows(const struct ofctrl *of)
{
    return &of->flows;
}

void
fake_ofctrl_for_each_meter(const struct ofctrl *of,
                           void (*cb)(uint32_t id, const struct meter_band *,
                                      const char *owner, void *aux),
                           void *aux)
{
    for (size_t i = 0; i < of->n_meters; i++) {
        cb(of->meters[i].id, &of->meters[i].band, of->meters[i].owner, aux);
    }
}

/* What is wanted. */

void
ofctrl_set_bridge(struct ofctrl *of, const char *bridge)
{
    free(of->name);
    of->name = nullable_xstrdup(bridge);
}

void
ofctrl_set_purger(struct ofctrl *of OVS_UNUSED,
                  struct old_flows *purger OVS_UNUSED)
{
}

void
ofctrl_replace(struct ofctrl *of, struct flow_owner *owner,
               struct flow_list *list)
{
    if (flow_table_replace(&of->flows, owner, list)) {
        owner->revision = ++of->revision;
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
    flow_owner_uninit(owner);
}

void
ofctrl_set_tlv_map(struct ofctrl *of, const struct index_map *map)
{
    if (!index_map_equals(&of->map, map)) {
        of->map = *map;
        of->revision++;
    }
}

/* Meters. */

static int
compare_meters(const void *a_, const void *b_)
{
    const struct fake_meter *a = a_;
    const struct fake_meter *b = b_;

    return a->id < b->id ? -1 : a->id > b->id;
}

static struct fake_meter *
find_meter(const struct ofctrl *of, uint32_t id)
{
    struct fake_meter key = { .id = id };

    return (of->n_meters
            ? bsearch(&key, of->meters, of->n_meters, sizeof key,
                      compare_meters) : NULL);
}

void
ofctrl_set_meter(struct ofctrl *of, uint32_t id, struct meter_band band,
                 const char *owner)
{
    struct fake_meter *meter = find_meter(of, id);

    ovs_assert(id >= FLOW_OWNER_METER_FIRST && id <= FLOW_OWNER_METER_LAST);
    ovs_assert(band.rate);
    if (meter) {
        free(meter->owner);
        meter->band = band;
        meter->owner = xstrdup(owner);
    } else {
        of->meters = xrealloc(of->meters,
                              (of->n_meters + 1) * sizeof *of->meters);
        of->meters[of->n_meters++] = (struct fake_meter) {
            .id = id, .band = band, .owner = xstrdup(owner),
        };
        qsort(of->meters, of->n_meters, sizeof *of->meters, compare_meters);
    }
    of->revision++;
}

void
ofctrl_unset_meter(struct ofctrl *of, uint32_t id, const char *owner)
{
    struct fake_meter *meter = find_meter(of, id);

    if (meter && !strcmp(meter->owner, owner)) {
        free(meter->owner);
        of->n_meters--;
        memmove(meter, meter + 1,
                (of->meters + of->n_meters - meter) * sizeof *meter);
        of->revision++;
    }
}

/* Groups. */

void
ofctrl_set_group(struct ofctrl *of, uint32_t id, struct group_spec *spec,
                 struct flow_owner *owner)
{
    ovs_assert(id >= FLOW_OWNER_GROUP_FIRST && id <= FLOW_OWNER_GROUP_LAST);
    if (group_sync_set(&of->groups, desired_group_create(id, spec), owner)) {
        owner->revision = ++of->revision;
    }
    group_spec_destroy(spec);
}

void
ofctrl_unset_group(struct ofctrl *of, uint32_t id, struct flow_owner *owner)
{
    if (group_sync_unset(&of->groups, id, owner)) {
        owner->revision = ++of->revision;
    }
}

static int
compare_groups(const void *a_, const void *b_)
{
    const struct group_slot *const *a = a_;
    const struct group_slot *const *b = b_;

    return (*a)->id < (*b)->id ? -1 : (*a)->id > (*b)->id;
}

void
fake_ofctrl_for_each_group(const struct ofctrl *of,
                           void (*cb)(const struct desired_group *,
                                      const char *owner, void *aux),
                           void *aux)
{
    size_t n = hmap_count(&of->groups.groups);
    struct group_slot **slots = xmalloc(n * sizeof *slots);
    struct group_slot *slot;
    size_t i = 0;

    HMAP_FOR_EACH (slot, node, &of->groups.groups) {
        slots[i++] = slot;
    }
    qsort(slots, n, sizeof *slots, compare_groups);
    for (i = 0; i < n; i++) {
        char *owner = flow_owner_get_name(slots[i]->owner);

        cb(slots[i]->wanted, owner, aux);
        free(owner);
    }
    free(slots);
}

/* What is. */

void
ofctrl_run(struct ofctrl *of)
{
    uint64_t mapped = 0;

    if (!of->name || sset_contains(&busy, of->name)) {
        return;
    }
    of->confirmed = of->revision;
    of->installed = of->map;
    for (size_t i = 0; i < INDEX_MAP_SLOTS; i++) {
        mapped |= of->map.slots[i].used ? UINT64_C(1) << i : 0;
    }
    flow_table_set_tlv(&of->flows, mapped, mapped);
}

void
ofctrl_wait(struct ofctrl *of OVS_UNUSED)
{
}

const struct index_map *
ofctrl_get_installed_tlv_map(const struct ofctrl *of)
{
    return &of->installed;
}

uint64_t
ofctrl_get_revision(const struct ofctrl *of)
{
    return of->revision;
}

bool
ofctrl_has_meters(const struct ofctrl *of)
{
    return of->n_meters > 0;
}

uint64_t
ofctrl_get_refusal_seq(const struct ofctrl *of)
{
    return of->flows.refusal_seq + of->groups.refusal_seq;
}

uint64_t
ofctrl_await_revision(struct ofctrl *of)
{
    return of->revision;
}

uint64_t
ofctrl_get_confirmed(const struct ofctrl *of)
{
    return of->confirmed;
}

uint64_t
ofctrl_get_n_received(const struct ofctrl *of OVS_UNUSED)
{
    return 0;
}

bool
ofctrl_is_connected(const struct ofctrl *of OVS_UNUSED)
{
    return true;
}

bool
ofctrl_is_read(const struct ofctrl *of OVS_UNUSED)
{
    return true;
}

bool
ofctrl_had_flows(const struct ofctrl *of OVS_UNUSED)
{
    return true;
}

bool
ofctrl_is_settled(const struct ofctrl *of)
{
    return of->confirmed == of->revision;
}

void
ofctrl_for_each_error(const struct ofctrl *of,
                      void (*cb)(const char *name, const char *error,
                                 void *aux), void *aux)
{
    flow_table_for_each_error(&of->flows, cb, aux);
}

/* Nobody interferes. */

void
ofctrl_for_each_interference(const struct ofctrl *of OVS_UNUSED,
                             void (*cb)(const char *bridge,
                                        const char *what,
                                        void *aux) OVS_UNUSED,
                             void *aux OVS_UNUSED)
{
}

/* Nothing is counted. */

void
ofctrl_query_counters(struct ofctrl *of OVS_UNUSED, uint32_t cookie OVS_UNUSED,
                      uint8_t table OVS_UNUSED,
                      void (*cb)(bool ok, uint64_t n_packets,
                                 uint64_t n_bytes, void *aux), void *aux)
{
    cb(false, 0, 0, aux);
}

void
ofctrl_query_port(struct ofctrl *of OVS_UNUSED, ofp_port_t port OVS_UNUSED,
                  void (*cb)(bool ok, uint64_t n_received, uint64_t n_sent,
                             void *aux), void *aux)
{
    cb(false, 0, 0, aux);
}

unsigned int
ofctrl_get_port_fault_seqno(const struct ofctrl *of OVS_UNUSED)
{
    return 0;
}

void
ofctrl_for_each_port_fault(const struct ofctrl *of OVS_UNUSED,
                           port_faults_cb *cb OVS_UNUSED,
                           void *aux OVS_UNUSED)
{
}

void
ofctrl_query_all_meters(struct ofctrl *of OVS_UNUSED,
                        void (*cb)(uint32_t id, uint64_t n_packets,
                                   void *aux) OVS_UNUSED,
                        void *aux OVS_UNUSED)
{
}

void
ofctrl_query_meter(struct ofctrl *of OVS_UNUSED, uint32_t id OVS_UNUSED,
                   void (*cb)(bool ok, uint64_t n_packets, uint64_t n_bytes,
                              void *aux), void *aux)
{
    cb(false, 0, 0, aux);
}

struct json *
ofctrl_status_json(const struct ofctrl *of OVS_UNUSED)
{
    return json_object_create();
}
