/* Groups of remotes with equal order constraints.
 *
 * Constraints are brought to one form in which equal ones are equal arrays:
 * what demands nothing is left out, what follows a pinned front has no order
 * and is sorted, and so are the constraints themselves, none of them twice.  A
 * hash of that form finds the group.
 *
 * Invariant: each group is in the hash table, in the list of its place, and
 * has a member. */

#include <config.h>

#include "lib/order-groups.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "util.h"

void
order_groups_init(struct order_groups *groups)
{
    hmap_init(&groups->groups);
    groups->next_id = 1;
    for (int i = 0; i < ORDER_N_PLACES; i++) {
        ovs_list_init(&groups->places[i]);
        groups->n_members[i] = 0;
    }
}

void
order_groups_destroy(struct order_groups *groups)
{
    ovs_assert(hmap_is_empty(&groups->groups));
    hmap_destroy(&groups->groups);
}

/* One form for equal constraints. */

static int
compare_keys(const void *a_, const void *b_)
{
    const struct opt_key *a = a_;
    const struct opt_key *b = b_;

    return opt_key_compare(*a, *b);
}

static int
compare_constraints(const void *a_, const void *b_)
{
    const struct order_constraint *a = a_;
    const struct order_constraint *b = b_;

    if (a->kind != b->kind) {
        return a->kind < b->kind ? -1 : 1;
    } else if (a->n_options != b->n_options) {
        return a->n_options < b->n_options ? -1 : 1;
    }
    for (size_t i = 0; i < a->n_options; i++) {
        int cmp = opt_key_compare(a->options[i], b->options[i]);

        if (cmp) {
            return cmp;
        }
    }
    return 0;
}

static int
compare_arrays(const struct order_constraint *a, size_t n_a,
               const struct order_constraint *b, size_t n_b)
{
    if (n_a != n_b) {
        return n_a < n_b ? -1 : 1;
    }
    for (size_t i = 0; i < n_a; i++) {
        int cmp = compare_constraints(&a[i], &b[i]);

        if (cmp) {
            return cmp;
        }
    }
    return 0;
}

static void
constraints_destroy(struct order_constraint *constraints, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        order_constraint_destroy(&constraints[i]);
    }
    free(constraints);
}

/* Returns a copy of the 'n' constraints in the one form; stores their number
 * in '*n_copies'. */
static struct order_constraint *
normalize(const struct order_constraint *constraints, size_t n,
          size_t *n_copies)
{
    struct order_constraint *copies = xmalloc(MAX(n, 1) * sizeof *copies);
    size_t n_unique = 0, n_all = 0;

    for (size_t i = 0; i < n; i++) {
        const struct order_constraint *original = &constraints[i];
        struct order_constraint *copy = &copies[n_all];

        if (original->kind == RECV_ANY || original->n_options < 2) {
            continue;
        }
        n_all++;
        *copy = *original;
        copy->options = xmemdup(original->options,
                                original->n_options
                                * sizeof *original->options);
        if (copy->n_options == 2) {
            copy->kind = RECV_STRICT;   /* "First" of two is just that. */
        } else if (copy->kind == RECV_FIRST) {
            qsort(&copy->options[1], copy->n_options - 1,
                  sizeof *copy->options, compare_keys);
        }
    }
    qsort(copies, n_all, sizeof *copies, compare_constraints);
    for (size_t i = 0; i < n_all; i++) {
        if (n_unique
            && !compare_constraints(&copies[n_unique - 1], &copies[i])) {
            order_constraint_destroy(&copies[i]);
        } else {
            copies[n_unique++] = copies[i];
        }
    }
    *n_copies = n_unique;
    return copies;
}

static uint32_t
hash_constraints(const struct order_constraint *constraints, size_t n)
{
    uint32_t hash = n;

    for (size_t i = 0; i < n; i++) {
        hash = hash_add(hash, constraints[i].kind);
        for (size_t j = 0; j < constraints[i].n_options; j++) {
            hash = hash_add(hash, opt_key_to_int(constraints[i].options[j]));
        }
    }
    return hash_finish(hash, n);
}

