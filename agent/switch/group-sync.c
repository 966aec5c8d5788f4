/* The difference between the groups that are wanted and those that are there.
 *
 * A flow that names a group can be added only once the group is there, and
 * goes, without a word, with the group.  Groups travel in the bundle of the
 * flows, so both change at once: those that are wanted come before the flows,
 * and those that are not come after them.  A change is "add or modify", which
 * succeeds whatever somebody else did, and flows that name the group stay.
 *
 * Nothing in a group says whose it is.  Ours are those with ids from
 * FLOW_OWNER_GROUP_FIRST to FLOW_OWNER_GROUP_LAST.
 *
 * A group is compared and sent as a whole.  Its buckets have ids, so a change
 * of one of many can become an insert_bucket or remove_bucket here, without
 * anybody else's knowing.
 *
 * Invariants:
 *
 *   - Between group_sync_take_changes() and group_sync_finish_changes() a slot
 *     that is under way is on no list, whatever happens to it meanwhile.
 *   - Else it is in 'wrong' if it is wanted, not as wanted, and not refused or
 *     tried again.
 *   - Else it is in 'surplus' if it is there, not wanted, and likewise.
 *   - One that is neither wanted nor there is freed. */

#include <config.h>

#include "agent/switch/group-sync.h"

#include <inttypes.h>
#include <stdlib.h>

#include "agent/switch/desired-group.h"
#include "agent/switch/flow-owner.h"
#include "util.h"

void
group_sync_init(struct group_sync *gs)
{
    *gs = (struct group_sync) { .n_refused = 0 };
    hmap_init(&gs->groups);
    ovs_list_init(&gs->wrong);
    ovs_list_init(&gs->surplus);
}

static struct group_slot *
find(const struct group_sync *gs, uint32_t id)
{
    struct group_slot *slot;

    HMAP_FOR_EACH_WITH_HASH (slot, node, id, &gs->groups) {
        return slot;
    }
    return NULL;
}

static struct group_slot *
find_or_create(struct group_sync *gs, uint32_t id)
{
    struct group_slot *slot = find(gs, id);

    if (!slot) {
        slot = xzalloc(sizeof *slot);
        slot->id = id;
        ovs_list_init(&slot->list_node);
        hmap_insert(&gs->groups, &slot->node, id);
    }
    return slot;
}

static void
unlink_slot(struct group_slot *slot)
{
    ovs_list_remove(&slot->list_node);
    ovs_list_init(&slot->list_node);
}

static void
slot_destroy(struct group_sync *gs, struct group_slot *slot)
{
    unlink_slot(slot);
    hmap_remove(&gs->groups, &slot->node);
    free(slot->wanted);
    free(slot->installed);
    free(slot);
}

void
group_sync_destroy(struct group_sync *gs)
{
    struct group_slot *slot;

    HMAP_FOR_EACH_SAFE (slot, node, &gs->groups) {
        slot_destroy(gs, slot);
    }
    hmap_destroy(&gs->groups);
}

static void
set_error(struct group_sync *gs, struct group_slot *slot, enum ofperr error)
{
    int more = !!error - !!slot->error;

    gs->n_refused += more;
    gs->refusal_seq += more != 0;
    if (slot->owner) {
        slot->owner->n_refused += more;
    }
    slot->error = error;
    slot->retried = false;
}

static bool
is_right(const struct group_slot *slot)
{
    return (slot->wanted && slot->installed
            ? desired_group_equals(slot->wanted, slot->installed)
            : slot->wanted == slot->installed);
}

/* Puts 'slot' where it belongs, unless it is under way.  May free it. */
static void
update(struct group_sync *gs, struct group_slot *slot)
{
    if (slot->is_sent) {
        return;
    }
    unlink_slot(slot);
    if (!slot->wanted && !slot->installed) {
        slot_destroy(gs, slot);
    } else if (is_right(slot)) {
        set_error(gs, slot, 0);
    } else if (!slot->error || slot->retried) {
        ovs_list_push_back(slot->wanted ? &gs->wrong : &gs->surplus,
                           &slot->list_node);
    }
}

/* What is wanted. */

static void
set_owner(struct group_slot *slot, struct flow_owner *owner)
{
    if (slot->owner) {
        slot->owner->n_groups--;
    }
    slot->owner = owner;
    if (owner) {
        owner->n_groups++;
    }
}

static void
unset(struct group_sync *gs, struct group_slot *slot)
{
    set_error(gs, slot, 0);
    set_owner(slot, NULL);
    free(slot->wanted);
    slot->wanted = NULL;
    update(gs, slot);
}

bool
group_sync_set(struct group_sync *gs, struct desired_group *group,
               struct flow_owner *owner)
{
    struct group_slot *slot = find_or_create(gs, group->id);

    if (slot->wanted && slot->owner == owner
        && desired_group_equals(slot->wanted, group)) {
        free(group);
        return false;
    }
    set_error(gs, slot, 0);
    set_owner(slot, owner);
    free(slot->wanted);
    slot->wanted = group;
    update(gs, slot);
    return true;
}

bool
group_sync_unset(struct group_sync *gs, uint32_t id,
                 const struct flow_owner *owner)
{
    struct group_slot *slot = find(gs, id);

    if (!slot || !slot->owner || slot->owner != owner) {
        return false;
    }
    unset(gs, slot);
    return true;
}

