/* Floating IPs: whose they are, and who translates them. */
#ifndef GA_MODEL_FIP_H
#define GA_MODEL_FIP_H 1

#include "agent/model/entity.h"

extern const struct entity_class m_fip_class;

/* FloatingIP. */
struct m_fip {
    struct entity up;
    struct m_extnet *extnet;        /* Whose 'users' it is in; or NULL. */
    struct m_endpoint *ep;          /* Whose 'fips' it is in; or NULL.  Of
                                     * those that are at no VPC of this node,
                                     * nothing is known but the name. */
    struct m_vpc *vpc;              /* Whose 'fips' it is in: that of the
                                     * endpoint; or NULL. */
    bool refused;                   /* As all agents see it: its address
                                     * cannot be used. */

    bool valid;                     /* What follows is set. */
    struct in6_addr ip;             /* The endpoint's address. */
    enum floating_ip_mode mode;     /* ..._DISTRIBUTED: 'nve' translates it;
                                     * ..._GATEWAY: the active node of
                                     * 'gateway' does. */
    struct m_gateway *gateway;      /* The VPC's into 'extnet'.  In the mode
                                     * ..._DISTRIBUTED also NULL. */
    struct m_nve *nve;              /* The endpoint's node; also our own. */
    bool local;                     /* The endpoint is here. */

    struct flow_owner flows;        /* See flows/fip-flows.h. */
    uint16_t zone;                  /* Conntrack zone; 0: this node does not
                                     * have it. */
    char *zone_name;                /* For nat-zones.h, or NULL. */
    uint32_t group;                 /* Of its gateway, that the flows name, or
                                     * 0. */
    bool announced;                 /* See answers/ext-announcements.h. */
};

/* Returns what is in force of 'fip', which may be NULL, or NULL. */
static inline const struct floating_ip *
m_fip_get_def(const struct m_fip *fip)
{
    return (fip && fip->valid && fip->up.object
            ? fip->up.object->fip : NULL);
}

/* Whether we translate 'fip'. */
bool m_fip_is_ours(const struct m_fip *fip);

/* Makes the FIPs of 'ep' dirty, whose place or addresses may have changed. */
void m_fip_endpoint_changed(struct model *, const struct m_endpoint *ep);

#endif /* agent/model/model-fip.h */
