/* Withdrawals: when what is no longer advertised is no longer received.  Times
 * are numbers here. */

#include <config.h>

#include "agent/receive/withdrawal.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "openvswitch/vlog.h"
#include "util.h"

#define GRACE 30000

/* A table of options of class 0xff01: a capital letter is one that is
 * required; "b8" has 8 bytes of data, others 4. */
static struct recv_table
make_table(const char *s)
{
    struct recv_table table = RECV_TABLE_INITIALIZER;

    table.entries = xcalloc(strlen(s) + 1, sizeof *table.entries);
    for (; *s; s++) {
        struct recv_entry *e = &table.entries[table.n_entries++];
        bool required = *s >= 'A' && *s <= 'Z';

        e->key.class = 0xff01;
        e->key.type = required ? *s - 'A' + 'a' : *s;
        e->required = required;
        e->min_len = e->max_len = s[1] == '8' ? 8 : 4;
        s += s[1] == '8';
    }
    return table;
}

static struct opt_key
key(char type)
{
    return (struct opt_key) { .class = 0xff01, .type = type };
}

static bool
set_table(struct withdrawal *w, const char *s)
{
    struct recv_table table = make_table(s);
    bool changed = withdrawal_set_table(w, &table, 0);

    recv_table_destroy(&table);
    return changed;
}

static void
announce(struct withdrawal *w, const char *s, long long int id)
{
    struct recv_table table = make_table(s);

    withdrawal_announce(w, &table, id, 0);
    recv_table_destroy(&table);
}

/* Sets the table, announces and publishes it. */
static void
publish(struct withdrawal *w, const char *s, long long int id,
        long long int now)
{
    set_table(w, s);
    announce(w, s, id);
    withdrawal_published(w, id, now);
}

/* Each item: its option's letter, as a capital if that is to be required, and
 * the initial of its state. */
static void
expect(const struct withdrawal *w, const char *expected)
{
    const struct withdrawal_item *item;
    char s[64];
    size_t n = 0;

    LIST_FOR_EACH (item, node, &w->items) {
        s[n++] = item->key.type - (item->kind == WITHDRAW_OPTION
                                   ? 0 : 'a' - 'A');
        s[n++] = "AWS"[item->state];
    }
    s[n] = '\0';
    assert_string_equal(s, expected);
}

static void
start(struct withdrawal *w, const char *table, const char *peers)
{
    withdrawal_init(w);
    publish(w, table, 1, 0);
    withdrawal_run(w, 0, 0);
    assert_false(withdrawal_is_active(w));
    for (; *peers; peers++) {
        char name[] = { *peers, '\0' };

        withdrawal_set_peer(w, name, true);
        withdrawal_set_applied(w, name, 1);
    }
}

static void
test_all_states(void **state OVS_UNUSED)
{
    struct withdrawal w;

    start(&w, "ab", "xy");
    assert_true(set_table(&w, "a"));
    expect(&w, "bA");
    assert_false(set_table(&w, "a"));
    assert_true(withdrawal_is_missing(&w, "x"));

    /* As long as it is not published nothing ends. */
    assert_false(withdrawal_run(&w, 100000, GRACE));
    announce(&w, "a", 2);
    withdrawal_published(&w, 1, 100000);
    assert_false(withdrawal_run(&w, 200000, GRACE));
    expect(&w, "bA");
    assert_true(withdrawal_next(&w, GRACE) == LLONG_MAX);

    withdrawal_published(&w, 2, 200000);
    expect(&w, "bW");
    assert_int_equal(withdrawal_next(&w, GRACE), 230000);
    withdrawal_set_applied(&w, "x", 2);
    assert_false(withdrawal_is_missing(&w, "x"));
    assert_true(withdrawal_is_missing(&w, "y"));
    assert_false(withdrawal_run(&w, 200010, GRACE));
    expect(&w, "bW");
    withdrawal_set_applied(&w, "y", 2);
    assert_false(withdrawal_run(&w, 200020, GRACE));
    expect(&w, "bS");
    assert_int_equal(withdrawal_next(&w, GRACE),
                     200020 + WITHDRAWAL_SETTLE_MS);
    assert_false(withdrawal_run(&w, 200019 + WITHDRAWAL_SETTLE_MS, GRACE));
    assert_true(withdrawal_run(&w, 200020 + WITHDRAWAL_SETTLE_MS, GRACE));
    expect(&w, "");
    assert_true(withdrawal_next(&w, GRACE) == LLONG_MAX);
    withdrawal_destroy(&w);
}

