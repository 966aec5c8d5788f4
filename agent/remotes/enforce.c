/* Zones, senders, and unknown policies: see enforce.h.
 *
 * A remote's endpoints are looked at only when the way in which they are known
 * changes; then all endpoints of the VPC are looked at once. */

#include <config.h>

#include "agent/remotes/enforce.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>

#include "agent/agent.h"
#include "agent/alarms.h"
#include "agent/controller/controller.h"
#include "agent/model/model-share.h"
#include "agent/model/model-touch.h"
#include "agent/model/model-vpc.h"
#include "agent/model/model.h"
#include "agent/node/local.h"
#include "agent/remotes/peer-view.h"
#include "agent/switch/ct-limits.h"
#include "agent/switch/ct-zones.h"
#include "agent/switch/ofctrl.h"
#include "flow.h"
#include "openvswitch/poll-loop.h"
#include "sset.h"
#include "timeval.h"
#include "util.h"

struct enforce {
    struct ct_zones *zones;
    struct ct_limits *limits;       /* Of the same zones. */
    struct sset waiting;            /* Names of VPCs with endpoints here whose
                                     * policies are not known yet. */
    long long int check_at;         /* time_msec() when the next addresses are
                                     * no longer good. */
};

struct enforce *
enforce_create(const char *rundir)
{
    struct enforce *enforce = xzalloc(sizeof *enforce);

    enforce->zones = ct_zones_create(rundir);
    enforce->limits = ct_limits_create(rundir);
    sset_init(&enforce->waiting);
    enforce->check_at = LLONG_MAX;
    return enforce;
}

void
enforce_destroy(struct enforce *enforce)
{
    if (enforce) {
        ct_zones_destroy(enforce->zones);
        ct_limits_destroy(enforce->limits);
        sset_destroy(&enforce->waiting);
        free(enforce);
    }
}

static bool
m_nve_sends_option(const struct agent *agent, const struct m_nve *nve,
                   const struct m_profile *profile, struct opt_key key)
{
    struct opt_key wire[GENEVE_MAX_OPTIONS];
    struct negotiation n;
    bool sends = false;

    if (peer_view_get(agent, nve, profile, &n, wire)) {
        for (size_t i = 0; i < n.n_options && !sends; i++) {
            sends = opt_key_equals(n.options[i].key, key);
        }
        negotiation_destroy(&n);
    }
    return sends;
}

/* Decides whether the endpoints of 'share' are known by address.  If that
 * changed, sets its 'flipped' and adds its VPC to 'flipped'. */
static void
enforce_update_share(struct agent *agent, struct m_share *share,
                     struct hmapx *flipped)
{
    const struct m_vpc *vpc = share->vpc;
    const struct resolved_option *option = m_vpc_get_label_option(vpc);
    bool enforced = (vpc->n_selected[POLICY_INGRESS]
                     && m_vpc_is_active(vpc));
    bool by_address = enforced && !(option && option->sender.required);

    if (by_address && option
        && m_nve_sends_option(agent, share->nve, vpc->profile,
                              option->sender.key)) {
        if (!share->labels_since) {
            share->labels_since = time_msec();
        }

        long long int until = share->labels_since + ENFORCE_GRACE_MS;
        by_address = time_msec() < until;
        if (by_address) {
            agent->enforce->check_at = MIN(agent->enforce->check_at, until);
        }
    } else {
        share->labels_since = 0;
    }

    if (by_address != share->by_address) {
        share->by_address = by_address;
        share->flipped = true;
        hmapx_add(flipped, share->vpc);
    }
}

static void
enforce_update_vpc(struct agent *agent, struct m_vpc *vpc,
                   struct hmapx *flipped)
{
    struct m_share *share;

    HMAP_FOR_EACH (share, vpc_node, &vpc->shares) {
        enforce_update_share(agent, share, flipped);
    }
}

/* Has the flows of endpoints made again whose share of 'vpc' has 'flipped'
 * set, and clears that. */
static void
enforce_touch_endpoints(struct model *model, struct m_vpc *vpc)
{
    struct m_endpoint *ep;
    struct m_share *share;

    LIST_FOR_EACH (ep, vpc_node, &vpc->endpoints) {
        share = ep->nve ? m_share_get(vpc, ep->nve) : NULL;
        if (share && share->flipped) {
            model_touch_endpoint(model, ep);
        }
    }
    HMAP_FOR_EACH (share, vpc_node, &vpc->shares) {
        share->flipped = false;
    }
}

static void
enforce_update_shares(struct agent *agent)
{
    struct model *model = agent->model;
    struct hmapx flipped = HMAPX_INITIALIZER(&flipped);
    const struct m_nve *self = model_get_self(model);
    struct hmapx_node *node;

    if ((agent->enforce->check_at != LLONG_MAX
         && time_msec() >= agent->enforce->check_at)
        || hmapx_contains(&model->changed_nves, self)) {
        agent->enforce->check_at = LLONG_MAX;
        HMAPX_FOR_EACH (node, &model->active_vpcs) {
            enforce_update_vpc(agent, node->data, &flipped);
        }
    }
    HMAPX_FOR_EACH (node, &model->changed_vpcs) {
        enforce_update_vpc(agent, node->data, &flipped);
    }
    HMAPX_FOR_EACH (node, &model->changed_nves) {
        struct m_nve *nve = node->data;
        struct m_share *share;

        HMAP_FOR_EACH (share, nve_node, &nve->shares) {
            enforce_update_share(agent, share, &flipped);
        }
    }
    HMAPX_FOR_EACH (node, &flipped) {
        enforce_touch_endpoints(model, node->data);
    }
    hmapx_destroy(&flipped);
}

