/* What servers say in answer to lists and watches: pages and events. */

#include <config.h>

#include "agent/controller/list-page.h"
#include "agent/controller/watch-event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "util.h"

#define VPCS                                                            \
    "\"apiVersion\": \"nvo3.io/v1alpha1\", \"kind\": \"VPCList\", "
#define ITEM_V1 "{\"apiVersion\": \"nvo3.io/v1\", \"metadata\": {}}"

static void
test_page(void **state OVS_UNUSED)
{
    static const char text[] =
        "{" VPCS
        "\"metadata\": {\"resourceVersion\": \"7\", \"continue\": \"c\"},"
        " \"items\": [{\"metadata\": {\"name\": \"a\"}}, {}, 5,"
        " {\"metadata\": {\"name\": \"b\"}}]}";
    struct list_page page;

    assert_null(list_page_parse(text, strlen(text), RES_VPC, &page));
    assert_string_equal(page.version, "7");
    assert_string_equal(page.next, "c");
    assert_int_equal(page.n_items, 2);
    assert_int_equal(page.n_nameless, 2);
    list_page_destroy(&page);
}

static void
test_last_page(void **state OVS_UNUSED)
{
    static const char *const texts[] = {
        "{" VPCS "\"metadata\": {\"resourceVersion\": \"7\"}, \"items\": []}",
        "{" VPCS
        "\"metadata\": {\"resourceVersion\": \"7\", \"continue\": \"\"},"
        " \"items\": null}",
    };

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct list_page page;

        assert_null(list_page_parse(texts[i], strlen(texts[i]), RES_VPC,
                                      &page));
        assert_null(page.next);
        assert_int_equal(page.n_items, 0);
        list_page_destroy(&page);
    }
}

static void
test_no_pages(void **state OVS_UNUSED)
{
    static const char *const texts[] = {
        "", "<html>", "[]", "5", "{}",
        "{" VPCS "\"metadata\": {\"resourceVersion\": \"7\"}}",
        "{" VPCS "\"metadata\": {\"resourceVersion\": \"7\"}, \"items\": {}}",
        "{" VPCS "\"metadata\": {\"resourceVersion\": 7}, \"items\": []}",
        "{" VPCS "\"metadata\": {\"resourceVersion\": \"7\"}, \"items\": [",
        "{\"kind\": \"VPCList\", \"metadata\": {\"resourceVersion\": \"7\"},"
        " \"items\": []}",
        "{\"apiVersion\": \"nvo3.io/v1alpha1\", \"kind\": \"NVEList\","
        " \"metadata\": {\"resourceVersion\": \"7\"}, \"items\": []}",
        "{" VPCS "\"metadata\": {\"resourceVersion\": \"7\"},"
        " \"items\": [" ITEM_V1 "]}",
    };

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct list_page page;
        char *error = list_page_parse(texts[i], strlen(texts[i]), RES_VPC,
                                      &page);

        if (!error) {
            fail_msg("%s: taken for a page", texts[i]);
        }
        free(error);
    }
}

static void
test_events(void **state OVS_UNUSED)
{
    static const struct {
        const char *text;
        enum watch_event_type type;
        int code;
    } cases[] = {
        { "{\"type\": \"ADDED\", \"object\": {\"metadata\":"
          " {\"name\": \"a\", \"resourceVersion\": \"8\"}}}",
          WATCH_EVENT_UPSERT, 0 },
        { "{\"type\": \"MODIFIED\", \"object\": {\"metadata\":"
          " {\"name\": \"a\", \"resourceVersion\": \"8\"}}}",
          WATCH_EVENT_UPSERT, 0 },
        { "{\"type\": \"DELETED\", \"object\": {\"metadata\":"
          " {\"name\": \"a\", \"resourceVersion\": \"8\"}}}",
          WATCH_EVENT_DELETE, 0 },
        { "{\"type\": \"BOOKMARK\", \"object\": {\"metadata\":"
          " {\"resourceVersion\": \"8\"}}}", WATCH_EVENT_BOOKMARK, 0 },
        { "{\"type\": \"ERROR\", \"object\": {\"code\": 410}}",
          WATCH_EVENT_ERROR, 410 },
        { "{\"type\": \"ERROR\", \"object\": {\"code\": 99999999999}}",
          WATCH_EVENT_ERROR, 0 },
        { "{\"type\": \"ERROR\"}", WATCH_EVENT_ERROR, 0 },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct watch_event event;

        assert_null(watch_event_parse(cases[i].text, strlen(cases[i].text),
                                      RES_VPC, &event));
        assert_int_equal(event.type, cases[i].type);
        if (event.type == WATCH_EVENT_ERROR) {
            assert_string_equal(event.message, "no message");
            assert_int_equal(event.code, cases[i].code);
        } else {
            assert_string_equal(event.version, "8");
            assert_true(!event.name || !strcmp(event.name, "a"));
        }
        watch_event_destroy(&event);
    }
}

