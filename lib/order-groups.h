/* Groups of remotes that have the same order constraints.
 *
 * Ten thousand remotes have a handful of different constraints, so plans are
 * made for groups.  A remote whose constraints change moves from one group to
 * another, at a cost that depends neither on the number of remotes nor on the
 * number of groups. */
#ifndef GA_ORDER_GROUPS_H
#define GA_ORDER_GROUPS_H 1

#include "lib/planner.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"

/* ORDER_NEW: nobody has decided about it.
 * ORDER_PLACED: a plan serves it.
 * ORDER_BEYOND: no plan is left for it. */
enum order_place { ORDER_NEW, ORDER_PLACED, ORDER_BEYOND, ORDER_N_PLACES };

struct order_group {
    struct hmap_node node;          /* In struct order_groups's 'groups'. */
    struct ovs_list place_node;     /* In its 'places[place]'. */
    uint64_t id;                    /* Never reused. */
    enum order_place place;
    void *plan;                     /* If ORDER_PLACED: the caller's. */
    struct order_constraint *constraints; /* Sorted, each once. */
    size_t n_constraints;
    struct ovs_list members;        /* Contains "struct order_member"s. */
    size_t n_members;               /* At least one. */
};

/* To be embedded in what stands for a remote; all-zero: in no group. */
struct order_member {
    struct ovs_list node;           /* In 'group''s 'members'. */
    struct order_group *group;      /* NULL: it has no constraint. */
};

struct order_groups {
    struct hmap groups;
    uint64_t next_id;               /* 0 is nobody's. */
    struct ovs_list places[ORDER_N_PLACES];
    size_t n_members[ORDER_N_PLACES]; /* Of all groups in each place. */
};

void order_groups_init(struct order_groups *);

/* All members must have left their groups. */
void order_groups_destroy(struct order_groups *);

/* Puts 'member' where others have the same 'n' constraints, which are copied,
 * or in no group if none of them demands anything.  Returns its group, an
 * ORDER_NEW one if it is the first there, or NULL.  A group that has lost its
 * last member is freed. */
struct order_group *order_groups_set(struct order_groups *,
                                     struct order_member *,
                                     const struct order_constraint *,
                                     size_t n);

/* Moves 'group' to a place.  With ORDER_PLACED, 'plan' is kept in it for the
 * caller. */
void order_groups_place(struct order_groups *, struct order_group *,
                        enum order_place, void *plan);

/* For qsort() of pointers to groups: those with most members first; among
 * equals an order of the constraints, which does not depend on who came
 * first. */
int order_group_compare(const void *a, const void *b);

/* The group as the planner's input.  Points into the group. */
struct plan_remote order_group_as_remote(const struct order_group *);

/* The constraints of the 'n' groups one after the other, as those of one
 * remote, for the planner.  The caller frees its 'constraints', not what they
 * point to. */
struct plan_remote order_groups_join(struct order_group **, size_t n);

#endif /* lib/order-groups.h */
