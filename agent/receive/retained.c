/* Withdrawals in the agent: see retained.h.
 *
 * Acknowledgements addressed to us are in one of three phases:
 *
 * OFF: nothing is withdrawn, nothing is watched.  When a withdrawal begins:
 * ON.
 *
 * ON: the acks are watched.  When the last withdrawal is over: SWEEPING.
 *
 * SWEEPING: our status no longer says that we are withdrawing, so senders
 * delete their acks.  After SWEEP_MS we delete those that are left, whose
 * senders have gone.  When none is left: OFF.  When another withdrawal begins:
 * ON.
 *
 * Nothing happens before the switch's map and the desired state are known:
 * until then, a table that lacks an option may just be incomplete. */

#include <config.h>

#include "agent/receive/retained-private.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/controller/controller.h"
#include "agent/controller/object-writer.h"
#include "agent/model/model-nve.h"
#include "agent/model/model.h"
#include "agent/node/local.h"
#include "agent/receive/receive.h"
#include "agent/receive/used-options.h"
#include "agent/write-gate.h"
#include "lib/json-util.h"
#include "lib/tlv-plan.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "timeval.h"
#include "util.h"

#define SWEEP_MS 2000

struct retained *
retained_create(void)
{
    struct retained *rt = xzalloc(sizeof *rt);

    withdrawal_init(&rt->state);
    rt->target = (struct recv_table) RECV_TABLE_INITIALIZER;
    sset_init(&rt->names);
    sset_init(&rt->deleted);
    return rt;
}

void
retained_destroy(struct retained *rt)
{
    if (rt) {
        withdrawal_destroy(&rt->state);
        recv_table_destroy(&rt->target);
        json_destroy(rt->announced);
        sset_destroy(&rt->names);
        sset_destroy(&rt->deleted);
        free(rt->watched);
        free(rt);
    }
}

/* Our NVE, as the controller has it, or NULL. */
static const struct nve *
get_own_def(const struct agent *agent)
{
    const struct m_nve *self = model_get_self(agent->model);

    return m_nve_get_def(self);
}

/* Resuming withdrawals after a restart. */

static bool
is_listed(const struct json *list, struct opt_key key)
{
    for (size_t i = 0; list && list->type == JSON_ARRAY
                       && i < list->array.n; i++) {
        const struct json *elem = list->array.elems[i];
        struct opt_key other;

        if (elem->type == JSON_STRING
            && opt_key_from_string(json_string(elem), &other)
            && opt_key_equals(key, other)) {
            return true;
        }
    }
    return false;
}

/* An option that is mapped, but is neither in the table nor in any profile,
 * was being withdrawn, or lost its use while the agent was away. */
static void
resume_mapped(struct agent *agent, const struct json *was_withdrawing)
{
    const struct json *options = json_util_get(was_withdrawing, "options");
    const struct recv_table *table = receive_get_table(agent->receive);
    struct withdrawal *w = &agent->retained->state;

    for (size_t i = 0; i < INDEX_MAP_SLOTS; i++) {
        const struct index_slot *slot = &agent->base_plan->map.slots[i];
        const struct recv_entry *e;

        if (!slot->used) {
            continue;
        }
        e = recv_table_find(table, slot->key);
        if ((!e || e->max_len != slot->length)
            && (is_listed(options, slot->key)
                || !receive_is_used(agent, slot->key, slot->length))) {
            withdrawal_resume(w, WITHDRAW_OPTION, slot->key, slot->length,
                              time_wall_msec());
        }
    }
}

static void
resume_required(struct agent *agent, const struct json *was_withdrawing)
{
    const struct json *required = json_util_get(was_withdrawing, "required");
    const struct recv_table *table = receive_get_table(agent->receive);

    for (size_t i = 0; i < table->n_entries; i++) {
        const struct recv_entry *e = &table->entries[i];

        if (e->required && is_listed(required, e->key)) {
            withdrawal_resume(&agent->retained->state,
                              WITHDRAW_LENIENCY, e->key, e->max_len,
                              time_wall_msec());
        }
    }
}

/* Recalls what our NVE's status says, as senders go by that. */
static void
retained_start(struct agent *agent)
{
    struct retained *rt = agent->retained;
    const struct m_nve *self = model_get_self(agent->model);
    const struct nve *def = get_own_def(agent);
    const struct json *was_withdrawing = def ? def->withdrawing : NULL;
    struct svec alarms = SVEC_EMPTY_INITIALIZER;
    struct recv_table table;

    rt->started = agent->own_nve_changed = true;
    rt->until = time_wall_msec() + rt->grace;
    if (self && self->advertisement && self->advertisement_good
        && recv_table_from_json(self->advertisement, &table, &alarms)) {
        withdrawal_recall(&rt->state, &table, self->advertisement_id);
        recv_table_destroy(&table);
        json_util_set(&rt->announced, json_util_without(self->advertisement,
                                                        "id", NULL));
    }
    svec_destroy(&alarms);
    resume_mapped(agent, was_withdrawing);
    resume_required(agent, was_withdrawing);
}