/* Groups. */

static struct order_group *
find_group(const struct order_groups *groups,
           const struct order_constraint *constraints, size_t n,
           uint32_t hash)
{
    struct order_group *group;

    HMAP_FOR_EACH_WITH_HASH (group, node, hash, &groups->groups) {
        if (!compare_arrays(group->constraints, group->n_constraints,
                            constraints, n)) {
            return group;
        }
    }
    return NULL;
}

static void
leave_group(struct order_groups *groups, struct order_member *member)
{
    struct order_group *group = member->group;

    member->group = NULL;
    ovs_list_remove(&member->node);
    groups->n_members[group->place]--;
    if (!--group->n_members) {
        hmap_remove(&groups->groups, &group->node);
        ovs_list_remove(&group->place_node);
        constraints_destroy(group->constraints, group->n_constraints);
        free(group);
    }
}

struct order_group *
order_groups_set(struct order_groups *groups, struct order_member *member,
                 const struct order_constraint *constraints_,
                 size_t n_constraints)
{
    struct order_group *group;
    struct order_constraint *constraints;
    uint32_t hash;
    size_t n;

    constraints = normalize(constraints_, n_constraints, &n);
    hash = hash_constraints(constraints, n);
    group = n ? find_group(groups, constraints, n, hash) : NULL;
    if (group ? group == member->group : !n && !member->group) {
        constraints_destroy(constraints, n);
        return group;
    }

    if (!group && n) {
        group = xzalloc(sizeof *group);
        group->constraints = constraints;
        group->n_constraints = n;
        group->id = groups->next_id++;
        group->place = ORDER_NEW;
        ovs_list_init(&group->members);
        ovs_list_push_back(&groups->places[ORDER_NEW], &group->place_node);
        hmap_insert(&groups->groups, &group->node, hash);
    } else {
        constraints_destroy(constraints, n);
    }
    if (member->group) {
        leave_group(groups, member);
    }
    if (group) {
        member->group = group;
        ovs_list_push_back(&group->members, &member->node);
        group->n_members++;
        groups->n_members[group->place]++;
    }
    return group;
}

void
order_groups_place(struct order_groups *groups, struct order_group *group,
                   enum order_place place, void *plan)
{
    group->plan = place == ORDER_PLACED ? plan : NULL;
    if (place != group->place) {
        groups->n_members[group->place] -= group->n_members;
        groups->n_members[place] += group->n_members;
        group->place = place;
        ovs_list_remove(&group->place_node);
        ovs_list_push_back(&groups->places[place], &group->place_node);
    }
}

int
order_group_compare(const void *a_, const void *b_)
{
    const struct order_group *const *a = a_;
    const struct order_group *const *b = b_;

    if ((*a)->n_members != (*b)->n_members) {
        return (*a)->n_members > (*b)->n_members ? -1 : 1;
    }
    return compare_arrays((*a)->constraints, (*a)->n_constraints,
                          (*b)->constraints, (*b)->n_constraints);
}

struct plan_remote
order_group_as_remote(const struct order_group *group)
{
    return (struct plan_remote) {
        .constraints = group->constraints,
        .n_constraints = group->n_constraints,
        .n_more = group->n_members - 1,
    };
}

struct plan_remote
order_groups_join(struct order_group **groups, size_t n)
{
    struct order_constraint *constraints;
    size_t n_constraints = 0;

    for (size_t i = 0; i < n; i++) {
        n_constraints += groups[i]->n_constraints;
    }
    constraints = xmalloc(MAX(n_constraints, 1) * sizeof *constraints);
    n_constraints = 0;
    for (size_t i = 0; i < n; i++) {
        memcpy(&constraints[n_constraints], groups[i]->constraints,
               groups[i]->n_constraints * sizeof *constraints);
        n_constraints += groups[i]->n_constraints;
    }
    return (struct plan_remote) { "", constraints, n_constraints, 0 };
}
