/* Claims: who wants which flows, and refusals: which of these cannot be had.
 *
 * A claim is a flow in its owner's 'flows' and in its slot's 'claims', or one
 * that is alone in its place, without a slot.  Two owners that claim one slot
 * are a conflict, and the one that came first has it: the order is kept when
 * an owner replaces its flow by another with the same key. */

#include <config.h>

#include "agent/switch/flow-table.h"

#include <inttypes.h>
#include <stdlib.h>

#include "agent/switch/desired-flow.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/flow-owner.h"
#include "hash.h"
#include "util.h"

void
flow_table_init(struct flow_table *ft)
{
    *ft = (struct flow_table) { .tlv_usable = UINT64_MAX };
    flow_slots_init(&ft->slots);
    ovs_list_init(&ft->refusals);
    hmap_init(&ft->refusals_by_flow);
}

void
flow_table_destroy(struct flow_table *ft)
{
    flow_slots_destroy(&ft->slots);
    ovs_assert(hmap_is_empty(&ft->refusals_by_flow));
    hmap_destroy(&ft->refusals_by_flow);
}

/* Refusals. */

/* Returns why 'flow' is refused, NULL if it is not. */
static struct flow_refusal *
get_refusal(const struct flow_table *ft, const struct desired_flow *flow)
{
    struct flow_refusal *r;

    if (flow->refused) {
        HMAP_FOR_EACH_WITH_HASH (r, by_flow, hash_pointer(flow, 0),
                                 &ft->refusals_by_flow) {
            if (r->flow == flow) {
                return r;
            }
        }
    }
    return NULL;
}

static bool
is_refused(const struct flow_table *ft, const struct desired_flow *flow,
           enum flow_refusal_reason reason)
{
    const struct flow_refusal *r = get_refusal(ft, flow);

    return r && r->reason == reason;
}

static void
refuse(struct flow_table *ft, struct desired_flow *flow,
       enum flow_refusal_reason reason, char *message)
{
    struct flow_refusal *r = xmalloc(sizeof *r);

    ovs_assert(!flow->refused);
    r->flow = flow;
    r->reason = reason;
    r->message = message;
    ovs_list_push_back(&ft->refusals, &r->node);
    hmap_insert(&ft->refusals_by_flow, &r->by_flow, hash_pointer(flow, 0));
    flow->refused = true;
    flow->owner->n_refused++;
    ft->refusal_seq++;
}

static void
unrefuse(struct flow_table *ft, struct desired_flow *flow)
{
    struct flow_refusal *r = get_refusal(ft, flow);

    if (r) {
        flow->owner->n_refused--;
        ft->refusal_seq++;
        flow->refused = false;
        flow->retried = false;
        ovs_list_remove(&r->node);
        hmap_remove(&ft->refusals_by_flow, &r->by_flow);
        free(r->message);
        free(r);
    }
}

/* Claims. */

/* 'flow' has become the first that claims its slot. */
static void
admit(struct flow_table *ft, struct desired_flow *flow)
{
    if (desired_flow_is_too_big(flow)) {
        refuse(ft, flow, REFUSED_SIZE,
               xasprintf("%"PRIu32" bytes of actions do not fit in a message",
                         flow->inst_len));
    }
}

/* 'slot' is that of 'flow', or NULL if there is none yet. */
static void
claim(struct flow_table *ft, struct flow_owner *owner,
      struct desired_flow *flow, struct flow_slot *slot)
{
    struct desired_flow **tail;

    slot = slot ? slot : flow_slots_add(&ft->slots, flow);
    tail = &slot->claims;
    while (*tail) {
        tail = &(*tail)->next;
    }
    *tail = flow;
    flow->owner = owner;
    flow->owner_next = owner->flows;
    owner->flows = flow;
    owner->n_flows++;
    ft->n_desired++;
    if (slot->claims != flow) {
        char *first = flow_owner_get_name(slot->claims->owner);

        refuse(ft, flow, REFUSED_CONFLICT,
               xasprintf("%s already wants such a flow", first));
        free(first);
    } else {
        admit(ft, flow);
        flow_slots_update(&ft->slots, slot);
    }
}

