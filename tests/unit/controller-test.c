/* Sources of objects: what is listed when, and what a change of URL does. */

#include <config.h>

#include "agent/controller/controller.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/controller/objects.h"
#include "agent/controller/object-writer.h"
#include "agent/controller/rest.h"
#include "agent/controller/server-probe.h"
#include "lib/json-util.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/vlog.h"
#include "tests/unit/http-server.h"
#include "util.h"

/* A server that has one VPC of its own, whose lists can be held up. */
struct fake {
    struct http_server *server;
    const char *vpc;                /* Its name; NULL: it has none. */
    bool hung;                      /* Does not answer anything. */
    bool mute;                      /* Does not answer lists. */
    int policies_status;            /* Answer to lists of policies; 0: 200. */
    struct ds log;                  /* Targets of the lists. */
};

#define LIST(ITEMS)                                                     \
    "{\"apiVersion\": \"" RESOURCE_API_VERSION "\", \"kind\": \"%sList\", "  \
    "\"metadata\": {\"resourceVersion\": \"1\"}, \"items\": [" ITEMS "]}"

/* "VPC" of ".../vpcs?...". */
static const char *
kind_of_list(const char *target)
{
    for (int i = 0; i < RES_N_KINDS; i++) {
        char *part = xasprintf("/%s?", resource_get_class(i)->plural);
        bool found = strstr(target, part) != NULL;

        free(part);
        if (found) {
            return resource_get_class(i)->kind;
        }
    }
    fail_msg("%s: no list", target);
    return NULL;
}

static void
handler(struct http_conn *conn, const struct http_request *req, void *fake_)
{
    struct fake *fake = fake_;
    const char *kind;

    if (fake->hung) {
        return;
    }
    if (strstr(req->target, "watch=1")) {
        http_stream(conn);
        return;
    }
    ds_put_format(&fake->log, "%s\n", req->target);
    if (!strchr(req->target, '?')) {
        http_reply(conn, 403, "{}");
        return;
    }
    if (fake->mute) {
        return;
    }
    kind = kind_of_list(req->target);
    if (fake->policies_status && strstr(req->target, "/vpcpolicies?")) {
        http_reply(conn, fake->policies_status, "{}");
    } else if (fake->vpc && strstr(req->target, "/vpcs?")) {
        char *body = xasprintf(
            LIST("{\"metadata\": {\"name\": \"%s\"}, "
                 "\"spec\": {\"vni\": 5}}"), kind, fake->vpc);

        http_reply(conn, 200, body);
        free(body);
    } else {
        char *body = xasprintf(LIST(""), kind);

        http_reply(conn, 200, body);
        free(body);
    }
}

static void
fake_start(struct fake *fake, const char *vpc)
{
    memset(fake, 0, sizeof *fake);
    fake->vpc = vpc;
    ds_init(&fake->log);
    fake->server = http_server_create(handler, fake);
}

static void
fake_stop(struct fake *fake)
{
    http_server_destroy(fake->server);
    ds_destroy(&fake->log);
}

#define RUN_UNTIL(FAKE, C, COND)                                        \
    LOOP_UNTIL((FAKE)->server, COND, controller_run(C), controller_wait(C))

static bool
has(const struct objects *objects, const char *vpc)
{
    return objects_get(objects, RES_VPC, vpc) != NULL;
}

static void
expect_state(struct controller *c, const char *state)
{
    struct json *json = controller_status_json(c);

    assert_string_equal(json_util_string(json, "state", ""), state);
    assert_non_null(json_util_string(json, "since", NULL));
    json_destroy(json);
}

static bool
state_is(struct controller *c, const char *state)
{
    struct json *json = controller_status_json(c);
    bool result = !strcmp(json_util_string(json, "state", ""), state);

    json_destroy(json);
    return result;
}

