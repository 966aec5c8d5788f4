/* Further plans: see plans.h.  Which plan serves whom is decided here; the
 * bridges and their flows are in send-plan.c and plan-legs.c.
 *
 * Assignment is stable: a remote stays with its plan as long as that gives it
 * the order it wants.  One that has to move goes to a plan that is there, and
 * only those left over get new plans, as few as can be.  Plans are merged when
 * that saves one, but not more often than every PLANS_MERGE_INTERVAL, so that
 * an NVE whose wishes flap costs the others a bounded number of moves.
 *
 * The base plan's order is that of the bridge that receives, and an index
 * cannot be changed there without a moment in which the option is unknown.
 * So it is changed only while no remote is sent options by it, and, if an
 * option that moves is critical or required, while we exchange options with
 * nobody: see base_plan_is_free(). */

#include <config.h>

#include "agent/plans.h"

#include "agent/agent.h"
#include "agent/alarms.h"
#include "agent/plan-legs.h"
#include "agent/receive.h"
#include "agent/remotes.h"
#include "agent/withdrawing.h"
#include "agent/send-plan.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(plans);

#define PLANS_MERGE_INTERVAL 5000   /* ms */

/* How long the integration bridge waits, after a restart, for the plans. */
#define PLANS_READY_TIMEOUT 5000    /* ms */

/* A remote and its wishes while plans_assign() works. */
struct wisher {
    struct m_nve *nve;
    struct plan_wish *wishes;
    size_t n_wishes;
    bool fits_base;
    bool placed;
};

void
plans_init(struct plans *plans)
{
    memset(plans, 0, sizeof *plans);
    ovs_list_init(&plans->plans);
    hmapx_init(&plans->moving);
    plans->marks = id_pool_create(1, UINT16_MAX);
}

void
plans_destroy(struct agent *agent)
{
    struct send_plan *sp;

    LIST_FOR_EACH_SAFE (sp, node, &agent->plans.plans) {
        send_plan_destroy(agent, sp, false);
    }
    hmapx_destroy(&agent->plans.moving);
    id_pool_destroy(agent->plans.marks);
}

const struct base_plan *
plans_get_order(const struct agent *agent, const struct m_nve *nve)
{
    return nve->plan ? &nve->plan->order : &agent->plan;
}

static bool
order_fits(const struct base_plan *order, const struct wisher *w)
{
    for (size_t i = 0; i < w->n_wishes; i++) {
        if (!base_plan_fits(order, &w->wishes[i])) {
            return false;
        }
    }
    return true;
}

/* The wishes of every remote, in the order of names.  What the wishes point
 * to belongs to the m_txs. */
static int
compare_wishers(const void *a_, const void *b_)
{
    const struct wisher *a = a_;
    const struct wisher *b = b_;

    return strcmp(a->nve->up.name, b->nve->up.name);
}

static struct wisher *
collect_wishers(const struct agent *agent, size_t *n)
{
    const struct hmap *nves = &agent->model->entities[MODEL_NVE];
    struct wisher *wishers = xcalloc(hmap_count(nves) + 1, sizeof *wishers);
    struct entity *entity;

    *n = 0;
    HMAP_FOR_EACH (entity, node, nves) {
        struct m_nve *nve = M_CAST(m_nve, entity);
        struct wisher *w = &wishers[*n];
        struct shash_node *node;

        if (!m_nve_is_remote(nve)) {
            continue;
        }
        w->nve = nve;
        w->wishes = xcalloc(shash_count(&nve->tx), sizeof *w->wishes);
        SHASH_FOR_EACH (node, &nve->tx) {
            const struct m_tx *tx = node->data;
            if (tx->wish.kind != RECV_ANY) {
                w->wishes[w->n_wishes++] = tx->wish;
            }
        }
        (*n)++;
    }
    qsort(wishers, *n, sizeof *wishers, compare_wishers);
    return wishers;
}

static void
free_wishers(struct wisher *wishers, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(wishers[i].wishes);
    }
    free(wishers);
}

/* For the planner: those of 'wishers' that 'select' says. */
static struct plan_remote *
get_plan_remotes(struct wisher *wishers, size_t n,
                 bool (*select)(const struct wisher *),
                 struct wisher ***selected, size_t *n_selected)
{
    struct plan_remote *remotes = xcalloc(n + 1, sizeof *remotes);

    *selected = xcalloc(n + 1, sizeof **selected);
    *n_selected = 0;
    for (size_t i = 0; i < n; i++) {
        if (wishers[i].n_wishes && select(&wishers[i])) {
            remotes[*n_selected] = (struct plan_remote) {
                wishers[i].nve->up.name, wishers[i].wishes,
                wishers[i].n_wishes
            };
            (*selected)[(*n_selected)++] = &wishers[i];
        }
    }
    return remotes;
}

