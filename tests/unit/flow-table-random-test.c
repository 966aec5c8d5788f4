/* The difference between wanted and installed flows, after random steps. */

#include <config.h>

#include "agent/switch/flow-table.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "agent/switch/desired-flow.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/flow-owner.h"
#include "flow.h"
#include "random.h"
#include "tests/unit/flow-table-fixture.h"
#include "util.h"

/* Takes many random steps.  Whenever everything has been sent, the switch has
 * what the owners want. */

#define N_OWNERS 5
#define N_KEYS 6

struct model {
    struct flow_table ft;
    struct flow_owner owners[N_OWNERS];
    struct flow_changes changes;
    bool early, under_way;
    bool at_once;                   /* UNDER_WAY: none were taken early. */
    struct desired_flow *switch_has[N_KEYS];
    uint64_t ready;
};

static void
random_replace(struct model *m)
{
    struct flow_list list;
    bool taken[N_KEYS] = { false };
    int n = random_range(4);

    flow_list_init(&list);
    for (int i = 0; i < n; i++) {
        int key = random_range(N_KEYS);

        if (!taken[key]) {
            taken[key] = true;
            add_flow(&list, key, 1 + random_range(2), random_range(4) - 1);
        }
    }
    flow_table_replace(&m->ft, &m->owners[random_range(N_OWNERS)], &list);
}

/* Does what the switch does. */
static void
apply_change(struct model *m, const struct flow_change *c)
{
    struct desired_flow **free_place = NULL;

    for (int i = 0; i < N_KEYS; i++) {
        struct desired_flow **f = &m->switch_has[i];

        if (*f && desired_flow_same_key(*f, flow_change_get_flow(c))) {
            desired_flow_unref(*f);
            *f = NULL;
        }
        free_place = *f ? free_place : f;
    }
    if (c->flow) {
        assert_non_null(free_place);
        *free_place = desired_flow_ref(c->flow);
    }
}

static void
refuse_change(struct model *m, const struct flow_change *c)
{
    flow_slots_refuse_change(&m->ft.slots, c);
    if (c->flow) {
        flow_table_refuse(&m->ft, c->flow, "for fun");
    }
}

/* Changes are applied, but for those that are refused, if 'ok'. */
static void
finish_transport(struct model *m, bool ok)
{
    for (size_t i = 0; ok && i < m->changes.n; i++) {
        const struct flow_change *c = &m->changes.array[i];

        if (m->at_once && !random_range(5)) {
            refuse_change(m, c);
        } else {
            apply_change(m, c);
        }
    }
    flow_slots_finish_changes(&m->ft.slots, m->changes.array, m->changes.n,
                              ok);
    m->changes = (struct flow_changes) { .n = 0 };
    m->early = m->under_way = m->at_once = false;
}

static void
random_transport(struct model *m)
{
    if (!m->under_way) {
        m->early = random_range(2);
        if (m->early) {
            flow_slots_take_early(&m->ft.slots, &m->changes);
            m->early = m->changes.n > 0;
        } else {
            m->at_once = !m->changes.n;
            flow_slots_take_rest(&m->ft.slots, &m->changes);
            m->under_way = true;
        }
        return;
    }

    bool ok = random_range(3);

    for (size_t i = 0; !ok && i < m->changes.n; i++) {
        if (m->changes.array[i].flow && !random_range(3)) {
            refuse_change(m, &m->changes.array[i]);
        }
    }
    finish_transport(m, ok);
    if (!random_range(10)) {
        flow_table_forget_installed(&m->ft);
        for (int i = 0; i < N_KEYS; i++) {
            desired_flow_unref(m->switch_has[i]);
            m->switch_has[i] = NULL;
        }
    }
}

/* Checks that the switch has 'flow', or nothing with its key. */
static void
check_switch(const struct model *m, const struct desired_flow *flow, bool has)
{
    int n = 0;

    for (int i = 0; i < N_KEYS; i++) {
        const struct desired_flow *f = m->switch_has[i];

        if (f && desired_flow_same_key(f, flow)) {
            assert_true(desired_flow_same_instructions(f, flow));
            n++;
        }
    }
    assert_int_equal(n, has);
}

static const struct flow_refusal *
find_refusal(const struct model *m, const struct desired_flow *flow)
{
    const struct flow_refusal *r;

    LIST_FOR_EACH (r, node, &m->ft.refusals) {
        if (r->flow == flow) {
            return r;
        }
    }
    return NULL;
}

/* Checks a table in which nothing is pending against the model. */
static void
check_settled(struct model *m)
{
    struct desired_flow *alone;
    struct flow_slot *slot;
    size_t n_installed = 0, n_refused = 0, n_claims = 0;

    HMAP_FOR_EACH (alone, node, &m->ft.slots.alone) {
        assert_true(alone->alone && alone->owner);
        assert_false(alone->under_way || alone->refused);
        assert_false(desired_flow_get_tlv(alone) & ~m->ready);
        check_switch(m, alone, true);
        n_installed++;
        n_claims++;
    }
    HMAP_FOR_EACH (slot, node, &m->ft.slots.by_key) {
        struct desired_flow *flow, *first = NULL;

        for (flow = slot->claims; flow; flow = flow->next) {
            first = first ? first : flow;
            n_claims++;
            n_refused += flow->refused;
            assert_int_equal(flow->refused, find_refusal(m, flow) != NULL);
            if (flow != first) {
                assert_int_equal(find_refusal(m, flow)->reason,
                                 REFUSED_CONFLICT);
            }
        }
        n_installed += slot->installed != NULL;
        assert_true(first || slot->installed);
        assert_false(first && !first->next && first == slot->installed);
        if (first && !first->refused
            && !(desired_flow_get_tlv(first) & ~m->ready)) {
            assert_ptr_equal(slot->installed, first);
            check_switch(m, first, true);
        } else {
            assert_null(slot->installed);
            check_switch(m, first, false);
        }
    }
    assert_int_equal(n_installed, m->ft.slots.n_installed);
    assert_int_equal(n_claims, m->ft.n_desired);
    assert_int_equal(n_refused, ovs_list_size(&m->ft.refusals));
}

static void
test_random_steps(void **state OVS_UNUSED)
{
    struct model m = { .ready = 0 };
    size_t n_settled = 0;

    random_set_seed(1);
    flow_table_init(&m.ft);
    for (int i = 0; i < N_OWNERS; i++) {
        flow_owner_init(&m.owners[i], i, "owner %d", i);
    }
    for (int i = 0; i < 20000; i++) {
        switch (random_range(4)) {
        case 0: case 1:
            random_replace(&m);
            break;
        case 2:
            random_transport(&m);
            break;
        case 3:
            m.ready = random_range(8);
            flow_table_set_tlv(&m.ft, m.ready | random_range(8), m.ready);
            flow_table_check_waiting(&m.ft);
            break;
        }
        if (!m.early && !m.under_way && !m.ft.slots.n_pending) {
            n_settled++;
            check_settled(&m);
        }
    }
    assert_true(n_settled > 500);
    finish_transport(&m, true);
    for (int i = 0; i < N_OWNERS; i++) {
        owner_destroy(&m.ft, &m.owners[i]);
    }
    commit(&m.ft, NULL);
    for (int i = 0; i < N_KEYS; i++) {
        desired_flow_unref(m.switch_has[i]);
    }
    assert_int_equal(hmap_count(&m.ft.slots.by_key), 0);
    flow_table_destroy(&m.ft);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_steps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
