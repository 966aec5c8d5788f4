/* Index maps: order, gaps, and as few moves as possible. */

#include <config.h>

#include "lib/index-map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "random.h"
#include "util.h"

/* Options are letters here. */
static size_t
assign(struct index_map *map, const char *letters)
{
    struct index_option options[INDEX_MAP_SLOTS];
    size_t n = strlen(letters);

    for (size_t i = 0; i < n; i++) {
        options[i] = (struct index_option) { { 0xff01, letters[i] }, 4 };
    }
    return index_map_assign(map, options, n);
}

static int
find(const struct index_map *map, char letter)
{
    return index_map_find(map, (struct opt_key) { 0xff01, letter });
}

static void
check_order(const struct index_map *map, const char *letters)
{
    size_t n_used = 0;
    int last = -1;

    for (const char *p = letters; *p; p++) {
        int index = find(map, *p);

        if (index <= last) {
            fail_msg("%c of %s is at %d, not after %d", *p, letters, index,
                     last);
        }
        last = index;
    }
    for (int i = 0; i < INDEX_MAP_SLOTS; i++) {
        n_used += map->slots[i].used;
    }
    assert_int_equal(n_used, strlen(letters));
}

static void
test_first_assignment_has_gaps(void **state OVS_UNUSED)
{
    struct index_map map;

    index_map_init(&map);
    assert_int_equal(assign(&map, "abc"), 0);
    check_order(&map, "abc");
    assert_true(find(&map, 'a') >= 8);
    assert_true(find(&map, 'b') - find(&map, 'a') >= 8);
    assert_true(find(&map, 'c') - find(&map, 'b') >= 8);
    assert_true(find(&map, 'c') < INDEX_MAP_SLOTS - 8);
    assert_int_equal(index_map_data_bytes(&map), 12);
    assert_int_equal(find(&map, 'd'), -1);
}

static void
test_more_options_move_nothing(void **state OVS_UNUSED)
{
    static const char *steps[] = {
        "man", "mabn", "xmabn", "xmabny", "xmacbny", "xmdacbny"
    };
    struct index_map map;

    index_map_init(&map);
    assign(&map, "mn");
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        assert_int_equal(assign(&map, steps[i]), 0);
        check_order(&map, steps[i]);
    }
}

static void
test_same_again_changes_nothing(void **state OVS_UNUSED)
{
    struct index_map map, before;

    index_map_init(&map);
    assign(&map, "qwertz");
    before = map;
    assert_int_equal(assign(&map, "qwertz"), 0);
    assert_true(index_map_equals(&map, &before));
}

static void
test_removal_moves_nothing(void **state OVS_UNUSED)
{
    struct index_map map;
    int c;

    index_map_init(&map);
    assign(&map, "abc");
    c = find(&map, 'c');
    assert_int_equal(assign(&map, "c"), 0);
    check_order(&map, "c");
    assert_int_equal(find(&map, 'c'), c);
    assert_int_equal(assign(&map, ""), 0);
    check_order(&map, "");
}

static void
test_new_order_moves_the_fewest(void **state OVS_UNUSED)
{
    struct index_map map;

    index_map_init(&map);
    assign(&map, "abcdef");
    assert_int_equal(assign(&map, "fabcde"), 1);
    check_order(&map, "fabcde");
    assert_int_equal(assign(&map, "edcbaf"), 5);
    check_order(&map, "edcbaf");
}

static void
test_changed_length_counts(void **state OVS_UNUSED)
{
    struct index_option option = { { 0xff01, 'a' }, 8 };
    struct index_map map;
    int index;

    index_map_init(&map);
    assign(&map, "a");
    index = find(&map, 'a');
    assert_int_equal(index_map_assign(&map, &option, 1), 1);
    assert_int_equal(find(&map, 'a'), index);
    assert_int_equal(index_map_data_bytes(&map), 8);
}

static void
test_no_gap_left(void **state OVS_UNUSED)
{
    struct index_map map;

    /* a and b are neighbours, so one of them has to make room. */
    index_map_init(&map);
    map.slots[10] = (struct index_slot) { true, { 0xff01, 'a' }, 4 };
    map.slots[11] = (struct index_slot) { true, { 0xff01, 'b' }, 4 };
    map.slots[50] = (struct index_slot) { true, { 0xff01, 'c' }, 4 };
    assert_int_equal(assign(&map, "axbc"), 1);
    check_order(&map, "axbc");

    /* The room before the first one counts as well. */
    index_map_init(&map);
    map.slots[0] = (struct index_slot) { true, { 0xff01, 'a' }, 4 };
    map.slots[63] = (struct index_slot) { true, { 0xff01, 'b' }, 4 };
    assert_int_equal(assign(&map, "xab"), 1);
    check_order(&map, "xab");
    assert_int_equal(find(&map, 'b'), 63);
}

static void
test_full_map(void **state OVS_UNUSED)
{
    char letters[INDEX_MAP_SLOTS + 1] = "";
    struct index_map map;

    for (int i = 0; i < INDEX_MAP_SLOTS; i++) {
        letters[i] = 32 + i;
    }
    index_map_init(&map);
    assign(&map, letters);
    check_order(&map, letters);

    /* Turned round by one, nothing fits where it was. */
    memmove(letters, letters + 1, INDEX_MAP_SLOTS - 1);
    letters[INDEX_MAP_SLOTS - 1] = 32;
    assert_int_equal(assign(&map, letters), INDEX_MAP_SLOTS);
    check_order(&map, letters);
}

