/* What the resources have in common: their names in the API, metadata, and
 * dispatch by kind.
 *
 * Everything is kept as it was written; nothing is normalized but what the
 * C types need.  Parsing goes on after a fault, so that a user sees all of
 * them at once. */

#include <config.h>

#include "lib/resource.h"

#include <stdlib.h>
#include <string.h>

#include "lib/json-util.h"
#include "lib/resource-field.h"
#include "lib/resource-private.h"
#include "openvswitch/json.h"
#include "util.h"

#define MAX_NAME_LEN 253

static const struct resource_type types[RES_N_KINDS] = {
    [RES_GENEVE_OPTION] = {
        "GeneveOption", "geneveoptions", "geneveoption", "gopt", true },
    [RES_OPTION_PROFILE] = {
        "OptionProfile", "optionprofiles", "optionprofile", "oprof", true },
    [RES_VPC] = { "VPC", "vpcs", "vpc", "vn", true },
    [RES_NVE] = { "NVE", "nves", "nve", "nvo", true },
    [RES_ENDPOINT] = { "Endpoint", "endpoints", "endpoint", "vep", true },
    [RES_ADVERTISEMENT_ACK] = {
        "AdvertisementAck", "advertisementacks", "advertisementack", "aack",
        false },
    [RES_VPC_POLICY] = {
        "VPCPolicy", "vpcpolicies", "vpcpolicy", "vpol", true },
};

/* Static data. */
const struct resource_type *
resource_type_get(enum resource_kind kind)
{
    ovs_assert(kind < RES_N_KINDS);
    return &types[kind];
}

/* From "GeneveOption". */
bool
resource_kind_from_kind(const char *s, enum resource_kind *kind)
{
    for (int i = 0; i < RES_N_KINDS; i++) {
        if (!strcmp(s, types[i].kind)) {
            *kind = i;
            return true;
        }
    }
    return false;
}

/* From "geneveoptions". */
bool
resource_kind_from_plural(const char *s, enum resource_kind *kind)
{
    for (int i = 0; i < RES_N_KINDS; i++) {
        if (!strcmp(s, types[i].plural)) {
            *kind = i;
            return true;
        }
    }
    return false;
}

static bool
is_lower_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* RFC 1123, section 2.1, in lower case: parts of letters, digits and '-',
 * with a letter or digit at both ends, and a '.' between parts. */
bool
resource_name_is_valid(const char *name)
{
    size_t n = strnlen(name, MAX_NAME_LEN + 1);

    if (!n || n > MAX_NAME_LEN) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        bool at_end = (i == 0 || i == n - 1
                       || name[i - 1] == '.' || name[i + 1] == '.');

        if (!is_lower_alnum(name[i])
            && (at_end || (name[i] != '-' && name[i] != '.'))) {
            return false;
        }
    }
    return true;
}

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
check_type(const struct field_parent *top, enum resource_kind kind)
{
    const char *s = field_string(top, "apiVersion", false);

    if (s && strcmp(s, RESOURCE_API_VERSION)) {
        field_error(top, FE_NOT_SUPPORTED, "apiVersion",
                    "\"%.80s\" is not %s", s, RESOURCE_API_VERSION);
    }
    s = field_string(top, "kind", false);
    if (s && strcmp(s, types[kind].kind)) {
        field_error(top, FE_INVALID, "kind", "\"%.80s\" is not %s", s,
                    types[kind].kind);
    }
}

/* Reads apiVersion, kind and metadata.  resource_meta_destroy() must follow,
 * whatever the errors. */
void
resource_meta_from_json(const struct json *json, enum resource_kind kind,
                        struct resource_meta *meta,
                        struct field_errors *errors)
{
    struct field_parent top = { json, "", errors };
    struct field_parent metadata = { NULL, "metadata", errors };
    const char *name = NULL;
    int64_t generation = 0;

    check_type(&top, kind);
    metadata.json = field_object(&top, "metadata", true);
    if (metadata.json) {
        name = field_name(&metadata, "name", true);
    }
    meta->name = xstrdup(name ? name : "");
    meta->uid = parse_meta_string(&metadata, "uid");
    meta->resource_version = parse_meta_string(&metadata, "resourceVersion");
    meta->creation_timestamp = parse_meta_string(&metadata,
                                                 "creationTimestamp");
    field_integer(&metadata, "generation", false, 0, INT64_MAX, &generation);
    meta->generation = generation;
    smap_init(&meta->labels);
    parse_string_map(&metadata, "labels", &meta->labels);
    parse_string_map(&metadata, "annotations", NULL);
}

/* Frees what 'meta' holds, not 'meta' itself. */
void
resource_meta_destroy(struct resource_meta *meta)
{
    free(meta->name);
    free(meta->uid);
    free(meta->resource_version);
    free(meta->creation_timestamp);
    smap_destroy(&meta->labels);
}

/* Starts the parse of an object of 'kind': false, with an error added, if it
 * is not even an object. */
bool
resource_is_object(const struct json *json, enum resource_kind kind,
                   struct field_errors *errors)
{
    if (!json || json->type != JSON_OBJECT) {
        field_errors_add(errors, FE_INVALID, types[kind].kind,
                         "must be an object");
        return false;
    }
    return true;
}

/* See the header. */
bool
resource_validate(enum resource_kind kind, const struct json *json,
                  struct field_errors *errors, struct svec *warnings)
{
    size_t n = errors->n;

    switch (kind) {
    case RES_GENEVE_OPTION:
        geneve_option_destroy(geneve_option_from_json(json, errors,
                                                      warnings));
        break;
    case RES_OPTION_PROFILE:
        option_profile_destroy(option_profile_from_json(json, errors));
        break;
    case RES_VPC:
        vpc_destroy(vpc_from_json(json, errors, warnings));
        break;
    case RES_NVE:
        nve_destroy(nve_from_json(json, errors));
        break;
    case RES_ENDPOINT:
        endpoint_destroy(endpoint_from_json(json, errors));
        break;
    case RES_ADVERTISEMENT_ACK:
        advertisement_ack_destroy(advertisement_ack_from_json(json, errors));
        break;
    case RES_VPC_POLICY:
        vpc_policy_destroy(vpc_policy_from_json(json, errors));
        break;
    case RES_N_KINDS:
    default:
        OVS_NOT_REACHED();
    }
    return errors->n == n;
}

/* See the header.  'old' has been valid once.  What is wrong with 'new' by
 * itself is for resource_validate(). */
bool
resource_validate_update(enum resource_kind kind, const struct json *old,
                         const struct json *new, struct field_errors *errors)
{
    const char *a = json_util_string(json_util_get(old, "metadata"), "name",
                                     NULL);
    const char *b = json_util_string(json_util_get(new, "metadata"), "name",
                                     NULL);
    size_t n = errors->n;

    if (a && b && strcmp(a, b)) {
        field_errors_add(errors, FE_INVALID, "metadata.name",
                         "may not change from \"%s\" to \"%.300s\"", a, b);
    }
    if (kind == RES_GENEVE_OPTION) {
        geneve_option_validate_update(old, new, errors);
    } else if (kind == RES_ENDPOINT) {
        endpoint_validate_update(old, new, errors);
    }
    return errors->n == n;
}
