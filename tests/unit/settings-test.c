/* The agent's settings. */

#include <config.h>

#include "agent/node/settings.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "smap.h"
#include "util.h"

static long long int now = 1000;

static void
parse_va(struct settings *settings, const struct settings *last, va_list args)
{
    struct smap smap = SMAP_INITIALIZER(&smap);
    const char *key;

    while ((key = va_arg(args, const char *))) {
        smap_add(&smap, key, va_arg(args, const char *));
    }
    settings_parse(settings, &smap, last, now);
    smap_destroy(&smap);
}

/* Parses a list of keys and values that ends with NULL. */
static void
parse(struct settings *settings, ...)
{
    va_list args;

    va_start(args, settings);
    parse_va(settings, NULL, args);
    va_end(args);
}

/* The same, for a change of '*settings'. */
static void
change(struct settings *settings, ...)
{
    struct settings new;
    va_list args;

    va_start(args, settings);
    parse_va(&new, settings, args);
    va_end(args);
    settings_destroy(settings);
    settings_move(settings, &new);
}

static void
test_defaults(void **state OVS_UNUSED)
{
    struct settings s;

    settings_parse(&s, NULL, NULL, now);
    assert_null(s.system_id);
    assert_null(s.controller);
    assert_null(s.receive_path);
    assert_string_equal(s.bridge, "br-int");
    assert_int_equal(s.n_encap_ips, 0);
    assert_int_equal(s.tunnel_mode, TUNNEL_PER_REMOTE);
    assert_int_equal(s.withdraw_grace, 30000);
    assert_true(s.mtu_request);
    assert_int_equal(s.bum_rate, 1000);
    assert_int_equal(s.ct_limit, 32768);
    assert_int_equal(s.nd_answers, ND_ANSWERS_AUTO);
    assert_int_equal(shash_count(&s.errors), 1);
    assert_non_null(shash_find(&s.errors, "system-id"));
    settings_destroy(&s);
}

static void
test_all_set(void **state OVS_UNUSED)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct settings s;

    parse(&s, "system-id", "hv-1.example", "nve-controller",
          "http://[2001:db8::1]:8080/x", "nve-encap-ip",
          " 192.0.2.1 , 2001:db8::1", "nve-bridge", "br-nvo",
          "nve-tunnel-mode", "shared", "nve-receive", "/etc/nve/receive.json",
          "nve-withdraw-grace", "0", "nve-mtu-request", "false",
          "nve-bum-rate", "0", "nve-ct-limit", "9", "other", "x", NULL);
    assert_int_equal(shash_count(&s.errors), 0);
    assert_string_equal(s.system_id, "hv-1.example");
    assert_string_equal(s.controller, "http://[2001:db8::1]:8080/x");
    assert_string_equal(s.bridge, "br-nvo");
    assert_string_equal(s.receive_path, "/etc/nve/receive.json");
    assert_int_equal(s.tunnel_mode, TUNNEL_SHARED);
    assert_int_equal(s.withdraw_grace, 0);
    assert_false(s.mtu_request);
    assert_int_equal(s.bum_rate, 0);
    assert_int_equal(s.ct_limit, 9);
    assert_string_equal(settings_tunnel_mode_to_string(s.tunnel_mode),
                        "shared");
    assert_int_equal(s.n_encap_ips, 2);
    for (size_t i = 0; i < s.n_encap_ips; i++) {
        ipv6_format_mapped(&s.encap_ips[i], &ds);
        ds_put_char(&ds, ' ');
    }
    assert_string_equal(ds_cstr(&ds), "192.0.2.1 2001:db8::1 ");
    ds_destroy(&ds);
    settings_destroy(&s);
}

/* Each of these is refused with a message that has the words given, and leaves
 * what other keys say in force. */
