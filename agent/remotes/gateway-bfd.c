/* BFD for gateways: see gateway-bfd.h.
 *
 * A pair of nodes has one session, however many gateways are behind it: the
 * shortest interval and the smallest multiplier of all of them count.  BFD
 * runs on the port that we send by; it has to be the one that we receive by,
 * too, so both nodes need the same UDP port.
 *
 * A worse candidate is given a larger multiplier by us: it takes us for dead
 * later than we find that we have been cut off, so that we are silent before
 * it answers for the addresses.  Sources switch meanwhile.
 *
 * Without an agent a remote has nobody to start BFD there, so it is not asked
 * of it unless a VPCGateway names it. */

#include <config.h>

#include "agent/remotes/gateway-bfd.h"

#include "agent/agent.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model-nve.h"
#include "agent/model/model.h"
#include "agent/remotes/class-ports.h"
#include "agent/remotes/gateways.h"
#include "hmapx.h"
#include "sset.h"
#include "util.h"

/* Packets.  The receiver of our multiplier is the one that uses it. */
#define MARGIN 2

/* Whether 'nve' has a place in 'gw'. */
static bool
has_node(const struct m_gateway *gw, const struct m_nve *nve)
{
    for (size_t i = 0; i < gw->n_nodes; i++) {
        if (gw->nodes[i].nve == nve && gw->nodes[i].attached) {
            return true;
        }
    }
    return false;
}

/* Whether we are a better candidate of 'gw' than 'nve' is. */
static bool
is_better(const struct m_gateway *gw, const struct m_nve *nve)
{
    for (size_t i = 0; i < gw->n_candidates; i++) {
        if (gw->nodes[i].is_self) {
            return has_node(gw, nve);
        } else if (gw->nodes[i].nve == nve) {
            break;
        }
    }
    return false;
}

/* Lowers the interval and the multiplier to what 'gw' wants of the session
 * with 'nve'.  Sets '*better' if we go before 'nve' there.  Returns whether it
 * wants one. */
static bool
add_wish(const struct m_gateway *gw, const struct m_nve *nve,
         struct tunnel_bfd *bfd, bool *better)
{
    const struct vpc_gateway *def = m_gateway_get_def(gw);
    const struct nve *peer = m_nve_get_def(nve);

    if (!def || !peer || !m_vpc_is_active(gw->vpc)
        || !(has_node(gw, nve) || (gw->self && peer->agent_version[0]))) {
        return false;
    }
    bfd->interval = MIN(bfd->interval, def->bfd_interval);
    bfd->multiplier = MIN(bfd->multiplier, def->bfd_multiplier);
    *better |= is_better(gw, nve);
    return true;
}

static bool
get_wish(const struct agent *agent, const struct m_nve *nve,
         struct tunnel_bfd *bfd)
{
    const struct m_share *share;
    bool wanted = false, better = false;

    *bfd = (struct tunnel_bfd) {
        .interval = UINT_MAX,
        .multiplier = UINT_MAX,
        .path_down = gateway_place_says_down(&agent->gateways->place),
    };
    if (agent->shared_tunnels || !nve->n_tunnels) {
        return false;
    }
    HMAP_FOR_EACH (share, nve_node, &nve->shares) {
        const struct hmapx_node *node;

        HMAPX_FOR_EACH (node, &share->vpc->gateways) {
            wanted |= add_wish(node->data, nve, bfd, &better);
        }
    }
    bfd->multiplier += better ? MARGIN : 0;
    return wanted;
}

/* Who is meant. */

static void
add_remotes(struct hmapx *nves, const struct m_vpc *vpc)
{
    const struct m_share *share;

    HMAP_FOR_EACH (share, vpc_node, &vpc->shares) {
        hmapx_add(nves, share->nve);
    }
}

/* Adds to 'nves' each remote whose session may have to be another one. */
static void
add_changed(const struct model *model, bool all, struct hmapx *nves)
{
    const struct hmapx_node *node;
    struct entity *entity;

    if (all) {
        HMAP_FOR_EACH (entity, node, &model->entities[MODEL_NVE]) {
            hmapx_add(nves, M_CAST(m_nve, entity));
        }
        return;
    }
    HMAPX_FOR_EACH (node, &model->changed_nves) {
        hmapx_add(nves, node->data);
    }
    HMAPX_FOR_EACH (node, &model->changed_vpcs) {
        add_remotes(nves, node->data);
    }
    HMAPX_FOR_EACH (node, &model->changed_gateways) {
        const struct m_gateway *gw = node->data;

        if (gw->vpc) {
            add_remotes(nves, gw->vpc);
        }
    }
}

/* A remote that the model forgets has changed before: it has lost what it had
 * in common with us. */
bool
gateway_bfd_find_peers(struct agent *agent, bool all)
{
    struct sset *peers = &agent->gateways->peers;
    struct hmapx nves = HMAPX_INITIALIZER(&nves);
    const struct hmapx_node *node;
    bool changed = false;

    if (sset_is_empty(peers)
        && hmap_is_empty(&agent->model->entities[MODEL_GATEWAY])) {
        return false;
    }
    add_changed(agent->model, all, &nves);
    HMAPX_FOR_EACH (node, &nves) {
        const struct m_nve *nve = node->data;
        struct tunnel_bfd bfd;

        changed |= (get_wish(agent, nve, &bfd)
                    ? sset_add(peers, nve->up.name) != NULL
                    : sset_find_and_delete(peers, nve->up.name));
    }
    hmapx_destroy(&nves);
    if (changed) {
        class_ports_touch(agent->class_ports);
    }
    return changed;
}

bool
gateway_bfd_is_peer(const struct agent *agent, const struct m_nve *nve)
{
    return sset_contains(&agent->gateways->peers, nve->up.name);
}

static void
update_peer(struct agent *agent, const struct m_nve *nve)
{
    struct tunnel_bfd bfd;
    bool wanted = get_wish(agent, nve, &bfd);

    for (size_t i = 0; i < nve->n_tunnels; i++) {
        local_tunnel_set_bfd(agent->local, &nve->tunnels[i],
                             wanted && !i ? &bfd : NULL);
    }
}

void
gateway_bfd_update(struct agent *agent, bool all)
{
    struct hmapx nves = HMAPX_INITIALIZER(&nves);
    const struct hmapx_node *node;

    add_changed(agent->model, all, &nves);
    HMAPX_FOR_EACH (node, &nves) {
        update_peer(agent, node->data);
    }
    hmapx_destroy(&nves);
}

/* Who is up. */

enum tunnel_bfd_state
gateway_bfd_get(const struct agent *agent, const struct m_nve *nve)
{
    return (nve->n_tunnels
            ? local_tunnel_get_bfd(agent->local, &nve->tunnels[0])
            : TUNNEL_BFD_DOWN);
}

size_t
gateway_bfd_count_heard(const struct agent *agent)
{
    const char *name;
    size_t n = 0;

    SSET_FOR_EACH (name, &agent->gateways->peers) {
        struct entity *entity = entity_find(agent->model, MODEL_NVE, name);
        enum tunnel_bfd_state state
            = (entity ? gateway_bfd_get(agent, M_CAST(m_nve, entity))
               : TUNNEL_BFD_DOWN);

        n += state == TUNNEL_BFD_UP || state == TUNNEL_BFD_PATH_DOWN;
    }
    return n;
}
