/* Resolution of entities: see model-resolve.h, and model.h for what each
 * member means.
 *
 * Every model_resolve_X() is a function of the object, of what it refers to
 * and of what was in force before ("the last valid one stays"): calling it
 * once more than needed changes nothing. */

#include <config.h>

#include "agent/model-resolve.h"

#include "agent/alarms.h"
#include "agent/model-policy.h"
#include "lib/json-util.h"
#include "openvswitch/json.h"
#include "packets.h"
#include "svec.h"
#include "util.h"

static const char *
model_kind_to_string(enum model_kind kind)
{
    static const char *names[] = {
        [MODEL_OPTION] = "GeneveOption", [MODEL_PROFILE] = "OptionProfile",
        [MODEL_NVE] = "NVE", [MODEL_VPC] = "VPC",
        [MODEL_POLICY] = "VPCPolicy", [MODEL_ENDPOINT] = "Endpoint",
    };
    return names[kind];
}

/* Sets what is wrong with 'entity', taking 'problem', or NULL; 'reason' is
 * that of the alarm. */
static void
entity_set_problem_as(struct model *model, struct entity *entity,
                      const char *reason, char *problem)
{
    if (nullable_string_is_equal(entity->problem, problem)) {
        free(problem);
        return;
    }
    free(entity->problem);
    entity->problem = problem;

    char *object = xasprintf("%s %s", model_kind_to_string(entity->kind),
                             entity->name);
    alarms_begin(model->alarms, object);
    if (problem) {
        alarms_raise(model->alarms, object, object, reason, "%s", problem);
    }
    alarms_end(model->alarms, object);
    free(object);
}

void
entity_set_problem(struct model *model, struct entity *entity, char *problem)
{
    entity_set_problem_as(model, entity, "refused", problem);
}

/* Makes 'entity' claim 'keys' and returns a description of the first of them
 * that another object has, or NULL; takes 'keys'. */
static char *
entity_claim(struct model *model, struct entity *entity,
             const struct resource_meta *meta, struct svec *keys)
{
    char *problem = NULL;

    svec_sort_unique(keys);
    if (meta) {
        claimant_set_timestamp(&entity->claimant, meta->creation_timestamp);
    }
    claims_set(&model->claims, &entity->claimant, keys, model_mark_dirty_cb,
               model);
    for (size_t i = 0; i < keys->n && !problem; i++) {
        const char *rival = claims_get_rival(&model->claims,
                                             &entity->claimant,
                                             keys->names[i]);
        if (rival) {
            problem = xasprintf("%s belongs to %s %s already", keys->names[i],
                                model_kind_to_string(entity->kind), rival);
        }
    }
    svec_destroy(keys);
    return problem;
}

/* GeneveOption. */

static const struct geneve_option *
m_option_get_def(const struct m_option *option)
{
    return (option->up.object && !option->up.problem
            ? option->up.object->option : NULL);
}

static void
model_resolve_option(struct model *model, struct m_option *option)
{
    const struct object *object = option->up.object;
    struct svec keys = SVEC_EMPTY_INITIALIZER;
    struct hmapx_node *node;

    if (object) {
        svec_add_nocopy(&keys,
                        xasprintf("spec.class, spec.type: option "OPT_KEY_FMT,
                                  OPT_KEY_ARGS(object->option->key)));
    }
    entity_set_problem(model, &option->up,
                       entity_claim(model, &option->up,
                                    object ? &object->option->meta : NULL,
                                    &keys));
    HMAPX_FOR_EACH (node, &option->profiles) {
        struct m_profile *profile = node->data;
        model_mark_dirty(model, &profile->up);
    }
}

/* OptionProfile. */

static void
resolved_options_destroy(struct resolved_option *options, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(options[i].name);
        value_source_destroy(&options[i].value);
    }
    free(options);
}

static bool
resolved_options_equal(const struct m_profile *profile,
                       const struct resolved_option *options, size_t n)
{
    if (profile->n_options != n) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        const struct resolved_option *a = &profile->options[i];
        const struct resolved_option *b = &options[i];

        if (strcmp(a->name, b->name)
            || !opt_key_equals(a->sender.key, b->sender.key)
            || a->sender.length != b->sender.length
            || a->sender.required != b->sender.required
            || a->sender.priority != b->sender.priority
            || a->value.from != b->value.from
            || !nullable_string_is_equal(a->value.name, b->value.name)
            || a->value.length != b->value.length
            || memcmp(a->value.constant, b->value.constant,
                      sizeof a->value.constant)) {
            return false;
        }
    }
    return true;
}

