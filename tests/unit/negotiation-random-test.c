/* Negotiation with random tables: what holds whatever a peer says. */

#include <config.h>

#include "lib/negotiation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "openvswitch/json.h"
#include "random.h"
#include "util.h"

static int
random_limit(int step, int max)
{
    return random_range(3) ? NEG_NO_LIMIT : (int) random_range(max) * step;
}

static struct opt_key
random_key(void)
{
    return (struct opt_key) { 1 + random_range(2),
                              random_range(8) | (random_range(4) ? 0 : 0x80) };
}

static void
random_sender(struct sender_table *sender)
{
    sender->n_options = random_range(20);
    sender->options = xcalloc(sender->n_options + 1, sizeof *sender->options);
    sender->limits = (struct neg_limits) { random_limit(1, 20),
                                           random_limit(4, 64) };
    for (size_t i = 0; i < sender->n_options; i++) {
        sender->options[i] = (struct sender_option) {
            .key = random_key(),
            .length = (random_range(8) ? random_range(32) * 4
                       : random_range(300)),
            .required = !random_range(12),
            .priority = random_range(4),
        };
    }
}

static struct json *
random_table(void)
{
    struct recv_table table = RECV_TABLE_INITIALIZER;
    struct json *json;

    table.n_entries = random_range(16);
    table.entries = xcalloc(table.n_entries + 1, sizeof *table.entries);
    table.order = random_range(3);
    table.limits = (struct neg_limits) { random_limit(1, 12),
                                         random_limit(4, 64) };
    for (size_t i = 0; i < table.n_entries; i++) {
        table.entries[i] = (struct recv_entry) {
            .key = random_key(),
            .min_len = random_range(4) * 4,
            .max_len = random_range(36) * 4, /* Some are faulty. */
            .required = !random_range(20),
        };
    }
    json = recv_table_to_json(&table);
    recv_table_destroy(&table);
    if (!random_range(10)) {
        json_object_put(json, "maxOptions", json_boolean_create(true));
    }
    return json;
}

static struct json *
random_static(void)
{
    static const char *modes[] = { "replace", "fallback", "restrict", "x" };
    struct json *json;

    if (random_range(2)) {
        return NULL;
    }
    json = random_table();
    json_object_put_string(json, "mode", modes[random_range(4)]);
    return json;
}

static bool
within(unsigned int value, int limit)
{
    return limit == NEG_NO_LIMIT || value <= (unsigned int) limit;
}

static void
check_sent_options(const struct negotiation *n,
                   const struct neg_receive *receive)
{
    const struct recv_entry *last = NULL;

    for (size_t i = 0; i < n->n_options; i++) {
        const struct recv_entry *entry
            = recv_table_find(&receive->table, n->options[i].key);

        assert_non_null(entry);
        assert_in_range(n->options[i].length, entry->min_len,
                        entry->max_len);
        assert_true(n->order != RECV_STRICT || entry > last);
        assert_true(n->order != RECV_FIRST || !i
                    || entry != receive->table.entries);
        assert_int_equal((n->receiver_requires >> i) & 1, entry->required);
        for (size_t j = 0; j < i; j++) {
            assert_false(opt_key_equals(n->options[i].key,
                                        n->options[j].key));
        }
        last = entry;
    }
}

static void
check_nothing_required_is_missing(const struct negotiation *n,
                                  const struct sender_table *sender,
                                  const struct neg_receive *receive)
{
    size_t n_required = 0, n_wanted = 0;

    for (size_t i = 0; i < n->n_options; i++) {
        n_required += n->options[i].required;
        n_wanted += (n->receiver_requires >> i) & 1;
    }
    for (size_t i = 0; i < sender->n_options; i++) {
        n_required -= sender->options[i].required;
    }
    for (size_t i = 0; i < receive->table.n_entries; i++) {
        n_wanted -= receive->table.entries[i].required;
    }
    assert_int_equal(n_required, 0);
    assert_int_equal(n_wanted, 0);
    assert_int_equal(n->n_missing_required, 0);
    assert_int_equal(receive->n_lost_required, 0);
}

static void
check_result(const struct negotiation *n, const struct sender_table *sender,
             const struct neg_receive *receive, struct neg_limits transit)
{
    unsigned int bytes = 0;

    for (size_t i = 0; i < n->n_options; i++) {
        bytes += opt_wire_bytes(n->options[i].length);
    }
    assert_true(bytes <= GENEVE_MAX_OPT_BYTES);
    assert_true(within(bytes, receive->table.limits.max_option_bytes));
    assert_true(within(bytes, transit.max_option_bytes));
    assert_true(within(bytes, sender->limits.max_option_bytes));
    assert_true(within(n->n_options, receive->table.limits.max_options));
    assert_true(within(n->n_options, transit.max_options));
    assert_true(within(n->n_options, sender->limits.max_options));
    assert_int_equal(n->header_bytes, GENEVE_BASE_HLEN + bytes);

    check_sent_options(n, receive);
    if (n->status == NEG_BLOCKED) {
        assert_int_equal(n->n_options, 0);
        assert_int_equal(n->header_bytes, GENEVE_BASE_HLEN);
    } else {
        assert_int_equal(n->n_options + n->n_omitted, sender->n_options);
        check_nothing_required_is_missing(n, sender, receive);
    }
}

static void
test_properties(void **state OVS_UNUSED)
{
    size_t n_by_status[NEG_BLOCKED + 1] = { 0 };

    random_set_seed(8926);
    for (int round = 0; round < 20000; round++) {
        struct json *advertisement = random_range(10) ? random_table() : NULL;
        struct json *last_good = random_range(2) ? random_table() : NULL;
        struct json *static_ = random_static();
        struct neg_limits transit = { random_limit(1, 12),
                                      random_limit(4, 64) };
        struct neg_receive receive;
        struct sender_table sender;
        struct negotiation n;

        random_sender(&sender);
        neg_receive_init(&receive, !random_range(20), advertisement,
                         last_good, static_);
        assert_true(svec_is_sorted(&receive.alarms));
        negotiation_select(&sender, &receive, transit, &n);
        check_result(&n, &sender, &receive, transit);
        n_by_status[n.status]++;
        negotiation_destroy(&n);
        neg_receive_destroy(&receive);
        free(sender.options);
        json_destroy(advertisement);
        json_destroy(last_good);
        json_destroy(static_);
    }
    for (size_t i = 0; i < ARRAY_SIZE(n_by_status); i++) {
        assert_true(n_by_status[i] > 200); /* Else this tests little. */
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_properties),
    };
    return cmocka_run_group_tests_name("negotiation-random", tests, NULL,
                                       NULL);
}
