/* Withdrawals in the agent: see withdrawing.h.
 *
 * Acknowledgements addressed to us are dealt with in three phases:
 *
 * OFF: nothing is withdrawn, nothing is watched.  A withdrawal begins: ON.
 *
 * ON: the acks are watched.  The last withdrawal is over: SWEEPING.
 *
 * SWEEPING: our status does not say any more that we are withdrawing, so
 * senders take back their acks by themselves.  Those that are left after
 * SWEEP_MS (their senders are gone) are deleted here; none left: OFF.  Another
 * withdrawal begins: ON.
 *
 * Nothing happens before the switch's map and the desired state are known:
 * until then a table that lacks an option only is not complete yet. */

#include <config.h>

#include "agent/withdrawing.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/controller.h"
#include "agent/publisher.h"
#include "agent/receive.h"
#include "agent/remotes.h"
#include "agent/show-json.h"
#include "agent/withdrawal.h"
#include "lib/json-util.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "timeval.h"
#include "util.h"

#define SWEEP_MS 2000
#define ANY_ID (-1)

struct withdrawing {
    struct withdrawal state;
    bool started;                   /* What was published is recalled. */
    struct json *announced;         /* The table, as status.receive without
                                     * its id; NULL: none. */
    bool peers_known;               /* state.peers has every remote. */
    long long int until;            /* Wall clock, ms: about the end. */
    long long int grace;            /* As set, ms. */

    enum { ACKS_OFF, ACKS_ON, ACKS_SWEEPING } acks;
    char *watched;                  /* ON, SWEEPING: whose; or NULL. */
    long long int sweep_at;         /* SWEEPING; LLONG_MAX: not known yet. */
    struct sset names;              /* Of the acks that there are. */
    struct sset deleted;            /* Of them, those that we delete. */
};

struct withdrawing *
withdrawing_create(void)
{
    struct withdrawing *wi = xzalloc(sizeof *wi);

    withdrawal_init(&wi->state);
    sset_init(&wi->names);
    sset_init(&wi->deleted);
    return wi;
}

void
withdrawing_destroy(struct withdrawing *wi)
{
    if (wi) {
        withdrawal_destroy(&wi->state);
        json_destroy(wi->announced);
        sset_destroy(&wi->names);
        sset_destroy(&wi->deleted);
        free(wi->watched);
        free(wi);
    }
}

/* Our NVE, as the controller has it, or NULL. */
static const struct nve *
get_own_def(const struct agent *agent)
{
    const struct m_nve *self = model_get_self(agent->model);

    return self && self->up.object ? self->up.object->nve : NULL;
}

/* Going on after a restart. */

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

/* What the map has, and neither the table nor any profile asks for, was being
 * withdrawn; or it became superfluous while the agent was away. */
static void
resume_mapped(struct agent *agent, const struct json *was_withdrawing)
{
    const struct json *options = json_util_get(was_withdrawing, "options");
    const struct recv_table *table = receive_get_table(agent->receive);
    struct withdrawal *w = &agent->withdrawing->state;

    for (size_t i = 0; i < INDEX_MAP_SLOTS; i++) {
        const struct index_slot *slot = &agent->plan.map.slots[i];
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
            withdrawal_resume(&agent->withdrawing->state,
                              WITHDRAW_LENIENCY, e->key, e->max_len,
                              time_wall_msec());
        }
    }
}

/* Senders go by what our NVE's status says. */
static void
withdrawing_start(struct agent *agent)
{
    struct withdrawing *wi = agent->withdrawing;
    const struct m_nve *self = model_get_self(agent->model);
    const struct nve *def = get_own_def(agent);
    const struct json *was_withdrawing = def ? def->withdrawing : NULL;
    struct svec alarms = SVEC_EMPTY_INITIALIZER;
    struct recv_table table;

    wi->started = true;
    wi->until = time_wall_msec() + wi->grace;
    if (self && self->advertisement && self->advertisement_good
        && recv_table_from_json(self->advertisement, &table, &alarms)) {
        int64_t id = 0;

        json_util_integer(self->advertisement, "id", &id);
        withdrawal_recall(&wi->state, &table, id);
        recv_table_destroy(&table);
        json_destroy(wi->announced);
        wi->announced = json_deep_clone(self->advertisement);
        shash_find_and_delete(json_object(wi->announced), "id");
    }
    svec_destroy(&alarms);
    resume_mapped(agent, was_withdrawing);
    resume_required(agent, was_withdrawing);
}

/* Who sends to us. */

static void
update_peers(struct agent *agent)
{
    struct withdrawing *wi = agent->withdrawing;

    if (!withdrawal_is_active(&wi->state)) {
        if (wi->peers_known) {
            withdrawal_forget_peers(&wi->state);
            wi->peers_known = false;
        }
    } else if (!wi->peers_known) {
        struct entity *entity;

        wi->peers_known = true;
        HMAP_FOR_EACH (entity, node, &agent->model->entities[MODEL_NVE]) {
            withdrawal_set_peer(&wi->state, entity->name,
                                m_nve_is_remote(M_CAST(m_nve, entity)));
        }
    } else {
        struct hmapx_node *node;

        HMAPX_FOR_EACH (node, &agent->model->changed_nves) {
            const struct m_nve *nve = node->data;
            withdrawal_set_peer(&wi->state, nve->up.name,
                                m_nve_is_remote(nve));
        }
    }
}

