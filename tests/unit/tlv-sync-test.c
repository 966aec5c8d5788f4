/* The steps from one TLV map to another, on a switch that is played here. */

#include <config.h>

#include "agent/switch/tlv-sync.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "random.h"
#include "util.h"

struct play {
    struct tlv_sync tlv;
    struct index_map map;           /* Of the switch. */
    unsigned int n_ours[INDEX_MAP_SLOTS];   /* Flows of ours there. */
    bool others[INDEX_MAP_SLOTS];   /* Used by flows of others. */
    uint64_t purged;                /* What was asked for before a purge. */
    unsigned int n_purges;
    long long int now;
    unsigned int n_requests;
};

static void
play_init(struct play *p)
{
    memset(p, 0, sizeof *p);
    tlv_sync_init(&p->tlv);
    tlv_sync_set_installed(&p->tlv, &p->map);
}

static enum ofperr
switch_delete(struct play *p, unsigned int i)
{
    assert_int_equal(p->n_ours[i], 0);
    if (opt_key_is_critical(p->map.slots[i].key)) {
        assert_true(p->purged & (UINT64_C(1) << i));
    }
    if (p->others[i]) {
        return OFPERR_NXTTMFC_INVALID_TLV_DEL;
    }
    p->map.slots[i].used = false;
    p->purged &= ~(UINT64_C(1) << i);
    return 0;
}

static enum ofperr
switch_add(struct play *p, unsigned int i, const struct index_slot *slot)
{
    if (p->map.slots[i].used) {
        return OFPERR_NXTTMFC_ALREADY_MAPPED;
    }
    if (index_map_find(&p->map, slot->key) >= 0) {
        return OFPERR_NXTTMFC_DUP_ENTRY;
    }
    if (index_map_data_bytes(&p->map) + slot->length > INDEX_MAP_MAX_DATA) {
        return OFPERR_NXTTMFC_TABLE_FULL;
    }
    p->map.slots[i] = *slot;
    return 0;
}

/* Does one step; returns false if there was none to do. */
static bool
step(struct play *p)
{
    struct tlv_step s = tlv_sync_get_step(&p->tlv, p->n_ours, p->now);

    assert_int_equal(s.del & s.add, 0);
    assert_int_equal(s.purge & (s.del | s.add), 0);
    if (s.purge) {
        p->n_purges++;
        p->purged |= s.purge;
        tlv_sync_set_purged(&p->tlv, s.purge);
        return true;
    }
    for (unsigned int i = 0; i < INDEX_MAP_SLOTS; i++) {
        uint64_t bit = UINT64_C(1) << i;
        enum ofperr error;

        if (!((s.del | s.add) & bit)) {
            continue;
        }
        p->n_requests++;
        error = (s.del & bit ? switch_delete(p, i)
                 : switch_add(p, i, &p->tlv.wanted.slots[i]));
        if (error) {
            tlv_sync_report_error(&p->tlv, i, error, p->now);
        }
    }
    tlv_sync_set_installed(&p->tlv, &p->map);
    return s.del || s.add;
}

/* Steps until nothing is left to do before 'until'. */
static void
run(struct play *p, long long int until)
{
    for (;;) {
        long long int at;

        while (step(p)) {
            assert_true(p->n_requests < 10000);
        }
        at = tlv_sync_get_retry_time(&p->tlv);
        if (at > until) {
            p->now = until;
            return;
        }
        assert_true(at > p->now);
        p->now = at;
    }
}

static void
set(struct index_map *map, unsigned int i, uint8_t type, uint8_t length)
{
    map->slots[i] = (struct index_slot) {
        .used = true, .key = { 0xff01, type }, .length = length,
    };
}

static unsigned int n_errors;

static void
count_error(const char *name, const char *error OVS_UNUSED,
            void *aux OVS_UNUSED)
{
    assert_string_equal(name, "TLV map");
    n_errors++;
}

static unsigned int
count_errors(const struct play *p)
{
    n_errors = 0;
    tlv_sync_for_each_error(&p->tlv, count_error, NULL);
    return n_errors;
}

static void
test_nothing_is_done_without_a_wish(void **state OVS_UNUSED)
{
    struct play p;

    play_init(&p);
    set(&p.map, 3, 1, 4);
    tlv_sync_set_installed(&p.tlv, &p.map);
    assert_false(step(&p));
    assert_true(tlv_sync_is_settled(&p.tlv));
    assert_true(tlv_sync_get_usable(&p.tlv) == UINT64_MAX);
    assert_true(tlv_sync_get_ready(&p.tlv) == 0);
}

