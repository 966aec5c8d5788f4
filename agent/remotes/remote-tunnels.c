/* The tunnel ports that a remote needs: see remote-tunnels.h.
 *
 * Addresses of one family are for addresses of ours of the same family, the
 * first of which we send from; a remote may send to any of them.  An address
 * that another NVE claims, too, and had first, is not used.
 *
 * Between two nodes that have both families both use the same one, so that
 * there is one path between them to look after: see choose_family().
 *
 * The UDP checksum is always sent, over IPv6 as RFC 8926, section 4.3.1, has
 * it by default: a zero one (RFC 6935, RFC 6936) is for networks that we know
 * nothing about. */

#include <config.h>

#include "agent/remotes/remote-tunnels.h"

#include "agent/agent.h"
#include "agent/model/model-nve.h"
#include "agent/model/model.h"
#include "agent/node/local.h"
#include "agent/plans/plan-assign.h"
#include "agent/plans/plans.h"
#include "agent/remotes/remotes.h"
#include "packets.h"
#include "util.h"

/* The families of some addresses. */
struct families {
    bool has_v4, has_v6;
    bool v6_first;                  /* Which the node prefers. */
};

static bool
is_ipv6(const struct in6_addr *ip)
{
    return !IN6_IS_ADDR_V4MAPPED(ip);
}

/* Takes note of one more address. */
static void
families_add(struct families *families, const struct in6_addr *ip)
{
    bool v6 = is_ipv6(ip);

    families->v6_first |= v6 && !families->has_v4;
    families->has_v4 |= !v6;
    families->has_v6 |= v6;
}

static bool
nve_has_ip(const struct nve *def, const struct in6_addr *ip)
{
    for (size_t i = 0; i < def->n_underlay_ips; i++) {
        if (ipv6_addr_equals(&def->underlay_ips[i], ip)) {
            return true;
        }
    }
    return false;
}

/* Our NVE object if it has one of our addresses; or NULL. */
static const struct nve *
agent_get_published(const struct agent *agent)
{
    const struct m_nve *self = model_get_self(agent->model);
    const struct nve *def = self ? m_nve_get_def(self) : NULL;

    for (size_t i = 0; def && i < agent->n_encap_ips; i++) {
        if (nve_has_ip(def, &agent->encap_ips[i])) {
            return def;
        }
    }
    return NULL;
}

/* Whether we send from encap_ips[i].  Others accept packets from the addresses
 * of our NVE object alone. */
static bool
agent_sends_from(const struct agent *agent, size_t i)
{
    const struct nve *def = agent_get_published(agent);

    return !def || nve_has_ip(def, &agent->encap_ips[i]);
}

/* Of the addresses that we send from.  In the order of our NVE object, for
 * that is what others know. */
static struct families
agent_get_families(const struct agent *agent)
{
    const struct nve *def = agent_get_published(agent);
    struct families published = { .has_v4 = false };
    struct families families = { .has_v4 = false };

    for (size_t i = 0; i < agent->n_encap_ips; i++) {
        if (agent_sends_from(agent, i)) {
            families_add(&families, &agent->encap_ips[i]);
        }
    }
    for (size_t i = 0; def && i < def->n_underlay_ips; i++) {
        families_add(&published, &def->underlay_ips[i]);
    }
    if (families.has_v4 && families.has_v6) {
        families.v6_first = def ? published.v6_first : families.v6_first;
    }
    return families;
}

/* Those of the addresses that are the remote's. */
static struct families
m_nve_get_families(const struct agent *agent, const struct m_nve *nve)
{
    const struct nve *def = m_nve_get_def(nve);
    struct families families = { .has_v4 = false };

    for (size_t i = 0; def && i < def->n_underlay_ips; i++) {
        if (m_nve_owns_ip(agent->model, nve, &def->underlay_ips[i])) {
            families_add(&families, &def->underlay_ips[i]);
        }
    }
    return families;
}

/* Chooses the family for packets between two nodes: one that both have; of two
 * that which both name first; if they do not agree, IPv6.  It does not matter
 * which of them asks, so both come to the same.  Returns false if they have
 * none in common. */
static bool
choose_family(const struct families *a, const struct families *b, bool *v6)
{
    bool both_v4 = a->has_v4 && b->has_v4;
    bool both_v6 = a->has_v6 && b->has_v6;

    *v6 = both_v6 && (!both_v4 || a->v6_first || b->v6_first);
    return both_v4 || both_v6;
}

/* The underlay address that we send from to 'ip', or NULL. */
static const struct in6_addr *
agent_get_local_ip(const struct agent *agent, const struct in6_addr *ip)
{
    for (size_t i = 0; i < agent->n_encap_ips; i++) {
        if (is_ipv6(&agent->encap_ips[i]) == is_ipv6(ip)
            && agent_sends_from(agent, i)) {
            return &agent->encap_ips[i];
        }
    }
    return NULL;
}

