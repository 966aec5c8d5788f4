/* The tunnel ports that a remote needs: see remote-tunnels.h.
 *
 * Geneve's UDP checksum is always sent.  Over IPv6 this is the default of RFC
 * 8926, section 4.3.1; a checksum of zero (RFC 6935, RFC 6936) is for networks
 * that are known to be suitable, and we know nothing about ours.
 *
 * A remote has ports of one encapsulation only, the one that both of us use.
 * So a packet of another one has no port to come in by; in shared mode, no
 * flow lets it in from that remote. */

#include <config.h>

#include "agent/remotes/remote-tunnels.h"

#include "agent/agent.h"
#include "agent/model/model-nve.h"
#include "agent/model/model.h"
#include "agent/node/local.h"
#include "agent/plans/plan-assign.h"
#include "agent/remotes/remote-address.h"
#include "packets.h"
#include "util.h"

/* In shared mode one port serves all remotes.  It can pin our address only if
 * we have a single one. */
static struct tunnel_key
make_tunnel(const struct agent *agent, const struct encapsulation *e,
            const struct in6_addr *local, const struct in6_addr *remote,
            uint16_t udp_port)
{
    struct tunnel_key key;

    memset(&key, 0, sizeof key);
    key.encapsulation = e;
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

uint16_t
remote_tunnels_get_own_port(const struct agent *agent,
                            const struct encapsulation *e)
{
    const struct nve *self = m_nve_get_def(model_get_self(agent->model));

    return (self ? nve_get_udp_port(self, agent->model->used_encapsulations,
                                    e)
            : e->udp_port);
}

/* Returns the '*n' tunnel ports for 'nve', for the caller to free.  The first
 * one is for sending, to the UDP port that the remote listens on.  The others
 * are for reception on the UDP port that we listen on (RFC 8926, section 3.3:
 * the destination port is the receiver's), one for each pair of an address of
 * the remote and an address of ours. */
static struct tunnel_key *
make_tunnels(const struct agent *agent, const struct m_nve *nve, size_t *n)
{
    const struct encapsulation *e = nve->encapsulation;
    const struct in6_addr *tx_ip = &nve->tx_ip;
    const struct nve *def = m_nve_get_def(nve);
    struct tunnel_key *keys = xcalloc(agent->n_encap_ips
                                      * def->n_underlay_ips + 1,
                                      sizeof *keys);

    *n = 0;
    if (!ipv6_addr_is_set(tx_ip) || !e) {
        return keys;
    }
    add_tunnel(keys, n, make_tunnel(agent, e,
                                    remote_address_get_own(agent, tx_ip),
                                    tx_ip, m_nve_get_udp_port(nve)));
    for (size_t i = 0; i < def->n_underlay_ips; i++) {
        const struct in6_addr *ip = &def->underlay_ips[i];

        for (size_t j = 0; j < agent->n_encap_ips; j++) {
            const struct in6_addr *local = &agent->encap_ips[j];

            if (!IN6_IS_ADDR_V4MAPPED(local) == !IN6_IS_ADDR_V4MAPPED(ip)
                && m_nve_owns_ip(agent->model, nve, ip)) {
                add_tunnel(keys, n, make_tunnel(
                               agent, e, local, ip,
                               remote_tunnels_get_own_port(agent, e)));
            }
        }
    }
    return keys;
}

/* Whose port that is. */
static const char *
get_owner(const struct m_nve *nve, const struct tunnel_key *key)
{
    return ipv6_addr_is_set(&key->remote) ? nve->up.name : "";
}

/* Gives up the tunnels in 'old' that 'nve' has no more.  The shared one stays,
 * as other remotes use it. */
static void
unset_tunnels(struct agent *agent, const struct m_nve *nve,
              const struct tunnel_key *old, size_t n_old)
{
    for (size_t i = 0; i < n_old; i++) {
        bool wanted = (!ipv6_addr_is_set(&old[i].remote)
                       && agent->shared_tunnels);

        for (size_t j = 0; j < nve->n_tunnels && !wanted; j++) {
            wanted = !memcmp(&old[i], &nve->tunnels[j], sizeof old[i]);
        }
        if (!wanted) {
            local_tunnel_unset(agent->local, &old[i],
                               get_owner(nve, &old[i]));
        }
    }
}

void
remote_tunnels_update(struct agent *agent, struct m_nve *nve)
{
    struct tunnel_key *old = nve->tunnels;
    size_t n_old = nve->n_tunnels;

    if (m_nve_is_remote(nve) && agent->n_encap_ips) {
        nve->tunnels = make_tunnels(agent, nve, &nve->n_tunnels);
    } else {
        nve->tunnels = NULL;
        nve->n_tunnels = 0;
        plan_assign_forget_remote(agent, nve);
        entity_maybe_gone(agent->model, &nve->up);
    }

    for (size_t i = 0; i < nve->n_tunnels; i++) {
        local_tunnel_set(agent->local, &nve->tunnels[i],
                         get_owner(nve, &nve->tunnels[i]));
    }
    unset_tunnels(agent, nve, old, n_old);
    free(old);
}