static bool
select_all(const struct wisher *w OVS_UNUSED)
{
    return true;
}

static bool
select_not_base(const struct wisher *w)
{
    return !w->fits_base;
}

static bool
select_unplaced(const struct wisher *w)
{
    return !w->placed;
}

/* The base plan. */

static bool
has_delicate_options(const struct agent *agent)
{
    const struct recv_table *table = receive_get_table(agent->receive);

    for (size_t i = 0; i < table->n_entries; i++) {
        if (table->entries[i].required
            || opt_key_is_critical(table->entries[i].key)) {
            return true;
        }
    }
    return withdrawing_keeps_critical(agent);
}

/* Whether the order of the base plan may change: no flow sets an option on
 * the integration bridge any more, and reception does not suffer. */
static bool
base_plan_is_free(const struct agent *agent)
{
    return (agent->base_silent
            && ofctrl_get_confirmed(agent->ofctrl) >= agent->silent_revision
            && (!agent->n_senders || !has_delicate_options(agent)));
}

/* Whether the base plan is not as the wishes of all would have it, and could
 * be. */
static void
update_base_plan(struct agent *agent, struct wisher *wishers, size_t n)
{
    bool map_known = agent->map_adopted || !agent->n_senders;
    struct plan_remote *remotes = NULL;
    struct wisher **selected = NULL;
    size_t n_remotes = 0;

    if (base_plan_is_free(agent) && map_known) {
        remotes = get_plan_remotes(wishers, n, select_all, &selected,
                                   &n_remotes);
    }
    if (base_plan_update(&agent->plan, agent->universe, agent->n_universe,
                         remotes, n_remotes)) {
        struct hmapx_node *node;

        ofctrl_set_tlv_map(agent->ofctrl, &agent->plan.map);
        HMAPX_FOR_EACH (node, &agent->model->plugged) {
            hmapx_add(&agent->model->changed_endpoints, node->data);
        }
        HMAPX_FOR_EACH (node, &agent->model->active_vpcs) {
            hmapx_add(&agent->model->changed_vpcs, node->data);
        }
        remotes_mark_tx(agent, NULL);
    }
    free(remotes);
    free(selected);
    for (size_t i = 0; i < n; i++) {
        wishers[i].fits_base = order_fits(&agent->plan, &wishers[i]);
    }
}

/* Assignment. */

static void
move_to_plan(struct agent *agent, struct m_nve *nve, struct send_plan *sp)
{
    if (nve->plan == sp) {
        return;
    }
    if (nve->plan) {
        hmapx_find_and_delete(&nve->plan->remotes, nve);
        send_plan_mark_changed(agent, nve->plan);
    }
    nve->plan = sp;
    if (sp) {
        hmapx_add(&sp->remotes, nve);
        send_plan_mark_changed(agent, sp);
        if (!nve->mark && !id_pool_alloc_id(agent->plans.marks, &nve->mark)) {
            nve->mark = 0;
        }
    }
    remotes_mark_tx(agent, nve);
}

void
plans_forget_remote(struct agent *agent, struct m_nve *nve)
{
    move_to_plan(agent, nve, NULL);
    if (nve->mark) {
        id_pool_free_id(agent->plans.marks, nve->mark);
        nve->mark = 0;
    }
}

static bool
send_plan_is_open(const struct send_plan *sp)
{
    return sp->phase == PLAN_BUILDING || sp->phase == PLAN_READY;
}

static size_t
count_open_plans(const struct agent *agent)
{
    const struct send_plan *sp;
    size_t n = 1;                   /* The base plan. */

    LIST_FOR_EACH (sp, node, &agent->plans.plans) {
        /* One that its last remote has just left is as good as gone. */
        n += send_plan_is_open(sp) && !hmapx_is_empty(&sp->remotes);
    }
    return n;
}

/* What the base plan sends the other way round than 'w' wants it. */
static char *
describe_base_conflict(const struct agent *agent, const struct wisher *w)
{
    for (size_t i = 0; i < w->n_wishes; i++) {
        struct plan_wish base = {
            RECV_STRICT, CONST_CAST(struct opt_key *, agent->plan.order),
            agent->plan.n_order
        };
        struct order_graph *graph = order_graph_create();
        struct opt_key a, b;
        bool conflict;

        order_graph_add(graph, &base, 1);
        conflict = order_graph_conflict(graph, &w->wishes[i], &a, &b);
        order_graph_destroy(graph);
        if (conflict) {
            return xasprintf("NVE %s wants "OPT_KEY_FMT" before "OPT_KEY_FMT
                             ", plan 0 sends them the other way round",
                             w->nve->up.name, OPT_KEY_ARGS(a),
                             OPT_KEY_ARGS(b));
        }
    }
    return xasprintf("for NVE %s", w->nve->up.name);
}

