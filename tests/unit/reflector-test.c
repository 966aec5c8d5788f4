/* List and watch against a scripted server. */

#include <config.h>

#include "agent/controller/reflector.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/controller/objects.h"
#include "agent/controller/rest.h"
#include "agent/controller/retry.h"
#include "lib/json-util.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "openvswitch/vlog.h"
#include "tests/unit/http-server.h"
#include "util.h"

/* One request that is expected, and what is sent for it. */
struct step {
    const char *expect;             /* Part of the target. */
    int status;                     /* 200 with 'stream': open end. */
    const char *body;               /* Of a list; or the bytes of a stream. */
    enum { REPLY, STREAM_HOLD, STREAM_CLOSE, STREAM_RESET } how;
};

struct fixture {
    struct http_server *server;
    struct rest *rest;
    struct objects *objects;
    struct objects_scope *scope;
    struct reflector *reflector;
    const struct step *steps;
    size_t n_steps;
    size_t pos;                     /* Requests that came. */
    size_t split;                   /* Where streams are cut, if > 0. */
};

static void
handler(struct http_conn *conn, const struct http_request *req, void *f_)
{
    struct fixture *f = f_;
    const struct step *step = &f->steps[f->pos];

    if (f->pos >= f->n_steps) {
        fail_msg("unexpected request %s", req->target);
    }
    if (!strstr(req->target, step->expect)) {
        fail_msg("request %"PRIuSIZE" is %s, not %s", f->pos, req->target,
                 step->expect);
    }
    f->pos++;
    if (step->how == REPLY) {
        http_reply(conn, step->status, step->body);
        return;
    }
    http_stream(conn);
    size_t split = MIN(f->split, strlen(step->body));
    http_send(conn, step->body, split);
    http_send(conn, step->body + split, strlen(step->body) - split);
    if (step->how == STREAM_CLOSE) {
        http_close(conn);
    } else if (step->how == STREAM_RESET) {
        http_reset(conn);
    }
}

static const struct reflector_tuning tuning = {
    .idle_ms = 10000,
    .list_idle_ms = 10000,
    .whole_ms = 10000,
    .doubt_ms = 20,
    .page_limit = 100,
    .max_page = 4096,
    .max_event = 1024,
};

static void
fixture_start(struct fixture *f, const struct step *steps, size_t n,
              const char *label_selector,
              const struct reflector_tuning *t)
{
    memset(f, 0, sizeof *f);
    f->steps = steps;
    f->n_steps = n;
    f->server = http_server_create(handler, f);
    f->rest = rest_create(NULL);
    f->objects = objects_create();
    f->scope = objects_scope_create(f->objects, RES_VPC);
    f->reflector = reflector_create(f->rest, f->scope, RES_VPC,
                                    http_server_url(f->server),
                                    label_selector, NULL, t ? t : &tuning);
}

static void
fixture_stop(struct fixture *f)
{
    reflector_destroy(f->reflector);
    objects_scope_destroy(f->scope);
    objects_destroy(f->objects);
    rest_destroy(f->rest);
    http_server_destroy(f->server);
}

#define RUN_UNTIL(F, COND)                                              \
    LOOP_UNTIL((F)->server, COND,                                       \
               (rest_run((F)->rest), reflector_run((F)->reflector)),    \
               (rest_wait((F)->rest), reflector_wait((F)->reflector)))

/* Checks "NAME=VNI NAME=VNI", the VPCs in the cache; '?' is an absent one. */
static bool
has(const struct fixture *f, const char *expected)
{
    char *copy = xstrdup(expected);
    char *save_ptr = NULL;
    bool ok = true;

    for (char *s = strtok_r(copy, " ", &save_ptr); s && ok;
         s = strtok_r(NULL, " ", &save_ptr)) {
        char *vni = strchr(s, '=');

        *vni++ = '\0';
        const struct object *o = objects_get(f->objects, RES_VPC, s);
        ok = (*vni == '?' ? !o
              : o && o->vpc && o->vpc->vni == (uint32_t) atoi(vni));
    }
    free(copy);
    return ok;
}

