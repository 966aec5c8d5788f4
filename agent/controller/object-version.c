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

struct object_flaws *
object_version_make_flaws(struct object *object)
{
    if (!object->flaws) {
        object->flaws = xzalloc(sizeof *object->flaws);
        object->flaws->object = object;
        ovs_list_init(&object->flaws->refused_node);
        ovs_list_init(&object->flaws->unknown_node);
    }
    return object->flaws;
}

void
object_version_destroy_flaws(struct object *object)
{
    struct object_flaws *f = object->flaws;

    if (f) {
        ovs_list_remove(&f->refused_node);
        ovs_list_remove(&f->unknown_node);
        free(f->refused);
        free(f->unknown);
        free(f->version);
        free(f);
    }
}

void
object_version_set_text(struct object *object, char *text, bool valid)
{
    if (object->text != object->valid_text) {
        free(object->text);
    }
    if (valid) {
        free(object->valid_text);
        object->valid_text = text;
    }
    object->text = text;
}

void
object_version_set(struct object *object, const char *version)
{
    struct object_flaws *f = object->flaws;

    if (f) {
        free(f->version);
        f->version = f->refused ? xstrdup(version) : NULL;
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

    if (object->text || !object->parsed) {
        return object->text && !strcmp(object->text, text);
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
            : object_get_refused(object) ? object->flaws->version
            : meta->resource_version);
}

struct json *
object_to_json(const struct object *object)
{
    return (!object->exists ? NULL
            : object->text ? object_text_parse(object->text,
                                               object_get_version(object))
            : endpoint_to_json(object->endpoint));
}

struct json *
object_valid_to_json(const struct object *object)
{
    const struct resource_meta *meta = object->parsed;

    return (object->valid_text
            ? object_text_parse(object->valid_text, meta->resource_version)
            : endpoint_to_json(object->endpoint));
}