/* Endpoints and NVEs that are plain have no tree, and of what is deleted there
 * is only the name. */
static void
test_events_without_tree(void **state OVS_UNUSED)
{
#define NVE "{\"apiVersion\":\"nvo3.io/v1alpha1\",\"kind\":\"NVE\"," \
            "\"metadata\":{\"name\":\"a\",\"resourceVersion\":\"8\"}," \
            "\"spec\":{}}"
    static const struct {
        const char *text;
        enum watch_event_type type;
    } cases[] = {
        { "{\"object\":" NVE ",\"type\":\"ADDED\"}", WATCH_EVENT_UPSERT },
        { "{\"type\": \"MODIFIED\", \"object\": " NVE " }",
          WATCH_EVENT_UPSERT },
        { "{\"object\":" NVE ",\"type\":\"DELETED\"}",
          WATCH_EVENT_DELETE },
        { "{\"type\":\"DELETED\",\"object\":" NVE "}",
          WATCH_EVENT_DELETE },
        { "{\"type\":\"DELETED\",\"object\":{\"metadata\":{\"name\":"
          "\"a\",\"resourceVersion\":\"8\"}}}", WATCH_EVENT_DELETE },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct watch_event event;

        assert_null(watch_event_parse(cases[i].text, strlen(cases[i].text),
                                      RES_NVE, &event));
        assert_null(event.json);
        assert_int_equal(event.type, cases[i].type);
        assert_string_equal(event.name, "a");
        assert_string_equal(event.version, "8");
        assert_true(!event.nve == (event.type == WATCH_EVENT_DELETE));
        watch_event_destroy(&event);
    }
#undef NVE
}

static void
test_no_events(void **state OVS_UNUSED)
{
    static const char *const texts[] = {
        "{", "[]", "{}", "{\"type\": \"added\"}", "{\"type\": 5}",
        "{\"type\": \"ADDED\"}", "{\"type\": \"DELETED\", \"object\": {}}",
        "{\"type\": \"MODIFIED\", \"object\": {\"metadata\": []}}",
        ("{\"type\": \"DELETED\", \"object\": {\"kind\": \"Pod\","
         " \"metadata\": {\"name\": \"a\"}}}"),
        "{\"type\": \"BOOKMARK\", \"object\": {\"kind\": \"Pod\"}}",
        ("{\"type\":\"DELETED\",\"object\":{\"kind\":\"Pod\",\"metadata\":"
         "{\"name\":\"a\",\"resourceVersion\":\"8\"}}}"),
        "{\"type\":\"DELETED\",\"object\":{\"metadata\":{}}}",
        "{\"type\":\"DELETED\",\"object\":{\"metadata\":{}}",
    };

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct watch_event event;
        char *error = watch_event_parse(texts[i], strlen(texts[i]),
                                        RES_VPC, &event);

        if (!error) {
            fail_msg("%s: taken for an event", texts[i]);
        }
        assert_memory_equal(error, "bad event: ", 11);
        free(error);
    }
}

/* The line ends where it is said to end, in what is told of it, too. */
static void
test_end_of_event(void **state OVS_UNUSED)
{
    static const char text[] = "{\"type\": 5}\nnext";
    struct watch_event event;
    char *error = watch_event_parse(text, strcspn(text, "\n"), RES_VPC,
                                    &event);

    assert_string_equal(error, "bad event: {\"type\": 5}");
    free(error);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_page),
        cmocka_unit_test(test_last_page),
        cmocka_unit_test(test_no_pages),
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_events_without_tree),
        cmocka_unit_test(test_no_events),
        cmocka_unit_test(test_end_of_event),
    };

    return cmocka_run_group_tests_name("list-watch", tests, NULL, NULL);
}
