/* VPCs: their profiles, and whether they are in use here. */
#ifndef GA_MODEL_VPC_H
#define GA_MODEL_VPC_H 1

#include "agent/model/entity.h"

extern const struct entity_class m_vpc_class;

/* To be called when 'vpc' itself, or which endpoints of it are local, may
 * have changed. */
void m_vpc_update_active(struct model *, struct m_vpc *vpc);

/* The packets of 'vpc' are of its 'profile' from now on. */
void m_vpc_switch_profile(struct model *, struct m_vpc *vpc);

/* All policies of 'vpc' have been listed: its endpoints can be let in. */
void m_vpc_set_policies_known(struct model *, struct m_vpc *vpc);

/* Returns the option of the profile of 'vpc' that carries the policy label, or
 * NULL. */
const struct resolved_option *m_vpc_get_label_option(const struct m_vpc *vpc);

#endif /* agent/model/model-vpc.h */