/* What we want. */

/* Sets the target to that part of the table in force which the TLV map has
 * room for. */
static void
update_target(struct agent *agent)
{
    const struct recv_table *wanted = receive_get_table(agent->receive);
    struct recv_table *target = &agent->retained->target;
    struct plan_option *options;
    size_t n_options, n = 0;
    bool *admitted;

    options = used_options_collect(agent, &n_options);
    admitted = xcalloc(n_options + 1, sizeof *admitted);
    tlv_plan_admit_options(options, n_options, admitted);

    recv_table_destroy(target);
    recv_table_clone(target, wanted);
    for (size_t i = 0; i < wanted->n_entries; i++) {
        for (size_t j = 0; j < n_options; j++) {
            if (admitted[j]
                && opt_key_equals(options[j].key, wanted->entries[i].key)) {
                target->entries[n++] = wanted->entries[i];
                break;
            }
        }
    }
    target->n_entries = n;
    free(admitted);
    free(options);
}

/* Who sends to us. */

/* Whether 'nve' may send us options, so that it has to know first.  One that
 * we exchange packets with by VXLAN cannot. */
static bool
sends_options(const struct m_nve *nve)
{
    return (m_nve_is_remote(nve)
            && (!nve->encapsulation || nve->encapsulation->has_options));
}

static void
update_peers(struct agent *agent)
{
    struct retained *rt = agent->retained;

    if (!withdrawal_is_active(&rt->state)) {
        if (rt->peers_known) {
            withdrawal_forget_peers(&rt->state);
            rt->peers_known = false;
        }
    } else if (!rt->peers_known) {
        struct entity *entity;

        rt->peers_known = true;
        HMAP_FOR_EACH (entity, node, &agent->model->entities[MODEL_NVE]) {
            withdrawal_set_peer(&rt->state, entity->name,
                                sends_options(M_CAST(m_nve, entity)));
        }
    } else {
        struct hmapx_node *node;

        HMAPX_FOR_EACH (node, &agent->model->changed_nves) {
            const struct m_nve *nve = node->data;
            withdrawal_set_peer(&rt->state, nve->up.name,
                                sends_options(nve));
        }
    }
}

/* Acknowledgements. */

void
retained_ack_changed(struct agent *agent, const struct object *object)
{
    struct retained *rt = agent->retained;
    const struct advertisement_ack *ack = object->ack;
    long long int id;

    sset_find_and_delete(&rt->deleted, object->name);
    if (!object->exists) {
        sset_find_and_delete(&rt->names, object->name);
        return;
    }
    sset_add(&rt->names, object->name);
    if (ack && !object_get_refused(object) && agent->model->self
        && withdrawal_is_active(&rt->state)
        && !strcmp(ack->receiver, agent->model->self)
        && str_to_llong(ack->applied, 10, &id)) {
        withdrawal_set_applied(&rt->state, ack->sender, id);
    }
}

static void
watch_acks(struct agent *agent, const char *whose)
{
    struct retained *rt = agent->retained;

    if (nullable_string_is_equal(rt->watched, whose)) {
        return;
    }
    if (rt->watched) {
        controller_watch_acks(agent->controller, rt->watched, false);
    }
    if (whose) {
        controller_watch_acks(agent->controller, whose, true);
    }
    free(rt->watched);
    rt->watched = nullable_xstrdup(whose);
}

/* Deletes the acks that senders have left behind.  Returns true when none is
 * left. */
static bool
sweep_acks(struct agent *agent)
{
    struct retained *rt = agent->retained;
    const struct nve *def = get_own_def(agent);
    const char *name;

    if (rt->sweep_at == LLONG_MAX && (!def || !def->withdrawing)) {
        rt->sweep_at = time_msec() + SWEEP_MS;
    }
    if (time_msec() < rt->sweep_at) {
        return false;
    }
    SSET_FOR_EACH (name, &rt->names) {
        if (sset_add(&rt->deleted, name)) {
            object_writer_delete_object(
                controller_get_writer(agent->controller),
                RES_ADVERTISEMENT_ACK, name);
        }
    }
    return sset_is_empty(&rt->names);
}

static void
update_acks(struct agent *agent)
{
    struct retained *rt = agent->retained;

    if (!agent->model->writable) {
        rt->acks = ACKS_OFF;
    } else if (withdrawal_is_active(&rt->state)) {
        rt->acks = ACKS_ON;
    } else if (rt->acks == ACKS_ON) {
        rt->acks = ACKS_SWEEPING;
        rt->sweep_at = LLONG_MAX;
    }
    if (rt->acks == ACKS_SWEEPING && sweep_acks(agent)) {
        rt->acks = ACKS_OFF;
    }
    watch_acks(agent, rt->acks == ACKS_OFF ? NULL : agent->model->self);
}

/* Running. */

/* Whether a withdrawal, or what is left of one, is being followed, or one may
 * begin because what is published has changed. */
