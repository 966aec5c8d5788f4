/* Whose endpoints and policies the agent knows: those whose spec says so,
 * whatever their labels and the server's selectors are like. */

#include <config.h>

#include "agent/publish/interest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/agent.h"
#include "agent/alarms.h"
#include "agent/controller/controller.h"
#include "agent/controller/rest-auth.h"
#include "agent/model/model.h"
#include "agent/turn/turn.h"
#include "lib/json-util.h"
#include "lib/resource.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/shash.h"
#include "openvswitch/vlog.h"
#include "tests/unit/fake-local.h"
#include "tests/unit/http-server.h"
#include "tests/unit/scratch-dir.h"
#include "timeval.h"
#include "util.h"

/* A server with objects that nobody has labelled. */
struct fake {
    struct http_server *server;
    bool by_vpc;                    /* Selects by spec.vpc; else answers 400 to
                                     * that. */
    int policies_status;            /* Answer to lists of policies; 0: 200. */
    const char *label;              /* Of all objects, or NULL. */
    unsigned int n_lists;
    unsigned int n_vpc_writes;
    struct agent *agent;
    struct json *settings;
};

static const char *const objects[][2] = {
    { "nves", "{\"metadata\": {\"name\": \"hv-1\"}, \"spec\": {\"underlay\": "
              "{\"ips\": [\"192.0.2.1\"]}}}" },
    { "vpcs", "{\"metadata\": {\"name\": \"blue\"}, \"spec\": {\"vni\": 5}}" },
    { "vpcs", "{\"metadata\": {\"name\": \"red\"}, \"spec\": {\"vni\": 6}}" },
    { "endpoints", "{\"metadata\": {\"name\": \"web-1\"}, \"spec\": {\"vpc\": "
                   "\"blue\", \"nve\": \"hv-1\", "
                   "\"mac\": \"02:00:00:00:00:01\"}}" },
    { "endpoints", "{\"metadata\": {\"name\": \"web-2\"}, \"spec\": {\"vpc\": "
                   "\"blue\", \"nve\": \"hv-2\", "
                   "\"mac\": \"02:00:00:00:00:02\"}}" },
    { "endpoints", "{\"metadata\": {\"name\": \"other\"}, \"spec\": {\"vpc\": "
                   "\"red\", \"nve\": \"hv-2\", "
                   "\"mac\": \"02:00:00:00:00:03\"}}" },
    { "vpcpolicies", "{\"metadata\": {\"name\": \"closed\"}, \"spec\": "
                     "{\"vpc\": \"blue\", \"endpointSelector\": {}}}" },
};

/* The value in "NAME=VALUE" of a selector in 'target', as it is escaped there;
 * or NULL. */
static char *
find_selector(const char *target, const char *name)
{
    const char *p = strstr(target, name);

    return p ? xmemdup0(p + strlen(name), strcspn(p + strlen(name), "&"))
             : NULL;
}

static bool
selects(const struct fake *fake, const char *target, const struct json *object)
{
    char *by_name = find_selector(target, "fieldSelector=metadata.name%3D");
    char *by_vpc = find_selector(target, "fieldSelector=spec.vpc%3D");
    char *by_label = find_selector(target, "labelSelector=nvo3.io%2Fvpc%3D");
    const char *name = json_string(json_util_path(object, "metadata", "name",
                                                  NULL));
    const struct json *vpc = json_util_path(object, "spec", "vpc", NULL);
    bool selected = ((!by_name || !strcmp(by_name, name))
                     && (!by_vpc || !strcmp(by_vpc, json_string(vpc)))
                     && (!by_label || (fake->label
                                       && !strcmp(by_label, fake->label))));

    free(by_name);
    free(by_vpc);
    free(by_label);
    return selected;
}

/* The kind that a list is of. */
static const struct resource_class *
find_kind(const char *target)
{
    for (int i = 0; i < RES_N_KINDS; i++) {
        const struct resource_class *class = resource_get_class(i);
        char *path = xasprintf("/%s?", class->plural);
        bool found = strstr(target, path) != NULL;

        free(path);
        if (found) {
            return class;
        }
    }
    OVS_NOT_REACHED();
}

