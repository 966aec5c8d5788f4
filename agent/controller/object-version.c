/* Versions of objects in the cache: see object-version.h. */

#include <config.h>

#include "agent/controller/object-version.h"

#include <stdlib.h>
#include <string.h>

#include "agent/controller/object-text.h"
#include "agent/controller/objects.h"
#include "lib/json-util.h"
#include "lib/printable.h"
#include "openvswitch/json.h"
#include "util.h"

char *
object_version_describe(const struct object *object)
{
    return printable_make_nocopy(
        xasprintf("%s %.300s", resource_get_class(object->kind)->singular,
                  object->name));
}

const char *
object_version_find(const struct json *json)
{
    return json_util_string(json_util_get(json, "metadata"),
                            "resourceVersion", "");
}

struct object_extra *
object_version_make_extra(struct object *object)
{
    if (!object->extra) {
        object->extra = xzalloc(sizeof *object->extra);
        object->extra->object = object;
        ovs_list_init(&object->extra->refused_node);
        ovs_list_init(&object->extra->unknown_node);
        ovs_list_init(&object->extra->also_in);
    }
    return object->extra;
}

void
object_version_destroy_extra(struct object *object)
{
    struct object_extra *x = object->extra;

    if (x) {
        ovs_list_remove(&x->refused_node);
        ovs_list_remove(&x->unknown_node);
        free(x->refused);
        free(x->unknown);
        free(x->version);
        free(x->text);
        free(x);
    }
}

/* That of the present version. */
static const char *
get_text(const struct object *object)
{
    return (object->extra && object->extra->text ? object->extra->text
            : object->text);
}

void
object_version_set_text(struct object *object, char *text, bool valid)
{
    if (object->extra) {
        free(object->extra->text);
        object->extra->text = NULL;
    }
    if (valid) {
        free(object->text);
        object->text = text;
    } else if (text) {
        object_version_make_extra(object)->text = text;
    }
}

void
object_version_set(struct object *object, const char *version)
{
    struct object_extra *x = object->extra;

    if (x) {
        free(x->version);
        x->version = x->refused ? xstrdup(version) : NULL;
    }
    if (!object_get_refused(object)) {
        resource_meta_set_version(object->parsed, version); /* It begins with
                                                             * that. */
    }
}

bool
object_version_is(const struct object *object, const char *text)
{
    struct json *json;
    char *present;
    bool same;

    if (get_text(object) || !object->parsed) {
        return get_text(object) && !strcmp(get_text(object), text);
    }
    json = object_to_json(object);
    present = object_text_make(json);
    same = !strcmp(present, text);
    free(present);
    json_destroy(json);
    return same;
}

const char *
object_get_version(const struct object *object)
{
    const struct resource_meta *meta = object->parsed;

    return (!object->exists ? ""
            : object_get_refused(object) ? object->extra->version
            : meta->resource_version);
}

struct json *
object_to_json(const struct object *object)
{
    return (!object->exists ? NULL
            : get_text(object) ? object_text_parse(get_text(object),
                                                   object_get_version(object))
            : endpoint_to_json(object->endpoint));
}

struct json *
object_valid_to_json(const struct object *object)
{
    const struct resource_meta *meta = object->parsed;

    return (object->text
            ? object_text_parse(object->text, meta->resource_version)
            : endpoint_to_json(object->endpoint));
}