static void
test_what_is_there_is_kept(void **state OVS_UNUSED)
{
    struct index_map want;
    struct play p;

    play_init(&p);
    set(&p.map, 3, 1, 4);
    set(&p.map, 4, 2, 4);
    tlv_sync_set_installed(&p.tlv, &p.map);
    want = p.map;
    set(&want, 9, 9, 8);
    assert_true(tlv_sync_set_wanted(&p.tlv, &want));
    assert_false(tlv_sync_set_wanted(&p.tlv, &want));
    run(&p, 0);
    assert_int_equal(p.n_requests, 1);
    assert_true(tlv_sync_get_ready(&p.tlv) == 0x218);
    assert_true(tlv_sync_is_settled(&p.tlv));
}

static void
test_an_index_in_use_waits_for_its_flows(void **state OVS_UNUSED)
{
    struct index_map want;
    struct play p;

    play_init(&p);
    set(&p.map, 3, 1, 4);
    tlv_sync_set_installed(&p.tlv, &p.map);
    p.n_ours[3] = 1;
    memset(&want, 0, sizeof want);
    set(&want, 5, 1, 4);
    tlv_sync_set_wanted(&p.tlv, &want);
    run(&p, 100);
    assert_int_equal(p.n_requests, 0);
    assert_false(tlv_sync_is_settled(&p.tlv));

    /* Ours are gone, but the switch needs a while. */
    p.n_ours[3] = 0;
    p.others[3] = true;
    run(&p, 110);
    assert_true(p.n_requests > 1);
    assert_int_equal(count_errors(&p), 0);
    p.others[3] = false;
    run(&p, 200);
    assert_true(tlv_sync_get_ready(&p.tlv) == 1 << 5);
    assert_int_equal(count_errors(&p), 0);
}

static void
test_an_index_that_others_keep(void **state OVS_UNUSED)
{
    struct index_map want;
    struct play p;

    play_init(&p);
    set(&p.map, 3, 1, 4);
    tlv_sync_set_installed(&p.tlv, &p.map);
    p.others[3] = true;
    memset(&want, 0, sizeof want);
    set(&want, 3, 2, 4);
    set(&want, 4, 1, 4);
    set(&want, 5, 3, 4);
    tlv_sync_set_wanted(&p.tlv, &want);
    run(&p, 900);
    assert_false(tlv_sync_is_settled(&p.tlv));
    assert_true(tlv_sync_get_ready(&p.tlv) == 1 << 5);
    run(&p, 2000);
    assert_true(tlv_sync_is_settled(&p.tlv));
    assert_true(tlv_sync_get_usable(&p.tlv) == 1 << 5);
    assert_int_equal(count_errors(&p), 1);
    /* An hour later: about one request a minute. */
    p.n_requests = 0;
    run(&p, 3600 * 1000);
    assert_in_range(p.n_requests, 50, 80);
    p.others[3] = false;
    run(&p, 3700 * 1000);
    assert_true(tlv_sync_get_ready(&p.tlv) == 0x38);
    assert_int_equal(count_errors(&p), 0);
}

static void
test_no_room(void **state OVS_UNUSED)
{
    struct index_map want;
    struct play p;

    play_init(&p);
    set(&p.map, 0, 1, 124);
    set(&p.map, 1, 2, 124);
    tlv_sync_set_installed(&p.tlv, &p.map);
    memset(&want, 0, sizeof want);
    set(&want, 0, 1, 124);
    set(&want, 2, 3, 124);
    tlv_sync_set_wanted(&p.tlv, &want);
    run(&p, 0);
    /* The one went before the other came: no failure on the way. */
    assert_int_equal(p.n_requests, 2);
    assert_true(tlv_sync_get_ready(&p.tlv) == 5);

    set(&want, 3, 4, 124);
    tlv_sync_set_wanted(&p.tlv, &want);
    run(&p, 0);
    assert_int_equal(count_errors(&p), 1);
    assert_true(tlv_sync_is_settled(&p.tlv));
    want.slots[0].used = false;
    tlv_sync_set_wanted(&p.tlv, &want);
    run(&p, 0);
    assert_int_equal(count_errors(&p), 0);
    assert_true(tlv_sync_get_ready(&p.tlv) == 0xc);
}

