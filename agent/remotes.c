/* Remotes: see remotes.h.
 *
 * A remote is renegotiated when its object, one of our shared VPCs or one of
 * their profiles changed; that takes time in proportion to its profiles and
 * their options, whatever the number of its endpoints.
 *
 * Which plan serves which remote is decided in plans.c, and only when a wish
 * changed that the present assignment does not fulfil. */

#include <config.h>

#include "agent/remotes.h"

#include "agent/agent.h"
#include "agent/alarms.h"
#include "agent/plan-legs.h"
#include "agent/receive.h"
#include "lib/planner.h"
#include "packets.h"
#include "util.h"

bool
m_nve_is_remote(const struct m_nve *nve)
{
    return !shash_is_empty(&nve->tx);
}

enum neg_status
m_nve_worst_status(const struct m_nve *nve)
{
    enum neg_status worst = NEG_OK;
    struct shash_node *node;

    SHASH_FOR_EACH (node, &nve->tx) {
        const struct m_tx *tx = node->data;
        worst = MAX(worst, tx->final.status);
    }
    return worst;
}

static const struct nve *
m_nve_get_def(const struct m_nve *nve)
{
    return nve->up.object ? nve->up.object->nve : NULL;
}

/* Tunnels. */

/* Our underlay address of the family of 'ip', or NULL. */
static const struct in6_addr *
agent_get_local_ip(const struct agent *agent, const struct in6_addr *ip)
{
    for (size_t i = 0; i < agent->n_encap_ips; i++) {
        if (IN6_IS_ADDR_V4MAPPED(&agent->encap_ips[i])
            == IN6_IS_ADDR_V4MAPPED(ip)) {
            return &agent->encap_ips[i];
        }
    }
    return NULL;
}

const struct in6_addr *
m_nve_get_tx_ip(const struct agent *agent, const struct m_nve *nve)
{
    const struct nve *def = m_nve_get_def(nve);

    for (size_t i = 0; def && i < def->n_underlay_ips; i++) {
        const struct in6_addr *ip = &def->underlay_ips[i];

        if (agent_get_local_ip(agent, ip)
            && m_nve_owns_ip(agent->model, nve, ip)) {
            return ip;
        }
    }
    return NULL;
}

/* In shared mode one port serves all remotes.  It can pin our address only if
 * we have a single one. */
static struct tunnel_key
make_tunnel(const struct agent *agent, const struct in6_addr *remote,
            uint16_t udp_port)
{
    struct tunnel_key key;

    memset(&key, 0, sizeof key);
    key.udp_port = udp_port;
    if (agent->tunnel_mode == TUNNEL_PER_REMOTE) {
        key.remote = *remote;
        key.local = *agent_get_local_ip(agent, remote);
    } else if (agent->n_encap_ips == 1) {
        key.local = agent->encap_ips[0];
    }
    return key;
}

static void
add_tunnel(struct tunnel_key *keys, size_t *n, struct tunnel_key key)
{
    for (size_t i = 0; i < *n; i++) {
        if (!memcmp(&keys[i], &key, sizeof key)) {
            return;
        }
    }
    keys[(*n)++] = key;
}

/* The tunnel ports for 'nve': the first one is for sending, to the UDP port
 * that it listens on, and there is one for each address that it may send
 * from, on the UDP port that we listen on (RFC 8926, section 3.3: the
 * destination port is the receiver's). */
static struct tunnel_key *
remotes_make_tunnels(const struct agent *agent, const struct m_nve *nve,
                     size_t *n)
{
    const struct nve *def = m_nve_get_def(nve);
    struct tunnel_key *keys = xcalloc(2 * def->n_underlay_ips + 2,
                                      sizeof *keys);

    *n = 0;
    for (size_t i = 0; i < def->n_underlay_ips; i++) {
        const struct in6_addr *ip = &def->underlay_ips[i];

        if (agent_get_local_ip(agent, ip)
            && m_nve_owns_ip(agent->model, nve, ip)) {
            add_tunnel(keys, n, make_tunnel(agent, ip, def->udp_port));
            add_tunnel(keys, n, make_tunnel(agent, ip, agent->udp_port));
        }
    }
    return keys;
}

/* Gives up the tunnels in 'old' that are not in 'keep'.  A shared one stays:
 * other remotes use it. */
static void
remotes_unset_tunnels(struct agent *agent,
                      const struct tunnel_key *old, size_t n_old,
                      const struct tunnel_key *keep, size_t n_keep)
{
    for (size_t i = 0; i < n_old; i++) {
        bool wanted = (!ipv6_addr_is_set(&old[i].remote)
                       && agent->tunnel_mode == TUNNEL_SHARED);

        for (size_t j = 0; j < n_keep && !wanted; j++) {
            wanted = !memcmp(&old[i], &keep[j], sizeof old[i]);
        }
        if (!wanted) {
            local_tunnel_unset(agent->local, &old[i]);
        }
    }
}