static void
reply_list(const struct fake *fake, struct http_conn *conn, const char *target)
{
    struct ds body = DS_EMPTY_INITIALIZER;
    const char *separator = "";

    ds_put_format(&body, "{\"apiVersion\": \"%s\", \"kind\": \"%sList\", "
                  "\"metadata\": {\"resourceVersion\": \"1\"}, "
                  "\"items\": [", RESOURCE_API_VERSION,
                  find_kind(target)->kind);
    for (size_t i = 0; i < ARRAY_SIZE(objects); i++) {
        char *path = xasprintf("/%s?", objects[i][0]);
        struct json *object = json_from_string(objects[i][1]);

        if (fake->label) {
            struct json *labels = json_object_create();

            json_object_put_string(labels, "nvo3.io/vpc", fake->label);
            json_object_put(shash_find_data(json_object(object), "metadata"),
                            "labels", labels);
        }
        if (strstr(target, path) && selects(fake, target, object)) {
            char *text = json_to_string(object, 0);

            ds_put_format(&body, "%s%s", separator, text);
            separator = ", ";
            free(text);
        }
        json_destroy(object);
        free(path);
    }
    ds_put_cstr(&body, "]}");
    http_reply(conn, 200, ds_cstr(&body));
    ds_destroy(&body);
}

static void
handler(struct http_conn *conn, const struct http_request *req, void *fake_)
{
    struct fake *fake = fake_;

    if (strcmp(req->method, "GET")) {
        if (strstr(req->target, "/vpcs/")) {
            assert_string_equal(req->target,
                                RESOURCE_API_PATH "/vpcs/blue/status");
            assert_non_null(strstr(req->body, "\"status\":{\"vni\":5}"));
            fake->n_vpc_writes++;
        }
        http_reply(conn, 200, "{}");
    } else if (!fake->by_vpc && strstr(req->target, "spec.vpc")) {
        fake->n_lists++;
        http_reply(conn, 400, "{\"kind\": \"Status\", \"message\": "
                   "\"field label not supported: spec.vpc\"}");
    } else if (strstr(req->target, "watch=1")) {
        http_stream(conn);
    } else {
        fake->n_lists++;
        if (fake->policies_status
                   && strstr(req->target, "/vpcpolicies?")) {
            http_reply(conn, fake->policies_status, "{}");
        } else {
            reply_list(fake, conn, req->target);
        }
    }
}

static void
set(struct fake *fake, const char *key, const char *value)
{
    struct json *patch = json_object_create();
    struct json *settings;

    json_object_put_string(patch, key, value);
    settings = json_util_merge_patch(fake->settings, patch);
    json_destroy(patch);
    json_destroy(fake->settings);
    fake->settings = settings;
    fake_local_set(fake->agent->local, settings, NULL);
}

static void
start(struct fake *fake)
{
    static const struct rest_auth auth;
    struct json *ifaces = json_object_create();

    fake->server = http_server_create(handler, fake);
    fake->agent = turn_create("", &auth);
    fake->settings = json_object_create();
    set(fake, "system-id", "hv-1");
    set(fake, "nve-encap-ip", "192.0.2.1");
    set(fake, "nve-controller", http_server_url(fake->server));
    json_object_put(ifaces, "web-1", json_integer_create(1));
    fake_local_set(fake->agent->local, NULL, ifaces);
    json_destroy(ifaces);
}

static void
stop(struct fake *fake)
{
    turn_destroy(fake->agent);
    json_destroy(fake->settings);
    http_server_destroy(fake->server);
}

#define RUN_UNTIL(FAKE, COND)                                           \
    LOOP_UNTIL((FAKE)->server, COND, turn_run((FAKE)->agent),           \
               turn_wait((FAKE)->agent))

static const struct m_endpoint *
find_endpoint(const struct fake *fake, const char *name)
{
    struct entity *entity = entity_find(fake->agent->model, MODEL_ENDPOINT,
                                        name);

    return entity && entity->object ? M_CAST(m_endpoint, entity) : NULL;
}

/* web-1 is here, and the policy that nobody has labelled keeps it closed. */
static bool
is_enforced(const struct fake *fake)
{
    const struct m_endpoint *ep = find_endpoint(fake, "web-1");

    return (ep && ep->attached && m_endpoint_get_group(ep, POLICY_INGRESS)
            && find_endpoint(fake, "web-2"));
}

static bool
has_passed(long long int when)
{
    poll_timer_wait_until(when);
    return time_msec() >= when;
}

/* Nothing is listed for some time. */
static void
expect_rest(struct fake *fake)
{
    unsigned int n_lists = fake->n_lists;
    long long int end = time_msec() + 300;

    assert_true(n_lists < 20);
    RUN_UNTIL(fake, has_passed(end));
    assert_int_equal(fake->n_lists, n_lists);
    assert_true(is_enforced(fake));
}

static size_t
count_notes(const struct fake *fake)
{
    struct json *json = controller_status_json(fake->agent->controller);
    size_t n = json_array(json_util_get(json, "notes"))->n;

    json_destroy(json);
    return n;
}

static bool
has_alarm(const struct fake *fake, const char *message)
{
    struct json *json = alarms_to_json(fake->agent->alarms);
    char *text = json_to_string(json, 0);
    bool found = strstr(text, message) != NULL;

    free(text);
    json_destroy(json);
    return found;
}

