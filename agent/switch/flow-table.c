/* The difference between wanted and installed flows, kept up to date.
 *
 * Each key (table, priority, match) that anybody wants or that the switch has
 * has a slot.  Whatever changes, slot_update() puts that one slot on the list
 * where it belongs, so a change costs what it changes, whatever the number of
 * flows.  Invariants:
 *
 *   - A slot that is neither claimed nor installed nor under way is freed.
 *   - 'installed' and the wanted flow of a clean slot are the same object, or
 *     nothing can be done at present (refused).
 *   - While changes are under way (between flow_table_take_changes() and
 *     flow_table_finish_changes()) their slots stay SENT, whatever happens to
 *     their claims; what has changed meanwhile is found at the end.
 *
 * A flow that is refused, or that needs a tunnel option that is not mapped as
 * wanted, counts as not wanted: an old version of it is deleted rather than
 * left to send what it should not. */

#include <config.h>

#include "agent/switch/flow-table.h"

#include <stdlib.h>

#include "agent/switch/flow-list.h"
#include "agent/switch/flow-owner.h"
#include "util.h"

/* Refusals. */

static void
refuse(struct flow_table *ft, struct desired_flow *flow,
       enum flow_refusal_reason reason, char *message)
{
    struct flow_refusal *r = xmalloc(sizeof *r);

    ovs_assert(!flow->refusal);
    r->flow = flow;
    r->reason = reason;
    r->message = message;
    ovs_list_push_back(&ft->refusals, &r->node);
    flow->refusal = r;
    flow->owner->n_refused++;
}

static void
unrefuse(struct desired_flow *flow)
{
    struct flow_refusal *r = flow->refusal;

    if (r) {
        flow->owner->n_refused--;
        flow->refusal = NULL;
        ovs_list_remove(&r->node);
        free(r->message);
        free(r);
    }
}

/* Slots. */

static struct desired_flow *
slot_claim(const struct flow_slot *slot)
{
    return (ovs_list_is_empty(&slot->claims) ? NULL
            : CONTAINER_OF(ovs_list_front(&slot->claims), struct desired_flow,
                           list_node));
}

static const struct desired_flow *
slot_key(const struct flow_slot *slot)
{
    const struct desired_flow *claim = slot_claim(slot);

    return claim ? claim : slot->installed ? slot->installed : slot->sent;
}

static struct flow_slot *
slot_lookup(struct flow_table *ft, const struct desired_flow *flow)
{
    struct flow_slot *slot;

    HMAP_FOR_EACH_WITH_HASH (slot, node, desired_flow_hash(flow),
                             &ft->slots) {
        if (desired_flow_same_key(slot_key(slot), flow)) {
            return slot;
        }
    }

    slot = xzalloc(sizeof *slot);
    hmap_insert(&ft->slots, &slot->node, desired_flow_hash(flow));
    ovs_list_init(&slot->claims);
    return slot;
}

static void
slot_set_installed(struct flow_table *ft, struct flow_slot *slot,
                   struct desired_flow *flow)
{
    struct desired_flow *old = slot->installed;

    if (flow == old) {
        return;
    }
    if (flow) {
        desired_flow_ref(flow);
        ft->n_installed++;
        for (uint64_t m = flow->tlv_mask; m; m = zero_rightmost_1bit(m)) {
            ft->n_using[rightmost_1bit_idx(m)]++;
        }
    }
    slot->installed = flow;
    if (old) {
        ft->n_installed--;
        for (uint64_t m = old->tlv_mask; m; m = zero_rightmost_1bit(m)) {
            ft->n_using[rightmost_1bit_idx(m)]--;
        }
        desired_flow_unref(old);
    }
}

/* Returns the flow that should be in the switch now, or NULL.  '*waits' says
 * whether there will be one once the TLV map is as wanted. */
static struct desired_flow *
slot_wanted(const struct flow_table *ft, const struct flow_slot *slot,
            bool *waits)
{
    struct desired_flow *flow = slot_claim(slot);

    *waits = false;
    if (!flow || flow->refusal) {
        return NULL;
    }
    if (flow->tlv_mask & ~ft->tlv_ready) {
        *waits = true;
        return NULL;
    }
    return flow;
}