static void
remotes_set_tunnels(struct agent *agent, struct m_nve *nve)
{
    struct tunnel_key *old = nve->tunnels;
    size_t n_old = nve->n_tunnels;

    if (m_nve_is_remote(nve) && agent->n_encap_ips) {
        nve->tunnels = remotes_make_tunnels(agent, nve, &nve->n_tunnels);
    } else {
        nve->tunnels = NULL;
        nve->n_tunnels = 0;
        plans_forget_remote(agent, nve);
        hmapx_add(&agent->model->maybe_gone, nve);
    }

    for (size_t i = 0; i < nve->n_tunnels; i++) {
        local_tunnel_set(agent->local, &nve->tunnels[i],
                         ipv6_addr_is_set(&nve->tunnels[i].remote)
                         ? nve->up.name : "");
    }
    remotes_unset_tunnels(agent, old, n_old, nve->tunnels, nve->n_tunnels);
    free(old);
}

/* Negotiation. */

static void
account(bool *counted, bool now, size_t *n)
{
    *n += now - *counted;
    *counted = now;
}

static void
m_tx_destroy(struct agent *agent, struct m_tx *tx)
{
    agent->wishes_changed |= tx->wish.kind != RECV_ANY;
    hmapx_find_and_delete(&agent->changed_tx, tx);
    plan_legs_destroy(agent, tx);
    account(&tx->sends_options, false, &agent->n_senders);
    account(&tx->uses_base, false, &agent->n_base_users);
    flow_owner_destroy(agent->ofctrl, &tx->flows);
    plan_wish_destroy(&tx->wish);
    negotiation_destroy(&tx->raw);
    negotiation_destroy(&tx->final);
    free(tx);
}

static struct m_tx *
m_tx_create(struct m_nve *nve, struct m_profile *profile)
{
    struct m_tx *tx = xzalloc(sizeof *tx);

    tx->nve = nve;
    tx->profile = profile;
    tx->raw.status = NEG_BLOCKED;
    tx->final.status = NEG_BLOCKED;
    flow_owner_init(&tx->flows, hash_int(nve->up.id, profile->up.id),
                    "NVE %s, profile %s", nve->up.name, profile->up.name);
    return tx;
}

static bool
plan_wish_equals(const struct plan_wish *a, const struct plan_wish *b)
{
    if (a->kind != b->kind || a->n_options != b->n_options) {
        return false;
    }
    for (size_t i = 0; i < a->n_options; i++) {
        if (!opt_key_equals(a->options[i], b->options[i])) {
            return false;
        }
    }
    return true;
}

static void
remotes_negotiate(struct agent *agent, struct m_tx *tx)
{
    const struct nve *def = m_nve_get_def(tx->nve);
    struct negotiation raw;
    struct plan_wish wish;

    neg_select(&tx->profile->sender, &tx->nve->receive, def->transit, &raw);
    plan_wish_from_negotiation(&wish, &raw);
    if (!plan_wish_equals(&wish, &tx->wish)) {
        agent->wishes_changed |= (tx->nve->plan != NULL
                                  || !base_plan_fits(&agent->plan, &wish));
    }
    plan_wish_destroy(&tx->wish);
    tx->wish = wish;
    negotiation_destroy(&tx->raw);
    tx->raw = raw;
    hmapx_add(&agent->changed_tx, tx);
}

static void
remotes_update(struct agent *agent, struct m_nve *nve)
{
    const struct nve *def = m_nve_get_def(nve);
    struct shash_node *node;
    struct m_share *share;

    SHASH_FOR_EACH (node, &nve->tx) {
        struct m_tx *tx = node->data;
        tx->stale = true;
    }
    HMAP_FOR_EACH (share, nve_node, &nve->shares) {
        if (def && m_vpc_is_active(share->vpc)) {
            struct m_profile *profile = share->vpc->profile;
            struct m_tx *tx = shash_find_data(&nve->tx, profile->up.name);

            if (!tx) {
                tx = m_tx_create(nve, profile);
                shash_add(&nve->tx, profile->up.name, tx);
            }
            tx->stale = false;
        }
    }
    SHASH_FOR_EACH_SAFE (node, &nve->tx) {
        struct m_tx *tx = node->data;

        if (tx->stale) {
            shash_delete(&nve->tx, node);
            m_tx_destroy(agent, tx);
        } else {
            remotes_negotiate(agent, tx);
        }
    }
    remotes_set_tunnels(agent, nve);
}