bool
group_sync_unset_all(struct group_sync *gs, const struct flow_owner *owner)
{
    bool any = owner->n_groups > 0;
    struct group_slot *slot;

    if (any) {
        HMAP_FOR_EACH_SAFE (slot, node, &gs->groups) {
            if (slot->owner == owner) {
                unset(gs, slot);
            }
        }
    }
    return any;
}

const struct desired_group *
group_sync_get(const struct group_sync *gs, uint32_t id)
{
    const struct group_slot *slot = find(gs, id);

    return slot ? slot->wanted : NULL;
}

/* What the switch has. */

static void
set_installed(struct group_slot *slot, struct desired_group *group)
{
    free(slot->installed);
    slot->installed = group;
}

void
group_sync_forget_installed(struct group_sync *gs)
{
    struct group_slot *slot;

    HMAP_FOR_EACH_SAFE (slot, node, &gs->groups) {
        set_installed(slot, NULL);
        set_error(gs, slot, 0);
        update(gs, slot);
    }
}

void
group_sync_begin_reading(struct group_sync *gs)
{
    struct group_slot *slot;

    HMAP_FOR_EACH (slot, node, &gs->groups) {
        slot->seen = false;
    }
}

bool
group_sync_add_installed(struct group_sync *gs, struct desired_group *group)
{
    struct group_slot *slot = find_or_create(gs, group->id);
    bool changed = (!slot->installed
                    || !desired_group_equals(slot->installed, group));

    slot->seen = true;
    set_installed(slot, group);
    update(gs, slot);
    return changed;
}

unsigned int
group_sync_end_reading(struct group_sync *gs)
{
    unsigned int n_lost = 0;
    struct group_slot *slot;

    HMAP_FOR_EACH_SAFE (slot, node, &gs->groups) {
        if (slot->installed && !slot->seen) {
            n_lost++;
            set_installed(slot, NULL);
            update(gs, slot);
        }
    }
    return n_lost;
}

/* Changes. */

bool
group_sync_may_take(const struct group_sync *gs)
{
    return (!ovs_list_is_empty(&gs->wrong)
            || !ovs_list_is_empty(&gs->surplus));
}

/* Takes all slots of 'list' into 'changes'. */
static size_t
take_list(struct ovs_list *list, struct group_change *changes)
{
    size_t n = 0;
    struct group_slot *slot;

    LIST_FOR_EACH_POP (slot, list_node, list) {
        const struct desired_group *group = slot->wanted;

        ovs_list_init(&slot->list_node);
        slot->is_sent = true;
        slot->sent_refused = false;
        changes[n++] = (struct group_change) {
            .slot = slot,
            .group = (group ? xmemdup(group, sizeof *group + group->len)
                      : NULL),
        };
    }
    return n;
}

struct group_change *
group_sync_take_changes(struct group_sync *gs, size_t *n_sets, size_t *n)
{
    size_t max = ovs_list_size(&gs->wrong) + ovs_list_size(&gs->surplus);
    struct group_change *changes = xmalloc(max * sizeof *changes);

    *n_sets = take_list(&gs->wrong, changes);
    *n = *n_sets + take_list(&gs->surplus, changes + *n_sets);
    return changes;
}

void
group_sync_refuse(struct group_sync *gs, struct group_change *change,
                  enum ofperr error)
{
    struct group_slot *slot = change->slot;

    slot->sent_refused = true;
    /* What is wanted by now may be something else, which was not refused. */
    if (change->group && slot->wanted
        ? desired_group_equals(change->group, slot->wanted)
        : !change->group && !slot->wanted) {
        set_error(gs, slot, error);
    }
}

size_t
group_sync_finish_changes(struct group_sync *gs, struct group_change *changes,
                          size_t n, bool committed)
{
    size_t n_accepted = 0;

    for (size_t i = 0; i < n; i++) {
        struct group_slot *slot = changes[i].slot;

        slot->is_sent = false;
        if (committed && !slot->sent_refused) {
            n_accepted += slot->retried;
            set_installed(slot, changes[i].group);
        } else {
            free(changes[i].group);
        }
        update(gs, slot);
    }
    free(changes);
    return n_accepted;
}

void
group_sync_retry(struct group_sync *gs)
{
    struct group_slot *slot;

    HMAP_FOR_EACH_SAFE (slot, node, &gs->groups) {
        if (slot->error && !slot->retried) {
            slot->retried = true;
            update(gs, slot);
        }
    }
}

void
group_sync_for_each_error(const struct group_sync *gs,
                          void (*cb)(const char *name, const char *error,
                                     void *aux), void *aux)
{
    const struct group_slot *slot;

    if (!gs->n_refused) {
        return;                     /* Asked in every turn, of many groups. */
    }
    HMAP_FOR_EACH (slot, node, &gs->groups) {
        if (slot->error) {
            char *owner = (slot->owner ? flow_owner_get_name(slot->owner)
                           : xstrdup("nobody"));
            char *error = xasprintf("group %"PRIu32": %s", slot->id,
                                    ofperr_to_string(slot->error));

            cb(owner, error, aux);
            free(owner);
            free(error);
        }
    }
}
