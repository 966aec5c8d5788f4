/* See case-objects.h. */

#include <config.h>

#include "tests/unit/case-objects.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/json-util.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "util.h"

/* Returns 'object' in full, with "name" and "labels" in its metadata. */
static struct json *
complete_object(const struct json *object)
{
    static const char *const moved[] = { "name", "labels" };
    struct json *metadata = json_object_create();
    struct json *full = json_deep_clone(object);

    for (size_t i = 0; i < ARRAY_SIZE(moved); i++) {
        struct json *value = shash_find_and_delete(json_object(full),
                                                   moved[i]);
        if (value) {
            json_object_put(metadata, moved[i], value);
        }
    }
    json_object_put_string(full, "apiVersion", "nvo3.io/v1alpha1");
    json_object_put(full, "metadata", metadata);
    return full;
}

static void
add_object(struct json *objects, const struct json *object)
{
    char *name = xasprintf("%s %s", json_util_string(object, "kind", ""),
                           json_util_string(object, "name", ""));

    json_util_put(objects, name, complete_object(object));
    free(name);
}

/* Adds number 'k' of the objects that 'pattern' stands for. */
static void
add_numbered_object(struct json *objects, const struct json *pattern,
                    unsigned int k)
{
    char *s = json_to_string(pattern, 0);
    struct ds text = DS_EMPTY_INITIALIZER;
    struct json *object;

    for (const char *p = s; *p; p++) {
        if (*p != '%') {
            ds_put_char(&text, *p);
        } else if (*++p == 'k') {
            ds_put_format(&text, "%03u", k);
        } else if (*p == 'x') {
            ds_put_format(&text, "%02x:%02x", k >> 8, k & 0xff);
        } else {
            ds_put_format(&text, "%u.%u", k >> 8, k & 0xff);
        }
    }
    object = json_from_string(ds_cstr(&text));
    json_destroy(shash_find_and_delete(json_object(object), "count"));
    add_object(objects, object);
    json_destroy(object);
    ds_destroy(&text);
    free(s);
}

void
case_objects_change(struct json *objects, const struct json *added,
                    const struct json *deleted)
{
    for (size_t i = 0; added && i < json_array(added)->n; i++) {
        const struct json *object = json_array(added)->elems[i];
        int64_t count;

        if (json_util_integer(object, "count", &count)) {
            for (unsigned int k = 0; k < count; k++) {
                add_numbered_object(objects, object, k);
            }
        } else {
            add_object(objects, object);
        }
    }
    for (size_t i = 0; deleted && i < json_array(deleted)->n; i++) {
        const char *name = json_string(json_array(deleted)->elems[i]);
        struct json *object = shash_find_and_delete(json_object(objects),
                                                    name);
        ovs_assert(object);
        json_destroy(object);
    }
}

void
case_objects_write_file(const char *path, const struct json *json)
{
    char *s = json_to_string(json, 0);
    FILE *file;

    umask(022);
    file = fopen(path, "w");
    ovs_assert(file && fputs(s, file) >= 0 && !fclose(file));
    free(s);
}

void
case_objects_write(const struct json *objects, const char *path)
{
    const struct shash_node **nodes = shash_sort(json_object(objects));
    struct json *items = json_array_create_empty();
    struct json *list = json_object_create();

    for (size_t i = 0; i < shash_count(json_object(objects)); i++) {
        json_array_add(items, json_clone(nodes[i]->data));
    }
    free(nodes);
    json_object_put_string(list, "apiVersion", "v1");
    json_object_put_string(list, "kind", "List");
    json_object_put(list, "items", items);
    case_objects_write_file(path, list);
    json_destroy(list);
}

bool
case_objects_has_string(const struct json *array, const char *s)
{
    for (size_t i = 0; i < json_array(array)->n; i++) {
        if (!strcmp(json_string(json_array(array)->elems[i]), s)) {
            return true;
        }
    }
    return false;
}
