/* OptionProfiles: see model-profile.h.
 *
 * A profile names options.  An optional one that does not exist or is refused
 * is left out, and the profile says so.  If a required one is missing, the
 * last version of the profile that could be used stays in force. */

#include <config.h>

#include "agent/model/model-profile.h"

#include "agent/model/model-option.h"
#include "agent/model/source-set.h"
#include "openvswitch/json.h"
#include "util.h"

static void
destroy_options(struct resolved_option *options, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        resolved_option_destroy(&options[i]);
    }
    free(options);
}

static bool
m_profile_has_options(const struct m_profile *profile,
                      const struct resolved_option *options, size_t n)
{
    bool same = profile->n_options == n;

    for (size_t i = 0; i < n && same; i++) {
        same = resolved_option_equals(&profile->options[i], &options[i]);
    }
    return same;
}

static void
m_profile_set_vpcs_dirty(struct model *model, struct m_profile *profile)
{
    struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &profile->vpcs) {
        struct m_vpc *vpc = node->data;
        entity_set_dirty(model, &vpc->up);
    }
}

/* Puts new options into force and tells the VPCs. */
static void
m_profile_set_options(struct model *model, struct m_profile *profile,
                      struct resolved_option *options, size_t n)
{
    if (profile->valid && m_profile_has_options(profile, options, n)) {
        destroy_options(options, n);
        return;
    }
    destroy_options(profile->options, profile->n_options);
    profile->options = options;
    profile->n_options = n;
    profile->valid = true;

    free(profile->sender.options);
    profile->sender.options = xmalloc(n * sizeof *profile->sender.options);
    profile->sender.n_options = n;
    for (size_t i = 0; i < n; i++) {
        profile->sender.options[i] = options[i].sender;
    }
    m_profile_set_vpcs_dirty(model, profile);
}

/* Makes 'profile' refer to the options that its object names. */
static void
m_profile_set_refs(struct model *model, struct m_profile *profile)
{
    const struct object *object = profile->up.object;
    struct hmapx old = HMAPX_INITIALIZER(&old);
    struct hmapx_node *node;

    hmapx_swap(&old, &profile->options_used);
    for (size_t i = 0; object && i < object->profile->n_entries; i++) {
        const char *name = object->profile->entries[i].option;
        struct m_option *option = M_CAST(m_option,
                                         entity_get(model, MODEL_OPTION,
                                                    name));
        hmapx_add(&profile->options_used, option);
        hmapx_add(&option->profiles, profile);
    }
    HMAPX_FOR_EACH (node, &old) {
        struct m_option *option = node->data;
        if (!hmapx_contains(&profile->options_used, option)) {
            hmapx_find_and_delete(&option->profiles, profile);
            entity_maybe_gone(model, &option->up);
        }
    }
    hmapx_destroy(&old);
}

/* Resolves the entries of 'def' into '*n' 'options'.  Returns why the profile
 * cannot be used, or NULL.  Sets '*left_out' to a message about an optional
 * entry that is missing, or to NULL. */
static char *
m_profile_resolve_entries(struct model *model,
                          const struct option_profile *def,
                          struct resolved_option *options, size_t *n,
                          char **left_out)
{
    unsigned int required_bytes = 0;

    *n = 0;
    *left_out = NULL;
    for (size_t i = 0; i < def->n_entries; i++) {
        const struct profile_entry *entry = &def->entries[i];
        struct entity *entity = entity_find(model, MODEL_OPTION,
                                           entry->option);
        const struct geneve_option *option
            = m_option_get_def(M_CAST(m_option, entity));

        if (!option) {
            const char *why = entity->problem ? "is refused"
                                              : "does not exist";
            if (entry->required) {
                return xasprintf("spec.options[%"PRIuSIZE"].option: required "
                                 "GeneveOption %s %s", i, entry->option, why);
            }
            if (!*left_out) {
                *left_out = xasprintf("spec.options[%"PRIuSIZE"].option: "
                                      "GeneveOption %s %s and is left out",
                                      i, entry->option, why);
            }
            continue;
        }

        struct resolved_option *o = &options[(*n)++];
        o->name = xstrdup(entry->option);
        o->sender.key = option->key;
        o->sender.length = option->length;
        o->sender.required = entry->required;
        o->sender.priority = entry->priority;
        o->value = option->value;
        o->value.name = nullable_xstrdup(option->value.name);
        required_bytes += (entry->required ? opt_wire_bytes(option->length)
                           : 0);
    }
    if (required_bytes > GENEVE_MAX_OPT_BYTES) {
        return xasprintf("spec.options: required options take %u bytes, more "
                         "than %d (RFC 8926, section 3.4)", required_bytes,
                         GENEVE_MAX_OPT_BYTES);
    }
    return NULL;
}

