/* Bytes that are kept as what differs from a pattern. */

#include <config.h>

#include "agent/switch/flow-pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "random.h"
#include "util.h"

/* Packs and unpacks; returns the packed length. */
static size_t
check(uint32_t kind, const uint8_t *data, size_t len, uint16_t *pattern)
{
    uint8_t packed[FLOW_PATTERN_MAX * 2];
    uint8_t again[FLOW_PATTERN_MAX * 2];
    size_t n;

    memset(packed, 0xcc, sizeof packed);
    memset(again, 0xee, sizeof again);
    n = flow_pattern_pack(kind, data, len, packed, pattern);
    assert_true(n <= len);
    for (size_t i = len; i < sizeof packed; i++) {
        assert_int_equal(packed[i], 0xcc);
    }
    flow_pattern_unpack(*pattern, packed, n, again, len);
    assert_memory_equal(data, again, len);
    assert_true(len == sizeof again || again[len] == 0xee);
    return n;
}

static void
test_sizes(void **state OVS_UNUSED)
{
    uint16_t first, other, pattern;
    uint8_t data[FLOW_PATTERN_MAX + 8] = { 0 };

    /* The first one is the pattern. */
    assert_int_equal(check(1, data, 64, &first), 0);
    assert_int_not_equal(first, FLOW_PATTERN_NONE);
    assert_int_equal(check(1, data, 72, &other), 0);
    assert_int_not_equal(other, first);
    assert_int_equal(check(2, data, 64, &other), 0);
    assert_int_not_equal(other, first);

    /* One run, two that are near to each other, two that are not. */
    data[0] = 1;
    assert_int_equal(check(1, data, 64, &pattern), 3);
    assert_int_equal(pattern, first);
    data[3] = 1;
    assert_int_equal(check(1, data, 64, &pattern), 6);
    data[63] = 1;
    assert_int_equal(check(1, data, 64, &pattern), 9);

    /* All different: as it is.  So is what is long, or empty. */
    memset(data, 1, sizeof data);
    assert_int_equal(check(1, data, 64, &pattern), 64);
    assert_int_equal(pattern, FLOW_PATTERN_NONE);
    assert_int_equal(check(1, data, sizeof data, &pattern), sizeof data);
    assert_int_equal(pattern, FLOW_PATTERN_NONE);
    assert_int_equal(check(1, data, 0, &pattern), 0);

    /* Runs and gaps of more than a byte can count. */
    memset(data, 0, sizeof data);
    check(3, data, FLOW_PATTERN_MAX, &first);
    memset(data + 20, 1, 300);
    assert_int_equal(check(3, data, FLOW_PATTERN_MAX, &pattern), 304);
    memset(data, 0, sizeof data);
    data[FLOW_PATTERN_MAX - 1] = 1;
    assert_int_equal(check(3, data, FLOW_PATTERN_MAX, &pattern), 7);
}

static void
test_random_bytes(void **state OVS_UNUSED)
{
    random_set_seed(1);
    for (int i = 0; i < 20000; i++) {
        uint8_t data[FLOW_PATTERN_MAX] = { 0 };
        size_t len = 8 * (1 + random_range(FLOW_PATTERN_MAX / 8));
        int n = random_range(random_range(2) ? 8 : 300);
        uint16_t pattern;

        for (int j = 0; j < n; j++) {
            data[random_range(len)] = random_range(3);
        }
        check(10, data, len, &pattern);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_random_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
