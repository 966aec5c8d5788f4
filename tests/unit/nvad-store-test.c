/* nvad's store: current objects, snapshots of the past, the window of
 * history. */

#include <config.h>

#include "utilities/nvad/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "uuid.h"

#define KIND RES_NVE

struct fixture {
    struct store *store;
    uint64_t rv;
};

static struct store *
new_store(size_t max_events, size_t max_bytes)
{
    struct store_limits limits = { max_events, max_bytes };

    return store_create(&limits);
}

static struct object *
new_object(enum resource_kind kind, const char *name, uint64_t rv,
           const struct uuid *uuid)
{
    struct object_fields f = {
        .kind = kind, .name = name, .rv = rv, .generation = 1,
        .created = "2026-01-01T00:00:00Z", .spec = "{}", .status = "",
    };

    if (uuid) {
        f.uuid = *uuid;
    } else {
        uuid_generate(&f.uuid);
    }
    return object_create(&f);
}

static int
setup(void **state)
{
    struct fixture *f = xmalloc(sizeof *f);

    f->store = new_store(8, SIZE_MAX);
    f->rv = 100;
    store_set_loaded(f->store, f->rv);
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;

    store_destroy(f->store);
    free(f);
    return 0;
}

static void
put(struct fixture *f, const char *name)
{
    const struct object *old = store_find(f->store, KIND, name);

    store_put(f->store, new_object(KIND, name, ++f->rv,
                                   old ? &old->uuid : NULL));
}

static void
del(struct fixture *f, const char *name)
{
    store_remove(f->store, store_find(f->store, KIND, name), ++f->rv);
}

/* "a@101 b@102": the objects of a part, or of all, at 'rv'. */
static char *
describe(const struct fixture *f, enum resource_kind kind,
         const struct object_part *part, uint64_t rv, const char *after)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct store_cursor c;

    if (store_cursor_init(&c, f->store, kind, part, rv, after)) {
        size_t left = store_cursor_count(&c);
        const struct object *o;

        while ((o = store_cursor_next(&c)) != NULL) {
            ds_put_format(&ds, "%s%s@%"PRIu64, ds.length ? " " : "",
                          o->name, o->rv);
            assert_int_equal(store_cursor_count(&c), --left);
        }
        assert_int_equal(left, 0);
    } else {
        ds_put_cstr(&ds, "gone");
    }
    store_cursor_destroy(&c);
    return ds_steal_cstr(&ds);
}

static void
assert_at(struct fixture *f, uint64_t rv, const char *expected)
{
    char *s = describe(f, KIND, NULL, rv, NULL);

    assert_string_equal(s, expected);
    free(s);
}

static void
test_objects(void **state)
{
    struct fixture *f = *state;
    struct uuid uuid;

    put(f, "b");
    put(f, "a");
    put(f, "c");
    put(f, "b");
    uuid = store_find(f->store, KIND, "b")->uuid;
    assert_int_equal(store_find(f->store, KIND, "b")->rv, 104);
    assert_string_equal(store_find_uuid(f->store, &uuid)->name, "b");
    assert_null(store_find(f->store, RES_VPC, "b"));
    assert_int_equal(store_count(f->store, KIND), 3);
    assert_int_equal(store_get_rv(f->store), 104);
    del(f, "b");
    assert_null(store_find(f->store, KIND, "b"));
    assert_null(store_find_uuid(f->store, &uuid));
    assert_at(f, 105, "a@102 c@103");
}

static void
test_the_past(void **state)
{
    struct fixture *f = *state;

    put(f, "b");
    put(f, "a");
    put(f, "b");
    del(f, "a");
    put(f, "c");
    put(f, "a");
    del(f, "b");
    assert_at(f, 100, "");
    assert_at(f, 101, "b@101");
    assert_at(f, 102, "a@102 b@101");
    assert_at(f, 103, "a@102 b@103");
    assert_at(f, 104, "b@103");
    assert_at(f, 105, "b@103 c@105");
    assert_at(f, 106, "a@106 b@103 c@105");
    assert_at(f, 107, "a@106 c@105");
    assert_at(f, 108, "gone");
    assert_at(f, 99, "gone");
}

/* A snapshot stays as it was. */
static void
test_snapshots_do_not_change(void **state)
{
    struct fixture *f = *state;

    put(f, "a");
    struct snapshot *s = store_snapshot(f->store, KIND, NULL);
    struct snapshot *t = store_snapshot(f->store, KIND, NULL);
    assert_ptr_equal(s, t);
    snapshot_unref(t);
    put(f, "a");
    del(f, "a");
    assert_int_equal(s->n, 1);
    assert_int_equal(s->objects[0]->rv, 101);
    snapshot_unref(s);
}

