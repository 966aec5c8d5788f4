/* Backends' pasts: see vip-past.h, and vip-open.c for what they are for.
 *
 * Nothing is known of single connections, and nothing has to be: a connection
 * is older than a change that was seen here, or it has begun after it and goes
 * by what is so now.  A change is forgotten after VIP_PAST_TIME.  An agent
 * that has just started knows of none. */

#include <config.h>

#include "agent/flows/vip-past.h"

#include <stdlib.h>

#include "agent/agent.h"
#include "agent/flows/vips.h"
#include "agent/model/model-lb.h"
#include "agent/model/model.h"
#include "agent/write-gate.h"
#include "sset.h"
#include "timeval.h"
#include "util.h"

/* Whether 'past' takes connections from others that stay: it is new, or gets a
 * larger part. */
static bool
gains(const struct vip_past *past, const struct m_lb_backend *b)
{
    return (m_lb_backend_takes(b)
            && (!past->takes || b->weight > past->weight));
}

static void
note_return(struct vip_past *past, enum lb_return ret)
{
    bool translated = lb_return_is_by_backend(past->ret);
    bool translates = lb_return_is_by_backend(ret);
    bool masqueraded = past->ret == LB_RETURN_MASQUERADE;
    bool masquerades = ret == LB_RETURN_MASQUERADE;
    long long int until = time_msec() + VIP_PAST_TIME;

    past->translated = (translates ? 0 : translated ? until
                        : past->translated);
    past->masqueraded = (masquerades ? 0 : masqueraded ? until
                         : past->masqueraded);
    past->ret = ret;
}

/* Forgets '*when' if it has come. */
static void
check(struct agent *agent, struct vip *vip, long long int *when)
{
    if (*when && *when <= time_msec()) {
        *when = 0;
    } else if (*when) {
        vip_expires(agent->vips, vip, *when);
    }
}

/* Whether others than 'past' may have connections. */
static bool
others_took(const struct vip *vip, const struct vip_past *past)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &vip->pasts) {
        const struct vip_past *other = node->data;

        if (other != past && other->took) {
            return true;
        }
    }
    return false;
}

const struct vip_past *
vip_past_note(struct agent *agent, struct vip *vip,
              const struct m_lb_backend *b, enum lb_return ret)
{
    struct vip_past *past = shash_find_data(&vip->pasts, b->ep->up.name);
    bool first = (!vip->has_past
                  || !write_gate_is_open(agent->gate, WRITE_SWITCH));

    if (!past) {
        past = xzalloc(sizeof *past);
        past->ret = LB_RETURN_AUTO;
        shash_add(&vip->pasts, b->ep->up.name, past);
    }
    if (gains(past, b)) {
        first |= !others_took(vip, past);
        past->since = first ? 0 : time_msec();
        past->until = first ? 0 : past->since + VIP_PAST_TIME;
    }
    past->takes = m_lb_backend_takes(b);
    past->took |= past->takes;
    past->weight = b->weight ? b->weight : past->weight;
    note_return(past, ret);
    check(agent, vip, &past->until);
    check(agent, vip, &past->translated);
    check(agent, vip, &past->masqueraded);
    return past;
}

bool
vip_past_is_young(const struct vip_past *past)
{
    return past->takes && past->until;
}

void
vip_past_forget(struct vip *vip, const struct m_lb *lb)
{
    struct sset names = SSET_INITIALIZER(&names);
    const struct m_lb_backend *b;
    struct shash_node *node;

    HMAP_FOR_EACH (b, node, &lb->backends) {
        sset_add(&names, b->ep->up.name);
    }
    SHASH_FOR_EACH_SAFE (node, &vip->pasts) {
        if (!sset_contains(&names, node->name)) {
            free(node->data);
            shash_delete(&vip->pasts, node);
        }
    }
    sset_destroy(&names);
    vip->has_past = true;
}

void
vip_past_clear(struct vip *vip)
{
    shash_clear_free_data(&vip->pasts);
    vip->has_past = false;
}
