/* Who wants which flows, which of these cannot be had and why; with
 * flow-slots.h, what flows the switch has and how it differs from that.
 *
 * Pure bookkeeping, without I/O: ofctrl feeds it and sends the difference. */
#ifndef GA_FLOW_TABLE_H
#define GA_FLOW_TABLE_H 1

#include "agent/switch/flow-slots.h"

struct flow_list;
struct flow_owner;

/* Why a flow that is wanted is not in the switch. */
struct flow_refusal {
    struct ovs_list node;           /* In struct flow_table's 'refusals'. */
    struct hmap_node by_flow;       /* In struct flow_table's
                                     * 'refusals_by_flow'. */
    struct desired_flow *flow;
    enum flow_refusal_reason {
        REFUSED_BY_SWITCH,          /* Until replaced, reconnected, or taken
                                     * when it is tried again. */
        REFUSED_CONFLICT,           /* Until the other flow goes. */
        REFUSED_TLV,                /* Until the TLV map has the option. */
        REFUSED_SIZE,               /* Until replaced. */
    } reason;
    char *message;
};

struct flow_table {
    struct flow_slots slots;
    struct ovs_list refusals;       /* Oldest first. */
    struct hmap refusals_by_flow;   /* By the flow's address. */
    uint64_t refusal_seq;           /* Changes with 'refusals'. */
    size_t n_desired;               /* Flows that are wanted, refused ones
                                     * included. */
    uint64_t tlv_usable;            /* 1-bits: indices that the TLV map has or
                                     * will have.  A flow that needs another is
                                     * refused. */
};

void flow_table_init(struct flow_table *);

/* All owners must be gone and no changes under way. */
void flow_table_destroy(struct flow_table *);

/* Makes the owner want just the flows of 'list', which is emptied.  Flows that
 * it wants already are left alone, unless the switch had refused them.
 * Returns whether that changed anything. */
bool flow_table_replace(struct flow_table *, struct flow_owner *,
                        struct flow_list *list);

/* The connection is gone: nothing is known of the switch, nor which flows it
 * refuses.  No changes may be under way. */
void flow_table_forget_installed(struct flow_table *);

/* Sets the indices that flows may use now ('ready', see struct flow_slots),
 * and those of them and of the others that are worth waiting for ('usable').
 * If indices are only gained, this costs what waits for them. */
void flow_table_set_tlv(struct flow_table *, uint64_t usable, uint64_t ready);

/* Refuses the flows that wait for indices which are not usable. */
void flow_table_check_waiting(struct flow_table *);

/* The switch refused 'flow', for the reason in 'message'.  Ignored if nobody
 * wants it any more. */
void flow_table_refuse(struct flow_table *, struct desired_flow *flow,
                       const char *message);

/* Wants up to 'max' flows again that the switch refused, the one first that
 * was refused first.  They stay refused until they are accepted.  Returns how
 * many there are. */
size_t flow_table_retry(struct flow_table *, size_t max);

/* The switch has taken 'flow'.  Returns whether it had refused it before. */
bool flow_table_accept(struct flow_table *, struct desired_flow *flow);

/* Calls 'cb' for each refusal, with the owner's name. */
void flow_table_for_each_error(const struct flow_table *,
                               void (*cb)(const char *name,
                                          const char *error, void *aux),
                               void *aux);

#endif /* agent/switch/flow-table.h */
