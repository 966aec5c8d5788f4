/* Configurations of tunnel ports and their names. */

#include <config.h>

#include "agent/node/tunnel-key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/encapsulation.h"
#include "lib/ip-address.h"
#include "packets.h"
#include "smap.h"
#include "sset.h"
#include "util.h"

static void
ip_from_string(const char *s, struct in6_addr *ip)
{
    memset(ip, 0, sizeof *ip);
    if (*s) {
        assert_true(ip_address_from_string(s, ip));
    }
}

static struct tunnel_key
make_key(const char *remote, const char *local, uint16_t udp_port)
{
    struct tunnel_key key;

    memset(&key, 0, sizeof key);
    ip_from_string(remote, &key.remote);
    ip_from_string(local, &key.local);
    key.udp_port = udp_port;
    return key;
}

static struct tunnel_key
make_vxlan_key(const char *remote, const char *local, uint16_t udp_port)
{
    struct tunnel_key key = make_key(remote, local, udp_port);

    key.encapsulation = encapsulation_find("vxlan");
    return key;
}

static const struct {
    const char *remote, *local;
    uint16_t udp_port;
} keys[] = {
    { "", "", 0 }, { "", "192.0.2.1", 0 }, { "", "", 7000 },
    { "192.0.2.2", "", 0 }, { "192.0.2.2", "192.0.2.1", 0 },
    { "192.0.2.2", "", 7000 }, { "192.0.2.3", "", 0 },
    { "2001:db8::2", "", 0 }, { "2001:db8::2", "2001:db8::1", 0 },
    { "2001:db8::3", "", 0 }, { "2001:db8::3", "", 7000 },
};

/* What is written is read as the same, and as nothing else. */
static void
test_round_trip(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        struct tunnel_key key = make_key(keys[i].remote, keys[i].local,
                                         keys[i].udp_port);
        struct tunnel_key back;
        struct smap options;

        tunnel_key_to_options(&key, &options);
        assert_string_equal(smap_get(&options, "key"), "flow");
        assert_string_equal(smap_get(&options, "csum"), "true");
        assert_true(tunnel_key_from_options("geneve", &options, &back));
        for (size_t j = 0; j < ARRAY_SIZE(keys); j++) {
            struct tunnel_key other = make_key(keys[j].remote, keys[j].local,
                                               keys[j].udp_port);

            assert_int_equal(tunnel_key_equals(&back, &other), i == j);
            assert_int_equal(tunnel_key_has_options(&other, &options), i == j);
            if (i == j) {
                assert_int_equal(tunnel_key_hash(&back),
                                 tunnel_key_hash(&other));
            }
        }
        smap_add(&options, "in_key", "5");
        assert_false(tunnel_key_has_options(&key, &options));
        smap_remove(&options, "in_key");
        assert_true(tunnel_key_from_options("vxlan", &options, &back));
        assert_false(tunnel_key_equals(&back, &key));
        assert_false(tunnel_key_from_options("gre", &options, &back));
        smap_destroy(&options);
    }
}

/* A port for another encapsulation is another one, with another name, and says
 * whether there is a UDP checksum. */
static void
test_vxlan(void **state OVS_UNUSED)
{
    static const struct {
        const char *remote, *local;
        uint16_t udp_port;
        const char *dst_port, *csum, *name;
    } ports[] = {
        { "192.0.2.2", "192.0.2.1", 0, NULL, "false", "vxl-c0000202" },
        { "192.0.2.2", "192.0.2.1", 4789, NULL, "false", "vxl-c0000202" },
        { "192.0.2.2", "", 0, NULL, "false", "vxl-c0000202" },
        { "", "", 0, NULL, "true", "vxl-flow" },
        { "", "192.0.2.1", 0, NULL, "false", "vxl-flow" },
        { "192.0.2.2", "", 6081, "6081", "false", NULL },
        { "192.0.2.2", "", 8472, "8472", "false", NULL },
        { "2001:db8::2", "2001:db8::1", 0, NULL, "true", NULL },
    };

    for (size_t i = 0; i < ARRAY_SIZE(ports); i++) {
        struct tunnel_key key = make_vxlan_key(
            ports[i].remote, ports[i].local, ports[i].udp_port);
        struct tunnel_key geneve = key, back;
        char name[TUNNEL_NAME_SIZE];
        struct smap options;

        geneve.encapsulation = NULL;
        assert_false(tunnel_key_equals(&key, &geneve));
        tunnel_key_to_options(&key, &options);
        assert_true(nullable_string_is_equal(smap_get(&options, "dst_port"),
                                             ports[i].dst_port));
        assert_string_equal(smap_get(&options, "csum"), ports[i].csum);
        assert_true(tunnel_key_from_options("vxlan", &options, &back));
        assert_true(tunnel_key_equals(&key, &back));
        assert_int_equal(tunnel_key_hash(&key), tunnel_key_hash(&back));
        tunnel_key_to_name(&key, 0, name);
        assert_memory_equal(name, "vxl-", 4);
        if (ports[i].name) {
            assert_string_equal(name, ports[i].name);
        }
        smap_destroy(&options);
    }
}