static void
test_grace(void **state OVS_UNUSED)
{
    struct withdrawal w;

    start(&w, "ab", "xy");
    publish(&w, "a", 2, 1000);
    withdrawal_set_applied(&w, "x", 2);
    assert_false(withdrawal_run(&w, 1000 + GRACE - 1, GRACE));
    assert_true(withdrawal_run(&w, 1000 + GRACE, GRACE));
    expect(&w, "");

    /* It cuts the settling short; and none is none, but not before the
     * publication. */
    publish(&w, "ab", 3, 2000);
    publish(&w, "a", 4, 2000);
    withdrawal_set_applied(&w, "x", 4);
    withdrawal_set_applied(&w, "y", 4);
    assert_false(withdrawal_run(&w, 2000, 10));
    expect(&w, "bS");
    assert_true(withdrawal_run(&w, 2010, 10));
    publish(&w, "ab", 5, 3000);
    set_table(&w, "a");
    announce(&w, "a", 6);
    assert_false(withdrawal_run(&w, 3000, 0));
    withdrawal_published(&w, 6, 3000);
    assert_true(withdrawal_run(&w, 3000, 0));
    withdrawal_destroy(&w);
}

/* Where nothing is published the grace time begins at once. */
static void
test_not_published(void **state OVS_UNUSED)
{
    struct withdrawal w;

    start(&w, "ab", "x");
    set_table(&w, "a");
    withdrawal_published(&w, LLONG_MAX, 500);
    expect(&w, "bW");
    announce(&w, "a", 2);
    assert_false(withdrawal_run(&w, 500 + GRACE - 1, GRACE));
    assert_true(withdrawal_run(&w, 500 + GRACE, GRACE));
    withdrawal_destroy(&w);
}

static void
test_undone(void **state OVS_UNUSED)
{
    struct withdrawal w;

    start(&w, "abc", "x");
    set_table(&w, "a");
    expect(&w, "bAcA");
    assert_true(set_table(&w, "ab"));
    expect(&w, "cA");
    announce(&w, "ab", 2);
    withdrawal_published(&w, 2, 0);
    withdrawal_set_applied(&w, "x", 2);
    withdrawal_run(&w, 0, GRACE);
    expect(&w, "cS");
    assert_true(set_table(&w, "abc"));
    expect(&w, "");

    /* And withdrawn again: the old acknowledgement does not count. */
    announce(&w, "abc", 3);
    publish(&w, "ab", 4, 0);
    assert_true(withdrawal_is_missing(&w, "x"));
    withdrawal_run(&w, 100, GRACE);
    expect(&w, "cW");
    withdrawal_destroy(&w);
}

/* Several at once, with different advertisements. */
static void
test_several(void **state OVS_UNUSED)
{
    struct withdrawal w;

    start(&w, "abc", "xy");
    publish(&w, "ab", 2, 0);
    publish(&w, "a", 3, 5000);
    expect(&w, "cWbW");
    withdrawal_set_applied(&w, "x", 3);
    withdrawal_set_applied(&w, "y", 2);
    withdrawal_run(&w, 6000, GRACE);
    expect(&w, "cSbW");
    assert_true(withdrawal_is_missing(&w, "y"));
    assert_true(withdrawal_run(&w, 6000 + WITHDRAWAL_SETTLE_MS, GRACE));
    expect(&w, "bW");
    withdrawal_set_applied(&w, "y", 2);
    withdrawal_run(&w, 8000, GRACE);
    expect(&w, "bW");
    assert_int_equal(withdrawal_next(&w, GRACE), 5000 + GRACE);
    withdrawal_set_applied(&w, "y", 9);
    withdrawal_run(&w, 8000, GRACE);
    expect(&w, "bS");
    withdrawal_destroy(&w);
}

static void
test_peers(void **state OVS_UNUSED)
{
    struct withdrawal w;

    start(&w, "ab", "xy");
    publish(&w, "a", 2, 0);
    withdrawal_set_applied(&w, "x", 2);

    /* One that acknowledges before we know that it shares a VPC; one that
     * leaves; one that comes late, and one that left comes back. */
    withdrawal_set_applied(&w, "z", 2);
    assert_false(withdrawal_is_missing(&w, "z"));
    withdrawal_set_peer(&w, "z", true);
    assert_false(withdrawal_is_missing(&w, "z"));
    withdrawal_set_peer(&w, "y", false);
    assert_false(withdrawal_is_missing(&w, "y"));
    withdrawal_run(&w, 100, GRACE);
    expect(&w, "bS");
    withdrawal_set_peer(&w, "late", true);
    withdrawal_run(&w, 200, GRACE);
    expect(&w, "bW");
    withdrawal_set_peer(&w, "y", true);
    withdrawal_set_applied(&w, "late", 2);
    withdrawal_run(&w, 300, GRACE);
    expect(&w, "bW");
    assert_true(withdrawal_is_missing(&w, "y"));
    withdrawal_set_applied(&w, "y", 2);
    withdrawal_run(&w, 400, GRACE);
    expect(&w, "bS");

    /* An older id, or rubbish, changes nothing. */
    withdrawal_set_applied(&w, "y", 1);
    withdrawal_set_applied(&w, "y", -5);
    withdrawal_run(&w, 500, GRACE);
    expect(&w, "bS");
    withdrawal_destroy(&w);

    /* Nobody at all. */
    start(&w, "a", "");
    publish(&w, "", 2, 0);
    withdrawal_run(&w, 0, GRACE);
    expect(&w, "aS");
    withdrawal_destroy(&w);
}

