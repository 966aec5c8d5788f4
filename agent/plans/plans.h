/* Further plans: remotes whose order the base plan cannot send.
 *
 * The integration bridge receives everything and sends the base plan
 * (lib/tlv-plan.h).  Each further plan is a send-only bridge behind a patch
 * port with a TLV map of its own.  A packet for a remote of plan K goes
 * through the patch port; its pkt_mark has the port of its endpoint and a
 * number for the remote.  From the port, the plan's bridge knows which options
 * to set; from the number, which of them to take away because they were not
 * negotiated.  RFC 9638, section 6.7: "place different sets of extensions in
 * different packets, and perhaps in different order".
 *
 *     plans             the state that the others share          (here)
 *     send-plan         a further plan: its bridge, its order
 *     send-leg          what one remote has on such a bridge
 *     plan-base-order   the order of the base plan
 *     plan-place        places for groups of remotes
 *     plan-merge        fewer plans than there are
 *     plan-assign       which plan serves whom: calls the three above
 *     flows/plan-flows  flows and ports of the plans' bridges
 *     flows/encap-stage how a remote goes from one plan to another */
#ifndef GA_PLANS_H
#define GA_PLANS_H 1

#include <stdbool.h>
#include <stdint.h>

#include "hmapx.h"
#include "lib/order-groups.h"
#include "openvswitch/list.h"

struct agent;

/* At most this many plans at once, the base plan included. */
#define PLANS_MAX 16

struct plans {
    struct ovs_list plans;          /* Contains "struct send_plan"s. */
    struct id_pool *remote_ids;     /* Numbers of remotes in pkt_mark. */
    struct hmapx moving;            /* m_encaps on their way to another
                                     * plan. */
    uint64_t last_serial;           /* Of the newest plan. */
    bool leftovers_taken;

    /* Which plan serves whom. */
    struct order_groups groups;
    struct hmapx changed;           /* m_nves whose constraints may have
                                     * changed. */
    struct hmapx to_charge;         /* m_nves that changed their order
                                     * themselves, and whose groups are new. */
    struct hmapx suppressed;        /* m_nves that change too often. */
    bool options_changed;           /* Look at every group again. */
    bool start_over;                /* Plan everything from nothing. */
    bool merge_wanted;              /* Fewer plans may do. */
    long long int next_merge;       /* time_msec(): not before. */
    bool base_was_free;             /* plan_base_order_is_free(), last time. */
};

struct plans *plans_create(void);

/* All further plans must have been destroyed. */
void plans_destroy(struct plans *);

/* The remote that is a member of a group, and the first one of a group. */
struct m_nve *plans_member_to_nve(const struct order_member *);
struct m_nve *plans_get_first(const struct order_group *);

#endif /* agent/plans/plans.h */
