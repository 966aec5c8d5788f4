/* Neighbours on provider networks: when they are asked, and when they have
 * failed. */

#include <config.h>

#include "lib/ext-neighbor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/virtual-mac.h"
#include "packets.h"
#include "util.h"

static const struct eth_addr mac_a = ETH_ADDR_C(02,00,00,00,00,0a);
static const struct eth_addr mac_b = ETH_ADDR_C(02,00,00,00,00,0b);

static void
test_resolution(void **state OVS_UNUSED)
{
    struct ext_neighbor n;

    ext_neighbor_init(&n, 1000);
    assert_int_equal(ext_neighbor_run(&n, 1000), EXT_NEIGHBOR_ASK_ALL);
    assert_int_equal(ext_neighbor_run(&n, 1999), EXT_NEIGHBOR_NONE);
    assert_int_equal(ext_neighbor_run(&n, 2000), EXT_NEIGHBOR_ASK_ALL);
    assert_int_equal(n.state, EXT_NEIGHBOR_INCOMPLETE);
    assert_true(ext_neighbor_heard(&n, mac_a, 2100));
    assert_int_equal(n.state, EXT_NEIGHBOR_REACHABLE);
    assert_false(ext_neighbor_heard(&n, mac_a, 2200));
    assert_int_equal(n.next, 2200 + EXT_NEIGHBOR_REFRESH);
    assert_true(ext_neighbor_heard(&n, mac_b, 2300));
}

static void
test_silence(void **state OVS_UNUSED)
{
    struct ext_neighbor n;
    long long int now = 0;

    ext_neighbor_init(&n, now);
    for (int i = 0; i < EXT_NEIGHBOR_TRIES; i++) {
        assert_int_equal(ext_neighbor_run(&n, now), EXT_NEIGHBOR_ASK_ALL);
        assert_int_equal(n.state, EXT_NEIGHBOR_INCOMPLETE);
        now = n.next;
    }
    /* It is still asked, at longer intervals. */
    assert_int_equal(ext_neighbor_run(&n, now), EXT_NEIGHBOR_ASK_ALL);
    assert_int_equal(n.state, EXT_NEIGHBOR_FAILED);
    assert_int_equal(n.next, now + EXT_NEIGHBOR_RETRY);

    /* Somebody needs it: at once, but not more often than else. */
    ext_neighbor_want(&n, now + 100);
    assert_int_equal(n.next, now + EXT_NEIGHBOR_INTERVAL);
    assert_int_equal(ext_neighbor_run(&n, n.next), EXT_NEIGHBOR_ASK_ALL);
    now = n.next;
    ext_neighbor_want(&n, now - 10);
    assert_int_equal(n.next, now - 10);
    assert_true(ext_neighbor_heard(&n, mac_a, now));
    ext_neighbor_want(&n, now);
    assert_int_equal(n.next, now + EXT_NEIGHBOR_REFRESH);
}

static void
test_refresh(void **state OVS_UNUSED)
{
    struct ext_neighbor n;
    long long int now;

    ext_neighbor_init(&n, 0);
    ext_neighbor_heard(&n, mac_a, 0);
    assert_int_equal(ext_neighbor_run(&n, n.next), EXT_NEIGHBOR_ASK_IT);
    assert_int_equal(n.state, EXT_NEIGHBOR_PROBE);
    for (int i = 1; i < EXT_NEIGHBOR_TRIES; i++) {
        assert_int_equal(ext_neighbor_run(&n, n.next), EXT_NEIGHBOR_ASK_ALL);
    }
    now = n.next;
    ext_neighbor_run(&n, now);
    assert_int_equal(n.state, EXT_NEIGHBOR_FAILED);
    assert_true(eth_addr_equals(n.mac, mac_a));     /* It stays. */
    assert_false(ext_neighbor_heard(&n, mac_a, now));
    assert_int_equal(n.state, EXT_NEIGHBOR_REACHABLE);
}

static void
test_adoption(void **state OVS_UNUSED)
{
    struct ext_neighbor n;

    ext_neighbor_adopt(&n, mac_a, 500);
    assert_int_equal(n.state, EXT_NEIGHBOR_PROBE);
    assert_int_equal(ext_neighbor_run(&n, 500), EXT_NEIGHBOR_ASK_IT);
    assert_false(ext_neighbor_heard(&n, mac_a, 501));
}

static void
test_virtual_mac(void **state OVS_UNUSED)
{
    struct eth_addr mac = virtual_mac("gateway", "red");

    assert_int_equal(mac.ea[0], 0x02);
    assert_true(eth_addr_equals(mac, virtual_mac("gateway", "red")));
    assert_false(eth_addr_equals(mac, virtual_mac("gateway", "blue")));
    assert_false(eth_addr_equals(mac, virtual_mac("fip", "red")));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resolution),
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_refresh),
        cmocka_unit_test(test_adoption),
        cmocka_unit_test(test_virtual_mac),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
