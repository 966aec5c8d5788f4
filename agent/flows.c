/* Flows: see flows.h for the tables.
 *
 * Each function makes all flows of one owner from the model, and replaces
 * them; ofctrl finds what differs.  A flow that cannot be made yet (no
 * OpenFlow port) is left out, which drops: its owner is on the 'changed' list
 * again when that is known. */

#include <config.h>

#include "agent/flows.h"

#include "agent/agent.h"
#include "agent/flow-actions.h"
#include "agent/plan-legs.h"
#include "agent/receive.h"
#include "agent/remotes.h"
#include "agent/source-stage.h"
#include "agent/withdrawing.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

/* Copies to remotes that one flow makes.  A flow has at most 64 KiB of
 * actions, and a copy takes about 64 bytes. */
#define COPIES_PER_FLOW 256

static const struct eth_addr eth_mcast
    = ETH_ADDR_C(01,00,00,00,00,00);

static void
match_init_vni(struct match *match, uint32_t vni)
{
    match_init_catchall(match);
    match_set_metadata(match, htonll(vni));
}

/* Endpoints. */

static void
add_input_flow(struct agent *agent, struct m_endpoint *ep,
               struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;
    const char *phase = "Running";
    char *message = NULL;

    ofpbuf_init(&actions, 256);
    put_load_imm(&actions, FLOW_REG_VNI, ep->vpc->vni, 0);
    put_load_imm(&actions, FLOW_REG_PROFILE, ep->vpc->profile->up.id, 0);
    put_set_tun_id(&actions, ep->vpc->vni);
    struct ofpbuf options;
    ofpbuf_init(&options, 256);
    if (source_stage_build(agent, &agent->plan, ep, &options, &phase,
                           &message)) {
        if (!agent->base_silent) {
            ofpbuf_put(&actions, options.data, options.size);
        }
        put_goto(&actions, FLOW_FORWARD);
    } else {
        ofpbuf_clear(&actions);
    }
    ofpbuf_uninit(&options);
    match_init_catchall(&match);
    match_set_in_port(&match, ep->ofport);
    flow_list_add(flows, FLOW_INPUT, FLOW_PRI_NORMAL, &match, &actions);
    ofpbuf_uninit(&actions);

    ep->phase = phase;
    free(ep->message);
    ep->message = message;
}

static void
add_local_flows(struct agent *agent, struct m_endpoint *ep,
                struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    add_input_flow(agent, ep, flows);

    ofpbuf_init(&actions, 32);
    put_output(&actions, ep->ofport);
    match_init_vni(&match, ep->vpc->vni);
    match_set_dl_dst(&match, ep->up.object->endpoint->mac);
    flow_list_add(flows, FLOW_DELIVER, FLOW_PRI_NORMAL, &match, &actions);
    flow_list_add(flows, FLOW_FORWARD, FLOW_PRI_NORMAL, &match, &actions);
    ofpbuf_uninit(&actions);
}

static void
add_remote_flow(const struct m_endpoint *ep, struct flow_list *flows)
{
    struct ofpbuf actions;
    struct match match;

    ofpbuf_init(&actions, 64);
    put_load_imm(&actions, FLOW_REG_NVE, ep->nve->up.id, 0);
    put_goto(&actions, FLOW_ENCAP);
    match_init_vni(&match, ep->vpc->vni);
    match_set_dl_dst(&match, ep->up.object->endpoint->mac);
    flow_list_add(flows, FLOW_FORWARD, FLOW_PRI_NORMAL, &match, &actions);
    ofpbuf_uninit(&actions);
}

static void
m_endpoint_set_phase(struct m_endpoint *ep, const char *phase,
                     const char *message)
{
    ep->phase = phase;
    free(ep->message);
    ep->message = nullable_xstrdup(message);
}

static void
flows_make_endpoint(struct agent *agent, struct m_endpoint *ep)
{
    struct flow_list flows;

    flow_list_init(&flows);
    if (!ep->vpc || !ep->up.object) {
        m_endpoint_set_phase(ep, "Pending", NULL);
    } else if (m_endpoint_is_local(ep)) {
        if (!m_vpc_is_active(ep->vpc)) {
            m_endpoint_set_phase(ep, "Blocked", ep->vpc->up.problem
                                 ? ep->vpc->up.problem : ep->up.problem);
        } else if (!ep->ofport) {
            m_endpoint_set_phase(ep, "Pending",
                                 "its interface has no OpenFlow port yet");
        } else {
            add_local_flows(agent, ep, &flows);
        }
    } else {
        /* Plugged in here or not, it is elsewhere, if anywhere. */
        if (ep->up.problem) {
            m_endpoint_set_phase(ep, "Refused", ep->up.problem);
        }
        if (ep->nve && m_vpc_is_active(ep->vpc)) {
            add_remote_flow(ep, &flows);
        }
    }
    ofctrl_replace(agent->ofctrl, &ep->flows, &flows);
    flow_list_destroy(&flows);
}

/* VPCs. */

