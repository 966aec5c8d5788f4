/* geneve-tap's remotes as NVEs at a controller: which object counts, and when
 * something else is chosen. */

#include <config.h>

#include "utilities/geneve-tap/tap-peers.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "util.h"
#include "utilities/geneve-tap/tap.h"

static struct tap_option options[] = {
    { .key = { 0xff01, 0x81 }, .length = 4, .priority = 100 },
    { .key = { 0xff01, 0x02 }, .length = 4, .priority = 100 },
};
static struct tap_remote_config config = { .address = (char *) "192.0.2.1" };
static struct tap_remote remote;
static struct tap tap = {
    .config = { .options = { options, ARRAY_SIZE(options) } },
    .remotes = &remote,
    .n_remotes = 1,
};

static int
setup(void **state)
{
    static struct tap_peers peers;
    struct sockaddr_in *sin = (void *) &remote.address;

    remote.config = &config;
    sin->sin_family = AF_INET;
    assert_int_equal(inet_pton(AF_INET, "192.0.2.1", &sin->sin_addr), 1);
    tap_peers_init(&peers, &tap);
    *state = &peers;
    return 0;
}

static int
teardown(void **state)
{
    tap_peers_destroy(*state);
    return 0;
}

#define TABLE(ORDER, OPTIONS) \
    "{'order': '" ORDER "', 'options': [" OPTIONS "]}"
#define LABEL "{'class': '0xff01', 'type': '0x81', 'length': 4}"
#define KIND "{'class': '0xff01', 'type': '0x02', 'length': 4}"

/* An NVE with the remote's address; "'more'" are members of its spec. */
static void
update(struct tap_peers *peers, const char *name, const char *more,
       const char *status)
{
    char text[2000], *p;

    snprintf(text, sizeof text,
             "{'metadata': {'name': '%s', 'creationTimestamp': '%s'},"
             " 'spec': {'underlay': {'ips': ['2001:db8::1', '192.0.2.1']}%s}"
             "%s%s}", name, name, more, *status ? ", 'status': " : "",
             status);
    while ((p = strchr(text, '\''))) {
        *p = '"';
    }
    json_t *json = json_loads(text, 0, NULL);
    assert_non_null(json);
    tap_peers_update(peers, json);
    json_decref(json);
}

static void
advertise(struct tap_peers *peers, const char *name, const char *table)
{
    char status[1000];

    snprintf(status, sizeof status, "{'receive': %s}", table);
    update(peers, name, "", status);
}

/* What is chosen: "blocked", "same", or the numbers of the options. */
static void
check(struct tap_peers *peers, const char *wanted)
{
    struct tap_choice choice;
    char said[100] = "same";

    if (tap_peers_choose(peers, 0, &choice)) {
        strcpy(said, choice.blocked ? "blocked" : "");
        for (size_t i = 0; i < choice.n; i++) {
            snprintf(said + strlen(said), 10, "%d", choice.options[i]);
        }
    }
    assert_string_equal(said, wanted);
}

static void
test_changes(void **peers)
{
    check(*peers, "");
    check(*peers, "same");
    advertise(*peers, "a", TABLE("any", LABEL));
    check(*peers, "0");
    check(*peers, "same");
    advertise(*peers, "a", TABLE("strict", KIND "," LABEL));
    check(*peers, "10");
    advertise(*peers, "a", TABLE("strict", LABEL "," KIND));
    check(*peers, "01");
    /* Malformed: the last good one counts, until it is withdrawn. */
    advertise(*peers, "a", "5");
    check(*peers, "01");
    advertise(*peers, "a", "{}");
    check(*peers, "same");
    advertise(*peers, "a", "null");
    check(*peers, "");
    advertise(*peers, "a", "{}");
    check(*peers, "");
    update(*peers, "a", ", 'static': {'mode': 'replace', 'options': ["
           KIND "]}", "");
    check(*peers, "1");
    update(*peers, "a", ", 'transit': {'maxOptions': 1}",
           "{'receive': " TABLE("any", KIND "," LABEL) "}");
    check(*peers, "0");
}

