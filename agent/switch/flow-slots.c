/* The difference between wanted and installed flows, kept up to date.
 *
 * Whatever changes, flow_slots_update() puts that one slot on the list where
 * it belongs, so a change costs what it changes, whatever the number of flows.
 * A slot that tells no more than its flow does is freed then, and the flow is
 * alone; if anything is to change about it, it gets a slot again.  Invariants:
 *
 *   - A flow that is alone is wanted, and not refused.  It is installed, or
 *     'under_way' and will be.
 *   - A slot's key is that of any of its flows; it has always one.
 *   - A slot that is neither claimed nor installed nor under way is freed.
 *   - 'installed' and the wanted flow of a clean slot are the same object, or
 *     nothing can be done at present (refused).
 *   - While changes are under way (between flow_slots_take_changes() and
 *     flow_slots_finish_changes()) their slots stay SENT, whatever happens to
 *     their claims; what has changed meanwhile is found at the end.
 *
 * A flow that is refused, or that needs a tunnel option that is not mapped as
 * wanted, counts as not wanted: an old version of it is deleted rather than
 * left to send what it should not. */

#include <config.h>

#include "agent/switch/flow-slots.h"

#include <stdlib.h>

#include "agent/switch/desired-flow.h"
#include "util.h"

void
flow_slots_init(struct flow_slots *fs)
{
    *fs = (struct flow_slots) { .n_pending = 0 };
    hmap_init(&fs->alone);
    hmap_init(&fs->by_key);
    ovs_list_init(&fs->early);
    ovs_list_init(&fs->pending);
    ovs_list_init(&fs->waiting);
}

void
flow_slots_destroy(struct flow_slots *fs)
{
    flow_slots_forget_installed(fs);
    ovs_assert(hmap_is_empty(&fs->alone) && hmap_is_empty(&fs->by_key));
    hmap_destroy(&fs->alone);
    hmap_destroy(&fs->by_key);
}

static const struct desired_flow *
get_key(const struct flow_slot *slot)
{
    return (slot->claims ? slot->claims
            : slot->installed ? slot->installed : slot->sent);
}

struct flow_slot *
flow_slots_add(struct flow_slots *fs, const struct desired_flow *flow)
{
    struct flow_slot *slot = xzalloc(sizeof *slot);

    hmap_insert(&fs->by_key, &slot->node, flow->hash);
    return slot;
}

/* Frees 'slot', whose only flow is alone from now on. */
static void
fold(struct flow_slots *fs, struct flow_slot *slot)
{
    struct desired_flow *flow = slot->claims;

    hmap_remove(&fs->by_key, &slot->node);
    free(slot);
    flow->alone = true;
    hmap_insert(&fs->alone, &flow->node, flow->hash);
}

/* Gives 'flow' a slot, which it had none. */
static struct flow_slot *
unfold(struct flow_slots *fs, struct desired_flow *flow)
{
    struct flow_slot *slot;

    hmap_remove(&fs->alone, &flow->node);
    flow->alone = false;
    flow->next = NULL;
    slot = flow_slots_add(fs, flow);
    slot->claims = flow;
    if (flow->under_way) {
        slot->sent = flow;
        slot->state = FLOW_SLOT_SENT;
    } else {
        slot->installed = flow;
    }
    return slot;
}

static struct flow_slot *
find_slot(const struct flow_slots *fs, const struct desired_flow *flow)
{
    struct flow_slot *slot;

    HMAP_FOR_EACH_WITH_HASH (slot, node, flow->hash, &fs->by_key) {
        if (desired_flow_same_key(get_key(slot), flow)) {
            return slot;
        }
    }
    return NULL;
}

struct desired_flow *
flow_slots_find_alone(const struct flow_slots *fs,
                      const struct desired_flow *flow)
{
    struct desired_flow *alone;

    HMAP_FOR_EACH_WITH_HASH (alone, node, flow->hash, &fs->alone) {
        if (desired_flow_same_key(alone, flow)) {
            return alone;
        }
    }
    return NULL;
}