static void
test_wrong_values(void **state OVS_UNUSED)
{
    static const struct {
        const char *key, *value, *words;
    } bad[] = {
        { "system-id", "", "is not a valid object name" },
        { "system-id", "HV_1", "\"HV_1\" is not a valid object name" },
        { "system-id", "hv-1\n", "\"hv-1?\" is not a valid object name" },
        { "nve-controller", "", "is not an http://" },
        { "nve-controller", "ftp://h/", "is not an http://" },
        { "nve-controller", "HTTP", "is not an http://" },
        { "nve-controller", "http://", "has no host" },
        { "nve-controller", "https:///x", "has no host" },
        { "nve-controller", "http://:80", "has no host" },
        { "nve-controller", "http://a,", "is not an http://" },
        { "nve-controller", "http://a,https://", "has no host" },
        { "nve-controller", "https://a,file:///b", "is not an http://" },
        { "nve-controller", "http://h /", "space" },
        { "nve-controller", "http://h?x=1", "query" },
        { "nve-controller", "http://me:secret@h/", "user or password" },
        { "nve-controller", "file://x/y", "absolute path" },
        { "nve-controller", "file:/x", "is not an http://" },
        { "nve-encap-ip", "", "\"\" is not an IP address" },
        { "nve-encap-ip", "192.0.2", "\"192.0.2\" is not an IP address" },
        { "nve-encap-ip", "192.0.2.1,", "\"\" is not an IP address" },
        { "nve-encap-ip", "192.0.2.1,192.0.2.1", "twice" },
        { "nve-encap-ip", "192.0.2.1 192.0.2.2", "is not an IP address" },
        { "nve-encap-ip", "192.0.2.1/24", "is not an IP address" },
        { "nve-encap-ip", "0.0.0.0", "single host" },
        { "nve-encap-ip", "::", "single host" },
        { "nve-encap-ip", "224.0.0.1", "single host" },
        { "nve-encap-ip", "ff02::1", "single host" },
        { "nve-encap-ip", "fe80::1", "link-local" },
        { "nve-encap-ip", "::ffff:192.0.2.1", "IPv6 form" },
        { "nve-bridge", "", "is not a bridge name" },
        { "nve-bridge", "a/b", "is not a bridge name" },
        { "nve-bridge", "br int", "is not a bridge name" },
        { "nve-bridge", "br-0123456789abc", "is not a bridge name" },
        { "nve-tunnel-mode", "Shared", "is neither" },
        { "nve-ct-limit", "many", "is not a number of connections" },
        { "nve-ct-limit", "-1", "is not a number of connections" },
        { "nve-bum-rate", "fast", "is not a number of packets" },
        { "nve-bum-rate", "-1", "is not a number of packets" },
        { "nve-bum-rate", "10000001", "is not a number of packets" },
        { "nve-nd-answers", "nobody", "is neither flows nor agent" },
        { "nve-policy-unknown", "open", "is neither deny nor allow" },
        { "nve-withdraw-grace", "", "is not a number of milliseconds" },
        { "nve-withdraw-grace", "-1", "is not a number of milliseconds" },
        { "nve-withdraw-grace", "30s", "is not a number of milliseconds" },
        { "nve-withdraw-grace", "3600001", "is not a number of milliseconds" },
        { "nve-mtu-request", "", "is neither true nor false" },
        { "nve-mtu-request", "no", "\"no\" is neither true nor false" },
    };
    struct settings defaults;

    parse(&defaults, "system-id", "hv-1", NULL);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        bool is_id = !strcmp(bad[i].key, "system-id");
        const char *message;
        struct settings s;

        parse(&s, bad[i].key, bad[i].value, "x", "y",
              is_id ? NULL : "system-id", "hv-1", NULL);
        message = shash_find_data(&s.errors, bad[i].key);
        if (shash_count(&s.errors) != 1 || !message) {
            fail_msg("%s=\"%s\": %"PRIuSIZE" errors", bad[i].key,
                     bad[i].value, shash_count(&s.errors));
        }
        if (!strstr(message, bad[i].words) || strstr(message, "secret")) {
            fail_msg("%s=\"%s\": %s", bad[i].key, bad[i].value, message);
        }

        /* But for the error it is as if it had not been said. */
        free(shash_find_and_delete(&s.errors, bad[i].key));
        if (is_id) {
            assert_null(s.system_id);
        } else {
            assert_true(settings_equal(&s, &defaults));
        }
        settings_destroy(&s);
    }
    settings_destroy(&defaults);
}

