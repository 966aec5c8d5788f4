/* OptionProfile.
 *
 * Whether the options exist, and whether the required ones fit 252 bytes
 * together, depends on other objects and is not checked here. */

#include <config.h>

#include "lib/resource-option-profile.h"

#include <limits.h>
#include <stdlib.h>

#include "lib/negotiation.h"
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

static void
parse_spec(void *profile_, const struct field_parent *spec,
           struct svec *warnings OVS_UNUSED)
{
    struct option_profile *profile = profile_;
    const struct json *options = field_array(spec, "options", true);
    struct sset seen = SSET_INITIALIZER(&seen);

    if (!options) {
        return;
    }
    profile->n_entries = options->array.n;
    profile->entries = xcalloc(MAX(1, profile->n_entries),
                               sizeof *profile->entries);
    for (size_t i = 0; i < profile->n_entries; i++) {
        parse_entry(options->array.elems[i], i, &seen, &profile->entries[i],
                    spec->errors);
    }
    sset_destroy(&seen);
}

static void
release(void *profile_)
{
    struct option_profile *profile = profile_;

    for (size_t i = 0; i < profile->n_entries; i++) {
        free(profile->entries[i].option);
    }
    free(profile->entries);
}

struct option_profile *
option_profile_from_json(const struct json *json, struct field_errors *errors)
{
    return resource_class_parse(&option_profile_class, json, errors, NULL);
}

void
option_profile_destroy(struct option_profile *profile)
{
    resource_class_destroy(&option_profile_class, profile);
}

const struct resource_class option_profile_class = {
    .kind = "OptionProfile",
    .plural = "optionprofiles",
    .singular = "optionprofile",
    .short_name = "oprof",
    .has_status = true,
    .size = sizeof(struct option_profile),
    .parse_spec = parse_spec,
    .release = release,
};