static void
slot_unlink(struct flow_table *ft, struct flow_slot *slot)
{
    if (slot->state == FLOW_SLOT_PENDING) {
        ft->n_pending--;
    }
    if (slot->state == FLOW_SLOT_PENDING || slot->state == FLOW_SLOT_WAITING) {
        ovs_list_remove(&slot->list_node);
    }
    slot->state = FLOW_SLOT_CLEAN;
}

/* Puts 'slot' where it belongs after a change of anything that
 * slot_wanted() or its installed flow depend on.  May free it. */
static void
slot_update(struct flow_table *ft, struct flow_slot *slot)
{
    struct desired_flow *flow;
    bool waits;

    if (slot->state == FLOW_SLOT_SENT) {
        return;
    }

    flow = slot_wanted(ft, slot, &waits);
    if (flow && slot->installed && flow != slot->installed
        && flow->cookie == slot->installed->cookie
        && desired_flow_same_instructions(flow, slot->installed)) {
        slot_set_installed(ft, slot, flow);
    }

    if (flow != slot->installed) {
        if (slot->state != FLOW_SLOT_PENDING) {
            slot_unlink(ft, slot);
            slot->state = FLOW_SLOT_PENDING;
            ovs_list_push_back(&ft->pending, &slot->list_node);
            ft->n_pending++;
        }
    } else if (waits) {
        slot_unlink(ft, slot);
        slot->state = FLOW_SLOT_WAITING;
        ovs_list_push_back(&ft->waiting, &slot->list_node);
    } else {
        slot_unlink(ft, slot);
        if (!slot->installed && !slot_claim(slot)) {
            hmap_remove(&ft->slots, &slot->node);
            free(slot);
        }
    }
}

/* The table. */

void
flow_table_init(struct flow_table *ft)
{
    *ft = (struct flow_table) { .tlv_usable = UINT64_MAX };
    hmap_init(&ft->slots);
    ovs_list_init(&ft->pending);
    ovs_list_init(&ft->waiting);
    ovs_list_init(&ft->refusals);
}