struct flow_slot *
flow_slots_find(struct flow_slots *fs, const struct desired_flow *flow)
{
    struct desired_flow *alone = flow_slots_find_alone(fs, flow);

    return alone ? unfold(fs, alone) : find_slot(fs, flow);
}

struct flow_slot *
flow_slots_get(struct flow_slots *fs, const struct desired_flow *flow)
{
    struct flow_slot *slot = flow_slots_find(fs, flow);

    return slot ? slot : flow_slots_add(fs, flow);
}

static void
count_uses(struct flow_slots *fs, const struct desired_flow *flow, int n)
{
    for (uint64_t m = desired_flow_get_tlv(flow); m;
         m = zero_rightmost_1bit(m)) {
        fs->n_using[rightmost_1bit_idx(m)] += n;
    }
}

static void
set_installed(struct flow_slots *fs, struct flow_slot *slot,
              struct desired_flow *flow)
{
    struct desired_flow *old = slot->installed;

    if (flow == old) {
        return;
    }
    if (flow) {
        desired_flow_ref(flow);
        fs->n_installed++;
        count_uses(fs, flow, 1);
    }
    slot->installed = flow;
    if (old) {
        fs->n_installed--;
        count_uses(fs, old, -1);
        desired_flow_unref(old);
    }
}

static bool
is_ready(const struct flow_slots *fs, const struct desired_flow *flow)
{
    return !(desired_flow_get_tlv(flow) & ~fs->tlv_ready);
}

/* Returns the flow that should be in the switch now, or NULL.  '*waits' says
 * whether there will be one once the TLV map is as wanted. */
static struct desired_flow *
get_wanted(const struct flow_slots *fs, const struct flow_slot *slot,
           bool *waits)
{
    struct desired_flow *flow = flow_slot_get_claim(slot);

    *waits = false;
    if (!flow || (flow->refused && !flow->retried)) {
        return NULL;
    }
    if (!is_ready(fs, flow)) {
        *waits = true;
        return NULL;
    }
    return flow;
}

/* Whether 'flow', which 'slot' has, is the only one that claims it, and not
 * refused. */
static bool
has_only(const struct flow_slot *slot, const struct desired_flow *flow)
{
    return (flow && slot->claims == flow && !flow->next && !flow->refused);
}

/* Takes 'slot' off the list that it is on. */
static void
unlink_slot(struct flow_slots *fs, struct flow_slot *slot)
{
    if (slot->state == FLOW_SLOT_PENDING) {
        fs->n_pending--;
    }
    if (slot->state == FLOW_SLOT_PENDING || slot->state == FLOW_SLOT_WAITING) {
        ovs_list_remove(&slot->list_node);
    }
    slot->state = FLOW_SLOT_CLEAN;
}

void
flow_slots_update(struct flow_slots *fs, struct flow_slot *slot)
{
    struct desired_flow *flow;
    bool waits;

    if (slot->state == FLOW_SLOT_SENT) {
        return;
    }

    flow = get_wanted(fs, slot, &waits);
    if (flow && slot->installed && flow != slot->installed
        && desired_flow_same_cookie(flow, slot->installed)
        && desired_flow_same_instructions(flow, slot->installed)) {
        set_installed(fs, slot, flow);
    }

    if (flow != slot->installed) {
        bool early = !slot->installed && !flow->needs_others;

        unlink_slot(fs, slot);
        slot->state = FLOW_SLOT_PENDING;
        ovs_list_push_back(early ? &fs->early : &fs->pending,
                           &slot->list_node);
        fs->n_pending++;
    } else if (waits) {
        unlink_slot(fs, slot);
        slot->state = FLOW_SLOT_WAITING;
        ovs_list_push_back(&fs->waiting, &slot->list_node);
    } else {
        unlink_slot(fs, slot);
        if (!slot->installed && !flow_slot_get_claim(slot)) {
            hmap_remove(&fs->by_key, &slot->node);
            free(slot);
        } else if (has_only(slot, slot->installed)) {
            fold(fs, slot);
        }
    }
}

