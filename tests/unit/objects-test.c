/* The cache of resources. */

#include <config.h>

#include "agent/controller/objects.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/json-util.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

/* What objects_run() says, as text: "name=VNI" (before the change in
 * parentheses, "-" for none), with '!' if it is refused, '~' if gone. */
struct log {
    struct ds ds;
    struct objects_scope *upsert;   /* If nonnull, the callback's doing. */
    const char *json;
    bool delete;
};

static void put(struct objects_scope *, const char *format, ...)
    OVS_PRINTF_FORMAT(2, 3);

static void
log_vni(struct ds *ds, const struct vpc *vpc)
{
    if (vpc) {
        ds_put_format(ds, "%u", (unsigned int) vpc->vni);
    } else {
        ds_put_char(ds, '-');
    }
}

static void
log_change(struct object *object, void *log_)
{
    struct log *log = log_;

    ds_put_format(&log->ds, "%s%s=", object->name,
                  !object->exists ? "~"
                  : object_get_refused(object) ? "!" : "");
    log_vni(&log->ds, object->vpc);
    ds_put_char(&log->ds, '(');
    log_vni(&log->ds, object->before);
    ds_put_cstr(&log->ds, ") ");

    if (log->upsert && log->delete) {
        struct objects_scope *scope = log->upsert;

        log->upsert = NULL;
        objects_scope_destroy(scope);
    } else if (log->upsert) {
        struct objects_scope *scope = log->upsert;

        log->upsert = NULL;
        put(scope, "%s", log->json);
    }
}

static void
assert_changes(struct objects *objects, const char *expected)
{
    struct log log = { .ds = DS_EMPTY_INITIALIZER };

    objects_run(objects, log_change, &log);
    assert_string_equal(ds_cstr(&log.ds), expected);
    ds_destroy(&log.ds);
}

static void
log_refused(const struct object *object, void *ds)
{
    ds_put_format(ds, "%s: %s\n", object->name, object_get_refused(object));
}

static char *
refused(const struct objects *objects)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    objects_for_each_refused(objects, log_refused, &ds);
    return ds_steal_cstr(&ds);
}

static void
assert_refused(const struct objects *objects, const char *names)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    char *all = refused(objects);
    char *save = NULL;

    for (char *line = strtok_r(all, "\n", &save); line;
         line = strtok_r(NULL, "\n", &save)) {
        ds_put_format(&ds, "%.*s ", (int) strcspn(line, ":"), line);
    }
    assert_string_equal(ds_cstr(&ds), names);
    ds_destroy(&ds);
    free(all);
}

/* Upserts the JSON given, with ' for ". */
static void
put(struct objects_scope *scope, const char *format, ...)
{
    struct json *json;
    va_list args;
    char *error;
    char *s;

    va_start(args, format);
    s = xvasprintf(format, args);
    va_end(args);
    for (char *p = s; *p; p++) {
        if (*p == '\'') {
            *p = '"';
        }
    }
    json = json_util_parse(s, strlen(s), &error);
    assert_non_null(json);
    objects_scope_upsert(scope, json);
    json_destroy(json);
    free(s);
}

static void
put_vpc(struct objects_scope *scope, const char *name, int vni, int version)
{
    put(scope, "{'metadata': {'name': '%s', 'resourceVersion': '%d'}, "
        "'spec': {'vni': %d}}", name, version, vni);
}

static const struct object *
get(const struct objects *objects, const char *name)
{
    return objects_get(objects, RES_VPC, name);
}

static void
test_add_change_delete(void **state OVS_UNUSED)
{
    struct objects *objects = objects_create();
    struct objects_scope *scope = objects_scope_create(objects, RES_VPC);

    put_vpc(scope, "a", 10, 1);
    put_vpc(scope, "b", 20, 2);
    assert_int_equal(get(objects, "a")->vpc->vni, 10);
    assert_null(objects_get(objects, RES_NVE, "a"));
    assert_changes(objects, "a=10(-) b=20(-) ");
    assert_changes(objects, "");

    /* Several changes are one, told with the version told last. */
    put_vpc(scope, "a", 11, 3);
    put_vpc(scope, "b", 21, 4);
    put_vpc(scope, "a", 12, 5);
    assert_changes(objects, "a=12(10) b=21(20) ");

    objects_scope_delete(scope, "a");
    objects_scope_delete(scope, "a");
    objects_scope_delete(scope, "nobody");
    assert_null(get(objects, "a"));
    assert_changes(objects, "a~=12(-) ");
    assert_changes(objects, "");

    /* There and away again without being told. */
    put_vpc(scope, "c", 30, 6);
    objects_scope_delete(scope, "c");
    assert_changes(objects, "c~=30(-) ");

    objects_scope_delete(scope, "b");
    put_vpc(scope, "b", 22, 7);
    assert_changes(objects, "b=22(21) ");
    objects_destroy(objects);
}