/* All owners must be gone and no changes under way. */
void
flow_table_destroy(struct flow_table *ft)
{
    flow_table_forget_installed(ft);
    ovs_assert(hmap_is_empty(&ft->slots));
    hmap_destroy(&ft->slots);
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

static void
claim(struct flow_table *ft, struct flow_owner *owner,
      struct desired_flow *flow)
{
    struct flow_slot *slot = slot_lookup(ft, flow);
    struct desired_flow *first = slot_claim(slot);

    flow->owner = owner;
    flow->slot = slot;
    hmap_insert(&owner->flows, &flow->owner_node, desired_flow_hash(flow));
    ovs_list_push_back(&slot->claims, &flow->list_node);
    ft->n_desired++;
    if (first) {
        refuse(ft, flow, REFUSED_CONFLICT,
               xasprintf("%s already wants such a flow",
                         first->owner->name));
    } else {
        admit(ft, flow);
        slot_update(ft, slot);
    }
}

static void
unclaim(struct flow_table *ft, struct desired_flow *flow)
{
    struct flow_slot *slot = flow->slot;
    struct desired_flow *first;

    unrefuse(flow);
    ovs_list_remove(&flow->list_node);
    hmap_remove(&flow->owner->flows, &flow->owner_node);
    flow->owner = NULL;
    flow->slot = NULL;
    ft->n_desired--;

    first = slot_claim(slot);
    if (first && first->refusal
        && first->refusal->reason == REFUSED_CONFLICT) {
        unrefuse(first);
        admit(ft, first);
    }
    if (!slot->installed && !slot->sent && !first) {
        /* Its key goes with 'flow'. */
        slot_unlink(ft, slot);
        hmap_remove(&ft->slots, &slot->node);
        free(slot);
    } else {
        slot_update(ft, slot);
    }
    desired_flow_unref(flow);
}

/* Lets 'flow' take the place of 'old', which has the same key and owner. */
static void
reclaim(struct flow_table *ft, struct desired_flow *old,
        struct desired_flow *flow)
{
    struct flow_owner *owner = old->owner;
    struct flow_slot *slot = old->slot;
    bool first = slot_claim(slot) == old;

    flow->owner = owner;
    flow->slot = slot;
    hmap_insert(&owner->flows, &flow->owner_node, desired_flow_hash(flow));
    ovs_list_replace(&flow->list_node, &old->list_node);
    if (first) {
        admit(ft, flow);
    } else {
        refuse(ft, flow, REFUSED_CONFLICT, xstrdup(old->refusal->message));
    }
    unrefuse(old);
    hmap_remove(&owner->flows, &old->owner_node);
    old->owner = NULL;
    old->slot = NULL;
    slot_update(ft, slot);
    desired_flow_unref(old);
}

static struct desired_flow *
owner_find(const struct flow_owner *owner, const struct desired_flow *flow,
           bool keep)
{
    struct desired_flow *old;

    HMAP_FOR_EACH_WITH_HASH (old, owner_node, desired_flow_hash(flow),
                             &owner->flows) {
        if (old->keep == keep && desired_flow_same_key(old, flow)) {
            return old;
        }
    }
    return NULL;
}

/* Adds 'flow' to what 'owner' wants, marked to be kept.  Returns whether that
 * changes anything. */
static bool
owner_add(struct flow_table *ft, struct flow_owner *owner,
          struct desired_flow *flow)
{
    struct desired_flow *old = owner_find(owner, flow, false);

    flow->keep = true;
    if (old) {
        if (desired_flow_same_instructions(old, flow)
            && !(old->refusal && old->refusal->reason == REFUSED_BY_SWITCH)) {
            old->keep = true;
            desired_flow_unref(flow);
            return false;
        }
        reclaim(ft, old, flow);
        return true;
    }

    old = owner_find(owner, flow, true);
    if (old && desired_flow_same_instructions(old, flow)) {
        /* Twice the same in one list. */
        desired_flow_unref(flow);
        return false;
    }
    claim(ft, owner, flow);
    return true;
}

/* Makes 'owner' want just the flows of 'list', which is emptied.  Flows that
 * it wants already are left alone, unless the switch had refused them.
 * Returns whether that changed anything. */
bool
flow_table_replace(struct flow_table *ft, struct flow_owner *owner,
                   struct flow_list *list)
{
    struct desired_flow *flow;
    bool changed = false;

    LIST_FOR_EACH_POP (flow, list_node, &list->flows) {
        flow->cookie = FLOW_OWNER_COOKIE_PREFIX | owner->cookie;
        changed |= owner_add(ft, owner, flow);
    }
    list->n = 0;

    HMAP_FOR_EACH_SAFE (flow, owner_node, &owner->flows) {
        if (flow->keep) {
            flow->keep = false;
        } else {
            unclaim(ft, flow);
            changed = true;
        }
    }
    return changed;
}

/* What the switch has. */

/* The connection is gone: nothing is known of the switch, nor which flows it
 * refuses.  No changes may be under way. */
void
flow_table_forget_installed(struct flow_table *ft)
{
    struct flow_refusal *r;
    struct flow_slot *slot;

    LIST_FOR_EACH_SAFE (r, node, &ft->refusals) {
        if (r->reason == REFUSED_BY_SWITCH) {
            struct desired_flow *flow = r->flow;

            unrefuse(flow);
            slot_update(ft, flow->slot);
        }
    }
    HMAP_FOR_EACH_SAFE (slot, node, &ft->slots) {
        if (slot_claim(slot)) {
            slot_set_installed(ft, slot, NULL);
            slot_update(ft, slot);
        } else {
            slot_unlink(ft, slot);
            hmap_remove(&ft->slots, &slot->node);
            slot_set_installed(ft, slot, NULL);
            free(slot);
        }
    }
}

/* The switch said that it has 'flow', of which a reference is taken over. */
void
flow_table_add_installed(struct flow_table *ft, struct desired_flow *flow)
{
    struct flow_slot *slot = slot_lookup(ft, flow);

    slot_set_installed(ft, slot, flow);
    slot_update(ft, slot);
    desired_flow_unref(flow);
}

/* The TLV map. */

static bool
flow_uses(const struct desired_flow *flow, uint64_t mask)
{
    return flow && flow->tlv_mask & mask;
}

/* Says which indices flows may use now ('ready'), and which of the others are
 * worth waiting for ('usable').  If indices are only gained, this costs what
 * waits for them. */
void
flow_table_set_tlv(struct flow_table *ft, uint64_t usable, uint64_t ready)
{
    uint64_t lost = ft->tlv_ready & ~ready;
    uint64_t gained = (ready & ~ft->tlv_ready) | (usable & ~ft->tlv_usable);
    struct flow_slot *slot;
    struct flow_refusal *r;

    ft->tlv_usable = usable;
    ft->tlv_ready = ready;

    if (gained) {
        LIST_FOR_EACH_SAFE (r, node, &ft->refusals) {
            struct desired_flow *flow = r->flow;

            if ((r->reason == REFUSED_TLV || r->reason == REFUSED_BY_SWITCH)
                && flow_uses(flow, gained)) {
                unrefuse(flow);
                slot_update(ft, flow->slot);
            }
        }
    }
    if (lost) {
        HMAP_FOR_EACH_SAFE (slot, node, &ft->slots) {
            if (flow_uses(slot->installed, lost)
                || flow_uses(slot_claim(slot), lost)) {
                slot_update(ft, slot);
            }
        }
    }
    if (gained) {
        struct ovs_list waiting;

        ovs_list_init(&waiting);
        ovs_list_push_back_all(&waiting, &ft->waiting);
        LIST_FOR_EACH_SAFE (slot, list_node, &waiting) {
            slot_update(ft, slot);
        }
    }
}

/* Refuses the flows that wait for what will not come. */
void
flow_table_check_waiting(struct flow_table *ft)
{
    struct flow_slot *slot;

    LIST_FOR_EACH_SAFE (slot, list_node, &ft->waiting) {
        struct desired_flow *flow = slot_claim(slot);
        uint64_t missing = flow->tlv_mask & ~ft->tlv_usable;

        if (missing) {
            refuse(ft, flow, REFUSED_TLV,
                   xasprintf("needs tun_metadata%d, which is not mapped",
                             rightmost_1bit_idx(missing)));
            slot_update(ft, slot);
        }
    }
}

/* Changes. */

/* Returns what has to be sent, deletions first: should two keys that differ
 * for us be one for the switch, the flow that is wanted comes last.  The
 * caller sends it all and calls flow_table_finish_changes(); until then no
 * other changes may be taken. */
struct flow_change *
flow_table_take_changes(struct flow_table *ft, size_t *n)
{
    struct flow_change *changes = xmalloc(ft->n_pending * sizeof *changes);
    size_t head = 0, tail = ft->n_pending;
    struct flow_slot *slot;

    *n = ft->n_pending;
    ft->n_pending = 0;
    LIST_FOR_EACH_POP (slot, list_node, &ft->pending) {
        bool waits;
        struct desired_flow *flow = slot_wanted(ft, slot, &waits);
        struct flow_change *c = &changes[flow ? --tail : head++];

        c->slot = slot;
        c->flow = flow ? desired_flow_ref(flow) : NULL;
        c->old = slot->installed ? desired_flow_ref(slot->installed) : NULL;
        slot->sent = c->flow ? c->flow : c->old;
        slot->state = FLOW_SLOT_SENT;
    }
    return changes;
}

/* 'changes' were all applied if 'committed', else none of them.  Frees
 * them. */
void
flow_table_finish_changes(struct flow_table *ft, struct flow_change *changes,
                          size_t n, bool committed)
{
    for (size_t i = 0; i < n; i++) {
        struct flow_change *c = &changes[i];

        c->slot->sent = NULL;
        c->slot->state = FLOW_SLOT_CLEAN;
        if (committed) {
            slot_set_installed(ft, c->slot, c->flow);
        }
        slot_update(ft, c->slot);
        desired_flow_unref(c->flow);
        desired_flow_unref(c->old);
    }
    free(changes);
}

/* The switch refused 'flow', for the reason in 'message'.  Ignored if nobody
 * wants it any more. */
void
flow_table_refuse(struct flow_table *ft, struct desired_flow *flow,
                  const char *message)
{
    if (flow->owner && !flow->refusal) {
        refuse(ft, flow, REFUSED_BY_SWITCH, xstrdup(message));
        slot_update(ft, flow->slot);
    }
}

/* Calls 'cb' for each refusal, with the owner's name. */
void
flow_table_for_each_error(const struct flow_table *ft,
                          void (*cb)(const char *name, const char *error,
                                     void *aux), void *aux)
{
    const struct flow_refusal *r;

    LIST_FOR_EACH (r, node, &ft->refusals) {
        char *flow = desired_flow_describe(r->flow);
        char *error = xasprintf("flow %s: %s", flow, r->message);

        cb(r->flow->owner->name, error, aux);
        free(error);
        free(flow);
    }
}
