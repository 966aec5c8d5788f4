/* What a candidate remembers of backends of services outside: which of them
 * may have connections that were begun when other backends were there, or when
 * answers went another way. */
#ifndef GA_VIP_PAST_H
#define GA_VIP_PAST_H 1

#include <stdbool.h>

#include "lib/resource-load-balancer.h"

struct agent;
struct m_lb;
struct m_lb_backend;
struct vip;

/* For how long connections that are older than a change are looked after:
 * ms. */
#define VIP_PAST_TIME (60 * 60 * 1000)

struct vip_past {
    unsigned int weight;            /* The last one that was not 0. */
    bool takes;                     /* New connections. */
    bool took;                      /* ...at some time. */
    long long int since;            /* If so: time_msec() of when it began
                                     * to... */
    long long int until;            /* ...and of when that is forgotten; 0:
                                     * none is older. */
    enum lb_return ret;             /* LB_RETURN_AUTO: none. */

    /* time_msec() up to when it may have connections... */
    long long int translated;       /* ...that its node translates, although it
                                     * is sent no new ones of that kind; 0:
                                     * none. */
    long long int masqueraded;      /* The same of masqueraded ones. */
};

/* Notes that backend 'b' of the service that 'vip' is made for takes new
 * connections, or does not, and how its answers go (LB_RETURN_AUTO: they
 * cannot).  What it returns is good until vip_past_forget(). */
const struct vip_past *vip_past_note(struct agent *, struct vip *,
                                     const struct m_lb_backend *b,
                                     enum lb_return);

/* Whether the backend takes new connections, and there may be some that are
 * older than that. */
bool vip_past_is_young(const struct vip_past *);

/* Forgets those that are no backends of 'lb' any more. */
void vip_past_forget(struct vip *, const struct m_lb *lb);

/* Forgets all. */
void vip_past_clear(struct vip *);

#endif /* agent/flows/vip-past.h */