static void
model_mark_profile_vpcs(struct model *model, struct m_profile *profile)
{
    struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &profile->vpcs) {
        struct m_vpc *vpc = node->data;
        model_mark_dirty(model, &vpc->up);
    }
}

/* Puts new options into force and tells the VPCs. */
static void
m_profile_set_options(struct model *model, struct m_profile *profile,
                      struct resolved_option *options, size_t n)
{
    if (profile->valid && resolved_options_equal(profile, options, n)) {
        resolved_options_destroy(options, n);
        return;
    }
    resolved_options_destroy(profile->options, profile->n_options);
    profile->options = options;
    profile->n_options = n;
    profile->valid = true;

    free(profile->sender.options);
    profile->sender.options = xmalloc(n * sizeof *profile->sender.options);
    profile->sender.n_options = n;
    for (size_t i = 0; i < n; i++) {
        profile->sender.options[i] = options[i].sender;
    }
    model_mark_profile_vpcs(model, profile);
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
                                         model_get(model, MODEL_OPTION, name));
        hmapx_add(&profile->options_used, option);
        hmapx_add(&option->profiles, profile);
    }
    HMAPX_FOR_EACH (node, &old) {
        struct m_option *option = node->data;
        if (!hmapx_contains(&profile->options_used, option)) {
            hmapx_find_and_delete(&option->profiles, profile);
            hmapx_add(&model->maybe_gone, option);
        }
    }
    hmapx_destroy(&old);
}

/* Resolves the entries of 'def'.  Returns why the profile cannot be used, or
 * NULL; '*left_out' says which optional entries are missing, or is NULL. */