/* Returns where 'flow' is linked among the claims of 'slot', its slot. */
static struct desired_flow **
find_claim(struct flow_slot *slot, const struct desired_flow *flow)
{
    struct desired_flow **p = &slot->claims;

    while (*p != flow) {
        p = &(*p)->next;
    }
    return p;
}

/* The caller has taken 'flow' out of its owner's. */
static void
unclaim(struct flow_table *ft, struct desired_flow *flow)
{
    struct flow_slot *slot = flow_slots_find(&ft->slots, flow);
    struct desired_flow *first;

    unrefuse(ft, flow);
    *find_claim(slot, flow) = flow->next;
    flow->next = NULL;
    flow->owner->n_flows--;
    flow->owner = NULL;
    ft->n_desired--;

    first = flow_slot_get_claim(slot);
    if (first && is_refused(ft, first, REFUSED_CONFLICT)) {
        unrefuse(ft, first);
        admit(ft, first);
    }
    /* The slot may have had its key from 'flow' alone until now. */
    flow_slots_update(&ft->slots, slot);
    desired_flow_unref(flow);
}

/* Lets 'flow' take the place of 'old' in 'slot', which has the same owner.
 * 'old' stays among the owner's flows, for sweep() to find, but has no owner
 * any more. */
static void
reclaim(struct flow_table *ft, struct flow_slot *slot,
        struct desired_flow *old, struct desired_flow *flow)
{
    struct flow_owner *owner = old->owner;
    bool first = flow_slot_get_claim(slot) == old;

    flow->owner = owner;
    flow->owner_next = owner->flows;
    owner->flows = flow;
    *find_claim(slot, old) = flow;
    flow->next = old->next;
    if (first) {
        admit(ft, flow);
    } else {
        refuse(ft, flow, REFUSED_CONFLICT,
               xstrdup(get_refusal(ft, old)->message));
    }
    unrefuse(ft, old);
    old->next = NULL;
    old->owner = NULL;
    flow_slots_update(&ft->slots, slot);
}

/* Returns the flow of 'owner' that claims 'slot', which may be NULL, and whose
 * 'keep' is 'keep', or NULL. */
static struct desired_flow *
owner_find(const struct flow_owner *owner, const struct flow_slot *slot,
           bool keep)
{
    struct desired_flow *old;

    for (old = slot ? slot->claims : NULL; old; old = old->next) {
        if (old->owner == owner && old->keep == keep) {
            break;
        }
    }
    return old;
}

/* Adds 'flow' to what 'owner' wants, and sets 'keep' of the flow that it then
 * wants there.  Returns whether that changes anything. */
static bool
owner_add(struct flow_table *ft, struct flow_owner *owner,
          struct desired_flow *flow)
{
    struct desired_flow *old = flow_slots_find_alone(&ft->slots, flow);
    struct flow_slot *slot;

    if (old && old->owner == owner
        && desired_flow_same_instructions(old, flow)) {
        old->keep = true;
        desired_flow_unref(flow);
        return false;
    }

    slot = flow_slots_find(&ft->slots, flow);
    old = owner_find(owner, slot, false);
    flow->keep = true;
    if (old) {
        if (desired_flow_same_instructions(old, flow)
            && !is_refused(ft, old, REFUSED_BY_SWITCH)) {
            old->keep = true;
            desired_flow_unref(flow);
            return false;
        }
        reclaim(ft, slot, old, flow);
        return true;
    }

    old = owner_find(owner, slot, true);
    if (old && desired_flow_same_instructions(old, flow)) {
        /* Twice the same in one list. */
        desired_flow_unref(flow);
        return false;
    }
    claim(ft, owner, flow, slot);
    return true;
}

/* Ends the claims of 'owner' that are not to be kept.  Returns whether there
 * were any. */
static bool
sweep(struct flow_table *ft, struct flow_owner *owner)
{
    struct desired_flow **p = &owner->flows;
    bool changed = false;

    while (*p) {
        struct desired_flow *flow = *p;

        if (flow->keep) {
            flow->keep = false;
            p = &flow->owner_next;
            continue;
        }
        *p = flow->owner_next;
        flow->owner_next = NULL;
        if (flow->owner) {
            unclaim(ft, flow);
            changed = true;
        } else {
            desired_flow_unref(flow);       /* By reclaim(). */
        }
    }
    return changed;
}