static void
add_unknown(const struct object *object, void *s_)
{
    struct ds *s = s_;

    ds_put_format(s, "%s: %s; ", object->name, object_get_unknown(object));
}

static void
expect_unknown(const struct objects *objects, const char *expected)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    objects_for_each_unknown(objects, add_unknown, &s);
    assert_string_equal(ds_cstr(&s), expected);
    ds_destroy(&s);
}

/* A controller may be newer than the agent: objects with members that are not
 * known are used, and told of. */
static void
test_unknown_members(void **state OVS_UNUSED)
{
    struct objects *objects = objects_create();
    struct objects_scope *scope = objects_scope_create(objects, RES_VPC);

    put(scope, "{'metadata': {'name': 'a'}, 'spec': {'vni': 1, 'new': 1}}");
    put(scope, "{'metadata': {'name': 'b'}, 'spec': {'vni': 2}}");
    put(scope, "{'metadata': {'name': 'c', 'new': 1}, 'new': 1, "
        "'spec': {'vni': 3, 'subnets': [{'cidr': '10.0.0.0/8', 'new': 1}]}}");
    expect_unknown(objects, "a: spec.new; "
                   "c: metadata.new, new, spec.subnets[0].new; ");
    assert_changes(objects, "a=1(-) b=2(-) c=3(-) ");

    put(scope, "{'metadata': {'name': 'a'}, 'spec': {'vni': 1, 'new': 2}}");
    put(scope, "{'metadata': {'name': 'c'}, 'spec': {'vni': 3}}");
    expect_unknown(objects, "a: spec.new; ");

    /* What is refused is not also unknown. */
    put(scope, "{'metadata': {'name': 'a'}, 'spec': {'vni': 0, 'new': 2}}");
    expect_unknown(objects, "");
    put(scope, "{'metadata': {'name': 'a'}, 'spec': {'vni': 1, 'new': 2}}");
    expect_unknown(objects, "a: spec.new; ");
    objects_scope_delete(scope, "a");
    expect_unknown(objects, "");
    objects_destroy(objects);
}

static void
test_bookkeeping_is_no_change(void **state OVS_UNUSED)
{
    struct objects *objects = objects_create();
    struct objects_scope *scope = objects_scope_create(objects, RES_VPC);
    const struct vpc *vpc;
    struct json *json;

    put_vpc(scope, "a", 10, 1);
    assert_changes(objects, "a=10(-) ");
    vpc = get(objects, "a")->vpc;

    put_vpc(scope, "a", 10, 1);
    put_vpc(scope, "a", 10, 2);
    put(scope, "{'metadata': {'name': 'a', 'resourceVersion': '3', "
        "'managedFields': [1]}, 'spec': {'vni': 10}}");
    assert_changes(objects, "");
    assert_ptr_equal(get(objects, "a")->vpc, vpc);
    assert_string_equal(vpc->meta.resource_version, "3");
    assert_string_equal(object_get_version(get(objects, "a")), "3");
    json = object_to_json(get(objects, "a"));
    assert_string_equal(json_util_string(json_util_get(json, "metadata"),
                                         "resourceVersion", ""), "3");
    json_destroy(json);

    /* These are changes: a member more, a member less, a label. */
    put(scope, "{'metadata': {'name': 'a', 'resourceVersion': '3'}, "
        "'spec': {'vni': 10}, 'status': {}}");
    assert_changes(objects, "a=10(10) ");
    put_vpc(scope, "a", 10, 4);
    assert_changes(objects, "a=10(10) ");
    put(scope, "{'metadata': {'name': 'a', 'labels': {'x': 'y'}}, "
        "'spec': {'vni': 10}}");
    assert_changes(objects, "a=10(10) ");
    put(scope, "{'metadata': {'name': 'a'}, 'spec': {'vni': 10}}");
    assert_changes(objects, "a=10(10) ");
    objects_destroy(objects);
}

