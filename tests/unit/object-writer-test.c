/* Writing status: what is sent, how often, and what failures do. */

#include <config.h>

#include "agent/controller/object-writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/controller/objects.h"
#include "agent/controller/rest.h"
#include "lib/json-util.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/vlog.h"
#include "tests/unit/http-server.h"
#include "tests/unit/object-server.h"
#include "tests/unit/parse.h"
#include "util.h"

struct fixture {
    struct object_server server;
    struct rest *rest;
    struct objects *objects;
    struct objects_scope *nves;
    struct object_writer *p;
};

static void
fixture_start(struct fixture *f)
{
    object_server_start(&f->server);
    f->rest = rest_create(NULL);
    f->objects = objects_create();
    f->nves = objects_scope_create(f->objects, RES_NVE);
    f->p = object_writer_create(f->rest, f->objects, NULL);
    object_writer_set_url(f->p, http_server_url(f->server.http));
}

static void
fixture_stop(struct fixture *f)
{
    object_writer_destroy(f->p);
    rest_destroy(f->rest);
    objects_scope_destroy(f->nves);
    objects_destroy(f->objects);
    object_server_stop(&f->server);
}

static void
changed_cb(struct object *object, void *p)
{
    object_writer_object_changed(p, object->kind, object->name);
}

/* Brings what the server has to the cache, as a watch does. */
static void
sync_cache(struct fixture *f)
{
    struct shash_node *node;

    objects_scope_begin_list(f->nves);
    SHASH_FOR_EACH (node, &f->server.stored) {
        objects_scope_upsert(f->nves, node->data);
    }
    objects_scope_end_list(f->nves);
    objects_run(f->objects, changed_cb, f->p);
}

#define RUN_UNTIL(F, COND)                                              \
    LOOP_UNTIL((F)->server.http, COND,                                       \
               (rest_run((F)->rest), object_writer_run((F)->p)),        \
               (rest_wait((F)->rest), object_writer_wait((F)->p)))

/* Runs until nothing is left to do, then compares the requests since the
 * last time. */
static void
expect_log(struct fixture *f, const char *expected)
{
    RUN_UNTIL(f, object_writer_is_idle(f->p));
    assert_string_equal(ds_cstr(&f->server.log), expected);
    ds_clear(&f->server.log);
}

static void
set_status(struct fixture *f, const char *name, const char *status)
{
    object_writer_set_status(f->p, RES_NVE, name, parse(status));
}

static void
add_problem(const char *object, const char *message, void *s)
{
    ds_put_format(s, "%s: %s\n", object, message);
}

static char *
problems(struct fixture *f)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    object_writer_for_each_problem(f->p, add_problem, &s);
    return ds_steal_cstr(&s);
}

static void
expect_problem(struct fixture *f, const char *expected)
{
    char *s = problems(f);

    assert_string_equal(s, expected);
    free(s);
}

static void
test_differences_only(void **state OVS_UNUSED)
{
    struct fixture f;

    fixture_start(&f);

    /* Nothing is written before the object exists. */
    set_status(&f, "a", "{\"x\": 1, \"r\": {\"o\": [1], \"m\": 2}}");
    expect_log(&f, "");
    object_server_store(&f.server, "a",
                        parse("{\"spec\": {}, \"status\": {\"x\": 1, "
                        "\"other\": 3}}"));
    sync_cache(&f);
    expect_log(&f, "PATCH a {\"status\":{\"r\":{\"m\":2,\"o\":[1]}}}\n");
    sync_cache(&f);
    expect_log(&f, "");

    /* The same again. */
    set_status(&f, "a", "{\"r\": {\"m\": 2, \"o\": [1]}, \"x\": 1}");
    expect_log(&f, "");

    /* A member of a member goes, and one at the top. */
    set_status(&f, "a", "{\"x\": null, \"r\": {\"o\": [2], \"z\": null}}");
    expect_log(&f, "PATCH a {\"status\":{\"r\":{\"m\":null,\"o\":[2]},"
               "\"x\":null}}\n");

    /* Again before the watch has caught up: compared with the answer. */
    set_status(&f, "a", "{\"r\": {\"q\": 1}}");
    expect_log(&f, "PATCH a {\"status\":{\"r\":{\"o\":null,\"q\":1}}}\n");
    sync_cache(&f);
    expect_log(&f, "");
    fixture_stop(&f);
}