static void
test_static_and_dynamic(void **state OVS_UNUSED)
{
    struct objects *objects = objects_create();
    struct controller *c = controller_create(objects, NULL, NULL);
    struct fake fake;
    char *url;

    fake_start(&fake, "a");
    expect_state(c, "none");
    assert_false(controller_is_synced(c));
    url = xasprintf("%s/", http_server_url(fake.server));
    controller_set_url(c, url);
    free(url);
    expect_state(c, "connecting");
    RUN_UNTIL(&fake, c, controller_is_synced(c));
    expect_state(c, "connected");
    assert_true(has(objects, "a"));
    assert_non_null(strstr(ds_cstr(&fake.log), "/vpcs?limit="));
    assert_non_null(strstr(ds_cstr(&fake.log), "/nves?limit="));
    assert_non_null(strstr(ds_cstr(&fake.log), "/geneveoptions?limit="));
    assert_non_null(strstr(ds_cstr(&fake.log), "/optionprofiles?limit="));
    assert_null(strstr(ds_cstr(&fake.log), "/endpoints"));

    ds_clear(&fake.log);
    controller_watch_vpc(c, "a", true);
    controller_watch_vpc(c, "a", true);
    controller_watch_endpoint(c, "vm1", true);
    assert_false(controller_is_synced(c));
    assert_false(controller_vpc_is_synced(c, "a"));
    RUN_UNTIL(&fake, c, controller_is_synced(c));
    assert_true(controller_vpc_is_synced(c, "a"));
    assert_true(controller_policies_are_synced(c, "a"));
    assert_false(controller_vpc_is_synced(c, "b"));
    assert_false(controller_policies_are_synced(c, "b"));
    assert_true(controller_endpoint_is_resolved(c, "vm1"));
    assert_string_equal(
        ds_cstr(&fake.log),
        "/apis/nvo3.io/v1alpha1/endpoints?fieldSelector=spec.vpc%3Da"
        "&limit=500\n"
        "/apis/nvo3.io/v1alpha1/vpcpolicies?fieldSelector=spec.vpc%3Da"
        "&limit=500\n"
        "/apis/nvo3.io/v1alpha1/endpoints?fieldSelector="
        "metadata.name%3Dvm1&limit=500\n");

    ds_clear(&fake.log);
    controller_watch_acks(c, "me", true);
    assert_true(controller_is_synced(c));
    RUN_UNTIL(&fake, c, fake.log.length);
    assert_string_equal(
        ds_cstr(&fake.log),
        "/apis/nvo3.io/v1alpha1/advertisementacks?labelSelector="
        "nvo3.io%2Fnve%3Dme&limit=500\n");
    controller_watch_acks(c, "me", false);

    controller_watch_vpc(c, "a", false);
    controller_watch_endpoint(c, "vm1", false);
    assert_false(controller_vpc_is_synced(c, "a"));
    assert_true(controller_is_synced(c));
    controller_destroy(c);
    objects_destroy(objects);
    fake_stop(&fake);
}

/* A server that knows no policies has none; one that does not say is waited
 * for. */
static void
test_server_without_policies(void **state OVS_UNUSED)
{
    struct objects *objects = objects_create();
    struct controller *c = controller_create(objects, NULL, NULL);
    struct fake fake;

    fake_start(&fake, "a");
    controller_set_url(c, http_server_url(fake.server));
    fake.policies_status = 503;
    controller_watch_vpc(c, "a", true);
    RUN_UNTIL(&fake, c, controller_vpc_is_synced(c, "a")
              && strstr(ds_cstr(&fake.log), "/vpcpolicies?")
              && state_is(c, "backoff"));
    assert_false(controller_policies_are_synced(c, "a"));
    assert_false(controller_is_synced(c));
    fake.policies_status = 404;
    RUN_UNTIL(&fake, c, controller_is_synced(c));
    assert_true(controller_policies_are_synced(c, "a"));
    controller_destroy(c);
    objects_destroy(objects);
    fake_stop(&fake);
}

static void
count_deletions(struct object *object, void *n)
{
    *(int *) n += !object->exists;
}

/* Objects stay until the new server has listed its own. */
static void
test_change_of_url(void **state OVS_UNUSED)
{
    struct objects *objects = objects_create();
    struct controller *c = controller_create(objects, NULL, NULL);
    struct fake one, two;
    int n_deletions = 0;

    fake_start(&one, "a");
    fake_start(&two, "b");
    controller_set_url(c, http_server_url(one.server));
    RUN_UNTIL(&one, c, controller_is_synced(c));
    objects_run(objects, count_deletions, &n_deletions);

    two.mute = true;
    controller_set_url(c, http_server_url(two.server));
    assert_false(controller_is_synced(c));
    RUN_UNTIL(&two, c, http_server_n_requests(two.server) == 11);
    assert_true(has(objects, "a"));

    /* On to nowhere, and back: still everything is there. */
    controller_set_url(c, NULL);
    controller_run(c);
    expect_state(c, "none");
    assert_true(has(objects, "a"));
    two.mute = false;
    controller_set_url(c, http_server_url(two.server));
    RUN_UNTIL(&two, c, controller_is_synced(c));
    assert_true(has(objects, "b"));
    assert_false(has(objects, "a"));
    objects_run(objects, count_deletions, &n_deletions);
    assert_int_equal(n_deletions, 1);

    controller_destroy(c);
    objects_destroy(objects);
    fake_stop(&one);
    fake_stop(&two);
}

/* A server without anything in the place of one that had something is not
 * believed at once. */
