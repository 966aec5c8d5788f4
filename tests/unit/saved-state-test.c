/* The last known state on disk: what is read back, and what is not. */

#include <config.h>

#include "agent/controller/saved-state.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/controller/objects.h"
#include "lib/json-util.h"
#include "openvswitch/json.h"
#include "openvswitch/vlog.h"
#include "util.h"

#define URL "https://nva:8443"

/* Of the body in test_earlier_version(). */
#define BODY_SHA1 "4f992c12b4ad19119be4178d6965400e9ae8a854"

struct fixture {
    char dir[40];
    char *file;
    bool old;                       /* The file is of an earlier version. */
};

static struct json *
make_notes(void *aux OVS_UNUSED)
{
    return json_object_create();
}

/* Saves a VPC and an NVE. */
static void
fixture_start(struct fixture *f)
{
    static const char *const texts[] = {
        "{\"metadata\": {\"name\": \"a\"}, \"spec\": {\"vni\": 5}}",
        "{\"metadata\": {\"name\": \"hv-2\"}, \"spec\": {\"underlay\": "
        "{\"ips\": [\"192.0.2.2\"]}}}",
    };
    static const enum resource_kind kinds[] = { RES_VPC, RES_NVE };
    struct objects *objects = objects_create();
    struct saved_state *ss;
    char *error;

    f->old = false;
    strcpy(f->dir, "/tmp/saved-state-test-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    f->file = xasprintf("%s/state.json", f->dir);
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct json *json = json_util_parse(texts[i], strlen(texts[i]),
                                            &error);

        objects_scope_upsert(objects_scope_create(objects, kinds[i]), json);
        json_destroy(json);
    }
    ss = saved_state_create(objects, f->dir);
    saved_state_set_amend(ss, NULL, make_notes, NULL);
    saved_state_save(ss, "hv-1", URL, json_array_create_1(
                         json_string_create("endpoints vpc=a")));
    saved_state_destroy(ss);
    objects_destroy(objects);
}

static void
fixture_stop(struct fixture *f)
{
    DIR *dir = opendir(f->dir);
    struct dirent *de;

    while ((de = readdir(dir)) != NULL) {
        char *path = xasprintf("%s/%s", f->dir, de->d_name);

        unlink(path);
        free(path);
    }
    closedir(dir);
    assert_int_equal(rmdir(f->dir), 0);
    free(f->file);
}

static void
count_problem(const char *object OVS_UNUSED, const char *message, void *n_)
{
    int *n = n_;

    assert_non_null(strstr(message, "put aside as "));
    ++*n;
}

/* Loads the state.  Checks whether something was 'found' in the header, and
 * 'loaded' when it was read whole, and how many problems there are. */
static void
expect_find(struct fixture *f, const char *system_id, const char *url,
            bool found, bool loaded, int n_problems)
{
    struct objects *objects = objects_create();
    struct saved_state *ss = saved_state_create(objects, f->dir);
    int n = 0;

    assert_int_equal(saved_state_load(ss, system_id, url), found);
    assert_int_equal(saved_state_count(ss, RES_VPC), found);
    assert_int_equal(saved_state_count(ss, RES_ENDPOINT), 0);
    assert_int_equal(saved_state_get_notes(ss) != NULL, found && !f->old);
    assert_null(objects_get(objects, RES_VPC, "a"));
    assert_int_equal(saved_state_apply(ss), loaded);
    assert_int_equal(saved_state_is_loaded(ss), loaded);
    assert_int_equal(objects_get(objects, RES_VPC, "a") != NULL, loaded);
    assert_int_equal(objects_get(objects, RES_NVE, "hv-2") != NULL, loaded);
    assert_int_equal(saved_state_has_vpc(ss, RES_ENDPOINT, "a"), loaded);
    assert_false(saved_state_has_vpc(ss, RES_VPC_POLICY, "a"));
    assert_false(saved_state_has_endpoint(ss, "vm1"));
    saved_state_for_each_problem(ss, count_problem, &n);
    assert_int_equal(n, n_problems);
    saved_state_destroy(ss);
    objects_destroy(objects);
}

static void
expect_load(struct fixture *f, const char *system_id, const char *url,
            bool loaded, int n_problems)
{
    expect_find(f, system_id, url, loaded, loaded, n_problems);
}

