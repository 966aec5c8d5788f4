/* What flows are wanted, what flows the switch has, and the difference.
 *
 * Pure bookkeeping, without I/O: ofctrl feeds it and sends the difference. */
#ifndef GA_FLOW_TABLE_H
#define GA_FLOW_TABLE_H 1

#include "agent/switch/desired-flow.h"
#include "agent/switch/ofctrl.h"

#define FLOW_TABLE_N_TLV 64

/* A place in the switch's tables: a table, priority and match. */
struct flow_slot {
    struct hmap_node node;          /* In struct flow_table's 'slots'. */
    struct ovs_list claims;         /* Contains "struct desired_flow"s.  The
                                     * first counts, the others are refused. */
    struct desired_flow *installed; /* What the switch has, or NULL. */
    struct desired_flow *sent;      /* What is under way, or NULL. */
    struct ovs_list list_node;      /* In 'pending' or 'waiting'. */
    enum {
        FLOW_SLOT_CLEAN,            /* As wanted, or nothing can be done. */
        FLOW_SLOT_PENDING,          /* To be sent; in 'pending'. */
        FLOW_SLOT_WAITING,          /* For the TLV map; in 'waiting'. */
        FLOW_SLOT_SENT,             /* Part of changes that are under way. */
    } state;
};

/* Why a flow that is wanted is not in the switch. */
struct flow_refusal {
    struct ovs_list node;           /* In struct flow_table's 'refusals'. */
    struct desired_flow *flow;
    enum flow_refusal_reason {
        REFUSED_BY_SWITCH,          /* Until replaced or reconnected. */
        REFUSED_CONFLICT,           /* Until the other flow goes. */
        REFUSED_TLV,                /* Until the TLV map has the option. */
        REFUSED_SIZE,               /* Until replaced. */
    } reason;
    char *message;
};

struct flow_table {
    struct hmap slots;              /* Contains "struct flow_slot"s. */
    struct ovs_list pending;        /* Contains "struct flow_slot"s. */
    struct ovs_list waiting;        /* Contains "struct flow_slot"s. */
    struct ovs_list refusals;       /* Oldest first. */
    size_t n_desired, n_installed, n_pending;

    /* Indices that flows may use in the end, and those that the switch maps
     * as wanted now.  Flows that use others wait, or are refused if 'usable'
     * lacks one. */
    uint64_t tlv_usable, tlv_ready;
    unsigned int n_using[FLOW_TABLE_N_TLV]; /* Installed flows, by index. */
};

/* A flow_mod: adds or replaces 'flow', or, if that is NULL, deletes 'old'. */
struct flow_change {
    struct flow_slot *slot;
    struct desired_flow *flow;
    struct desired_flow *old;
};

void flow_table_init(struct flow_table *);
void flow_table_destroy(struct flow_table *);

bool flow_table_replace(struct flow_table *, struct flow_owner *,
                        struct flow_list *);

void flow_table_forget_installed(struct flow_table *);
void flow_table_add_installed(struct flow_table *, struct desired_flow *);

void flow_table_set_tlv(struct flow_table *, uint64_t usable, uint64_t ready);
void flow_table_check_waiting(struct flow_table *);

struct flow_change *flow_table_take_changes(struct flow_table *, size_t *n);
void flow_table_finish_changes(struct flow_table *, struct flow_change *,
                               size_t n, bool committed);
void flow_table_refuse(struct flow_table *, struct desired_flow *,
                       const char *message);

void flow_table_for_each_error(const struct flow_table *,
                               void (*cb)(const char *name,
                                          const char *error, void *aux),
                               void *aux);

#endif /* agent/switch/flow-table.h */
