/* Flows as golden text: tests/golden/NAME.json is a case (flow-fixture.h), and
 * NAME.flows has the flows that must come of it.  Those after each change must
 * also come of an agent that starts then.
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

#include "lib/json-util.h"
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

static struct json *
read_case(const char *name)
{
    char *path = golden_path(name, ".json");
    struct json *json = json_from_file(path);

    if (json->type != JSON_OBJECT) {
        ovs_fatal(0, "%s: %s", path, json_string(json));
    }
    free(path);
    return json;
}

static void
test_case(void **state)
{
    const char *name = *state;
    char *output = golden_path(name, ".flows");
    struct json *json = read_case(name);
    char *actual;

    actual = flow_fixture_run(json, dir);
    if (getenv("GA_GOLDEN_UPDATE")) {
        write_file(output, actual);
    } else if (differs(output, actual)) {
        fail_msg("%s: these are not the flows", output);
    }
    free(actual);
    json_destroy(json);
    free(output);
}

/* What an agent makes of changes, one by one, is what another one makes that
 * starts with the result. */
static void
test_anew(void **state)
{
    const char *name = *state;
    struct json *json = read_case(name);
    char *followed, *started;

    if (!flow_fixture_start_anew(json, dir, &followed, &started)) {
        char *path = xasprintf("%s/followed.flows", dir);

        write_file(path, followed);
        differs(path, started);
        fail_msg("%s: one that starts anew has other flows", name);
    }
    json_destroy(json);
}

/* Whether test_anew() is for the case. */
static bool
can_start_anew(const char *name)
{
    struct json *json = read_case(name);
    bool yes = (json_util_get(json, "changes")
                && !json_util_get(json, "history"));

    json_destroy(json);
    return yes;
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
    struct svec titles = SVEC_EMPTY_INITIALIZER;
    struct CMUnitTest *tests;
    const char *name;
    size_t i, n = 0;
    int retval;

    set_program_name(argv[0]);
    scratch_dir_create(dir);
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    find_cases(&names);
    tests = xcalloc(2 * names.n + 1, sizeof *tests);
    SVEC_FOR_EACH (i, name, &names) {
        tests[n++] = (struct CMUnitTest) {
            .name = name, .test_func = test_case,
            .initial_state = CONST_CAST(char *, name),
        };
        if (can_start_anew(name)) {
            svec_add_nocopy(&titles, xasprintf("%s, started anew", name));
            tests[n++] = (struct CMUnitTest) {
                .name = titles.names[titles.n - 1], .test_func = test_anew,
                .initial_state = CONST_CAST(char *, name),
            };
        }
    }
    retval = _cmocka_run_group_tests("golden", tests, n, NULL, NULL);
    free(tests);
    svec_destroy(&titles);
    svec_destroy(&names);
    scratch_dir_remove(dir);
    return retval;
}