/* What the switch has. */

void
flow_slots_add_installed(struct flow_slots *fs, struct desired_flow *flow)
{
    struct flow_slot *slot = flow_slots_get(fs, flow);

    set_installed(fs, slot, flow);
    flow_slots_update(fs, slot);
    desired_flow_unref(flow);
}

void
flow_slots_remove_installed(struct flow_slots *fs,
                            const struct desired_flow *flow)
{
    struct flow_slot *slot = flow_slots_find(fs, flow);

    if (slot) {
        set_installed(fs, slot, NULL);
        flow_slots_update(fs, slot);
    }
}

void
flow_slots_forget_installed(struct flow_slots *fs)
{
    struct desired_flow *flow;
    struct flow_slot *slot;

    HMAP_FOR_EACH_SAFE (slot, node, &fs->by_key) {
        set_installed(fs, slot, NULL);
        flow_slots_update(fs, slot);
    }
    HMAP_FOR_EACH_SAFE (flow, node, &fs->alone) {
        slot = unfold(fs, flow);
        set_installed(fs, slot, NULL);
        flow_slots_update(fs, slot);
    }
}

/* The TLV map. */

static bool
flow_uses(const struct desired_flow *flow, uint64_t mask)
{
    return flow && desired_flow_get_tlv(flow) & mask;
}

/* Updates what uses indices that are not ready any more.  What is under way is
 * looked at when it has arrived. */
static void
lose_indices(struct flow_slots *fs, uint64_t lost)
{
    struct desired_flow *flow;
    struct flow_slot *slot;

    HMAP_FOR_EACH_SAFE (slot, node, &fs->by_key) {
        if (flow_uses(slot->installed, lost)
            || flow_uses(flow_slot_get_claim(slot), lost)) {
            flow_slots_update(fs, slot);
        }
    }
    HMAP_FOR_EACH_SAFE (flow, node, &fs->alone) {
        if (!flow->under_way && flow_uses(flow, lost)) {
            flow_slots_update(fs, unfold(fs, flow));
        }
    }
}

void
flow_slots_set_ready(struct flow_slots *fs, uint64_t ready)
{
    uint64_t lost = fs->tlv_ready & ~ready;
    uint64_t gained = ready & ~fs->tlv_ready;
    struct flow_slot *slot;

    fs->tlv_ready = ready;
    if (lost) {
        lose_indices(fs, lost);
    }
    if (gained) {
        struct ovs_list waiting;

        /* Those that wait for something else go back to 'fs->waiting'. */
        ovs_list_init(&waiting);
        ovs_list_push_back_all(&waiting, &fs->waiting);
        LIST_FOR_EACH_SAFE (slot, list_node, &waiting) {
            flow_slots_update(fs, slot);
        }
    }
}

/* Changes. */

static void
append(struct flow_slots *fs, struct flow_changes *changes,
       struct flow_slot *slot, struct desired_flow *flow,
       struct desired_flow *old)
{
    if (changes->n >= changes->allocated) {
        changes->array = x2nrealloc(changes->array, &changes->allocated,
                                    sizeof *changes->array);
    }
    desired_flow_ref(flow ? flow : old);
    if (!slot->installed && has_only(slot, flow)) {
        flow->under_way = true;
        fold(fs, slot);
        slot = NULL;
    } else {
        slot->sent = flow ? flow : old;
        slot->state = FLOW_SLOT_SENT;
        slot->refused = false;
    }
    changes->array[changes->n++] = (struct flow_change) {
        .slot = slot,
        .flow = flow,
    };
}

/* Takes those slots of 'list' where a flow is wanted, or the others. */
static void
take_list(struct flow_slots *fs, struct ovs_list *list, bool wanted,
          struct flow_changes *changes)
{
    struct flow_slot *slot;