static void
test_change_to_empty_server(void **state OVS_UNUSED)
{
    struct objects *objects = objects_create();
    struct controller *c = controller_create(objects, NULL, NULL);
    struct fake one, two;

    fake_start(&one, "a");
    fake_start(&two, NULL);
    controller_set_url(c, http_server_url(one.server));
    RUN_UNTIL(&one, c, controller_is_synced(c));
    controller_set_url(c, http_server_url(two.server));
    RUN_UNTIL(&two, c, state_is(c, "backoff"));
    assert_false(controller_is_synced(c));
    assert_true(has(objects, "a"));

    controller_destroy(c);
    objects_destroy(objects);
    fake_stop(&one);
    fake_stop(&two);
}

static void
test_files(void **state OVS_UNUSED)
{
    char file[] = "/tmp/controller-test-XXXXXX";
    struct objects *objects = objects_create();
    struct controller *c = controller_create(objects, NULL, NULL);
    int fd = mkstemp(file);
    FILE *stream = fdopen(fd, "w");
    struct fake fake;
    char *url;

    fprintf(stream, "{\"kind\": \"VPC\", \"metadata\": {\"name\": \"f\"}, "
            "\"spec\": {\"vni\": 7}}");
    fclose(stream);
    fake_start(&fake, "a");
    url = xasprintf("file://%s", file);
    controller_set_url(c, url);
    controller_watch_vpc(c, "f", true);
    RUN_UNTIL(&fake, c, controller_is_synced(c));
    assert_true(has(objects, "f"));
    assert_true(controller_vpc_is_synced(c, "f"));
    expect_state(c, "file");

    /* What is published goes nowhere. */
    object_writer_set_status(controller_get_writer(c), RES_VPC, "f",
                             json_object_create());
    RUN_UNTIL(&fake, c, object_writer_is_idle(controller_get_writer(c)));

    /* From the file to a server and back. */
    fake.mute = true;
    controller_set_url(c, http_server_url(fake.server));
    RUN_UNTIL(&fake, c, http_server_n_requests(fake.server) == 13);
    assert_true(has(objects, "f"));
    fake.mute = false;
    controller_set_url(c, NULL);
    controller_set_url(c, http_server_url(fake.server));
    RUN_UNTIL(&fake, c, controller_is_synced(c));
    assert_true(has(objects, "a"));
    assert_false(has(objects, "f"));
    controller_set_url(c, url);
    RUN_UNTIL(&fake, c, controller_is_synced(c));
    assert_true(has(objects, "f"));
    RUN_UNTIL(&fake, c, !has(objects, "a"));

    controller_destroy(c);
    objects_destroy(objects);
    fake_stop(&fake);
    unlink(file);
    free(url);
}

static void
test_bad_urls(void **state OVS_UNUSED)
{
    static const char *bad[] = {
        "ftp://x", "nva", "", "file://host/x", "file:x", "http://u:p@x",
    };
    struct objects *objects = objects_create();
    struct controller *c = controller_create(objects, NULL, NULL);

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        controller_set_url(c, bad[i]);
        controller_run(c);
        expect_state(c, "invalid");
    }
    controller_destroy(c);
    objects_destroy(objects);
}

static void
test_server_away(void **state OVS_UNUSED)
{
    struct objects *objects = objects_create();
    struct controller *c = controller_create(objects, NULL, NULL);
    struct fake fake;

    fake_start(&fake, "a");
    controller_set_url(c, http_server_url(fake.server));
    RUN_UNTIL(&fake, c, controller_is_synced(c));
    http_server_set_up(fake.server, false);
    RUN_UNTIL(&fake, c, state_is(c, "backoff"));
    assert_true(controller_is_synced(c));
    assert_true(has(objects, "a"));
    http_server_set_up(fake.server, true);
    RUN_UNTIL(&fake, c, state_is(c, "connected"));
    controller_destroy(c);
    objects_destroy(objects);
    fake_stop(&fake);
}

/* An idle server is asked, once for all streams, and that is enough.  One that
 * hangs, with its connections open, is noticed. */
static void
test_silence(void **state OVS_UNUSED)
{
    static const struct server_probe_tuning impatient = {
        .quiet_ms = 20, .answer_ms = 50,
    };
    struct objects *objects = objects_create();
    struct controller *c = controller_create(objects, NULL, NULL);
    struct fake fake;

    fake_start(&fake, "a");
    controller_tune_probe(c, &impatient, 50);
    controller_set_url(c, http_server_url(fake.server));
    RUN_UNTIL(&fake, c, controller_is_synced(c) && state_is(c, "connected"));
    ds_clear(&fake.log);
    RUN_UNTIL(&fake, c, !strcmp(ds_cstr(&fake.log),
                                "/apis/nvo3.io/v1alpha1\n"
                                "/apis/nvo3.io/v1alpha1\n"
                                "/apis/nvo3.io/v1alpha1\n"
                                "/apis/nvo3.io/v1alpha1\n"));
    expect_state(c, "connected");

    fake.hung = true;
    RUN_UNTIL(&fake, c, state_is(c, "backoff"));
    assert_true(controller_is_synced(c));
    assert_true(has(objects, "a"));
    fake.hung = false;
    RUN_UNTIL(&fake, c, state_is(c, "connected"));
    controller_destroy(c);
    objects_destroy(objects);
    fake_stop(&fake);
}

