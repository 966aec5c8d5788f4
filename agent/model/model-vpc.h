/* VPCs: their profiles, and whether they are in use here. */
#ifndef GA_MODEL_VPC_H
#define GA_MODEL_VPC_H 1

#include "agent/model/entity.h"

struct json;

extern const struct entity_class m_vpc_class;

/* Keeps 'active_vpcs' up to date: to be called when 'vpc' or the set of its
 * endpoints or gateways here may have changed. */
void m_vpc_update_active(struct model *, struct m_vpc *vpc);

/* From now on the packets of 'vpc' are made by its 'profile'. */
void m_vpc_switch_profile(struct model *, struct m_vpc *vpc);

/* All policies of 'vpc' have been listed: its endpoints here can be let in. */
void m_vpc_set_policies_known(struct model *, struct m_vpc *vpc, bool known);

/* 'vnis', an object of JSON or NULL, says {"VNI": "VPC"} of what was whose in
 * the last run of the agent.  VNIs of others than these rest. */
void m_vpc_restore_vnis(struct model *, const struct json *vnis);

/* Returns what keeps objects of 'vpc' from having any effect, for the caller
 * to free, or NULL: it does not exist. */
char *m_vpc_get_fault(const struct model *, const struct m_vpc *vpc);

/* Returns why packets of 'vpc' cannot be translated to 'ip', an address
 * outside, for the caller to free, or NULL: it is in a subnet of the VPC.  An
 * endpoint that had it would be translated to itself, by which ovs-vswitchd
 * 3.1 aborts (policy-ct.h). */
char *m_vpc_get_outside_fault(const struct m_vpc *vpc,
                              const struct in6_addr *ip);

/* Returns the '*n' remotes that have endpoints in 'vpc', by name, for the
 * caller to free. */
const struct m_nve **m_vpc_get_remotes(const struct m_vpc *vpc, size_t *n);

/* Returns the option of the profile of 'vpc' whose value comes from there, or
 * NULL; the second, that which carries the policy label. */
const struct resolved_option *m_vpc_find_option(const struct m_vpc *vpc,
                                                enum value_from);
const struct resolved_option *m_vpc_get_label_option(const struct m_vpc *vpc);

#endif /* agent/model/model-vpc.h */
