/* Meters: what is sent for which difference, and what becomes of answers. */

#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "agent/switch/meter-sync.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

/* Takes all changes, 'error' being the answer to each.  Returns them as "+ID",
 * "=ID" (modified), "-ID". */
static char *
take_all(struct meter_sync *ms, bool delete, enum ofperr error)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    struct meter *meter;
    uint32_t xid = 100;

    while ((meter = meter_sync_take(ms, delete))) {
        ds_put_format(&s, "%c%"PRIu32, (delete ? '-' : meter->installed.rate
                                        ? '=' : '+'), meter->id);
        meter->xid = htonl(xid++);
    }
    for (uint32_t x = 100; error && x < xid; x++) {
        assert_true(meter_sync_report_error(ms, htonl(x), error));
    }
    assert_false(meter_sync_report_error(ms, htonl(xid), OFPERR_OFPBRC_EPERM));
    meter_sync_finish(ms);
    return ds_steal_cstr(&s);
}

static void
expect(struct meter_sync *ms, bool delete, enum ofperr error,
       const char *expected)
{
    char *s = take_all(ms, delete, error);

    assert_string_equal(s, expected);
    free(s);
}

static void
count_error(const char *name, const char *error OVS_UNUSED, void *ds_)
{
    ds_put_format(ds_, "%s;", name);
}

static void
expect_errors(const struct meter_sync *ms, const char *expected)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    meter_sync_for_each_error(ms, count_error, &ds);
    assert_string_equal(ds_cstr(&ds), expected);
    ds_destroy(&ds);
}

static void
test_life(void **state OVS_UNUSED)
{
    struct meter_sync ms;

    meter_sync_init(&ms);
    assert_true(meter_sync_set(&ms, 7, meter_band_packets(100), "a"));
    assert_false(meter_sync_set(&ms, 7, meter_band_packets(100), "a"));
    assert_true(meter_sync_may_take(&ms, false));
    expect(&ms, false, 0, "+7");
    expect(&ms, false, 0, "");
    assert_true(meter_sync_set(&ms, 7, meter_band_packets(200), "a"));
    expect(&ms, false, 0, "=7");
    assert_true(meter_sync_unset(&ms, 7, "a"));
    assert_false(meter_sync_unset(&ms, 7, "a"));
    expect(&ms, false, 0, "");
    expect(&ms, true, 0, "-7");
    assert_true(hmap_is_empty(&ms.meters));
    meter_sync_destroy(&ms);
}

/* What an earlier run left is taken over, changed or removed. */
static void
test_adoption(void **state OVS_UNUSED)
{
    struct meter_sync ms;

    meter_sync_init(&ms);
    meter_sync_set(&ms, 1, meter_band_packets(100), "a");
    meter_sync_set(&ms, 2, meter_band_packets(100), "b");
    meter_sync_set(&ms, 3, meter_band_packets(100), "c");
    meter_sync_add_installed(&ms, 1, meter_band_packets(100));
    meter_sync_add_installed(&ms, 2, meter_band_packets(METER_OTHER));
    meter_sync_add_installed(&ms, 4, meter_band_packets(100));
    expect(&ms, false, 0, "+3=2");
    expect(&ms, true, 0, "-4");

    /* The switch forgets all. */
    meter_sync_forget_installed(&ms);
    char *s = take_all(&ms, false, 0);
    assert_int_equal(strlen(s), 6);
    assert_null(strchr(s, '='));
    free(s);
    meter_sync_destroy(&ms);
}

/* A port that goes from one endpoint to another within a turn. */
static void
test_owners(void **state OVS_UNUSED)
{
    struct meter_sync ms;

    meter_sync_init(&ms);
    meter_sync_set(&ms, 7, meter_band_packets(100), "a");
    expect(&ms, false, 0, "+7");
    assert_false(meter_sync_set(&ms, 7, meter_band_packets(100), "b"));
    assert_false(meter_sync_unset(&ms, 7, "a"));
    expect(&ms, true, 0, "");
    assert_true(meter_sync_unset(&ms, 7, "b"));
    expect(&ms, true, 0, "-7");
    meter_sync_destroy(&ms);
}

static void
test_errors(void **state OVS_UNUSED)
{
    struct meter_sync ms;

    meter_sync_init(&ms);
    meter_sync_set(&ms, 7, meter_band_packets(100), "endpoint a");
    expect(&ms, false, OFPERR_OFPMMFC_OUT_OF_METERS, "+7");
    assert_false(meter_sync_has_installed(&ms));
    expect_errors(&ms, "meter 7 of endpoint a;");
    expect(&ms, false, 0, "");
    /* Tried again for another rate, or on a new connection. */
    meter_sync_set(&ms, 7, meter_band_packets(200), "endpoint a");
    expect_errors(&ms, "");
    expect(&ms, false, OFPERR_OFPMMFC_OUT_OF_METERS, "+7");
    meter_sync_forget_installed(&ms);
    expect(&ms, false, 0, "+7");
    assert_true(meter_sync_has_installed(&ms));

    /* Somebody else deleted ours, or made one in its place. */
    meter_sync_set(&ms, 7, meter_band_packets(300), "endpoint a");
    expect(&ms, false, OFPERR_OFPMMFC_UNKNOWN_METER, "=7");
    expect(&ms, false, OFPERR_OFPMMFC_METER_EXISTS, "+7");
    expect(&ms, false, 0, "=7");
    expect_errors(&ms, "");

    /* One that cannot be had and is not wanted any more is no error. */
    meter_sync_set(&ms, 8, meter_band_packets(300), "endpoint b");
    expect(&ms, false, OFPERR_OFPMMFC_OUT_OF_METERS, "+8");
    meter_sync_unset(&ms, 8, "endpoint b");
    expect_errors(&ms, "");
    expect(&ms, true, 0, "");
    meter_sync_destroy(&ms);
}

