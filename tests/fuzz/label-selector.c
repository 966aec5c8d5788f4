/* Selectors and labels of objects. */

#include <config.h>

#include "lib/label-selector.h"

#include <stdlib.h>
#include <string.h>

#include "lib/field-error.h"
#include "lib/label-set.h"
#include "lib/label.h"
#include "openvswitch/json.h"
#include "smap.h"
#include "tests/fuzz/fuzz.h"
#include "util.h"

static void
check_selector(const struct json *json)
{
    struct field_errors errors = FIELD_ERRORS_INITIALIZER;
    struct smap labels = SMAP_INITIALIZER(&labels);
    struct label_selector selector;

    label_selector_from_json(json, "spec.selector", &selector, &errors);
    if (!errors.n) {
        smap_add(&labels, "app", "web");
        smap_add(&labels, "tier", "");
        label_selector_matches(&selector, &labels);
        ovs_assert(!label_selector_is_empty(&selector) || !selector.n);
        free(label_selector_to_string(&selector));
    }
    label_selector_destroy(&selector);
    field_errors_destroy(&errors);
    smap_destroy(&labels);
}

/* A string that is a set's is that of no other set. */
static void
check_set(const char *s)
{
    struct smap labels = SMAP_INITIALIZER(&labels);

    if (label_set_from_string(s, &labels)) {
        char *again = label_set_to_string(&labels);

        ovs_assert(!strcmp(s, again));
        free(again);
    }
    smap_destroy(&labels);
}

void
fuzz_one(const uint8_t *data, size_t n)
{
    struct json *json = fuzz_to_json(data, n);
    char *s = fuzz_to_string(data, n);

    check_selector(json);
    check_set(s);
    label_key_is_valid(s);
    label_value_is_valid(s);
    free(s);
    json_destroy(json);
}
