/* Groups of remotes that want the same of their plan.
 *
 * Ten thousand remotes have a handful of different wishes, so plans are for
 * groups, and a remote that changes its mind goes from one group to another:
 * what that costs does not depend on the number of remotes, nor on that of
 * groups. */
#ifndef GA_WISH_GROUPS_H
#define GA_WISH_GROUPS_H 1

#include "lib/planner.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"

/* WISH_NEW: nobody has decided about it.
 * WISH_PLACED: a plan serves it.
 * WISH_BEYOND: no plan is left for it. */
enum wish_place { WISH_NEW, WISH_PLACED, WISH_BEYOND, WISH_N_PLACES };

struct wish_group {
    struct hmap_node node;          /* In struct wish_groups's 'groups'. */
    struct ovs_list place_node;     /* In its 'places[place]'. */
    uint64_t id;                    /* No other group has had it. */
    enum wish_place place;
    void *plan;                     /* If WISH_PLACED: the caller's. */
    struct plan_wish *wishes;       /* Sorted, no two of them alike. */
    size_t n_wishes;
    struct ovs_list members;        /* Contains "struct wish_member"s. */
    size_t n_members;               /* At least one. */
};

/* To be embedded in what stands for a remote; all-zero: in no group. */
struct wish_member {
    struct ovs_list node;           /* In 'group''s 'members'. */
    struct wish_group *group;       /* NULL: it has no wish. */
};

struct wish_groups {
    struct hmap groups;
    uint64_t next_id;               /* 0 is nobody's. */
    struct ovs_list places[WISH_N_PLACES];
    size_t n_members[WISH_N_PLACES]; /* Of all groups in each place. */
};

void wish_groups_init(struct wish_groups *);

/* The members must be in no group any more. */
void wish_groups_destroy(struct wish_groups *);

/* Puts 'member' where others have the same 'n' wishes, which are copied, or
 * in no group if none of them demands anything.  Returns its group, a
 * WISH_NEW one if it is the first there, or NULL.  A group that has lost its
 * last member is freed. */
struct wish_group *wish_groups_set(struct wish_groups *, struct wish_member *,
                                   const struct plan_wish *, size_t n);

/* Notes where 'group' is; 'plan' is kept for the caller. */
void wish_groups_place(struct wish_groups *, struct wish_group *,
                       enum wish_place, void *plan);

/* For qsort() of pointers to groups: those with most members first, and an
 * order of the wishes among equals, whoever came first. */
int wish_group_compare(const void *a, const void *b);

/* What the planner is told about 'group'. */
struct plan_remote wish_group_as_remote(const struct wish_group *);

#endif /* lib/wish-groups.h */