/* What becomes wrong stays as it was; what goes, goes after a while. */
static void
test_last_good(void **state OVS_UNUSED)
{
    struct settings s, good;
    const char *message;

    parse(&s, "system-id", "hv-1", "nve-encap-ip", "192.0.2.1",
          "nve-bridge", "br-nvo", "nve-tunnel-mode", "shared",
          "nve-controller", "file:///x", "nve-withdraw-grace", "7", NULL);
    parse(&good, "system-id", "hv-1", "nve-encap-ip", "192.0.2.1",
          "nve-bridge", "br-nvo", "nve-tunnel-mode", "shared",
          "nve-controller", "file:///x", "nve-withdraw-grace", "7", NULL);
    for (int i = 0; i < 2; i++) {
        change(&s, "system-id", "HV", "nve-encap-ip", "192.0.2.1,x",
               "nve-bridge", "", "nve-tunnel-mode", "x", "nve-controller",
               "x", "nve-withdraw-grace", "x", NULL);
        assert_int_equal(shash_count(&s.errors), 6);
        message = shash_find_data(&s.errors, "nve-encap-ip");
        assert_string_equal(message, "\"x\" is not an IP address; "
                            "\"192.0.2.1\" stays in force");
    }
    shash_clear_free_data(&s.errors);
    assert_true(settings_equal(&s, &good));
    settings_destroy(&good);

    change(&s, "nve-tunnel-mode", "x", NULL);
    assert_non_null(s.system_id);
    now += SETTINGS_VANISHING;
    change(&s, "nve-tunnel-mode", "x", NULL);
    assert_null(s.system_id);
    assert_int_equal(s.n_encap_ips, 0);
    assert_null(s.controller);
    assert_string_equal(s.bridge, "br-int");
    assert_int_equal(s.tunnel_mode, TUNNEL_SHARED);

    /* What went is not brought back by what is wrong later. */
    change(&s, "system-id", "HV", "nve-encap-ip", "x", "nve-bridge", "",
           "nve-controller", "x", NULL);
    now += SETTINGS_VANISHING;
    change(&s, "system-id", "HV", "nve-encap-ip", "x", "nve-bridge", "",
           "nve-controller", "x", NULL);
    assert_null(s.system_id);
    assert_int_equal(s.n_encap_ips, 0);
    assert_null(s.controller);
    assert_string_equal(s.bridge, "br-int");
    assert_int_equal(s.tunnel_mode, TUNNEL_PER_REMOTE);
    settings_destroy(&s);
}

static void
assert_error(const struct settings *s, const char *key, const char *expected)
{
    const char *message = shash_find_data(&s->errors, key);

    assert_non_null(message);
    assert_string_equal(message, expected);
}

/* A setting that goes stays in force for a while, from the first time that it
 * is missed.  Another value counts at once. */
static void
test_vanishing(void **state OVS_UNUSED)
{
    struct settings s;
    long long int start = now;

    parse(&s, "system-id", "hv-1", "nve-encap-ip", "192.0.2.1",
          "nve-controller", "file:///x", "nve-receive", "/x", NULL);
    assert_true(settings_get_deadline(&s) == LLONG_MAX);
    change(&s, "system-id", "hv-1", NULL);
    assert_int_equal(s.n_encap_ips, 1);
    assert_non_null(s.controller);
    assert_null(s.receive_path);
    assert_error(&s, "nve-encap-ip",
                 "gone; \"192.0.2.1\" stays in force for 10 s");
    assert_int_equal(shash_count(&s.errors), 2);
    assert_true(settings_get_deadline(&s) == start + SETTINGS_VANISHING);

    /* It is not missed anew, and nobody else's key brings it back. */
    now = start + SETTINGS_VANISHING - 1;
    change(&s, "other", "x", NULL);
    assert_int_equal(s.n_encap_ips, 1);
    assert_error(&s, "system-id", "gone; \"hv-1\" stays in force for 10 s");

    now = start + SETTINGS_VANISHING;
    change(&s, "system-id", "hv-2", NULL);
    assert_string_equal(s.system_id, "hv-2");
    assert_int_equal(s.n_encap_ips, 0);
    assert_null(s.controller);
    assert_int_equal(shash_count(&s.errors), 0);
    assert_true(settings_get_deadline(&s) == LLONG_MAX);
    settings_destroy(&s);
}

