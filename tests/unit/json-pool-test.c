/* JSON that is kept once: as long as somebody needs it, and no longer. */

#include <config.h>

#include "lib/json-pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "openvswitch/json.h"
#include "util.h"

#define TABLE "{\"order\": \"any\", \"options\": [{\"length\": 4}]}"

static const struct json *
take(const char *text)
{
    struct json *json = json_from_string(text);
    const struct json *pooled = json_pool_take(json);

    assert_true(json_equal(pooled, json));
    json_destroy(json);
    return pooled;
}

static void
test_nothing(void **state OVS_UNUSED)
{
    assert_null(json_pool_take(NULL));
    json_pool_release(NULL);
}

static void
test_equal_is_same(void **state OVS_UNUSED)
{
    const struct json *a = take(TABLE);
    const struct json *b = take("{\"options\": [{\"length\": 4}],"
                                " \"order\": \"any\"}");
    const struct json *other = take("{\"order\": \"any\", \"options\": []}");
    const struct json *number = take("[1]");
    const struct json *string = take("[\"1\"]");

    assert_ptr_equal(a, b);
    assert_ptr_not_equal(a, other);
    assert_ptr_not_equal(number, string);
    json_pool_release(a);
    assert_ptr_equal(take(TABLE), b);
    json_pool_release(b);
    json_pool_release(b);
    json_pool_release(other);
    json_pool_release(number);
    json_pool_release(string);
}

static void
test_text(void **state OVS_UNUSED)
{
    static const char text[] = TABLE ", ...";
    size_t n = strlen(TABLE);
    const struct json *a = json_pool_take_text(text, n);
    const struct json *b = take(TABLE);
    const struct json *c = json_pool_take_text(text, n);
    const struct json *d = json_pool_take_text("[ 1]", 4);
    const struct json *e = json_pool_take_text("[1 ]", 4);

    assert_ptr_equal(a, b);
    assert_ptr_equal(a, c);
    assert_ptr_equal(d, e);
    json_pool_release(a);
    json_pool_release(b);
    json_pool_release(c);
    a = json_pool_take_text(text, n);
    assert_int_equal(json_object(a)->map.n, 2);
    json_pool_release(a);
    json_pool_release(d);
    json_pool_release(e);
}

/* One that nobody needs any more is not found again. */
static void
test_leaves(void **state OVS_UNUSED)
{
    struct json *old = json_from_string(TABLE);
    struct json *new = json_from_string(TABLE);

    assert_ptr_equal(json_pool_take(old), old);
    assert_ptr_equal(json_pool_take(new), old);
    json_pool_release(old);
    json_pool_release(old);
    assert_ptr_equal(json_pool_take(new), new);
    json_pool_release(new);
    assert_int_equal(old->count, 1);
    assert_int_equal(new->count, 1);
    json_destroy(old);
    json_destroy(new);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_equal_is_same),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_leaves),
    };
    return cmocka_run_group_tests_name("json-pool", tests, NULL, NULL);
}