void
remotes_destroy_all(struct agent *agent)
{
    struct entity *entity;

    HMAP_FOR_EACH (entity, node, &agent->model->entities[MODEL_NVE]) {
        struct m_nve *nve = M_CAST(m_nve, entity);
        struct shash_node *node;

        SHASH_FOR_EACH_SAFE (node, &nve->tx) {
            m_tx_destroy(agent, node->data);
            shash_delete(&nve->tx, node);
        }
    }
}

void
remotes_mark_all(struct agent *agent)
{
    struct entity *entity;
    struct hmapx_node *node;

    HMAP_FOR_EACH (entity, node, &agent->model->entities[MODEL_NVE]) {
        hmapx_add(&agent->model->changed_nves, M_CAST(m_nve, entity));
    }
    HMAPX_FOR_EACH (node, &agent->model->plugged) {
        hmapx_add(&agent->model->changed_endpoints, node->data);
    }
}

void
remotes_run(struct agent *agent)
{
    struct m_nve *self = model_get_self(agent->model);
    struct hmapx_node *node;

    if (self && hmapx_contains(&agent->model->changed_nves, self)) {
        const struct nve *def = m_nve_get_def(self);

        agent->udp_port = def ? def->udp_port : GENEVE_UDP_PORT;
        remotes_mark_all(agent);
    }
    HMAPX_FOR_EACH (node, &agent->model->changed_nves) {
        struct m_nve *nve = node->data;
        if (nve != self) {
            remotes_update(agent, nve);
        }
    }
}

/* Planning. */

static int
compare_profiles(const void *a_, const void *b_)
{
    const struct m_profile *const *a = a_;
    const struct m_profile *const *b = b_;

    return strcmp((*a)->up.name, (*b)->up.name);
}

static void
add_plan_option(struct plan_option **options, size_t *n, size_t *allocated,
                const struct sender_option *sender)
{
    for (size_t i = 0; i < *n; i++) {
        struct plan_option *o = &(*options)[i];

        if (opt_key_equals(o->key, sender->key)) {
            o->required |= sender->required;
            o->priority = MIN(o->priority, sender->priority);
            return;
        }
    }
    if (*n >= *allocated) {
        *options = x2nrealloc(*options, allocated, sizeof **options);
    }
    (*options)[(*n)++] = (struct plan_option) {
        .key = sender->key, .length = sender->length,
        .required = sender->required, .priority = sender->priority,
    };
}

/* Every option of the profiles of our VPCs, and those that we require of
 * others. */
static struct plan_option *
remotes_get_universe(const struct agent *agent, size_t *n)
{
    size_t n_profiles = 0, allocated = 0;
    const struct m_profile **profiles
        = xcalloc(hmapx_count(&agent->model->active_vpcs) + 1,
                  sizeof *profiles);
    struct plan_option *options = NULL;
    struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &agent->model->active_vpcs) {
        const struct m_vpc *vpc = node->data;
        profiles[n_profiles++] = vpc->profile;
    }
    qsort(profiles, n_profiles, sizeof *profiles, compare_profiles);

    *n = 0;
    for (size_t i = 0; i < n_profiles; i++) {
        if (i && profiles[i] == profiles[i - 1]) {
            continue;
        }
        for (size_t j = 0; j < profiles[i]->n_options; j++) {
            add_plan_option(&options, n, &allocated,
                            &profiles[i]->options[j].sender);
        }
    }
    const struct recv_table *table = receive_get_table(agent->receive);
    for (size_t i = 0; i < table->n_entries; i++) {
        if (table->entries[i].required) {
            struct sender_option o = {
                .key = table->entries[i].key,
                .length = table->entries[i].max_len, .required = true,
                .priority = NEG_DEFAULT_PRIORITY,
            };
            add_plan_option(&options, n, &allocated, &o);
        }
    }
    free(profiles);
    return options;
}

/* Whether an option has no place in a map any more, or a new one in it yet. */
static bool
remotes_update_universe(struct agent *agent)
{
    struct plan_option *universe;
    size_t n;

    universe = remotes_get_universe(agent, &n);
    free(agent->universe);
    agent->universe = universe;
    agent->n_universe = n;
    return !base_plan_covers(&agent->plan, universe, n);
}

static void
m_nve_mark_tx(struct agent *agent, struct m_nve *nve)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &nve->tx) {
        hmapx_add(&agent->changed_tx, node->data);
    }
}

