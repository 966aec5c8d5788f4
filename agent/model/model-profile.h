/* OptionProfiles. */
#ifndef GA_MODEL_PROFILE_H
#define GA_MODEL_PROFILE_H 1

#include "agent/model/entity.h"

extern const struct entity_class m_profile_class;

#endif /* agent/model/model-profile.h */