/* An endpoint of saved state comes as JSON; what is kept of it has its version
 * in a block of its own. */
static void
test_version_of_an_endpoint(void **state OVS_UNUSED)
{
    struct objects *objects = objects_create();
    struct objects_scope *scope = objects_scope_create(objects, RES_ENDPOINT);

    for (int i = 0; i < 3; i++) {
        put(scope, "{'apiVersion': 'nvo3.io/v1alpha1', 'kind': 'Endpoint', "
            "'metadata': {'name': 'web-1', 'resourceVersion': "
            "'a-version-of-some-length-%d'}, "
            "'spec': {'vpc': 'blue', 'mac': '02:00:00:00:00:01', "
            "'ips': ['10.0.0.%d']}}", i, i / 2 + 1);
        assert_string_equal(
            object_get_version(objects_get(objects, RES_ENDPOINT, "web-1")),
            i == 0 ? "a-version-of-some-length-0"
            : i == 1 ? "a-version-of-some-length-1"
            : "a-version-of-some-length-2");
    }
    objects_destroy(objects);
}

static void
test_refused(void **state OVS_UNUSED)
{
    struct objects *objects = objects_create();
    struct objects_scope *scope = objects_scope_create(objects, RES_VPC);
    char *s;

    put_vpc(scope, "b", 0x1000000, 1);
    put_vpc(scope, "a", 10, 2);
    assert_changes(objects, "b!=-(-) a=10(-) ");
    assert_non_null(get(objects, "b"));
    s = refused(objects);
    assert_non_null(strstr(s, "b: spec.vni: "));
    free(s);

    /* The last valid version stays. */
    put_vpc(scope, "a", 0, 3);
    put_vpc(scope, "a", -1, 4);
    assert_changes(objects, "a!=10(-) ");
    assert_refused(objects, "b a ");
    assert_int_equal(get(objects, "a")->vpc->vni, 10);
    put_vpc(scope, "b", 20, 5);
    assert_refused(objects, "a ");
    put_vpc(scope, "a", 11, 6);
    assert_refused(objects, "");
    assert_changes(objects, "b=20(-) a=11(10) ");

    /* Another object of that name does not get it. */
    objects_scope_delete(scope, "a");
    put_vpc(scope, "a", 0, 7);
    assert_changes(objects, "a!=-(11) ");
    objects_scope_delete(scope, "a");
    assert_refused(objects, "");
    assert_changes(objects, "a~=-(-) ");

    /* What has no name, or an impossible one, is refused like the rest. */
    put(scope, "{'spec': {'vni': 10}}");
    put(scope, "{'metadata': {'name': 'A b'}, 'spec': {'vni': 10}}");
    put(scope, "[]");
    put(scope, "{'metadata': {'name': 5}}");
    assert_changes(objects, "!=-(-) A b!=-(-) ");
    assert_refused(objects, " A b ");
    objects_scope_begin_list(scope);
    objects_scope_end_list(scope);
    assert_refused(objects, "");
    objects_destroy(objects);
}

static void
put_option(struct objects_scope *scope, int length, const char *description)
{
    put(scope, "{'metadata': {'name': 'o'}, 'spec': {'class': '0xff01', "
        "'type': '0x1', 'length': %d, 'description': '%s'}}", length,
        description);
}

static void
test_immutable(void **state OVS_UNUSED)
{
    struct objects *objects = objects_create();
    struct objects_scope *scope = objects_scope_create(objects,
                                                       RES_GENEVE_OPTION);
    const struct object *o;

    put_option(scope, 4, "x");
    o = objects_get(objects, RES_GENEVE_OPTION, "o");
    assert_int_equal(o->option->length, 4);
    put_option(scope, 8, "y");
    assert_int_equal(o->option->length, 4);
    assert_non_null(strstr(object_get_refused(o), "length"));

    /* It is the last valid version that counts, not the last one. */
    put_option(scope, 8, "z");
    assert_non_null(object_get_refused(o));
    put_option(scope, 4, "z");
    assert_null(object_get_refused(o));
    assert_string_equal(o->option->description, "z");

    objects_scope_delete(scope, "o");
    put_option(scope, 8, "w");
    assert_null(object_get_refused(o));
    assert_int_equal(o->option->length, 8);
    objects_destroy(objects);
}

