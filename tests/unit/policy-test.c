/* Policies to clauses: compared with what VPCPolicy says, packet by packet. */

#include <config.h>

#include "lib/policy.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/ip-address.h"
#include "lib/label-selector.h"
#include "lib/resource.h"
#include "openvswitch/json.h"
#include "random.h"
#include "smap.h"
#include "tests/unit/resource-check.h"
#include "util.h"

/* The masks are just the ports from 'first' to 'last': each is a block that
 * starts where the one before it ended. */
static void
check_range(unsigned int first, unsigned int last)
{
    struct policy_port_mask masks[POLICY_MAX_MASKS];
    size_t n = policy_port_masks(first, last, masks);
    unsigned int at = first;

    for (size_t i = 0; i < n; i++) {
        unsigned int size = 0x10000 - masks[i].mask;

        assert_int_equal(masks[i].port, at);
        assert_true(is_pow2(size));
        assert_int_equal(masks[i].port & (size - 1), 0);
        at += size;
    }
    assert_int_equal(at, last + 1);
}

static void
test_ranges(void **state OVS_UNUSED)
{
    struct policy_port_mask masks[POLICY_MAX_MASKS];

    for (unsigned int first = 0; first < 1100; first++) {
        for (unsigned int last = first; last < 1100; last++) {
            check_range(first, last);
            check_range(0xffff - last, 0xffff - first);
        }
    }
    for (int i = 0; i < 100000; i++) {
        unsigned int a = random_uint16();
        unsigned int b = random_uint16();

        check_range(MIN(a, b), MAX(a, b));
    }

    /* The most that there can be, and the fewest. */
    assert_int_equal(policy_port_masks(1, 65534, masks), POLICY_MAX_MASKS);
    assert_int_equal(policy_port_masks(0, 65535, masks), 1);
    assert_int_equal(masks[0].mask, 0);
    assert_int_equal(policy_port_masks(80, 80, masks), 1);
    assert_int_equal(masks[0].mask, 0xffff);
    assert_int_equal(policy_port_masks(8000, 8999, masks), 6);
}

static struct vpc_policy *
policy(const char *spec)
{
    char *s = xasprintf("'vpc': 'red', %s", spec);
    struct vpc_policy *p = parse_good(RES_VPC_POLICY, s, "", NULL);

    free(s);
    return p;
}

#define MAX_SOURCES 12
struct sources {
    struct smap labels[MAX_SOURCES];
    struct policy_source sources[MAX_SOURCES];
    size_t n;
};

static void
sources_add(struct sources *s, uint32_t number, const char *role,
            const char *tier)
{
    struct smap *labels = &s->labels[s->n];

    smap_init(labels);
    if (role) {
        smap_add(labels, "role", role);
    }
    if (tier) {
        smap_add(labels, "tier", tier);
    }
    s->sources[s->n].number = number;
    s->sources[s->n++].labels = labels;
}

static void
sources_destroy(struct sources *s)
{
    for (size_t i = 0; i < s->n; i++) {
        smap_destroy(&s->labels[i]);
    }
}

struct packet {
    uint32_t label;                 /* Of the peer... */
    struct in6_addr ip;
    bool external;
    uint8_t protocol;
    uint16_t port;
    bool fragment;                  /* But for the first: no ports. */
};

/* What a switch would do. */
static bool
match_takes(const struct policy_match *m, const struct packet *p)
{
    switch (m->peer) {
    case POLICY_MATCH_ANY:
        break;
    case POLICY_MATCH_LABEL:
        if (m->label != p->label) {
            return false;
        }
        break;
    case POLICY_MATCH_PREFIX:
        if (!ip_prefix_contains(&m->prefix, &p->ip)) {
            return false;
        }
        break;
    case POLICY_MATCH_EXTERNAL:
        if (p->label || !p->external) {
            return false;
        }
        break;
    }
    return ((!m->protocol || m->protocol == p->protocol)
            && (!m->fragment || p->fragment)
            && (!m->mask || (!p->fragment
                             && (p->port & m->mask) == m->port)));
}

