/* Claims: who has a thing that two objects want. */

#include <config.h>

#include "agent/model/claims.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/model/claim-key.h"
#include "lib/resource-age.h"
#include "packets.h"
#include "util.h"

/* How many claim the same by mistake. */
#define MANY 1000

struct thing {
    struct claimant up;
    const char *name;
    struct resource_age age;
};

struct fixture {
    struct claims claims;
    struct thing a, b, c;
    int changes;                    /* Calls of count_change(). */
    struct thing *told[MANY];       /* Whom it was called for. */
    size_t n_told;
    struct thing *last_changed;
};

static size_t n_compared;           /* Calls of compare(). */

static int
compare(const struct claimant *a_, const struct claimant *b_)
{
    const struct thing *a = CONTAINER_OF(a_, struct thing, up);
    const struct thing *b = CONTAINER_OF(b_, struct thing, up);
    int cmp = resource_age_compare(&a->age, &b->age);

    n_compared++;
    return cmp ? cmp : strcmp(a->name, b->name);
}

static void
count_change(struct claimant *claimant, void *f_)
{
    struct fixture *f = f_;

    f->changes++;
    f->last_changed = CONTAINER_OF(claimant, struct thing, up);
    if (f->n_told < MANY) {
        f->told[f->n_told++] = f->last_changed;
    }
}

static void
set_age(struct thing *thing, const char *timestamp, const char *uid)
{
    resource_age_uninit(&thing->age);
    resource_age_init(&thing->age, timestamp, strlen(timestamp), uid,
                      strlen(uid));
}

static void
thing_destroy(struct fixture *f, struct thing *thing)
{
    claimant_destroy(&f->claims, &thing->up, count_change, f);
    resource_age_uninit(&thing->age);
}

/* Of "vni 7". */
static struct claim_key
make_key(const char *s)
{
    return claim_key_ip(s, &in6addr_any);
}

/* Who holds the key, or NULL. */
static void *
get_holder(struct fixture *f, const char *s)
{
    struct claim_key key = make_key(s);
    struct claimant *claimant = claims_get_holder(&f->claims, &key);

    return claimant ? CONTAINER_OF(claimant, struct thing, up) : NULL;
}

/* Makes 'thing' claim just 'key', which it uses if 'used'; NULL: nothing. */
static void
claim_used(struct fixture *f, struct thing *thing, const char *key, bool used)
{
    struct claim_keys keys, used_keys;

    claim_keys_init(&keys);
    claim_keys_init(&used_keys);
    if (key) {
        claim_keys_add(&keys, make_key(key));
    }
    if (used) {
        claim_keys_add(&used_keys, make_key(key));
    }
    claims_set(&f->claims, &thing->up, &keys, &used_keys, count_change, f);
    claim_keys_destroy(&keys);
    claim_keys_destroy(&used_keys);
}

static void
claim(struct fixture *f, struct thing *thing, const char *key)
{
    claim_used(f, thing, key, false);
}

static int
setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    claims_init(&f->claims, compare);
    f->a.name = "a";
    f->b.name = "b";
    f->c.name = "c";
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;

    thing_destroy(f, &f->a);
    thing_destroy(f, &f->b);
    thing_destroy(f, &f->c);
    claims_destroy(&f->claims);
    free(f);
    return 0;
}

/* Without anything else names decide, and who loses is told. */
static void
test_order_of_arrival_does_not_count(void **state)
{
    struct fixture *f = *state;

    claim(f, &f->b, "vni 7");
    claim(f, &f->a, "vni 7");
    assert_ptr_equal(get_holder(f, "vni 7"), &f->a);
    assert_int_equal(f->changes, 1);
    assert_ptr_equal(f->last_changed, &f->b);
    claim(f, &f->c, "vni 7");
    assert_int_equal(f->changes, 1);
}

static void
test_older_timestamp_wins(void **state)
{
    struct fixture *f = *state;

    set_age(&f->a, "2026-01-02T00:00:00Z", "");
    set_age(&f->b, "2026-01-01T00:00:00Z", "");
    claim(f, &f->a, "vni 7");
    claim(f, &f->b, "vni 7");
    assert_ptr_equal(get_holder(f, "vni 7"), &f->b);
    assert_int_equal(f->changes, 1);
    assert_ptr_equal(f->last_changed, &f->a);
}

static void
test_next_one_gets_what_is_given_up(void **state)
{
    struct fixture *f = *state;

    claim(f, &f->a, "vni 7");
    claim(f, &f->b, "vni 7");
    claim(f, &f->c, "vni 7");
    claim(f, &f->b, "vni 8");
    assert_int_equal(f->changes, 0);
    claim(f, &f->a, NULL);
    assert_int_equal(f->changes, 1);
    assert_ptr_equal(f->last_changed, &f->c);
    assert_ptr_equal(get_holder(f, "vni 7"), &f->c);
    assert_null(get_holder(f, "vni 9"));
}