static void
test_lists(void **state OVS_UNUSED)
{
    struct objects *objects = objects_create();
    struct objects_scope *scope = objects_scope_create(objects, RES_VPC);

    put_vpc(scope, "a", 10, 1);
    put_vpc(scope, "b", 20, 1);
    put_vpc(scope, "c", 30, 1);
    assert_changes(objects, "a=10(-) b=20(-) c=30(-) ");

    /* A list that breaks off deletes nothing. */
    objects_scope_begin_list(scope);
    put_vpc(scope, "b", 20, 1);
    objects_scope_begin_list(scope);
    put_vpc(scope, "a", 11, 2);
    put_vpc(scope, "c", 30, 1);
    assert_changes(objects, "a=11(10) ");
    objects_scope_end_list(scope);
    assert_changes(objects, "b~=20(-) ");
    objects_scope_begin_list(scope);
    put_vpc(scope, "c", 30, 2);
    put_vpc(scope, "d", 40, 2);
    objects_scope_delete(scope, "c");
    objects_scope_end_list(scope);
    assert_changes(objects, "d=40(-) c~=30(-) a~=11(-) ");
    objects_destroy(objects);
}

static void
test_scopes(void **state OVS_UNUSED)
{
    struct objects *objects = objects_create();
    struct objects_scope *x = objects_scope_create(objects, RES_VPC);
    struct objects_scope *y = objects_scope_create(objects, RES_VPC);

    put_vpc(x, "a", 10, 1);
    put_vpc(y, "a", 10, 1);
    put_vpc(x, "b", 20, 1);
    put_vpc(y, "c", 30, 1);
    assert_changes(objects, "a=10(-) b=20(-) c=30(-) ");

    objects_scope_delete(x, "c");
    objects_scope_delete(y, "a");
    objects_scope_delete(y, "a");
    assert_changes(objects, "");
    put_vpc(y, "a", 10, 1);
    objects_scope_destroy(x);
    assert_changes(objects, "b~=20(-) ");
    assert_non_null(get(objects, "a"));

    objects_scope_destroy(NULL);
    objects_scope_destroy(y);
    assert_changes(objects, "c~=30(-) a~=10(-) ");
    objects_destroy(objects);
}

/* Each scope's list counts for that scope alone, whichever had the object
 * first. */
static void
test_lists_of_scopes(void **state OVS_UNUSED)
{
    struct objects *objects = objects_create();
    struct objects_scope *x = objects_scope_create(objects, RES_VPC);
    struct objects_scope *y = objects_scope_create(objects, RES_VPC);
    struct objects_scope *z = objects_scope_create(objects, RES_VPC);

    objects_scope_begin_list(y);
    put_vpc(x, "a", 10, 1);
    put_vpc(y, "a", 10, 1);
    put_vpc(z, "a", 10, 1);
    objects_scope_end_list(y);
    assert_changes(objects, "a=10(-) ");

    objects_scope_begin_list(x);
    objects_scope_end_list(x);
    assert_false(objects_scope_has(x, "a"));
    assert_int_equal(objects_scope_count(x), 0);
    assert_true(objects_scope_has(y, "a"));
    assert_true(objects_scope_has(z, "a"));

    objects_scope_begin_list(z);
    objects_scope_end_list(z);
    assert_int_equal(objects_scope_count(z), 0);
    objects_scope_begin_list(y);
    put_vpc(y, "a", 10, 1);
    objects_scope_end_list(y);
    assert_int_equal(objects_scope_count(y), 1);
    assert_changes(objects, "");

    objects_scope_begin_list(y);
    objects_scope_end_list(y);
    assert_changes(objects, "a~=10(-) ");
    objects_destroy(objects);
}

