/* mtu_request: whose it is, and what becomes of it.
 *
 * apply() does what Open vSwitch does: a device gets the mtu_request that is
 * set, and keeps its MTU when that is cleared. */

#include <config.h>

#include "lib/mtu-request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "util.h"

static void
apply(struct mtu_request *r)
{
    if (r->request) {
        r->actual = r->request;
    }
}

/* Decides until there is nothing more to do.  Returns how often there was. */
static int
settle(struct mtu_request *r, int mtu)
{
    int n = 0;

    for (;;) {
        struct mtu_request next;

        if (!mtu_request_decide(r, mtu, &next)) {
            return n;
        }
        *r = next;
        apply(r);
        assert_true(++n < 5);
    }
}

static void
check(const struct mtu_request *r, int request, int actual, int ours)
{
    assert_int_equal(r->request, request);
    assert_int_equal(r->actual, actual);
    assert_int_equal(r->ours, ours);
    if (!ours) {
        assert_int_equal(r->before, 0);
        assert_int_equal(r->device, 0);
    }
}

static void
test_untouched(void **state OVS_UNUSED)
{
    struct mtu_request r = { .actual = 1500 };

    assert_int_equal(settle(&r, 0), 0);
    r.request = 9000;
    assert_int_equal(settle(&r, 0), 0);
    assert_false(mtu_request_is_foreign(&r));
}

static void
test_it_follows(void **state OVS_UNUSED)
{
    struct mtu_request r = { .actual = 1500 };

    assert_int_equal(settle(&r, 1406), 1);
    check(&r, 1406, 1406, 1406);
    assert_int_equal(settle(&r, 1406), 0);
    assert_int_equal(settle(&r, 1442), 1);
    check(&r, 1442, 1442, 1442);
}

static void
test_the_devices_mtu_comes_back(void **state OVS_UNUSED)
{
    struct mtu_request r = { .actual = 1500 };

    settle(&r, 1406);
    settle(&r, 1442);
    assert_int_equal(settle(&r, 0), 2);
    check(&r, 0, 1500, 0);
}

static void
test_a_device_that_is_slow(void **state OVS_UNUSED)
{
    struct mtu_request r = { .actual = 1500 }, next;

    settle(&r, 1406);
    assert_true(mtu_request_decide(&r, 0, &next));
    assert_int_equal(next.request, 1500);
    /* It has not got it yet: wait. */
    assert_false(mtu_request_decide(&next, 0, &r));
    /* The endpoint is back: what was before is not forgotten. */
    settle(&next, 1442);
    check(&next, 1442, 1442, 1442);
    settle(&next, 0);
    check(&next, 0, 1500, 0);
}

static void
test_the_request_comes_back(void **state OVS_UNUSED)
{
    struct mtu_request r = { .request = 9000, .actual = 9000 };

    settle(&r, 1406);
    check(&r, 1406, 1406, 1406);
    settle(&r, 1442);
    assert_int_equal(settle(&r, 0), 1);
    check(&r, 9000, 9000, 0);
}

static void
test_an_administrators_stays(void **state OVS_UNUSED)
{
    struct mtu_request r = { .actual = 1500 };

    settle(&r, 1406);
    r.request = 1300;
    apply(&r);
    assert_true(mtu_request_is_foreign(&r));
    assert_int_equal(settle(&r, 1406), 0);
    assert_int_equal(settle(&r, 1442), 0);
    check(&r, 1300, 1300, 1406);
    /* Also when the endpoint leaves. */
    settle(&r, 0);
    check(&r, 1300, 1300, 0);
}

static void
test_cleared_it_is_ours_again(void **state OVS_UNUSED)
{
    struct mtu_request r = { .actual = 1500 };

    settle(&r, 1406);
    r.request = 9000;
    apply(&r);
    settle(&r, 1442);
    r.request = 0;
    assert_false(mtu_request_is_foreign(&r));
    assert_int_equal(settle(&r, 1442), 1);
    check(&r, 1442, 1442, 1442);
    settle(&r, 0);
    check(&r, 0, 1500, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_untouched),
        cmocka_unit_test(test_it_follows),
        cmocka_unit_test(test_the_devices_mtu_comes_back),
        cmocka_unit_test(test_a_device_that_is_slow),
        cmocka_unit_test(test_the_request_comes_back),
        cmocka_unit_test(test_an_administrators_stays),
        cmocka_unit_test(test_cleared_it_is_ours_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
