/* A file system that is full, in a mount namespace of the test's own: that
 * needs root. */

#include <config.h>

#include "agent/node/disks.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cmocka.h>

#include "util.h"

static long long int now = 1000;
static char dir[] = "/tmp/disks-test-XXXXXX";

/* Returns whether there is now a file system to fill. */
static bool
mount_small(void)
{
    return (!unshare(CLONE_NEWNS)
            && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)
            && !mount("tmpfs", dir, "tmpfs", 0, "size=64k"));
}

static void
add_problem(const char *object, const char *message, void *problems_)
{
    char *problems = problems_;

    strcat(problems, object);
    strcat(problems, strstr(message, "no space left") ? ": space;"
           : strstr(message, "read-only") ? ": read-only;" : ": else;");
}

/* Looks at the disks, some seconds later, and compares what is wrong. */
static void
expect(struct disks *disks, const char *expected)
{
    char problems[1024] = "";

    now += 10000;
    disks_run(disks, now);
    disks_for_each_problem(disks, add_problem, problems);
    assert_string_equal(problems, expected);
}

static void
fill(const char *path)
{
    static const char zeroes[4096];
    int fd = open(path, O_WRONLY | O_CREAT, 0600);

    assert_true(fd >= 0);
    while (write(fd, zeroes, sizeof zeroes) > 0) {
        continue;
    }
    assert_int_equal(errno, ENOSPC);
    close(fd);
}

static void
test_full(void **state OVS_UNUSED)
{
    char *file = xasprintf("%s/file", dir);
    char *full = xasprintf("disk %s: space;", dir);
    char *read_only = xasprintf("disk %s: read-only;", dir);
    struct disks *disks = disks_create();

    disks_add(disks, "/proc", "what has no limits");
    disks_add(disks, "/tmp/there-is-no-such-directory", "nothing");
    disks_add(disks, dir, "state");
    disks_add(disks, dir, "log");
    expect(disks, "");
    fill(file);
    expect(disks, full);
    unlink(file);
    expect(disks, "");
    assert_int_equal(mount(NULL, dir, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
    expect(disks, read_only);
    assert_int_equal(mount(NULL, dir, NULL, MS_REMOUNT, NULL), 0);
    expect(disks, "");
    disks_destroy(disks);
    free(read_only);
    free(full);
    free(file);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_full),
    };
    int result = 0;

    if (!mkdtemp(dir)) {
        return 1;
    }
    if (mount_small()) {
        result = cmocka_run_group_tests(tests, NULL, NULL);
        umount(dir);
    } else {
        printf("1..0 # SKIP cannot mount a file system\n");
    }
    rmdir(dir);
    return result;
}