static char *
model_resolve_entries(struct model *model, const struct option_profile *def,
                      struct resolved_option *options, size_t *n,
                      char **left_out)
{
    unsigned int required_bytes = 0;

    *n = 0;
    *left_out = NULL;
    for (size_t i = 0; i < def->n_entries; i++) {
        const struct profile_entry *entry = &def->entries[i];
        struct entity *entity = model_find(model, MODEL_OPTION,
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

static void
model_resolve_profile(struct model *model, struct m_profile *profile)
{
    const struct object *object = profile->up.object;

    if (profile == model->no_profile) {
        return;
    }
    m_profile_set_refs(model, profile);
    if (profile->exists != (object != NULL)) {
        /* A VPC that wants it may be blocked, or not: it says so itself. */
        profile->exists = object != NULL;
        model_mark_profile_vpcs(model, profile);
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
    problem = model_resolve_entries(model, object->profile, options, &n,
                                    &left_out);
    if (problem) {
        resolved_options_destroy(options, n);
        free(left_out);
        entity_set_problem(model, &profile->up, problem);
    } else {
        entity_set_problem(model, &profile->up, left_out);
        m_profile_set_options(model, profile, options, n);
    }
}

/* NVE. */

/* Takes over what 'nve' advertises, and remembers the last table that was not
 * malformed.  A withdrawal forgets both. */
static void
m_nve_set_advertisement(struct m_nve *nve, const struct json *new)
{
    if (nve->advertisement && new && json_equal(nve->advertisement, new)) {
        return;
    }
    nve->n_advertisements += nve->advertisement || new;
    if (!new) {
        json_destroy(nve->last_good);
        nve->last_good = NULL;
        json_destroy(nve->advertisement);
        nve->advertisement = NULL;
        nve->advertisement_good = false;
        return;
    }
    if (nve->advertisement && nve->advertisement_good) {
        json_destroy(nve->last_good);
        nve->last_good = nve->advertisement;
    } else {
        json_destroy(nve->advertisement);
    }
    nve->advertisement = json_clone(new);
    nve->advertisement_good = neg_advertisement_is_good(new);
}

static void
m_nve_clear_receive(struct m_nve *nve)
{
    if (nve->receive_valid) {
        neg_receive_destroy(&nve->receive);
        nve->receive_valid = false;
    }
}

static char *
m_nve_ip_key(const struct in6_addr *ip)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_cstr(&s, "spec.underlay.ips: ");
    ipv6_format_mapped(ip, &s);
    return ds_steal_cstr(&s);
}

/* Whether underlay address 'ip', which 'nve' says it has, is not another
 * NVE's. */
bool
m_nve_owns_ip(const struct model *model, const struct m_nve *nve,
              const struct in6_addr *ip)
{
    char *key = m_nve_ip_key(ip);
    bool owns = !claims_get_rival(&model->claims, &nve->up.claimant, key);

    free(key);
    return owns;
}

struct m_nve *
model_find_nve_by_ip(const struct model *model, const struct in6_addr *ip)
{
    char *key = m_nve_ip_key(ip);
    struct entity *entity = claims_get_owner(&model->claims, key);

    free(key);
    return entity ? M_CAST(m_nve, entity) : NULL;
}

static void
model_resolve_nve(struct model *model, struct m_nve *nve)
{
    const struct object *object = nve->up.object;
    const struct nve *def = object ? object->nve : NULL;
    struct svec keys = SVEC_EMPTY_INITIALIZER;

    for (size_t i = 0; def && i < def->n_underlay_ips; i++) {
        svec_add_nocopy(&keys, m_nve_ip_key(&def->underlay_ips[i]));
    }
    entity_set_problem(model, &nve->up,
                       entity_claim(model, &nve->up, def ? &def->meta : NULL,
                                    &keys));

    m_nve_set_advertisement(nve, def ? def->receive : NULL);
    m_nve_clear_receive(nve);
    if (def) {
        neg_receive_init(&nve->receive, false, nve->advertisement,
                         nve->last_good, def->static_table);
        nve->receive_valid = true;
    }
    hmapx_add(&model->changed_nves, nve);
}

/* VPC. */

static void
model_mark_vpc_endpoints(struct model *model, struct m_vpc *vpc)
{
    struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &vpc->endpoints) {
        hmapx_add(&model->changed_endpoints, node->data);
    }
}

static void
model_mark_vpc_nves(struct model *model, struct m_vpc *vpc)
{
    struct m_share *share;

    HMAP_FOR_EACH (share, vpc_node, &vpc->shares) {
        hmapx_add(&model->changed_nves, share->nve);
    }
}

/* To be called when 'vpc' itself, or which endpoints of it are local, may
 * have changed. */
static void
model_vpc_changed(struct model *model, struct m_vpc *vpc)
{
    bool active = m_vpc_is_active(vpc);

    if (active != hmapx_contains(&model->active_vpcs, vpc)) {
        if (active) {
            hmapx_add(&model->active_vpcs, vpc);
        } else {
            hmapx_find_and_delete(&model->active_vpcs, vpc);
        }
        model_mark_vpc_endpoints(model, vpc);
        model_mark_vpc_nves(model, vpc);
    }
    hmapx_add(&model->changed_vpcs, vpc);
}

/* 'vpc' does not refer to 'old' by one of its members any more. */
static void
m_vpc_unref_profile(struct model *model, struct m_vpc *vpc,
                    struct m_profile *old)
{
    if (old && old != vpc->wanted && old != vpc->profile
        && old != vpc->sent) {
        hmapx_find_and_delete(&old->vpcs, vpc);
        hmapx_add(&model->maybe_gone, old);
    }
}

static void
m_vpc_set_wanted(struct model *model, struct m_vpc *vpc,
                 struct m_profile *wanted)
{
    struct m_profile *old = vpc->wanted;

    vpc->wanted = wanted;
    if (wanted) {
        hmapx_add(&wanted->vpcs, vpc);
    }
    m_vpc_unref_profile(model, vpc, old);
}

void
model_switch_profile(struct model *model, struct m_vpc *vpc)
{
    struct m_profile *old = vpc->sent;

    vpc->sent = vpc->profile;
    m_vpc_unref_profile(model, vpc, old);
    hmapx_find_and_delete(&model->switching, vpc);
}

/* The first profile of a VPC, and its having none, take effect at once. */
static void
m_vpc_set_profile(struct model *model, struct m_vpc *vpc,
                  struct m_profile *profile)
{
    struct m_profile *old = vpc->profile;

    if (old == profile) {
        return;
    }
    vpc->profile = profile;
    if (profile) {
        hmapx_add(&profile->vpcs, vpc);
    }
    m_vpc_unref_profile(model, vpc, old);
    if (!profile || !vpc->sent || profile == vpc->sent) {
        model_switch_profile(model, vpc);
    } else {
        hmapx_add(&model->switching, vpc);
        vpc->switch_until = 0;
    }
}

static uint32_t
vpc_hash_gateways(const struct vpc *def)
{
    uint32_t hash = 0;

    for (size_t i = 0; def && i < def->n_subnets; i++) {
        if (ipv6_addr_is_set(&def->subnets[i].gateway)) {
            hash = hash_bytes(&def->subnets[i].gateway,
                              sizeof def->subnets[i].gateway, hash);
        }
    }
    return hash;
}

static void
model_mark_endpoints_dirty(struct model *model, struct m_vpc *vpc)
{
    struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &vpc->endpoints) {
        struct m_endpoint *ep = node->data;
        model_mark_dirty(model, &ep->up);
    }
}

static void
model_resolve_vpc(struct model *model, struct m_vpc *vpc)
{
    const struct object *object = vpc->up.object;
    const struct vpc *def = object ? object->vpc : NULL;
    struct svec keys = SVEC_EMPTY_INITIALIZER;
    uint32_t old_vni = vpc->vni;
    const char *reason = "refused";
    struct hmapx_node *node;
    char *problem;

    if (def) {
        svec_add_nocopy(&keys, xasprintf("spec.vni: VNI %"PRIu32, def->vni));
    }
    problem = entity_claim(model, &vpc->up, def ? &def->meta : NULL, &keys);
    vpc->vni = def && !problem ? def->vni : 0;

    if (!def) {
        m_vpc_set_wanted(model, vpc, NULL);
        m_vpc_set_profile(model, vpc, NULL);
    } else {
        struct m_profile *wanted = (def->profile
            ? M_CAST(m_profile, model_get(model, MODEL_PROFILE, def->profile))
            : model->no_profile);

        m_vpc_set_wanted(model, vpc, wanted);
        if (wanted->valid) {
            m_vpc_set_profile(model, vpc, wanted);
        }
        if (!problem && !vpc->profile) {
            reason = "profile";
            problem = xasprintf("spec.optionProfile: OptionProfile %s %s; "
                                "the VPC is blocked", wanted->up.name,
                                wanted->up.object ? "cannot be used"
                                : "does not exist");
        } else if (!problem && !wanted->up.object
                   && wanted != model->no_profile) {
            reason = "profile";
            problem = xasprintf("spec.optionProfile: OptionProfile %s does "
                                "not exist; the last valid one stays in "
                                "force", wanted->up.name);
        }
    }
    entity_set_problem_as(model, &vpc->up, reason, problem);
    if (vpc->vni != old_vni) {
        model_mark_vpc_endpoints(model, vpc);
    }
    if (vpc->exists != (def != NULL)
        || vpc->gateways != vpc_hash_gateways(def)) {
        vpc->exists = def != NULL;
        vpc->gateways = vpc_hash_gateways(def);
        model_mark_endpoints_dirty(model, vpc);
        HMAPX_FOR_EACH (node, &vpc->policies) {
            struct m_policy *policy = node->data;
            model_mark_dirty(model, &policy->up);
        }
    }
    HMAPX_FOR_EACH (node, &vpc->local) {
        hmapx_add(&model->changed_endpoints, node->data);
    }
    model_mark_vpc_nves(model, vpc);
    model_vpc_changed(model, vpc);
}

/* Endpoint. */

struct m_share *
m_share_get(const struct m_vpc *vpc, const struct m_nve *nve)
{
    struct m_share *share;

    HMAP_FOR_EACH_WITH_HASH (share, vpc_node, hash_pointer(nve, 0),
                             &vpc->shares) {
        if (share->nve == nve) {
            return share;
        }
    }
    return NULL;
}

/* Counts an endpoint of 'vpc' at 'nve' in or out.  The first and the last one
 * change which remotes we talk to. */
static void
model_count_share(struct model *model, struct m_vpc *vpc, struct m_nve *nve,
                  bool in)
{
    struct m_share *share = m_share_get(vpc, nve);

    if (in) {
        if (!share) {
            share = xzalloc(sizeof *share);
            share->vpc = vpc;
            share->nve = nve;
            hmap_insert(&vpc->shares, &share->vpc_node, hash_pointer(nve, 0));
            hmap_insert(&nve->shares, &share->nve_node, hash_pointer(vpc, 0));
        }
        if (share->n_endpoints++) {
            return;
        }
    } else {
        if (--share->n_endpoints) {
            return;
        }
        hmap_remove(&vpc->shares, &share->vpc_node);
        hmap_remove(&nve->shares, &share->nve_node);
        mtu_counts_change(&vpc->mtus, share->mtu, 0);
        free(share);
        hmapx_add(&model->maybe_gone, nve);
    }
    hmapx_add(&model->changed_nves, nve);
    hmapx_add(&model->changed_vpcs, vpc);
}

/* Moves 'ep' to another VPC, place and binding; any may be NULL or none. */
static void
m_endpoint_place(struct model *model, struct m_endpoint *ep,
                 struct m_vpc *vpc, struct m_nve *nve, enum binding binding)
{
    struct m_vpc *old_vpc = ep->vpc;
    bool was_local = m_endpoint_is_local(ep);
    bool local = binding == BINDING_CLAIMED;

    if (old_vpc && ep->nve && (vpc != old_vpc || nve != ep->nve)) {
        model_count_share(model, old_vpc, ep->nve, false);
        ep->nve = NULL;
    }
    if (old_vpc && vpc != old_vpc) {
        hmapx_find_and_delete(&old_vpc->endpoints, ep);
        hmapx_add(&model->maybe_gone, old_vpc);
    }
    if (old_vpc && was_local && (vpc != old_vpc || !local)) {
        hmapx_find_and_delete(&old_vpc->local, ep);
        model_vpc_changed(model, old_vpc);
        if (hmapx_is_empty(&old_vpc->local)) {
            old_vpc->policies_known = false;    /* No longer watched. */
        }
    }

    ep->vpc = vpc;
    ep->binding = binding;
    if (vpc) {
        hmapx_add(&vpc->endpoints, ep);
        if (nve && ep->nve != nve) {
            model_count_share(model, vpc, nve, true);
            ep->nve = nve;
        }
        if (local && hmapx_add(&vpc->local, ep)) {
            model_vpc_changed(model, vpc);
        }
    }
}

/* Who has 'ep'?  Where spec.nve is set, that node and no other; else who
 * claimed it last.  A claim of ours that is fresh is newer than what
 * status.nve says; once that has named us, another name in it is newer. */
static enum binding
m_endpoint_decide(const struct model *model, struct m_endpoint *ep,
                  const struct endpoint *def)
{
    const char *at = endpoint_location(def);

    if (!ep->plugged) {
        return BINDING_NONE;
    } else if (def->nve) {
        return strcmp(def->nve, model->self) ? BINDING_REFUSED
                                             : BINDING_CLAIMED;
    } else if (!at) {
        return BINDING_CLAIMED;
    } else if (!strcmp(at, model->self)) {
        ep->fresh_plug = false;
        return BINDING_CLAIMED;
    } else {
        return (ep->fresh_plug && model->writable ? BINDING_CLAIMED
                : BINDING_REFUSED);
    }
}

static void
m_endpoint_get_keys(const struct endpoint *def, struct svec *keys)
{
    svec_add_nocopy(keys, xasprintf("spec.mac: "ETH_ADDR_FMT" in VPC %s",
                                    ETH_ADDR_ARGS(def->mac), def->vpc));
    for (size_t i = 0; i < def->n_ips; i++) {
        struct ds s = DS_EMPTY_INITIALIZER;

        ds_put_cstr(&s, "spec.ips: ");
        ipv6_format_mapped(&def->ips[i], &s);
        ds_put_format(&s, " in VPC %s", def->vpc);
        svec_add_nocopy(keys, ds_steal_cstr(&s));
    }
}

static void
model_resolve_endpoint(struct model *model, struct m_endpoint *ep)
{
    const struct object *object = ep->up.object;
    const struct endpoint *def = object ? object->endpoint : NULL;
    struct svec keys = SVEC_EMPTY_INITIALIZER;
    char *problem = NULL;

    if (def) {
        m_endpoint_get_keys(def, &keys);
    }
    problem = entity_claim(model, &ep->up, def ? &def->meta : NULL, &keys);

    hmapx_add(&model->changed_endpoints, ep);
    if (!def || !model->self) {
        m_endpoint_place(model, ep, NULL, NULL, BINDING_NONE);
        entity_set_problem(model, &ep->up, problem);
        return;
    }

    struct m_vpc *vpc = M_CAST(m_vpc, model_get(model, MODEL_VPC, def->vpc));
    if (problem) {
        m_endpoint_place(model, ep, vpc, NULL, BINDING_NONE);
        entity_set_problem(model, &ep->up, problem);
        return;
    }

    enum binding binding = m_endpoint_decide(model, ep, def);
    const char *at = endpoint_location(def);
    struct m_nve *nve = NULL;

    if (binding == BINDING_REFUSED) {
        problem = xasprintf("is plugged in here, but %s says it is at %s",
                            def->nve ? "spec.nve" : "a newer claim in "
                            "status.nve", at);
    } else if ((ep->plugged || model->complete) && !vpc->up.object) {
        problem = xasprintf("spec.vpc: VPC %s does not exist", def->vpc);
    }
    if (binding != BINDING_CLAIMED && at && strcmp(at, model->self)) {
        nve = M_CAST(m_nve, model_get(model, MODEL_NVE, at));
    }
    m_endpoint_place(model, ep, vpc, nve, binding);
    entity_set_problem(model, &ep->up, problem);
}

void
model_resolve(struct model *model, struct entity *entity)
{
    switch (entity->kind) {
    case MODEL_OPTION:
        model_resolve_option(model, M_CAST(m_option, entity));
        break;
    case MODEL_PROFILE:
        model_resolve_profile(model, M_CAST(m_profile, entity));
        break;
    case MODEL_NVE:
        model_resolve_nve(model, M_CAST(m_nve, entity));
        break;
    case MODEL_VPC:
        model_resolve_vpc(model, M_CAST(m_vpc, entity));
        break;
    case MODEL_POLICY:
        model_resolve_policy(model, M_CAST(m_policy, entity));
        break;
    case MODEL_ENDPOINT:
        model_resolve_endpoint(model, M_CAST(m_endpoint, entity));
        m_endpoint_update_labels(model, M_CAST(m_endpoint, entity));
        break;
    case MODEL_N_KINDS:
    default:
        OVS_NOT_REACHED();
    }
}

void
model_release(struct model *model, struct entity *entity)
{
    switch (entity->kind) {
    case MODEL_OPTION:
        break;
    case MODEL_PROFILE: {
        struct m_profile *profile = M_CAST(m_profile, entity);
        m_profile_set_refs(model, profile);
        resolved_options_destroy(profile->options, profile->n_options);
        profile->options = NULL;
        profile->n_options = 0;
        free(profile->sender.options);
        profile->sender.options = NULL;
        profile->sender.n_options = 0;
        break;
    }
    case MODEL_NVE: {
        struct m_nve *nve = M_CAST(m_nve, entity);
        m_nve_clear_receive(nve);
        m_nve_set_advertisement(nve, NULL);
        hmapx_find_and_delete(&model->changed_nves, nve);
        break;
    }
    case MODEL_VPC: {
        struct m_vpc *vpc = M_CAST(m_vpc, entity);
        m_vpc_set_wanted(model, vpc, NULL);
        m_vpc_set_profile(model, vpc, NULL);
        hmapx_find_and_delete(&model->active_vpcs, vpc);
        hmapx_find_and_delete(&model->changed_vpcs, vpc);
        hmapx_find_and_delete(&model->policy_vpcs, vpc);
        break;
    }
    case MODEL_POLICY:
        model_release_policy(model, M_CAST(m_policy, entity));
        break;
    case MODEL_ENDPOINT: {
        struct m_endpoint *ep = M_CAST(m_endpoint, entity);
        m_endpoint_release_labels(model, ep);
        m_endpoint_place(model, ep, NULL, NULL, BINDING_NONE);
        hmapx_find_and_delete(&model->changed_endpoints, ep);
        hmapx_find_and_delete(&model->plugged, ep);
        break;
    }
    case MODEL_N_KINDS:
    default:
        OVS_NOT_REACHED();
    }
}