/* Reception of a known VNI.  What we advertised as required must be there
 * (docs/negotiation.md, "required"), once senders have applied that. */
static void
add_receive_flow(const struct agent *agent, const struct m_vpc *vpc,
                 struct flow_list *flows)
{
    const struct recv_table *table = receive_get_table(agent->receive);
    struct ofpbuf actions;
    struct match match;

    match_init_catchall(&match);
    match_set_tun_id(&match, htonll(vpc->vni));
    for (size_t i = 0; i < table->n_entries; i++) {
        const struct recv_entry *e = &table->entries[i];
        int index = base_plan_get_index(&agent->plan, e->key, e->max_len);

        if (e->required && index >= 0
            && withdrawing_enforces(agent, e->key)) {
            match_set_option_present(&match, index);
        }
    }

    ofpbuf_init(&actions, 64);
    put_load_imm(&actions, FLOW_REG_VNI, vpc->vni, 0);
    put_goto(&actions, FLOW_DELIVER);
    flow_list_add(flows, FLOW_RECEIVE, FLOW_PRI_NORMAL, &match, &actions);
    ofpbuf_uninit(&actions);
}

static int
compare_endpoints(const void *a_, const void *b_)
{
    const struct m_endpoint *const *a = a_;
    const struct m_endpoint *const *b = b_;

    return strcmp((*a)->up.name, (*b)->up.name);
}

/* A copy for each local endpoint of 'vpc'.  (One for where the packet came
 * from is suppressed by the switch.)  In the order of names, so that a
 * restart finds the flow that it would make. */
static void
put_local_copies(const struct m_vpc *vpc, struct ofpbuf *actions)
{
    const struct m_endpoint **eps = xcalloc(hmapx_count(&vpc->local) + 1,
                                            sizeof *eps);
    struct hmapx_node *node;
    size_t n = 0;

    HMAPX_FOR_EACH (node, &vpc->local) {
        const struct m_endpoint *ep = node->data;
        if (ep->ofport) {
            eps[n++] = ep;
        }
    }
    qsort(eps, n, sizeof *eps, compare_endpoints);
    for (size_t i = 0; i < n; i++) {
        put_output(actions, eps[i]->ofport);
    }
    free(eps);
}

static int
compare_nves(const void *a_, const void *b_)
{
    const struct m_nve *const *a = a_;
    const struct m_nve *const *b = b_;

    return strcmp((*a)->up.name, (*b)->up.name);
}

static const struct m_nve **
m_vpc_get_remotes(const struct m_vpc *vpc, size_t *n)
{
    const struct m_nve **nves = xcalloc(hmap_count(&vpc->shares) + 1,
                                        sizeof *nves);
    const struct m_share *share;

    *n = 0;
    HMAP_FOR_EACH (share, vpc_node, &vpc->shares) {
        nves[(*n)++] = share->nve;
    }
    qsort(nves, *n, sizeof *nves, compare_nves);
    return nves;
}

/* Copies for the remotes from 'first' on, as many as one flow makes; the rest
 * is for the next part in FLOW_COPIES. */
static void
put_remote_copies(const struct m_nve **nves, size_t n, size_t first,
                  struct ofpbuf *actions)
{
    size_t end = MIN(n, first + COPIES_PER_FLOW);

    for (size_t i = first; i < end; i++) {
        size_t clone = put_clone_begin(actions);

        put_load_imm(actions, FLOW_REG_NVE, nves[i]->up.id, 0);
        put_resubmit(actions, FLOW_ENCAP);
        put_clone_end(actions, clone);
    }
    if (end < n) {
        put_load_imm(actions, FLOW_REG_PART, end / COPIES_PER_FLOW, 0);
        put_resubmit(actions, FLOW_COPIES);
    }
}

/* Broadcast and multicast by ingress replication (RFC 8926, section 4.4.3):
 * each copy goes through the encapsulation stage by itself, so each receiver
 * gets the options that it wants.  RFC 9638, section 6.7, does without
 * underlay multicast. */
static void
add_replication_flows(const struct m_vpc *vpc, struct flow_list *flows)
{
    const struct m_nve **nves;
    struct ofpbuf actions;
    struct match match;
    size_t n;

    match_init_vni(&match, vpc->vni);
    match_set_dl_dst_masked(&match, eth_mcast, eth_mcast);

    ofpbuf_init(&actions, 1024);
    put_local_copies(vpc, &actions);
    flow_list_add(flows, FLOW_DELIVER, FLOW_PRI_NORMAL, &match, &actions);

    nves = m_vpc_get_remotes(vpc, &n);
    put_remote_copies(nves, n, 0, &actions);
    flow_list_add(flows, FLOW_FORWARD, FLOW_PRI_NORMAL, &match, &actions);

    for (size_t first = COPIES_PER_FLOW; first < n;
         first += COPIES_PER_FLOW) {
        match_init_vni(&match, vpc->vni);
        match_set_reg(&match, FLOW_REG_PART - MFF_REG0,
                      first / COPIES_PER_FLOW);
        ofpbuf_clear(&actions);
        put_remote_copies(nves, n, first, &actions);
        flow_list_add(flows, FLOW_COPIES, FLOW_PRI_NORMAL, &match, &actions);
    }
    free(nves);
    ofpbuf_uninit(&actions);
}

