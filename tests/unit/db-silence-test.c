/* When the database is said not to answer. */

#include <config.h>

#include "agent/node/db-silence.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "util.h"

static void
test_silence(void **state OVS_UNUSED)
{
    struct db_silence ds = { .since = 0 };

    db_silence_update(&ds, true, 7, 1000);
    assert_true(db_silence_told_at(&ds) == LLONG_MAX);

    /* It ends, and accepts a connection, but says nothing. */
    db_silence_update(&ds, false, 7, 2000);
    assert_true(db_silence_told_at(&ds) == 7000);
    db_silence_update(&ds, true, 7, 3000);
    db_silence_update(&ds, false, 7, 4000);
    db_silence_update(&ds, true, 7, 5000);
    assert_true(db_silence_told_at(&ds) == 7000);

    db_silence_update(&ds, true, 8, 9000);
    assert_true(db_silence_told_at(&ds) == LLONG_MAX);
    db_silence_update(&ds, true, 8, 10000);
    assert_true(db_silence_told_at(&ds) == LLONG_MAX);

    /* Changes of before do not count. */
    db_silence_update(&ds, false, 9, 11000);
    db_silence_update(&ds, true, 9, 12000);
    assert_true(db_silence_told_at(&ds) == 16000);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_silence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
