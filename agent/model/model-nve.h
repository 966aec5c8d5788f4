/* NVEs: their underlay addresses, and what they advertise. */
#ifndef GA_MODEL_NVE_H
#define GA_MODEL_NVE_H 1

#include "agent/model/entity.h"

extern const struct entity_class m_nve_class;

/* Returns what the controller says of 'nve', or NULL.  'nve' may be NULL. */
static inline const struct nve *
m_nve_get_def(const struct m_nve *nve)
{
    return nve && nve->up.object ? nve->up.object->nve : NULL;
}

/* Whether 'nve' holds underlay address 'ip', which it claims. */
bool m_nve_owns_ip(const struct model *, const struct m_nve *nve,
                   const struct in6_addr *ip);

/* Returns the NVE that holds underlay address 'ip', or NULL. */
struct m_nve *m_nve_find_by_ip(const struct model *,
                               const struct in6_addr *ip);

/* Starts to wait for the object of 'nve', which another entity refers to, if
 * it is known to have none: when that has been so for long it is 'gone', and
 * the endpoints that are plugged in here are resolved again. */
void m_nve_note_absent(struct model *, struct m_nve *nve);

/* Whether 'nve' is a remote that we exchange packets with. */
bool m_nve_is_remote(const struct m_nve *nve);

/* What this node has, or its own NVE object, changed: finds by which
 * encapsulations it exchanges packets now. */
void m_nve_update_own_encapsulations(struct model *);

/* Whether there is an agent at 'nve', as far as its status says. */
bool m_nve_has_agent(const struct m_nve *);

/* Returns the UDP port that 'nve', which has an object, is sent packets to. */
uint16_t m_nve_get_udp_port(const struct m_nve *);

/* Whether 'nve' has an object and no encapsulation in common with this node:
 * nothing can be sent to it. */
bool m_nve_is_foreign(const struct m_nve *nve);

/* Says why 'nve' is foreign, as what follows "it ", for the caller to free. */
char *m_nve_explain_foreign(const struct model *, const struct m_nve *nve);

/* Returns the worst status of the encapsulations for 'nve', NEG_OK if there
 * are none. */
enum neg_status m_nve_get_worst_status(const struct m_nve *nve);

#endif /* agent/model/model-nve.h */