static void
flows_make_vpc(struct agent *agent, struct m_vpc *vpc)
{
    struct flow_list flows;

    flow_list_init(&flows);
    if (m_vpc_is_active(vpc)) {
        add_receive_flow(agent, vpc, &flows);
        add_replication_flows(vpc, &flows);
    }
    ofctrl_replace(agent->ofctrl, &vpc->flows, &flows);
    flow_list_destroy(&flows);
}

/* Remotes. */

/* Only packets from an address of a known NVE get to FLOW_RECEIVE: by the
 * port, which has that address, or in shared mode by the address itself. */
static void
flows_make_nve(struct agent *agent, struct m_nve *nve)
{
    const struct nve *def = m_nve_get_def(nve);
    struct flow_list flows;
    struct ofpbuf actions;

    flow_list_init(&flows);
    ofpbuf_init(&actions, 32);
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
put_delete_omitted(const struct m_tx *tx, const struct opt_key *sent,
                   size_t n, const struct base_plan *plan,
                   struct ofpbuf *actions)
{
    for (size_t i = 0; i < tx->profile->n_options; i++) {
        const struct sender_option *o = &tx->profile->options[i].sender;
        int index = base_plan_get_index(plan, o->key, o->length);
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
replace_base_flow(struct agent *agent, struct m_tx *tx, bool blocked,
                  const struct opt_key *sent, size_t n)
{
    const struct m_nve *nve = tx->nve;
    struct flow_list flows;
    struct ofpbuf actions;
    struct match match;
    ofp_port_t ofport;

    flow_list_init(&flows);
    ofpbuf_init(&actions, 256);
    ofport = (nve->n_tunnels
              ? local_tunnel_get_ofport(agent->local, &nve->tunnels[0]) : 0);
    if (ofport && !blocked) {
        if (!agent->base_silent) {
            put_delete_omitted(tx, sent, n, &agent->plan, &actions);
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
                      tx->profile->up.id);
        flow_list_add(&flows, FLOW_ENCAP, FLOW_PRI_NORMAL, &match, &actions);
    }
    ofpbuf_uninit(&actions);
    tx->has_flows = flows.n > 0;
    ofctrl_replace(agent->ofctrl, &tx->flows, &flows);
    flow_list_destroy(&flows);
    return ofport != 0;
}

void
flows_refresh_base_tx(struct agent *agent, struct m_tx *tx)
{
    if (tx->has_flows) {
        replace_base_flow(agent, tx, tx->applied_blocked, tx->applied_wire,
                          tx->n_applied);
    }
}

void
m_tx_set_applied(struct m_tx *tx)
{
    tx->applied_blocked = tx->final.status == NEG_BLOCKED;
    tx->n_applied = tx->final.n_options;
    memcpy(tx->applied_wire, tx->wire, tx->n_applied * sizeof *tx->wire);
}

static void
flows_make_tx(struct agent *agent, struct m_tx *tx)
{
    const struct negotiation *n = &tx->final;

    if (tx->nve->plan && n->status != NEG_BLOCKED) {
        plan_legs_make(agent, tx);
    } else {
        tx->base_options = replace_base_flow(agent, tx,
                                             n->status == NEG_BLOCKED,
                                             tx->wire, n->n_options)
                           && n->n_options > 0;
        m_tx_set_applied(tx);
        plan_legs_leave(agent, tx);
        m_tx_account(agent, tx);
    }
}

/* Packets with the O bit carry a control message: "Tunnel endpoints MUST NOT
 * forward the payload" (RFC 8926, section 3.4). */
static void
flows_make_static(struct agent *agent)
{
    struct flow_list flows;
    struct ofpbuf actions;
    struct match match;

    flow_list_init(&flows);
    ofpbuf_init(&actions, 0);
    match_init_catchall(&match);
    match_set_tun_flags_masked(&match, FLOW_TNL_F_OAM, FLOW_TNL_F_OAM);
    flow_list_add(&flows, FLOW_RECEIVE, FLOW_PRI_OAM, &match, &actions);
    ofpbuf_uninit(&actions);
    ofctrl_replace(agent->ofctrl, &agent->static_flows, &flows);
    flow_list_destroy(&flows);
}

void
flows_run(struct agent *agent)
{
    struct model *model = agent->model;
    struct hmapx_node *node;

    flows_make_static(agent);
    HMAPX_FOR_EACH (node, &model->changed_endpoints) {
        flows_make_endpoint(agent, node->data);
    }
    HMAPX_FOR_EACH (node, &model->changed_vpcs) {
        flows_make_vpc(agent, node->data);
    }
    HMAPX_FOR_EACH (node, &model->changed_nves) {
        flows_make_nve(agent, node->data);
    }
    HMAPX_FOR_EACH (node, &agent->changed_tx) {
        flows_make_tx(agent, node->data);
    }
}
