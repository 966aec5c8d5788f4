/* Options of a profile that come and leave, step by step. */

#include <config.h>

#include "agent/model/source-set.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "util.h"

static struct resolved_option
option(uint8_t type)
{
    return (struct resolved_option) {
        .name = CONST_CAST(char *, "name"),
        .sender = { .key = { .class = 0xff01, .type = type }, .length = 4,
                    .required = true },
    };
}

/* Updates 'set' to the options of these types, ended by 0. */
static bool
update(struct source_set *set, const uint8_t *types)
{
    struct resolved_option options[8];
    size_t n = 0;

    for (; types[n]; n++) {
        options[n] = option(types[n]);
    }
    return source_set_update(set, options, n);
}

static bool
is_type(struct opt_key key, const void *type)
{
    return key.type == *(const uint8_t *) type;
}

static const uint8_t none = 0;

static void
check(const struct source_set *set, size_t i, uint8_t type,
      enum source_state state)
{
    assert_true(i < set->n);
    assert_int_equal(set->options[i].up.sender.key.type, type);
    assert_int_equal(set->options[i].state, state);
}

static void
test_steps(void **state OVS_UNUSED)
{
    struct source_set *set = source_set_create();
    const uint8_t two = 2;

    assert_true(update(set, (uint8_t[]) { 1, 2, 3, 0 }));
    assert_false(update(set, (uint8_t[]) { 1, 2, 3, 0 }));
    assert_int_equal(set->n, 3);
    assert_false(source_set_has(set, SOURCE_KEPT));

    /* 1 and 2 leave: both are still set, behind those that stay, and block
     * nobody. */
    assert_true(update(set, (uint8_t[]) { 3, 0 }));
    assert_int_equal(set->n, 3);
    check(set, 0, 3, SOURCE_CURRENT);
    check(set, 1, 1, SOURCE_KEPT);
    check(set, 2, 2, SOURCE_KEPT);
    assert_true(set->options[0].up.sender.required);
    assert_false(set->options[1].up.sender.required);

    /* Only 1 can fade; it is forgotten, 2 is not. */
    assert_true(source_set_fade(set, is_type, &two));
    assert_false(source_set_fade(set, is_type, &two));
    check(set, 1, 1, SOURCE_FADING);
    check(set, 2, 2, SOURCE_KEPT);
    assert_true(source_set_forget(set));
    assert_false(source_set_forget(set));
    assert_int_equal(set->n, 2);
    check(set, 1, 2, SOURCE_KEPT);

    assert_true(source_set_fade(set, is_type, &none));
    assert_true(source_set_forget(set));
    assert_int_equal(set->n, 1);
    check(set, 0, 3, SOURCE_CURRENT);
    source_set_destroy(set);
}

static void
test_comes_back(void **state OVS_UNUSED)
{
    struct source_set *set = source_set_create();
    const uint8_t one = 1;

    update(set, (uint8_t[]) { 1, 2, 0 });
    update(set, &none);
    assert_true(source_set_fade(set, is_type, &one));
    check(set, 0, 1, SOURCE_KEPT);
    check(set, 1, 2, SOURCE_FADING);

    /* From either state, it is as if it had never left. */
    assert_true(update(set, (uint8_t[]) { 1, 2, 0 }));
    assert_int_equal(set->n, 2);
    check(set, 0, 1, SOURCE_CURRENT);
    check(set, 1, 2, SOURCE_CURRENT);
    assert_true(set->options[0].up.sender.required);
    assert_false(source_set_fade(set, is_type, &none));
    assert_false(source_set_forget(set));
    source_set_destroy(set);
}

/* A change of something else does not begin anything anew. */
static void
test_update_keeps_states(void **state OVS_UNUSED)
{
    struct source_set *set = source_set_create();

    update(set, (uint8_t[]) { 1, 2, 0 });
    update(set, (uint8_t[]) { 2, 0 });
    source_set_fade(set, is_type, &none);
    assert_true(update(set, (uint8_t[]) { 2, 3, 0 }));
    assert_int_equal(set->n, 3);
    check(set, 2, 1, SOURCE_FADING);
    source_set_destroy(set);
}

/* Who computes the hash of a flow is not who sets the rest. */
static void
test_update_with_another_value(void **state OVS_UNUSED)
{
    struct source_set *set = source_set_create();
    struct resolved_option o = option(1);

    source_set_update(set, &o, 1);
    o.value.from = VALUE_PACKET_DSCP;
    assert_false(source_set_update(set, &o, 1));
    o.value.from = VALUE_PACKET_FLOW_HASH;
    assert_true(source_set_update(set, &o, 1));
    assert_false(source_set_update(set, &o, 1));
    o.value.from = VALUE_CONSTANT;
    assert_true(source_set_update(set, &o, 1));
    source_set_destroy(set);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_comes_back),
        cmocka_unit_test(test_update_keeps_states),
        cmocka_unit_test(test_update_with_another_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