/* An open plan whose order suits all of 'ws', or NULL. */
static struct send_plan *
find_suitable(const struct agent *agent, struct wisher **ws, size_t n)
{
    struct send_plan *sp;

    LIST_FOR_EACH (sp, node, &agent->plans.plans) {
        bool suits = send_plan_is_open(sp);

        for (size_t i = 0; i < n && suits; i++) {
            suits = order_fits(&sp->order, ws[i]);
        }
        if (suits) {
            return sp;
        }
    }
    return NULL;
}

/* Moves all of 'ws', who can be served together, to one plan: to one that is
 * there if 'reuse', else to a new one.  Returns false if there is no room. */
static bool
place_group(struct agent *agent, struct wisher **ws, size_t n)
{
    struct send_plan *sp = find_suitable(agent, ws, n);

    if (!sp) {
        if (count_open_plans(agent) >= PLANS_MAX) {
            return false;
        }

        struct plan_wish *wishes = NULL;
        size_t n_wishes = 0;
        for (size_t i = 0; i < n; i++) {
            wishes = xrealloc(wishes, (n_wishes + ws[i]->n_wishes)
                              * sizeof *wishes);
            memcpy(&wishes[n_wishes], ws[i]->wishes,
                   ws[i]->n_wishes * sizeof *wishes);
            n_wishes += ws[i]->n_wishes;
        }
        struct plan_remote all = { "", wishes, n_wishes };
        sp = send_plan_create(agent, &all,
                              describe_base_conflict(agent, ws[0]));
        free(wishes);
        if (!sp) {
            return false;
        }
    }
    for (size_t i = 0; i < n; i++) {
        move_to_plan(agent, ws[i]->nve, sp);
        ws[i]->placed = true;
    }
    return true;
}

/* Places those whom 'select' says, in as few plans as possible. */
static void
place_by_planner(struct agent *agent, struct wisher *wishers, size_t n,
                 bool (*select)(const struct wisher *))
{
    struct plan_remote *remotes;
    struct wisher **selected;
    struct plan_set plans;
    size_t n_selected;

    remotes = get_plan_remotes(wishers, n, select, &selected, &n_selected);
    if (n_selected) {
        planner_solve(agent->plan.order, agent->plan.n_order, remotes,
                      n_selected, &plans);
        for (size_t i = 0; i < plans.n_plans; i++) {
            const struct plan *plan = &plans.plans[i];
            struct wisher **group = xcalloc(plan->n_remotes + 1,
                                            sizeof *group);

            for (size_t j = 0; j < plan->n_remotes; j++) {
                group[j] = selected[plan->remotes[j]];
            }
            if (plan->n_remotes
                && !place_group(agent, group, plan->n_remotes)) {
                for (size_t j = 0; j < plan->n_remotes; j++) {
                    move_to_plan(agent, group[j]->nve, NULL);
                    agent->plans.n_beyond++;
                }
            }
            free(group);
        }
        plan_set_destroy(&plans);
    }
    free(remotes);
    free(selected);
}

/* The least number of further plans for those whom the base plan does not
 * suit. */
static size_t
get_least_plans(struct agent *agent, struct wisher *wishers, size_t n)
{
    struct plan_remote *remotes;
    struct wisher **selected;
    size_t n_selected, least = 0;

    remotes = get_plan_remotes(wishers, n, select_not_base, &selected,
                               &n_selected);
    if (n_selected) {
        struct plan_set plans;

        planner_solve(agent->plan.order, agent->plan.n_order, remotes,
                      n_selected, &plans);
        least = plans.n_plans;
        plan_set_destroy(&plans);
    }
    free(remotes);
    free(selected);
    return least;
}

/* Saves plans where that is possible: when there are more than needed, those
 * whom the base plan suits go back to it, and the others are placed anew. */
static void
merge_plans(struct agent *agent, struct wisher *wishers, size_t n)
{
    struct plans *plans = &agent->plans;
    size_t n_further = count_open_plans(agent) - 1;
    bool any_further = false;
    size_t least;

    for (size_t i = 0; i < n && !any_further; i++) {
        any_further = !wishers[i].fits_base;
    }
    plans->merge_wanted = false;
    if (n_further <= any_further) {
        return;                     /* No need to ask the planner. */
    }
    least = get_least_plans(agent, wishers, n);
    if (n_further <= least) {
        return;
    }
    if (time_msec() < plans->next_change) {
        plans->merge_wanted = true;
        return;
    }
    plans->next_change = time_msec() + PLANS_MERGE_INTERVAL;
    VLOG_INFO("%"PRIuSIZE" plans where %"PRIuSIZE" will do: merging",
              count_open_plans(agent), least + 1);
    for (size_t i = 0; i < n; i++) {
        if (wishers[i].fits_base) {
            move_to_plan(agent, wishers[i].nve, NULL);
        }
    }

    struct send_plan *sp;
    size_t used = 0;
    LIST_FOR_EACH (sp, node, &plans->plans) {
        used += send_plan_is_open(sp) && !hmapx_is_empty(&sp->remotes);
    }
    if (used > least) {
        place_by_planner(agent, wishers, n, select_not_base);
    }
}