static bool
program_allows(const struct policy_program *program, const struct packet *p)
{
    bool *parts = xcalloc(2 * (program->n_conjunctions + 1), sizeof *parts);
    bool allowed = false;

    for (size_t i = 0; i < program->n; i++) {
        const struct policy_clause *c = &program->clauses[i];

        if (match_takes(&c->match, p)) {
            parts[2 * c->id + (c->match.peer != POLICY_MATCH_ANY)] = true;
            allowed |= !c->id;
        }
    }
    for (uint32_t id = 1; id <= program->n_conjunctions; id++) {
        allowed |= parts[2 * id] && parts[2 * id + 1];
    }
    free(parts);
    return allowed;
}

/* What the resources say. */
static bool
port_takes(const struct policy_port *port, const struct packet *p)
{
    return (port->protocol == p->protocol
            && (!port->port || p->fragment
                || (p->port >= port->port && p->port <= port->end_port)));
}

static bool
peer_takes_labels(const struct policy_rule *rule, const struct smap *labels)
{
    for (size_t i = 0; i < rule->n_peers; i++) {
        const struct policy_peer *peer = &rule->peers[i];

        if (peer->type == POLICY_PEER_ENDPOINTS
            && label_selector_matches(&peer->selector, labels)) {
            return true;
        }
    }
    return false;
}

static bool
rule_takes_address(const struct policy_rule *rule, const struct packet *p)
{
    for (size_t i = 0; i < rule->n_peers; i++) {
        const struct policy_peer *peer = &rule->peers[i];
        bool in = (peer->type == POLICY_PEER_BLOCK
                   && ip_prefix_contains(&peer->block, &p->ip));

        for (size_t j = 0; in && j < peer->n_except; j++) {
            in = !ip_prefix_contains(&peer->except[j], &p->ip);
        }
        if (in || (peer->type == POLICY_PEER_EXTERNAL && p->external
                   && !p->label)) {
            return true;
        }
    }
    return false;
}

static bool
rule_allows(const struct policy_rule *rule, const struct sources *sources,
            const struct packet *p)
{
    bool known = false;
    bool all = true;

    for (size_t i = 0; i < rule->n_ports; i++) {
        if (port_takes(&rule->ports[i], p)) {
            break;
        } else if (i == rule->n_ports - 1) {
            return false;
        }
    }
    for (size_t i = 0; i < sources->n; i++) {
        if (sources->sources[i].number == p->label) {
            known = true;
            all = all && peer_takes_labels(rule, sources->sources[i].labels);
        }
    }
    return (known && all) || !rule->n_peers || rule_takes_address(rule, p);
}

static bool
policies_allow(const struct vpc_policy *const *policies, size_t n,
               enum policy_direction direction, const struct sources *sources,
               const struct packet *p)
{
    for (size_t i = 0; i < n; i++) {
        const struct policy_rules *rules = &policies[i]->directions[direction];

        for (size_t j = 0; j < rules->n; j++) {
            bool allowed = rule_allows(&rules->rules[j], sources, p);

            if (!p->fragment) {
                struct policy_packet first = {
                    p->label, p->ip, p->external, p->protocol, p->port
                };

                assert_int_equal(allowed, policy_rule_allows(
                                     &rules->rules[j], sources->sources,
                                     sources->n, &first));
            }
            if (allowed) {
                return true;
            }
        }
    }
    return false;
}

/* Addresses around those that the tests use, each with a port. */
static const char *const addresses[] = {
    "10.0.0.0", "10.0.0.255", "10.0.1.0", "10.0.1.127", "10.0.1.128",
    "10.0.1.200", "10.0.2.1", "10.255.255.255", "9.255.255.255", "11.0.0.0",
    "0.0.0.0", "255.255.255.255", "fd00::", "fd00::ffff", "fd00::1:0",
    "fdff::1", "fe00::", "2001:db8::1"
};

static void
check_addresses(const struct vpc_policy *const *policies, size_t n,
                enum policy_direction direction,
                const struct sources *sources,
                const struct policy_program *program)
{
    for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
        for (uint32_t label = 0; label < 3; label++) {
            for (uint32_t port = 0; port < 128; port += 7) {
                struct packet p = { label, in6addr_any, port & 1,
                                    IPPROTO_TCP, port, !port };

                assert_true(ip_address_from_string(addresses[i], &p.ip));
                assert_int_equal(program_allows(program, &p),
                                 policies_allow(policies, n, direction,
                                                sources, &p));
            }
        }
    }
}

/* Compiles and compares for every label that there is and one that there is
 * not, for ports around all that the tests use. */
