/* Encapsulations: see encap.h. */

#include <config.h>

#include "agent/model/encap.h"

struct send_plan *
m_encap_get_target(const struct m_encap *encap)
{
    return encap->final.status == NEG_BLOCKED ? NULL : encap->nve->plan;
}