void
remotes_mark_tx(struct agent *agent, struct m_nve *only)
{
    struct entity *entity;

    if (only) {
        m_nve_mark_tx(agent, only);
        return;
    }
    HMAP_FOR_EACH (entity, node, &agent->model->entities[MODEL_NVE]) {
        m_nve_mark_tx(agent, M_CAST(m_nve, entity));
    }
}

void
negotiation_get_wire_order(const struct negotiation *n,
                           const struct opt_key *order, size_t n_order,
                           struct opt_key *wire)
{
    size_t n_wire = 0;

    for (size_t i = 0; i < n_order; i++) {
        for (size_t j = 0; j < n->n_options; j++) {
            if (opt_key_equals(order[i], n->options[j].key)) {
                wire[n_wire++] = order[i];
            }
        }
    }
    ovs_assert(n_wire == n->n_options);
}

int
remotes_get_mtu(const struct agent *agent, const struct m_nve *nve,
                unsigned int header_bytes)
{
    const struct nve *def = m_nve_get_def(nve);
    int mtu = agent->underlay_mtu;

    if (!mtu || !def || !def->n_underlay_ips) {
        return 0;
    }
    if (def->underlay_mtu) {
        mtu = MIN(mtu, def->underlay_mtu);
    }
    return neg_inner_mtu(mtu, !IN6_IS_ADDR_V4MAPPED(&def->underlay_ips[0]),
                         header_bytes);
}

/* Applies the plan to what was negotiated. */
static void
remotes_finish(struct agent *agent, struct m_tx *tx)
{
    const struct base_plan *plan = plans_get_order(agent, tx->nve);

    negotiation_destroy(&tx->final);
    negotiation_clone(&tx->final, &tx->raw);
    planner_restrict(&tx->final, &tx->profile->sender, plan->order,
                     plan->n_order);
    negotiation_get_wire_order(&tx->final, plan->order, plan->n_order,
                               tx->wire);
    tx->mtu = (tx->final.status == NEG_BLOCKED ? 0
               : remotes_get_mtu(agent, tx->nve, tx->final.header_bytes));
    m_tx_account(agent, tx);
}

void
m_tx_account(struct agent *agent, struct m_tx *tx)
{
    bool sends = tx->final.n_options > 0;

    account(&tx->sends_options, sends, &agent->n_senders);
    account(&tx->uses_base, (sends && !tx->nve->plan)
            || (!tx->applied && tx->base_options), &agent->n_base_users);
}

bool
m_tx_is_confirmed(const struct agent *agent, const struct m_tx *tx)
{
    bool blocked = tx->final.status == NEG_BLOCKED;
    const struct send_plan *plan = blocked ? NULL : tx->nve->plan;

    if (tx->applied != plan
        || !flow_owner_is_confirmed(&tx->flows, agent->ofctrl)) {
        return false;
    }
    return !plan || flow_owner_is_confirmed(&tx->leg->flows, plan->ofctrl);
}

static void
raise_tx_alarms(struct alarms *alarms, const char *group, const struct m_tx *tx)
{
    const struct negotiation *n = &tx->final;

    if (n->status == NEG_BLOCKED) {
        alarms_raise(alarms, group, group, "blocked",
                     "packets of profile %s to it are dropped; `agentctl "
                     "explain %s' says why", tx->profile->up.name,
                     tx->nve->up.name);
    }
    for (size_t i = 0; i < n->n_omitted; i++) {
        if (n->omitted[i].reason == NEG_PLAN) {
            alarms_raise(alarms, group, group, "plan", "option "OPT_KEY_FMT
                         " is not sent to it: the TLV map is full, or its "
                         "order would need one plan too many",
                         OPT_KEY_ARGS(n->omitted[i].key));
        }
    }
}

/* What an alarm of the negotiation (docs/negotiation.md) means. */
static const char *
describe_receive_alarm(const char *alarm)
{
    const char *colon = strchr(alarm, ':');
    const char *fault = (!strncmp(alarm, "static:", 7) ? colon + 1 : alarm);

    if (!strcmp(fault, "below-64-byte-header")) {
        return "it takes fewer than 56 option bytes; RFC 9638, section 6.4, "
               "recommends room for a header of 64 bytes";
    } else if (!strncmp(fault, "entry:", 6)) {
        return "a faulty entry of its receive table is left out";
    } else if (!strcmp(fault, "mode")) {
        return "spec.static has an unknown mode and is ignored";
    } else if (fault != alarm) {
        return "spec.static is malformed and is ignored";
    } else {
        return "what it advertises is malformed; its last good table, if it "
               "has one, stays in force";
    }
}