/* Who gives something up does not take it from the one who has it now. */
static void
test_release(void **state OVS_UNUSED)
{
    struct fixture f;

    fixture_start(&f);
    object_server_store(&f.server, "a",
                        parse("{\"spec\": {}, \"status\": {\"x\": 1}}"));
    sync_cache(&f);
    object_writer_release_status(f.p, RES_NVE, "a", parse("{\"x\": null}"));
    expect_log(&f, "PATCH a {\"metadata\":{\"resourceVersion\":\"1\"},"
               "\"status\":{\"x\":null}}\n");
    sync_cache(&f);
    expect_log(&f, "");

    /* The cache does not know yet that somebody took it. */
    object_server_store(&f.server, "a",
                        parse("{\"spec\": {}, \"status\": {\"x\": 2}}"));
    sync_cache(&f);
    set_status(&f, "a", "{\"x\": 2}");
    expect_log(&f, "");
    object_server_store(&f.server, "a",
                        parse("{\"spec\": {}, \"status\": {\"x\": 3}}"));
    object_writer_release_status(f.p, RES_NVE, "a", parse("{\"x\": null}"));
    expect_log(&f, "PATCH a {\"metadata\":{\"resourceVersion\":\"3\"},"
               "\"status\":{\"x\":null}}\n");
    expect_problem(&f, "");

    /* Now it does, and who asked gives up. */
    assert_true(object_writer_has(f.p, RES_NVE, "a"));
    object_writer_clear(f.p, RES_NVE, "a");
    assert_false(object_writer_has(f.p, RES_NVE, "a"));
    sync_cache(&f);
    expect_log(&f, "");
    fixture_stop(&f);
}

static void
test_coalescing(void **state OVS_UNUSED)
{
    struct fixture f;

    fixture_start(&f);
    object_server_store(&f.server, "a", parse("{\"spec\": {}}"));
    sync_cache(&f);
    for (int i = 0; i < 100; i++) {
        char *status = xasprintf("{\"x\": %d}", i);

        set_status(&f, "a", status);
        free(status);
    }
    RUN_UNTIL(&f, f.server.log.length);
    for (int i = 100; i < 200; i++) {
        char *status = xasprintf("{\"x\": %d}", i);

        set_status(&f, "a", status);
        free(status);
    }
    expect_log(&f, "PATCH a {\"status\":{\"x\":99}}\n"
               "PATCH a {\"status\":{\"x\":199}}\n");
    fixture_stop(&f);
}

/* No more than eight at once. */
static void
test_concurrency(void **state OVS_UNUSED)
{
    struct fixture f;

    fixture_start(&f);
    for (int i = 0; i < 50; i++) {
        char *name = xasprintf("n%d", i);

        object_server_store(&f.server, name, parse("{\"spec\": {}}"));
        set_status(&f, name, "{\"x\": 1}");
        free(name);
    }
    sync_cache(&f);
    f.server.silent = true;
    RUN_UNTIL(&f, f.server.n_waiting == 8);
    for (int i = 0; i < 20; i++) {
        http_server_run(f.server.http);
        rest_run(f.rest);
        object_writer_run(f.p);
    }
    assert_int_equal(f.server.n_waiting, 8);

    /* The rest, and these eight again, once it answers. */
    f.server.silent = false;
    object_writer_set_url(f.p, http_server_url(f.server.http));
    RUN_UNTIL(&f, object_writer_is_idle(f.p));
    for (int i = 0; i < 50; i++) {
        char *name = xasprintf("n%d", i);
        const struct json *o = shash_find_data(&f.server.stored, name);
        int64_t x = 0;

        json_util_integer(json_util_get(o, "status"), "x", &x);
        assert_int_equal(x, 1);
        free(name);
    }
    fixture_stop(&f);
}