/* A server that is away, or hangs, is left for the next one; objects stay. */
static void
test_several_urls(void **state OVS_UNUSED)
{
    static const struct server_probe_tuning impatient = {
        .quiet_ms = 20, .answer_ms = 50,
    };
    struct objects *objects = objects_create();
    struct controller *c = controller_create(objects, NULL, NULL);
    struct fake one, two;
    int n_deletions = 0;
    char *urls;

    fake_start(&one, "a");
    fake_start(&two, "a");
    urls = xasprintf("%s,%s/", http_server_url(one.server),
                     http_server_url(two.server));
    http_server_set_up(one.server, false);
    controller_tune_probe(c, &impatient, 50);
    controller_set_url(c, urls);
    RUN_UNTIL(&two, c, state_is(c, "connected"));
    struct json *json = controller_status_json(c);
    assert_string_equal(json_util_string(json, "url", ""),
                        http_server_url(two.server));
    json_destroy(json);
    objects_run(objects, count_deletions, &n_deletions);

    http_server_set_up(one.server, true);
    two.hung = true;
    RUN_UNTIL(&two, c, state_is(c, "backoff"));
    RUN_UNTIL(&two, c, state_is(c, "connecting"));
    assert_true(has(objects, "a"));
    RUN_UNTIL(&one, c, state_is(c, "connected"));
    objects_run(objects, count_deletions, &n_deletions);
    assert_int_equal(n_deletions, 0);

    controller_destroy(c);
    objects_destroy(objects);
    fake_stop(&one);
    fake_stop(&two);
    free(urls);
}

/* What the server had is in force again when the agent starts without it, and
 * nothing else; when the server is back only the difference is applied. */
static void
test_saved_state(void **state OVS_UNUSED)
{
    char dir[] = "/tmp/controller-test-XXXXXX";
    struct objects *objects = objects_create();
    struct controller *c = controller_create(objects, NULL, NULL);
    struct fake fake;
    int n_deletions = 0;
    char *file;

    assert_non_null(mkdtemp(dir));
    fake_start(&fake, "a");
    controller_keep_state(c, dir, 0);
    controller_set_system_id(c, "hv-1");
    controller_set_url(c, http_server_url(fake.server));
    controller_watch_vpc(c, "a", true);
    RUN_UNTIL(&fake, c, controller_is_current(c));
    controller_object_changed(c, RES_VPC, "a");
    controller_save_state(c);
    controller_destroy(c);
    objects_destroy(objects);

    http_server_set_up(fake.server, false);
    objects = objects_create();
    c = controller_create(objects, NULL, NULL);
    controller_keep_state(c, dir, 50);
    controller_set_system_id(c, "hv-1");
    controller_set_url(c, http_server_url(fake.server));
    assert_false(has(objects, "a"));
    assert_false(controller_is_synced(c));
    RUN_UNTIL(&fake, c, controller_is_synced(c));
    assert_true(has(objects, "a"));
    assert_false(controller_is_current(c));
    assert_true(controller_policies_are_synced(c, "a"));
    assert_false(controller_policies_are_synced(c, "b"));
    objects_run(objects, count_deletions, &n_deletions);
    struct json *json = controller_status_json(c);
    assert_string_equal(json_util_string(json, "source", ""), "saved");
    assert_non_null(json_util_string(json, "savedAt", NULL));
    json_destroy(json);

    fake.vpc = "b";
    http_server_set_up(fake.server, true);
    RUN_UNTIL(&fake, c, controller_is_current(c) && !has(objects, "a"));
    assert_true(has(objects, "b"));
    json = controller_status_json(c);
    assert_string_equal(json_util_string(json, "source", ""), "controller");
    json_destroy(json);
    objects_run(objects, count_deletions, &n_deletions);
    assert_int_equal(n_deletions, 1);
    controller_destroy(c);
    objects_destroy(objects);

    file = xasprintf("%s/state.json", dir);
    assert_int_equal(unlink(file), 0);
    assert_int_equal(rmdir(dir), 0);
    free(file);
    fake_stop(&fake);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_static_and_dynamic),
        cmocka_unit_test(test_server_without_policies),
        cmocka_unit_test(test_change_of_url),
        cmocka_unit_test(test_change_to_empty_server),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_bad_urls),
        cmocka_unit_test(test_server_away),
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_several_urls),
        cmocka_unit_test(test_saved_state),
    };

    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    return cmocka_run_group_tests_name("controller", tests, NULL, NULL);
}
