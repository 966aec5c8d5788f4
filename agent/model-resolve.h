/* How each kind of entity is put together from its object and what that
 * refers to.  Private to the model. */
#ifndef GA_MODEL_RESOLVE_H
#define GA_MODEL_RESOLVE_H 1

#include "agent/model.h"

/* Brings 'entity', which was dirty, up to date, and marks those that build on
 * it dirty if it changed. */
void model_resolve(struct model *, struct entity *);

/* Takes back every reference that 'entity' holds. */
void model_release(struct model *, struct entity *);

/* Sets why 'entity' is not in use, or NULL; takes 'problem'. */
void entity_set_problem(struct model *, struct entity *, char *problem);

struct entity *model_get(struct model *, enum model_kind, const char *name);
void model_mark_dirty_cb(void *entity, void *model);

#endif /* agent/model-resolve.h */
