/* Versions as text: see object-text.h. */

#include <config.h>

#include "agent/controller/object-text.h"

#include <stdlib.h>
#include <string.h>

#include "lib/json-util.h"
#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "util.h"

char *
object_text_make(const struct json *json)
{
    const struct json *metadata = json_util_get(json, "metadata");
    const struct shash_node *node;
    struct json *copy;
    char *text;

    if (!metadata || metadata->type != JSON_OBJECT) {
        return json_to_string(json, JSSF_SORT);
    }
    copy = json_object_create();
    SHASH_FOR_EACH (node, json_object(json)) {
        json_object_put(copy, node->name, node->data == metadata
                        ? json_util_without(metadata, "resourceVersion",
                                            "managedFields", NULL)
                        : json_clone(node->data));
    }
    text = json_to_string(copy, JSSF_SORT);
    json_destroy(copy);
    return text;
}

struct json *
object_text_parse(const char *text, const char *version)
{
    struct json *json = json_from_string(text);
    struct json *metadata = (json->type == JSON_OBJECT
                             ? shash_find_data(json_object(json), "metadata")
                             : NULL);

    if (version[0] && metadata && metadata->type == JSON_OBJECT) {
        json_object_put_string(metadata, "resourceVersion", version);
    }
    return json;
}