#define V(NAME, VNI, RV)                                                \
    "{\"metadata\": {\"name\": \"" NAME "\", \"resourceVersion\": \""   \
    RV "\"}, \"spec\": {\"vni\": " VNI "}}"
#define VPC_LIST                                                        \
    "\"apiVersion\": \"nvo3.io/v1alpha1\", \"kind\": \"VPCList\""
#define LIST(RV, CONTINUE, ITEMS)                                       \
    "{" VPC_LIST ", \"metadata\": {\"resourceVersion\": \"" RV         \
    "\", \"continue\": \"" CONTINUE "\"}, \"items\": [" ITEMS "]}"
#define EVENT(TYPE, OBJECT)                                             \
    "{\"type\": \"" TYPE "\", \"object\": " OBJECT "}\n"
#define BOOKMARK(RV)                                                    \
    EVENT("BOOKMARK", "{\"metadata\": {\"resourceVersion\": \"" RV "\"}}")
#define GONE                                                            \
    "{\"kind\": \"Status\", \"code\": 410, \"message\": \"too old\"}"

/* Runs 'steps' until all requests came and 'expected' holds. */
#define RUN_STEPS(F, EXPECTED) \
    RUN_UNTIL(F, (F)->pos == (F)->n_steps && has(F, EXPECTED))

static void
test_list_and_watch(void **state OVS_UNUSED)
{
    static const struct step steps[] = {
        { "/apis/nvo3.io/v1alpha1/vpcs?limit=100", 200,
          LIST("10", "a&b", V("a", "1001", "3") "," V("b", "1002", "4")),
          REPLY },
        { "limit=100&continue=a%26b", 200,
          LIST("10", "", V("c", "1003", "5")), REPLY },
        { "watch=1&allowWatchBookmarks=1&timeoutSeconds=", 200,
          EVENT("MODIFIED", V("a", "2001", "11"))
          EVENT("DELETED", V("b", "1002", "12")) "\n"
          EVENT("ADDED", V("d", "1004", "13")), STREAM_HOLD },
    };
    struct fixture f;

    fixture_start(&f, steps, ARRAY_SIZE(steps), NULL, NULL);
    assert_false(reflector_is_synced(f.reflector));
    RUN_UNTIL(&f, reflector_is_synced(f.reflector));
    assert_true(has(&f, "a=1001 b=1002 c=1003"));
    RUN_STEPS(&f, "a=2001 b=? c=1003 d=1004");
    assert_int_equal(reflector_get_state(f.reflector), REFLECTOR_WATCHING);
    assert_null(reflector_get_error(f.reflector));
    fixture_stop(&f);
}

/* The stream may be cut anywhere. */
static void
test_cut_anywhere(void **state OVS_UNUSED)
{
    static const struct step steps[] = {
        { "limit=100", 200, LIST("10", "", ""), REPLY },
        { "resourceVersion=10", 200,
          EVENT("ADDED", V("a", "1001", "11"))
          EVENT("ADDED", V("b", "1002", "12")), STREAM_HOLD },
    };
    size_t n = strlen(steps[1].body);

    for (size_t split = 0; split < n; split += 7) {
        struct fixture f;

        fixture_start(&f, steps, ARRAY_SIZE(steps), NULL, NULL);
        f.split = split;
        RUN_STEPS(&f, "a=1001 b=1002");
        fixture_stop(&f);
    }
}

static void
test_selectors(void **state OVS_UNUSED)
{
    static const struct step steps[] = {
        { "vpcs?labelSelector=nvo3.io%2Fvpc%3Dx&limit=100", 200,
          LIST("10", "", ""), REPLY },
        { "vpcs?labelSelector=nvo3.io%2Fvpc%3Dx&watch=1", 200, "",
          STREAM_HOLD },
    };
    struct fixture f;

    fixture_start(&f, steps, ARRAY_SIZE(steps), "nvo3.io/vpc=x", NULL);
    RUN_STEPS(&f, "");
    fixture_stop(&f);
}

