/* How each kind of entity is put together from its object and what that
 * refers to.  Private to the model. */
#ifndef GA_MODEL_RESOLVE_H
#define GA_MODEL_RESOLVE_H 1

#include "agent/model/model.h"

struct svec;

/* Brings 'entity', which was dirty, up to date, and marks those that build on
 * it dirty if it changed. */
void model_resolve(struct model *, struct entity *);

/* Takes back every reference that 'entity' holds. */
void model_release(struct model *, struct entity *);

/* Sets why 'entity' is not in use, or NULL; takes 'problem'. */
void entity_set_problem(struct model *, struct entity *, char *problem);

/* The same, with the reason that its alarm is to have. */
void entity_set_problem_as(struct model *, struct entity *,
                           const char *reason, char *problem);

/* Makes 'entity' claim 'keys' and returns a description of the first of them
 * that another object has, or NULL; takes 'keys'.  'meta' may be NULL. */
char *entity_claim(struct model *, struct entity *,
                   const struct resource_meta *meta, struct svec *keys);

/* Each kind. */
void model_resolve_option(struct model *, struct m_option *);
void model_resolve_profile(struct model *, struct m_profile *);
void model_release_profile(struct model *, struct m_profile *);
void model_resolve_nve(struct model *, struct m_nve *);
void model_release_nve(struct model *, struct m_nve *);
void model_resolve_vpc(struct model *, struct m_vpc *);
void model_release_vpc(struct model *, struct m_vpc *);
void model_resolve_endpoint(struct model *, struct m_endpoint *);
void model_release_endpoint(struct model *, struct m_endpoint *);

/* To be called when 'vpc' itself, or which endpoints of it are local, may
 * have changed. */
void model_vpc_changed(struct model *, struct m_vpc *);

struct entity *model_get(struct model *, enum model_kind, const char *name);
void model_mark_dirty_cb(void *entity, void *model);

#endif /* agent/model/model-resolve.h */