bool
flow_table_replace(struct flow_table *ft, struct flow_owner *owner,
                   struct flow_list *list)
{
    struct desired_flow *flow;
    bool changed = false;

    while ((flow = flow_list_pop(list)) != NULL) {
        flow->cookie = owner->cookie;
        changed |= owner_add(ft, owner, flow);
    }
    return sweep(ft, owner) || changed;
}

/* The switch. */

/* To be called when 'flow', which is wanted, is refused or no longer. */
static void
update_slot(struct flow_table *ft, const struct desired_flow *flow)
{
    flow_slots_update(&ft->slots, flow_slots_find(&ft->slots, flow));
}

void
flow_table_forget_installed(struct flow_table *ft)
{
    struct flow_refusal *r;

    LIST_FOR_EACH_SAFE (r, node, &ft->refusals) {
        if (r->reason == REFUSED_BY_SWITCH) {
            struct desired_flow *flow = r->flow;

            unrefuse(ft, flow);
            update_slot(ft, flow);
        }
    }
    flow_slots_forget_installed(&ft->slots);
}

void
flow_table_set_tlv(struct flow_table *ft, uint64_t usable, uint64_t ready)
{
    uint64_t gained = ((ready & ~ft->slots.tlv_ready)
                       | (usable & ~ft->tlv_usable));
    struct flow_refusal *r;

    ft->tlv_usable = usable;
    flow_slots_set_ready(&ft->slots, ready);
    if (!gained) {
        return;
    }
    LIST_FOR_EACH_SAFE (r, node, &ft->refusals) {
        struct desired_flow *flow = r->flow;

        if ((r->reason == REFUSED_TLV || r->reason == REFUSED_BY_SWITCH)
            && desired_flow_get_tlv(flow) & gained) {
            unrefuse(ft, flow);
            update_slot(ft, flow);
        }
    }
}

void
flow_table_check_waiting(struct flow_table *ft)
{
    struct flow_slot *slot;

    LIST_FOR_EACH_SAFE (slot, list_node, &ft->slots.waiting) {
        struct desired_flow *flow = flow_slot_get_claim(slot);
        uint64_t missing = desired_flow_get_tlv(flow) & ~ft->tlv_usable;

        if (missing) {
            refuse(ft, flow, REFUSED_TLV,
                   xasprintf("needs tun_metadata%d, which is not mapped",
                             rightmost_1bit_idx(missing)));
            flow_slots_update(&ft->slots, slot);
        }
    }
}

void
flow_table_refuse(struct flow_table *ft, struct desired_flow *flow,
                  const char *message)
{
    if (flow->owner && !flow->refused) {
        refuse(ft, flow, REFUSED_BY_SWITCH, xstrdup(message));
        update_slot(ft, flow);
    } else if (flow->retried) {
        /* It stays refused; others are tried before it is again. */
        struct flow_refusal *r = get_refusal(ft, flow);

        flow->retried = false;
        free(r->message);
        r->message = xstrdup(message);
        ovs_list_remove(&r->node);
        ovs_list_push_back(&ft->refusals, &r->node);
        update_slot(ft, flow);
    }
}

size_t
flow_table_retry(struct flow_table *ft, size_t max)
{
    struct flow_refusal *r;
    size_t n = 0;

    LIST_FOR_EACH (r, node, &ft->refusals) {
        if (n >= max) {
            break;
        }
        if (r->reason == REFUSED_BY_SWITCH && !r->flow->retried) {
            r->flow->retried = true;
            update_slot(ft, r->flow);
            n++;
        }
    }
    return n;
}

bool
flow_table_accept(struct flow_table *ft, struct desired_flow *flow)
{
    bool retried = flow->retried;

    if (retried) {
        unrefuse(ft, flow);
    }
    return retried;
}

void
flow_table_for_each_error(const struct flow_table *ft,
                          void (*cb)(const char *name, const char *error,
                                     void *aux), void *aux)
{
    const struct flow_refusal *r;

    LIST_FOR_EACH (r, node, &ft->refusals) {
        char *name = flow_owner_get_name(r->flow->owner);
        char *flow = desired_flow_describe(r->flow);
        char *error = xasprintf("flow %s: %s", flow, r->message);

        cb(name, error, aux);
        free(name);
        free(error);
        free(flow);
    }
}