/* 6081 is the same whether it is said or not. */
static void
test_usual_port(void **state OVS_UNUSED)
{
    struct tunnel_key a = make_key("192.0.2.2", "", 0);
    struct tunnel_key b = make_key("192.0.2.2", "", 6081);
    struct smap options;

    assert_true(tunnel_key_equals(&a, &b));
    assert_int_equal(tunnel_key_hash(&a), tunnel_key_hash(&b));
    tunnel_key_to_options(&b, &options);
    assert_null(smap_get(&options, "dst_port"));
    smap_add(&options, "dst_port", "6081");
    assert_true(tunnel_key_from_options("geneve", &options, &b));
    assert_true(tunnel_key_equals(&a, &b));
    smap_destroy(&options);
}

/* Ports that only send are told from each other by their DSCP. */
static void
test_send_only(void **state OVS_UNUSED)
{
    struct tunnel_key a = make_key("", "192.0.2.1", 0);
    struct tunnel_key b, back;
    struct smap options;
    char name[TUNNEL_NAME_SIZE];

    a.send_only = true;
    a.dscp = 46;
    b = a;
    b.dscp = 0;
    assert_false(tunnel_key_equals(&a, &b));
    b.send_only = false;
    assert_false(tunnel_key_equals(&a, &b));
    tunnel_key_to_name(&a, 0, name);
    assert_string_equal(name, "gnv-q46");
    tunnel_key_to_options(&a, &options);
    assert_string_equal(smap_get(&options, "in_key"), "0x100012e");
    assert_string_equal(smap_get(&options, "tos"), "0xb8");
    assert_null(smap_get(&options, "key"));
    assert_true(tunnel_key_from_options("geneve", &options, &back));
    assert_true(tunnel_key_equals(&a, &back));
    assert_int_equal(tunnel_key_hash(&a), tunnel_key_hash(&back));

    /* A bridge of a further plan has the keys below. */
    smap_replace(&options, "in_key", "0x10000ff");
    assert_false(tunnel_key_from_options("geneve", &options, &back));
    smap_replace(&options, "in_key", "0x1000140");
    assert_false(tunnel_key_from_options("geneve", &options, &back));
    smap_destroy(&options);
}

/* Ports that cannot be in our way. */
static void
test_others(void **state OVS_UNUSED)
{
    static const char *others[][2] = {
        { "key", "5" }, { "key", "" }, { "in_key", "5" },
        { "remote_ip", "" }, { "remote_ip", "hv-2" }, { "local_ip", "flow" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        struct tunnel_key key = make_key("192.0.2.2", "", 0);
        struct smap options;

        tunnel_key_to_options(&key, &options);
        smap_remove(&options, others[i][0]);
        if (*others[i][1]) {
            smap_add(&options, others[i][0], others[i][1]);
        }
        assert_false(tunnel_key_from_options("geneve", &options, &key));
        smap_destroy(&options);
    }
}

static void
test_names(void **state OVS_UNUSED)
{
    struct sset names = SSET_INITIALIZER(&names);
    char name[TUNNEL_NAME_SIZE];
    struct tunnel_key key;

    key = make_key("", "", 0);
    tunnel_key_to_name(&key, 0, name);
    assert_string_equal(name, "gnv-flow");
    key = make_key("192.0.2.2", "192.0.2.1", 0);
    tunnel_key_to_name(&key, 0, name);
    assert_string_equal(name, "gnv-c0000202");

    /* These must never change: a new version finds the ports of an old. */
    key = make_key("2001:db8::2", "", 0);
    tunnel_key_to_name(&key, 0, name);
    assert_string_equal(name, "gnv-f95af835e79");

    /* All differ, whatever the attempt; but for 'local' at the first. */
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        key = make_key(keys[i].remote, keys[i].local, keys[i].udp_port);
        for (unsigned int attempt = 0; attempt < 3; attempt++) {
            tunnel_key_to_name(&key, attempt, name);
            assert_true(strlen(name) < TUNNEL_NAME_SIZE);
            if (attempt || !*keys[i].local) {
                assert_non_null(sset_add(&names, name));
            }
        }
    }
    sset_destroy(&names);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_vxlan),
        cmocka_unit_test(test_usual_port),
        cmocka_unit_test(test_others),
        cmocka_unit_test(test_send_only),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests_name("tunnel-key", tests, NULL, NULL);
}