/* A broken watch goes on where it was, without a list. */
static void
test_resume(void **state OVS_UNUSED)
{
    static const struct step steps[] = {
        { "limit=100", 200, LIST("10", "", V("a", "1001", "3")), REPLY },
        { "resourceVersion=10", 200, EVENT("ADDED", V("b", "1002", "11")),
          STREAM_RESET },
        { "resourceVersion=11", 200, BOOKMARK("20"), STREAM_CLOSE },
        { "resourceVersion=20", 503, "{}", REPLY },
        { "resourceVersion=20", 200, "{\"type\": \"ADDED\", \"ob",
          STREAM_CLOSE },
        { "resourceVersion=20", 200, EVENT("ADDED", V("c", "1003", "21")),
          STREAM_HOLD },
    };
    struct fixture f;

    fixture_start(&f, steps, ARRAY_SIZE(steps), NULL, NULL);
    RUN_STEPS(&f, "a=1001 b=1002 c=1003");
    assert_null(reflector_get_error(f.reflector));
    fixture_stop(&f);
}

static void
test_server_away(void **state OVS_UNUSED)
{
    static const struct step steps[] = {
        { "limit=100", 200, LIST("10", "", V("a", "1001", "3")), REPLY },
        { "resourceVersion=10", 200, EVENT("ADDED", V("b", "1002", "12")),
          STREAM_HOLD },
        { "resourceVersion=12", 200, EVENT("ADDED", V("c", "1003", "13")),
          STREAM_HOLD },
    };
    struct fixture f;

    fixture_start(&f, steps, ARRAY_SIZE(steps), NULL, NULL);
    RUN_UNTIL(&f, has(&f, "b=1002"));
    http_server_set_up(f.server, false);
    RUN_UNTIL(&f, reflector_get_state(f.reflector) == REFLECTOR_BACKOFF);
    assert_non_null(reflector_get_error(f.reflector));
    assert_true(has(&f, "a=1001"));
    assert_true(reflector_is_synced(f.reflector));
    http_server_set_up(f.server, true);
    RUN_STEPS(&f, "a=1001 b=1002 c=1003");
    fixture_stop(&f);
}

/* 410, as a status and as an event: a new list, which also deletes. */
static void
test_gone(void **state OVS_UNUSED)
{
    static const struct step steps[] = {
        { "limit=100", 200,
          LIST("10", "", V("a", "1001", "3") "," V("b", "1002", "4")),
          REPLY },
        { "resourceVersion=10", 410, GONE, REPLY },
        { "limit=100", 200, LIST("20", "", V("b", "2002", "15")), REPLY },
        { "resourceVersion=20", 200, EVENT("ERROR", GONE), STREAM_HOLD },
        { "limit=100", 200, LIST("30", "", V("c", "1003", "25")), REPLY },
        { "resourceVersion=30", 200, "", STREAM_HOLD },
    };
    struct fixture f;

    fixture_start(&f, steps, ARRAY_SIZE(steps), NULL, NULL);
    RUN_STEPS(&f, "a=? b=? c=1003");
    fixture_stop(&f);
}

/* An ERROR event that is not 410 does not need a list. */
static void
test_error_event(void **state OVS_UNUSED)
{
    static const struct step steps[] = {
        { "limit=100", 200, LIST("10", "", ""), REPLY },
        { "resourceVersion=10", 200,
          EVENT("ERROR", "{\"code\": 500, \"message\": \"oops\"}"),
          STREAM_HOLD },
        { "resourceVersion=10", 200, EVENT("ADDED", V("a", "1001", "11")),
          STREAM_HOLD },
    };
    struct fixture f;

    fixture_start(&f, steps, ARRAY_SIZE(steps), NULL, NULL);
    RUN_STEPS(&f, "a=1001");
    fixture_stop(&f);
}

