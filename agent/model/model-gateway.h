/* Gateways of VPCs: whose they are, and which nodes can be it. */
#ifndef GA_MODEL_GATEWAY_H
#define GA_MODEL_GATEWAY_H 1

#include "agent/model/entity.h"

extern const struct entity_class m_gateway_class;

/* An NVE in spec.nodes. */
struct m_gateway_node {
    struct m_nve *nve;
    unsigned int priority;
    bool attached;                  /* To the gateway's network. */
    bool is_self;                   /* It is our own. */
};

/* VPCGateway. */
struct m_gateway {
    struct entity up;
    struct m_vpc *vpc;              /* Whose 'gateways' it is in; or NULL. */
    struct m_extnet *extnet;        /* Whose 'users' it is in; or NULL. */
    bool valid;                     /* Not refused, and not Blocked: it has a
                                     * candidate. */
    bool fit;                       /* It would be valid if nobody else had
                                     * its addresses.  What is claimed may
                                     * depend on this, but not on 'valid':
                                     * that depends on claims. */
    struct m_gateway_node *nodes;   /* All of spec.nodes: candidates first,
                                     * then by priority, highest first, then
                                     * by name. */
    size_t n_nodes;
    bool routes;                    /* It translates nothing. */
    size_t n_candidates;            /* The first so many of 'nodes': attached,
                                     * and not drained. */
    const struct m_gateway_node *self;  /* Ours of 'nodes', attached, but maybe
                                         * drained; or NULL. */

    /* Set by who elects the active node, who touches it then. */
    bool active;                    /* We are it. */
    bool exhausted;                 /* ...and have to refuse connections. */
};

/* Returns what is in force of 'gw', which may be NULL, or NULL. */
static inline const struct vpc_gateway *
m_gateway_get_def(const struct m_gateway *gw)
{
    return gw && gw->valid && gw->up.object ? gw->up.object->gateway : NULL;
}

/* Returns the gateway of 'vpc', of several the first valid one by name; only
 * one into 'extnet' if that is nonnull.  NULL if there is none. */
struct m_gateway *m_gateway_find_default(const struct m_vpc *vpc,
                                         const struct m_extnet *extnet);

/* Returns the VPCGateway of that name if it is known, or NULL. */
struct m_gateway *m_gateway_find(const struct model *, const char *name);

#endif /* agent/model/model-gateway.h */