static void
test_who_counts(void **peers)
{
    advertise(*peers, "b", TABLE("any", LABEL));
    check(*peers, "0");
    /* Older, then in use. */
    advertise(*peers, "a", TABLE("any", KIND));
    check(*peers, "1");
    update(*peers, "b", "", "{'underlay': {'ips': ['192.0.2.1']},"
           " 'receive': " TABLE("any", LABEL) "}");
    check(*peers, "0");
    /* Deleted: not for some time. */
    tap_peers_remove(*peers, "b", 100);
    tap_peers_expire(*peers, 109);
    check(*peers, "same");
    update(*peers, "b", "", "");
    check(*peers, "same");
    tap_peers_expire(*peers, 110);
    check(*peers, "1");
    /* Another address. */
    json_t *json = json_pack("{s{ss}s{}}", "metadata", "name", "a", "spec");
    tap_peers_update(*peers, json);
    json_decref(json);
    check(*peers, "");
}

static void
test_list(void **peers)
{
    advertise(*peers, "a", TABLE("any", KIND));
    advertise(*peers, "b", TABLE("any", LABEL));
    check(*peers, "1");
    tap_peers_start_list(*peers);
    advertise(*peers, "b", TABLE("any", LABEL));
    tap_peers_end_list(*peers, 100);
    check(*peers, "same");
    tap_peers_expire(*peers, 110);
    check(*peers, "0");
}

static void
test_required(void **peers)
{
    options[1].required = true;
    check(*peers, "blocked");
    advertise(*peers, "a", TABLE("any", LABEL));
    check(*peers, "blocked");
    advertise(*peers, "a", TABLE("any", KIND));
    check(*peers, "1");
    options[1].required = false;
    advertise(*peers, "a", TABLE("any", KIND ", {'class': '0xff01',"
                                 " 'type': '0x55', 'length': 0,"
                                 " 'required': true}"));
    check(*peers, "blocked");
}

static void
test_encapsulation(void **peers)
{
    advertise(*peers, "a", "{'options': [" LABEL "],"
              " 'encapsulation': 'geneve'}");
    check(*peers, "0");
    advertise(*peers, "a", "{'options': [], 'encapsulation': 'vxlan'}");
    check(*peers, "blocked");
    update(*peers, "a", "", "{'receive': {'encapsulation': 'vxlan'},"
           " 'alsoReceives': [" TABLE("any", KIND) "]}");
    check(*peers, "1");
    update(*peers, "a", ", 'static': {'mode': 'replace',"
           " 'encapsulation': 'vxlan'}",
           "{'receive': " TABLE("any", KIND) "}");
    check(*peers, "blocked");
    update(*peers, "a", ", 'static': {'mode': 'fallback',"
           " 'encapsulation': 'vxlan'}",
           "{'receive': " TABLE("any", KIND) "}");
    check(*peers, "1");
}

static int64_t
get_awaited(struct tap_peers *peers, const char *status)
{
    update(peers, "a", "", status);
    return tap_peers_get_awaited(&peers->peers[0]);
}

static void
test_awaited(void **peers)
{
    assert_int_equal(get_awaited(*peers, "{'receive': {'options': [],"
                                 " 'id': 3}}"), 0);
    assert_int_equal(get_awaited(*peers, "{'receive': {'options': [],"
                                 " 'id': 4}, 'withdrawing': {}}"), 4);
    assert_int_equal(get_awaited(*peers, "{'receive': {'id': 5},"
                                 " 'withdrawing': {}}"), 4);
    assert_int_equal(get_awaited(*peers, "{'receive': {'options': [],"
                                 " 'id': 6}, 'withdrawing': null}"), 0);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_changes),
        TEST(test_who_counts),
        TEST(test_list),
        TEST(test_required),
        TEST(test_encapsulation),
        TEST(test_awaited),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
