/* Metadata of an object.  Everything is kept as it was written. */

#include <config.h>

#include "lib/resource-meta.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/field.h"
#include "lib/json-util.h"
#include "lib/label.h"
#include "lib/resource-name.h"
#include "lib/smap-pool.h"
#include "openvswitch/json.h"
#include "util.h"

/* Of all keys and values of an object together, as Kubernetes has it. */
#define MAX_ANNOTATION_BYTES (256 * 1024)

/* Reads a map of strings; 'map' may be NULL if only its form matters. */
static void
parse_string_map(const struct field_parent *metadata, const char *name,
                 struct smap *map)
{
    const struct json *object = field_object(metadata, name, false);
    struct field_parent parent = { object, name, metadata->errors };
    const struct shash_node *node;

    if (!object) {
        return;
    }
    SHASH_FOR_EACH (node, object->object) {
        const struct json *value = node->data;

        if (value->type == JSON_STRING) {
            if (map) {
                smap_add(map, node->name, value->string);
            }
        } else if (value->type != JSON_NULL) {
            char *path = xasprintf("%s.%s", metadata->path, name);

            parent.path = path;
            field_error(&parent, FE_INVALID, node->name,
                        "must be a string");
            free(path);
        }
    }
}

static char *
parse_meta_string(const struct field_parent *metadata, const char *name)
{
    const char *s = field_string(metadata, name, false);

    return xstrdup(s ? s : "");
}

static void
parse_age(const struct field_parent *metadata, struct resource_age *age)
{
    const char *uid = field_string(metadata, "uid", false);
    const char *timestamp = field_string(metadata, "creationTimestamp", false);

    resource_age_init(age, timestamp, timestamp ? strlen(timestamp) : 0, uid,
                      uid ? strlen(uid) : 0);
}

static void
check_type(const struct field_parent *top, const char *kind)
{
    const char *s = field_string(top, "apiVersion", false);

    if (s && strcmp(s, RESOURCE_API_VERSION)) {
        field_error(top, FE_NOT_SUPPORTED, "apiVersion",
                    "\"%.80s\" is not %s", s, RESOURCE_API_VERSION);
    }
    s = field_string(top, "kind", false);
    if (s && strcmp(s, kind)) {
        field_error(top, FE_INVALID, "kind", "\"%.80s\" is not %s", s, kind);
    }
}

void
resource_meta_from_json(const struct json *json, const char *kind,
                        struct resource_meta *meta,
                        struct field_errors *errors)
{
    struct field_parent top = { json, "", errors };
    struct field_parent metadata = { NULL, "metadata", errors };
    struct smap labels = SMAP_INITIALIZER(&labels);
    const char *name = NULL;
    int64_t generation = 0;

    check_type(&top, kind);
    metadata.json = field_object(&top, "metadata", true);
    if (metadata.json) {
        name = field_name(&metadata, "name", true);
    }
    meta->name = xstrdup(name ? name : "");
    meta->resource_version = parse_meta_string(&metadata, "resourceVersion");
    parse_age(&metadata, &meta->age);
    field_integer(&metadata, "generation", false, 0, INT64_MAX, &generation);
    meta->generation = generation;
    parse_string_map(&metadata, "labels", &labels);
    meta->labels = smap_pool_take(&labels);
    parse_string_map(&metadata, "annotations", NULL);
}

static bool
member_is(const struct json *json, const char *name, const char *value,
          bool required)
{
    return (required || json_util_get(json, name)
            ? !strcmp(json_util_string(json, name, ""), value)
            : true);
}

bool
resource_meta_is_kind(const struct json *json, const char *kind,
                      bool required)
{
    return (member_is(json, "apiVersion", RESOURCE_API_VERSION, required)
            && member_is(json, "kind", kind, required));
}

/* Kubernetes takes capitals in the prefix of an annotation's key. */
static bool
annotation_key_is_valid(const char *key)
{
    char *lower = xstrdup(key);
    bool ok;

    for (char *p = lower; *p; p++) {
        *p = tolower((unsigned char) *p);
    }
    ok = label_key_is_valid(lower);
    free(lower);
    return ok;
}

