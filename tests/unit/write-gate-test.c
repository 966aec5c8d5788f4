/* What has to be known before what is written. */

#include <config.h>

#include "agent/write-gate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "util.h"

/* Facts become known in the order in which they do when the agent starts; each
 * opens the gate for some targets. */
static void
test_start(void **state OVS_UNUSED)
{
    static const struct {
        enum write_fact fact;
        unsigned int opens;         /* A set of targets. */
    } steps[] = {
        { WRITE_FACT_NODE, 0 },
        { WRITE_FACT_NAME, 1u << WRITE_BRIDGE },
        { WRITE_FACT_NO_FLOWS, 1u << WRITE_PATH_DOWN },
        { WRITE_FACT_UNDERLAY, 0 },
        { WRITE_FACT_OBJECTS, 1u << WRITE_DATABASE },
        { WRITE_FACT_CONTROLLER, 1u << WRITE_OWN_NAME },
        { WRITE_FACT_OWN_NAME, 1u << WRITE_OBJECTS },
        { WRITE_FACT_TLV_MAP, 1u << WRITE_PLANS },
        { WRITE_FACT_PLANS, 1u << WRITE_SWITCH },
    };
    struct write_gate *gate = write_gate_create();
    unsigned int open = 0;

    BUILD_ASSERT_DECL(ARRAY_SIZE(steps) == WRITE_N_FACTS);
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        write_gate_set(gate, steps[i].fact, true);
        open |= steps[i].opens;
        for (int target = WRITE_BRIDGE; target <= WRITE_SWITCH; target++) {
            assert_int_equal(write_gate_is_open(gate, target),
                             (open >> target) & 1);
        }
    }
    write_gate_destroy(gate);
}

/* A node that has no name any more writes nothing at all. */
static void
test_name_goes(void **state OVS_UNUSED)
{
    struct write_gate *gate = write_gate_create();

    for (int fact = 0; fact < WRITE_N_FACTS; fact++) {
        write_gate_set(gate, fact, true);
    }
    assert_true(write_gate_is_open(gate, WRITE_SWITCH));
    write_gate_set(gate, WRITE_FACT_NAME, false);
    assert_false(write_gate_knows(gate, WRITE_FACT_NAME));
    for (int target = WRITE_BRIDGE; target <= WRITE_SWITCH; target++) {
        assert_false(write_gate_is_open(gate, target));
    }
    write_gate_destroy(gate);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_start),
        cmocka_unit_test(test_name_goes),
    };

    return cmocka_run_group_tests_name("write-gate", tests, NULL, NULL);
}
