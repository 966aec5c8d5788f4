/* The MTU of a VPC's endpoints: see vpc-mtu.h.
 *
 * Each m_share has its remote's MTU, as it is counted in the VPC's mtu_counts.
 * So when a remote changes, only the VPCs that it shares with us are looked
 * at, whatever the number of their other remotes.  The smallest MTU of a VPC
 * goes into status.mtu of its endpoints on this node
 * (publish/endpoint-status.c) and into mtu_request of their Interfaces.
 *
 * When the MTU of a device changes, ovs-vswitchd reads its routing table
 * again.  With the userspace datapath, in one of six cases that loses the
 * tunnel packets of 5 to 20 ms.  While remotes change, each change would lose
 * some.  So the devices follow when no remote has changed for CALM, or after
 * MAX_WAIT; only the first MTU, that of an endpoint which is just plugged in,
 * does not wait.  Until then flows stop packets that are too large
 * (mtu-stage.c).
 *
 * Endpoints are told of a smaller MTU at once, and of a larger one together
 * with their device: a packet that the device does not take is lost in
 * silence.
 *
 * While a VPC goes from one profile to another (profile-switch.c), packets of
 * both have to fit. */

#include <config.h>

#include "agent/remotes/vpc-mtu.h"

#include "agent/agent.h"
#include "agent/alarms.h"
#include "agent/model/encap.h"
#include "agent/model/entity.h"
#include "agent/model/model-touch.h"
#include "agent/node/local.h"
#include "agent/write-gate.h"
#include "lib/encapsulation.h"
#include "lib/mtu-counts.h"
#include "lib/negotiation.h"
#include "lib/option.h"
#include "lib/resource-vpc.h"
#include "openvswitch/poll-loop.h"
#include "packets.h"
#include "timeval.h"
#include "util.h"

/* In ms. */
#define CALM 5000
#define MAX_WAIT 300000

/* The least MTU that IPv6 works with: RFC 8200, section 5. */
#define IPV6_MIN_MTU 1280

struct vpc_mtu {
    bool written;                   /* An MTU may have been written: before,
                                     * remotes are still being learned of, and
                                     * no device has seen any of these. */
    long long int since;            /* time_msec() since when devices of some
                                     * VPC wait; 0: none do. */
    long long int calm;             /* time_msec() when no remote will have
                                     * changed for CALM. */
};

struct vpc_mtu *
vpc_mtu_create(void)
{
    return xzalloc(sizeof(struct vpc_mtu));
}

void
vpc_mtu_destroy(struct vpc_mtu *vm)
{
    free(vm);
}

/* The inner MTU of packets of the share's VPC to its remote; 0 if none can be
 * sent or it is not known. */
static int
m_share_compute_mtu(const struct m_share *share)
{
    const struct m_profile *profiles[]
        = { share->vpc->profile, share->vpc->sent };
    int mtu = 0;

    for (size_t i = 0; i < ARRAY_SIZE(profiles); i++) {
        const struct m_encap *encap = (profiles[i]
                                       ? shash_find_data(&share->nve->encaps,
                                                         profiles[i]->up.name)
                                       : NULL);

        if (encap && encap->mtu > 0) {
            mtu = mtu ? MIN(mtu, encap->mtu) : encap->mtu;
        }
    }
    return mtu;
}

/* The MTU of a VPC without remotes: that of a remote which takes all options,
 * over IPv6 if we have that, because "the maximum length of options MUST be
 * assumed" (RFC 8926, section 4.4.1); by our best encapsulation. */
static int
m_vpc_assume_mtu(const struct agent *agent, const struct m_vpc *vpc)
{
    const struct encapsulation *e
        = encapsulation_best(agent->model->encapsulations);
    unsigned int bytes = 0;
    bool ipv6 = false;

    for (size_t i = 0; i < agent->n_encap_ips; i++) {
        ipv6 |= !IN6_IS_ADDR_V4MAPPED(&agent->encap_ips[i]);
    }
    for (size_t i = 0; e->has_options && i < vpc->profile->n_options; i++) {
        bytes += opt_wire_bytes(vpc->profile->options[i].sender.length);
    }
    bytes = MIN(bytes, GENEVE_MAX_OPT_BYTES);
    return negotiation_inner_mtu(agent->underlay_mtu, ipv6,
                                 e->header_bytes + bytes);
}

/* The exact MTU; 0 if it is not known.  Nobody sends in a VPC that is not
 * active, and it does not hear of a change of ours. */
static int
m_vpc_compute_mtu(const struct agent *agent, const struct m_vpc *vpc)
{
    const struct vpc *def = vpc->up.object ? vpc->up.object->vpc : NULL;
    int mtu;

    if (!agent->underlay_mtu || !agent->n_encap_ips || !m_vpc_is_active(vpc)) {
        return 0;
    }
    mtu = mtu_counts_min(&vpc->mtus);
    if (!mtu) {
        mtu = m_vpc_assume_mtu(agent, vpc);
    }
    return def && def->mtu ? MIN(mtu, def->mtu) : mtu;
}

