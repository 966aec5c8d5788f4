/* Plugs: which interface has an endpoint. */

#include <config.h>

#include "agent/node/plugs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/node/ifaces.h"
#include "flow.h"
#include "openvswitch/shash.h"
#include "schemas/vswitch-idl.h"
#include "smap.h"
#include "sset.h"
#include "util.h"

/* An Interface row, and the mirror of it. */
struct row {
    struct vswrec_interface idl;
    struct iface *iface;
    int64_t ofport;
};

struct fixture {
    struct ifaces *ifaces;
    struct plugs *plugs;
    struct sset changed;
    unsigned int n_rows;
};

static int
setup(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);

    f->ifaces = ifaces_create();
    f->plugs = plugs_create();
    sset_init(&f->changed);
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;

    plugs_destroy(f->plugs);
    ifaces_destroy(f->ifaces);
    sset_destroy(&f->changed);
    free(f);
    return 0;
}

/* What OVSDB's row has: 'ofport' 0 stands for none yet. */
static void
row_set(struct row *row, int ofport)
{
    row->ofport = ofport;
    row->idl.ofport = &row->ofport;
    row->idl.n_ofport = ofport != 0;
    row->idl.error = ofport < 0 ? CONST_CAST(char *, "no such device") : NULL;
}

static void
row_init(struct fixture *f, struct row *row, const char *name,
         const char *iface_id, int ofport)
{
    memset(row, 0, sizeof *row);
    row->idl.name = CONST_CAST(char *, name);
    row->idl.header_.uuid.parts[0] = ++f->n_rows;
    smap_init(&row->idl.bfd);
    smap_init(&row->idl.bfd_status);
    smap_init(&row->idl.external_ids);
    smap_add(&row->idl.external_ids, "iface-id", iface_id);
    row_set(row, ofport);
}

/* The database is read: 'row' is new, or has changed. */
static void
row_read(struct fixture *f, struct row *row)
{
    row->iface = ifaces_obtain(f->ifaces, &row->idl);
    row->iface->on_bridge = true;
    ifaces_refresh(row->iface);
    plugs_refresh_iface(f->plugs, row->iface, &f->changed);
}

static void
row_add(struct fixture *f, struct row *row, const char *name,
        const char *iface_id, int ofport)
{
    row_init(f, row, name, iface_id, ofport);
    ifaces_begin_reading(f->ifaces);
    row_read(f, row);
}

static void
row_change(struct fixture *f, struct row *row, int ofport)
{
    row_set(row, ofport);
    ifaces_begin_reading(f->ifaces);
    row_read(f, row);
}

static void
row_remove(struct fixture *f, struct row *row)
{
    plugs_remove_iface(f->plugs, row->iface, &f->changed);
    ifaces_remove(f->ifaces, row->iface);
    smap_destroy(&row->idl.external_ids);
    smap_destroy(&row->idl.bfd_status);
    smap_destroy(&row->idl.bfd);
}

/* The plug of "web" is 'row' (NULL: there is none), and 'changed' says whether
 * that is new since the last call. */
static void
assert_plug(struct fixture *f, const struct row *row, bool changed)
{
    const struct plug *plug = shash_find_data(plugs_get_all(f->plugs), "web");

    assert_int_equal(sset_contains(&f->changed, "web"), changed);
    sset_clear(&f->changed);
    if (!row) {
        assert_null(plug);
        assert_null(plugs_find_iface(f->plugs, "web"));
        return;
    }
    assert_non_null(plug);
    assert_string_equal(plug->iface_id, "web");
    assert_string_equal(plug->name, row->idl.name);
    assert_int_equal(ofp_to_u16(plug->ofport), row->ofport);
    assert_true(uuid_equals(&plug->uuid, &row->idl.header_.uuid));
    assert_ptr_equal(plugs_find_iface(f->plugs, "web"), row->iface);
}

static void
add_problem(const char *object, const char *message OVS_UNUSED, void *problems)
{
    sset_add(problems, object);
}

/* 'expected': the objects that have problems, sorted, with a space behind
 * each. */
static void
assert_problems(const struct fixture *f, const char *expected)
{
    struct sset problems = SSET_INITIALIZER(&problems);
    char *s = xstrdup("");
    const char **sorted;

    plugs_for_each_problem(f->plugs, add_problem, &problems);
    sorted = sset_sort(&problems);
    for (size_t i = 0; i < sset_count(&problems); i++) {
        char *longer = xasprintf("%s%s; ", s, sorted[i]);

        free(s);
        s = longer;
    }
    assert_string_equal(s, expected);
    free(s);
    free(sorted);
    sset_destroy(&problems);
}

/* An interface that Open vSwitch could not add, or not yet, plugs nothing
 * in. */