static void
remotes_raise_alarms(struct agent *agent, const struct m_nve *nve)
{
    char *group = xasprintf("remote %s", nve->up.name);
    struct shash_node *node;

    alarms_begin(agent->alarms, group);
    if (m_nve_is_remote(nve)) {
        for (size_t i = 0; i < nve->receive.alarms.n; i++) {
            const char *alarm = nve->receive.alarms.names[i];
            alarms_raise(agent->alarms, group, group, alarm, "%s",
                         describe_receive_alarm(alarm));
        }
        if (!nve->n_tunnels) {
            alarms_raise(agent->alarms, group, group, "underlay",
                         "it has no underlay address of its own that we can "
                         "send to");
        }
    }
    SHASH_FOR_EACH (node, &nve->tx) {
        raise_tx_alarms(agent->alarms, group, node->data);
    }
    alarms_end(agent->alarms, group);
    free(group);
}

/* MTU. */

/* The largest inner packet that every remote of 'vpc' can be sent.  Without
 * remotes: what a remote that takes all options would leave, because "the
 * maximum length of options MUST be assumed" (RFC 8926, section 4.4.1). */
static int
m_vpc_compute_mtu(const struct agent *agent, const struct m_vpc *vpc)
{
    const struct vpc *def = vpc->up.object ? vpc->up.object->vpc : NULL;
    const struct m_share *share;
    int mtu = 0;

    if (!agent->underlay_mtu || !vpc->profile) {
        return 0;
    }
    HMAP_FOR_EACH (share, vpc_node, &vpc->shares) {
        const struct m_tx *tx = shash_find_data(&share->nve->tx,
                                                vpc->profile->up.name);
        if (tx && tx->mtu > 0) {
            mtu = mtu ? MIN(mtu, tx->mtu) : tx->mtu;
        }
    }
    if (!mtu) {
        const struct in6_addr *ip = &agent->encap_ips[0];
        unsigned int bytes = 0;

        for (size_t i = 0; i < vpc->profile->n_options; i++) {
            bytes += opt_wire_bytes(vpc->profile->options[i].sender.length);
        }
        bytes = MIN(bytes, GENEVE_MAX_OPT_BYTES);
        mtu = neg_inner_mtu(agent->underlay_mtu, !IN6_IS_ADDR_V4MAPPED(ip),
                            GENEVE_BASE_HLEN + bytes);
    }
    return def && def->mtu ? MIN(mtu, def->mtu) : mtu;
}

static void
remotes_update_mtu(struct agent *agent, struct m_vpc *vpc)
{
    int mtu = m_vpc_compute_mtu(agent, vpc);
    struct hmapx_node *node;

    if (mtu != vpc->mtu) {
        vpc->mtu = mtu;
        HMAPX_FOR_EACH (node, &vpc->local) {
            hmapx_add(&agent->model->changed_endpoints, node->data);
        }
    }
}

/* As long as no remote is sent options by the integration bridge itself, the
 * flows of endpoints do not set any there: then the base plan can change. */
static void
remotes_set_silent(struct agent *agent)
{
    bool silent = !agent->n_base_users;
    struct hmapx_node *node;

    if (silent != agent->base_silent) {
        agent->base_silent = silent;
        agent->silent_changed = true;
        HMAPX_FOR_EACH (node, &agent->model->plugged) {
            hmapx_add(&agent->model->changed_endpoints, node->data);
        }
    }
}

void
remotes_plan(struct agent *agent)
{
    struct hmapx vpcs = HMAPX_INITIALIZER(&vpcs);
    struct hmapx_node *node;

    bool universe_changed = agent->universe_changed;

    if (universe_changed || !hmapx_is_empty(&agent->model->changed_vpcs)) {
        universe_changed |= remotes_update_universe(agent);
    }
    if (universe_changed || agent->wishes_changed
        || plans_merge_is_due(agent)) {
        plans_assign(agent);
    }

    hmapx_clone(&vpcs, &agent->model->changed_vpcs);
    HMAPX_FOR_EACH (node, &agent->changed_tx) {
        struct m_tx *tx = node->data;
        struct m_share *share;

        remotes_finish(agent, tx);
        hmapx_add(&agent->model->changed_nves, tx->nve);
        HMAP_FOR_EACH (share, nve_node, &tx->nve->shares) {
            hmapx_add(&vpcs, share->vpc);
        }
    }
    remotes_set_silent(agent);
    HMAPX_FOR_EACH (node, &agent->model->changed_nves) {
        remotes_raise_alarms(agent, node->data);
    }
    HMAPX_FOR_EACH (node, &vpcs) {
        remotes_update_mtu(agent, node->data);
    }
    hmapx_destroy(&vpcs);
}
