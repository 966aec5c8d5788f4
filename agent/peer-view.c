/* Peer view: see peer-view.h.
 *
 * Computed when somebody asks, in time proportional to the NVEs in the VPCs
 * that we share with the remote. */

#include <config.h>

#include "agent/peer-view.h"

#include "agent/agent.h"
#include "agent/remotes.h"
#include "lib/planner.h"
#include "util.h"

/* The profiles' options as 'nve' would send them. */
static struct sender_table
peer_sender(const struct m_nve *nve, const struct m_profile *profile)
{
    struct sender_table sender = profile->sender;

    sender.limits = nve->up.object->nve->transmit;
    return sender;
}

static bool
m_nve_can_be_judged(const struct m_nve *nve)
{
    return nve && nve->up.object && nve->receive_valid;
}

static void
peer_negotiate(const struct m_nve *from, const struct m_nve *to,
               const struct m_profile *profile, struct negotiation *n)
{
    struct sender_table sender = peer_sender(from, profile);

    neg_select(&sender, &to->receive, to->up.object->nve->transit, n);
}

struct peer_plan {
    struct plan_option *options;
    size_t n_options, allocated_options;
    struct plan_remote *remotes;
    size_t n_remotes, allocated_remotes;
};

static void
peer_plan_add_options(struct peer_plan *pp, const struct m_profile *profile)
{
    for (size_t i = 0; i < profile->n_options; i++) {
        const struct sender_option *o = &profile->options[i].sender;
        bool known = false;

        for (size_t j = 0; j < pp->n_options; j++) {
            known |= opt_key_equals(pp->options[j].key, o->key);
        }
        if (!known) {
            if (pp->n_options >= pp->allocated_options) {
                pp->options = x2nrealloc(pp->options, &pp->allocated_options,
                                         sizeof *pp->options);
            }
            pp->options[pp->n_options++] = (struct plan_option) {
                o->key, o->length, o->required, o->priority
            };
        }
    }
}

static void
peer_plan_add_remote(struct peer_plan *pp, const struct m_nve *from,
                     const struct m_nve *to, const struct m_profile *profile)
{
    struct plan_wish *wish;
    struct negotiation n;

    if (to == from || !m_nve_can_be_judged(to)) {
        return;
    }
    peer_negotiate(from, to, profile, &n);
    wish = xmalloc(sizeof *wish);
    plan_wish_from_negotiation(wish, &n);
    negotiation_destroy(&n);
    if (pp->n_remotes >= pp->allocated_remotes) {
        pp->remotes = x2nrealloc(pp->remotes, &pp->allocated_remotes,
                                 sizeof *pp->remotes);
    }
    pp->remotes[pp->n_remotes++] = (struct plan_remote) {
        to->up.name, wish, 1
    };
}

static void
peer_plan_destroy(struct peer_plan *pp)
{
    for (size_t i = 0; i < pp->n_remotes; i++) {
        struct plan_wish *wish
            = CONST_CAST(struct plan_wish *, pp->remotes[i].wishes);

        plan_wish_destroy(wish);
        free(wish);
    }
    free(pp->remotes);
    free(pp->options);
}

static int
compare_vpcs(const void *a_, const void *b_)
{
    const struct m_vpc *const *a = a_;
    const struct m_vpc *const *b = b_;

    return strcmp((*a)->profile->up.name, (*b)->profile->up.name);
}

/* The plan that 'nve' makes for the VPCs that we know it is in. */
static void
peer_plan_make(const struct agent *agent, const struct m_nve *nve,
               struct base_plan *plan)
{
    const struct m_vpc **vpcs = xcalloc(hmap_count(&nve->shares) + 1,
                                        sizeof *vpcs);
    const struct m_nve *self = model_get_self(agent->model);
    struct peer_plan pp = { .options = NULL };
    const struct m_share *share;
    size_t n = 0;

    HMAP_FOR_EACH (share, nve_node, &nve->shares) {
        if (m_vpc_is_active(share->vpc)) {
            vpcs[n++] = share->vpc;
        }
    }
    qsort(vpcs, n, sizeof *vpcs, compare_vpcs);
    for (size_t i = 0; i < n; i++) {
        const struct m_share *other;

        peer_plan_add_options(&pp, vpcs[i]->profile);
        peer_plan_add_remote(&pp, nve, self, vpcs[i]->profile);
        HMAP_FOR_EACH (other, vpc_node, &vpcs[i]->shares) {
            peer_plan_add_remote(&pp, nve, other->nve, vpcs[i]->profile);
        }
    }
    base_plan_update(plan, pp.options, pp.n_options, pp.remotes,
                     pp.n_remotes);
    peer_plan_destroy(&pp);
    free(vpcs);
}

bool
peer_view_get(const struct agent *agent, const struct m_nve *nve,
              const struct m_profile *profile, struct negotiation *n,
              struct opt_key wire[GENEVE_MAX_OPTIONS])
{
    const struct m_nve *self = model_get_self(agent->model);
    struct base_plan plan;

    if (!m_nve_can_be_judged(self) || !m_nve_can_be_judged(nve)) {
        return false;
    }

    struct sender_table sender = peer_sender(nve, profile);
    peer_negotiate(nve, self, profile, n);
    base_plan_init(&plan);
    peer_plan_make(agent, nve, &plan);
    planner_restrict(n, &sender, plan.order, plan.n_order);
    negotiation_get_wire_order(n, plan.order, plan.n_order, wire);
    base_plan_destroy(&plan);
    return true;
}
