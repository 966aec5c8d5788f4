/* Comparison of versions: see object-same.h. */

#include <config.h>

#include "agent/controller/object-same.h"

#include <string.h>

#include "openvswitch/json.h"
#include "openvswitch/shash.h"

static bool
is_volatile(const char *name)
{
    return !strcmp(name, "resourceVersion") || !strcmp(name, "managedFields");
}

/* Whether 'a' and 'b', which are metadata if 'in_metadata' and whole objects
 * otherwise, are the same but for the server's bookkeeping in metadata. */
static bool
members_equal(const struct json *a, const struct json *b, bool in_metadata)
{
    const struct shash_node *node;
    size_t n_a = 0, n_b = 0;

    if (a->type != JSON_OBJECT || b->type != JSON_OBJECT) {
        return json_equal(a, b);
    }
    SHASH_FOR_EACH (node, json_object(b)) {
        n_b += !in_metadata || !is_volatile(node->name);
    }
    SHASH_FOR_EACH (node, json_object(a)) {
        const struct json *other;

        if (in_metadata && is_volatile(node->name)) {
            continue;
        }
        n_a++;
        other = shash_find_data(json_object(b), node->name);
        if (!other
            || !(!in_metadata && !strcmp(node->name, "metadata")
                 ? members_equal(node->data, other, true)
                 : json_equal(node->data, other))) {
            return false;
        }
    }
    return n_a == n_b;
}

bool
object_same(const struct json *a, const struct json *b)
{
    return members_equal(a, b, false);
}
