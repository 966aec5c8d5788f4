/* Remotes: see remotes.h.
 *
 * We negotiate with a remote again when its object, a VPC that we share or the
 * profile of such a VPC changed.  That takes time in proportion to the
 * profiles and their options, whatever the number of endpoints.
 *
 * plan-assign.c decides which plan serves which remote. */

#include <config.h>

#include "agent/remotes/remotes.h"

#include "agent/agent.h"
#include "agent/model/base-use.h"
#include "agent/model/encap.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model-lb.h"
#include "agent/model/model-nve.h"
#include "agent/model/model-touch.h"
#include "agent/model/model.h"
#include "agent/model/source-set.h"
#include "agent/plans/plan-assign.h"
#include "agent/plans/send-leg.h"
#include "agent/plans/send-plan.h"
#include "agent/remotes/remote-address.h"
#include "agent/remotes/remote-tunnels.h"
#include "agent/switch/ofctrl.h"
#include "lib/plan-restrict.h"
#include "lib/planner.h"
#include "lib/tlv-plan.h"
#include "lib/value.h"
#include "packets.h"
#include "util.h"

/* Negotiation. */

static void
m_encap_destroy(struct agent *agent, struct m_encap *encap)
{
    model_touch_forget(agent->model, encap);
    send_legs_destroy(agent, encap);
    base_use_account(agent->base_use, encap, true);
    ofctrl_destroy_owner(agent->ofctrl, &encap->flows);
    order_constraint_destroy(&encap->constraint);
    negotiation_destroy(&encap->raw);
    negotiation_destroy(&encap->final);
    free(encap->wire);
    free(encap->applied_wire);
    free(encap);
}

static struct m_encap *
m_encap_create(struct m_nve *nve, struct m_profile *profile)
{
    struct m_encap *encap = xzalloc(sizeof *encap);

    encap->nve = nve;
    encap->profile = profile;
    ovs_list_init(&encap->old_legs);
    encap->raw.status = NEG_BLOCKED;
    encap->final.status = NEG_BLOCKED;
    flow_owner_init(&encap->flows, hash_int(nve->up.id, profile->up.id),
                    "NVE %s, profile %s", nve->up.name, profile->up.name);
    return encap;
}

static void
remotes_negotiate(struct agent *agent, struct m_encap *encap)
{
    const struct nve *def = m_nve_get_def(encap->nve);

    negotiation_destroy(&encap->raw);
    negotiation_select(&encap->profile->sender, &encap->nve->receive,
                       def->transit, &encap->raw);
    if (m_nve_is_foreign(encap->nve) || encap->nve->out_of_reach) {
        negotiation_block(&encap->raw);
    }
    order_constraint_destroy(&encap->constraint);
    order_constraint_from_negotiation(&encap->constraint, &encap->raw);
    model_touch_encap(agent->model, encap);
}

/* Makes sure that there is an encapsulation for packets of 'profile' to
 * 'nve'. */
static void
remotes_want_encap(struct m_nve *nve, struct m_profile *profile)
{
    struct m_encap *encap = shash_find_data(&nve->encaps, profile->up.name);

    if (!encap) {
        encap = m_encap_create(nve, profile);
        shash_add(&nve->encaps, profile->up.name, encap);
    }
    encap->stale = false;
}

static void
remotes_update(struct agent *agent, struct m_nve *nve)
{
    const struct nve *def = m_nve_get_def(nve);
    struct shash_node *node;
    struct m_share *share;

    remote_address_update(agent, nve);
    SHASH_FOR_EACH (node, &nve->encaps) {
        struct m_encap *encap = node->data;
        encap->stale = true;
    }
    HMAP_FOR_EACH (share, nve_node, &nve->shares) {
        if (def && m_vpc_is_active(share->vpc)) {
            remotes_want_encap(nve, share->vpc->profile);
            remotes_want_encap(nve, share->vpc->sent);
        }
    }
    SHASH_FOR_EACH_SAFE (node, &nve->encaps) {
        struct m_encap *encap = node->data;

        if (encap->stale) {
            shash_delete(&nve->encaps, node);
            m_encap_destroy(agent, encap);
        } else {
            remotes_negotiate(agent, encap);
        }
    }
    remote_tunnels_update(agent, nve);
    if (m_nve_is_remote(nve) && agent->n_encap_ips) {
        plan_assign_touch_remote(agent, nve);
    }
}

