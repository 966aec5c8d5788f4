/* The index of selectors: what it says of random selectors and label sets that
 * come, change and go is what comparing each with each says. */

#include <config.h>

#include "lib/selector-index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/field-error.h"
#include "openvswitch/json.h"
#include "random.h"
#include "smap.h"
#include "util.h"

static struct label_selector
parse(const char *text)
{
    struct field_errors errors = FIELD_ERRORS_INITIALIZER;
    struct json *json = json_from_string(text);
    struct label_selector selector;

    label_selector_from_json(json, "selector", &selector, &errors);
    assert_int_equal(errors.n, 0);
    field_errors_destroy(&errors);
    json_destroy(json);
    return selector;
}

static const char *const selectors[] = {
    "{}",
    "{\"matchLabels\": {\"a\": \"1\"}}",
    "{\"matchLabels\": {\"a\": \"2\"}}",
    "{\"matchLabels\": {\"a\": \"1\", \"b\": \"2\"}}",
    "{\"matchLabels\": {\"c\": \"\"}}",
    "{\"matchExpressions\": [{\"key\": \"a\", \"operator\": \"In\", "
    "\"values\": [\"1\", \"2\"]}]}",
    "{\"matchExpressions\": [{\"key\": \"a\", \"operator\": \"NotIn\", "
    "\"values\": [\"1\"]}]}",
    "{\"matchExpressions\": [{\"key\": \"b\", \"operator\": \"Exists\"}]}",
    "{\"matchLabels\": {\"b\": \"1\"}, \"matchExpressions\": [{\"key\": "
    "\"c\", \"operator\": \"DoesNotExist\"}]}",
};

#define N 24

struct item {
    struct selectable selectable;
    struct smap labels;
    bool there;
};

static void
make_labels(struct smap *labels)
{
    static const char *const keys[] = { "a", "b", "c" };
    static const char *const values[] = { "", "1", "2", "3" };

    smap_init(labels);
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        if (random_range(2)) {
            smap_add(labels, keys[i],
                     values[random_range(ARRAY_SIZE(values))]);
        }
    }
}

static void
check_all(const struct selection *selections, const int *which,
          struct item *items, const struct label_selector *parsed)
{
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            struct item *item = &items[j];
            bool expected = (which[i] >= 0 && item->there
                             && label_selector_matches(&parsed[which[i]],
                                                       &item->labels));

            assert_int_equal(selection_has(&selections[i],
                                           &item->selectable), expected);
            if (item->there) {
                assert_int_equal(
                    hmapx_contains(&item->selectable.selections,
                                   CONST_CAST(struct selection *,
                                              &selections[i])), expected);
            }
        }
    }
}

static void
change_item(struct selector_index *index, struct item *item)
{
    if (item->there) {
        selectable_remove(index, &item->selectable);
        smap_destroy(&item->labels);
    } else {
        make_labels(&item->labels);
        selectable_insert(index, &item->selectable, &item->labels);
    }
    item->there = !item->there;
}

static void
test_random(void **state OVS_UNUSED)
{
    struct label_selector parsed[ARRAY_SIZE(selectors)];
    struct selection selections[N];
    struct item items[N] = { 0 };
    struct selector_index index;
    int which[N];

    random_set_seed(1);
    selector_index_init(&index);
    for (size_t i = 0; i < ARRAY_SIZE(selectors); i++) {
        parsed[i] = parse(selectors[i]);
    }
    for (int i = 0; i < N; i++) {
        selection_init(&selections[i], NULL);
        which[i] = -1;
    }
    for (int n = 0; n < 3000; n++) {
        int i = random_range(N);

        if (random_range(2)) {
            change_item(&index, &items[i]);
        } else {
            int w = (int) random_range(ARRAY_SIZE(selectors) + 1) - 1;
            bool changed = selection_set(&selections[i],
                                         w < 0 ? NULL : &index,
                                         w < 0 ? NULL : &parsed[w]);

            assert_int_equal(changed, w != which[i]);
            which[i] = w;
        }
        check_all(selections, which, items, parsed);
    }

    for (int i = 0; i < N; i++) {
        selection_destroy(&selections[i]);
        if (items[i].there) {
            change_item(&index, &items[i]);
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(selectors); i++) {
        label_selector_destroy(&parsed[i]);
    }
    selector_index_destroy(&index);
}

int
main(int argc OVS_UNUSED, char *argv[])
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
    };

    set_program_name(argv[0]);
    return cmocka_run_group_tests_name("selector-index", tests, NULL, NULL);
}