/* A list that is cut short, or what is no list, deletes nothing. */
static void
test_bad_lists(void **state OVS_UNUSED)
{
    static const struct step bad[] = {
        { "limit=100", 500, "no JSON", REPLY },
        { "limit=100", 200, "", REPLY },
        { "limit=100", 200, "{}", REPLY },
        { "limit=100", 200, "[]", REPLY },
        { "limit=100", 200, "{" VPC_LIST ", \"items\": []}", REPLY },
        { "limit=100", 200,
          "{" VPC_LIST ", \"metadata\": {\"resourceVersion\": \"1\"}}",
          REPLY },
        { "limit=100", 200,
          "{" VPC_LIST ", \"metadata\": {\"resourceVersion\": \"1\"}, "
          "\"items\": {}}", REPLY },
        { "limit=100", 200, "{\"apiVersion\": \"v1\", "
          "\"kind\": \"PodList\", \"metadata\": {\"resourceVersion\": "
          "\"1\"}, \"items\": []}", REPLY },
        { "limit=100", 200, "{\"apiVersion\": \"nvo3.io/v2\", "
          "\"kind\": \"VPCList\", \"metadata\": {\"resourceVersion\": "
          "\"1\"}, \"items\": []}", REPLY },
        { "limit=100", 200, LIST("1", "", "{\"kind\": \"NVE\", "
          "\"metadata\": {\"name\": \"x\"}}"), REPLY },
        { "limit=100", 302, "", REPLY },
        { "limit=100", 401, "{}", REPLY },
    };

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct step steps[] = {
            { "limit=100", 200,
              LIST("10", "", V("a", "1001", "3") "," V("b", "1002", "4")),
              REPLY },
            { "resourceVersion=10", 410, GONE, REPLY },
            { "limit=100", 200, LIST("20", "x", V("a", "2001", "15")),
              REPLY },
            { "continue=x", 410, GONE, REPLY },
            bad[i],
        };
        struct fixture f;

        fixture_start(&f, steps, ARRAY_SIZE(steps), NULL, NULL);
        RUN_UNTIL(&f, (f.pos == f.n_steps && (reflector_get_state(f.reflector)
                                              == REFLECTOR_BACKOFF)));
        assert_non_null(reflector_get_error(f.reflector));
        assert_true(has(&f, "a=2001 b=1002"));
        fixture_stop(&f);
    }
}

/* A list that would delete everything is believed when it comes again. */
static void
test_empty_list(void **state OVS_UNUSED)
{
    static const char empty[] = "{" VPC_LIST ", \"metadata\": "
        "{\"resourceVersion\": \"20\"}, \"items\": null}";
    static const struct step steps[] = {
        { "limit=100", 200,
          LIST("10", "", V("a", "1001", "3") "," V("b", "1002", "4")),
          REPLY },
        { "resourceVersion=10", 410, GONE, REPLY },
        { "limit=100", 200, empty, REPLY },
        { "limit=100", 200, LIST("21", "", V("b", "1002", "4")), REPLY },
        { "resourceVersion=21", 410, GONE, REPLY },
        { "limit=100", 200, empty, REPLY },
        { "limit=100", 200, "<html>", REPLY },
        { "limit=100", 200, empty, REPLY },
        { "resourceVersion=20", 200, "", STREAM_HOLD },
    };
    struct fixture f;

    fixture_start(&f, steps, ARRAY_SIZE(steps), NULL, NULL);
    RUN_UNTIL(&f, reflector_get_state(f.reflector) == REFLECTOR_DOUBTING);
    assert_true(has(&f, "a=1001 b=1002"));
    assert_non_null(strstr(reflector_get_error(f.reflector), "said so again"));
    RUN_UNTIL(&f, has(&f, "a=?"));
    assert_true(has(&f, "b=1002"));
    RUN_UNTIL(&f, reflector_get_state(f.reflector) == REFLECTOR_DOUBTING);
    assert_true(has(&f, "b=1002"));
    RUN_UNTIL(&f, f.pos == 7);
    assert_true(has(&f, "b=1002"));
    RUN_STEPS(&f, "b=?");
    assert_null(reflector_get_error(f.reflector));
    fixture_stop(&f);
}