static void
test_window(void **state)
{
    struct fixture *f = *state;
    struct store_event e;
    uint64_t seq;

    for (int i = 0; i < 20; i++) {
        put(f, "a");                /* 101...120, of which 113... are kept. */
    }
    assert_false(store_position_after(f->store, KIND, 111, &seq));
    assert_true(store_position_after(f->store, KIND, 112, &seq));
    assert_true(store_get_event(f->store, KIND, seq, &e));
    assert_int_equal(e.rv, 113);
    assert_false(store_get_event(f->store, KIND, seq - 1, &e));
    assert_true(store_position_after(f->store, KIND, 119, &seq));
    assert_int_equal(seq, store_end(f->store, KIND) - 1);
    assert_true(store_position_after(f->store, KIND, 120, &seq));
    assert_int_equal(seq, store_end(f->store, KIND));
    assert_false(store_get_event(f->store, KIND, seq, &e));
    assert_false(store_position_after(f->store, KIND, 121, &seq));
    assert_at(f, 111, "gone");
    assert_at(f, 112, "a@112");

    /* Another kind keeps all of its own. */
    assert_true(store_position_after(f->store, RES_VPC, 100, &seq));
    assert_int_equal(seq, store_end(f->store, RES_VPC));
}

static void
test_window_of_bytes(void **state OVS_UNUSED)
{
    struct object *o = new_object(KIND, "a", 101, NULL);
    struct fixture f = { new_store(1000, 10 * o->len), 100 };
    uint64_t seq;

    object_unref(o);
    store_set_loaded(f.store, f.rv);
    for (int i = 0; i < 20; i++) {
        put(&f, "a");
    }
    /* An event has the old and the new text: five fit. */
    assert_true(store_position_after(f.store, KIND, 115, &seq));
    assert_false(store_position_after(f.store, KIND, 114, &seq));
    store_destroy(f.store);

    /* Even one that is too large is kept until the next. */
    f = (struct fixture) { new_store(1000, 1), 100 };
    store_set_loaded(f.store, f.rv);
    put(&f, "a");
    assert_true(store_position_after(f.store, KIND, 100, &seq));
    put(&f, "a");
    assert_false(store_position_after(f.store, KIND, 100, &seq));
    store_destroy(f.store);
}

static void
test_forgotten_history(void **state)
{
    struct fixture *f = *state;
    struct store_event e;
    uint64_t seq, waiting;

    put(f, "a");
    waiting = store_end(f->store, KIND);
    store_forget_history(f->store, 200);
    assert_int_equal(store_get_rv(f->store), 200);
    assert_false(store_position_after(f->store, KIND, 101, &seq));
    assert_true(store_position_after(f->store, KIND, 200, &seq));
    assert_int_equal(seq, store_end(f->store, KIND));

    /* Who waited for the next event learns that it is lost. */
    assert_true(waiting < store_end(f->store, KIND));
    assert_false(store_get_event(f->store, KIND, waiting, &e));
}

static void
test_initial_contents_are_no_events(void **state OVS_UNUSED)
{
    struct store *store = new_store(8, SIZE_MAX);
    uint64_t seq;

    store_put(store, new_object(KIND, "a", 5, NULL));
    store_put(store, new_object(KIND, "b", 7, NULL));
    assert_false(store_is_loaded(store));
    store_set_loaded(store, 9);
    assert_true(store_is_loaded(store));
    assert_int_equal(store_get_rv(store), 9);
    assert_false(store_position_after(store, KIND, 8, &seq));
    assert_true(store_position_after(store, KIND, 9, &seq));
    assert_int_equal(seq, store_end(store, KIND));
    store_destroy(store);
}

struct heard {
    int n;
    uint64_t rv;
    bool old, new, forgotten;
};

static void
hear(void *heard_, enum resource_kind kind, const struct store_event *e)
{
    struct heard *heard = heard_;

    if (kind == KIND) {
        heard->n++;
        heard->forgotten = !e;
        heard->rv = e ? e->rv : 0;
        heard->old = e && e->old;
        heard->new = e && e->new;
    }
}

static void
test_listeners(void **state)
{
    struct fixture *f = *state;
    struct heard heard = { .n = 0 };

    store_add_listener(f->store, hear, &heard);
    put(f, "a");
    assert_true(heard.n == 1 && heard.rv == 101 && !heard.old && heard.new);
    put(f, "a");
    assert_true(heard.n == 2 && heard.rv == 102 && heard.old && heard.new);
    del(f, "a");
    assert_true(heard.n == 3 && heard.rv == 103 && heard.old && !heard.new);
    store_forget_history(f->store, 200);
    assert_true(heard.n == 4 && heard.forgotten);
}

static void
assert_after(struct fixture *f, const char *after, const char *expected)
{
    char *s = describe(f, KIND, NULL, 102, after);

    assert_string_equal(s, expected);
    free(s);
}

static void
test_after(void **state)
{
    struct fixture *f = *state;

    put(f, "b");
    put(f, "d");
    put(f, "b");
    put(f, "c");
    del(f, "d");
    assert_after(f, "a", "b@101 d@102");
    assert_after(f, "b", "d@102");
    assert_after(f, "c", "d@102");
    assert_after(f, "d", "");
    assert_after(f, "e", "");
}

