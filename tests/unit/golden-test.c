/* Flows as golden text: tests/golden/NAME.json is a case (flow-fixture.h), and
 * NAME.flows has the flows that must come of it.
 *
 * When flows change on purpose,
 *
 *     GA_GOLDEN_UPDATE=1 make check TESTS=tests/unit/golden-test
 *
 * writes the files again.  Read the difference before it goes into the
 * commit. */

#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "openvswitch/json.h"
#include "openvswitch/vlog.h"
#include "svec.h"
#include "tests/unit/flow-fixture.h"
#include "tests/unit/scratch-dir.h"
#include "util.h"

static char dir[] = "/tmp/golden-test-XXXXXX"; /* For files of this run. */

static char *
golden_path(const char *name, const char *suffix)
{
    const char *srcdir = getenv("GA_SRCDIR");

    return xasprintf("%s/tests/golden/%s%s", srcdir ? srcdir : ".", name,
                     suffix);
}

static void
write_file(const char *path, const char *content)
{
    FILE *file = fopen(path, "w");

    if (!file || fputs(content, file) < 0 || fclose(file)) {
        fail_msg("%s: %s", path, ovs_strerror(errno));
    }
}

/* Returns whether the file 'expected' differs from 'actual'; diff prints
 * how. */
static bool
differs(const char *expected, const char *actual)
{
    char *path = xasprintf("%s/actual.flows", dir);
    char *argv[] = { CONST_CAST(char *, "diff"), CONST_CAST(char *, "-u"),
                     CONST_CAST(char *, expected), path, NULL };
    int error, status;
    pid_t pid;

    write_file(path, actual);
    fflush(stdout);
    error = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);
    if (error) {
        fail_msg("diff: %s", ovs_strerror(error));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    free(path);
    return status != 0;
}

static void
test_case(void **state)
{
    const char *name = *state;
    char *input = golden_path(name, ".json");
    char *output = golden_path(name, ".flows");
    struct json *json = json_from_file(input);
    char *actual;

    if (json->type != JSON_OBJECT) {
        fail_msg("%s: %s", input, json_string(json));
    }
    actual = flow_fixture_run(json, dir);
    if (getenv("GA_GOLDEN_UPDATE")) {
        write_file(output, actual);
    } else if (differs(output, actual)) {
        fail_msg("%s: these are not the flows", output);
    }
    free(actual);
    json_destroy(json);
    free(output);
    free(input);
}

/* Appends the cases' names, sorted. */
static void
find_cases(struct svec *names)
{
    char *path = golden_path("", "");
    DIR *stream = opendir(path);
    struct dirent *entry;

    if (!stream) {
        ovs_fatal(errno, "%s", path);
    }
    while ((entry = readdir(stream))) {
        size_t len = strlen(entry->d_name);

        if (len > 5 && !strcmp(entry->d_name + len - 5, ".json")) {
            svec_add_nocopy(names, xmemdup0(entry->d_name, len - 5));
        }
    }
    closedir(stream);
    svec_sort(names);
    free(path);
}

int
main(int argc OVS_UNUSED, char *argv[])
{
    struct svec names = SVEC_EMPTY_INITIALIZER;
    struct CMUnitTest *tests;
    const char *name;
    size_t i;
    int retval;

    set_program_name(argv[0]);
    scratch_dir_create(dir);
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    find_cases(&names);
    tests = xcalloc(names.n + 1, sizeof *tests);
    SVEC_FOR_EACH (i, name, &names) {
        tests[i] = (struct CMUnitTest) {
            .name = name, .test_func = test_case,
            .initial_state = CONST_CAST(char *, name),
        };
    }
    retval = _cmocka_run_group_tests("golden", tests, names.n, NULL, NULL);
    free(tests);
    svec_destroy(&names);
    scratch_dir_remove(dir);
    return retval;
}
