/* labelSelector, and in the second line fieldSelector, of a URL. */

#include <config.h>

#include "utilities/nvad/selector.h"

#include <stdlib.h>
#include <string.h>

#include "smap.h"
#include "tests/fuzz/fuzz.h"
#include "util.h"
#include "utilities/nvad/object.h"

static void
check_match(const struct selector *selector)
{
    struct smap labels = SMAP_CONST1(&labels, "app", "web");
    struct object_fields f = {
        .kind = RES_ENDPOINT, .name = "a", .rv = 1, .generation = 1,
        .created = "2026-01-01T00:00:00Z", .labels = &labels, .spec = "{}",
        .status = "", .vpc = "blue",
    };
    struct object *object = object_create(&f);
    const char *name = selector_get_name(selector);

    if (selector_matches(selector, object)) {
        ovs_assert(!name || !strcmp(name, "a"));
    }
    ovs_assert(!selector_is_empty(selector)
               || selector_matches(selector, object));
    object_unref(object);
}

void
fuzz_one(const uint8_t *data, size_t n)
{
    struct selector selector = SELECTOR_INITIALIZER;
    struct selector moved;
    char *labels = fuzz_to_string(data, n);
    char *save = NULL;
    char *fields = (strtok_r(labels, "\n", &save), strtok_r(NULL, "", &save));
    char *error = selector_add_labels(&selector, labels);

    if (!error && fields) {
        error = selector_add_fields(&selector, RES_ENDPOINT, fields);
    }
    selector_move(&moved, &selector);
    if (!error) {
        check_match(&moved);
    }
    free(error);
    selector_destroy(&moved);
    selector_destroy(&selector);
    free(labels);
}