static void
test_create(void **state OVS_UNUSED)
{
    struct fixture f;

    fixture_start(&f);
    set_status(&f, "a", "{\"x\": 1}");
    object_writer_ensure_object(f.p, RES_NVE, "a",
                                parse("{\"metadata\": {\"name\": \"a\"}, "
                                      "\"spec\": {\"id\": 1}}"));
    expect_log(&f, "POST {\"metadata\":{\"name\":\"a\"},"
               "\"spec\":{\"id\":1}}\n"
               "PATCH a {\"status\":{\"x\":1}}\n");

    /* It exists, but the cache does not know yet. */
    object_server_store(&f.server, "b", parse("{\"spec\": {\"id\": 2}}"));
    object_writer_ensure_object(f.p, RES_NVE, "b",
                                parse("{\"metadata\": {\"name\": \"b\"}, "
                                      "\"spec\": {}}"));
    set_status(&f, "b", "{\"x\": 1}");
    expect_log(&f, "POST {\"metadata\":{\"name\":\"b\"},\"spec\":{}}\n"
               "PATCH b {\"status\":{\"x\":1}}\n");
    expect_problem(&f, "");
    sync_cache(&f);
    expect_log(&f, "");

    /* Somebody deletes it. */
    json_destroy(shash_find_and_delete(&f.server.stored, "a"));
    sync_cache(&f);
    expect_log(&f, "POST {\"metadata\":{\"name\":\"a\"},"
               "\"spec\":{\"id\":1}}\n"
               "PATCH a {\"status\":{\"x\":1}}\n");
    fixture_stop(&f);
}

/* After a failure that may pass it goes on trying. */
static void
test_retry(void **state OVS_UNUSED)
{
    static const int statuses[] = { 409, 429, 500, 503, 403 };
    struct fixture f;

    fixture_start(&f);
    object_server_store(&f.server, "a", parse("{\"spec\": {}}"));
    sync_cache(&f);
    for (size_t i = 0; i < ARRAY_SIZE(statuses); i++) {
        char *status = xasprintf("{\"x\": %"PRIuSIZE"}", i);
        char *problem = xasprintf("nve a: HTTP status %d: no\n",
                                  statuses[i]);
        unsigned int n = http_server_n_requests(f.server.http);

        f.server.fail_with = statuses[i];
        set_status(&f, "a", status);
        RUN_UNTIL(&f, http_server_n_requests(f.server.http) >= n + 3);
        expect_problem(&f, problem);
        f.server.fail_with = 0;
        RUN_UNTIL(&f, object_writer_is_idle(f.p));
        expect_problem(&f, "");
        free(problem);
        free(status);
    }
    http_server_set_up(f.server.http, false);
    set_status(&f, "a", "{\"x\": \"new\"}");
    for (int i = 0; i < 5; i++) {
        rest_run(f.rest);
        object_writer_run(f.p);
    }
    http_server_set_up(f.server.http, true);
    RUN_UNTIL(&f, object_writer_is_idle(f.p)
              && strstr(ds_cstr(&f.server.log), "\"new\""));
    fixture_stop(&f);
}

static bool
has_status(const struct fixture *f, const char *name)
{
    return json_util_get(shash_find_data(&f->server.stored, name),
                         "status") != NULL;
}

/* Who says "200 OK", but nothing that makes sense, is not the server. */
static void
test_answers_of_others(void **state OVS_UNUSED)
{
    static const char *const answers[] = {
        "<!DOCTYPE html><title>Sign in</title>", "", "[]", "{\"kind\": ",
        "{\"apiVersion\": \"v1\", \"kind\": \"Pod\"}",
    };
    struct fixture f;

    fixture_start(&f);
    object_server_store(&f.server, "a", parse("{\"spec\": {}}"));
    object_server_store(&f.server, "c", parse("{\"spec\": {}}"));
    sync_cache(&f);
    for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
        unsigned int n = http_server_n_requests(f.server.http);
        char *s;

        f.server.answer = answers[i];
        set_status(&f, "a", "{\"x\": 1}");
        object_writer_put_object(
            f.p, RES_NVE, "b",
            parse("{\"metadata\": {\"name\": \"b\"}, \"spec\": {}}"));
        object_writer_delete_object(f.p, RES_NVE, "c");
        RUN_UNTIL(&f, http_server_n_requests(f.server.http) >= n + 5);
        s = problems(&f);
        assert_non_null(strstr(s, "nve a: HTTP status 200, but the answer"));
        assert_non_null(strstr(s, "nve b: HTTP status 200, but the answer"));
        free(s);

        f.server.answer = NULL;
        RUN_UNTIL(&f, has_status(&f, "a") && shash_find(&f.server.stored, "b")
                  && !shash_find(&f.server.stored, "c"));
        object_writer_clear(f.p, RES_NVE, "a");
        object_writer_delete_object(f.p, RES_NVE, "b");
        RUN_UNTIL(&f, !shash_find(&f.server.stored, "b"));
        object_server_store(&f.server, "a", parse("{\"spec\": {}}"));
        object_server_store(&f.server, "c", parse("{\"spec\": {}}"));
    }
    fixture_stop(&f);
}

