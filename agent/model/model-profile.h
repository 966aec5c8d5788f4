/* OptionProfiles: the options that they name, as one list. */
#ifndef GA_MODEL_PROFILE_H
#define GA_MODEL_PROFILE_H 1

#include "agent/model/entity.h"

extern const struct entity_class m_profile_class;

/* Keeps 'leaving' up to date: to be called when profile->source changed. */
void m_profile_update_leaving(struct model *, struct m_profile *profile);

#endif /* agent/model/model-profile.h */