static void
put_endpoint(struct fixture *f, const char *name, const char *vpc)
{
    struct object_fields of = {
        .kind = RES_ENDPOINT, .name = name, .rv = ++f->rv, .generation = 1,
        .created = "2026-01-01T00:00:00Z", .spec = "{}", .status = "",
        .vpc = vpc,
    };

    uuid_generate(&of.uuid);
    store_put(f->store, object_create(&of));
}

static void
assert_vpc(struct fixture *f, const char *vpc, uint64_t rv,
           const char *expected)
{
    struct object_part part = { OBJECT_VPC, vpc };
    char *s = describe(f, RES_ENDPOINT, &part, rv, NULL);

    assert_string_equal(s, expected);
    free(s);
}

static void
test_parts(void **state)
{
    struct fixture *f = *state;
    struct object_part label = { OBJECT_VPC_LABEL, "blue" };
    struct object_part red = { OBJECT_VPC, "red" };
    char *s;

    put_endpoint(f, "b", "blue");
    put_endpoint(f, "a", "blue");
    put_endpoint(f, "r", "red");
    put_endpoint(f, "b", "blue");
    put_endpoint(f, "a", "red");
    put_endpoint(f, "n", NULL);
    assert_vpc(f, "blue", 106, "b@104");
    assert_vpc(f, "red", 106, "a@105 r@103");
    assert_vpc(f, "blue", 103, "a@102 b@101");
    assert_vpc(f, "red", 103, "r@103");
    assert_vpc(f, "green", 103, "");
    store_remove(f->store, store_find(f->store, RES_ENDPOINT, "b"), ++f->rv);
    assert_vpc(f, "blue", 107, "");
    assert_vpc(f, "blue", 106, "b@104");
    assert_vpc(f, "blue", 99, "gone");

    s = describe(f, RES_ENDPOINT, &label, 107, NULL);
    assert_string_equal(s, "");
    free(s);
    struct snapshot *snapshot = store_snapshot(f->store, RES_ENDPOINT, &red);
    assert_int_equal(snapshot->n, 2);
    snapshot_unref(snapshot);
    red.value = "green";
    snapshot = store_snapshot(f->store, RES_ENDPOINT, &red);
    assert_int_equal(snapshot->n, 0);
    snapshot_unref(snapshot);
}

static void
test_text(void **state OVS_UNUSED)
{
    struct smap labels = SMAP_INITIALIZER(&labels);
    struct smap annotations = SMAP_INITIALIZER(&annotations);
    struct object_fields f = {
        .kind = RES_VPC, .name = "blue", .rv = 99, .generation = 3,
        .created = "2026-01-01T00:00:00Z", .labels = &labels,
        .annotations = &annotations, .spec = "{\"vni\":5}",
        .status = "{\"x\":1}",
    };
    struct ds s = DS_EMPTY_INITIALIZER;

    smap_add(&labels, "b", "\"");
    smap_add(&labels, "a", "1");
    struct object *o = object_create(&f);
    assert_string_equal(
        o->text, "{\"apiVersion\":\"nvo3.io/v1alpha1\",\"kind\":\"VPC\","
        "\"metadata\":{\"creationTimestamp\":\"2026-01-01T00:00:00Z\","
        "\"generation\":3,\"labels\":{\"a\":\"1\",\"b\":\"\\\"\"},"
        "\"name\":\"blue\",\"resourceVersion\":\"99\","
        "\"uid\":\"00000000-0000-0000-0000-000000000000\"},"
        "\"spec\":{\"vni\":5},\"status\":{\"x\":1}}");
    assert_int_equal(o->len, strlen(o->text));

    object_format(o, 1234, &s);
    assert_non_null(strstr(ds_cstr(&s), "\"resourceVersion\":\"1234\","));
    assert_int_equal(s.length, o->len + 2);
    ds_clear(&s);
    object_format(o, 99, &s);
    assert_string_equal(ds_cstr(&s), o->text);

    object_unref(o);
    ds_destroy(&s);
    smap_destroy(&labels);
    smap_destroy(&annotations);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_objects, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_past, setup, teardown),
        cmocka_unit_test_setup_teardown(test_snapshots_do_not_change, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_window, setup, teardown),
        cmocka_unit_test(test_window_of_bytes),
        cmocka_unit_test_setup_teardown(test_forgotten_history, setup,
                                        teardown),
        cmocka_unit_test(test_initial_contents_are_no_events),
        cmocka_unit_test_setup_teardown(test_listeners, setup, teardown),
        cmocka_unit_test_setup_teardown(test_after, setup, teardown),
        cmocka_unit_test_setup_teardown(test_parts, setup, teardown),
        cmocka_unit_test(test_text),
    };
    return cmocka_run_group_tests_name("nvad-store", tests, NULL, NULL);
}