static void
m_vpc_update_alarm(struct agent *agent, const struct m_vpc *vpc)
{
    const struct vpc *def = vpc->up.object ? vpc->up.object->vpc : NULL;
    char *group = xasprintf("MTU of VPC %s", vpc->up.name);
    bool ipv6 = false;

    for (size_t i = 0; def && i < def->n_subnets; i++) {
        ipv6 |= def->subnets[i].prefix.is_ipv6;
    }
    alarms_begin(agent->alarms, group);
    if (ipv6 && m_vpc_is_active(vpc) && vpc->exact_mtu
        && vpc->exact_mtu < IPV6_MIN_MTU) {
        char *object = xasprintf("VPC %s", vpc->up.name);

        alarms_raise(agent->alarms, group, object, "mtu-below-1280",
                     "the MTU of its endpoints here is %d, but it has an IPv6 "
                     "subnet, and IPv6 needs %d",
                     vpc->exact_mtu, IPV6_MIN_MTU);
        free(object);
    }
    alarms_end(agent->alarms, group);
    free(group);
}

/* Takes over as much of a new MTU as may be told at once; settle() does the
 * rest. */
static void
m_vpc_update_mtu(struct agent *agent, struct m_vpc *vpc)
{
    bool first = (hmapx_is_empty(&vpc->local) || !vpc->iface_mtu
                  || !agent->vpc_mtu->written);
    int old = vpc->mtu;

    vpc->exact_mtu = m_vpc_compute_mtu(agent, vpc);
    if (first || !vpc->exact_mtu) {
        vpc->mtu = vpc->iface_mtu = vpc->exact_mtu;
    } else {
        vpc->mtu = MIN(vpc->mtu, vpc->exact_mtu);
    }
    if (vpc->mtu != old) {
        model_touch_local_of(agent->model, vpc);
    }
    if (vpc->iface_mtu != vpc->exact_mtu && !agent->vpc_mtu->since) {
        agent->vpc_mtu->since = time_msec();
    }
    m_vpc_update_alarm(agent, vpc);
}

/* Gives all devices and endpoints the exact MTU. */
static void
settle(struct agent *agent)
{
    struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &agent->model->active_vpcs) {
        struct m_vpc *vpc = node->data;

        if (vpc->mtu != vpc->exact_mtu || vpc->iface_mtu != vpc->exact_mtu) {
            vpc->mtu = vpc->iface_mtu = vpc->exact_mtu;
            model_touch_local_of(agent->model, vpc);
        }
    }
    agent->vpc_mtu->since = 0;
}

static long long int
get_settling_time(const struct agent *agent)
{
    return MIN(agent->vpc_mtu->calm, agent->vpc_mtu->since + MAX_WAIT);
}

/* Gives the interface of 'ep' the MTU of its VPC.  While that is not known,
 * the interface stays as it is. */
static void
m_endpoint_update_mtu(struct agent *agent, const struct m_endpoint *ep)
{
    if (!ep->plugged) {
        local_plug_forget_mtu(agent->local, ep->up.name);
    } else if (!m_endpoint_is_local(ep)) {
        local_plug_set_mtu(agent->local, ep->up.name, 0);
    } else if (ep->vpc && ep->vpc->iface_mtu > 0) {
        local_plug_set_mtu(agent->local, ep->up.name, ep->vpc->iface_mtu);
    }
}

/* Follows what changed in the model, and gives devices the exact MTU when it
 * is time. */
static void
update(struct agent *agent)
{
    struct model *model = agent->model;
    struct hmapx vpcs = HMAPX_INITIALIZER(&vpcs);
    struct hmapx_node *node;

    if (!hmapx_is_empty(&agent->model->changed_encaps)) {
        agent->vpc_mtu->calm = time_msec() + CALM;
    }
    hmapx_clone(&vpcs, &model->changed_vpcs);
    HMAPX_FOR_EACH (node, &model->changed_nves) {
        struct m_nve *nve = node->data;
        struct m_share *share;

        HMAP_FOR_EACH (share, nve_node, &nve->shares) {
            int mtu = m_share_compute_mtu(share);

            if (mtu != share->mtu) {
                mtu_counts_change(&share->vpc->mtus, share->mtu, mtu);
                share->mtu = mtu;
                hmapx_add(&vpcs, share->vpc);
            }
        }
    }
    HMAPX_FOR_EACH (node, &vpcs) {
        m_vpc_update_mtu(agent, node->data);
    }
    hmapx_destroy(&vpcs);
    if (agent->vpc_mtu->since && time_msec() >= get_settling_time(agent)) {
        settle(agent);
    }
    HMAPX_FOR_EACH (node, &model->changed_endpoints) {
        m_endpoint_update_mtu(agent, node->data);
    }
}

void
vpc_mtu_run(struct agent *agent)
{
    if (!model_touch_is_none(agent->model) || agent->vpc_mtu->since) {
        update(agent);
    }
    agent->vpc_mtu->written |= write_gate_is_open(agent->gate, WRITE_DATABASE);
}

void
vpc_mtu_wait(const struct agent *agent)
{
    if (agent->vpc_mtu->since) {
        poll_timer_wait_until(get_settling_time(agent));
    }
}
