/* The steps that the parsers of all kinds have in common.
 *
 * Everything is kept as it was written; nothing is normalized but what the
 * C types need.  Parsing goes on after a fault, so that a user sees all of
 * them at once. */

#include <config.h>

#include "lib/resource-class.h"

#include <stdlib.h>

#include "lib/json-util.h"
#include "util.h"

void *
resource_class_parse(const struct resource_class *class,
                     const struct json *json, struct field_errors *errors,
                     struct svec *warnings)
{
    struct field_parent top = { json, "", errors };
    struct field_parent spec = { NULL, "spec", errors };
    size_t n = errors->n;
    void *resource;

    if (!json || json->type != JSON_OBJECT) {
        field_errors_add(errors, FE_INVALID, class->kind,
                         "must be an object");
        return NULL;
    }
    resource = xzalloc(class->size);
    if (class->init) {
        class->init(resource);
    }
    resource_meta_from_json(json, class->kind, resource, errors);
    spec.json = field_object(&top, "spec", true);
    if (spec.json) {
        class->parse_spec(resource, &spec, warnings);
    }
    if (class->parse_status) {
        class->parse_status(resource, json_util_get(json, "status"));
    }

    if (errors->n > n) {
        resource_class_destroy(class, resource);
        return NULL;
    }
    return resource;
}

void
resource_class_destroy(const struct resource_class *class, void *resource)
{
    if (resource) {
        class->release(resource);
        resource_meta_destroy(resource);
        free(resource);
    }
}
