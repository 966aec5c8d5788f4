/* Return paths: see vip-return.h.
 *
 * A node that takes the option "service" gets packets as the client sent them,
 * and translates both ways itself.  If it is attached to the external network,
 * too, it answers there ("direct"), else through the gateway ("via").  In both
 * cases gateways keep nothing of a connection, and the client's address is
 * kept.  A node that does not take the option, or has no agent, gets packets
 * that the gateway has translated, from the gateway's own address in the VPC
 * ("masquerade"): so the answer comes by the gateway, whoever it is that
 * answers.
 *
 * The option is negotiated like any other: it is in the VPC's profile, and the
 * remote advertises that it takes it.  Cilium's option, which does not say how
 * answers go, is for nodes that take but that: they answer themselves if they
 * are attached.
 *
 * To the bridge of a further plan a packet says in its source MAC what the
 * option is to be (vip-send.c).  There is no room for Cilium's, so a remote
 * that takes but that and is served by such a bridge is masqueraded. */

#include <config.h>

#include "agent/flows/vip-return.h"

#include "agent/agent.h"
#include "agent/flows/ext-flows.h"
#include "agent/model/base-use.h"
#include "agent/model/encap.h"
#include "agent/model/model-extnet.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model-nve.h"
#include "agent/model/model-lb.h"
#include "agent/model/model.h"
#include "agent/model/source-set.h"
#include "agent/plans/send-plan.h"
#include "lib/tlv-plan.h"
#include "lib/value.h"
#include "packets.h"
#include "util.h"

/* The option with values from there in the profile by which packets of 'vpc'
 * are made, or NULL. */
static const struct sender_option *
find_option(const struct m_vpc *vpc, enum value_from from)
{
    const struct source_set *set = vpc->sent ? vpc->sent->source : NULL;

    for (size_t i = 0; set && i < set->n; i++) {
        if (set->options[i].up.value.from == from
            && set->options[i].state == SOURCE_CURRENT) {
            return &set->options[i].up.sender;
        }
    }
    return NULL;
}

const struct sender_option *
vip_return_find_option(const struct agent *agent, const struct m_vpc *vpc,
                       enum value_from from, unsigned int *index_)
{
    const struct sender_option *o = find_option(vpc, from);
    int index = o ? tlv_plan_get_index(agent->base_plan, o->key, o->length)
                  : -1;

    *index_ = MAX(index, 0);
    return index >= 0 ? o : NULL;
}

const struct send_plan *
vip_return_get_plan(const struct m_vpc *vpc, const struct m_nve *nve)
{
    const struct m_encap *encap = NULL;

    if (vpc->sent) {
        encap = shash_find_data(&nve->encaps, vpc->sent->up.name);
    }
    return encap ? encap->applied : NULL;
}

/* Whether the bridge by which 'encap' is served sends option 'o', with values
 * from there, where packets want it. */
static bool
can_send(const struct agent *agent, const struct m_encap *encap,
         const struct sender_option *o, enum value_from from)
{
    if (encap->applied_blocked) {
        return false;
    } else if (encap->applied) {
        return (from == VALUE_SERVICE_VIP
                && tlv_plan_get_index(&encap->applied->order, o->key,
                                      o->length) >= 0);
    }
    return !agent->base_use->idle;
}

/* Whether 'nve' gets the option with values from there from us. */
static bool
takes_option(const struct agent *agent, const struct m_vpc *vpc,
             const struct m_nve *nve, enum value_from from)
{
    const struct sender_option *o;
    const struct m_encap *encap;
    unsigned int index;

    o = vip_return_find_option(agent, vpc, from, &index);
    encap = o ? shash_find_data(&nve->encaps, vpc->sent->up.name) : NULL;
    if (!encap || !can_send(agent, encap, o, from)) {
        return false;
    }
    for (size_t i = 0; i < encap->n_applied; i++) {
        if (opt_key_equals(encap->applied_wire[i], o->key)) {
            return true;
        }
    }
    return false;
}

bool
vip_return_has_agent(const struct m_lb_backend *b)
{
    return b->local || m_nve_has_agent(b->nve);
}

const struct subnet *
vip_return_get_subnet(const struct m_lb *lb, const struct m_lb_backend *b)
{
    const struct vpc *def = lb->vpc->up.object ? lb->vpc->up.object->vpc
                                               : NULL;
    const struct subnet *s = def ? vpc_find_subnet(def, &b->ip) : NULL;

    return s && ipv6_addr_is_set(&s->gateway) ? s : NULL;
}

/* By which option the node of 'b' gets what is for it; VALUE_NONE: none. */
static enum value_from
choose_option(const struct agent *agent, const struct m_lb *lb,
              const struct m_lb_backend *b)
{
    return (b->local ? VALUE_NONE
            : takes_option(agent, lb->vpc, b->nve, VALUE_SERVICE_VIP)
            ? VALUE_SERVICE_VIP
            : (!load_balancer_is_ipv6(m_lb_get_def(lb))
               && takes_option(agent, lb->vpc, b->nve, VALUE_SERVICE_DSR))
            ? VALUE_SERVICE_DSR : VALUE_NONE);
}

/* Whether the node of 'b' answers clients in 'extnet' itself.  One without an
 * agent does not say that it is attached, but no other way of answers goes
 * with Cilium's option. */
static bool
is_attached(const struct agent *agent, const struct m_extnet *extnet,
            const struct m_lb_backend *b)
{
    return (b->local ? ext_flows_get_attachment(agent, extnet) != NULL
            : (m_extnet_is_attached(agent->model, extnet, b->nve)
               || !vip_return_has_agent(b)));
}

bool
vip_return_negotiate(const struct agent *agent, const struct m_lb *lb,
                     const struct m_lb_backend *b, enum lb_return *ret,
                     enum value_from *option)
{
    enum value_from taken = choose_option(agent, lb, b);
    enum lb_return wanted = m_lb_get_def(lb)->ret;
    bool takes = b->local || taken != VALUE_NONE;
    bool attached = is_attached(agent, lb->gateway->extnet, b);
    const bool can[] = {
        [LB_RETURN_DIRECT] = takes && attached,
        [LB_RETURN_VIA] = (takes
                           && (taken != VALUE_SERVICE_DSR || !attached)),
        [LB_RETURN_MASQUERADE] = vip_return_get_subnet(lb, b) != NULL,
    };

    for (*ret = LB_RETURN_DIRECT; *ret <= LB_RETURN_MASQUERADE; ++*ret) {
        if (can[*ret] && (wanted == LB_RETURN_AUTO || wanted == *ret)) {
            *option = *ret == LB_RETURN_MASQUERADE ? VALUE_NONE : taken;
            return true;
        }
    }
    *option = VALUE_NONE;
    return false;
}