static bool
is_busy(const struct retained *rt)
{
    return (withdrawal_is_active(&rt->state) || rt->peers_known
            || rt->acks != ACKS_OFF || rt->published);
}

void
retained_run(struct agent *agent)
{
    struct retained *rt = agent->retained;
    const struct nve *def;
    bool changed;

    if (!write_gate_is_open(agent->gate, WRITE_PLANS)) {
        return;
    }
    rt->grace = local_get_settings(agent->local)->withdraw_grace;
    if (!rt->started || agent->options_changed
        || !hmapx_is_empty(&agent->model->changed_vpcs)) {
        update_target(agent);
    } else if (!is_busy(rt)) {
        return;
    }
    rt->published = false;
    if (!rt->started) {
        retained_start(agent);
    }
    def = get_own_def(agent);
    changed = withdrawal_set_table(&rt->state, &rt->target,
                                   time_wall_msec());
    update_peers(agent);
    withdrawal_published(&rt->state, agent->model->writable
                         ? def ? def->receive_id : 0
                         : LLONG_MAX, time_msec());
    changed |= withdrawal_run(&rt->state, time_msec(), rt->grace);
    update_acks(agent);
    if (changed) {
        receive_touch_mapped(agent);
    }
}

void
retained_wait(const struct agent *agent)
{
    const struct retained *rt = agent->retained;

    if (withdrawal_is_active(&rt->state)) {
        long long int next = withdrawal_next(&rt->state, rt->grace);

        if (!rt->peers_known) {
            poll_immediate_wake();
        } else if (next != LLONG_MAX) {
            poll_timer_wait_until(next);
        }
    } else if (rt->peers_known) {
        poll_immediate_wake();
    }
    if (rt->acks == ACKS_SWEEPING && rt->sweep_at != LLONG_MAX
        && time_msec() < rt->sweep_at) {
        poll_timer_wait_until(rt->sweep_at);
    }
}

/* What others ask. */

bool
retained_is_started(const struct agent *agent)
{
    return agent->retained->started;
}

/* If a map has no room for all of 'options', gives those priority that 'map'
 * has: new options have to wait until withdrawn ones have gone. */
static void
pin_mapped(const struct index_map *map, struct plan_option *options, size_t n)
{
    unsigned int bytes = 0;

    for (size_t i = 0; i < n; i++) {
        bytes += options[i].length;
    }
    if (n <= INDEX_MAP_SLOTS && bytes <= INDEX_MAP_MAX_DATA) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        int index = index_map_find(map, options[i].key);

        if (index >= 0 && map->slots[index].length == options[i].length) {
            options[i].required = true;
            options[i].priority = INT_MIN;
        }
    }
}

/* A bridge maps an option only once.  So if a withdrawn option now has another
 * length, the new length has to wait, too. */
struct plan_option *
retained_keep_options(const struct agent *agent,
                      struct plan_option *options, size_t *n)
{
    const struct withdrawal *w = &agent->retained->state;
    const struct withdrawal_item *item;
    size_t n_items = ovs_list_size(&w->items);

    if (!n_items) {
        return options;
    }
    options = xrealloc(options, (*n + n_items) * sizeof *options);
    LIST_FOR_EACH (item, node, &w->items) {
        size_t i;

        if (item->kind != WITHDRAW_OPTION) {
            continue;
        }
        for (i = 0; i < *n; i++) {
            if (opt_key_equals(options[i].key, item->key)) {
                break;
            }
        }
        if (i == *n) {
            options[(*n)++] = (struct plan_option) {
                .key = item->key, .priority = NEG_DEFAULT_PRIORITY,
            };
        }
        options[i].length = item->length;
    }
    pin_mapped(&agent->base_plan->map, options, *n);
    return options;
}

bool
retained_keeps_critical(const struct agent *agent)
{
    const struct withdrawal_item *item;

    LIST_FOR_EACH (item, node, &agent->retained->state.items) {
        if (item->kind == WITHDRAW_OPTION && opt_key_is_critical(item->key)) {
            return true;
        }
    }
    return false;
}

bool
retained_enforces(const struct agent *agent, struct opt_key key)
{
    return withdrawal_enforces(&agent->retained->state, key);
}

/* With VXLAN alone the table is the same whatever options are withdrawn. */
long long int
retained_announce(struct agent *agent, const struct json *table)
{
    struct retained *rt = agent->retained;

    if (!rt->announced || !rt->state.id || !json_equal(table, rt->announced)
        || !withdrawal_is_announced(&rt->state)) {
        struct recv_table mapped;
        long long int id = MAX(time_wall_msec(), rt->state.id + 1);

        receive_get_mapped(agent, &mapped);
        withdrawal_announce(&rt->state, &mapped, id, time_wall_msec());
        recv_table_destroy(&mapped);
        json_destroy(rt->announced);
        rt->announced = json_deep_clone(table);
        rt->published = true;
        rt->until = time_wall_msec() + rt->grace;
    }
    return rt->state.id;
}
