/* What flows the switch has, which of those that are wanted it should have
 * now, and the difference between the two.
 *
 * There is a slot for each place in the switch's tables (table, priority and
 * match) where a flow is or should be, but for those of a flow that is alone:
 * one that the switch has as it is wanted, or will have once what is under way
 * has arrived, and that nobody else claims.  These are nearly all.  Who wants
 * what is flow-table.c's business: it puts claims on slots, and may refuse a
 * flow.
 *
 * Pure bookkeeping, without I/O. */
#ifndef GA_FLOW_SLOTS_H
#define GA_FLOW_SLOTS_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/hmap.h"
#include "openvswitch/list.h"

struct desired_flow;

#define FLOW_SLOTS_N_TLV 64

struct flow_slot {
    struct hmap_node node;          /* In struct flow_slots' 'by_key'. */
    struct desired_flow *claims;    /* Linked by 'next'.  The first counts,
                                     * the others are refused. */
    struct desired_flow *installed; /* What the switch has, or NULL. */
    union {
        struct ovs_list list_node;  /* PENDING, WAITING: in 'early', 'pending'
                                     * or 'waiting'. */
        struct desired_flow *sent;  /* SENT: what is under way. */
    };
    enum {
        FLOW_SLOT_CLEAN,            /* As wanted, or nothing can be done. */
        FLOW_SLOT_PENDING,          /* To be sent; in 'early' or 'pending'. */
        FLOW_SLOT_WAITING,          /* For the TLV map; in 'waiting'. */
        FLOW_SLOT_SENT,             /* Part of changes that are under way. */
    } state;
    bool refused;                   /* SENT: the switch refused it. */
};

struct flow_slots {
    struct hmap alone;              /* Contains "struct desired_flow"s. */
    struct hmap by_key;             /* Contains "struct flow_slot"s: those of
                                     * all other places. */
    struct ovs_list early;          /* Contains "struct flow_slot"s, with a
                                     * flow for a place where none was, which
                                     * can be added whatever else there is. */
    struct ovs_list pending;        /* Contains the other "struct
                                     * flow_slot"s. */
    struct ovs_list waiting;        /* Contains "struct flow_slot"s. */
    size_t n_installed;
    size_t n_pending;
    uint64_t tlv_ready;             /* 1-bits: indices that the switch maps as
                                     * wanted.  Flows that use others wait. */
    unsigned int n_using[FLOW_SLOTS_N_TLV]; /* Installed flows, by index. */
};

void flow_slots_init(struct flow_slots *);

/* All claims must be gone and no changes under way. */
void flow_slots_destroy(struct flow_slots *);

/* Returns the slot with the key of 'flow', a new one if there is none.  Unless
 * the caller claims or installs something there, it must call
 * flow_slots_update(). */
struct flow_slot *flow_slots_get(struct flow_slots *,
                                 const struct desired_flow *);

/* Returns a new slot with the key of 'flow': there is none yet.  As to what
 * the caller must do, see flow_slots_get(). */
struct flow_slot *flow_slots_add(struct flow_slots *,
                                 const struct desired_flow *);

/* Returns the slot with the key of 'flow', or NULL.  A flow that is alone gets
 * one: unless the caller changes anything there, it should look for that
 * first. */
struct flow_slot *flow_slots_find(struct flow_slots *,
                                  const struct desired_flow *flow);

/* Returns the flow that is alone and has the key of 'flow', or NULL.  It is
 * not refused. */
struct desired_flow *flow_slots_find_alone(const struct flow_slots *,
                                           const struct desired_flow *flow);

/* Returns the claim that counts, NULL if nobody wants a flow there. */
static inline struct desired_flow *
flow_slot_get_claim(const struct flow_slot *slot)
{
    return slot->claims;
}

/* To be called after each change of the slot's claims, or of whether the first
 * one is refused: finds out what is to be done now.  May free the slot. */
void flow_slots_update(struct flow_slots *, struct flow_slot *);

/* The switch said that it has 'flow', of which a reference is taken over. */
void flow_slots_add_installed(struct flow_slots *, struct desired_flow *flow);

/* The switch said that it has no flow with the key of 'flow' any more, or that
 * there is one that is not ours. */
void flow_slots_remove_installed(struct flow_slots *,
                                 const struct desired_flow *flow);

/* Nothing is known of the switch any more.  No changes may be under way. */
void flow_slots_forget_installed(struct flow_slots *);

/* Sets 'tlv_ready'.  If indices are only gained, this costs what waits for
 * them. */
void flow_slots_set_ready(struct flow_slots *, uint64_t ready);

/* Changes. */

/* A flow_mod: adds or replaces 'flow', or, if that is NULL, deletes what is
 * 'sent' in 'slot'.  A reference to that flow comes with it. */
struct flow_change {
    struct flow_slot *slot;         /* NULL: if 'flow' is 'under_way' it was
                                     * alone, else a later one is for its slot,
                                     * too.  Never for a deletion. */
    struct desired_flow *flow;
};

/* The flow that 'change' adds, replaces or deletes. */
static inline struct desired_flow *
flow_change_get_flow(const struct flow_change *change)
{
    return change->flow ? change->flow : change->slot->sent;
}

/* Returns what has to be sent, '*n' changes, deletions first: should two keys
 * that differ for us be one for the switch, the flow that is wanted comes
 * last.  The caller sends all of them and passes them to
 * flow_slots_finish_changes(); until then no others may be taken. */
struct flow_change *flow_slots_take_changes(struct flow_slots *, size_t *n);

/* Changes on the way before all that is wanted is known: any number of times
 * those of 'early', and at last all the rest.  What is wanted otherwise by
 * then than when it was taken is among the rest once more, and the later
 * change counts.  Those of flow_slots_take_rest() come in the order above. */
struct flow_changes {
    struct flow_change *array;
    size_t n, allocated;
};

void flow_slots_take_early(struct flow_slots *, struct flow_changes *);
void flow_slots_take_rest(struct flow_slots *, struct flow_changes *);

/* The switch refused this change: it is not applied, be the others committed.
 * What the switch has in that place stays as it is. */
void flow_slots_refuse_change(struct flow_slots *,
                              const struct flow_change *);

/* The 'n' changes, but for those that were refused, were applied if
 * 'committed', else none of them.  Frees them.  After
 * flow_slots_take_early(), if one was refused, none may be committed. */
void flow_slots_finish_changes(struct flow_slots *, struct flow_change *,
                               size_t n, bool committed);

#endif /* agent/switch/flow-slots.h */
