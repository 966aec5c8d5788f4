/* The model's sets of changes: what the stages that build on the model have to
 * look at again in this turn.
 *
 * An entity gets into its set when it is resolved.  Whoever knows of another
 * reason, such as a setting, touches it by these functions: nobody else writes
 * into the sets.  They are members of struct model, for reading. */
#ifndef GA_MODEL_TOUCH_H
#define GA_MODEL_TOUCH_H 1

#include <stdbool.h>

struct m_encap;
struct m_endpoint;
struct m_extnet;
struct m_fip;
struct m_gateway;
struct m_lb;
struct m_nve;
struct m_policy_group;
struct m_qos_class;
struct m_qos_policy;
struct m_route;
struct m_vpc;
struct model;

void model_touch_endpoint(struct model *, struct m_endpoint *);
void model_touch_vpc(struct model *, struct m_vpc *);
void model_touch_nve(struct model *, struct m_nve *);
void model_touch_group(struct model *, struct m_policy_group *);
void model_touch_encap(struct model *, struct m_encap *);
void model_touch_extnet(struct model *, struct m_extnet *);
void model_touch_gateway(struct model *, struct m_gateway *);
void model_touch_fip(struct model *, struct m_fip *);
void model_touch_route(struct model *, struct m_route *);
void model_touch_lb(struct model *, struct m_lb *);
void model_touch_qos_policy(struct model *, struct m_qos_policy *);
void model_touch_qos_class(struct model *, struct m_qos_class *);

/* Whether all sets are empty. */
bool model_touch_is_none(const struct model *);

/* Whoever's packets get their options here: the endpoints that have an
 * interface here, and the gateways that this node is a candidate of. */
void model_touch_plugged(struct model *);

void model_touch_all_endpoints(struct model *);
void model_touch_all_vpcs(struct model *);
void model_touch_all_encaps(struct model *);
void model_touch_all_extnets(struct model *);

/* All NVEs, and the endpoints that have an interface here, whose flows lead to
 * them. */
void model_touch_all_remotes(struct model *);

/* The VPCs that are m_vpc_is_active(). */
void model_touch_active_vpcs(struct model *);

/* The endpoints of a VPC: all, or those that are bound here, and its
 * gateways. */
void model_touch_endpoints_of(struct model *, struct m_vpc *);
void model_touch_local_of(struct model *, struct m_vpc *);

/* The services of a VPC. */
void model_touch_lbs_of(struct model *, struct m_vpc *);

/* The NVEs that endpoints or gateways of a VPC are at. */
void model_touch_nves_of(struct model *, struct m_vpc *);

/* All encapsulations for 'nve'. */
void model_touch_encaps_of(struct model *, struct m_nve *nve);

/* 'member', which may be in any of the sets, is about to be freed. */
void model_touch_forget(struct model *, void *member);

#endif /* agent/model/model-touch.h */