static void
check(const struct vpc_policy *const *policies, size_t n,
      enum policy_direction direction, const struct sources *sources,
      struct policy_program *program)
{
    static const uint8_t protocols[] = {
        IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP, IPPROTO_ICMP, IPPROTO_ICMPV6,
        IPPROTO_GRE
    };

    policy_compile(policies, n, direction, sources->sources, sources->n,
                   program);
    check_addresses(policies, n, direction, sources, program);
    for (uint32_t label = 0; label < 8; label++) {
        for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
            for (uint32_t port = 0; port < 128; port++) {
                struct packet p = { label, in6_addr_mapped_ipv4(htonl(1)),
                                    false, protocols[i], port, !port };

                if (protocols[i] == IPPROTO_ICMPV6) {
                    p.ip = in6addr_loopback;
                }

                assert_int_equal(program_allows(program, &p),
                                 policies_allow(policies, n, direction,
                                                sources, &p));
            }
        }
    }
}

static const char *const roles[] = { NULL, "web", "db", "lb" };
static const char *const tiers[] = { NULL, "a", "b" };

static char *
random_block(void)
{
    static const char *const blocks[] = {
        "'cidr': '10.0.0.0/8'",
        "'cidr': '10.0.0.0/8', 'except': ['10.0.1.0/24']",
        "'cidr': '10.0.1.0/24', 'except': ['10.0.1.128/25', '10.0.1.0/32']",
        "'cidr': '0.0.0.0/0', 'except': ['10.0.0.0/8', '255.0.0.0/8']",
        "'cidr': 'fd00::/8', 'except': ['fd00::/112']",
        "'cidr': '::/0'", "'cidr': '10.0.1.200/32'",
    };

    return xasprintf("{'ipBlock': {%s}}",
                     blocks[random_range(ARRAY_SIZE(blocks))]);
}

static char *
random_peer(void)
{
    switch (random_range(8)) {
    case 0:
        return xstrdup("{'endpointSelector': {}}");
    case 1:
        return xasprintf("{'endpointSelector': {'matchExpressions': [{'key': "
                         "'role', 'operator': 'NotIn', 'values': ['%s']}]}}",
                         roles[1 + random_range(3)]);
    case 2:
        return xasprintf("{'endpointSelector': {'matchExpressions': [{'key': "
                         "'tier', 'operator': '%s'}]}}",
                         random_range(2) ? "Exists" : "DoesNotExist");
    case 3:
    case 4:
        return random_block();
    case 5:
        return xstrdup("{'external': true}");
    default:
        return xasprintf("{'endpointSelector': {'matchLabels': {'role': "
                         "'%s'}}}", roles[1 + random_range(3)]);
    }
}

static char *
random_port(void)
{
    static const char *const protocols[] = { "TCP", "UDP", "SCTP" };
    const char *protocol = protocols[random_range(3)];
    unsigned int first = 1 + random_range(100);

    switch (random_range(5)) {
    case 0:
        return xasprintf("{'protocol': '%s'}", protocol);
    case 1:
        return xasprintf("{'protocol': 'ICMP%s'}",
                         random_range(2) ? "v6" : "");
    case 2:
        return xasprintf("{'protocol': '%s', 'port': %u}", protocol, first);
    default:
        return xasprintf("{'protocol': '%s', 'port': %u, 'endPort': %u}",
                         protocol, first, first + random_range(28));
    }
}

static void
put_list(struct ds *s, const char *name, char *(*item)(void), unsigned int n)
{
    ds_put_format(s, "'%s': [", name);
    for (unsigned int i = 0; i < n; i++) {
        char *text = item();

        ds_put_format(s, "%s%s", i ? ", " : "", text);
        free(text);
    }
    ds_put_char(s, ']');
}

static char *
random_rule_with(const char *peers)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_char(&s, '{');
    put_list(&s, peers, random_peer, random_range(4));
    ds_put_cstr(&s, ", ");
    put_list(&s, "ports", random_port, random_range(5));
    ds_put_char(&s, '}');
    return ds_steal_cstr(&s);
}

static char *
random_ingress(void)
{
    return random_rule_with("from");
}

static char *
random_egress(void)
{
    return random_rule_with("to");
}