/* Acknowledgements. */

void
withdrawing_ack_changed(struct agent *agent, const struct object *object)
{
    struct withdrawing *wi = agent->withdrawing;
    const struct advertisement_ack *ack = object->ack;
    long long int id;

    sset_find_and_delete(&wi->deleted, object->name);
    if (!object->json) {
        sset_find_and_delete(&wi->names, object->name);
        return;
    }
    sset_add(&wi->names, object->name);
    if (ack && !object->refused && agent->model->self
        && withdrawal_is_active(&wi->state)
        && !strcmp(ack->receiver, agent->model->self)
        && str_to_llong(ack->applied, 10, &id)) {
        withdrawal_set_applied(&wi->state, ack->sender, id);
    }
}

static void
watch_acks(struct agent *agent, const char *whose)
{
    struct withdrawing *wi = agent->withdrawing;

    if (nullable_string_is_equal(wi->watched, whose)) {
        return;
    }
    if (wi->watched) {
        controller_watch_acks(agent->controller, wi->watched, false);
    }
    if (whose) {
        controller_watch_acks(agent->controller, whose, true);
    }
    free(wi->watched);
    wi->watched = nullable_xstrdup(whose);
}

/* Deletes what senders have left behind.  Returns true when that is done. */
static bool
sweep_acks(struct agent *agent)
{
    struct withdrawing *wi = agent->withdrawing;
    const struct nve *def = get_own_def(agent);
    const char *name;

    if (wi->sweep_at == LLONG_MAX && (!def || !def->withdrawing)) {
        wi->sweep_at = time_msec() + SWEEP_MS;
    }
    if (time_msec() < wi->sweep_at) {
        return false;
    }
    SSET_FOR_EACH (name, &wi->names) {
        if (sset_add(&wi->deleted, name)) {
            publisher_delete_object(
                controller_get_publisher(agent->controller),
                RES_ADVERTISEMENT_ACK, name);
        }
    }
    return sset_is_empty(&wi->names);
}

static void
update_acks(struct agent *agent)
{
    struct withdrawing *wi = agent->withdrawing;

    if (!agent->model->writable) {
        wi->acks = ACKS_OFF;
    } else if (withdrawal_is_active(&wi->state)) {
        wi->acks = ACKS_ON;
    } else if (wi->acks == ACKS_ON) {
        wi->acks = ACKS_SWEEPING;
        wi->sweep_at = LLONG_MAX;
    }
    if (wi->acks == ACKS_SWEEPING && sweep_acks(agent)) {
        wi->acks = ACKS_OFF;
    }
    watch_acks(agent, wi->acks == ACKS_OFF ? NULL : agent->model->self);
}

/* Running. */

/* The map, and the flows that receive, are to be looked at again. */
static void
mark_changed(struct agent *agent)
{
    struct hmapx_node *node;

    agent->universe_changed = true;
    HMAPX_FOR_EACH (node, &agent->model->active_vpcs) {
        hmapx_add(&agent->model->changed_vpcs, node->data);
    }
}

void
withdrawing_run(struct agent *agent)
{
    struct withdrawing *wi = agent->withdrawing;
    const struct nve *def;
    bool changed;

    if (!agent->complete || !agent->map_adopted) {
        return;
    }
    wi->grace = local_get_settings(agent->local)->withdraw_grace;
    if (!wi->started) {
        withdrawing_start(agent);
    }
    def = get_own_def(agent);
    changed = withdrawal_set_table(&wi->state,
                                   receive_get_table(agent->receive),
                                   time_wall_msec());
    update_peers(agent);
    withdrawal_published(&wi->state, agent->model->writable
                         ? def ? def->receive_id : 0
                         : LLONG_MAX, time_msec());
    changed |= withdrawal_run(&wi->state, time_msec(), wi->grace);
    update_acks(agent);
    if (changed) {
        mark_changed(agent);
    }
}

void
withdrawing_wait(const struct agent *agent)
{
    const struct withdrawing *wi = agent->withdrawing;

    if (withdrawal_is_active(&wi->state)) {
        long long int next = withdrawal_next(&wi->state, wi->grace);

        if (!wi->peers_known) {
            poll_immediate_wake();
        } else if (next != LLONG_MAX) {
            poll_timer_wait_until(next);
        }
    } else if (wi->peers_known) {
        poll_immediate_wake();
    }
    if (wi->acks == ACKS_SWEEPING && wi->sweep_at != LLONG_MAX
        && time_msec() < wi->sweep_at) {
        poll_timer_wait_until(wi->sweep_at);
    }
}