void
m_profile_update_leaving(struct model *model, struct m_profile *profile)
{
    if (source_set_has(profile->source, SOURCE_KEPT)
        || source_set_has(profile->source, SOURCE_FADING)) {
        hmapx_add(&model->leaving, profile);
    } else {
        hmapx_find_and_delete(&model->leaving, profile);
    }
}

static struct entity *
m_profile_create(const char *name)
{
    struct m_profile *profile = entity_alloc(sizeof *profile, name);

    hmapx_init(&profile->options_used);
    hmapx_init(&profile->vpcs);
    profile->sender.limits = NEG_LIMITS_NONE;
    profile->source = source_set_create();
    return &profile->up;
}

static void
m_profile_resolve(struct model *model, struct entity *entity)
{
    struct m_profile *profile = M_CAST(m_profile, entity);
    const struct object *object = profile->up.object;

    if (profile == model->no_profile) {
        return;
    }
    m_profile_set_refs(model, profile);
    if (profile->exists != (object != NULL)) {
        /* VPCs that name it say themselves whether they are blocked. */
        profile->exists = object != NULL;
        m_profile_set_vpcs_dirty(model, profile);
    }
    if (!object) {
        entity_set_problem(model, &profile->up,
                           hmapx_is_empty(&profile->vpcs) ? NULL
                           : xasprintf("does not exist%s",
                                       profile->valid ? "; its last valid "
                                       "version stays in force" : ""));
        return;
    }

    struct resolved_option *options;
    char *problem, *left_out;
    size_t n;

    options = xcalloc(object->profile->n_entries, sizeof *options);
    problem = m_profile_resolve_entries(model, object->profile, options, &n,
                                        &left_out);
    if (problem) {
        destroy_options(options, n);
        free(left_out);
        entity_set_problem(model, &profile->up, problem);
    } else {
        entity_set_problem(model, &profile->up, left_out);
        m_profile_set_options(model, profile, options, n);
    }
}

static bool
m_profile_is_referenced(const struct model *model,
                        const struct entity *entity)
{
    return (!hmapx_is_empty(&M_CAST(m_profile, entity)->vpcs)
            || entity == &model->no_profile->up);
}

static void
m_profile_release(struct model *model, struct entity *entity)
{
    struct m_profile *profile = M_CAST(m_profile, entity);

    m_profile_set_refs(model, profile);
    destroy_options(profile->options, profile->n_options);
    profile->options = NULL;
    profile->n_options = 0;
    free(profile->sender.options);
    profile->sender.options = NULL;
    profile->sender.n_options = 0;
}

static void
m_profile_destroy(struct model *model, struct entity *entity)
{
    struct m_profile *profile = M_CAST(m_profile, entity);

    hmapx_destroy(&profile->options_used);
    hmapx_destroy(&profile->vpcs);
    source_set_destroy(profile->source);
    hmapx_find_and_delete(&model->leaving, profile);
    free(profile);
}

const struct entity_class m_profile_class = {
    .kind = MODEL_PROFILE,
    .name = "OptionProfile",
    .has_id = true,
    .create = m_profile_create,
    .resolve = m_profile_resolve,
    .is_referenced = m_profile_is_referenced,
    .release = m_profile_release,
    .destroy = m_profile_destroy,
};
