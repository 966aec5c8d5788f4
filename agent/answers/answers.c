/* What the agent answers to packets of endpoints, and who takes the others.
 *
 * The switch says which endpoint sent a packet and why the agent gets it.
 * Here it is decided whether that endpoint may have an answer now, and who
 * makes it.  It goes straight to the endpoint's port.  Nothing is remembered
 * but how many answers an endpoint had (packet-limit.h). */

#include <config.h>

#include "agent/answers/answers.h"

#include "agent/agent.h"
#include "agent/answers/dhcp4-answers.h"
#include "agent/answers/dhcp6-answers.h"
#include "agent/answers/dns-answers.h"
#include "agent/answers/ext-answers.h"
#include "agent/answers/ext-errors.h"
#include "agent/answers/health-probes.h"
#include "agent/answers/icmp-answers.h"
#include "agent/answers/packet-in.h"
#include "agent/answers/router-adverts.h"
#include "agent/model/model.h"
#include "util.h"

/* Returns the local endpoint that sent a packet, NULL if it has gone since. */
static struct m_endpoint *
find_sender(const struct agent *agent, const struct packet_in *p)
{
    struct entity *entity = entity_find(agent->model, MODEL_ENDPOINT,
                                       p->endpoint);
    struct m_endpoint *ep = entity ? M_CAST(m_endpoint, entity) : NULL;

    return (ep && m_endpoint_is_local(ep) && ep->ofport == p->in_port
            && ep->vpc && ep->vpc->vni == p->vni && ep->vpc->up.object
            ? ep : NULL);
}

static bool
answer_endpoint(struct agent *agent, const struct packet_in *p)
{
    struct m_endpoint *ep = find_sender(agent, p);

    if (ep && p->reason == CONTROLLER_STAGE_PROBE) {
        return health_probes_take(agent, ep, p);
    }
    if (!ep || !ep->here || !packet_limit_admit(&ep->here->answer_limit)) {
        return false;
    }
    switch (p->reason) {
    case CONTROLLER_STAGE_TTL:
    case CONTROLLER_STAGE_NO_ROUTE:
    case CONTROLLER_STAGE_NO_HOST:
    case CONTROLLER_STAGE_NO_PORT:
    case CONTROLLER_STAGE_TOO_BIG:
        return icmp_answers_error(agent, ep, p);
    case CONTROLLER_STAGE_NO_SERVICE:
        return icmp_answers_no_service(agent, ep, p);
    case CONTROLLER_STAGE_SOLICITATION:
        return icmp_answers_solicitation(agent, ep, p);
    case CONTROLLER_STAGE_DHCP4:
        return dhcp4_answers_handle(agent, ep, p);
    case CONTROLLER_STAGE_DHCP6:
        return dhcp6_answers_handle(agent, ep, p);
    case CONTROLLER_STAGE_ROUTER:
        return router_adverts_handle(agent, ep, p);
    case CONTROLLER_STAGE_DNS:
        return dns_answers_handle(agent, ep, p);
    case CONTROLLER_STAGE_EXT_HEARD:
    case CONTROLLER_STAGE_EXT_UNKNOWN:
    case CONTROLLER_STAGE_EXT_TOO_BIG:
    case CONTROLLER_STAGE_EXT_TTL:
    case CONTROLLER_STAGE_EXT_SOLICITATION:
    case CONTROLLER_STAGE_NAT_ERROR:
    case CONTROLLER_STAGE_PROBE:
    case CONTROLLER_STAGE_N_REASONS:
    default:
        return false;
    }
}

static bool
answer(const struct packet_in *p, void *agent_)
{
    struct agent *agent = agent_;

    return (ext_answers_wants(p->reason) ? ext_answers_take(agent, p)
            : p->extnet ? ext_errors_take(agent, p)
            : answer_endpoint(agent, p));
}

void
answers_run(struct agent *agent)
{
    packet_ins_run(agent->packet_ins, answer, agent);
}