/* What was lost with an event that makes no sense is fetched again. */
static void
test_bad_events(void **state OVS_UNUSED)
{
    static const struct step steps[] = {
        { "limit=100", 200, LIST("10", "", ""), REPLY },
        { "resourceVersion=10", 200, "{\"type\": \"ADDED\", {}}\n",
          STREAM_HOLD },
        { "limit=100", 200, LIST("20", "", V("a", "1001", "11")), REPLY },
        { "resourceVersion=20", 200,
          EVENT("ADDED", "{\"metadata\": {}, \"spec\": {}}"), STREAM_HOLD },
        { "limit=100", 200, LIST("30", "", V("a", "1001", "11")), REPLY },
        { "resourceVersion=30", 200, EVENT("NONSENSE", V("x", "1", "1")),
          STREAM_HOLD },
        { "limit=100", 200, LIST("40", "", V("b", "1002", "31")), REPLY },
        { "resourceVersion=40", 200, EVENT("ADDED", "{\"kind\": \"NVE\", "
          "\"metadata\": {\"name\": \"x\"}}"), STREAM_HOLD },
        { "limit=100", 200, LIST("50", "", V("b", "1003", "41")), REPLY },
        { "resourceVersion=50", 200, "", STREAM_HOLD },
    };
    struct fixture f;

    fixture_start(&f, steps, ARRAY_SIZE(steps), NULL, NULL);
    RUN_STEPS(&f, "a=? b=1003 x=?");
    fixture_stop(&f);
}

/* An object that is wrong by itself is the cache's affair; the others, and
 * the watch, go on. */
static void
test_bad_objects(void **state OVS_UNUSED)
{
    static const struct step steps[] = {
        { "limit=100", 200,
          LIST("10", "", V("a", "0", "3") ", 5, null, {\"metadata\": {}},"
               V("b", "1002", "4")), REPLY },
        { "resourceVersion=10", 200, EVENT("MODIFIED", V("b", "0", "5"))
          EVENT("ADDED", V("c", "1003", "6")), STREAM_HOLD },
    };
    struct fixture f;

    fixture_start(&f, steps, ARRAY_SIZE(steps), NULL, NULL);
    RUN_STEPS(&f, "b=1002 c=1003");
    assert_non_null(object_get_refused(objects_get(f.objects, RES_VPC, "a")));
    fixture_stop(&f);
}

static void
test_long_event(void **state OVS_UNUSED)
{
    struct ds event = DS_EMPTY_INITIALIZER;
    struct fixture f;

    ds_put_cstr(&event, "{\"type\": \"ADDED\", \"object\": {\"x\": \"");
    ds_put_char_multiple(&event, 'x', 2000);
    ds_put_cstr(&event, "\"}}\n");
    struct step steps[] = {
        { "limit=100", 200, LIST("10", "", ""), REPLY },
        { "resourceVersion=10", 200, ds_cstr(&event), STREAM_HOLD },
        { "limit=100", 200, LIST("20", "", V("a", "1001", "11")), REPLY },
        { "resourceVersion=20", 200, "", STREAM_HOLD },
    };
    fixture_start(&f, steps, ARRAY_SIZE(steps), NULL, NULL);
    RUN_STEPS(&f, "a=1001");
    fixture_stop(&f);
    ds_destroy(&event);
}