    LIST_FOR_EACH_SAFE (slot, list_node, list) {
        bool waits;
        struct desired_flow *flow = get_wanted(fs, slot, &waits);

        if (wanted == (flow != NULL)) {
            unlink_slot(fs, slot);
            append(fs, changes, slot, flow, slot->installed);
        }
    }
}

void
flow_slots_take_early(struct flow_slots *fs, struct flow_changes *changes)
{
    take_list(fs, &fs->early, true, changes);
}

/* Returns the slot of a change that is under way; NULL if a later one is for
 * that, or if its flow is still alone. */
static struct flow_slot *
find_slot_of_change(const struct flow_slots *fs, const struct flow_change *c)
{
    return (c->slot ? c->slot
            : c->flow->under_way && !c->flow->alone ? find_slot(fs, c->flow)
            : NULL);
}

/* Appends what makes good those of the first 'n' changes that are not wanted
 * any more as they were sent: those with a flow, or the others.  What is
 * alone, is wanted: no flow that uses an index is sent early. */
static void
take_corrections(struct flow_slots *fs, size_t n, bool wanted,
                 struct flow_changes *changes)
{
    for (size_t i = 0; i < n; i++) {
        struct flow_slot *slot = find_slot_of_change(fs, &changes->array[i]);
        struct desired_flow *sent = changes->array[i].flow;
        bool waits;
        struct desired_flow *flow = slot ? get_wanted(fs, slot, &waits) : NULL;

        if (slot && flow != sent && wanted == (flow != NULL)) {
            append(fs, changes, slot, flow, sent);
            changes->array[i].slot = NULL;
            sent->under_way = false;
        }
    }
}

void
flow_slots_take_rest(struct flow_slots *fs, struct flow_changes *changes)
{
    size_t n = changes->n;

    take_list(fs, &fs->pending, false, changes);
    take_corrections(fs, n, false, changes);
    take_corrections(fs, n, true, changes);
    take_list(fs, &fs->early, true, changes);
    take_list(fs, &fs->pending, true, changes);
}

struct flow_change *
flow_slots_take_changes(struct flow_slots *fs, size_t *n)
{
    struct flow_changes changes = { .n = 0 };

    flow_slots_take_rest(fs, &changes);
    *n = changes.n;
    return changes.array;
}

void
flow_slots_refuse_change(struct flow_slots *fs, const struct flow_change *c)
{
    struct flow_slot *slot = (!c->slot && c->flow->alone
                              ? unfold(fs, c->flow)
                              : find_slot_of_change(fs, c));

    if (slot) {
        slot->refused = true;
    }
}

/* If the change is of a flow that is still alone and stays so, takes over the
 * reference and returns true. */
static bool
finish_alone(struct flow_slots *fs, const struct flow_change *c,
             bool committed)
{
    struct desired_flow *flow = c->flow;

    if (c->slot || !flow->alone || !flow->under_way) {
        return false;
    } else if (!committed || !is_ready(fs, flow)) {
        unfold(fs, flow);
        return false;
    }
    flow->under_way = false;
    fs->n_installed++;
    count_uses(fs, flow, 1);
    return true;
}

static void
finish_change(struct flow_slots *fs, const struct flow_change *c,
              bool committed)
{
    struct desired_flow *flow = flow_change_get_flow(c);
    struct flow_slot *slot = find_slot_of_change(fs, c);

    flow->under_way = false;
    if (slot) {
        slot->state = FLOW_SLOT_CLEAN;
        if (committed && !slot->refused) {
            set_installed(fs, slot, c->flow);
        }
        flow_slots_update(fs, slot);
    }
    desired_flow_unref(flow);
}

void
flow_slots_finish_changes(struct flow_slots *fs, struct flow_change *changes,
                          size_t n, bool committed)
{
    for (size_t i = 0; i < n; i++) {
        if (!finish_alone(fs, &changes[i], committed)) {
            finish_change(fs, &changes[i], committed);
        }
    }
    free(changes);
}
