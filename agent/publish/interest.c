/* Which watches there are: the VPCs and the endpoints that matter here.
 *
 * They are computed as a whole: that costs in proportion to the interfaces of
 * this node and to the gateways, which are few.  It follows from entities and
 * from what the controller has, so it is done only in turns in which one of
 * these has changed.
 *
 * The watch of an endpoint ends only when it is among its VPC's endpoints, so
 * that the endpoint is never unknown in between.  Otherwise its end would be
 * the beginning of the next one.  A VPC is watched
 * as long as an endpoint of it is plugged in here, or has a status that says
 * that it is here: that status has to be taken back first.  It is also watched
 * where its gateway can be. */

#include <config.h>

#include "agent/publish/interest.h"

#include <stdlib.h>

#include "agent/agent.h"
#include "agent/controller/controller.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model.h"
#include "sset.h"

struct interest {
    struct sset endpoints;          /* Watched one by one. */
    struct sset vpcs;               /* Watched as a whole. */
    uint64_t seqno;                 /* Of what that follows from. */
};

static void
interest_init(struct interest *interest)
{
    sset_init(&interest->endpoints);
    sset_init(&interest->vpcs);
    interest->seqno = 0;
}

static void
interest_uninit(struct interest *interest)
{
    sset_destroy(&interest->endpoints);
    sset_destroy(&interest->vpcs);
}

struct interest *
interest_create(void)
{
    struct interest *interest = xmalloc(sizeof *interest);

    interest_init(interest);
    return interest;
}

void
interest_destroy(struct interest *interest)
{
    if (interest) {
        interest_uninit(interest);
        free(interest);
    }
}

/* What the endpoints need that are plugged in here. */
static void
add_plugged(const struct agent *agent, struct interest *now)
{
    const struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &agent->model->plugged) {
        const struct m_endpoint *ep = node->data;

        if (ep->vpc) {
            sset_add(&now->vpcs, ep->vpc->up.name);
        }
        if (!ep->vpc || !controller_vpc_has(agent->controller,
                                            ep->vpc->up.name, ep->up.name)) {
            sset_add(&now->endpoints, ep->up.name);
        }
    }
}

/* What this node needs as a gateway, or because it may have to be one. */
static void
add_gateways(const struct agent *agent, struct interest *now)
{
    const struct entity *entity;

    HMAP_FOR_EACH (entity, node, &agent->model->entities[MODEL_GATEWAY]) {
        const struct m_gateway *gw = M_CAST(m_gateway, entity);

        if (gw->self && gw->vpc) {
            sset_add(&now->vpcs, gw->vpc->up.name);
        }
    }
}

/* The VPCs that are watched already, and have a status to be taken back. */
static void
add_not_given_up(const struct agent *agent, struct interest *now)
{
    const char *name;

    SSET_FOR_EACH (name, &agent->interest->vpcs) {
        const struct entity *entity = entity_find(agent->model, MODEL_VPC,
                                                  name);

        if (entity && M_CAST(m_vpc, entity)->n_status_here) {
            sset_add(&now->vpcs, name);
        }
    }
}

/* Starts and ends watches as 'new' differs from 'old'. */
static void
interest_apply(struct controller *controller, const struct sset *old,
               const struct sset *new,
               void (*watch)(struct controller *, const char *, bool))
{
    const char *name;

    SSET_FOR_EACH (name, new) {
        if (!sset_contains(old, name)) {
            watch(controller, name, true);
        }
    }
    SSET_FOR_EACH (name, old) {
        if (!sset_contains(new, name)) {
            watch(controller, name, false);
        }
    }
}

void
interest_run(struct agent *agent)
{
    uint64_t seqno = (agent->model->n_resolved
                      + controller_get_seqno(agent->controller));
    struct interest *old = agent->interest;
    struct interest now;

    if (seqno == old->seqno) {
        return;
    }
    interest_init(&now);
    add_plugged(agent, &now);
    add_gateways(agent, &now);
    add_not_given_up(agent, &now);
    interest_apply(agent->controller, &old->vpcs, &now.vpcs,
                   controller_watch_vpc);
    interest_apply(agent->controller, &old->endpoints, &now.endpoints,
                   controller_watch_endpoint);
    sset_swap(&old->vpcs, &now.vpcs);
    sset_swap(&old->endpoints, &now.endpoints);
    old->seqno = seqno;
    interest_uninit(&now);
}