/* The least number of moves, by trying every choice of options that stay. */
static size_t
least_moves(const struct index_map *map, const char *letters)
{
    int n = strlen(letters), best = n, present = 0;

    for (int i = 0; i < n; i++) {
        present += find(map, letters[i]) >= 0;
    }
    for (unsigned int stay = 0; stay < 1u << n; stay++) {
        int last = -1, last_pos = -1, kept = 0;
        bool ok = true;

        for (int i = 0; ok && i < n; i++) {
            if ((stay >> i) & 1) {
                int index = find(map, letters[i]);

                ok = index >= 0 && index - last >= i - last_pos;
                last = index;
                last_pos = i;
                kept++;
            }
        }
        if (ok && INDEX_MAP_SLOTS - last >= n - last_pos) {
            best = MIN(best, present - kept);
        }
    }
    return best;
}

static void
test_random_changes(void **state OVS_UNUSED)
{
    random_set_seed(4711);
    for (int round = 0; round < 300; round++) {
        struct index_map map;

        /* Start from a crowded map. */
        index_map_init(&map);
        for (int i = 0; i < 6; i++) {
            int slot = (random_range(3) ? random_range(8)
                        : 56 + random_range(8));
            if (find(&map, 'a' + i) < 0 && !map.slots[slot].used) {
                map.slots[slot] = (struct index_slot) {
                    true, { 0xff01, 'a' + i }, 4 };
            }
        }
        for (int step = 0; step < 4; step++) {
            char letters[] = "abcdefghij";
            size_t expected, n = 1 + random_range(10);

            for (int i = 9; i > 0; i--) {
                int j = random_range(i + 1);
                char tmp = letters[i];

                letters[i] = letters[j];
                letters[j] = tmp;
            }
            letters[n] = '\0';
            expected = least_moves(&map, letters);
            assert_int_equal(assign(&map, letters), expected);
            check_order(&map, letters);
        }
    }
}

static bool
insert(struct index_map *map, const struct index_map *past,
       const char *letters)
{
    struct index_option options[INDEX_MAP_SLOTS];
    size_t n = strlen(letters);

    for (size_t i = 0; i < n; i++) {
        options[i] = (struct index_option) { { 0xff01, letters[i] }, 4 };
    }
    return index_map_insert(map, past, options, n);
}

/* Where there is no gap, an insertion goes elsewhere rather than move what is
 * there. */
static void
test_insertion_moves_nothing(void **state OVS_UNUSED)
{
    struct index_map map, past;
    int a, b;

    index_map_init(&map);
    index_map_init(&past);
    map.slots[20] = (struct index_slot) { true, { 0xff01, 'a' }, 4 };
    map.slots[22] = (struct index_slot) { true, { 0xff01, 'b' }, 4 };
    assert_true(insert(&map, &past, "acb"));
    assert_int_equal(find(&map, 'c'), 21);
    assert_true(insert(&map, &past, "acdb"));
    assert_int_equal(find(&map, 'a'), 20);
    assert_int_equal(find(&map, 'c'), 21);
    assert_int_equal(find(&map, 'b'), 22);
    assert_true(find(&map, 'd') > 22);

    /* As long as there is any room at all. */
    for (char c = 'A'; c < 'A' + 60; c++) {
        char letters[INDEX_MAP_SLOTS + 1] = "acdb";

        for (char d = 'A'; d <= c; d++) {
            letters[4 + d - 'A'] = d + 128;
            letters[5 + d - 'A'] = '\0';
        }
        a = find(&map, 'a');
        b = find(&map, 'b');
        assert_true(insert(&map, &past, letters));
        assert_int_equal(find(&map, 'a'), a);
        assert_int_equal(find(&map, 'b'), b);
    }
    for (size_t i = 0; i < INDEX_MAP_SLOTS; i++) {
        assert_true(map.slots[i].used);
    }
}

static void
test_what_comes_back_gets_its_index(void **state OVS_UNUSED)
{
    struct index_map map, past;
    int a, b;

    index_map_init(&map);
    index_map_init(&past);
    assign(&map, "abc");
    index_map_remember(&past, &map);
    a = find(&map, 'a');
    b = find(&map, 'b');
    assert_true(insert(&map, &past, "c"));
    assert_int_equal(find(&map, 'b'), -1);
    assert_true(insert(&map, &past, "cb"));
    assert_int_equal(find(&map, 'b'), b);

    /* Not if another has it. */
    map.slots[a] = (struct index_slot) { true, { 0xff01, 'x' }, 4 };
    index_map_remember(&past, &map);
    assert_true(insert(&map, &past, "xacb"));
    assert_int_equal(find(&map, 'x'), a);
    assert_true(find(&map, 'a') >= 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_assignment_has_gaps),
        cmocka_unit_test(test_more_options_move_nothing),
        cmocka_unit_test(test_same_again_changes_nothing),
        cmocka_unit_test(test_removal_moves_nothing),
        cmocka_unit_test(test_new_order_moves_the_fewest),
        cmocka_unit_test(test_changed_length_counts),
        cmocka_unit_test(test_no_gap_left),
        cmocka_unit_test(test_full_map),
        cmocka_unit_test(test_random_changes),
        cmocka_unit_test(test_insertion_moves_nothing),
        cmocka_unit_test(test_what_comes_back_gets_its_index),
    };
    return cmocka_run_group_tests_name("index-map", tests, NULL, NULL);
}