/* What comes back in time has never been away. */
static void
test_back_in_time(void **state OVS_UNUSED)
{
    struct settings s, before;

    parse(&s, "system-id", "hv-1", "nve-encap-ip", "192.0.2.1", NULL);
    parse(&before, "system-id", "hv-1", "nve-encap-ip", "192.0.2.1", NULL);
    for (int i = 0; i < 3; i++) {
        change(&s, "system-id", "hv-1", NULL);
        now += SETTINGS_VANISHING - 1;
        change(&s, "system-id", "hv-1", "nve-encap-ip", "192.0.2.1", NULL);
        assert_true(settings_equal(&s, &before));
    }
    settings_destroy(&s);
    settings_destroy(&before);
}

static void
test_bridge_mappings(void **state OVS_UNUSED)
{
    static const struct {
        const char *value;
        const char *error;          /* NULL: it is right. */
    } cases[] = {
        { "physnet1:br-ex", NULL },
        { "physnet1:br-ex, Net_2.x:br-2", NULL },
        { "physnet1", "\"physnet1\" is not PHYSICAL-NETWORK:BRIDGE" },
        { "a:b,", "\"\" is not PHYSICAL-NETWORK:BRIDGE" },
        { ":br-ex", "\":br-ex\" does not begin with the name of a physical "
          "network (1 to 63 letters, digits, '-', '_' and '.')" },
        { "a b:br-ex", "\"a b:br-ex\" does not begin with the name of a "
          "physical network (1 to 63 letters, digits, '-', '_' and '.')" },
        { "a:", "\"a:\" does not end with the name of a bridge" },
        { "a:br/ex", "\"a:br/ex\" does not end with the name of a bridge" },
        { "a:b,a:c", "\"a:c\" has a physical network that is listed twice" },
        { "a:b,c:b", "\"c:b\" has a bridge that is listed twice" },
    };
    struct settings s;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *error;

        parse(&s, "nve-bridge-mappings", cases[i].value, NULL);
        error = shash_find_data(&s.errors, "nve-bridge-mappings");
        if (cases[i].error) {
            assert_string_equal(error, cases[i].error);
            assert_true(smap_is_empty(&s.bridge_mappings));
        } else {
            assert_null(error);
        }
        settings_destroy(&s);
    }

    /* What is wrong changes nothing. */
    parse(&s, "nve-bridge-mappings", "a:b,c:d", NULL);
    change(&s, "nve-bridge-mappings", "a:b,c", NULL);
    assert_string_equal(smap_get(&s.bridge_mappings, "a"), "b");
    assert_string_equal(smap_get(&s.bridge_mappings, "c"), "d");
    assert_non_null(shash_find(&s.errors, "nve-bridge-mappings"));
    settings_destroy(&s);
}

static void
test_equal(void **state OVS_UNUSED)
{
    static const char *keys[][2] = {
        { "system-id", "hv-2" },
        { "nve-controller", "file:///x" },
        { "nve-encap-ip", "192.0.2.2" },
        { "nve-encap-ip", "192.0.2.1,192.0.2.2" },
        { "nve-encap-ip", "x" },
        { "nve-bridge", "br-x" },
        { "nve-tunnel-mode", "shared" },
        { "nve-receive", "/x" },
        { "nve-withdraw-grace", "1000" },
        { "nve-mtu-request", "false" },
        { "nve-bum-rate", "50" },
        { "nve-nd-answers", "agent" },
        { "nve-policy-unknown", "allow" },
    };
    struct settings a;

    parse(&a, "nve-encap-ip", "192.0.2.1", NULL);
    assert_true(settings_equal(&a, &a));
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        bool is_ip = !strcmp(keys[i][0], "nve-encap-ip");
        struct settings b, c;

        parse(&b, keys[i][0], keys[i][1],
              is_ip ? NULL : "nve-encap-ip", "192.0.2.1", NULL);
        parse(&c, keys[i][0], keys[i][1],
              is_ip ? NULL : "nve-encap-ip", "192.0.2.1", NULL);
        assert_true(settings_equal(&b, &c));
        assert_false(settings_equal(&a, &b));
        settings_destroy(&b);
        settings_destroy(&c);
    }
    settings_destroy(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_all_set),
        cmocka_unit_test(test_wrong_values),
        cmocka_unit_test(test_last_good),
        cmocka_unit_test(test_vanishing),
        cmocka_unit_test(test_back_in_time),
        cmocka_unit_test(test_bridge_mappings),
        cmocka_unit_test(test_equal),
    };

    return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
