/* The tunnel ports that a remote needs: see remote-tunnels.h.
 *
 * Addresses of one family are for addresses of ours of the same family, the
 * first of which we send from; a remote may send to any of them.  An address
 * that another NVE claims, too, and had first, is not used. */

#include <config.h>

#include "agent/remote-tunnels.h"

#include "agent/agent.h"
#include "agent/plans.h"
#include "agent/remotes.h"
#include "packets.h"
#include "util.h"

static bool
is_same_family(const struct in6_addr *a, const struct in6_addr *b)
{
    return !IN6_IS_ADDR_V4MAPPED(a) == !IN6_IS_ADDR_V4MAPPED(b);
}

/* The underlay address that we send from to 'ip', or NULL. */
static const struct in6_addr *
agent_get_local_ip(const struct agent *agent, const struct in6_addr *ip)
{
    for (size_t i = 0; i < agent->n_encap_ips; i++) {
        if (is_same_family(&agent->encap_ips[i], ip)) {
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
make_tunnel(const struct agent *agent, const struct in6_addr *local,
            const struct in6_addr *remote, uint16_t udp_port)
{
    struct tunnel_key key;

    memset(&key, 0, sizeof key);
    key.udp_port = udp_port;
    if (agent->tunnel_mode == TUNNEL_PER_REMOTE) {
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
    const struct nve *def = m_nve_get_def(nve);
    struct tunnel_key *keys = xcalloc((1 + agent->n_encap_ips)
                                      * def->n_underlay_ips + 1,
                                      sizeof *keys);

    *n = 0;
    for (size_t i = 0; i < def->n_underlay_ips; i++) {
        const struct in6_addr *ip = &def->underlay_ips[i];
        const struct in6_addr *local = agent_get_local_ip(agent, ip);

        if (!local || !m_nve_owns_ip(agent->model, nve, ip)) {
            continue;
        }
        add_tunnel(keys, n, make_tunnel(agent, local, ip, def->udp_port));
        for (size_t j = 0; j < agent->n_encap_ips; j++) {
            local = &agent->encap_ips[j];
            if (is_same_family(local, ip)) {
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
                       && agent->tunnel_mode == TUNNEL_SHARED);

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