static void
test_server_that_selects(void **state OVS_UNUSED)
{
    struct fake fake = { .by_vpc = true };

    start(&fake);
    RUN_UNTIL(&fake, is_enforced(&fake));
    expect_rest(&fake);
    assert_null(find_endpoint(&fake, "other"));
    assert_int_equal(count_notes(&fake), 0);
    stop(&fake);
}

/* The VNI of the VPC that has an endpoint here, once. */
static void
test_vni_in_use(void **state OVS_UNUSED)
{
    struct fake fake = { .by_vpc = true };

    start(&fake);
    RUN_UNTIL(&fake, fake.n_vpc_writes);
    expect_rest(&fake);
    assert_int_equal(fake.n_vpc_writes, 1);
    stop(&fake);
}

static void
test_server_that_does_not(void **state OVS_UNUSED)
{
    struct fake fake = { .by_vpc = false };

    start(&fake);
    RUN_UNTIL(&fake, is_enforced(&fake));
    expect_rest(&fake);
    assert_non_null(find_endpoint(&fake, "other"));
    assert_int_equal(count_notes(&fake), 1);
    stop(&fake);
}

/* Restarts the server, as another version that selects or does not.  Returns
 * when it is noticed; the policy is in force all the time. */
static void
replace_server(struct fake *fake, bool by_vpc)
{
    http_server_set_up(fake->server, false);
    RUN_UNTIL(fake, has_alarm(fake, "controller"));
    assert_true(is_enforced(fake));
    fake->by_vpc = by_vpc;
    http_server_set_up(fake->server, true);
    RUN_UNTIL(fake, (assert_true(is_enforced(fake)),
                     count_notes(fake) == !by_vpc
                     && !find_endpoint(fake, "other") == by_vpc));
}

static void
test_server_learns_and_forgets_to_select(void **state OVS_UNUSED)
{
    struct fake fake = { .by_vpc = false };

    start(&fake);
    RUN_UNTIL(&fake, is_enforced(&fake));
    RUN_UNTIL(&fake, count_notes(&fake) == 1);
    replace_server(&fake, true);
    replace_server(&fake, false);
    replace_server(&fake, false);
    replace_server(&fake, true);
    stop(&fake);
}

static void
test_label_of_another_vpc(void **state OVS_UNUSED)
{
    struct fake fake = { .by_vpc = true, .label = "red" };

    start(&fake);
    RUN_UNTIL(&fake, is_enforced(&fake));
    expect_rest(&fake);
    assert_true(has_alarm(&fake, "endpoint web-1"));
    assert_true(has_alarm(&fake, "vpcpolicy closed"));
    assert_true(has_alarm(&fake, "says red, and its spec.vpc blue"));
    stop(&fake);
}

/* Nothing fails open: a server that does not show its policies may have some
 * that close everything. */
static void
test_policies_that_cannot_be_read(void **state OVS_UNUSED)
{
    struct fake fake = { .by_vpc = true, .policies_status = 403 };

    start(&fake);
    RUN_UNTIL(&fake, has_alarm(&fake, "are not connected until they can"));
    assert_non_null(find_endpoint(&fake, "web-1"));
    assert_false(find_endpoint(&fake, "web-1")->attached);

    set(&fake, "nve-policy-unknown", "allow");
    RUN_UNTIL(&fake, find_endpoint(&fake, "web-1")->attached);
    RUN_UNTIL(&fake, has_alarm(&fake, "take everything"));
    assert_null(m_endpoint_get_group(find_endpoint(&fake, "web-1"),
                                     POLICY_INGRESS));

    set(&fake, "nve-policy-unknown", "deny");
    RUN_UNTIL(&fake, !find_endpoint(&fake, "web-1")->attached);

    fake.policies_status = 0;
    RUN_UNTIL(&fake, is_enforced(&fake));
    assert_false(has_alarm(&fake, "policies-unknown"));
    stop(&fake);
}

int
main(int argc OVS_UNUSED, char *argv[])
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_server_that_selects),
        cmocka_unit_test(test_vni_in_use),
        cmocka_unit_test(test_server_that_does_not),
        cmocka_unit_test(test_server_learns_and_forgets_to_select),
        cmocka_unit_test(test_label_of_another_vpc),
        cmocka_unit_test(test_policies_that_cannot_be_read),
    };
    char dir[] = "/tmp/interest-test-XXXXXX";
    int retval;

    set_program_name(argv[0]);
    scratch_dir_create(dir);
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    retval = cmocka_run_group_tests(tests, NULL, NULL);
    scratch_dir_remove(dir);
    return retval;
}