/* What only a change can help is not tried again before one. */
static void
test_give_up(void **state OVS_UNUSED)
{
    struct fixture f;

    fixture_start(&f);
    object_server_store(&f.server, "a", parse("{\"spec\": {}}"));
    sync_cache(&f);
    f.server.fail_with = 422;
    set_status(&f, "a", "{\"x\": 1}");
    expect_log(&f, "PATCH a {\"status\":{\"x\":1}}\n");
    expect_problem(&f, "nve a: HTTP status 422: no\n");
    expect_log(&f, "");
    f.server.fail_with = 0;
    object_server_store(&f.server, "a", parse("{\"spec\": {\"id\": 1}}"));
    sync_cache(&f);
    expect_log(&f, "PATCH a {\"status\":{\"x\":1}}\n");
    expect_problem(&f, "");

    /* It is gone at the server, and then in the cache. */
    json_destroy(shash_find_and_delete(&f.server.stored, "a"));
    set_status(&f, "a", "{\"x\": 2}");
    expect_log(&f, "PATCH a {\"status\":{\"x\":2}}\n");
    sync_cache(&f);
    expect_log(&f, "");
    object_writer_clear(f.p, RES_NVE, "a");
    expect_problem(&f, "");
    fixture_stop(&f);
}

/* It wins over somebody who overwrites, but does not race with him. */
static void
test_fight(void **state OVS_UNUSED)
{
    long long int start = time_msec();
    struct fixture f;

    fixture_start(&f);
    object_server_store(&f.server, "a", parse("{\"spec\": {}}"));
    sync_cache(&f);
    set_status(&f, "a", "{\"x\": 1}");
    expect_log(&f, "PATCH a {\"status\":{\"x\":1}}\n");
    sync_cache(&f);
    object_server_store(&f.server, "a",
                        parse("{\"spec\": {}, \"status\": {\"x\": 7}}"));
    sync_cache(&f);
    expect_log(&f, "PATCH a {\"status\":{\"x\":1}}\n");
    assert_true(time_msec() - start >= 1000);
    sync_cache(&f);
    object_server_store(&f.server, "a",
                        parse("{\"spec\": {}, \"status\": {\"x\": 8}}"));
    sync_cache(&f);
    expect_log(&f, "PATCH a {\"status\":{\"x\":1}}\n");
    assert_true(time_msec() - start >= 3000);

    /* Another wish is not held up. */
    sync_cache(&f);
    start = time_msec();
    set_status(&f, "a", "{\"x\": 2}");
    expect_log(&f, "PATCH a {\"status\":{\"x\":2}}\n");
    assert_true(time_msec() - start < 1000);
    fixture_stop(&f);
}

/* Without a server nothing is sent; with a new one everything is. */
static void
test_url(void **state OVS_UNUSED)
{
    struct fixture f;

    fixture_start(&f);
    object_writer_set_url(f.p, NULL);
    object_server_store(&f.server, "a", parse("{\"spec\": {}}"));
    sync_cache(&f);
    set_status(&f, "a", "{\"x\": 1}");
    expect_log(&f, "");
    object_writer_set_url(f.p, http_server_url(f.server.http));
    expect_log(&f, "PATCH a {\"status\":{\"x\":1}}\n");
    fixture_stop(&f);
}