/* From any map to any other, with flows and others' flows in the way. */
/* An option that comes back to another index, before the switch has let go of
 * the one that it had: flows wait for that, unless it takes for ever. */
static void
test_waiting_for_the_switch(void **state OVS_UNUSED)
{
    struct index_map want;
    struct play p;

    play_init(&p);
    assert_false(tlv_sync_is_waiting(&p.tlv, p.n_ours));
    index_map_init(&want);
    set(&want, 3, 1, 4);
    tlv_sync_set_wanted(&p.tlv, &want);
    run(&p, 0);
    assert_false(tlv_sync_is_waiting(&p.tlv, p.n_ours));

    index_map_init(&want);
    set(&want, 5, 1, 4);
    tlv_sync_set_wanted(&p.tlv, &want);
    p.n_ours[3] = 1;
    assert_false(tlv_sync_is_waiting(&p.tlv, p.n_ours));
    p.n_ours[3] = 0;
    p.others[3] = true;
    run(&p, 10);
    assert_true(tlv_sync_is_waiting(&p.tlv, p.n_ours));
    run(&p, 5000);
    assert_false(tlv_sync_is_waiting(&p.tlv, p.n_ours));
    p.others[3] = false;
    run(&p, 100000);
    assert_false(tlv_sync_is_waiting(&p.tlv, p.n_ours));
    assert_true(tlv_sync_is_settled(&p.tlv));
}

/* Datapath flows keep options: what that may do harm to is purged before,
 * once, and nothing else is. */
static void
test_purge(void **state OVS_UNUSED)
{
    struct index_map map = { .slots[0].used = false };
    struct play p;

    play_init(&p);
    set(&map, 1, 0x01, 4);
    set(&map, 2, 0x82, 4);
    set(&map, 3, 0x03, 4);
    tlv_sync_set_wanted(&p.tlv, &map);
    run(&p, 100);
    assert_int_equal(p.n_purges, 0);

    /* One that is not critical goes, or moves. */
    map.slots[1].used = false;
    map.slots[3].used = false;
    set(&map, 4, 0x03, 4);
    tlv_sync_set_wanted(&p.tlv, &map);
    run(&p, 200);
    assert_true(index_map_equals(&p.map, &map));
    assert_int_equal(p.n_purges, 0);

    /* Its length changes. */
    set(&map, 4, 0x03, 8);
    tlv_sync_set_wanted(&p.tlv, &map);
    run(&p, 300);
    assert_true(index_map_equals(&p.map, &map));
    assert_int_equal(p.n_purges, 1);

    /* A critical one goes, which takes some attempts. */
    map.slots[2].used = false;
    p.others[2] = true;
    tlv_sync_set_wanted(&p.tlv, &map);
    run(&p, 400);
    p.others[2] = false;
    run(&p, 2000);
    assert_true(index_map_equals(&p.map, &map));
    assert_int_equal(p.n_purges, 2);
}

static void
test_random_maps(void **state OVS_UNUSED)
{
    struct play p;

    random_set_seed(1);
    play_init(&p);
    for (int round = 0; round < 2000; round++) {
        struct index_map want;
        int type = 1;

        memset(&want, 0, sizeof want);
        for (int i = 0; i < 8; i++) {
            if (random_range(2)) {
                set(&want, i, type, 4 * random_range(3));
                type = type % 16 + 1 + random_range(2);
            }
        }
        tlv_sync_set_wanted(&p.tlv, &want);
        for (int i = 0; i < 8; i++) {
            p.others[i] = !random_range(3);
        }
        run(&p, p.now + random_range(3000));
        for (int i = 0; i < 8; i++) {
            p.others[i] = false;
        }
        run(&p, p.now + 70000);
        assert_true(index_map_equals(&p.map, &want));
        assert_true(tlv_sync_is_settled(&p.tlv));
        assert_int_equal(count_errors(&p), 0);
        p.n_requests = 0;
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_done_without_a_wish),
        cmocka_unit_test(test_what_is_there_is_kept),
        cmocka_unit_test(test_an_index_in_use_waits_for_its_flows),
        cmocka_unit_test(test_an_index_that_others_keep),
        cmocka_unit_test(test_no_room),
        cmocka_unit_test(test_waiting_for_the_switch),
        cmocka_unit_test(test_purge),
        cmocka_unit_test(test_random_maps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
