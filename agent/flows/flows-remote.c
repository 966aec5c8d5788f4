/* Flows of remote NVEs: see flows.h.
 *
 * What comes from one is known by its tunnel port or its address; what goes to
 * one has a flow for each profile. */

#include <config.h>

#include "agent/flows/flows-private.h"

#include "agent/agent.h"
#include "agent/model/base-use.h"
#include "agent/model/model-nve.h"
#include "agent/node/local.h"
#include "agent/switch/flow-actions.h"
#include "agent/flows/flows.h"
#include "agent/flows/mtu-stage.h"
#include "agent/flows/plan-legs.h"
#include "agent/remotes/remote-tunnels.h"
#include "agent/remotes/remotes.h"
#include "agent/model/source-set.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/ofctrl.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

/* Only packets from an address of a known NVE get to FLOW_RECEIVE: by the
 * port, which has that address, or in shared mode by the address itself. */
void
flows_make_nve(struct agent *agent, struct m_nve *nve)
{
    const struct nve *def = m_nve_get_def(nve);
    struct flow_list flows;
    struct ofpbuf actions;

    flow_list_init(&flows);
    ofpbuf_init(&actions, 32);
    put_load_imm(&actions, FLOW_REG_NVE, nve->up.id, 0);
    put_goto(&actions, FLOW_RECEIVE);
    for (size_t i = 0; i < nve->n_tunnels; i++) {
        const struct tunnel_key *key = &nve->tunnels[i];
        ofp_port_t ofport = local_tunnel_get_ofport(agent->local, key);
        struct match match;

        if (!ofport || key->udp_port != agent->udp_port) {
            continue;
        }
        match_init_catchall(&match);
        match_set_in_port(&match, ofport);
        if (ipv6_addr_is_set(&key->remote)) {
            flow_list_add(&flows, FLOW_INPUT, FLOW_PRI_NORMAL, &match,
                          &actions);
            continue;
        }
        for (size_t j = 0; j < def->n_underlay_ips; j++) {
            const struct in6_addr *ip = &def->underlay_ips[j];

            if (m_nve_owns_ip(agent->model, nve, ip)) {
                match_init_catchall(&match);
                match_set_in_port(&match, ofport);
                match_set_tun_src_ip(&match, ip);
                flow_list_add(&flows, FLOW_INPUT, FLOW_PRI_NORMAL, &match,
                              &actions);
            }
        }
    }
    ofpbuf_uninit(&actions);
    ofctrl_replace(agent->ofctrl, &nve->flows, &flows);
    flow_list_destroy(&flows);
}

void
put_delete_omitted(const struct m_encap *encap, const struct opt_key *sent,
                   size_t n, const struct tlv_plan *plan,
                   struct ofpbuf *actions)
{
    const struct source_set *set = encap->profile->source;

    for (size_t i = 0; i < set->n; i++) {
        const struct sender_option *o = &set->options[i].up.sender;
        int index = tlv_plan_get_index(plan, o->key, o->length);
        bool is_sent = false;

        for (size_t j = 0; j < n && !is_sent; j++) {
            is_sent = opt_key_equals(sent[j], o->key);
        }
        if (index >= 0 && !is_sent) {
            put_delete_option(actions, index);
        }
    }
}

/* The encapsulation stage of the base plan: the source stage set every option
 * of the profile, this takes away what is not 'sent'.  A blocked remote gets a
 * flow without actions: it drops, and its counter shows.  Returns whether the
 * remote can be sent to. */
static bool
replace_base_flow(struct agent *agent, struct m_encap *encap, bool blocked,
                  const struct opt_key *sent, size_t n, int mtu)
{
    const struct m_nve *nve = encap->nve;
    struct flow_list flows;
    struct ofpbuf actions;
    struct match match;
    ofp_port_t ofport;

    flow_list_init(&flows);
    ofpbuf_init(&actions, 256);
    ofport = (nve->n_tunnels
              ? local_tunnel_get_ofport(agent->local, &nve->tunnels[0]) : 0);
    if (ofport && !blocked) {
        if (!agent->base_use->idle) {
            put_delete_omitted(encap, sent, n, agent->base_plan, &actions);
        }
        if (!ipv6_addr_is_set(&nve->tunnels[0].remote)) {
            put_set_tun_dst(&actions, m_nve_get_tx_ip(agent, nve));
        }
        put_output(&actions, ofport);
    }
    if (ofport || blocked) {
        match_init_catchall(&match);
        match_set_reg(&match, FLOW_REG_NVE - MFF_REG0, nve->up.id);
        match_set_reg(&match, FLOW_REG_PROFILE - MFF_REG0,
                      encap->profile->up.id);
        flow_list_add(&flows, FLOW_ENCAP, FLOW_PRI_NORMAL, &match, &actions);
    }
    if (ofport && !blocked) {
        mtu_stage_add_flows(encap, mtu, &flows);
    }
    ofpbuf_uninit(&actions);
    encap->has_flows = flows.n > 0;
    ofctrl_replace(agent->ofctrl, &encap->flows, &flows);
    flow_list_destroy(&flows);
    return ofport != 0;
}

void
flows_refresh_base_encap(struct agent *agent, struct m_encap *encap)
{
    if (encap->has_flows) {
        replace_base_flow(agent, encap, encap->applied_blocked,
                          encap->applied_wire, encap->n_applied,
                          encap->applied_mtu);
    }
}

void
m_encap_set_applied(struct m_encap *encap)
{
    encap->applied_blocked = encap->final.status == NEG_BLOCKED;
    encap->n_applied = encap->final.n_options;
    encap->applied_mtu = encap->mtu;
    memcpy(encap->applied_wire, encap->wire,
           encap->n_applied * sizeof *encap->wire);
}

/* Whether the integration bridge has a place for each option of 'encap'. */
static bool
base_has_options(const struct agent *agent, const struct m_encap *encap)
{
    const struct index_map *map
        = ofctrl_get_installed_tlv_map(agent->ofctrl);

    for (size_t i = 0; map && i < encap->final.n_options; i++) {
        int index = index_map_find(&agent->base_plan->map, encap->wire[i]);

        if (index < 0 || index_map_find(map, encap->wire[i]) != index) {
            return false;
        }
    }
    return true;
}

void
flows_make_encap(struct agent *agent, struct m_encap *encap)
{
    const struct negotiation *n = &encap->final;

    if (m_encap_get_target(encap)) {
        plan_legs_make(agent, encap);
    } else if (encap->applied && n->status != NEG_BLOCKED
               && !base_has_options(agent, encap)) {
        plan_legs_stay(agent, encap);
    } else {
        encap->base_options = replace_base_flow(agent, encap,
                                                n->status == NEG_BLOCKED,
                                                encap->wire, n->n_options,
                                                encap->mtu)
                              && n->n_options > 0;
        m_encap_set_applied(encap);
        plan_legs_leave(agent, encap);
        base_use_account(agent->base_use, encap, false);
    }
}
