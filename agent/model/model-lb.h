/* Services of VPCs: who their backends are.
 *
 * Backends are known where the VPC is here: elsewhere its endpoints are not
 * known, and a service has none. */
#ifndef GA_MODEL_LB_H
#define GA_MODEL_LB_H 1

#include "agent/model/entity.h"
#include "lib/selector-index.h"
#include "lib/value.h"

extern const struct entity_class m_lb_class;

/* An endpoint that a LoadBalancer selects and that is at a node. */
struct m_lb_backend {
    struct hmap_node node;          /* In m_lb's 'backends', by 'ep'. */
    struct m_endpoint *ep;          /* Its 'lbs' has the m_lb. */
    struct in6_addr ip;             /* Its first one of the service's
                                     * family. */
    struct m_nve *nve;              /* Where it is; NULL: here. */
    bool local;                     /* It is here. */
    unsigned int weight;            /* 0: it takes no new connections. */
    bool healthy;                   /* Also if health is not checked. */
    bool checked;                   /* It is here, and has been checked. */
    bool passed;                    /* If so: as m_lb_set_healthy() said. */
    long long int drain_until;      /* It is no longer selected; time_msec()
                                     * when it goes.  0: it is selected. */

    /* Set by who negotiates it, who touches the m_lb then: how its answers to
     * clients outside go. */
    bool has_ret;
    enum lb_return ret;
    enum value_from option;         /* Of services, that it gets: VALUE_NONE
                                     * here, or if masqueraded. */
};

/* LoadBalancer. */
struct m_lb {
    struct entity up;
    struct m_vpc *vpc;              /* Whose 'lbs' it is in; or NULL. */
    bool valid;                     /* spec.address is served. */
    struct m_gateway *gateway;      /* Of the VPC: spec.externalAddress is
                                     * served by it, or nowhere if NULL.  Only
                                     * if 'valid'. */
    struct selection selection;     /* Of the backends. */
    struct hmap backends;           /* "struct m_lb_backend"s. */
    size_t n_taking;                /* Of them, those that
                                     * m_lb_backend_takes(). */
    struct flow_owner flows;
};

/* Returns what is in force of 'lb', or NULL. */
static inline const struct load_balancer *
m_lb_get_def(const struct m_lb *lb)
{
    return lb->valid && lb->up.object ? lb->up.object->lb : NULL;
}

/* Whether new connections may go to the backend. */
static inline bool
m_lb_backend_takes(const struct m_lb_backend *b)
{
    return b->weight && b->healthy && !b->drain_until;
}

/* Returns the backend of 'lb' that is 'ep', or NULL. */
struct m_lb_backend *m_lb_find_backend(const struct m_lb *,
                                       const struct m_endpoint *ep);

/* Returns the backends of 'lb' in the order of their names, hmap_count() of
 * 'backends', for the caller to free. */
const struct m_lb_backend **m_lb_sort_backends(const struct m_lb *);

/* A health check says how 'ep', a backend of 'lb' that is here, does.  The
 * next model_run() makes it known. */
void m_lb_set_healthy(struct model *, struct m_lb *, struct m_endpoint *ep,
                      bool healthy);

/* Brings up to date what backend 'ep' is of, which was resolved. */
void m_lb_endpoint_changed(struct model *, struct m_endpoint *ep);

/* Takes 'ep', which is about to be freed, from the backends. */
void m_lb_release_endpoint(struct model *, struct m_endpoint *ep);

#endif /* agent/model/model-lb.h */