/* The wish changes while a message is under way. */
static void
test_under_way(void **state OVS_UNUSED)
{
    struct meter_sync ms;
    struct meter *meter;

    meter_sync_init(&ms);
    meter_sync_set(&ms, 7, meter_band_packets(100), "a");
    meter = meter_sync_take(&ms, false);
    meter_sync_set(&ms, 7, meter_band_packets(200), "a");
    assert_false(meter_sync_may_take(&ms, false));
    meter_sync_finish(&ms);
    assert_int_equal(meter->installed.rate, 100);
    meter = meter_sync_take(&ms, false);
    assert_int_equal(meter->wanted.rate, 200);
    meter_sync_unset(&ms, 7, "a");
    meter_sync_finish(&ms);
    expect(&ms, true, 0, "-7");
    assert_true(hmap_is_empty(&ms.meters));
    meter_sync_destroy(&ms);
}

/* What is refused stays an error while it is tried again. */
static void
test_tried_again(void **state OVS_UNUSED)
{
    struct meter_sync ms;

    meter_sync_init(&ms);
    meter_sync_set(&ms, 1, meter_band_packets(100), "a");
    expect(&ms, false, OFPERR_OFPMMFC_OUT_OF_METERS, "+1");
    expect(&ms, false, 0, "");
    expect_errors(&ms, "meter 1 of a;");
    meter_sync_retry(&ms);
    expect_errors(&ms, "meter 1 of a;");
    expect(&ms, false, OFPERR_OFPMMFC_OUT_OF_METERS, "+1");
    expect(&ms, false, 0, "");
    expect_errors(&ms, "meter 1 of a;");
    meter_sync_retry(&ms);
    expect(&ms, false, 0, "+1");
    expect_errors(&ms, "");
    meter_sync_retry(&ms);
    expect(&ms, false, 0, "");
    meter_sync_destroy(&ms);
}

/* The switch is asked again: one is as before, one is gone, one has another
 * rate, one is new. */
static void
test_what_others_change(void **state OVS_UNUSED)
{
    struct meter_sync ms;

    meter_sync_init(&ms);
    meter_sync_set(&ms, 1, meter_band_packets(100), "a");
    meter_sync_set(&ms, 2, meter_band_packets(100), "b");
    meter_sync_set(&ms, 3, meter_band_packets(100), "c");
    free(take_all(&ms, false, 0));

    meter_sync_begin_reading(&ms);
    assert_false(meter_sync_add_installed(&ms, 1, meter_band_packets(100)));
    assert_true(meter_sync_add_installed(&ms, 3, meter_band_packets(50)));
    assert_true(meter_sync_add_installed(&ms, 4, meter_band_packets(100)));
    assert_int_equal(meter_sync_end_reading(&ms), 1);
    expect(&ms, false, 0, "=3+2");
    expect(&ms, true, 0, "-4");

    meter_sync_begin_reading(&ms);
    for (uint32_t id = 1; id <= 3; id++) {
        assert_false(meter_sync_add_installed(&ms, id,
                                              meter_band_packets(100)));
    }
    assert_int_equal(meter_sync_end_reading(&ms), 0);
    expect(&ms, false, 0, "");
    expect(&ms, true, 0, "");
    meter_sync_destroy(&ms);
}

/* Of two meters with one rate, the unit and the burst count, too. */
static void
test_bands(void **state OVS_UNUSED)
{
    struct meter_band band = { .rate = 100, .burst = 50, .kbits = true };
    struct meter_sync ms;

    meter_sync_init(&ms);
    meter_sync_set(&ms, 7, meter_band_packets(100), "a");
    expect(&ms, false, 0, "+7");
    assert_true(meter_sync_set(&ms, 7, band, "a"));
    assert_false(meter_sync_set(&ms, 7, band, "a"));
    expect(&ms, false, 0, "=7");
    band.burst = 60;
    assert_true(meter_sync_set(&ms, 7, band, "a"));
    expect(&ms, false, 0, "=7");
    assert_false(meter_sync_add_installed(&ms, 7, band));
    band.kbits = false;
    assert_true(meter_sync_add_installed(&ms, 7, band));
    expect(&ms, false, 0, "=7");
    meter_sync_destroy(&ms);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_life),
        cmocka_unit_test(test_bands),
        cmocka_unit_test(test_adoption),
        cmocka_unit_test(test_tried_again),
        cmocka_unit_test(test_what_others_change),
        cmocka_unit_test(test_owners),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_under_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