static void
put_object(struct fixture *f, const char *name, int x)
{
    char *object = xasprintf("{\"metadata\": {\"name\": \"%s\"}, "
                             "\"spec\": {\"x\": %d}}", name, x);

    object_writer_put_object(f->p, RES_NVE, name, parse(object));
    free(object);
}

/* Objects that are written without a look at the cache, which never has
 * them. */
static void
test_put_and_delete(void **state OVS_UNUSED)
{
    struct fixture f;

    fixture_start(&f);
    put_object(&f, "a", 1);
    expect_log(&f, "POST {\"metadata\":{\"name\":\"a\"},"
               "\"spec\":{\"x\":1}}\n");
    put_object(&f, "a", 1);
    expect_log(&f, "");
    put_object(&f, "a", 2);
    expect_log(&f, "CHANGE a {\"metadata\":{\"name\":\"a\"},"
               "\"spec\":{\"x\":2}}\n");

    /* Somebody deletes it: not our business, until there is something new to
     * say. */
    json_destroy(shash_find_and_delete(&f.server.stored, "a"));
    put_object(&f, "a", 2);
    expect_log(&f, "");
    put_object(&f, "a", 3);
    RUN_UNTIL(&f, shash_find(&f.server.stored, "a"));
    expect_log(&f, "CHANGE a {\"metadata\":{\"name\":\"a\"},"
               "\"spec\":{\"x\":3}}\n"
               "POST {\"metadata\":{\"name\":\"a\"},"
               "\"spec\":{\"x\":3}}\n");
    expect_problem(&f, "");

    /* One that somebody else made. */
    object_server_store(&f.server, "b", parse("{\"spec\": {\"x\": 7}}"));
    put_object(&f, "b", 1);
    expect_log(&f, "POST {\"metadata\":{\"name\":\"b\"},"
               "\"spec\":{\"x\":1}}\n"
               "CHANGE b {\"metadata\":{\"name\":\"b\"},"
               "\"spec\":{\"x\":1}}\n");

    /* Deleted once, whether it is there or not; and made again. */
    object_writer_delete_object(f.p, RES_NVE, "b");
    object_writer_delete_object(f.p, RES_NVE, "c");
    RUN_UNTIL(&f, object_writer_is_idle(f.p));
    assert_non_null(strstr(ds_cstr(&f.server.log), "DELETE b\n"));
    assert_non_null(strstr(ds_cstr(&f.server.log), "DELETE c\n"));
    assert_int_equal(f.server.log.length, 2 * strlen("DELETE b\n"));
    ds_clear(&f.server.log);
    expect_problem(&f, "");
    put_object(&f, "b", 1);
    expect_log(&f, "POST {\"metadata\":{\"name\":\"b\"},"
               "\"spec\":{\"x\":1}}\n");

    /* Wanted again while the deletion is under way, and the reverse. */
    object_writer_delete_object(f.p, RES_NVE, "b");
    object_writer_run(f.p);
    put_object(&f, "b", 1);
    expect_log(&f, "DELETE b\n"
               "POST {\"metadata\":{\"name\":\"b\"},"
               "\"spec\":{\"x\":1}}\n");
    put_object(&f, "d", 1);
    object_writer_run(f.p);
    object_writer_delete_object(f.p, RES_NVE, "d");
    expect_log(&f, "POST {\"metadata\":{\"name\":\"d\"},"
               "\"spec\":{\"x\":1}}\n"
               "DELETE d\n");
    assert_null(shash_find(&f.server.stored, "d"));
    fixture_stop(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_differences_only),
        cmocka_unit_test(test_release),
        cmocka_unit_test(test_coalescing),
        cmocka_unit_test(test_concurrency),
        cmocka_unit_test(test_create),
        cmocka_unit_test(test_retry),
        cmocka_unit_test(test_answers_of_others),
        cmocka_unit_test(test_give_up),
        cmocka_unit_test(test_fight),
        cmocka_unit_test(test_put_and_delete),
        cmocka_unit_test(test_url),
    };

    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    return cmocka_run_group_tests_name("object-writer", tests, NULL, NULL);
}