static void
test_claiming_again_changes_nothing(void **state)
{
    struct fixture *f = *state;

    claim(f, &f->a, "vni 7");
    claim(f, &f->b, "vni 7");
    claim(f, &f->a, "vni 7");
    assert_int_equal(f->changes, 0);
    assert_ptr_equal(get_holder(f, "vni 7"), &f->a);
}

/* Who uses a key keeps it, whatever claims it later, until it is not used any
 * more. */
static void
test_key_in_use_stays(void **state)
{
    struct fixture *f = *state;

    set_age(&f->a, "2026-01-01T00:00:00Z", "");
    set_age(&f->b, "2026-01-02T00:00:00Z", "");
    claim_used(f, &f->b, "ip 7", true);
    claim(f, &f->a, "ip 7");
    assert_ptr_equal(get_holder(f, "ip 7"), &f->b);
    assert_int_equal(f->changes, 0);
    claim(f, &f->b, "ip 7");
    assert_ptr_equal(get_holder(f, "ip 7"), &f->a);
    assert_int_equal(f->changes, 1);
    assert_ptr_equal(f->last_changed, &f->a);
}

/* An object that is made anew under its name is a younger one. */
static void
test_new_identity_counts(void **state)
{
    struct fixture *f = *state;

    set_age(&f->a, "2026-01-01T00:00:00Z", "1");
    set_age(&f->b, "2026-01-02T00:00:00Z", "2");
    claim(f, &f->a, "ip 7");
    claim(f, &f->b, "ip 7");
    set_age(&f->a, "2026-01-02T00:00:00Z", "3");
    claim(f, &f->a, "ip 7");
    assert_ptr_equal(get_holder(f, "ip 7"), &f->b);
    assert_int_equal(f->changes, 1);
    assert_ptr_equal(f->last_changed, &f->b);
}

/* Every order in which claims come, and become others, leads to the same
 * order of holders: each has the key when those before it are gone. */
static void
test_every_order_has_the_same_holders(void **state OVS_UNUSED)
{
    static const struct {
        const char *name, *timestamp, *uid;
        bool used;
    } in_order[] = {
        { "e", "2026-01-03T00:00:00Z", "5", true },
        { "h", "2025-12-31T23:59:59Z",
          "6f9619ff-8b86-4011-b42d-00c04fc964ff", false },
        { "d", "2026-01-01T00:00:00Z", "9", false },
        { "c", "2026-01-02T00:00:00Z", "1", false },
        { "f", "2026-01-02T00:00:00Z", "2", false },
        { "j", "2026-01-02T00:00:00Z",
          "6f9619ff-8b86-4011-b42d-00c04fc964ff", false },
        { "i", "2026-01-02T00:00:00Z",
          "6f9619ff-8b86-4011-b52d-00c04fc964fe", false },
        { "k", "2026-01-02T00:00:00Z", "7", false },
        { "b", "2026-01-02T00:00:00Z", "", false },
        { "a", "", "", false },
        { "g", "", "", false },
    };
    const size_t n = ARRAY_SIZE(in_order);

    for (int seed = 0; seed < 500; seed++) {
        struct thing all[ARRAY_SIZE(in_order)];
        struct fixture f = { .changes = 0 };
        size_t turn[ARRAY_SIZE(in_order)];

        claims_init(&f.claims, compare);
        srand(seed);
        for (size_t i = 0; i < n; i++) {
            size_t j = rand() % (i + 1);

            turn[i] = turn[j];
            turn[j] = i;
            all[i] = (struct thing) { .name = in_order[i].name };
        }
        for (size_t i = 0; i < n; i++) {
            size_t k = turn[i];

            if (seed % 2) {     /* Something else at first. */
                claim_used(&f, &all[k], "vni 7", rand() % 2);
            }
            set_age(&all[k], in_order[k].timestamp, in_order[k].uid);
            claim_used(&f, &all[k], "vni 7", in_order[k].used);
        }
        for (size_t i = 0; i < n; i++) {
            assert_ptr_equal(get_holder(&f, "vni 7"), &all[i]);
            thing_destroy(&f, &all[i]);
        }
        claims_destroy(&f.claims);
    }
}

