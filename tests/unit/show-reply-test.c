/* Lists of entities: whole, and a page at a time. */

#include <config.h>

#include "agent/show/show-reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/json-util.h"
#include "openvswitch/json.h"
#include "sset.h"
#include "tests/unit/model-fixture.h"
#include "timeval.h"
#include "util.h"

#define N 250

/* Each look at the clock takes so long: ms. */
static int delay;

long long int __wrap_time_msec(void);

/* Instead of the library's. */
long long int
__wrap_time_msec(void)
{
    static long long int now = 1000;

    return now += delay;
}

static void
put_vpcs(struct model_fixture *f, int n)
{
    for (int i = 0; i < n; i++) {
        char *name = xasprintf("vpc-%03d", i);
        char *members = xasprintf("'spec': {'vni': %d}", i + 2);

        model_fixture_put(f, RES_VPC, name, "", members);
        free(members);
        free(name);
    }
    settle(f);
}

/* Every VPC but one. */
static struct json *
show(const struct entity *entity, void *aux OVS_UNUSED)
{
    struct json *json;

    if (!strcmp(entity->name, "vpc-007")) {
        return NULL;
    }
    json = json_object_create();
    json_object_put_string(json, "name", entity->name);
    return json;
}

/* Adds the names on the page at 'cursor' to 'seen', and returns the next
 * cursor, or NULL; the caller frees it.  Stores in '*n' how many items the
 * page has. */
static char *
read_page(struct model_fixture *f, const char *cursor, show_reply_func *cb,
          struct sset *seen, size_t *n)
{
    struct json *answer = json_object_create();
    const struct json *items;
    char *next;

    show_reply_page(f->model, MODEL_VPC, cursor, cb, NULL, answer);
    items = json_util_get(answer, "items");
    *n = items->array.n;
    for (size_t i = 0; i < *n; i++) {
        sset_add(seen, json_util_string(items->array.elems[i], "name", ""));
    }
    next = nullable_xstrdup(json_util_string(answer, "next", NULL));
    json_destroy(answer);
    return next;
}

static void
test_pages(void **state)
{
    struct model_fixture *f = *state;
    struct sset seen = SSET_INITIALIZER(&seen);
    char *cursor = xstrdup("0");
    size_t n, n_items = 0;

    put_vpcs(f, N);
    while (cursor) {
        char *next = read_page(f, cursor, show, &seen, &n);

        assert_true(n <= 100);
        n_items += n;
        free(cursor);
        cursor = next;
    }
    assert_int_equal(n_items, N - 1);
    assert_int_equal(sset_count(&seen), N - 1);
    assert_false(sset_contains(&seen, "vpc-007"));
    sset_destroy(&seen);
}

/* Of one entity, several items. */
static struct json *
show_twice(const struct entity *entity, void *aux)
{
    struct json *json = show(entity, aux);

    return json ? json_array_create_2(json, json_clone(json)) : NULL;
}

static void
test_several_items(void **state)
{
    struct model_fixture *f = *state;
    struct sset seen = SSET_INITIALIZER(&seen);
    size_t n;

    put_vpcs(f, 3);
    assert_null(read_page(f, "0", show_twice, &seen, &n));
    assert_int_equal(n, 6);
    assert_int_equal(sset_count(&seen), 3);
    sset_destroy(&seen);
}

/* Where all takes long, pages are smaller, but there is something in each: no
 * list ends before its end. */
static void
test_slow_pages(void **state)
{
    struct model_fixture *f = *state;
    struct sset seen = SSET_INITIALIZER(&seen);
    size_t n_pages = 0, n;
    char *cursor = xstrdup("0");

    put_vpcs(f, 30);
    delay = 3;
    while (cursor) {
        char *next = read_page(f, cursor, show, &seen, &n);

        assert_true(n <= 1);
        free(cursor);
        cursor = next;
        n_pages++;
    }
    delay = 0;
    assert_true(n_pages >= 30);
    assert_int_equal(sset_count(&seen), 29);
    sset_destroy(&seen);
}

/* Another cursor than those of now starts over. */
static void
test_old_cursor(void **state)
{
    struct model_fixture *f = *state;
    struct sset first = SSET_INITIALIZER(&first);
    struct sset again = SSET_INITIALIZER(&again);
    size_t n;

    put_vpcs(f, N);
    free(read_page(f, "0", show, &first, &n));
    free(read_page(f, "5.0.1", show, &again, &n));
    assert_true(sset_equals(&first, &again));
    sset_clear(&again);
    free(read_page(f, "bogus", show, &again, &n));
    assert_true(sset_equals(&first, &again));
    sset_destroy(&first);
    sset_destroy(&again);
}

static void
test_whole(void **state)
{
    struct model_fixture *f = *state;
    struct json *list;

    put_vpcs(f, N);
    list = show_reply_all(f->model, MODEL_VPC, show, NULL);
    assert_int_equal(list->array.n, N - 1);
    for (size_t i = 1; i < list->array.n; i++) {
        assert_true(strcmp(json_util_string(list->array.elems[i - 1], "name",
                                            ""),
                           json_util_string(list->array.elems[i], "name",
                                            "")) < 0);
    }
    json_destroy(list);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        MODEL_TEST(test_pages),
        MODEL_TEST(test_several_items),
        MODEL_TEST(test_slow_pages),
        MODEL_TEST(test_old_cursor),
        MODEL_TEST(test_whole),
    };

    return cmocka_run_group_tests_name("show-reply", tests, NULL, NULL);
}
