/* Resolution of entities: see model-resolve.h, and model.h for what each
 * member means.
 *
 * Here is what all kinds share; each has a file of its own, model-KIND.c.
 *
 * Every model_resolve_X() is a function of the object, of what it refers to
 * and of what was in force before ("the last valid one stays"): calling it
 * once more than needed changes nothing. */

#include <config.h>

#include "agent/model/model-resolve.h"

#include "agent/alarms.h"
#include "agent/model/model-policy.h"
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

void
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

char *
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
    case MODEL_PROFILE:
        model_release_profile(model, M_CAST(m_profile, entity));
        break;
    case MODEL_NVE:
        model_release_nve(model, M_CAST(m_nve, entity));
        break;
    case MODEL_VPC:
        model_release_vpc(model, M_CAST(m_vpc, entity));
        break;
    case MODEL_POLICY:
        model_release_policy(model, M_CAST(m_policy, entity));
        break;
    case MODEL_ENDPOINT:
        model_release_endpoint(model, M_CAST(m_endpoint, entity));
        break;
    case MODEL_N_KINDS:
    default:
        OVS_NOT_REACHED();
    }
}