/* Keys that differ in just one thing are different things to have. */
static void
test_keys(void **state OVS_UNUSED)
{
    const struct eth_addr mac = ETH_ADDR_C(02,00,00,00,00,01);
    struct in6_addr ip4, ip6;
    struct claim_keys keys;

    in6_addr_set_mapped_ipv4(&ip4, htonl(0x0a000001));
    assert_true(ipv6_parse("2001:db8::1", &ip6));

    const struct {
        struct claim_key key;
        const char *text;
    } all[] = {
        { claim_key_vni(7), "spec.vni: VNI 7" },
        { claim_key_qos_class(7), "spec.number: QoS class 7" },
        { claim_key_option((struct opt_key) { 0xff01, 0x81 }),
          "spec.class, spec.type: option 0xff01/0x81" },
        { claim_key_underlay_ip(&ip4), "spec.underlay.ips: 10.0.0.1" },
        { claim_key_mac("blue", mac), "spec.mac: 02:00:00:00:00:01 in VPC "
          "blue" },
        { claim_key_ip("blue", &ip4), "spec.ips: 10.0.0.1 in VPC blue" },
        { claim_key_ip("red", &ip4), "spec.ips: 10.0.0.1 in VPC red" },
        { claim_key_ip("red", &ip6), "spec.ips: 2001:db8::1 in VPC red" },
        { claim_key_external_ip("red", &ip4),
          "10.0.0.1 in ExternalNetwork red" },
    };
    claim_keys_init(&keys);
    for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
        char *text = claim_key_describe(&all[i].key);

        assert_string_equal(text, all[i].text);
        free(text);
        assert_false(claim_keys_contain(&keys, &all[i].key));
        claim_keys_add(&keys, all[i].key);
        claim_keys_add(&keys, all[i].key);
        assert_int_equal(keys.n, i + 1);
    }
    claim_keys_destroy(&keys);
}

/* The same for those who claim them. */
static void
test_things(void **state)
{
    struct fixture *f = *state;
    const struct claim_key key = claim_key_ip("blue", &in6addr_any);
    const struct claim_key others[] = {
        claim_key_ip("red", &in6addr_any),
        claim_key_underlay_ip(&in6addr_any),
        claim_key_external_ip("blue", &in6addr_any),
        claim_key_vni(0),
    };

    claim(f, &f->a, "blue");
    assert_ptr_equal(claims_get_holder(&f->claims, &key), &f->a);
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        assert_null(claims_get_holder(&f->claims, &others[i]));
    }
}

/* The holder and another one are made anew at a time, and the latter is looked
 * at first. */
static void
test_two_change_at_a_time(void **state)
{
    struct fixture *f = *state;

    set_age(&f->a, "2026-01-01T00:00:01Z", "1");
    set_age(&f->b, "2026-01-01T00:00:02Z", "2");
    set_age(&f->c, "2026-01-01T00:00:03Z", "3");
    claim(f, &f->c, "vni 7");
    claim(f, &f->b, "vni 7");
    claim(f, &f->a, "vni 7");
    set_age(&f->a, "2026-01-01T00:00:09Z", "4");
    set_age(&f->c, "2026-01-01T00:00:08Z", "5");
    claim(f, &f->c, "vni 7");
    assert_ptr_equal(get_holder(f, "vni 7"), &f->b);
    claim(f, &f->a, "vni 7");
    assert_ptr_equal(get_holder(f, "vni 7"), &f->b);
}

/* A change of holder among many costs no more than telling each of them once,
 * though all who are told claim again. */
static void
test_many(void **state)
{
    struct fixture *f = *state;
    struct thing *things = calloc(MANY, sizeof *things);

    for (size_t i = 0; i < MANY; i++) {
        things[i].name = xasprintf("thing-%04"PRIuSIZE, i);
        claim(f, &things[i], "vni 7");
    }
    assert_ptr_equal(get_holder(f, "vni 7"), &things[0]);
    assert_int_equal(f->changes, 0);
    n_compared = 0;
    claim(f, &things[0], NULL);
    assert_int_equal(f->n_told, MANY - 1);
    for (size_t i = 0; i < MANY - 1; i++) {
        claim(f, f->told[i], "vni 7");
    }
    assert_ptr_equal(get_holder(f, "vni 7"), &things[1]);
    assert_int_equal(f->changes, MANY - 1);
    assert_in_range(n_compared, 1, 4 * MANY);
    for (size_t i = MANY; i-- > 0; ) {
        thing_destroy(f, &things[i]);
        free(CONST_CAST(char *, things[i].name));
    }
    free(things);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_order_of_arrival_does_not_count,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_older_timestamp_wins, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_next_one_gets_what_is_given_up,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_claiming_again_changes_nothing,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_key_in_use_stays, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_new_identity_counts, setup,
                                        teardown),
        cmocka_unit_test(test_keys),
        cmocka_unit_test_setup_teardown(test_things, setup, teardown),
        cmocka_unit_test(test_every_order_has_the_same_holders),
        cmocka_unit_test_setup_teardown(test_two_change_at_a_time, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_many, setup, teardown),
    };
    return cmocka_run_group_tests_name("claims", tests, NULL, NULL);
}