static void
test_only_what_works(void **state)
{
    struct fixture *f = *state;
    struct row row;

    row_add(f, &row, "tap0", "web", 0);
    assert_plug(f, NULL, false);
    assert_problems(f, "");
    row_change(f, &row, -1);
    assert_plug(f, NULL, false);
    assert_problems(f, "interface tap0; ");
    row_change(f, &row, 5);
    assert_plug(f, &row, true);
    assert_problems(f, "");
    row_change(f, &row, -1);
    assert_plug(f, NULL, true);
    row_change(f, &row, 6);
    assert_plug(f, &row, true);
    row_remove(f, &row);
    assert_plug(f, NULL, true);
}

/* What does not work takes nothing from what does, whatever it is called and
 * whichever came first. */
static void
test_broken_rival(void **state)
{
    struct fixture *f = *state;
    struct row works, early, late;

    row_add(f, &early, "a-early", "web", -1);
    row_add(f, &works, "tap0", "web", 5);
    assert_plug(f, &works, true);
    row_add(f, &late, "a-late", "web", -1);
    assert_plug(f, &works, false);
    assert_problems(f, "endpoint web; interface a-early; interface a-late; ");

    row_remove(f, &early);
    row_remove(f, &late);
    assert_problems(f, "");
    assert_plug(f, &works, false);
    row_remove(f, &works);
}

/* Of several that work the newest has the endpoint. */
static void
test_newest_wins(void **state)
{
    struct fixture *f = *state;
    struct row a, b;

    row_add(f, &a, "tap-b", "web", 1);
    row_add(f, &b, "tap-a", "web", 2);
    assert_plug(f, &b, true);
    assert_problems(f, "endpoint web; interface tap-b; ");

    /* A change does not make the older one newer. */
    row_change(f, &a, 7);
    assert_plug(f, &b, false);
    row_change(f, &b, -1);
    assert_plug(f, &a, true);
    assert_problems(f, "endpoint web; interface tap-a; ");
    row_change(f, &b, 2);
    assert_plug(f, &b, true);
    row_remove(f, &b);
    assert_plug(f, &a, true);
    assert_problems(f, "");
    row_remove(f, &a);
}

/* Of several that were there before the agent, the one that had the endpoint
 * goes on having it. */
static void
test_there_before(void **state)
{
    struct fixture *f = *state;
    struct row rows[3];

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        row_init(f, &rows[i], xasprintf("tap%"PRIuSIZE, i), "web", 1 + i);
    }
    smap_add(&rows[1].idl.external_ids, IFACES_SETTLED_KEY, "web");
    ifaces_begin_reading(f->ifaces);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        row_read(f, &rows[i]);
    }
    assert_plug(f, &rows[1], true);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        row_remove(f, &rows[i]);
        free(rows[i].idl.name);
    }
}

/* A port that was made anew in one transaction is another plug, and there is
 * one all the time. */
static void
test_made_anew(void **state)
{
    struct fixture *f = *state;
    struct row old, new;

    row_add(f, &old, "tap0", "web", 5);
    assert_plug(f, &old, true);
    row_add(f, &new, "tap0", "web", 0);
    row_remove(f, &old);
    assert_false(sset_contains(&f->changed, "web"));
    assert_non_null(shash_find(plugs_get_all(f->plugs), "web"));
    assert_null(plugs_find_iface(f->plugs, "web"));
    row_change(f, &new, 5);
    assert_plug(f, &new, true);

    /* The same, if both of it are read at once. */
    row_add(f, &old, "tap0", "web", 5);
    row_remove(f, &new);
    assert_plug(f, &old, true);

    /* The new one may turn out not to work. */
    row_add(f, &new, "tap0", "web", 0);
    row_remove(f, &old);
    row_change(f, &new, -1);
    assert_plug(f, NULL, true);
    row_remove(f, &new);
    assert_problems(f, "");
}

/* A port that waits for a virtual machine to arrive. */
static void
test_hold(void **state)
{
    struct fixture *f = *state;
    const struct plug *plug;
    struct row a, b;

    row_add(f, &a, "tap0", "web", 1);
    row_init(f, &b, "tap1", "web", 2);
    smap_add(&b.idl.external_ids, "nve-claim", "hold");
    ifaces_begin_reading(f->ifaces);
    row_read(f, &b);
    assert_plug(f, &a, true);

    row_remove(f, &a);
    assert_plug(f, &b, true);
    plug = shash_find_data(plugs_get_all(f->plugs), "web");
    assert_true(plug->hold);
    smap_remove(&b.idl.external_ids, "nve-claim");
    row_change(f, &b, 2);
    assert_plug(f, &b, true);
    assert_false(plug->hold);
    row_remove(f, &b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_only_what_works, setup, teardown),
        cmocka_unit_test_setup_teardown(test_broken_rival, setup, teardown),
        cmocka_unit_test_setup_teardown(test_newest_wins, setup, teardown),
        cmocka_unit_test_setup_teardown(test_there_before, setup, teardown),
        cmocka_unit_test_setup_teardown(test_made_anew, setup, teardown),
        cmocka_unit_test_setup_teardown(test_hold, setup, teardown),
    };

    return cmocka_run_group_tests_name("plugs", tests, NULL, NULL);
}
