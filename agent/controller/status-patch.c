/* Status patches: see status-patch.h.
 *
 * A patch has only what differs, so that a write that changes nothing can be
 * left out, and that one of several writers to an object's status does not
 * undo the work of others. */

#include <config.h>

#include "agent/controller/status-patch.h"

#include "lib/json-util.h"
#include "openvswitch/json.h"
#include "openvswitch/shash.h"

/* Returns 'json' without the null members of its objects.  A merge patch
 * deletes those, so what is read back never has them. */
static struct json *
strip_nulls(const struct json *json)
{
    const struct shash_node *node;
    struct json *result;

    if (json->type != JSON_OBJECT) {
        return json_clone(json);
    }
    result = json_object_create();
    SHASH_FOR_EACH (node, json->object) {
        const struct json *member = node->data;

        if (member->type != JSON_NULL) {
            json_object_put(result, node->name, strip_nulls(member));
        }
    }
    return result;
}

struct json *
status_patch_normalize(const struct json *wanted)
{
    struct json *result = json_object_create();
    const struct shash_node *node;

    SHASH_FOR_EACH (node, json_object(wanted)) {
        json_object_put(result, node->name, strip_nulls(node->data));
    }
    return result;
}

/* Returns the merge patch that makes 'from' (NULL if absent) into 'to', or
 * NULL if they are the same. */
static struct json *
diff(const struct json *from, const struct json *to)
{
    const struct shash_node *node;
    struct json *patch;

    if (from && json_equal(from, to)) {
        return NULL;
    }
    if (!from || from->type != JSON_OBJECT || to->type != JSON_OBJECT) {
        return json_clone(to);
    }

    patch = json_object_create();
    SHASH_FOR_EACH (node, from->object) {
        if (!json_util_get(to, node->name)) {
            json_object_put(patch, node->name, json_null_create());
        }
    }
    SHASH_FOR_EACH (node, to->object) {
        struct json *member = diff(json_util_get(from, node->name),
                                   node->data);

        if (member) {
            json_object_put(patch, node->name, member);
        }
    }
    return patch;
}

struct json *
status_patch_make(const struct json *status, const struct json *wanted)
{
    struct json *patch = json_object_create();
    const struct shash_node *node;

    SHASH_FOR_EACH (node, wanted->object) {
        const struct json *old = json_util_get(status, node->name);
        const struct json *new = node->data;
        struct json *member;

        if (new->type == JSON_NULL) {
            member = old ? json_null_create() : NULL;
        } else {
            member = diff(old, new);
        }
        if (member) {
            json_object_put(patch, node->name, member);
        }
    }
    if (shash_is_empty(patch->object)) {
        json_destroy(patch);
        patch = NULL;
    }
    return patch;
}
