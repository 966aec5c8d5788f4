/* New lines of a log that others write, rotate and empty. */

#include <config.h>

#include "agent/poison/log-tail.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "util.h"

struct fixture {
    char dir[32];
    char *path;
    struct log_tail *tail;
};

static int
setup(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);

    strcpy(f->dir, "/tmp/log-tail-test.XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    f->path = xasprintf("%s/log", f->dir);
    f->tail = log_tail_create(f->path);
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;

    log_tail_destroy(f->tail);
    unlink(f->path);
    assert_int_equal(rmdir(f->dir), 0);
    free(f->path);
    free(f);
    return 0;
}

static void
append(const struct fixture *f, const char *text)
{
    FILE *file = fopen(f->path, "a");

    assert_non_null(file);
    assert_int_equal(fputs(text, file) >= 0, true);
    fclose(file);
}

/* 'expected' is NULL for nothing new. */
static void
check(const struct fixture *f, const char *expected)
{
    char *text = log_tail_read(f->tail);

    if (!expected) {
        assert_null(text);
    } else {
        assert_non_null(text);
        assert_string_equal(text, expected);
    }
    free(text);
}

static void
test_new_lines(void **state)
{
    struct fixture *f = *state;

    append(f, "old\n");
    check(f, NULL);
    assert_true(log_tail_is_open(f->tail));
    check(f, NULL);
    append(f, "one\n");
    check(f, "one\n");
    check(f, NULL);
    append(f, "two\nthree\n");
    check(f, "two\nthree\n");
    append(f, "half a li");
    check(f, NULL);
    append(f, "ne\nand ");
    check(f, "half a line\n");
    append(f, "more\n");
    check(f, "and more\n");
}

static void
test_file_comes_late(void **state)
{
    struct fixture *f = *state;

    check(f, NULL);
    assert_false(log_tail_is_open(f->tail));
    append(f, "first\n");
    check(f, "first\n");
    check(f, NULL);
}

static void
test_rotation(void **state)
{
    struct fixture *f = *state;
    char *old = xasprintf("%s.1", f->path);
    int fd;

    append(f, "old\n");
    check(f, NULL);
    fd = open(f->path, O_WRONLY | O_APPEND);
    assert_int_equal(rename(f->path, old), 0);
    check(f, NULL);

    /* The writer has not noticed yet. */
    assert_int_equal(write(fd, "late\n", 5), 5);
    close(fd);
    append(f, "new\n");
    check(f, "late\n");
    check(f, "new\n");
    check(f, NULL);

    assert_int_equal(truncate(f->path, 0), 0);
    check(f, NULL);
    append(f, "a\n");
    check(f, "a\n");
    unlink(old);
    free(old);
}

/* Of very much only the end, and then it goes on. */
static void
test_very_much(void **state)
{
    struct fixture *f = *state;
    char *much = xmalloc(2 * LOG_TAIL_MAX);
    char *text;

    append(f, "old\n");
    check(f, NULL);
    memset(much, 'x', 2 * LOG_TAIL_MAX);
    strcpy(much + 2 * LOG_TAIL_MAX - 6, "\nend\n");
    append(f, much);
    text = log_tail_read(f->tail);
    assert_non_null(text);
    assert_int_equal(strlen(text), LOG_TAIL_MAX);
    assert_string_equal(text + LOG_TAIL_MAX - 5, "\nend\n");
    free(text);
    append(f, "more\n");
    check(f, "more\n");

    /* A line that never ends does not stop it. */
    memset(much, 'x', 2 * LOG_TAIL_MAX - 1);
    append(f, much);
    check(f, NULL);
    append(f, "\nagain\n");
    text = log_tail_read(f->tail);
    assert_non_null(text);
    assert_string_equal(strchr(text, '\n'), "\nagain\n");
    free(text);
    free(much);
}

static void
test_not_a_file(void **state)
{
    struct fixture *f = *state;
    struct log_tail *tail = log_tail_create(f->dir);

    assert_null(log_tail_read(tail));
    assert_false(log_tail_is_open(tail));
    log_tail_destroy(tail);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_new_lines, setup, teardown),
        cmocka_unit_test_setup_teardown(test_file_comes_late, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_rotation, setup, teardown),
        cmocka_unit_test_setup_teardown(test_very_much, setup, teardown),
        cmocka_unit_test_setup_teardown(test_not_a_file, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