static void
test_required(void **state OVS_UNUSED)
{
    struct withdrawal w;

    start(&w, "ab", "x");
    set_table(&w, "aB");
    assert_false(withdrawal_enforces(&w, key('b')));
    announce(&w, "aB", 2);
    expect(&w, "BA");
    assert_false(withdrawal_enforces(&w, key('b')));
    withdrawal_published(&w, 2, 0);
    withdrawal_set_applied(&w, "x", 2);
    withdrawal_run(&w, 0, GRACE);
    assert_false(withdrawal_enforces(&w, key('b')));
    assert_true(withdrawal_run(&w, WITHDRAWAL_SETTLE_MS, GRACE));
    assert_true(withdrawal_enforces(&w, key('b')));
    assert_false(withdrawal_enforces(&w, key('a')));

    /* Another change does not disturb it. */
    publish(&w, "B", 3, 0);
    expect(&w, "aW");
    assert_true(withdrawal_enforces(&w, key('b')));

    /* Dropped, and wanted again: from the beginning. */
    set_table(&w, "b");
    announce(&w, "b", 4);
    assert_false(withdrawal_enforces(&w, key('b')));
    publish(&w, "B", 5, 0);
    assert_false(withdrawal_enforces(&w, key('b')));
    expect(&w, "aWBW");
    assert_true(set_table(&w, "b"));
    expect(&w, "aW");

    /* Required, then gone altogether. */
    publish(&w, "", 6, 0);
    expect(&w, "aWbW");
    withdrawal_destroy(&w);
}

/* Another length is another option, for which the old one has to go. */
static void
test_length(void **state OVS_UNUSED)
{
    struct withdrawal w;

    start(&w, "ab", "x");
    set_table(&w, "ab8");
    expect(&w, "bA");
    announce(&w, "a", 2);
    withdrawal_published(&w, 2, 0);
    withdrawal_set_applied(&w, "x", 2);
    withdrawal_run(&w, 0, GRACE);
    assert_true(withdrawal_run(&w, WITHDRAWAL_SETTLE_MS, GRACE));
    set_table(&w, "ab8");
    expect(&w, "");
    announce(&w, "ab8", 3);
    set_table(&w, "ab8");
    expect(&w, "");
    withdrawal_destroy(&w);
}

static void
test_restart(void **state OVS_UNUSED)
{
    struct recv_table published = make_table("aB");
    struct withdrawal w;

    /* 'c' was being withdrawn, 'b' not yet enforced; meanwhile 'a' went. */
    withdrawal_init(&w);
    withdrawal_recall(&w, &published, 7);
    assert_true(withdrawal_enforces(&w, key('b')));
    withdrawal_resume(&w, WITHDRAW_OPTION, key('c'), 4, 0);
    withdrawal_resume(&w, WITHDRAW_LENIENCY, key('b'), 4, 0);
    withdrawal_resume(&w, WITHDRAW_OPTION, key('c'), 4, 0);
    assert_false(withdrawal_enforces(&w, key('b')));
    assert_true(set_table(&w, "B"));
    withdrawal_set_peer(&w, "x", true);
    expect(&w, "cABAaA");
    withdrawal_published(&w, 7, 1000);
    expect(&w, "cWBWaA");
    announce(&w, "B", 8);
    expect(&w, "cWBWaA");
    withdrawal_set_applied(&w, "x", 7);
    withdrawal_run(&w, 2000, GRACE);
    expect(&w, "cSBSaA");
    withdrawal_published(&w, 8, 2000);
    withdrawal_run(&w, 2000, GRACE);
    expect(&w, "cSBSaW");
    withdrawal_destroy(&w);
    recv_table_destroy(&published);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_states),
        cmocka_unit_test(test_grace),
        cmocka_unit_test(test_not_published),
        cmocka_unit_test(test_undone),
        cmocka_unit_test(test_several),
        cmocka_unit_test(test_peers),
        cmocka_unit_test(test_required),
        cmocka_unit_test(test_length),
        cmocka_unit_test(test_restart),
    };

    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    return cmocka_run_group_tests_name("withdrawal", tests, NULL, NULL);
}