static void
enforce_update_zones(struct agent *agent)
{
    struct ct_limits *limits = agent->enforce->limits;
    struct ct_zones *zones = agent->enforce->zones;
    struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &agent->model->changed_endpoints) {
        struct m_endpoint *ep = node->data;
        uint16_t zone = (m_endpoint_is_tracked(ep)
                         ? ofp_to_u16(ep->ofport) : 0);

        if (ep->here && zone != ep->here->ct_zone) {
            uint16_t old = ep->here->ct_zone;

            if (old) {
                ct_zones_release(zones, old, ep->up.name);
                ct_limits_release(limits, old, ep->up.name);
            }
            if (zone) {
                ct_limits_take(limits, zone, ep->up.name);
                ct_zones_take(zones, zone, ep->up.name);
            }
            ep->here->ct_zone = zone;
        }
    }
}

static void
enforce_raise_unknown(struct agent *agent, const struct m_vpc *vpc,
                      const char *error)
{
    char *object = xasprintf("VPC %s", vpc->up.name);

    if (vpc->policies_known) {
        alarms_raise(agent->alarms, "policies", object, "policies-unknown",
                     "its policies cannot be read (%s): its endpoints here "
                     "take everything, because of nve-policy-unknown=allow",
                     error);
    } else {
        alarms_raise(agent->alarms, "policies", object, "policies-unknown",
                     "its policies cannot be read (%s): its endpoints here "
                     "are not connected until they can, or until external_ids:"
                     "nve-policy-unknown=allow lets everything in", error);
    }
    free(object);
}

/* Lets the endpoints of 'vpc' be reached if its policies are known, or if the
 * operator wants that although they cannot be read.  Returns whether 'vpc'
 * need not be waited for any more: its policies are known, or it has no
 * endpoints here. */
static bool
enforce_check_vpc(struct agent *agent, struct m_vpc *vpc)
{
    const struct settings *settings = local_get_settings(agent->local);
    const char *error;
    bool synced, known;

    if (hmapx_is_empty(&vpc->local)) {
        return true;
    }
    synced = controller_policies_are_synced(agent->controller, vpc->up.name);
    error = controller_policies_get_error(agent->controller, vpc->up.name);
    known = synced || (error && settings->policy_unknown_allow);
    if (known != vpc->policies_known) {
        m_vpc_set_policies_known(agent->model, vpc, known);
    }
    if (!synced && error) {
        enforce_raise_unknown(agent, vpc, error);
    }
    return synced;
}

static void
enforce_update_known(struct agent *agent)
{
    struct sset *waiting = &agent->enforce->waiting;
    struct hmapx_node *node;
    const char *name, *next;

    HMAPX_FOR_EACH (node, &agent->model->changed_endpoints) {
        const struct m_endpoint *ep = node->data;

        if (m_endpoint_is_local(ep) && ep->vpc && !ep->vpc->policies_known) {
            sset_add(waiting, ep->vpc->up.name);
        }
    }
    if (sset_is_empty(waiting)) {
        return;                     /* There are no alarms either. */
    }
    alarms_begin(agent->alarms, "policies");
    SSET_FOR_EACH_SAFE (name, next, waiting) {
        struct entity *vpc = entity_find(agent->model, MODEL_VPC, name);

        if (!vpc || enforce_check_vpc(agent, M_CAST(m_vpc, vpc))) {
            sset_delete(waiting, SSET_NODE_FROM_NAME(name));
        }
    }
    alarms_end(agent->alarms, "policies");
}

void
enforce_run(struct agent *agent)
{
    enforce_update_known(agent);
    enforce_update_zones(agent);
    enforce_update_shares(agent);
}

static void
raise_full(const char *name, uint16_t zone, uint32_t n_connections,
           uint32_t limit, void *agent_)
{
    struct agent *agent = agent_;
    char *object = xasprintf("endpoint %s", name);

    alarms_raise(agent->alarms, "connections", object, "connections",
                 "%"PRIu32" connections of %"PRIu32" that it may have "
                 "(nve-ct-limit): new ones are refused; see what it does, or "
                 "what is done to it, by \"ovs-appctl dpctl/dump-conntrack "
                 "zone=%"PRIu16"\"", n_connections, limit, zone);
    free(object);
}

static void
limit_connections(struct agent *agent)
{
    struct ct_limits *limits = agent->enforce->limits;

    if (ct_limits_run(limits, local_get_settings(agent->local)->ct_limit)) {
        alarms_begin(agent->alarms, "connections");
        ct_limits_for_each_full(limits, raise_full, agent);
        alarms_end(agent->alarms, "connections");
    }
}

void
enforce_flush(struct agent *agent)
{
    limit_connections(agent);
    ct_zones_run(agent->enforce->zones, ofctrl_get_revision(agent->ofctrl),
                 ofctrl_get_confirmed(agent->ofctrl));
}

void
enforce_wait(const struct agent *agent)
{
    ct_zones_wait(agent->enforce->zones);
    ct_limits_wait(agent->enforce->limits);
    if (agent->enforce->check_at != LLONG_MAX) {
        poll_timer_wait_until(agent->enforce->check_at);
    }
}