/* What others ask. */

bool
withdrawing_is_started(const struct agent *agent)
{
    return agent->withdrawing->started;
}

/* A withdrawn option stays mapped before all others, but for those that are
 * required of new senders.  If its definition has another length by now, that
 * has to wait: a bridge maps an option once. */
struct plan_option *
withdrawing_keep_options(const struct agent *agent,
                         struct plan_option *options, size_t *n)
{
    const struct withdrawal *w = &agent->withdrawing->state;
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
            options[(*n)++] = (struct plan_option) { .key = item->key };
        }
        options[i].length = item->length;
        options[i].priority = INT_MIN;
    }
    return options;
}

bool
withdrawing_enforces(const struct agent *agent, struct opt_key key)
{
    return withdrawal_enforces(&agent->withdrawing->state, key);
}

long long int
withdrawing_announce(struct agent *agent)
{
    struct withdrawing *wi = agent->withdrawing;
    struct json *table = receive_to_json(agent);

    if (wi->announced && wi->state.id && json_equal(table, wi->announced)) {
        json_destroy(table);
    } else {
        struct recv_table mapped;
        long long int id = MAX(time_wall_msec(), wi->state.id + 1);

        receive_get_mapped(agent, &mapped);
        withdrawal_announce(&wi->state, &mapped, id, time_wall_msec());
        recv_table_destroy(&mapped);
        json_destroy(wi->announced);
        wi->announced = table;
        wi->until = time_wall_msec() + wi->grace;
    }
    return wi->state.id;
}

/* Telling. */

/* The options of one kind, of the items with 'id', or of all if that is
 * ANY_ID. */
static struct json *
list_options(const struct withdrawal *w, enum withdrawal_kind kind,
             long long int id)
{
    struct json *list = json_array_create_empty();
    const struct withdrawal_item *item;

    LIST_FOR_EACH (item, node, &w->items) {
        if (item->kind == kind && (id == ANY_ID || item->id == id)) {
            json_array_add(list, show_option(item->key));
        }
    }
    return list;
}

static struct json *
show_time(long long int ms)
{
    return json_string_create_nocopy(
        xastrftime_msec("%Y-%m-%dT%H:%M:%SZ", ms, true));
}

struct json *
withdrawing_to_json(const struct agent *agent)
{
    const struct withdrawing *wi = agent->withdrawing;
    struct json *json;

    if (!withdrawal_is_active(&wi->state)) {
        return json_null_create();
    }
    json = json_object_create();
    json_object_put(json, "id", json_integer_create(wi->state.id));
    json_object_put(json, "options",
                    list_options(&wi->state, WITHDRAW_OPTION, ANY_ID));
    json_object_put(json, "required",
                    list_options(&wi->state, WITHDRAW_LENIENCY, ANY_ID));
    json_object_put(json, "until", show_time(wi->until));
    return json;
}

static struct json *
show_waiting_for(const struct withdrawal *w,
                 const struct withdrawal_item *item)
{
    struct json *list = json_array_create_empty();
    struct svec names = SVEC_EMPTY_INITIALIZER;
    const struct withdrawal_peer *peer;

    HMAP_FOR_EACH (peer, node, &w->peers) {
        if (withdrawal_item_misses(item, peer)) {
            svec_add(&names, peer->name);
        }
    }
    svec_sort(&names);
    for (size_t i = 0; i < names.n; i++) {
        json_array_add(list, json_string_create(names.names[i]));
    }
    svec_destroy(&names);
    return list;
}

static struct json *
show_withdrawal(const struct withdrawing *wi,
                const struct withdrawal_item *item)
{
    const struct withdrawal *w = &wi->state;
    struct json *json = json_object_create();

    json_object_put(json, "options",
                    list_options(w, WITHDRAW_OPTION, item->id));
    json_object_put(json, "required",
                    list_options(w, WITHDRAW_LENIENCY, item->id));
    json_object_put(json, "since", show_time(item->since));
    json_object_put(json, "until",
                    item->state == WITHDRAWAL_ANNOUNCING ? json_null_create()
                    : show_time(time_wall_msec() - time_msec()
                                + item->published + wi->grace));
    json_object_put(json, "waitingFor", show_waiting_for(w, item));
    return json;
}

struct json *
withdrawing_show(const struct agent *agent)
{
    const struct withdrawing *wi = agent->withdrawing;
    struct json *list = json_array_create_empty();
    const struct withdrawal_item *item;
    long long int last = -1;

    /* Items of one advertisement come one after the other. */
    LIST_FOR_EACH (item, node, &wi->state.items) {
        if (item->id != last) {
            json_array_add(list, show_withdrawal(wi, item));
            last = item->id;
        }
    }
    return list;
}

bool
withdrawing_is_applied(const struct agent *agent, const struct m_nve *nve)
{
    return !withdrawal_is_missing(&agent->withdrawing->state, nve->up.name);
}
