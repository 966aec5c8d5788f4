/* Groups of remotes with equal wishes: see wish-groups.h.
 *
 * Wishes are brought to one form in which equal ones are equal arrays: what
 * demands nothing is left out, what follows a pinned front has no order and is
 * sorted, and so are the wishes themselves, none of them twice.  A hash of
 * that form finds the group.
 *
 * Invariant: each group is in the hash table, in the list of its place, and
 * has a member. */

#include <config.h>

#include "lib/wish-groups.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "util.h"

void
wish_groups_init(struct wish_groups *groups)
{
    hmap_init(&groups->groups);
    groups->next_id = 1;
    for (int i = 0; i < WISH_N_PLACES; i++) {
        ovs_list_init(&groups->places[i]);
        groups->n_members[i] = 0;
    }
}

void
wish_groups_destroy(struct wish_groups *groups)
{
    ovs_assert(hmap_is_empty(&groups->groups));
    hmap_destroy(&groups->groups);
}

/* One form for equal wishes. */

static int
compare_keys(const void *a_, const void *b_)
{
    const struct opt_key *a = a_;
    const struct opt_key *b = b_;

    return opt_key_compare(*a, *b);
}

static int
compare_wishes(const void *a_, const void *b_)
{
    const struct plan_wish *a = a_;
    const struct plan_wish *b = b_;

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
compare_wish_arrays(const struct plan_wish *a, size_t n_a,
                    const struct plan_wish *b, size_t n_b)
{
    if (n_a != n_b) {
        return n_a < n_b ? -1 : 1;
    }
    for (size_t i = 0; i < n_a; i++) {
        int cmp = compare_wishes(&a[i], &b[i]);

        if (cmp) {
            return cmp;
        }
    }
    return 0;
}

static void
wishes_destroy(struct plan_wish *wishes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        plan_wish_destroy(&wishes[i]);
    }
    free(wishes);
}

/* Returns a copy of the 'n' wishes in the one form; stores their number in
 * '*n_copies'. */
static struct plan_wish *
normalize(const struct plan_wish *wishes, size_t n, size_t *n_copies)
{
    struct plan_wish *copies = xmalloc(MAX(n, 1) * sizeof *copies);
    size_t n_unique = 0, n_all = 0;

    for (size_t i = 0; i < n; i++) {
        const struct plan_wish *wish = &wishes[i];
        struct plan_wish *copy = &copies[n_all];

        if (wish->kind == RECV_ANY || wish->n_options < 2) {
            continue;
        }
        n_all++;
        *copy = *wish;
        copy->options = xmemdup(wish->options,
                                wish->n_options * sizeof *wish->options);
        if (copy->n_options == 2) {
            copy->kind = RECV_STRICT;   /* "First" of two is just that. */
        } else if (copy->kind == RECV_FIRST) {
            qsort(&copy->options[1], copy->n_options - 1,
                  sizeof *copy->options, compare_keys);
        }
    }
    qsort(copies, n_all, sizeof *copies, compare_wishes);
    for (size_t i = 0; i < n_all; i++) {
        if (n_unique && !compare_wishes(&copies[n_unique - 1], &copies[i])) {
            plan_wish_destroy(&copies[i]);
        } else {
            copies[n_unique++] = copies[i];
        }
    }
    *n_copies = n_unique;
    return copies;
}

static uint32_t
hash_wishes(const struct plan_wish *wishes, size_t n)
{
    uint32_t hash = n;

    for (size_t i = 0; i < n; i++) {
        hash = hash_add(hash, wishes[i].kind);
        for (size_t j = 0; j < wishes[i].n_options; j++) {
            hash = hash_add(hash, opt_key_to_int(wishes[i].options[j]));
        }
    }
    return hash_finish(hash, n);
}

/* Groups. */

static struct wish_group *
find_group(const struct wish_groups *groups, const struct plan_wish *wishes,
           size_t n, uint32_t hash)
{
    struct wish_group *group;

    HMAP_FOR_EACH_WITH_HASH (group, node, hash, &groups->groups) {
        if (!compare_wish_arrays(group->wishes, group->n_wishes, wishes, n)) {
            return group;
        }
    }
    return NULL;
}

static void
leave_group(struct wish_groups *groups, struct wish_member *member)
{
    struct wish_group *group = member->group;

    member->group = NULL;
    ovs_list_remove(&member->node);
    groups->n_members[group->place]--;
    if (!--group->n_members) {
        hmap_remove(&groups->groups, &group->node);
        ovs_list_remove(&group->place_node);
        wishes_destroy(group->wishes, group->n_wishes);
        free(group);
    }
}

struct wish_group *
wish_groups_set(struct wish_groups *groups, struct wish_member *member,
                const struct plan_wish *wishes_, size_t n_wishes)
{
    struct wish_group *group;
    struct plan_wish *wishes;
    uint32_t hash;
    size_t n;

    wishes = normalize(wishes_, n_wishes, &n);
    hash = hash_wishes(wishes, n);
    group = n ? find_group(groups, wishes, n, hash) : NULL;
    if (group ? group == member->group : !n && !member->group) {
        wishes_destroy(wishes, n);
        return group;
    }

    if (!group && n) {
        group = xzalloc(sizeof *group);
        group->wishes = wishes;
        group->n_wishes = n;
        group->id = groups->next_id++;
        group->place = WISH_NEW;
        ovs_list_init(&group->members);
        ovs_list_push_back(&groups->places[WISH_NEW], &group->place_node);
        hmap_insert(&groups->groups, &group->node, hash);
    } else {
        wishes_destroy(wishes, n);
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
wish_groups_place(struct wish_groups *groups, struct wish_group *group,
                  enum wish_place place, void *plan)
{
    group->plan = place == WISH_PLACED ? plan : NULL;
    if (place != group->place) {
        groups->n_members[group->place] -= group->n_members;
        groups->n_members[place] += group->n_members;
        group->place = place;
        ovs_list_remove(&group->place_node);
        ovs_list_push_back(&groups->places[place], &group->place_node);
    }
}

int
wish_group_compare(const void *a_, const void *b_)
{
    const struct wish_group *const *a = a_;
    const struct wish_group *const *b = b_;

    if ((*a)->n_members != (*b)->n_members) {
        return (*a)->n_members > (*b)->n_members ? -1 : 1;
    }
    return compare_wish_arrays((*a)->wishes, (*a)->n_wishes,
                               (*b)->wishes, (*b)->n_wishes);
}

struct plan_remote
wish_group_as_remote(const struct wish_group *group)
{
    return (struct plan_remote) {
        .wishes = group->wishes, .n_wishes = group->n_wishes,
        .n_more = group->n_members - 1,
    };
}