static void
test_random(void **state OVS_UNUSED)
{
    for (int i = 0; i < 400; i++) {
        struct sources sources = { .n = 0 };
        struct vpc_policy *policies[3];
        struct policy_program program, again;
        size_t n = 1 + random_range(3);

        for (uint32_t number = 1; number < 7; number++) {
            /* Some numbers stand for two label sets. */
            for (int j = random_range(6) ? 1 : 2; j > 0; j--) {
                sources_add(&sources, number, roles[random_range(4)],
                            tiers[random_range(3)]);
            }
        }
        for (size_t j = 0; j < n; j++) {
            struct ds s = DS_EMPTY_INITIALIZER;

            put_list(&s, "ingress", random_ingress, random_range(4));
            ds_put_cstr(&s, ", ");
            put_list(&s, "egress", random_egress, random_range(4));
            policies[j] = policy(ds_cstr(&s));
            ds_destroy(&s);
        }
        for (enum policy_direction d = 0; d < POLICY_N_DIRECTIONS; d++) {
            check((const struct vpc_policy *const *) policies, n, d, &sources,
                  &program);
            policy_compile((const struct vpc_policy *const *) policies, n, d,
                           sources.sources, sources.n, &again);
            assert_true(policy_program_equals(&program, &again));
            policy_program_destroy(&again);
            policy_program_destroy(&program);
        }
        for (size_t j = 0; j < n; j++) {
            vpc_policy_destroy(policies[j]);
        }
        sources_destroy(&sources);
    }
}

static size_t
count_clauses(const char *spec, const struct sources *sources)
{
    struct vpc_policy *p = policy(spec);
    struct policy_program program;
    size_t n;

    check((const struct vpc_policy *const *) &p, 1, POLICY_INGRESS, sources,
          &program);
    n = program.n;
    policy_program_destroy(&program);
    vpc_policy_destroy(p);
    return n;
}

/* Clauses are senders plus ports, not senders times ports. */
static void
test_size(void **state OVS_UNUSED)
{
    struct sources sources = { .n = 0 };

    for (uint32_t number = 1; number <= 6; number++) {
        sources_add(&sources, number, "web", NULL);
    }
    sources_add(&sources, 7, "db", NULL);

    /* No rule, a rule for nobody. */
    assert_int_equal(count_clauses("'ingress': []", &sources), 0);
    assert_int_equal(count_clauses(
        "'ingress': [{'from': [{'endpointSelector': {'matchLabels': "
        "{'role': 'x'}}}]}]", &sources), 0);
    /* Everything. */
    assert_int_equal(count_clauses("'ingress': [{}, {}]", &sources), 1);
    /* A port of everybody: also its fragments. */
    assert_int_equal(count_clauses(
        "'ingress': [{'ports': [{'port': 80}]}]", &sources), 2);
    /* Ranges that touch are one. */
    assert_int_equal(count_clauses(
        "'ingress': [{'ports': [{'port': 64, 'endPort': 71}, "
        "{'port': 72, 'endPort': 79}]}]", &sources), 2);
    /* Six senders, four ports and their fragments. */
    assert_int_equal(count_clauses(
        "'ingress': [{'from': [{'endpointSelector': {'matchLabels': "
        "{'role': 'web'}}}], 'ports': [{'port': 1}, {'port': 3}, {'port': 5}, "
        "{'port': 7}]}]", &sources), 6 + 5);
    /* One sender: no conjunction. */
    assert_int_equal(count_clauses(
        "'ingress': [{'from': [{'endpointSelector': {'matchLabels': "
        "{'role': 'db'}}}], 'ports': [{'port': 1}, {'port': 3}]}]",
        &sources), 3);
    /* Six senders, a block, what is outside, and a port with its fragments. */
    assert_int_equal(count_clauses(
        "'ingress': [{'from': [{'endpointSelector': {'matchLabels': "
        "{'role': 'web'}}}, {'ipBlock': {'cidr': '10.0.0.0/8'}}, "
        "{'external': true}], 'ports': [{'port': 1}]}]", &sources),
        6 + 1 + 1 + 2);
    /* A block but for a part that is 16 bits smaller. */
    assert_int_equal(count_clauses(
        "'ingress': [{'from': [{'ipBlock': {'cidr': '10.0.0.0/8', "
        "'except': ['10.0.1.0/24']}}]}]", &sources), 16);
    sources_destroy(&sources);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_size),
    };

    random_set_seed(20261125);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