static void
test_large_pages(void **state OVS_UNUSED)
{
    struct ds page = DS_EMPTY_INITIALIZER;
    struct fixture f;

    ds_put_char_multiple(&page, ' ', 5000);
    struct step steps[] = {
        { "limit=100", 200, ds_cstr(&page), REPLY },
        { "limit=12", 200, LIST("10", "x", V("a", "1001", "1")), REPLY },
        { "limit=12&continue=x", 200, LIST("10", "", V("b", "1002", "2")),
          REPLY },
        { "resourceVersion=10", 200, "", STREAM_HOLD },
    };
    fixture_start(&f, steps, ARRAY_SIZE(steps), NULL, NULL);
    RUN_STEPS(&f, "a=1001 b=1002");
    fixture_stop(&f);
    ds_destroy(&page);
}

/* A watch that is silent is opened again. */
static void
test_silence(void **state OVS_UNUSED)
{
    static const struct reflector_tuning impatient = {
        .idle_ms = 100, .list_idle_ms = 10000, .whole_ms = 10000,
        .page_limit = 100, .max_page = 4096, .max_event = 1024,
    };
    static const struct step steps[] = {
        { "limit=100", 200, LIST("10", "", ""), REPLY },
        { "resourceVersion=10", 200, "", STREAM_HOLD },
        { "resourceVersion=10", 200, EVENT("ADDED", V("a", "1001", "11")),
          STREAM_HOLD },
        { "resourceVersion=11", 200, BOOKMARK("12"), STREAM_HOLD },
    };
    struct fixture f;

    fixture_start(&f, steps, ARRAY_SIZE(steps), NULL, &impatient);
    RUN_STEPS(&f, "a=1001");
    fixture_stop(&f);
}

/* A version that the server never likes ends in a list. */
static void
test_refused_watches(void **state OVS_UNUSED)
{
    static const struct step steps[] = {
        { "limit=100", 200, LIST("10", "", ""), REPLY },
        { "resourceVersion=10", 504, "{}", REPLY },
        { "resourceVersion=10", 200, "", STREAM_CLOSE },
        { "resourceVersion=10", 500, "{}", REPLY },
        { "limit=100", 200, LIST("20", "", V("a", "1001", "11")), REPLY },
        { "resourceVersion=20", 400, "{}", REPLY },
        { "limit=100", 200, LIST("30", "", V("b", "1002", "11")), REPLY },
        { "resourceVersion=30", 200, "", STREAM_HOLD },
    };
    struct fixture f;

    fixture_start(&f, steps, ARRAY_SIZE(steps), NULL, NULL);
    RUN_STEPS(&f, "a=? b=1002");
    fixture_stop(&f);
}

/* The waits double, up to a limit, and no two agents wait the same. */
static void
test_waits(void **state OVS_UNUSED)
{
    struct retry retry = { 0 };
    long long int max = 100;
    bool differ = false;

    for (int i = 0; i < 40; i++) {
        long long int delay = retry_failed(&retry, 0);

        assert_true(delay >= max / 2 && delay <= max);
        differ |= delay != max / 2;
        max = MIN(2 * max, 30000);
    }
    assert_true(differ);
    retry_reset(&retry);
    assert_true(retry_failed(&retry, 0) <= 100);
    differ = false;
    for (int i = 0; i < 40; i++) {
        long long int delay;

        retry_reset(&retry);
        delay = retry_failed(&retry, 5);
        assert_true(delay >= 5000 && delay <= 6250);
        differ |= delay != 5000;
    }
    assert_true(differ);
    assert_int_equal(retry_failed(&retry, 86400), 30000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list_and_watch),
        cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_selectors),
        cmocka_unit_test(test_resume),
        cmocka_unit_test(test_server_away),
        cmocka_unit_test(test_gone),
        cmocka_unit_test(test_error_event),
        cmocka_unit_test(test_bad_lists),
        cmocka_unit_test(test_empty_list),
        cmocka_unit_test(test_bad_events),
        cmocka_unit_test(test_bad_objects),
        cmocka_unit_test(test_long_event),
        cmocka_unit_test(test_large_pages),
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_refused_watches),
        cmocka_unit_test(test_waits),
    };

    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    return cmocka_run_group_tests_name("reflector", tests, NULL, NULL);
}
