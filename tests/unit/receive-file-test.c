/* The file of nve-receive: what it may be, and who may have written it. */

#include <config.h>

#include "agent/receive/receive-file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/negotiation.h"
#include "util.h"

#define GOOD "{\"options\": [{\"class\": \"0xff01\", \"type\": \"0x02\", " \
             "\"length\": 4}]}"

static char dir[] = "/tmp/receive-file-test-XXXXXX";

static const char *
path(void)
{
    static char buffer[64];

    snprintf(buffer, sizeof buffer, "%s/receive.json", dir);
    return buffer;
}

static void
write_file(const char *text, mode_t mode)
{
    FILE *stream;

    unlink(path());
    stream = fopen(path(), "w");
    assert_non_null(stream);
    assert_true(fputs(text, stream) >= 0);
    assert_int_equal(fclose(stream), 0);
    assert_int_equal(chmod(path(), mode), 0);
}

/* The file is not taken, because of 'why'. */
static void
expect_refused(const char *why)
{
    struct recv_table table = RECV_TABLE_INITIALIZER;
    char *error;

    alarm(5);                       /* In case it waits for a writer. */
    assert_false(receive_file_load(path(), &table, &error));
    alarm(0);
    assert_non_null(error);
    if (!strstr(error, why)) {
        fail_msg("\"%s\" does not say \"%s\"", error, why);
    }
    free(error);
    recv_table_destroy(&table);
}

static void
test_good(void **state OVS_UNUSED)
{
    struct recv_table table = RECV_TABLE_INITIALIZER;
    char *error;

    write_file(GOOD, 0644);
    assert_true(receive_file_load(path(), &table, &error));
    assert_null(error);
    assert_int_equal(table.n_entries, 1);
    recv_table_destroy(&table);
}

static void
test_fifo(void **state OVS_UNUSED)
{
    unlink(path());
    assert_int_equal(mkfifo(path(), 0600), 0);
    expect_refused("is not a regular file");
}

static void
test_others_can_write(void **state OVS_UNUSED)
{
    write_file(GOOD, 0664);
    expect_refused("chmod go-w");
    write_file(GOOD, 0646);
    expect_refused("chmod go-w");
}

static void
test_of_another_user(void **state OVS_UNUSED)
{
    if (geteuid()) {
        skip();
    }
    write_file(GOOD, 0644);
    assert_int_equal(chown(path(), 65534, 0), 0);
    expect_refused("belongs to user 65534");
}

static void
test_too_large(void **state OVS_UNUSED)
{
    write_file(GOOD, 0644);
    assert_int_equal(truncate(path(), 256 * 1024 + 1), 0);
    expect_refused("is larger than");
}

static void
test_absent(void **state OVS_UNUSED)
{
    unlink(path());
    expect_refused("No such file");
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_fifo),
        cmocka_unit_test(test_others_can_write),
        cmocka_unit_test(test_of_another_user),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_absent),
    };
    int retval;

    assert_non_null(mkdtemp(dir));
    retval = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path());
    rmdir(dir);
    return retval;
}