const struct in6_addr *
m_nve_get_tx_ip(const struct agent *agent, const struct m_nve *nve)
{
    struct families ours = agent_get_families(agent);
    struct families theirs = m_nve_get_families(agent, nve);
    const struct nve *def = m_nve_get_def(nve);
    bool v6;

    if (!choose_family(&ours, &theirs, &v6)) {
        return NULL;
    }
    for (size_t i = 0; i < def->n_underlay_ips; i++) {
        const struct in6_addr *ip = &def->underlay_ips[i];

        if (is_ipv6(ip) == v6 && m_nve_owns_ip(agent->model, nve, ip)) {
            return ip;
        }
    }
    return NULL;
}

bool
m_nve_is_out_of_reach(const struct agent *agent, const struct m_nve *nve)
{
    return agent->n_encap_ips && !m_nve_get_tx_ip(agent, nve);
}

static const char *
describe_families(const struct families *families)
{
    return (families->has_v4 && families->has_v6 ? "IPv4 and IPv6"
            : families->has_v4 ? "IPv4"
            : families->has_v6 ? "IPv6"
            : NULL);
}

char *
m_nve_describe_out_of_reach(const struct agent *agent,
                            const struct m_nve *nve)
{
    struct families ours = agent_get_families(agent);
    struct families theirs = m_nve_get_families(agent, nve);
    const char *family = describe_families(&theirs);

    return (family
            ? xasprintf("its underlay is of %s (spec.underlay.ips) and this "
                        "node's of %s (nve-encap-ip)", family,
                        describe_families(&ours))
            : xstrdup("it has no underlay address (spec.underlay.ips) that "
                      "is not another NVE's, too"));
}

/* In shared mode one port serves all remotes.  It can pin our address only if
 * we have a single one. */
static struct tunnel_key
make_tunnel(const struct agent *agent, const struct in6_addr *local,
            const struct in6_addr *remote, uint16_t udp_port)
{
    struct tunnel_key key;

    memset(&key, 0, sizeof key);
    key.udp_port = udp_port;
    if (!agent->shared_tunnels) {
        key.remote = *remote;
        key.local = *local;
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
 * that it listens on, and there is one for each pair of an address that it may
 * send from and one of ours that it may send to, on the UDP port that we
 * listen on (RFC 8926, section 3.3: the destination port is the
 * receiver's). */
static struct tunnel_key *
remotes_make_tunnels(const struct agent *agent, const struct m_nve *nve,
                     size_t *n)
{
    const struct in6_addr *tx_ip = m_nve_get_tx_ip(agent, nve);
    const struct nve *def = m_nve_get_def(nve);
    struct tunnel_key *keys = xcalloc(agent->n_encap_ips
                                      * def->n_underlay_ips + 1,
                                      sizeof *keys);

    *n = 0;
    if (!tx_ip) {
        return keys;
    }
    add_tunnel(keys, n, make_tunnel(agent, agent_get_local_ip(agent, tx_ip),
                                    tx_ip, def->udp_port));
    for (size_t i = 0; i < def->n_underlay_ips; i++) {
        const struct in6_addr *ip = &def->underlay_ips[i];

        for (size_t j = 0; j < agent->n_encap_ips; j++) {
            const struct in6_addr *local = &agent->encap_ips[j];

            if (is_ipv6(local) == is_ipv6(ip)
                && m_nve_owns_ip(agent->model, nve, ip)) {
                add_tunnel(keys, n, make_tunnel(agent, local, ip,
                                                agent->udp_port));
            }
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
                       && agent->shared_tunnels);

        for (size_t j = 0; j < n_keep && !wanted; j++) {
            wanted = !memcmp(&old[i], &keep[j], sizeof old[i]);
        }
        if (!wanted) {
            local_tunnel_unset(agent->local, &old[i]);
        }
    }
}

void
remote_tunnels_update(struct agent *agent, struct m_nve *nve)
{
    struct tunnel_key *old = nve->tunnels;
    size_t n_old = nve->n_tunnels;

    if (m_nve_is_remote(nve) && agent->n_encap_ips) {
        nve->tunnels = remotes_make_tunnels(agent, nve, &nve->n_tunnels);
    } else {
        nve->tunnels = NULL;
        nve->n_tunnels = 0;
        plan_assign_forget_remote(agent, nve);
        entity_maybe_gone(agent->model, &nve->up);
    }

    for (size_t i = 0; i < nve->n_tunnels; i++) {
        local_tunnel_set(agent->local, &nve->tunnels[i],
                         ipv6_addr_is_set(&nve->tunnels[i].remote)
                         ? nve->up.name : "");
    }
    remotes_unset_tunnels(agent, old, n_old, nve->tunnels, nve->n_tunnels);
    free(old);
}
