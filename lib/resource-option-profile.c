/* OptionProfile: what the packets of a VPC carry.
 *
 * Whether the options exist, and whether the required ones fit 252 bytes
 * together, depends on other objects and is not looked at here. */

#include <config.h>

#include "lib/resource.h"

#include <limits.h>
#include <stdlib.h>

#include "lib/resource-field.h"
#include "lib/resource-private.h"
#include "openvswitch/json.h"
#include "sset.h"
#include "util.h"

/* Reads one element of spec.options into 'entry', and remembers its name in
 * 'seen'. */
static void
parse_entry(const struct json *json, size_t index, struct sset *seen,
            struct profile_entry *entry, struct field_errors *errors)
{
    char *path = xasprintf("spec.options[%"PRIuSIZE"]", index);
    struct field_parent parent = { json, path, errors };
    int64_t priority = NEG_DEFAULT_PRIORITY;
    const char *name = NULL;

    if (json->type != JSON_OBJECT) {
        field_errors_add(errors, FE_INVALID, path, "must be an object");
    } else {
        name = field_name(&parent, "name", true);
        if (name && !sset_add(seen, name)) {
            field_error(&parent, FE_DUPLICATE, "name",
                        "\"%s\" is in the profile already", name);
        }
        field_integer(&parent, "priority", false, INT_MIN, INT_MAX,
                      &priority);
        entry->required = field_boolean(&parent, "required", false);
    }
    entry->option = xstrdup(name ? name : "");
    entry->priority = priority;
    free(path);
}

/* See the header. */
struct option_profile *
option_profile_from_json(const struct json *json, struct field_errors *errors)
{
    struct field_parent top = { json, "", errors };
    struct field_parent spec = { NULL, "spec", errors };
    struct sset seen = SSET_INITIALIZER(&seen);
    const struct json *options = NULL;
    struct option_profile *profile;
    size_t n = errors->n;

    if (!resource_is_object(json, RES_OPTION_PROFILE, errors)) {
        return NULL;
    }
    profile = xzalloc(sizeof *profile);
    resource_meta_from_json(json, RES_OPTION_PROFILE, &profile->meta, errors);
    spec.json = field_object(&top, "spec", true);
    if (spec.json) {
        options = field_array(&spec, "options", true);
    }
    if (options) {
        profile->n_entries = options->array.n;
        profile->entries = xcalloc(MAX(1, profile->n_entries),
                                   sizeof *profile->entries);
        for (size_t i = 0; i < profile->n_entries; i++) {
            parse_entry(options->array.elems[i], i, &seen,
                        &profile->entries[i], errors);
        }
    }
    sset_destroy(&seen);

    if (errors->n > n) {
        option_profile_destroy(profile);
        return NULL;
    }
    return profile;
}

/* NULL is fine. */
void
option_profile_destroy(struct option_profile *profile)
{
    if (profile) {
        for (size_t i = 0; i < profile->n_entries; i++) {
            free(profile->entries[i].option);
        }
        free(profile->entries);
        resource_meta_destroy(&profile->meta);
        free(profile);
    }
}