static void
test_changes_from_callback(void **state OVS_UNUSED)
{
    struct objects *objects = objects_create();
    struct objects_scope *x = objects_scope_create(objects, RES_VPC);
    struct objects_scope *y = objects_scope_create(objects, RES_VPC);
    struct log log = { .ds = DS_EMPTY_INITIALIZER };

    /* The object itself, while it is being told. */
    put_vpc(x, "a", 10, 1);
    put_vpc(x, "b", 20, 1);
    log.upsert = x;
    log.json = "{'metadata': {'name': 'a'}, 'spec': {'vni': 11}}";
    objects_run(objects, log_change, &log);
    assert_string_equal(ds_cstr(&log.ds), "a=10(-) b=20(-) ");
    assert_changes(objects, "a=11(10) ");

    /* One that is still to be told. */
    ds_clear(&log.ds);
    put_vpc(x, "a", 12, 2);
    put_vpc(x, "b", 21, 2);
    log.upsert = x;
    log.json = "{'metadata': {'name': 'b'}, 'spec': {'vni': 22}}";
    objects_run(objects, log_change, &log);
    assert_string_equal(ds_cstr(&log.ds), "a=12(11) b=22(20) ");
    assert_changes(objects, "");

    /* A scope that goes, with the object that is being told. */
    ds_clear(&log.ds);
    put_vpc(y, "c", 30, 3);
    log.upsert = y;
    log.delete = true;
    objects_run(objects, log_change, &log);
    assert_string_equal(ds_cstr(&log.ds), "c=30(-) ");
    assert_changes(objects, "c~=30(-) ");

    /* One that is gone, and comes back while that is being told. */
    ds_clear(&log.ds);
    objects_scope_delete(x, "a");
    log.upsert = x;
    log.delete = false;
    log.json = "{'metadata': {'name': 'a'}, 'spec': {'vni': 13}}";
    objects_run(objects, log_change, &log);
    assert_string_equal(ds_cstr(&log.ds), "a~=12(-) ");
    assert_changes(objects, "a=13(12) ");
    ds_destroy(&log.ds);
    objects_destroy(objects);
}

static void
count_change(struct object *object OVS_UNUSED, void *n)
{
    ++*(size_t *) n;
}

/* Milliseconds for some thousand changes among 'n' objects. */
static long long int
time_changes(int n)
{
    struct objects *objects = objects_create();
    struct objects_scope *scope = objects_scope_create(objects, RES_VPC);
    enum { ROUNDS = 20000 };
    long long int start;
    size_t told = 0;

    for (int i = 0; i < n; i++) {
        char *name = xasprintf("vpc-%d", i);

        put_vpc(scope, name, i + 2, i);
        free(name);
    }
    objects_run(objects, count_change, &told);
    assert_int_equal(told, n);

    start = time_msec();
    for (int i = 0; i < ROUNDS; i++) {
        put_vpc(scope, "vpc-5", i % 2 + 2, i);
        put_vpc(scope, "vpc-6", i % 2 ? 6 : -1, i);
        objects_run(objects, count_change, &told);
    }
    start = time_msec() - start;
    assert_int_equal(told, n + 2 * ROUNDS);

    objects_scope_begin_list(scope);
    objects_scope_end_list(scope);
    objects_run(objects, count_change, &told);
    assert_int_equal(told, 2 * n + 2 * ROUNDS);
    assert_refused(objects, "");
    objects_destroy(objects);
    return start;
}

/* A change costs the same however many objects there are: a walk through all
 * of them would cost 1,000 times more here. */
static void
test_many(void **state OVS_UNUSED)
{
    long long int few = time_changes(10);
    long long int many = time_changes(10000);

    if (many > 10 * few + 1000) {
        fail_msg("%lld ms with 10 objects, %lld ms with 10,000", few, many);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add_change_delete),
        cmocka_unit_test(test_bookkeeping_is_no_change),
        cmocka_unit_test(test_version_of_an_endpoint),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_immutable),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_scopes),
        cmocka_unit_test(test_lists_of_scopes),
        cmocka_unit_test(test_unknown_members),
        cmocka_unit_test(test_changes_from_callback),
        cmocka_unit_test(test_many),
    };

    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    return cmocka_run_group_tests_name("objects", tests, NULL, NULL);
}