/* What of our NVE object matters to the tunnels of all remotes. */
struct own_underlay {
    bool is_known;
    uint16_t udp_port;
    struct in6_addr *ips;
    size_t n_ips;
};

static void
own_underlay_destroy(struct own_underlay *own)
{
    if (own) {
        free(own->ips);
        free(own);
    }
}

/* Brings that up to date from 'def', which is NULL if there is no object.
 * Returns whether it changed: a new status of ours, as an agent that starts
 * writes several, is nothing to the remotes. */
static bool
own_underlay_update(struct agent *agent, const struct nve *def)
{
    struct own_underlay *old = agent->own_underlay;
    struct own_underlay *new = xzalloc(sizeof *new);
    bool same;

    if (def) {
        new->is_known = true;
        new->udp_port = def->udp_port;
        new->n_ips = def->n_underlay_ips;
        new->ips = (new->n_ips
                    ? xmemdup(def->underlay_ips, new->n_ips * sizeof *new->ips)
                    : NULL);
    }
    same = (old && old->is_known == new->is_known
            && old->udp_port == new->udp_port && old->n_ips == new->n_ips
            && (!new->n_ips || !memcmp(old->ips, new->ips,
                                       new->n_ips * sizeof *new->ips)));
    own_underlay_destroy(old);
    agent->own_underlay = new;
    return !same;
}

void
remotes_destroy_all(struct agent *agent)
{
    struct entity *entity;

    own_underlay_destroy(agent->own_underlay);
    agent->own_underlay = NULL;

    HMAP_FOR_EACH (entity, node, &agent->model->entities[MODEL_NVE]) {
        struct m_nve *nve = M_CAST(m_nve, entity);
        struct shash_node *node;

        SHASH_FOR_EACH_SAFE (node, &nve->encaps) {
            m_encap_destroy(agent, node->data);
            shash_delete(&nve->encaps, node);
        }
        plan_assign_forget_remote(agent, nve);
    }
}

void
remotes_follow_self(struct agent *agent)
{
    struct m_nve *self = model_get_self(agent->model);

    if (self && hmapx_contains(&agent->model->changed_nves, self)
        && own_underlay_update(agent, m_nve_get_def(self))) {
        model_touch_all_remotes(agent->model);
    }
}

/* The option of 'profile' with values from there, or NULL. */
static const struct sender_option *
find_option(const struct m_profile *profile, enum value_from from)
{
    for (size_t i = 0; i < profile->source->n; i++) {
        const struct resolved_option *o = &profile->source->options[i].up;

        if (o->value.from == from) {
            return &o->sender;
        }
    }
    return NULL;
}

/* Whether 'profile' has an option that only a gateway sends, to services'
 * backends. */
static bool
has_service_option(const struct m_profile *profile)
{
    return (find_option(profile, VALUE_SERVICE_VIP)
            || find_option(profile, VALUE_SERVICE_DSR));
}

/* Whether this node is a gateway to services of 'profile'. */
static bool
sends_service(const struct m_profile *profile)
{
    const struct hmapx_node *vpc, *node;

    HMAPX_FOR_EACH (vpc, &profile->vpcs) {
        HMAPX_FOR_EACH (node, &((const struct m_vpc *) vpc->data)->lbs) {
            const struct m_lb *lb = node->data;

            if (lb->gateway && lb->gateway->self) {
                return true;
            }
        }
    }
    return false;
}

static void
add_profiles(const struct m_vpc *vpc, struct hmapx *profiles)
{
    if (vpc && vpc->sent && has_service_option(vpc->sent)) {
        hmapx_add(profiles, vpc->sent);
    }
}

/* Finds the profiles by which this node begins, or ceases, to send the option
 * of services: the MTU of their remotes is another one then. */