static void
raise_plan_alarms(struct agent *agent)
{
    alarms_begin(agent->alarms, "plan");
    if (agent->plans.n_beyond) {
        alarms_raise(agent->alarms, "plan", "plans", "plan",
                     "%"PRIuSIZE" remotes want orders that would need more "
                     "than %d plans; they are sent what plan 0 can order",
                     agent->plans.n_beyond, PLANS_MAX);
    }
    for (size_t i = 0; i < agent->plan.n_left_out; i++) {
        char *option = opt_key_to_string(agent->plan.left_out[i]);
        char *object = xasprintf("option %s", option);

        alarms_raise(agent->alarms, "plan", object, "plan",
                     "the TLV map is full (64 options, 256 bytes of data): "
                     "option %s is neither sent nor received", option);
        free(object);
        free(option);
    }
    alarms_end(agent->alarms, "plan");
}

void
plans_assign(struct agent *agent)
{
    struct wisher *wishers;
    struct send_plan *sp;
    size_t n;

    wishers = collect_wishers(agent, &n);
    update_base_plan(agent, wishers, n);
    LIST_FOR_EACH (sp, node, &agent->plans.plans) {
        if (send_plan_is_open(sp)) {
            send_plan_update_options(agent, sp);
        }
    }

    agent->plans.n_beyond = 0;
    for (size_t i = 0; i < n; i++) {
        struct wisher *w = &wishers[i];
        struct wisher *alone[] = { w };
        struct send_plan *present = w->nve->plan;

        if (!w->n_wishes) {
            move_to_plan(agent, w->nve, NULL);
            w->placed = true;
        } else if (present && send_plan_is_open(present)
                   && order_fits(&present->order, w)) {
            w->placed = true;
        } else if (w->fits_base) {
            move_to_plan(agent, w->nve, NULL);
            w->placed = true;
        } else if (find_suitable(agent, alone, 1)) {
            place_group(agent, alone, 1);
        }
    }
    place_by_planner(agent, wishers, n, select_unplaced);
    merge_plans(agent, wishers, n);
    free_wishers(wishers, n);
    raise_plan_alarms(agent);
}

/* The turn. */

void
plans_take_leftovers(struct agent *agent)
{
    unsigned int ks[LOCAL_MAX_PLAN_BRIDGES];
    size_t n;

    if (agent->plans.leftovers_taken || !local_is_ready(agent->local)) {
        return;
    }
    agent->plans.leftovers_taken = true;
    n = local_plan_get_existing(agent->local, ks);
    for (size_t i = 0; i < n; i++) {
        send_plan_add(agent, ks[i], PLAN_LEFTOVER);
    }
}

void
plans_run(struct agent *agent)
{
    struct send_plan *sp;

    LIST_FOR_EACH_SAFE (sp, node, &agent->plans.plans) {
        if (sp->phase != PLAN_LEFTOVER) {
            send_plan_run(agent, sp);
        }
    }
    plan_legs_move(agent);
    LIST_FOR_EACH_SAFE (sp, node, &agent->plans.plans) {
        if (sp->phase == PLAN_ENDING && !sp->n_legs) {
            VLOG_INFO("plan %u: ended", sp->k);
            send_plan_destroy(agent, sp, true);
        } else if (sp->phase == PLAN_LEFTOVER && agent->synced
                   && ofctrl_is_settled(agent->ofctrl)) {
            send_plan_destroy(agent, sp, true);
        }
    }
}

bool
plans_are_ready(const struct agent *agent)
{
    const struct hmapx_node *node;
    bool ready = true;

    HMAPX_FOR_EACH (node, &agent->plans.moving) {
        const struct m_tx *tx = node->data;
        ready &= !tx->leg || tx->applied == tx->leg->plan;
    }
    return (ready
            || time_msec() - agent->complete_since > PLANS_READY_TIMEOUT);
}

bool
plans_merge_is_due(const struct agent *agent)
{
    return (agent->plans.merge_wanted
            && time_msec() >= agent->plans.next_change);
}

void
plans_wait(const struct agent *agent)
{
    const struct send_plan *sp;

    if (agent->plans.merge_wanted) {
        poll_timer_wait_until(agent->plans.next_change);
    }
    plan_legs_wait(agent);
    LIST_FOR_EACH (sp, node, &agent->plans.plans) {
        if (sp->ofctrl) {
            ofctrl_wait(sp->ofctrl);
        }
    }
}
