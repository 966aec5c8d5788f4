/* Discovery documents.  They are made from the kinds' classes, except for the
 * OpenAPI document, which is schemas/openapi.json, built in. */

#include <config.h>

#include "utilities/nvad/discovery.h"

#include <string.h>

#include "lib/ga-version.h"
#include "lib/resource.h"
#include "openvswitch/json.h"
#include "util.h"

static const char openapi[] =
#include "utilities/nvad/openapi.inc"
;

static struct json *
new_object(const char *kind, const char *api_version)
{
    struct json *json = json_object_create();

    json_object_put_string(json, "kind", kind);
    json_object_put_string(json, "apiVersion", api_version);
    return json;
}

static struct json *
new_strings(const char *const *s)
{
    struct json *array = json_array_create_empty();

    for (; *s; s++) {
        json_array_add(array, json_string_create(*s));
    }
    return array;
}

static struct json *
new_version(void)
{
    struct json *json = json_object_create();

    json_object_put_string(json, "groupVersion", RESOURCE_API_VERSION);
    json_object_put_string(json, "version", RESOURCE_VERSION);
    return json;
}

static struct json *
new_group(const char *kind)
{
    struct json *json = (kind ? new_object(kind, "v1")
                         : json_object_create());

    json_object_put_string(json, "name", RESOURCE_GROUP);
    json_object_put(json, "versions", json_array_create_1(new_version()));
    json_object_put(json, "preferredVersion", new_version());
    return json;
}

static struct json *
new_resource(const struct resource_class *class, const char *subresource)
{
    static const char *const verbs[] = {
        "create", "delete", "get", "list", "patch", "update", "watch", NULL
    };
    static const char *const sub_verbs[] = { "get", "patch", "update", NULL };
    static const char *const categories[] = { "nvo3", NULL };
    struct json *json = json_object_create();

    json_object_put_format(json, "name", "%s%s", class->plural, subresource);
    json_object_put_string(json, "singularName",
                           subresource[0] ? "" : class->singular);
    json_object_put(json, "namespaced", json_boolean_create(false));
    json_object_put_string(json, "kind", class->kind);
    json_object_put(json, "verbs",
                    new_strings(subresource[0] ? sub_verbs : verbs));
    if (!subresource[0]) {
        const char *const names[] = { class->short_name, NULL };

        json_object_put(json, "shortNames", new_strings(names));
        json_object_put(json, "categories", new_strings(categories));
    }
    return json;
}

static struct json *
get_resources(void)
{
    struct json *json = new_object("APIResourceList", "v1");
    struct json *resources = json_array_create_empty();

    for (int i = 0; i < RES_N_KINDS; i++) {
        const struct resource_class *class = resource_get_class(i);

        json_array_add(resources, new_resource(class, ""));
        if (class->has_status) {
            json_array_add(resources, new_resource(class, "/status"));
        }
    }
    json_object_put_string(json, "groupVersion", RESOURCE_API_VERSION);
    json_object_put(json, "resources", resources);
    return json;
}

static struct json *
get_groups(void)
{
    struct json *json = new_object("APIGroupList", "v1");

    json_object_put(json, "groups", json_array_create_1(new_group(NULL)));
    return json;
}

static struct json *
get_group(void)
{
    return new_group("APIGroup");
}

/* There is no core group, but kubectl asks for it. */
static struct json *
get_core_versions(void)
{
    struct json *json = new_object("APIVersions", "v1");

    json_object_put(json, "versions", json_array_create_empty());
    json_object_put(json, "serverAddressByClientCIDRs",
                    json_array_create_empty());
    return json;
}

/* The "major" and "minor" are those of the Kubernetes API whose conventions
 * we follow: kubectl warns if they are far from its own. */
static struct json *
get_version(void)
{
    struct json *json = json_object_create();

    json_object_put_string(json, "major", "1");
    json_object_put_string(json, "minor", "32");
    json_object_put_string(json, "gitVersion", "v1.32.0+nvad-" GA_VERSION);
    json_object_put_string(json, "gitTreeState", "clean");
    json_object_put_string(json, "platform", "nvad");
    return json;
}

/* Where the OpenAPI document of each group is. */
static struct json *
get_openapi_index(void)
{
    struct json *json = json_object_create();
    struct json *paths = json_object_create();
    struct json *group = json_object_create();

    json_object_put_string(group, "serverRelativeURL",
                           "/openapi/v3" RESOURCE_API_PATH "?hash="
                           GA_VERSION);
    json_object_put(paths, &RESOURCE_API_PATH[1], group);
    json_object_put(json, "paths", paths);
    return json;
}

static struct json *
get_paths(void)
{
    static const char *const paths[] = {
        "/apis", "/apis/" RESOURCE_GROUP, RESOURCE_API_PATH, "/healthz",
        "/livez", "/openapi/v3", "/readyz", "/version", NULL
    };
    struct json *json = json_object_create();

    json_object_put(json, "paths", new_strings(paths));
    return json;
}

struct json *
discovery_get(const char *path)
{
    static const struct {
        const char *path;
        struct json *(*get)(void);
    } documents[] = {
        { "/", get_paths },
        { "/api", get_core_versions },
        { "/apis", get_groups },
        { "/apis/" RESOURCE_GROUP, get_group },
        { RESOURCE_API_PATH, get_resources },
        { "/openapi/v3", get_openapi_index },
        { "/version", get_version },
    };

    for (size_t i = 0; i < ARRAY_SIZE(documents); i++) {
        if (!strcmp(path, documents[i].path)) {
            return documents[i].get();
        }
    }
    return NULL;
}

const char *
discovery_get_text(const char *path)
{
    return strcmp(path, "/openapi/v3" RESOURCE_API_PATH) ? NULL : openapi;
}