static void
follow_services(struct agent *agent)
{
    struct hmapx profiles = HMAPX_INITIALIZER(&profiles);
    struct model *model = agent->model;
    const struct hmapx_node *node, *vpc;

    HMAPX_FOR_EACH (node, &model->changed_lbs) {
        add_profiles(((const struct m_lb *) node->data)->vpc, &profiles);
    }
    HMAPX_FOR_EACH (node, &model->changed_gateways) {
        add_profiles(((const struct m_gateway *) node->data)->vpc, &profiles);
    }
    HMAPX_FOR_EACH (node, &model->changed_vpcs) {
        add_profiles(node->data, &profiles);
    }
    HMAPX_FOR_EACH (node, &profiles) {
        struct m_profile *profile = node->data;

        if (profile->sends_service != sends_service(profile)) {
            profile->sends_service = !profile->sends_service;
            HMAPX_FOR_EACH (vpc, &profile->vpcs) {
                model_touch_nves_of(model, vpc->data);
            }
        }
    }
    hmapx_destroy(&profiles);
}

void
remotes_run(struct agent *agent)
{
    const struct m_nve *self = model_get_self(agent->model);
    struct hmapx_node *node;

    if (model_touch_is_none(agent->model)) {
        return;
    }
    follow_services(agent);
    HMAPX_FOR_EACH (node, &agent->model->changed_nves) {
        struct m_nve *nve = node->data;
        if (nve != self) {
            remotes_update(agent, nve);
        }
    }
}

/* Planning. */

int
remotes_get_mtu(const struct agent *agent, const struct m_nve *nve,
                unsigned int header_bytes)
{
    const struct nve *def = m_nve_get_def(nve);
    int mtu = agent->underlay_mtu;

    if (!mtu || !ipv6_addr_is_set(&nve->tx_ip)) {
        return 0;
    }
    if (def->underlay_mtu) {
        mtu = MIN(mtu, def->underlay_mtu);
    }
    return negotiation_inner_mtu(mtu, !IN6_IS_ADDR_V4MAPPED(&nve->tx_ip),
                                 header_bytes);
}

/* How many bytes the option with values from there takes of the tunnel header
 * of 'encap'. */
static unsigned int
get_option_bytes(const struct m_encap *encap, enum value_from from)
{
    const struct sender_option *o = find_option(encap->profile, from);
    const struct negotiation *n = &encap->final;

    for (size_t i = 0; o && i < n->n_options; i++) {
        if (opt_key_equals(n->options[i].key, o->key)) {
            return GENEVE_OPT_HLEN + o->length;
        }
    }
    return 0;
}

/* How long the tunnel header of 'encap' can become: an option that this node
 * never sends does not make it longer.  Who takes both options of services is
 * sent the first (flows/vip-return.c). */
static unsigned int
get_header_bytes(const struct m_encap *encap)
{
    unsigned int vip = get_option_bytes(encap, VALUE_SERVICE_VIP);
    unsigned int dsr = get_option_bytes(encap, VALUE_SERVICE_DSR);
    unsigned int unused = (!encap->profile->sends_service ? vip + dsr
                           : vip ? dsr : 0);

    return encap->final.header_bytes - unused;
}

/* Applies the plan to what was negotiated. */
static void
remotes_finish(struct agent *agent, struct m_encap *encap)
{
    const struct tlv_plan *plan = send_plan_get_order(agent, encap->nve);
    struct opt_key *old_wire = encap->wire;
    size_t n_old = encap->final.n_options;

    negotiation_destroy(&encap->final);
    negotiation_clone(&encap->final, &encap->raw);
    plan_restrict(&encap->final, &encap->profile->sender, plan->order,
                  plan->n_order);
    encap->wire = xmalloc(encap->final.n_options * sizeof *encap->wire);
    negotiation_get_wire_order(&encap->final, plan->order, plan->n_order,
                               encap->wire);
    encap->wire_changed |= encap->final.n_options != n_old;
    for (size_t i = 0; i < n_old && !encap->wire_changed; i++) {
        encap->wire_changed = !opt_key_equals(encap->wire[i], old_wire[i]);
    }
    free(old_wire);
    encap->mtu = (encap->final.status == NEG_BLOCKED ? 0
                  : remotes_get_mtu(agent, encap->nve,
                                    get_header_bytes(encap)));
    base_use_account(agent->base_use, encap, false);
}

void
remotes_apply_plans(struct agent *agent)
{
    struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &agent->model->changed_encaps) {
        struct m_encap *encap = node->data;

        remotes_finish(agent, encap);
        model_touch_nve(agent->model, encap->nve);
    }
}