static void
test_read_back(void **state OVS_UNUSED)
{
    struct fixture f;
    struct stat st;

    fixture_start(&f);
    assert_int_equal(stat(f.file, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    expect_load(&f, "hv-1", URL, true, 0);
    expect_load(&f, "hv-2", URL, false, 0);
    expect_load(&f, "hv-1", "https://other", false, 0);
    expect_load(&f, "hv-1", URL, true, 0);
    unlink(f.file);
    expect_load(&f, "hv-1", URL, false, 0);
    fixture_stop(&f);
}

/* Replaces a string by another one of the same length. */
static void
replace_in_header(FILE *stream, const char *old, const char *new)
{
    char line[2000], *p;

    assert_non_null(fgets(line, sizeof line, stream));
    p = strstr(line, old);
    assert_non_null(p);
    fseek(stream, p - line, SEEK_SET);
    fputs(new, stream);
}

/* A file that an earlier version of the agent wrote is as good. */
static void
test_earlier_version(void **state OVS_UNUSED)
{
    static const char body[] =
        "{\"vpcs\":[\n{\"metadata\":{\"name\":\"a\"},\"spec\":{\"vni\":5}}],\n"
        "\"nves\":[\n{\"metadata\":{\"name\":\"hv-2\"},\"spec\":{\"underlay\":"
        "{\"ips\":[\"192.0.2.2\"]}}}]}\n";
    static const char header[] =
        "{\"agent\":\"0.9\",\"bytes\":%"PRIuSIZE",\"controller\":\"" URL "\","
        "\"format\":1,\"keys\":[\"endpoints vpc=a\"],\"saved\":"
        "\"2026-11-30T07:00:00Z\",\"sha1\":\"" BODY_SHA1 "\","
        "\"systemId\":\"hv-1\"}\n";
    struct fixture f;
    FILE *stream;

    fixture_start(&f);
    f.old = true;
    stream = fopen(f.file, "w");
    fprintf(stream, header, strlen(body));
    fputs(body, stream);
    fclose(stream);
    expect_load(&f, "hv-1", URL, true, 0);

    /* It has no counts, so it is read at once. */
    stream = fopen(f.file, "r+");
    fseek(stream, -20, SEEK_END);
    fputc('x', stream);
    fclose(stream);
    expect_load(&f, "hv-1", URL, false, 1);
    fixture_stop(&f);
}

/* Whatever is wrong with the file, nothing of it is used, and it is kept for
 * whoever wants to know. */
static void
test_damaged(void **state OVS_UNUSED)
{
    enum { EMPTY, CUT, HEADER, ZEROES, FORMAT, MODE, BODY, N };

    for (int i = 0; i < N; i++) {
        struct fixture f;
        struct stat st;
        FILE *stream;

        fixture_start(&f);
        assert_int_equal(stat(f.file, &st), 0);
        stream = fopen(f.file, "r+");
        if (i == EMPTY || i == CUT) {
            assert_int_equal(ftruncate(fileno(stream), i == CUT
                                       ? st.st_size - 1 : 0), 0);
        } else if (i == BODY) {
            fseek(stream, -20, SEEK_END);
            fputc('x', stream);
        } else if (i == HEADER) {
            replace_in_header(stream, "hv-1", "hv-2");
        } else if (i == ZEROES) {
            for (off_t j = 0; j < st.st_size; j++) {
                fputc('\0', stream);
            }
        } else if (i == FORMAT) {
            assert_int_equal(ftruncate(fileno(stream), 0), 0);
            fputs("{\"format\":2,\"bytes\":0}\n", stream);
        } else {
            fchmod(fileno(stream), 0622);
        }
        fclose(stream);
        expect_find(&f, i == HEADER ? "hv-2" : "hv-1", URL, i == BODY, false,
                    1);
        assert_int_equal(access(f.file, F_OK), -1);
        expect_load(&f, "hv-1", URL, false, 0);
        fixture_stop(&f);
    }
}

static void
store_problem(const char *object OVS_UNUSED, const char *message, void *s_)
{
    char **s = s_;

    assert_null(*s);
    *s = xstrdup(message);
}

/* Returns whether there is a problem with saving, and no other. */
static bool
cannot_save(const struct saved_state *ss)
{
    char *problem = NULL;

    saved_state_for_each_problem(ss, store_problem, &problem);
    if (problem) {
        assert_non_null(strstr(problem, "cannot be saved"));
        free(problem);
        return true;
    }
    return false;
}

/* That the state cannot be saved is said until it has been, and not only
 * between two attempts. */
static void
test_no_room(void **state OVS_UNUSED)
{
    struct objects *objects = objects_create();
    struct saved_state *ss;
    struct fixture f;

    fixture_start(&f);
    ss = saved_state_create(objects, f.dir);
    unlink(f.file);
    assert_int_equal(rmdir(f.dir), 0);
    saved_state_save(ss, "hv-1", URL, json_array_create_empty());
    saved_state_finish(ss);
    assert_true(cannot_save(ss));
    assert_true(saved_state_is_dirty(ss));

    assert_int_equal(mkdir(f.dir, 0700), 0);
    saved_state_save(ss, "hv-1", URL, json_array_create_empty());
    assert_true(cannot_save(ss));
    saved_state_run(ss);
    assert_true(cannot_save(ss));
    saved_state_finish(ss);
    assert_false(cannot_save(ss));
    assert_false(saved_state_is_dirty(ss));
    saved_state_destroy(ss);
    objects_destroy(objects);
    fixture_stop(&f);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_back),
        cmocka_unit_test(test_earlier_version),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_no_room),
    };

    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    return cmocka_run_group_tests_name("saved-state", tests, NULL, NULL);
}
