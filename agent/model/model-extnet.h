/* External networks: which are in use, and who is attached to them. */
#ifndef GA_MODEL_EXTNET_H
#define GA_MODEL_EXTNET_H 1

#include "agent/model/entity.h"

extern const struct entity_class m_extnet_class;

/* ExternalNetwork. */
struct m_extnet {
    struct entity up;
    bool valid;                     /* In use: no older network is in its
                                     * way. */
    const struct m_extnet *rival;   /* The oldest one that is; only to be
                                     * compared, as it may be gone. */
    struct hmapx users;             /* Entities (m_gateways, m_fips) that name
                                     * it. */
    struct flow_owner flows;        /* See flows/ext-flows.h. */
    struct flow_owner meter_flows;
    struct flow_owner neighbor_flows; /* See flows/ext-neighbor-flows.h. */
    uint32_t meters[2];             /* OpenFlow meters; 0: none. */
    struct packet_limit error_limit; /* Of ICMP errors that the agent sends or
                                     * translates. */
};

/* Returns the network of that name if it is known, or NULL. */
struct m_extnet *m_extnet_find(const struct model *, const char *name);

/* Returns what is in force of 'extnet', which may be NULL; or NULL: it has no
 * object, or is refused. */
static inline const struct external_network *
m_extnet_get_def(const struct m_extnet *extnet)
{
    return (extnet && extnet->valid && extnet->up.object
            ? extnet->up.object->extnet : NULL);
}

/* What keeps users of 'extnet' from using it, for the caller to free; or
 * NULL. */
char *m_extnet_get_fault(const struct model *, const struct m_extnet *);

/* Whether 'nve', which may be our own, is attached to 'extnet'. */
bool m_extnet_is_attached(const struct model *, const struct m_extnet *,
                          const struct m_nve *nve);

/* Makes all that depends on attachments dirty. */
void m_extnet_attachments_changed(struct model *);

#endif /* agent/model/model-extnet.h */