static void
check_map(const struct json *metadata, const char *name, bool is_labels,
          struct field_errors *errors)
{
    const struct json *map = json_util_get(metadata, name);
    const struct shash_node *node;

    if (!map || map->type != JSON_OBJECT) {
        return;
    }
    SHASH_FOR_EACH (node, map->object) {
        const struct json *value = node->data;
        char *path = xasprintf("metadata.%s", name);

        if (!(is_labels ? label_key_is_valid(node->name)
              : annotation_key_is_valid(node->name))) {
            field_errors_add(errors, FE_INVALID, path, "\"%.320s\" is not a "
                             "key: it must be at most 63 letters, digits, "
                             "'-', '_' and '.', possibly after the name of a "
                             "domain and '/'", node->name);
        } else if (is_labels && !label_is_own(node->name)
                   && value->type == JSON_STRING
                   && !label_value_is_valid(value->string)) {
            field_errors_add(errors, FE_INVALID, path, "%s: \"%.80s\" is not "
                             "the value of a label: it must be at most 63 "
                             "letters, digits, '-', '_' and '.'", node->name,
                             value->string);
        }
        free(path);
    }
}

static void
check_annotation_bytes(const struct json *metadata,
                       struct field_errors *errors)
{
    const struct json *map = json_util_get(metadata, "annotations");
    const struct shash_node *node;
    size_t n = 0;

    if (!map || map->type != JSON_OBJECT) {
        return;
    }
    SHASH_FOR_EACH (node, map->object) {
        const struct json *value = node->data;

        n += strlen(node->name);
        n += value->type == JSON_STRING ? strlen(json_string(value)) : 0;
    }
    if (n > MAX_ANNOTATION_BYTES) {
        field_errors_add(errors, FE_INVALID, "metadata.annotations",
                         "must have at most %d bytes",
                         MAX_ANNOTATION_BYTES);
    }
}

void
resource_meta_check_maps(const struct json *object,
                         struct field_errors *errors)
{
    const struct json *metadata = json_util_get(object, "metadata");

    check_map(metadata, "labels", true, errors);
    check_map(metadata, "annotations", false, errors);
    check_annotation_bytes(metadata, errors);
}

void
resource_meta_set_version(struct resource_meta *meta, const char *version)
{
    size_t n = strlen(version);

    if (version == meta->resource_version) {
        return;
    }
    if (n < meta->version_bytes) {
        memcpy(meta->resource_version, version, n + 1);
        return;
    }
    if (!meta->version_bytes) {
        free(meta->resource_version);
    }
    meta->version_bytes = 0;
    meta->resource_version = xmemdup0(version, n);
}

bool
resource_meta_equals(const struct resource_meta *a,
                     const struct resource_meta *b)
{
    return (!strcmp(a->name, b->name)
            && resource_age_equals(&a->age, &b->age)
            && a->generation == b->generation
            && a->labels == b->labels);
}

struct json *
resource_meta_to_json(const struct resource_meta *meta, const char *kind)
{
    struct json *metadata = json_object_create();
    struct json *json = json_object_create();
    char *timestamp, *uid;

    resource_age_to_text(&meta->age, &timestamp, &uid);
    json_object_put_string(metadata, "name", meta->name);
    json_util_put_filled(metadata, "uid", uid);
    json_util_put_filled(metadata, "resourceVersion", meta->resource_version);
    json_util_put_filled(metadata, "creationTimestamp", timestamp);
    free(timestamp);
    free(uid);
    if (meta->generation) {
        json_object_put(metadata, "generation",
                        json_integer_create(meta->generation));
    }
    if (!smap_is_empty(meta->labels)) {
        json_object_put(metadata, "labels", smap_to_json(meta->labels));
    }
    json_object_put_string(json, "apiVersion", RESOURCE_API_VERSION);
    json_object_put_string(json, "kind", kind);
    json_object_put(json, "metadata", metadata);
    return json;
}

void
resource_meta_destroy(struct resource_meta *meta)
{
    if (!meta->in_block) {
        free(meta->name);
    }
    resource_age_uninit(&meta->age);
    if (!meta->version_bytes) {
        free(meta->resource_version);
    }
    smap_pool_release(meta->labels);
}
