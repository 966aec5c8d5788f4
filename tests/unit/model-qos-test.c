/* QoS in the model: which policy and which class an endpoint has. */

#include <config.h>

#include "agent/model/model-qos.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "agent/model/model.h"
#include "openvswitch/vlog.h"
#include "sset.h"
#include "tests/unit/model-blue.h"
#include "tests/unit/model-fixture.h"
#include "util.h"

static void
put_qos(struct model_fixture *f, const char *name, const char *day,
        const char *more)
{
    char *meta = xasprintf(", 'creationTimestamp': "
                           "'2026-01-%sT00:00:00Z'", day);
    char *spec = xasprintf("'vpc': 'blue', %s", more);

    put(f, RES_QOS_POLICY, name, spec, meta, "");
    free(spec);
    free(meta);
}

#define SELECT(LABEL) "'endpointSelector': {'matchLabels': {" LABEL "}}"

static void
expect_qos(const struct model_fixture *f, const char *ep, const char *policy,
           int number)
{
    const struct m_qos_policy *found = m_qos_find(find_ep(f, ep));
    struct endpoint sender;
    uint32_t value;

    m_qos_get_sender(find_ep(f, ep), &sender);
    assert_int_equal(sender.has_qos_class, number >= 0);
    assert_string_equal(found ? found->up.name : "", policy);
    assert_int_equal(m_qos_get_number(find_ep(f, ep), &value), number >= 0);
    if (number >= 0) {
        assert_int_equal(value, number);
        assert_int_equal(sender.qos_class, number);
    }
}

/* The oldest policy counts; whose class is missing is without it. */
static void
test_qos(void **f_)
{
    struct sset touched = SSET_INITIALIZER(&touched);
    struct model_fixture *f = *f_;

    put_basics(f);
    put_qos(f, "new", "03", SELECT("") ", 'class': 'gold'");
    put_qos(f, "old", "02", SELECT("'app': 'web'") ", 'class': 'bronze'");
    put(f, RES_QOS_CLASS, "gold", "'number': 1, 'dscp': 46", "", "");
    settle(f);
    expect_qos(f, "vm-2", "old", -1);
    expect_qos(f, "vm-4", "new", 1);
    check_problem(f, MODEL_QOS_POLICY, "new", "");
    check_problem(f, MODEL_QOS_POLICY, "old", "spec.class: QoSClass bronze "
                   "does not exist; the limits are in force");

    put(f, RES_QOS_CLASS, "bronze", "'number': 3", "", "");
    put(f, RES_QOS_CLASS, "more", "'number': 3", "", "");
    run_and_note(f, &touched);
    assert_true(sset_contains(&touched, "vm-2"));
    check_problem(f, MODEL_QOS_POLICY, "old", "");
    check_problem(f, MODEL_QOS_CLASS, "more", "spec.number: QoS class 3 "
                   "belongs to QoSClass bronze already");
    expect_qos(f, "vm-2", "old", 3);
    assert_string_equal(m_qos_find_class(f->model, 3)->up.name, "bronze");
    assert_null(m_qos_find_class(f->model, 7));

    sset_clear(&touched);
    put_qos(f, "old", "02", SELECT("'app': 'db'"));
    run_and_note(f, &touched);
    assert_true(sset_contains(&touched, "vm-2"));
    expect_qos(f, "vm-2", "new", 1);
    expect_qos(f, "vm-4", "old", -1);
    put(f, RES_ENDPOINT, "vm-2", "'vpc': 'blue', 'mac': '02:00:00:00:00:02', "
        "'qosClass': 9", "", "");
    objects_scope_delete(f->scopes[RES_QOS_POLICY], "old");
    settle(f);
    expect_qos(f, "vm-2", "new", 9);
    expect_qos(f, "vm-4", "new", 1);
    objects_scope_delete(f->scopes[RES_QOS_CLASS], "gold");
    settle(f);
    expect_qos(f, "vm-4", "new", -1);
    objects_scope_delete(f->scopes[RES_QOS_POLICY], "new");
    settle(f);
    expect_qos(f, "vm-4", "", -1);
    assert_null(entity_find(f->model, MODEL_QOS_CLASS, "gold"));
    sset_destroy(&touched);
}

int
main(int argc OVS_UNUSED, char **argv)
{
    static const struct CMUnitTest tests[] = {
        MODEL_TEST(test_qos),
    };

    set_program_name(argv[0]);
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_EMER);
    return cmocka_run_group_tests_name("model-qos", tests, NULL, NULL);
}
