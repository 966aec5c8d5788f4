/* States of remotes: see remote-states.h.
 *
 * A question about all remotes is not to cost a look at each, so they are
 * counted as they change.  A remote that is pending has not changed when the
 * switch has confirmed it; those are in a list, and are looked at when a
 * bridge has confirmed anything.  When one is lost, or refuses flows, any
 * remote may be concerned: all are counted again. */

#include <config.h>

#include "agent/remotes/remote-states.h"

#include <stdlib.h>

#include "agent/agent.h"
#include "agent/model/encap.h"
#include "agent/model/model-nve.h"
#include "agent/model/model.h"
#include "agent/node/local.h"
#include "agent/plans/plans.h"
#include "agent/plans/send-plan.h"
#include "agent/remotes/encap-revision.h"
#include "agent/remotes/node-health.h"
#include "agent/switch/ofctrl.h"
#include "hash.h"
#include "util.h"

struct remote_states {
    size_t n[REMOTE_N_STATES];
    struct ovs_list pending;        /* "struct m_nve"s in REMOTE_PENDING. */
    uint64_t settled;               /* How many were, and ceased to be. */

    bool must_look;                 /* At those that are pending. */

    /* Of all bridges, at the last run. */
    uint64_t confirmed;
    uint32_t setbacks;              /* Which have confirmed nothing, and what
                                     * has been refused. */
};

struct remote_states *
remote_states_create(void)
{
    struct remote_states *rs = xzalloc(sizeof *rs);

    ovs_list_init(&rs->pending);
    return rs;
}

void
remote_states_destroy(struct remote_states *rs)
{
    free(rs);
}

const char *
remote_state_to_string(enum remote_state state)
{
    return (state == REMOTE_UNREACHABLE ? "unreachable"
            : state == REMOTE_PENDING ? "pending"
            : neg_status_to_string((enum neg_status) state));
}

/* What is so now. */

/* Whether the switch does not do yet what was negotiated for 'encap'. */
static bool
is_pending(const struct agent *agent, const struct m_encap *encap)
{
    const struct m_nve *nve = encap->nve;

    if (!encap_revision_is_confirmed(agent, encap)) {
        return true;
    }
    return (encap->final.status != NEG_BLOCKED && nve->n_tunnels
            && !local_tunnel_get_ofport(agent->local, &nve->tunnels[0]));
}

enum remote_state
remote_states_get_encap(const struct agent *agent, const struct m_encap *encap)
{
    return (!node_health_reaches(agent, encap->nve) ? REMOTE_UNREACHABLE
            : is_pending(agent, encap) ? REMOTE_PENDING
            : (enum remote_state) encap->final.status);
}

enum remote_state
remote_states_get(const struct agent *agent, const struct m_nve *nve)
{
    struct shash_node *node;

    if (!node_health_reaches(agent, nve)) {
        return REMOTE_UNREACHABLE;
    }
    SHASH_FOR_EACH (node, &nve->encaps) {
        if (is_pending(agent, node->data)) {
            return REMOTE_PENDING;
        }
    }
    return (enum remote_state) m_nve_get_worst_status(nve);
}

/* Counting. */

static void
uncount(struct remote_states *rs, struct m_nve *nve)
{
    if (nve->is_counted) {
        nve->is_counted = false;
        rs->n[nve->state]--;
        if (nve->state == REMOTE_PENDING) {
            ovs_list_remove(&nve->pending_node);
            rs->settled++;
        }
    }
}

static void
count(struct agent *agent, struct m_nve *nve)
{
    struct remote_states *rs = agent->remote_states;

    uncount(rs, nve);
    if (m_nve_is_remote(nve)) {
        nve->is_counted = true;
        nve->state = remote_states_get(agent, nve);
        rs->n[nve->state]++;
        if (nve->state == REMOTE_PENDING) {
            ovs_list_push_back(&rs->pending, &nve->pending_node);
        }
    }
}

static void
count_all(struct agent *agent)
{
    struct entity *entity;

    HMAP_FOR_EACH (entity, node, &agent->model->entities[MODEL_NVE]) {
        count(agent, M_CAST(m_nve, entity));
    }
}

static void
count_pending(struct agent *agent)
{
    struct m_nve *nve, *next;

    LIST_FOR_EACH_SAFE (nve, next, pending_node,
                        &agent->remote_states->pending) {
        if (remote_states_get(agent, nve) != REMOTE_PENDING) {
            count(agent, nve);
        }
    }
}

/* Adds what is known of another bridge, whose plan has number 'serial'. */
static void
add_bridge(const struct ofctrl *ofctrl, uint64_t serial, uint64_t *confirmed,
           uint32_t *setbacks)
{
    *confirmed += ofctrl_get_confirmed(ofctrl);
    *setbacks = hash_uint64_basis(serial, *setbacks);
    *setbacks = hash_boolean(!ofctrl_get_confirmed(ofctrl), *setbacks);
    *setbacks = hash_uint64_basis(ofctrl_get_refusal_seq(ofctrl), *setbacks);
}

void
remote_states_run(struct agent *agent)
{
    struct remote_states *rs = agent->remote_states;
    const struct hmapx_node *node;
    uint64_t confirmed = 0;
    uint32_t setbacks = 0;
    struct send_plan *sp;

    add_bridge(agent->ofctrl, 0, &confirmed, &setbacks);
    LIST_FOR_EACH (sp, node, &agent->plans->plans) {
        if (sp->ofctrl) {
            add_bridge(sp->ofctrl, sp->serial, &confirmed, &setbacks);
        }
    }
    if (setbacks != rs->setbacks) {
        count_all(agent);
    } else {
        HMAPX_FOR_EACH (node, &agent->model->changed_nves) {
            count(agent, node->data);
        }
        if (confirmed != rs->confirmed || rs->must_look) {
            count_pending(agent);
        }
    }
    rs->must_look = false;
    rs->confirmed = confirmed;
    rs->setbacks = setbacks;
}

void
remote_states_look(struct remote_states *rs)
{
    rs->must_look = true;
}

uint64_t
remote_states_get_settled(const struct agent *agent)
{
    return agent->remote_states->settled;
}

size_t
remote_states_count(const struct agent *agent, enum remote_state state)
{
    return agent->remote_states->n[state];
}
